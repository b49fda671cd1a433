"""Which way a group of parts is counted: from sums by day, from the days of people, or from the facts themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goldloop.metrics.cuts import STORE_CUTS
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import Result, SmallTable

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

COUNTED = frozenset({"buyer_parts", "new_parts"})
SUMMED = frozenset({"order_parts", "excluded_parts", "placed_parts", "refund_parts"})
BY_LINES = frozenset({"order_parts", "excluded_parts"})
ORDERS_CUT, LINE_CUTS = "channel", frozenset({"category", "price_band"})


@dataclass(frozen=True, slots=True)
class Path:
    """The way that a group was counted: `name` of what was read, `why` it was not a shorter one (a code, '' if it was)."""

    kind: Literal["sums", "people", "facts", "table"]
    name: str
    why: str = ""


def path(engine: Engine, group: str, shape: Shape) -> Path:
    """The shortest exact way to a group of parts of a question's shape."""
    if group not in COUNTED | SUMMED | {"visit_parts"}:
        return Path("facts", group, "not_counted_ahead")
    if engine.rolled is None:
        kept = engine.summed(group, shape)
        if kept is None:
            return Path("facts", group, "no_rollups")
        why = "cut_not_counted_ahead" if group in SUMMED else "not_counted_ahead"
        return Path("table", kept) if kept else Path("facts", group, why)
    cut = _cut(shape)
    if cut is None:
        return Path("facts", group, "cut_not_counted_ahead")
    if group == "visit_parts":
        return Path("people", "visits") if engine.rolled.has("visits") else Path("facts", group, "not_counted_ahead")
    if shape.new_by_order and group == "new_parts":
        return Path("facts", group, "new_by_order")
    if shape.known and group == "order_parts":
        return Path("facts", group, "refunds_of_an_age")
    if group in COUNTED:
        return Path("people", cut or ORDERS_CUT)
    name = summed_as(group, shape)
    return Path("sums", name) if name else Path("facts", group, "cut_not_counted_ahead")


def summed_as(group: str, shape: Shape) -> str:
    """The name of the sums by day that tell a group in a question's shape; '' where none do."""
    cut = _cut(shape)
    if group not in SUMMED or cut is None or (shape.known and group == "order_parts"):
        return ""
    if group == "refund_parts":
        return "" if cut else group
    # Filtered by several values that are not told apart, an order with lines of two of them would be two orders.
    together = group == "order_parts" and cut not in shape.cuts
    if cut in LINE_CUTS and (group not in BY_LINES or together):
        return ""
    return f"{group}_by_{cut or ORDERS_CUT}"


def _cut(shape: Shape) -> str | None:
    """The one cut of orders or lines in a shape, '' for none; None where its rows were not counted ahead."""
    others = {name for name in shape.names if name not in STORE_CUTS}
    if shape.segment is not None or len(others) > 1 or not others <= {ORDERS_CUT, *LINE_CUTS} or len(shape.wheres) > 1:
        return None
    return next(iter(others), "")


def ahead(
    engine: Engine,
    way: Path,
    group: str,
    shape: Shape,
    tables: Mapping[str, SmallTable],
    without: Collection[str] = (),
) -> Result:
    """The rows of a group by a way that does not read the facts; it has the columns that the group's own statement gives.

    Sums `without` which it may do are not counted.
    """
    assert engine.rolled is not None
    if way.kind == "sums":
        from goldloop.metrics.rollups.summing import summed

        return summed(engine.rolled, way.name, shape, tables, without)
    from goldloop.metrics.rollups.counting import counted

    return counted(engine.rolled, group, shape, tables)
