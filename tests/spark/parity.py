"""One small shop group in two engines, and what an answer consists of, so that two of them can be held against each other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.engine import Engine
from goldloop.metrics.query import Request, figures
from tests.metrics.facts import START, Facts, dice

STORES = {
    1: Store(1, "甲店", "tmall"),
    2: Store(2, "乙店", "taobao"),
    3: Store(3, "Shop C", "shopify", currency="USD", timezone="America/New_York"),
}
OWNER = Viewer(stores=frozenset(STORES))
CNY = ("甲店", "乙店")
DAYS = 420
LOADED = (START, START + timedelta(days=DAYS - 1))
PERIOD = Period(START + timedelta(days=380), START + timedelta(days=409))


def shop(folder: Path) -> Facts:
    """Three stores with at most 2,000 lines, every feed, rates of exchange and persons with two keys."""
    tables = dice(7, days=DAYS, orders=1300)
    assert len(tables["order_lines"]) <= 2_000
    tables["fx"] = [
        {"store": 1, "day": START + timedelta(days=n), "currency": "USD", "into": "CNY", "rate": Decimal(f"7.{n:03d}123"), "source": "bank"}
        for n in range(0, DAYS, 9)
    ]  # fmt: skip
    tables["visits"] = [
        {"store": store, "day": START + timedelta(days=n), "visitor_key": f"v{(n * 7 + k * k) % 97}", "page_views": k + 1}
        for store in (1, 2) for n in range(360, DAYS) for k in range(n % 5)
    ]  # fmt: skip
    return Persons(folder, tables)


class Persons(Facts):
    """Facts of a lake in which two keys are one person."""

    def __init__(self, folder: Path, tables: dict[str, list[dict]]) -> None:
        import pyarrow.parquet as pq

        super().__init__(folder, tables)
        pq.write_table(pa.table({"buyer_key": ["b3", "b8"], "person": ["b1", "b1"]}), folder / "persons.parquet")


def asked(engine: Engine, request: Request) -> dict[str, Any]:
    """All that an answer tells."""
    found = figures(engine, OWNER, STORES, request)
    reasons = sorted((r.row, r.figure, r.code, repr(r.params)) for r in found.reasons)
    return {
        "columns": found.columns, "currencies": found.currencies, "reasons": reasons, "data": found.data,
        "notes": sorted((n.code, repr(n.params)) for n in found.notes), "scope": found.scope,
    }  # fmt: skip


def differences(ours: Any, theirs: Any, at: str = "", within: float = 1e-9) -> list[str]:
    """Where two answers differ: whole numbers, decimals, days and words exactly, floating ones by more than `within` of them."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{at}: {sorted(map(str, ours.keys() ^ theirs.keys()))}"] if ours.keys() != theirs.keys() else []
        pairs = ((key, ours[key], theirs[key]) for key in ours if key in theirs)
        return found + [one for key, a, b in pairs for one in differences(a, b, f"{at}/{key}", within)]
    if isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        if len(ours) != len(theirs):
            return [f"{at}: {len(ours)} and {len(theirs)}"]
        pairs = ((n, a, b) for n, (a, b) in enumerate(zip(ours, theirs, strict=True)))
        return [one for n, a, b in pairs for one in differences(a, b, f"{at}/{n}", within)]
    if isinstance(ours, float) and isinstance(theirs, float):
        same = abs(ours - theirs) <= within * max(1.0, abs(ours)) or (isnan(ours) and isnan(theirs))
        return [] if same else [f"{at}: {ours!r} and {theirs!r}"]
    return [] if ours == theirs and type(ours) is type(theirs) else [f"{at}: {ours!r} and {theirs!r}"]


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows of an Arrow table in an order of their own."""
    return sorted(zip(*(c.to_pylist() for c in table.columns), strict=True), key=repr)


def ask(engine: Engine, day: date | None = None, **more: Any) -> Any:
    """A question about members of the two stores in one currency."""
    from goldloop.metrics.members.asked import Ask

    return Ask(engine, OWNER, STORES, LOADED, **{"names": CNY, "day": day, **more})
