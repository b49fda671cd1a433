"""First and last loaded day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

SALES_DAYS = (
    'SELECT min(placed_day), max(placed_day) FROM "orders"',
    'SELECT min(first_day), max(last_day) FROM "store_day"',
)
OTHER_DAYS = (
    'SELECT min(first_day), max(last_day) FROM "traffic"',
    'SELECT min(first_day), max(last_day) FROM "ads"',
    'SELECT min(day), max(day) FROM "refunds"',
    'SELECT min(first_day), max(last_day) FROM "costs"',
)


def loaded_span(engine: Engine, *, stores: Collection[int] | None = None) -> tuple[date, date] | None:
    """First and last loaded day of these stores (None: of all): of orders and shop-day rows, else of what has days."""
    only = "" if stores is None else f" WHERE store IN ({', '.join(map(str, sorted(stores))) or 'NULL'})"
    return _span(engine, SALES_DAYS, only) or _span(engine, OTHER_DAYS, only)


def _span(engine: Engine, statements: tuple[str, ...], only: str) -> tuple[date, date] | None:
    spans = []
    for sql in statements:
        low, high = engine.run_once(sql + only, {}).rows[0]
        if low is not None:
            spans.append((low, high))
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
