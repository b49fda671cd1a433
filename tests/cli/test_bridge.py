"""`bridge` as a person types it: lines, days, rows with file and row, files, both languages, rights, and what is asked wrongly."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from goldloop.cli import main
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.shop import Shop

ORDERS = """order_id,placed_at,paid_at,status,goods_amount,postage,seller_note
2001,2026-09-14 10:12:00,2026-09-14 10:15:00,finished,199.00,8.00,
=2002,2026-09-15 14:30:00,2026-09-15 14:30:00,finished,39.00,8.00,staff
2003,2026-09-16 20:15:00,2026-09-16 20:16:00,finished,78.00,,
"""
PLATFORM = """first_day,last_day,visitors,gmv
2026-09-14,2026-09-14,60,207.00
2026-09-15,2026-09-15,40,47.00
2026-09-16,2026-09-16,50,78.00
"""
PAIR = ("--left", "platform-overview", "--right", "orders")


@pytest.fixture
def run(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """A store with orders, the platform's rows and a rule; a command's printed answer."""
    monkeypatch.setenv("GOLDLOOP_LANG", "en")

    def call(*args: str, expect: int = 0) -> str:
        code = main(["--home", str(home.root), *args])
        out = capsys.readouterr()
        assert code == expect, out.out + out.err
        return out.out

    call("store", "add", "A", "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    call("exclude", "add", "staff", "--kind", "note_words", "--value", "staff")
    for name, text in (("orders.csv", ORDERS), ("platform.csv", PLATFORM)):
        (tmp_path / name).write_text(text, "utf-8")
    call("import", str(tmp_path / "orders.csv"), str(tmp_path / "platform.csv"))
    return call


def test_lines_days_and_rows(run: Callable[..., str]) -> None:
    found = json.loads(run("bridge", *PAIR, "--by", "day", "--json"))
    assert (found["left"]["amount"], found["right"]["amount"], found["difference"]) == ("332.00", "277.00", "-55.00")
    assert {x["line"]: (x["count"], x["amount"], x["sure"]) for x in found["lines"]} == {
        "exclusions:staff": (1, "-39.00", "certain"),
        "unexplained": (2, "-16.00", None),
    }
    assert (found["residual"], found["unexplained"]) == ("0.00", "-16.00")
    assert [d["lines"] for d in found["days"]] == [
        {"unexplained": "-8.00"},
        {"exclusions:staff": "-39.00", "unexplained": "-8.00"},
        {},
    ]
    assert [(t["changes"], t["days"], t["of"], t["days_now"]) for t in found["ties"]] == [
        ([{"rule": "postage", "now": "out", "would": "in"}], 3, 3, 1)
    ]
    places = {
        (r["line"], r["day"], r["amount"], r["origins"][0]["file"], r["origins"][0]["row"]) for r in found["rows"]
    }
    assert places == {
        ("exclusions:staff", "2026-09-15", "-39.00", "orders.csv", 3),
        ("unexplained", "2026-09-14", "-8.00", "platform.csv", 2),
        ("unexplained", "2026-09-15", "-8.00", "platform.csv", 3),
    }
    assert found["data"]["imports"][0]["profile"] == "goldloop-orders"
    assert found["left"]["counts"] == [{"rule": "exclusions", "way": "in", "sure": "certain"}]
    # the sides are the figures of that basis, before and after the rule
    figures = {
        b: json.loads(run("figures", "gmv,gmv_all", "--basis", b, "--json"))["rows"][0] for b in ("platform", "orders")
    }
    assert (figures["platform"]["gmv_all"], figures["orders"]["gmv"]) == ("332.00", "277.00")


SAID = {
    "en": ("exclusion rule: staff", "unexplained", "on which both agree: 1.", "would tie on 3 of 3 days (now 1) with postage: in"),
    "zh": ("剔除规则: staff", "未解释", "另有 1 天一致", "若口径为 邮费: 计入", "平台店铺日报"),
}  # fmt: skip


def test_a_screen_in_both_languages_and_rows_in_quarantine(run: Callable[..., str], tmp_path: Path) -> None:
    for lang, words in SAID.items():
        text = run("bridge", *PAIR, "--by", "day", "--rows", "unexplained", "--limit", "1", "--lang", lang)
        assert [word for word in words if word not in text] == []
        assert "platform.csv:2" in text and "orders.csv:3" not in text
        listed = run("bridge", "--sources", "--lang", lang)
        assert "2026-09-14 .. 2026-09-16" in listed and ("certain" if lang == "en" else "确定") in listed
    assert {s["source"] for s in json.loads(run("bridge", "--sources", "--json"))["sources"]} >= {
        "orders",
        "erp",
        "ads",
    }
    bad = "order_id,placed_at,status,goods_amount,currency\nx,2026-09-14 10:00:00,finished,5.00,USD\ny,2026-09-14 10:00:00,finished,abc,CNY\n"
    (tmp_path / "bad.csv").write_text(bad, "utf-8")
    run("import", str(tmp_path / "bad.csv"))
    notes = json.loads(run("bridge", *PAIR, "--json"))["notes"]
    assert [(n["code"], n["rows"]) for n in notes] == [("bridge_quarantined", 2), ("bridge_currency", 1)]
    assert "in no source: 2" in run("bridge", *PAIR)


def test_files_hold_lines_days_or_rows_and_what_is_asked_wrongly(run: Callable[..., str], tmp_path: Path) -> None:
    def table(*args: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(run("bridge", *PAIR, "--format", "csv", *args))))

    assert [(r["line"], r["amount"]) for r in table()] == [
        ("left", "332.00"), ("exclusions:staff", "-39.00"), ("unexplained", "-16.00"), ("right", "277.00"),
    ]  # fmt: skip
    assert [r["line"] for r in table("--by", "day") if r["day"] == "2026-09-15"] == [
        "left",
        "exclusions:staff",
        "unexplained",
        "right",
    ]
    (rows,) = table("--rows", "exclusions:staff")
    assert (rows["key"], rows["file"], rows["row"]) == ("'=2002", "orders.csv", "3")
    run("bridge", *PAIR, "--out", str(tmp_path / "a.xlsx"), "--rows", "all")
    cells = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("rows").to_python()
    assert {row[3] for row in cells[1:]} == {"=2002", "goldloop"}
    run("bridge", *PAIR, "--out", str(tmp_path / "a.json"))
    written = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert written["residual"] == "0.00" and {r["line"] for r in written["rows"]} == {
        x["line"] for x in written["lines"]
    }
    assert json.loads(run("bridge", *PAIR, "--format", "json"))["residual"] == "0.00"
    for args, code in (
        ((), "bridge_sides"), (("--left", "orders", "--right", "nobody"), "bridge_source_unknown"), ((*PAIR, "--by", "week"), "bridge_by_unknown"),
        ((*PAIR, "--rows", "postage"), "bridge_line_unknown"), ((*PAIR, "--store", "B"), "store_unknown"), ((*PAIR, "--format", "pdf"), "format_bad"),
        ((*PAIR, "--format", "xlsx"), "out_needed"), (("--left", "orders", "--right", "erp"), "side_missing"),
        (("--left", "orders", "--right", "settlements"), "bridge_feeds_missing"), ((*PAIR, "--figure", "visitors"), "bridge_figure"),
        ((*PAIR, "--from", "2026-08-01", "--to", "2026-08-02"), "bridge_days_missing"),
    ):  # fmt: skip
        assert json.loads(run("bridge", *args, "--json", expect=2))["error"]["code"] == code, args


def test_stores_and_figures_outside_the_rights(run: Callable[..., str], home: Home) -> None:
    run("store", "add", "B", "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    shop = Shop(home)
    a, b = shop.store("A").id, shop.store("B").id
    stranger = shop.seen_by(Viewer(frozenset({b})))
    masked = shop.seen_by(Viewer(frozenset({a}), frozenset({"gmv"})))
    for seen, code, asked in (
        (stranger, "store_unknown", "A"),
        (stranger, "bridge_feeds_missing", None),
        (masked, "figure_hidden", None),
    ):
        with pytest.raises(GoldloopError) as caught:
            seen.bridge("platform-overview", "orders", store=asked, first="2026-09-14", last="2026-09-16")
        assert caught.value.code == code
    assert all(s["first"] is None for s in stranger.bridge_sources())
    assert {s["figure"] for s in masked.bridge_sources()} == {"refunds"}
    no_postage = shop.seen_by(Viewer(frozenset({a}), frozenset({"postage"})))
    assert no_postage.bridge("platform-overview", "orders")["ties"] == []
