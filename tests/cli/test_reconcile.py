"""`reconcile` and `history` as a person types them: both sides with file and row, files that a spreadsheet may open."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from tests.jobs.mini import PROFILE, row, write

from goldloop.cli import main
from goldloop.core.errors import GoldloopError
from goldloop.home import Home

ERP = (
    PROFILE.replace('id = "mini"', 'id = "mini-erp"\nrank = "erp"')
    .replace("订单号", "线上订单号")
    .replace('"商品"', '"货品"')
)


@pytest.fixture
def run(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """A store with a file of the platform and one of the ERP; a command's printed answer."""
    monkeypatch.setenv("GOLDLOOP_LANG", "en")
    (home.profiles / "mini.toml").write_text(PROFILE, "utf-8")
    (home.profiles / "mini-erp.toml").write_text(ERP, "utf-8")

    def call(*args: str, expect: int = 0) -> str:
        code = main(["--home", str(home.root), *args])
        out = capsys.readouterr()
        assert code == expect, out.out + out.err
        return out.out

    call("store", "add", "A", "--platform", "tmall")
    call("import", str(write(tmp_path / "platform.csv", [row(1), row(2), row("=cmd")])))
    other = write(tmp_path / "erp.csv", [row(2, price="8.00"), row(1), row(3)])
    other.write_text(other.read_text("utf-8").replace("订单号", "线上订单号").replace("商品", "货品"), "utf-8")
    call("import", str(other))
    return call


def test_every_difference_has_two_places(run: Callable[..., str]) -> None:
    found = json.loads(run("reconcile", "--between", "platform,erp", "--json"))
    assert found["totals"] == {
        "figure_platform": "29.70", "figure_erp": "27.80", "difference": "-1.90", "orders_platform": 3, "orders_erp": 3,
        "orders_agree": 1,
    }  # fmt: skip
    assert found["closes"] and found["scope"] == {
        "store": "A",
        "from": "2026-03-05",
        "to": "2026-03-05",
        "currency": "CNY",
    }
    assert [i["profile"] for i in found["data"]["imports"]] == ["mini", "mini-erp"]
    assert {
        (r["order_id"], r["difference"], r["file_platform"], r["row_platform"], r["file_erp"], r["row_erp"])
        for r in found["rows"]
    } == {
        ("2", "-1.90", "platform.csv", 3, "erp.csv", 2),
        ("=cmd", "-9.90", "platform.csv", 4, None, None),
        ("3", "9.90", None, None, "erp.csv", 4),
    }
    assert json.loads(run("figures", "gmv,orders", "--basis", "orders", "--json"))["rows"][0] == {
        "gmv": "39.60",
        "orders": 4,
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_screen_cuts_and_counts_the_rest(run: Callable[..., str], lang: str) -> None:
    text = run("reconcile", "--between", "platform,erp", "--limit", "1", "--lang", lang)
    assert ("2 more rows" if lang == "en" else "另有 2 行") in text
    assert "-1.90" in text and "erp.csv:4" in text and "platform.csv:3" not in text


def test_files_hold_all_rows_and_are_harmless(run: Callable[..., str], tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("reconcile", "--between", "platform,erp", "--format", "csv"))))
    assert {r["order_id"] for r in rows} == {"2", "3", "'=cmd"}
    assert sum(float(r["difference"]) for r in rows) == pytest.approx(-1.9)
    for form in ("csv", "json", "xlsx"):
        run("reconcile", "--between", "platform,erp", "--out", str(tmp_path / f"all.{form}"))
    assert (tmp_path / "all.csv").read_text("utf-8-sig").count("\n") == 4
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))["rows"]) == 3
    with zipfile.ZipFile(tmp_path / "all.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    sheets = CalamineWorkbook.from_path(tmp_path / "all.xlsx")
    cells = sheets.get_sheet_by_name("rows").to_python()
    assert {row[0] for row in cells[1:]} == {"2", "3", "=cmd"}
    assert sum(row[cells[0].index("difference")] for row in cells[1:]) == pytest.approx(-1.9)
    assert ["between", '"platform,erp"'] in sheets.get_sheet_by_name("scope").to_python()


def test_what_is_asked_wrongly(run: Callable[..., str]) -> None:
    for args, code in (
        (("--between", "a,b"), "reconcile_unknown"), (("--between", "orders,settlements"), "side_missing"),
        (("--between", "platform,erp", "--format", "pdf"), "format_bad"), (("--between", "platform,erp", "--format", "xlsx"), "out_needed"),
        (("--between", "platform,erp", "--store", "B"), "store_unknown"),
    ):  # fmt: skip
        assert json.loads(run("reconcile", *args, "--json", expect=2))["error"]["code"] == code
    run("store", "add", "B", "--platform", "tmall")
    assert (
        json.loads(run("reconcile", "--between", "platform,erp", "--json", expect=2))["error"]["code"]
        == "reconcile_store"
    )


def test_history_of_an_order(run: Callable[..., str]) -> None:
    found = json.loads(run("history", "2", "--json"))["history"]
    assert [(h["status"], h["source"], h["file"], h["row"]) for h in found] == [
        ("finished", "platform", "platform.csv", 3), ("finished", "erp", "erp.csv", 2)
    ]  # fmt: skip
    assert "platform.csv" in run("history", "2")
    error: dict[str, Any] = json.loads(run("history", "nobody", "--json", expect=2))["error"]
    assert error["code"] == "order_unknown"


def test_a_store_outside_the_rights_is_the_same_as_none(run: Callable[..., str], home: Home) -> None:
    """Nobody learns of stores, orders or refunds that are not shown to them."""
    from goldloop.core.calendar import Period
    from goldloop.core.viewer import Viewer
    from goldloop.jobs.history import order_history
    from goldloop.jobs.reconciling import compare
    from goldloop.shop import Shop

    run("store", "add", "B", "--platform", "tmall")
    shop, days = Shop(home), Period(date(2026, 3, 5), date(2026, 3, 5))
    other = frozenset({shop.store("B").id})
    refused = {
        "store_unknown": lambda: compare(
            shop.snapshot(), Viewer(other), "platform,erp", store="A", period=days, limit=None
        ),
        "figure_hidden": lambda: compare(
            shop.snapshot(), Viewer(other, frozenset({"refunds"})), "orders,refunds", store=None, period=days, limit=1
        ),
        "order_unknown": lambda: order_history(shop.snapshot(), Viewer(other), "2"),
    }
    for code, ask in refused.items():
        with pytest.raises(GoldloopError) as caught:
            ask()
        assert (caught.value.code, "A" in (caught.value.allowed or [])) == (code, False)


def test_the_days_reach_what_was_booked_after_the_last_order(home: Home, run: Callable[..., str]) -> None:
    samples = Path(__file__).parents[1] / "data" / "samples"
    run("store", "add", "J", "--platform", "jd")
    for name in ("jd_orders.csv", "jd_settlement.xlsx"):
        run("import", str(samples / name), "--store", "J")
    found = json.loads(run("reconcile", "--between", "orders,settlements", "--store", "J", "--json"))
    assert (found["scope"]["from"], found["scope"]["to"]) == ("2026-10-01", "2026-10-09")
    assert found["totals"]["booked_in_period"] == found["totals"]["settled_without_order"] == "36.80"
    until = json.loads(
        run("reconcile", "--between", "orders,settlements", "--store", "J", "--to", "2026-10-01", "--json")
    )
    assert until["totals"]["booked_in_period"] == "0.00"
