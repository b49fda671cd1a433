"""`goldloop members`: tables in both languages, JSON, files, and what is said where too little is known."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random

import pytest

from goldloop.cli.app import run


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> str:
    """A home with a store of 150 buyers, and one of five."""
    folder = tmp_path_factory.mktemp("members")
    dice, head = Random(3), "order_id,placed_at,paid_at,status,product_id,quantity,unit_price,goods_amount,buyer"
    many, few = [head], [head]
    for n in range(150):
        day = dice.randrange(200) if n % 3 else 60 + n // 3 % 30  # of March a third, for coupons in April
        while day < 300:
            moment = f"{date(2025, 1, 1) + timedelta(days=day)} 10:00:00"
            amount = f"{dice.uniform(20, 200):.2f}"
            many.append(f"{len(many)},{moment},{moment},finished,cup,1,{amount},{amount},b{n}")
            day += 1 + int(dice.expovariate(0.02)) if dice.random() < 0.7 else 1000
    few += [f"{n},2025-03-0{n} 09:00:00,2025-03-0{n} 09:00:00,finished,cup,1,5.00,5.00,b{n}" for n in range(1, 6)]
    assert run(["init", "--home", str(folder / "home")]) == 0
    for name, rows in (("Many", many), ("Few", few)):
        (folder / f"{name}.csv").write_text("\n".join(rows))
        store = ["store", "add", name, "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai"]
        assert run([*store, "--home", str(folder / "home")]) == 0
        assert run(["import", str(folder / f"{name}.csv"), "--store", name, "--home", str(folder / "home")]) == 0
    return str(folder / "home")


def said(capsys, home: str, *args: str) -> str:
    capsys.readouterr()
    assert run(["members", *args, "--home", home]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "en", "zh"),
    [
        (["rfm"], "champions", "重要价值客户"), (["rfm", "--since", "2025-08-01"], "was \\ is", "原分组 \\ 现分组"),
        (["lifecycle"], "sleeping", "沉睡"), (["second"], "80 % interval", "80%区间"),
        (["repurchase", "--limit", "2"], "Back-test", "回测"), (["pairs", "--next", "--least", "5"], "days between", "间隔(天)"),
        (["times", "--goods", "product"], "Share: of the people whose goods", "该次商品已知的人中"), (["times", "--so-far"], "5+", "样本不足"),
        (["rules"], "no goods led to another", "没有商品带出另一件"), (["preference", "--by", "product"], "share of orders", "订单占比"),
        (["preference", "--by", "product", "--segment", "purchases >= 2"], "index", "TGI"), (["joined"], "No file says when", "没有文件写明"),
        (["calendar", "--month", "2025-04", "--margin", "0.4"], "propose week", "建议放在第"),
    ],
)  # fmt: skip
def test_tables_speak_both_languages(capsys, home, asked, en, zh) -> None:
    assert en in said(capsys, home, *asked, "--store", "Many", "--lang", "en")
    assert zh in said(capsys, home, *asked, "--store", "Many", "--lang", "zh")


def test_json_and_files_hold_the_same_rows(capsys, home, tmp_path) -> None:
    told = json.loads(said(capsys, home, "lifecycle", "--by-store", "--json"))
    assert {row["store"] for row in told["rows"]} == {"Many"}
    assert [one.get("reason", {}).get("code") for one in told["stores"]] == [None, "members_few_gaps"]
    said(capsys, home, "lifecycle", "--by-store", "--out", str(tmp_path / "states.json"))
    assert json.loads((tmp_path / "states.json").read_text())["rows"] == told["rows"]


def test_repurchase_answers_in_the_promised_form(capsys, home, tmp_path) -> None:
    told = json.loads(said(capsys, home, "repurchase", "--store", "Many", "--ahead", "60", "--unit", "week", "--json"))
    assert (
        told["bgnbd"].keys() >= {"r", "alpha", "a", "b", "log_likelihood", "unit"} and told["bgnbd"]["unit"] == "week"
    )
    assert told["gamma_gamma"].keys() >= {"p", "q", "v"}
    assert told["backtest"].keys() >= {"expected", "naive", "actual"} and len(told["customers"]) == 20
    said(capsys, home, "repurchase", "--store", "Many", "--out", str(tmp_path / "buyers.csv"))
    assert len((tmp_path / "buyers.csv").read_text("utf-8-sig").splitlines()) == 151


def test_pairs_and_calendar_are_json_rows(capsys, home) -> None:
    told = json.loads(said(capsys, home, "pairs", "--next", "--store", "Many", "--least", "5", "--json"))
    assert [(row["first"], row["second"], row["lift"]) for row in told["rows"]] == [("cup", "cup", 1.0)]
    told = json.loads(said(capsys, home, "calendar", "--store", "Many", "--month", "2025-04", "--json"))
    assert {row["off"] for row in told["rows"]} == {None} and told["stores"][0]["event"]["week"] in (1, 2, 3, 4)


def test_a_kept_segment_one_member_and_joining_are_asked_for_by_name(capsys, home, tmp_path) -> None:
    said(capsys, home, "segment", "purchases >= 2", "--store", "Many", "--save", "often")
    asked = ["preference", "--by", "price_band", "--store", "Many", "--json"]
    named, written = (json.loads(said(capsys, home, *asked, "--segment", of)) for of in ("often", "purchases >= 2"))
    assert named["rows"] == written["rows"] and named["stores"][0]["people"] > 30
    said(capsys, home, "segment", "often", "--remove")
    people = tmp_path / "people.csv"
    said(capsys, home, "segment", "purchases >= 5", "--store", "Many", "--out", str(people))
    who = people.read_text(encoding="utf-8-sig").splitlines()[1].split(",")[1]
    own = json.loads(said(capsys, home, "preference", "--by", "product", "--person", who[:12], "--json"))
    assert [(row["store"], row["item"], row["share"]) for row in own["rows"]] == [("Many", "cup", 1.0)]
    members = tmp_path / "members.csv"
    members.write_text("buyer,joined_at\n" + "\n".join(f"b{n},2025-0{1 + n % 9}-05 10:00:00" for n in range(150)))
    assert run(["import", str(members), "--store", "Many", "--home", home]) == 0
    told = json.loads(said(capsys, home, "joined", "--by", "month", "--store", "Many", "--json"))
    assert told["rows"][0]["people"] == 150 and told["stores"][0]["buyers"] <= 150 and len(told["rows"]) == 10
    assert "bought since" in said(capsys, home, "joined", "--store", "Many", "--lang", "en")


def test_too_little_is_a_sentence(capsys, home) -> None:
    for command in ("rfm", "lifecycle", "second", "repurchase", "pairs", "rules", "preference", "calendar"):
        more = {"calendar": ("--month", "2025-04"), "preference": ("--by", "product")}
        asked = [command, *more.get(command, ())]
        assert "Not enough yet" in said(capsys, home, *asked, "--store", "Few", "--lang", "en")


def test_segments_are_counted_kept_listed_and_removed(capsys, home) -> None:
    told = json.loads(said(capsys, home, "segment", "purchases >= 2", "--store", "Many", "--save", "again", "--json"))
    assert (told["name"], told["version"], told["words"]) == ("again", 1, "purchases >= 2") and 0 < told["people"] < 150
    by_name = json.loads(said(capsys, home, "segment", "again", "--store", "Many", "--json"))
    assert by_name["people"] == told["people"] and "version" not in by_name
    assert "购买次数 >= 2" in said(capsys, home, "segment", "--lang", "zh")
    assert run(["figures", "buyers", "--where", "segment=again", "--store", "Many", "--json", "--home", home]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["buyers"] == told["people"]
    assert "again" in said(capsys, home, "segment", "again", "--remove")
    assert "No segment is kept" in said(capsys, home, "segment")
    assert run(["members", "segment", "again", "--home", home]) == 2 and "character 1" in capsys.readouterr().err


def test_people_of_a_segment_are_written_into_a_file(capsys, home, tmp_path) -> None:
    file = tmp_path / "people.csv"
    told = json.loads(said(capsys, home, "segment", "bought", "--store", "Many", "--out", str(file), "--json"))
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == told["people"] + 1 and lines[1].startswith("Many,")


def test_kept_limits_hold_until_they_are_learned_again(capsys, home) -> None:
    def limits(*args: str):
        return json.loads(said(capsys, home, "lifecycle", "--store", "Many", "--json", *args))["stores"][0]["limits"]

    assert limits()["by"] == "gaps"
    assert limits("--sleeping", "20", "--lost", "50", "--keep") == {
        **limits(),
        "by": "fixed",
        "sleeping": 20,
        "lost": 50,
    }
    assert limits("--learn")["by"] == "gaps"
    assert run(["members", "lifecycle", "--store", "Many", "--keep", "--home", home]) == 2
