"""Plans that are kept, on the command line: from a new plan to a signed one, out into a workbook and back."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home

from goldloop.cli import main

VALUES = ("--gmv", "2400000", "--buyers", "26600", "--new-buyers", "16000", "--conversion", "4%", "--refund-rate", "5%")


def two_stores(folder: Path) -> str:
    home = fresh_home(folder)
    from goldloop.apps.shops import api as shops

    for name in ("A", "B"):
        shops.store_add(
            name=name, platform="tmall", currency=None, timezone=None, day_starts=0, opened_on=None, identity_limit=0.95
        )
    return str(home.root)


@pytest.fixture
def home(tmp_path: Path) -> str:
    """Two stores of one currency."""
    return two_stores(tmp_path / "home")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same, for tests after which nothing may be there."""
    return two_stores(tmp_path_factory.mktemp("empty") / "home")


def plan(capsys: pytest.CaptureFixture[str], home: str, *line: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main(["--home", home, "plan", *line, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_plan_is_made_countered_accepted_and_signed(capsys: pytest.CaptureFixture[str], home: str) -> None:
    made = plan(capsys, home, "new", "June", "--period", "2026-06", *VALUES, "--four-eyes-from", "1000000")
    assert (made["version"]["state"], made["solved"]["solved"]["net"]) == ("proposed", "2280000")
    changed = plan(
        capsys, home, "change", "1", "--version", "1", "--new-buyers", "14545", "--owner", "traffic", "--note", "CAC 55"
    )
    assert (changed["current"], changed["version"]["values"]["new_buyers"]) == (2, "14545")
    refused = plan(capsys, home, "accept", "1", "--version", "1", "--owner", "members", code=2)["error"]
    assert (refused["code"], refused["given"]) == ("plan_moved", ["new_buyers: 16000 -> 14545"])
    for owner in ("operations", "members"):
        state = plan(capsys, home, "accept", "1", "--version", "2", "--owner", owner)["version"]["state"]
    assert state == "accepted"
    for owner in ("operations", "traffic"):
        plan(capsys, home, "sign", "1", "--version", "2", "--owner", owner)
    alone = plan(capsys, home, "sign", "1", "--version", "2", "--owner", "members", code=2)["error"]
    assert alone["code"] == "plan_four_eyes"
    found = plan(capsys, home, "compare", "1", "1", "2")["differences"]
    assert found == [{"name": "new_buyers", "left": "16000", "right": "14545"}]
    plan(capsys, home, "comment", "1", "too many", "--about", "new_buyers")
    assert main(["--home", home, "plan", "show", "1", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    for words in ("已接受", "流量：owner 于", "too many", "CAC 55"):
        assert words in said
    assert [p["name"] for p in plan(capsys, home, "list")["plans"]] == ["June"]
    assert main(["--home", home, "plan", "list"]) == 0
    assert "accepted" in capsys.readouterr().out


def test_a_plan_goes_into_a_workbook_and_comes_back_edited(
    capsys: pytest.CaptureFixture[str], home: str, tmp_path: Path
) -> None:
    import openpyxl

    plan(capsys, home, "new", "June", "--period", "2026-06", *VALUES, "--lock", "gmv 2026-06-18=200000")
    for name in ("plan.xlsx", "plan.csv"):
        sent = tmp_path / name
        plan(capsys, home, "export", "1", "--out", str(sent), "--by-store")
        assert plan(capsys, home, "import", "1", str(sent), "--version", "1") == {"changed": []}
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    sheet = book["rows"]
    heads = [cell.value for cell in sheet[1]]
    assert (sheet.cell(2, heads.index("day") + 1).value, sheet.cell(2, heads.index("store") + 1).value) == (
        "2026-06-01",
        "A",
    )
    sheet.cell(2, heads.index("gmv") + 1).value = 50_000
    book.save(tmp_path / "edited.xlsx")
    back = plan(capsys, home, "import", "1", str(tmp_path / "edited.xlsx"), "--version", "1", "--apply")
    [cell] = back["changed"]
    assert (cell["figure"], cell["value"], cell["period"], cell["store"]) == ("gmv", "50000", "2026-06-01", "A")
    assert back["plan"]["current"] == 2
    rows = {
        (r["label"], r["store"]): Decimal(r["gmv"])
        for r in plan(capsys, home, "split", "1", "--by", "day", "--by-store")["rows"]
    }
    assert rows["2026-06-01", "A"] == 50_000
    assert rows["2026-06-18", "A"] + rows["2026-06-18", "B"] == 200_000
    assert sum(rows.values()) == 2_400_000


def test_every_level_sums_to_the_plan(capsys: pytest.CaptureFixture[str], home: str) -> None:
    plan(
        capsys,
        home,
        "new",
        "year",
        "--period",
        "2028",
        "--gmv",
        "20000000",
        "--buyer-value",
        "90",
        "--conversion",
        "4%",
    )
    for by in ("year", "quarter", "month", "week", "day"):
        rows = plan(capsys, home, "split", "1", "--by", by)["rows"]
        assert sum(Decimal(row["gmv"]) for row in rows) == 20_000_000
        assert sum(row["buyers"] for row in rows) == 222_223
    assert main(["--home", home, "plan", "split", "1"]) == 0
    said = capsys.readouterr().out
    assert "buyer_value" in said
    assert "No history, even split: A, B" in said


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("plan_value_out_of_range", ("new", "x", "--period", "2026-06", "--gmv", "0")),
        ("plan_value_out_of_range", ("new", "x", "--period", "2026-06", "--gmv", "-5")),
        ("plan_value_out_of_range", ("new", "x", "--period", "2026-06", "--gmv", "5", "--buyer-value", "0")),
        ("period_reversed", ("new", "x", "--period", "2026-07-01..2026-06-01", "--gmv", "5")),
        (
            "target_locks_short",
            ("new", "x", "--period", "2026-06-01..2026-06-01", "--gmv", "5", "--lock", "gmv 2026-06-01=4"),
        ),
        ("plan_cac_open", ("new", "x", "--period", "2026-06", "--gmv", "5", "--cac", "1")),
        ("target_plan_open", ("new", "x", "--period", "2026-06", "--buyers", "5")),
        ("day_bad", ("new", "x", "--period", "June", "--gmv", "5")),
        ("store_unknown", ("new", "x", "--period", "2026-06", "--gmv", "5", "--store", "C")),
        ("target_locks_above", ("new", "x", "--period", "2026-06", "--gmv", "5", "--lock", "gmv 2026-06-01=6")),
        ("target_lock_outside", ("new", "x", "--period", "2026-06", "--gmv", "5", "--lock", "gmv 2026-07-01=1")),
        ("plan_lock_bad", ("new", "x", "--period", "2026-06", "--gmv", "5", "--lock", "gmv=6")),
        ("plan_number_bad", ("new", "x", "--period", "2026-06", "--gmv", "5", "--four-eyes-from", "lots")),
        ("plan_unknown", ("show", "9")),
        ("grain_unknown", ("split", "9", "--by", "hour")),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    capsys: pytest.CaptureFixture[str], empty: str, code: str, line: tuple[str, ...]
) -> None:
    assert plan(capsys, empty, *line, code=2)["error"]["code"] == code
    assert plan(capsys, empty, "list") == {"plans": []}


def test_stores_of_two_currencies_share_no_plan(capsys: pytest.CaptureFixture[str], home: str) -> None:
    assert (
        main(["--home", home, "store", "add", "U", "--platform", "shopify", "--currency", "USD", "--timezone", "UTC"])
        == 0
    )
    refused = plan(capsys, home, "new", "x", "--period", "2026-06", "--gmv", "5", code=2)["error"]
    assert (refused["code"], refused["given"]) == ("target_currencies", ["CNY", "USD"])


def test_a_held_row_can_be_let_go(capsys: pytest.CaptureFixture[str], home: str) -> None:
    plan(capsys, home, "new", "June", "--period", "2026-06", *VALUES, "--lock", "gmv 2026-06-18=200000")
    found = plan(capsys, home, "change", "1", "--version", "1", "--free", "gmv 2026-06-18")
    assert found["version"]["locks"] == []
    refused = plan(capsys, home, "change", "1", "--version", "2", "--free", "gmv 2026-06-18", code=2)["error"]
    assert refused["code"] == "plan_lock_unknown"


def test_a_file_of_something_else_is_refused(capsys: pytest.CaptureFixture[str], home: str, tmp_path: Path) -> None:
    plan(capsys, home, "new", "June", "--period", "2026-06", *VALUES)
    for name, text in (("other.csv", "day,gmv\n2027-01-01,5\n"), ("word.csv", "day,gmv\n2026-06-01,many\n")):
        (tmp_path / name).write_text(text, "utf-8")
        assert (
            plan(capsys, home, "import", "1", str(tmp_path / name), "--version", "1", code=2)["error"]["code"]
            == "plan_file_bad"
        )


def test_visitors_are_planned_by_source(capsys: pytest.CaptureFixture[str], home: str, tmp_path: Path) -> None:
    made = plan(
        capsys, home, "new", "June", "--period", "2026-06", *VALUES, "--source", "paid=40%", "--source", "free=60"
    )
    assert made["version"]["sources"] == {"free": "60", "paid": "40"}
    for grain in ("month", "week", "day"):
        rows = plan(capsys, home, "split", "1", "--by", grain, "--by-store")["rows"]
        assert [row["visitors:free"] + row["visitors:paid"] for row in rows] == [row["visitors"] for row in rows]
        assert sum(row["visitors:paid"] for row in rows) == 266_000
    table = main(["--home", home, "--lang", "zh", "plan", "split", "1"])
    assert table == 0 and "visitors:paid" in capsys.readouterr().out
    out = str(tmp_path / "june.csv")
    plan(capsys, home, "export", "1", "--out", out)
    lines = Path(out).read_text("utf-8-sig").splitlines()
    head, day = lines[0].split(","), lines[12].split(",")
    day[head.index("visitors:paid")] = "1"
    Path(out).write_text("\n".join([*lines[:12], ",".join(day), *lines[13:]]), "utf-8")
    found = plan(capsys, home, "import", "1", out, "--version", "1", "--apply")
    assert [(one["figure"], one["value"]) for one in found["changed"]] == [("visitors:paid", "1")]
    assert plan(capsys, home, "split", "1", "--by", "day", "--version", "2")["rows"][11]["visitors:paid"] == 1
    kept = plan(capsys, home, "change", "1", "--version", "2", "--gmv", "2500000")["version"]
    assert kept["sources"] == {"free": "60", "paid": "40"} and len(kept["locks"]) == 1
    for bad, code in (
        ("pad=1", "plan_source_unknown"),
        ("paid=-1", "plan_source_bad"),
        ("paid=0", "plan_source_bad"),
        ("paid=1e-99999999", "plan_source_bad"),
    ):
        assert plan(capsys, home, "change", "1", "--version", "3", "--source", bad, code=2)["error"]["code"] == code
    assert plan(capsys, home, "show", "1")["current"] == 3


def test_a_scenario_needs_a_month_and_a_loaded_one(capsys: pytest.CaptureFixture[str], empty: str) -> None:
    plan(capsys, empty, "new", "short", "--period", "2026-06", *VALUES)
    plan(capsys, empty, "new", "long", "--period", "2027", *VALUES)
    for id, code in (("1", "plan_scenario_no_month"), ("2", "plan_scenario_long"), ("9", "plan_unknown")):
        refused = plan(capsys, empty, "scenario", id, "what if", "--set", "visitors=+5%", code=2)["error"]
        assert refused["code"] == code
    assert plan(capsys, empty, "scenario", "1", "x", "--set", "visitors", code=2)["error"]["code"] == "driver_pair"
    assert len(plan(capsys, empty, "list")["plans"]) == 2


def test_a_pace_names_what_nobody_told_and_goes_on(
    capsys: pytest.CaptureFixture[str], home: str, tmp_path: Path
) -> None:
    plan(capsys, home, "new", "June", "--period", "2026-06", "--store", "A", *VALUES)
    refused = plan(capsys, home, "pace", "--plan", "1", "--until", "2026-06-01", code=2)["error"]
    assert refused["code"] == "pace_no_data", "nothing at all is loaded"
    (tmp_path / "a.csv").write_text(
        "first_day,last_day,report,currency,gmv,buyers,orders\n2026-06-01,2026-06-01,day,CNY,90000.00,1000,1100\n",
        "utf-8",
    )
    assert main(["--home", home, "import", str(tmp_path / "a.csv"), "--store", "A"]) == 0
    found = plan(capsys, home, "pace", "--plan", "1")
    assert [one["target_of"] for one in found["targets"]] == ["gmv"] and found["until"] == "2026-06-01"
    assert {one["name"] for one in found["missing"]} >= {"new_buyers"} and all(one["text"] for one in found["missing"])
    capsys.readouterr()
    assert main(["--home", home, "--lang", "zh", "plan", "pace", "--plan", "1"]) == 0
    assert "新客数：2026-06 未知" in capsys.readouterr().out
