"""How visitors came by source: what a plan shares its visitors out by, and nothing where nobody told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.metrics.facts import Facts

from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.source_shares import paid_tools, source_shares

STORES = {1: Store(1, "A", "tmall"), 2: Store(2, "B", "tmall")}
OWNER = Viewer(stores=frozenset(STORES))


def month(store: int, first: date, last: date, group: str, visitors: int) -> dict:
    return {
        "store": store, "unit": "visitors", "scope_kind": "source", "scope_id": group, "source_group": group, "first_day": first,
        "last_day": last, "report": "r", "visitors": visitors, "is_parent": False, "currency": "CNY",
    }  # fmt: skip


def test_the_last_twelve_months_are_summed_by_group(tmp_path: Path) -> None:
    may, june = (date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 30))
    rows = [
        month(1, *may, "paid", 100), month(1, *june, "paid", 300), month(1, *june, "free", 500), month(2, *june, "event", 7),
        month(1, date(2024, 6, 1), date(2024, 6, 30), "free", 9000), month(1, date(2026, 7, 1), date(2026, 7, 31), "free", 9000),
    ]  # fmt: skip
    engine = Engine(Facts(tmp_path, {"traffic": rows}))
    july = date(2026, 7, 15)
    assert source_shares(engine, OWNER, STORES, [STORES[1]], before=july) == {"paid": 400, "free": 500}
    assert source_shares(engine, OWNER, STORES, list(STORES.values()), before=july) == {
        "paid": 400,
        "free": 500,
        "event": 7,
    }
    hidden = Viewer(stores=frozenset(STORES), hidden=frozenset({"source_visitors"}))
    assert source_shares(engine, hidden, STORES, [STORES[1]], before=july) == {}


def test_paid_visitors_are_told_by_tool(tmp_path: Path) -> None:
    may, june = (date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 30))
    rows = [
        month(1, *may, "paid", 100) | {"scope_id": "keywords"}, month(1, *june, "paid", 300) | {"scope_id": "keywords"},
        month(1, *june, "paid", 900) | {"scope_id": "whole store"}, month(1, *june, "free", 500) | {"scope_id": "search"},
    ]  # fmt: skip
    found = paid_tools(Engine(Facts(tmp_path, {"traffic": rows})), OWNER, STORES, [STORES[1]], before=date(2026, 7, 1))
    assert list(found.items()) == [("whole store", 900), ("keywords", 400)]


def test_without_a_feed_of_sources_there_are_none(tmp_path: Path) -> None:
    assert source_shares(Engine(Facts(tmp_path, {})), OWNER, STORES, [STORES[1]], before=date(2026, 7, 1)) == {}
