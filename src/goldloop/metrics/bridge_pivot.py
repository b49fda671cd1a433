"""What both sources of a figure are held against: orders for gmv, the after-sale list for refunds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goldloop.core.store import Store
from goldloop.metrics import bridge_orders, bridge_refunds
from goldloop.metrics.bridge_counts import Rules
from goldloop.metrics.reconcile import Scope

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Pivot:
    """The source of that `name`, its `rules` and fact `tables`.

    `prepare` makes its SQL tables, `entries` is the SQL of what a source with certain rules counts in them. `known`: SQL
    whether anything is loaded for the days of a report's row. `shows`: rule -> figures a viewer must be allowed to see;
    `takes`: rule -> the column of orders that it takes.
    """

    name: str
    rules: Rules
    tables: Sequence[str]
    prepare: Callable[[duckdb.DuckDBPyConnection, Scope], None]
    entries: Callable[..., str]
    known: str
    shows: Mapping[str, tuple[str, ...]]
    takes: Mapping[str, str]

    def of(self, store: Store) -> Pivot:
        """The same where `store` counts its amounts by its own setting."""
        if store.gmv_amount == "merchant" or "platform_discount" not in self.rules:
            return self
        return replace(self, rules={**self.rules, "platform_discount": ("out", "in")})


PIVOTS = {
    "gmv": Pivot(
        "orders", bridge_orders.RULES, bridge_orders.TABLES, bridge_orders.prepare, bridge_orders.entries,
        bridge_orders.KNOWN, bridge_orders.SHOWS, bridge_orders.TAKES,
    ),
    "refunds": Pivot(
        "refunds", bridge_refunds.RULES, bridge_refunds.TABLES, bridge_refunds.prepare, bridge_refunds.entries,
        bridge_refunds.KNOWN, bridge_refunds.SHOWS, {},
    ),
}  # fmt: skip
