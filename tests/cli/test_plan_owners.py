"""`plan owners`, `pace`, `event`, `levers` and `whatif` as people and programs call them, in both languages."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.apps.homes import fresh_home

from goldloop.cli import main

MAY, JUNE = ("--from", "2026-05-01", "--to", "2026-05-31"), ("--from", "2026-06-01", "--to", "2026-06-30")
PLAN = (
    "--plan",
    "new-buyers=3",
    "--plan",
    "new-gmv=600",
    "--plan",
    "repeat-buyers=2",
    "--plan",
    "repeat-buyer-value=100",
)


def orders() -> str:
    """Each month from January a new buyer more than the last, and the first of the month before comes back."""
    lines = ["order_id,placed_at,paid_at,status,product_id,quantity,unit_price,goods_amount,buyer"]
    for month in range(1, 7):
        rows = [(f"b{month}-{n}", 3 + n, 100 + n) for n in range(month)] + (
            [(f"b{month - 1}-0", 20, 80)] if month > 1 else []
        )
        for n, (buyer, day, amount) in enumerate(rows):
            moment = f"2026-{month:02d}-{day:02d} 10:00:00"
            lines.append(f"{month}-{n},{moment},{moment},finished,mug,1,{amount}.00,{amount}.00,{buyer}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("plan")
    home = fresh_home(place / "home").root
    add = [
        "store",
        "add",
        "S",
        "--platform",
        "other",
        "--currency",
        "CNY",
        "--timezone",
        "Asia/Shanghai",
        "--opened-on",
        "2026-01-01",
    ]
    assert main(["--home", str(home), *add]) == 0
    (place / "orders.csv").write_text(orders(), "utf-8")
    assert main(["--home", str(home), "import", str(place / "orders.csv"), "--store", "S"]) == 0
    return home


@pytest.fixture
def ask(folder, capsys, monkeypatch):
    monkeypatch.setenv("GOLDLOOP_LANG", "en")

    def asking(*args: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["--home", str(folder), "plan", *args]) == code
        return capsys.readouterr().out

    return asking


def test_owners_sum_to_the_gap(ask):
    found = json.loads(ask("owners", *JUNE, "--new", "first-in-data", "--json"))
    assert sum(Decimal(line["amount"]) for line in found["owners"]) == Decimal(found["gap"]) == Decimal("105.00")
    assert found["against"] == "2026-05-01..2026-05-31" and [t["month"] for t in found["tasks"]] == [
        "2026-05",
        "2026-06",
    ]
    assert found["tasks"][0]["new_buyers"] == 5 and found["tasks"][0]["so_far"] == 1
    planned = json.loads(ask("owners", *JUNE, *PLAN, "--new", "first-in-data", "--json"))
    assert planned["before"] == "800.00" and planned["after"] == "695.00" and planned["due"] == 1.0
    for lang, word in (("zh", "未分配"), ("en", "unassigned")):
        assert word in ask("owners", *JUNE, "--new", "first-in-data", "--lang", lang)


def test_pace_and_its_proposal(ask):
    found = json.loads(ask("pace", *JUNE, "--gmv", "1000", "--orders", "10", "--until", "2026-06-10", "--json"))
    gmv = found["targets"][0]
    assert gmv["done"] == "615.00" and gmv["due"] == "333.40" and gmv["left"] == "385.00" and len(gmv["days"]) == 20
    assert sum(Decimal(d["needed"]) for d in gmv["days"]) == Decimal("385.00")
    assert "完成率" in ask("pace", *JUNE, "--gmv", "1000", "--shape", "weekday", "--most", "1.2", "--lang", "zh")


def test_an_event_is_an_investment(ask):
    event = ("event", "--from", "2026-06-03", "--to", "2026-06-08", "--cost", "400", "--margin", "50%")
    assert (
        json.loads(ask(*event, "--json", code=2))["error"]["code"] == "event_unknown"
    )  # less than a year of history is loaded
    found = json.loads(ask(*event, "--new", "first-in-data", "--json"))
    assert (found["result"], found["invested"], found["new_buyers"]) == ("-92.50", "92.50", 6) and Decimal(
        found["returns"]
    ) > 0
    assert "记为拉新投资" in ask(*event, "--new", "first-in-data", "--lang", "zh")


def test_what_if_and_levers_name_what_is_missing(ask):
    assert json.loads(ask("whatif", *JUNE, "--json", code=2))["error"]["code"] == "levers_no_new"
    assert (
        json.loads(ask("levers", *JUNE, "--gap", "100", "--new", "first-in-data", "--json", code=2))["error"]["code"]
        == "levers_none"
    )
    moved = ("whatif", *JUNE, "--new", "first-in-data", "--set", "buyer-value=+10%", "--set", "second-rate=50%")
    found = json.loads(ask(*moved, "--json"))
    assert (
        Decimal(found["change"]) == sum(map(Decimal, found["owners"].values()))
        and Decimal(found["owners"]["operations"]) > 0
    )
    assert {"ad_budget", "visitors"} <= {one["name"] for one in found["missing"]} and "会员" in ask(
        *moved, "--lang", "zh"
    )


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("owners", *JUNE, "--plan", "new-buyers"), "plan_pair"),
        (("owners", *JUNE, "--plan", "new-buyers=1", "--plan", "S:new-buyers=1"), "plan_mixed"),
        (("owners", *JUNE, "--shape", "1,x"), "shape_bad"),
        (("owners", "--from", "2026-06-02", "--to", "2026-06-30"), "owners_first"),
        (("event", *JUNE, "--cost", "much"), "plan_number_bad"),
        (("event", *JUNE, "--margin", "half"), "share_bad"),
        (("levers", *JUNE, "--gap", "much"), "plan_number_bad"),
        (("levers", *JUNE), "levers_asked"),
        (("whatif", *JUNE, "--set", "visitors"), "driver_pair"),
        (("pace", *JUNE), "pace_unknown"),
        (("pace", *JUNE, "--gmv", "0"), "pace_target"),
        (("pace", *JUNE, "--gmv", "1e999999"), "plan_number_bad"),
        (("owners", *JUNE, "--plan", "new-buyers=²", "--plan", "new-gmv=5"), "plan_number_bad"),
        (("event", *JUNE, "--cost", "9" * 30, "--margin", "0.5"), "plan_value_out_of_range"),
        (("event", *JUNE, "--cost", "5", "--margin", "1e999999"), "share_bad"),
        (("levers", *JUNE, "--gap", "-1"), "plan_value_out_of_range"),
    ],
)
def test_what_cannot_be_understood_is_said(ask, args, code):
    assert json.loads(ask(*args, "--json", code=2))["error"]["code"] == code
