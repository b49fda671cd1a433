"""Formats from the command line: known ones, guesses for unknown ones, and templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.mini import PROFILE, row, write

from goldloop.cli import main
from goldloop.cli.profiles import SOURCES
from goldloop.home import Home
from goldloop.lake.schema import FILLED


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run a command on a fresh home in an empty folder; exit code and JSON answer."""
    monkeypatch.setenv("GOLDLOOP_LANG", "en")
    monkeypatch.chdir(tmp_path)

    def call(*args: str, expect: int = 0) -> dict[str, Any]:
        code = main(["--home", str(home.root), *args, "--json"])
        out = capsys.readouterr()
        assert code == expect, out.out + out.err
        return json.loads(out.out)

    return call


def test_the_list_holds_built_in_formats_templates_and_ones_own(run, home: Home) -> None:
    (home.profiles / "mini.toml").write_text(PROFILE, "utf-8")
    found = {p["id"]: p for p in run("profile", "list")["profiles"]}
    assert found["mini"]["source"] == "yours"
    assert found["shopify-orders"]["source"] == "built_in"
    assert {f"goldloop-{table}" for table in FILLED} <= set(found)
    assert found["goldloop-orders"]["source"] == "template"
    assert [p["source"] for p in found.values()] == sorted((p["source"] for p in found.values()), key=SOURCES.index)
    adverts = run("profile", "show", "meta-ads")
    assert "Jour" in adverts["other_names"]["Day"] and "Reach" in adverts["ignored"]
    shown = run("profile", "show", "mini")
    assert shown["columns"]["单价"] == ["order_lines.unit_price", "order_lines.goods_amount"]
    assert run("profile", "show", "nothing", expect=2)["error"]["code"] == "profile_unknown"


def test_check_says_which_format_how_sure_and_what_is_left(run, home: Home, tmp_path: Path) -> None:
    (home.profiles / "mini.toml").write_text(PROFILE, "utf-8")
    (sheet,) = run("profile", "check", str(write(tmp_path / "a.csv", [row(1)])))["sheets"]
    assert (sheet["profile"], sheet["header_row"], sheet["unused"], sheet["missing"]) == ("mini", 1, ["店铺"], [])
    assert 0.5 < sheet["confidence"] < 1
    assert (
        run("profile", "check", str(tmp_path / "a.csv"), "--profile", "shopify-orders", expect=2)["error"]["code"]
        == "format_unknown"
    )


def test_an_unknown_file_is_no_dead_end(run, home: Home, tmp_path: Path) -> None:
    run("store", "add", "A", "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    file = tmp_path / "mine.csv"
    file.write_text(
        "单号,下单时间,品名,件数,金额\n1,2026-03-01 10:00:00,cup,2,30\n2,2026-03-02 10:00:00,plate,1,12.5\n", "utf-8"
    )
    refused = run("import", str(file), expect=2)["error"]
    assert (refused["code"], refused["todo"]) == ("format_unknown", "goldloop profile new mine.csv")
    made = run("profile", "new", str(file))
    assert made["path"] == "mine.toml"
    assert all(f'"{column}"' in made["profile"] for column in ("单号", "下单时间", "品名", "件数", "金额"))
    assert run("profile", "new", str(file), expect=2)["error"]["code"] == "target_exists"
    (receipt,) = run("import", str(file), "--profile", "mine.toml")["receipts"]
    assert (receipt["profile"], receipt["new"], receipt["quarantined"]) == ("mine", 2, 0)
    assert run("profile", "new", str(file), "--map", "mine.toml") == {"learned": "mine"}
    assert run("profile", "check", str(file))["sheets"][0]["profile"] == "mine"
    (again,) = run("import", str(file))["receipts"]
    assert (again["id"], again["repeated"]) == (receipt["id"], True)


ORDERS = """店铺销售明细导出,,,,,,,,,
导出人：管理员,,,,,,,,,
交易单号,子单号,下单时间,付款时间,交易状态,款号,货品名称,件数,成交单价,实收
A{month}01001,1,2026/{month}/01 09:12,2026/{month}/01 09:15,已发货,TS-01,短袖T恤,2,59.00,118.00
A{month}01002,1,2026/{month}/01 10:02,,待付款,TS-02,长袖T恤,1,89.00,89.00
A{month}01003,1,2026/{month}/01 11:30,2026/{month}/01 11:31,交易成功,TS-01,短袖T恤,1,59.00,59.00
A{month}01003,2,2026/{month}/01 11:30,2026/{month}/01 11:31,交易成功,PT-03,牛仔裤,1,129.00,129.00
合计,,,,,,,5,,395.00
"""
ADS = """Campaign performance
"{month}/01/2026 - {month}/13/2026"
Date,Campaign name,Ad spend,Impressions,Clicks,CTR,Conversions,Revenue
{month}/01/2026,Brand,"$1,204.50",120034,2301,1.92%,85,"$4,310.00"
{month}/13/2026,Brand,$980.10,110200,2102,1.91%,71,"$3,905.25"
Total,,"$2,184.60",230234,4403,,156,"$8,215.25"
"""
STOCK = """仓库,商家编码,商品名称,规格,可用库存,在途数量,成本价,库存日期
杭州仓,TS-01,短袖T恤,白/M,120,30,18.50,2026-{month}-05
杭州仓,TS-02,长袖T恤,黑/L,0,0,26.00,2026-{month}-05
广州仓,TS-01,短袖T恤,白/M,44,0,18.50,2026-{month}-05
"""


@pytest.mark.parametrize(
    ("name", "text", "platform", "currency", "filled", "totals"),
    [
        ("orders", ORDERS, "tmall", "CNY", {"orders": 3, "order_lines": 4}, 2),
        ("ads", ADS, "shopify", "USD", {"ads": 2, "ad_sales": 2}, 5),
        ("stock", STOCK, "tmall", "CNY", {"stock": 3}, 0),
    ],
)
def test_an_unknown_file_is_guessed_loaded_and_known_from_then_on(
    run, tmp_path: Path, name: str, text: str, platform: str, currency: str, filled: dict[str, int], totals: int
) -> None:
    """From a form that nobody knows to a file of it that needs no word, as a user goes."""
    run("store", "add", "A", "--platform", platform, "--currency", currency, "--timezone", "Asia/Shanghai")
    file, later = tmp_path / f"{name}.csv", tmp_path / "later.csv"
    file.write_text(text.format(month="09"), "utf-8")
    later.write_text(text.format(month="10"), "utf-8")
    assert run("import", str(file), expect=2)["error"]["todo"] == f"goldloop profile new {name}.csv"
    made = run("profile", "new", str(file))
    (receipt,) = run("import", str(file), "--profile", made["path"])["receipts"]
    assert (receipt["quarantined"], [note["code"] for note in receipt["notes"]]) == (0, ["profile_kept"])
    assert {table: counts["new"] for table, counts in receipt["facts"].items()} == filled
    assert [control["ok"] for control in receipt["control"]] == [True] * totals
    (next_one,) = run("import", str(later))["receipts"]
    assert (next_one["profile"], next_one["quarantined"], next_one["new"]) == (name, 0, receipt["new"])


def test_check_says_why_not_the_others(run, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home.profiles / "mini.toml").write_text(PROFILE, "utf-8")
    wide = PROFILE.replace('"mini"', '"wide"').replace('"付款时间"]', '"付款时间", "毛利"]', 1)
    (home.profiles / "wide.toml").write_text(wide, "utf-8")
    file = write(tmp_path / "a.csv", [row(1)])
    (sheet,) = run("profile", "check", str(file))["sheets"]
    assert {"profile": "wide", "missing": ["毛利"], "unwanted": []}.items() <= sheet["alternatives"][0].items()
    for lang, words in (("en", "not wide: the file lacks 毛利"), ("zh", "不是 wide：文件缺少 毛利")):
        assert main(["profile", "check", str(file), "--home", str(home.root), "--lang", lang]) == 0
        assert words in capsys.readouterr().out


def test_a_format_that_does_not_fit_is_not_kept(run, home: Home, tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(PROFILE, "utf-8")
    other = tmp_path / "b.csv"
    other.write_text("x,y\n1,2\n", "utf-8")
    assert run("profile", "new", str(other), "--map", "mini.toml", expect=2)["error"]["code"] == "format_unknown"
    (tmp_path / "bad.toml").write_text('id = "bad"\n', "utf-8")
    assert run("profile", "new", str(other), "--map", "bad.toml", expect=2)["error"]["code"] == "profile_bad"
    assert run("profile", "new", str(other), "--map", "none.toml", expect=2)["error"]["code"] == "profile_file_missing"
    assert list(home.profiles.iterdir()) == []


@pytest.mark.parametrize("table", FILLED)
def test_every_fact_table_has_a_template_that_is_recognised(run, tmp_path: Path, table: str) -> None:
    made = run("profile", "template", table)
    assert made["path"] == f"goldloop-{table}.csv"
    assert all(made["columns"].values())
    assert run("profile", "check", made["path"])["sheets"][0]["profile"] == f"goldloop-{table}"


def test_a_template_is_never_written_over(run) -> None:
    run("profile", "template", "costs")
    assert run("profile", "template", "costs", expect=2)["error"]["code"] == "target_exists"
    assert run("profile", "template", "moon", expect=2)["error"]["code"] == "table_unknown"
    assert (
        run("profile", "template", "costs", "--to", "no/such/folder.csv", expect=1)["error"]["code"]
        == "target_not_written"
    )


def test_people_can_read_it(run, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home.profiles / "mini.toml").write_text(PROFILE, "utf-8")
    file = write(tmp_path / "a.csv", [row(1)])
    for lang in ("zh", "en"):
        for command in (
            ["list"],
            ["show", "mini"],
            ["check", str(file)],
            ["new", str(file), "--to", f"{lang}.toml"],
            ["template", "costs", "--to", f"{lang}.csv"],
        ):
            assert main(["profile", *command, "--home", str(home.root), "--lang", lang]) == 0
            out = capsys.readouterr()
            assert out.out
            assert out.err == ""
