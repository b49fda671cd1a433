"""Which rows make a figure: those of the source that answered, and what each of them contributes to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from goldloop.metrics.reader import Reader
from goldloop.metrics.rows import Scope
from goldloop.metrics.whole_rows import WholeRows, spread_costs
from goldloop.metrics.whole_store import (
    BESIDE_GMV,
    Row,
    StoreInput,
    every_day_states,
    people_from,
    root_kind,
    root_states,
)

SALES = ("gmv", "gmv_all", "orders", "units")  # their root can be the platform's rows
ALWAYS_ORDERS = ("refunded_gmv", "user_paid", "list_value", "postage")
IDENTIFIED = ("identified_gmv", "identified_orders", "unidentified_gmv")
PEOPLE = ("buyers", "new_buyers", "repeat_buyers", "new_gmv", "repeat_gmv")
VISITS = ("visitors", "visitor_days", "page_views", "buyer_days")
ADS = ("ad_cost", "impressions", "clicks", "ad_gmv", "ad_orders", "ad_new_buyers")
COSTS = ("goods_cost", "labour_cost", "other_costs")
TRACEABLE = (*SALES, *BESIDE_GMV, *ALWAYS_ORDERS, *IDENTIFIED, *PEOPLE, *VISITS, "refunds", *ADS, "cogs", *COSTS)

TABLE_OF = {
    "order_rows": "orders", "excluded_rows": "orders", "new_rows": "orders", "goods_rows": "orders",
    "refund_rows": "refunds", "root_rows": "store_day", "period_rows": "store_day", "visit_rows": "visits", "ad_rows": "ads",
}  # fmt: skip
# Of the platform's own persons one side may be stated as what is left of all.
PLATFORM_PEOPLE = {
    "buyers": '"buyers"',
    "new_buyers": 'coalesce("new_buyers", "buyers" - "repeat_buyers")',
    "repeat_buyers": 'coalesce("repeat_buyers", "buyers" - "new_buyers")',
    "repeat_gmv": '"repeat_gmv"',
}


@dataclass(frozen=True, slots=True)
class Sum:
    """Rows of a group that count for a figure, and what each contributes, both in SQL over the group's columns."""

    group: str
    value: str
    condition: str = "true"


class Behind:
    """What stands behind the figures of one row without cuts, by the rules that filled the row."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.basis = reader.q.request.basis
        self.stores = frozenset(reader.q.stores)
        self.inputs: list[StoreInput] = []
        self.row: Row | None = None
        if reader.q.by_whole_store:
            whole = WholeRows(reader)
            self.row = whole.row(Scope(0, reader.q.request.period, reader.members(())), ())
            self.inputs = whole.inputs(0, self.row.members)
        self.people = people_from(self.row, self.inputs) if self.row else "orders"

    def sums(self, name: str) -> list[Sum]:
        """The rows of the lake behind a figure that has a value."""
        if name in SALES:
            return self._sales(name)
        if name in BESIDE_GMV:
            beside = {g.store.id for g in self.inputs if not g.apart or self._root(g) == "orders"}
            return [Sum("order_rows", f'"{name}"', _in(beside if self.row else self.stores))]
        if name in IDENTIFIED:
            return self._identified(name)
        if name in PEOPLE:
            return self._people(name)
        if name in VISITS:
            return [self._visits(name)]
        if name in ADS:
            return [Sum("ad_rows", f'"{name}"')]
        if name == "refunds":
            reported = self.row is not None and self.row.source == "platform" and self.basis != "orders"
            reported = reported and every_day_states(self.inputs, "refunds_days")
            return [Sum("root_rows" if reported else "refund_rows", '"refunds"')]
        if name == "goods_cost":
            return [Sum("goods_rows", '"kept_cogs"', _in(self.stores - self._costed()))]
        if name == "cogs":
            return [Sum("goods_rows", '"cogs"')]
        return [Sum("order_rows", f'"{name}"')] if name in ALWAYS_ORDERS else []

    def costs(self, name: str) -> list[dict[str, object]]:
        """The loaded costs behind a cost figure as rows, each with the part that falls into the period."""
        if name not in COSTS or self.row is None:
            return []
        return [
            {**cost, "day": cost["first_day"], "contribution": part}
            for cost, part in spread_costs(self.reader.costs, name, self.stores, self.row.period)
        ]

    def _costed(self) -> frozenset[int]:
        """Stores whose cost of goods is loaded as such."""
        return frozenset(int(str(cost["store"])) for cost in self.costs("goods_cost"))

    def _root(self, given: StoreInput) -> str:
        """What a store's sums come from."""
        return root_kind(given, self.row.period, self.basis) if self.row else "orders"

    def _sales(self, name: str) -> list[Sum]:
        """Of each store the platform's rows where they are its root, what exclusions take out of them, and orders."""
        if self.row is None:
            return self._of_orders(name, self.stores)
        of: dict[str, set[int]] = {"orders": set(), "period": set(), "days": set()}
        for given in self.inputs:
            kind = self._root(given)
            if name in ("orders", "units") and kind and not root_states(given, kind, name):
                kind = "orders"
            if kind:
                of[kind].add(given.store.id)
        found: list[Sum] = []
        for kind, group, there in (("period", "period_rows", "true"), ("days", "root_rows", "on_root_day")):
            if not of[kind]:
                continue
            column, stores = "gmv" if name == "gmv_all" else name, _in(of[kind])
            found.append(Sum(group, f'"{column}"', f'{stores} AND "gmv" IS NOT NULL'))
            if name == "gmv":
                found += [Sum(one, '"excluded"', f"{stores} AND {there}") for one in ("excluded_rows", "order_rows")]
            if kind == "days":
                found += [
                    replace(one, condition=f"{stores} AND NOT on_root_day") for one in self._of_orders(name, of[kind])
                ]
        return [*found, *self._of_orders(name, of["orders"])]

    def _of_orders(self, name: str, stores: Iterable[int]) -> list[Sum]:
        """A sales figure of orders: one that counts before exclusions takes in what they took out."""
        groups = ("order_rows", "excluded_rows") if name == "gmv_all" else ("order_rows",)
        return [Sum(group, f'"{name}"', _in(stores)) for group in groups] if stores else []

    def _identified(self, name: str) -> list[Sum]:
        """On the platform's own basis every buyer is known to it."""
        if self.people == "orders":
            return [Sum("order_rows", f'"{name}"')]
        return [] if name == "unidentified_gmv" else self._sales(name.removeprefix("identified_"))

    def _people(self, name: str) -> list[Sum]:
        if self.people == "orders":
            return [Sum("order_rows" if name == "buyers" else "new_rows", f'"{name}"')]
        if name != "new_gmv":
            return [Sum("period_rows", PLATFORM_PEOPLE[name])]
        assert self.row is not None
        sales = self._sales("gmv")
        if sales[0].group == "period_rows" or self.row.period.days == 1:  # the same row states both
            return [replace(sales[0], value='"gmv" - "repeat_gmv"'), *sales[1:]]
        return [*sales, Sum("period_rows", '-"repeat_gmv"')]

    def _visits(self, name: str) -> Sum:
        """The platform's row of the period for persons, its daily rows for what adds up; else visits, or orders."""
        if name == "visitors":
            stated = self.inputs and self.inputs[0].exact and self.inputs[0].exact["visitors"] is not None
            return Sum("period_rows" if stated and len(self.inputs) == 1 else "visit_rows", '"visitors"')
        if name == "page_views":
            daily = any(given.days and given.days["page_views_days"] for given in self.inputs)
            return Sum("root_rows" if daily else "period_rows", '"page_views"')
        if name == "visitor_days":
            return Sum("root_rows", '"visitors"')
        reported = (
            self.row is not None and self.row.source == "platform" and every_day_states(self.inputs, "buyers_stated")
        )
        return Sum("root_rows", '"buyers"') if reported else Sum("order_rows", '"buyer_days"')


def _in(stores: Iterable[int]) -> str:
    """The condition that a row is of one of some stores."""
    return f"store IN ({', '.join(map(str, sorted(stores))) or 'NULL'})"
