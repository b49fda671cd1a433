"""Rows that are whole stores or groups of them: every feed that knows them, put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from goldloop.core.calendar import Period
from goldloop.core.money import split
from goldloop.core.store import Store
from goldloop.metrics import whole_store as ws
from goldloop.metrics.cell_rows import Told, fill, limit
from goldloop.metrics.customers import CustomerParts
from goldloop.metrics.part_names import (
    AD_PARTS,
    BUYER_PARTS,
    COST_PARTS,
    GOODS_COST_PARTS,
    GOODS_PARTS,
    MATURE_PARTS,
    NEW_PARTS,
    ORDER_PARTS,
    PLACED_PARTS,
    PRODUCT_PARTS,
    SOURCE_PARTS,
)
from goldloop.metrics.reader import Key, Reader
from goldloop.metrics.rows import Rows, Scope
from goldloop.metrics.whole_store import Row

VISIT_PARTS = frozenset({*ws.VISITS, *ws.VISIT_SUMS, "visitor_days"})
BY_ORDERS = (ORDER_PARTS | BUYER_PARTS | NEW_PARTS | VISIT_PARTS | MATURE_PARTS) - {"gmv_squares"}


class WholeRows:
    """Makes the rows of a question whose cuts and filters are known for whole stores."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.q = reader.q
        self._customers = CustomerParts(reader)

    def rows(self) -> Rows:
        """All of them, of every bucket."""
        rows = Rows(self.reader, dict.fromkeys(range(len(self.q.buckets)), self._keys()))
        alone = rows.by_scope(self._by_orders_alone)
        if any(alone):
            self._fill_by_orders(rows)
        others = (place for place, orders_alone in enumerate(alone) if not orders_alone)
        rows.fill({place: self.row(rows.about(place), rows.values[place]) for place in others})
        return rows

    def _by_orders_alone(self, scope: Scope) -> bool:
        """Whether orders tell all that is asked of some stores: there are no rows of the platform for these days."""
        if self.q.request.basis == "platform" or not self.q.parts <= BY_ORDERS:
            return False
        return not any((scope.number, store.id) in held for held in self.reader.roots for store in scope.members)

    def _fill_by_orders(self, rows: Rows) -> None:
        """The same as `row`, by column, as if orders alone told all rows; those that more tells are filled over it."""
        reader = self.reader
        sales = self.q.parts & ORDER_PARTS | {"gmv", "orders"}
        if sales & ws.REFUNDED:
            sales |= set(ws.REFUNDS_TOLD)
        told = [self._told_of_stores("order_parts", sales, rows)]
        if "gmv_all" in sales:
            told.append(self._told_of_stores("excluded_parts", {"excluded"}, rows))
        for group, names in (("buyer_parts", BUYER_PARTS), ("new_parts", NEW_PARTS)):
            if names := names & self.q.parts:
                told.append(Told(group, names, reader.rows(group)))
        fill(rows, told)
        limit(rows, reader)
        reached = rows.reached("orders")
        rows.source = ["orders" if one else "none" for one in reached]
        rows.buyer_basis = [basis if one else None for basis, one in zip(rows.buyer_basis, reached, strict=True)]
        self._fill_visitors(rows)

    def _told_of_stores(self, group: str, names: Collection[str], rows: Rows) -> Told:
        """What a group tells of whole stores, added up where a row is about several."""
        columns, found = self.reader.rows_of_stores(group)
        if self.q.shape.cuts == ("store",):
            return Told(group, names, (columns, found))
        kept = [place for place, name in enumerate(columns) if name not in ("bucket", "c_store")]
        added: dict[Key, tuple[Any, ...]] = {}
        for key, at in zip(rows.by_number(), rows.scope, strict=True):
            scope = rows.scopes[at]
            stores = [found.get((scope.number, store.name)) for store in scope.members]
            told = [one for one in stores if one is not None]
            if told:
                added[key] = tuple([ws.known_sum([one[place] for one in told]) for place in kept])
        return Told(group, names, ([columns[place] for place in kept], added))

    def _fill_visitors(self, rows: Rows) -> None:
        """Visitors counted from visits where every store has them; no row of the platform tells the rest of the funnel."""
        bare = [place for place, loaded in enumerate(rows.loaded("store_day")) if not loaded]
        for name in self.q.parts & VISIT_PARTS:
            rows.put(name, [None] * len(rows), ws.no_visits(name, loaded=True))
            rows.explain(name, bare, ws.no_visits(name, loaded=False))
        if self._visits_wanted():
            columns, found = self.reader.rows("visit_parts")
            visitors, stores = columns.index("visitors"), columns.index("visit_stores")
            members = rows.by_scope(lambda scope: len(scope.members))
            for place, key in enumerate(rows.by_number()):
                told = found.get(key)
                if told is not None and told[stores] == members[place]:
                    rows.set(place, "visitors", told[visitors])

    def _keys(self) -> list[Key]:
        """The values of the store-level cuts, in the order of stores."""
        known = ({"store": s.name, "platform": s.platform, "currency": s.currency} for s in self.q.stores.values())
        return list(dict.fromkeys(tuple(values[cut] for cut in self.q.shape.cuts) for values in known))

    def row(self, scope: Scope, key: Key) -> Row:
        """The row of some stores in a bucket."""
        reader, basis = self.reader, self.q.request.basis
        number, period, members = scope.number, scope.period, scope.members
        inputs = self.inputs(number, members)
        row = Row(period, members)
        ws.fill_money(row, inputs, basis, self.q.parts)
        needed = BUYER_PARTS | NEW_PARTS | {"identified_gmv"}
        identity = reader.parts("buyer_parts").get((number, *key)) if reader.wants(needed) else None
        new = reader.parts("new_parts").get((number, *key)) if reader.wants(NEW_PARTS) else None
        ws.fill_buyers(
            row, inputs, basis, identity, new,
            new_rule=self.q.request.new, by_order=self.q.shape.new_by_order,
            anonymous=reader.too_anonymous(number, members), money_text=self.q.money_text,
        )  # fmt: skip
        if row.buyer_basis == "identity":
            self._check_history(row)
        ws.fill_visits(row, inputs, self._visits(number, key), self.q.parts)
        ws.fill_buyer_days(row, inputs, identity)
        if reader.wants({"refunds"}):
            ws.fill_refunds(row, inputs, reader.parts("refund_parts").get((number, *key)), basis)
        self._fill_others(row, number, key, inputs)
        self._customers.fill(row, number, key)
        return row

    def _check_history(self, row: Row) -> None:
        if missing := self.reader.too_short(row.period, row.members):
            for name in NEW_PARTS:
                row.put(name, None, missing[0], **missing[1])

    def inputs(self, number: int, members: Sequence[Store]) -> list[ws.StoreInput]:
        """Everything known of some stores in a bucket, by its number."""
        days, exact = self.reader.roots
        return [
            ws.StoreInput(
                store=s,
                feeds=self.reader.feeds[s.id],
                orders=self.reader.store_orders(number, s),
                days=days.get((number, s.id)),
                exact=exact.get((number, s.id)),
            )
            for s in members
        ]

    def _visits_wanted(self) -> bool:
        if not self.reader.wants({"visitors"}) or not self.reader.engine.snapshot.files("facts/visits"):
            return False
        return set(self.q.shape.cuts) <= {"store"}

    def _visits(self, number: int, key: Key) -> Mapping[str, Any] | None:
        return self.reader.parts("visit_parts").get((number, *key)) if self._visits_wanted() else None

    def _fill_others(self, row: Row, number: int, key: Key, inputs: list[ws.StoreInput]) -> None:
        """Feeds whose parts do not depend on the root: placed orders, ads, sources, costs."""
        self._take(row, number, key, "placed_parts", PLACED_PARTS, "orders", zero=True)
        days = [g.days for g in inputs]
        if row.source == "platform" and all(d is not None and d["ordered_amount_days"] == d["gmv_days"] for d in days):
            row.put("ordered_amount", ws.total(days, "ordered_amount_sum"))
        if self.reader.wants(GOODS_PARTS):
            reached = any(g.feeds.reaches("orders", row.period) for g in inputs)
            ws.fill_goods(row, self.reader.parts("goods_parts").get((number, *key)), reached=reached)
        self._take(row, number, key, "ad_parts", AD_PARTS, "ads", zero=True)
        self._take(row, number, key, "source_parts", SOURCE_PARTS, "traffic", zero=False)
        for name in PRODUCT_PARTS & self.q.parts:
            row.put(name, None, "not_by_this_cut", cut=", ".join(self.q.request.by) or "store")
        if self.reader.wants(COST_PARTS):
            self._fill_costs(row)
        if self.reader.wants(GOODS_COST_PARTS):
            self._fill_goods_cost(row, number)

    def _take(
        self, row: Row, number: int, key: Key, group: str, names: frozenset[str], feed: str, *, zero: bool
    ) -> None:
        """Parts of one group; no row is 0 for what is counted (`zero`) where the feed is loaded, else unknown."""
        if not self.reader.wants(names):
            return
        loaded = any(self.reader.feeds[s.id].has(feed) for s in row.members)
        reached = any(self.reader.feeds[s.id].reaches(feed, row.period) for s in row.members)
        found = self.reader.parts(group).get((number, *key))
        for name in names:
            if found is not None:
                row.put(name, found[name], "not_stated")
            elif zero and reached:
                row.put(name, 0)
            else:
                row.put(name, None, "no_data" if loaded else "no_feed", feed=feed)

    def _fill_costs(self, row: Row) -> None:
        ids = {s.id for s in row.members}
        known = any(c["store"] in ids for c in self.reader.costs)
        for name in COST_PARTS:
            value = sum(part for _, part in spread_costs(self.reader.costs, name, ids, row.period))
            row.put(name, value if known else None, "no_feed", feed="costs")

    def _fill_goods_cost(self, row: Row, number: int) -> None:
        """Of each store the loaded cost of goods, or where none is loaded that of its lines; known for all or for none."""
        shape = replace(self.q.shape, cuts=("store",), wheres=())
        total = 0
        for store in row.members:
            told = spread_costs(self.reader.costs, "goods_cost", {store.id}, row.period)
            if told:
                total += sum(part for _, part in told)
                continue
            one = Row(row.period, [store])
            found = self.reader.parts("goods_parts", shape).get((number, store.name))
            ws.fill_goods(
                one, found, reached=self.reader.feeds[store.id].reaches("orders", row.period), part="kept_cogs"
            )
            if one.parts["kept_cogs"] is None:
                row.put("goods_cost", None, one.why["kept_cogs"][0], **one.why["kept_cogs"][1])
                return
            total += int(one.parts["kept_cogs"])
        row.put("goods_cost", total)


COST_OF = {"labour": "labour_cost", "cogs": "goods_cost"}  # kind of a cost -> its figure; of all others other_costs


def spread_costs(
    costs: Iterable[Mapping[str, Any]], name: str, stores: Collection[int], period: Period
) -> list[tuple[Mapping[str, Any], int]]:
    """The loaded costs of some stores that make a cost figure and cover a day of the period, each with its part."""
    return [
        (cost, spread(cost, period))
        for cost in costs
        if cost["store"] in stores and COST_OF.get(cost["kind"], "other_costs") == name and overlaps(cost, period)
    ]


def overlaps(cost: Mapping[str, Any], period: Period) -> bool:
    """Whether a cost covers a day of the period."""
    return bool(cost["first_day"] <= period.last and cost["last_day"] >= period.first)


def spread(cost: Mapping[str, Any], period: Period) -> int:
    """The part of a cost that falls into a period: spread evenly over its days, exact to the minor unit."""
    first, last = cost["first_day"], cost["last_day"]
    low, high = max(first, period.first), min(last, period.last)
    if high < low:
        return 0
    days = split(cost["amount"] or 0, [1] * ((last - first).days + 1))
    start = (low - first).days
    return sum(days[start : start + (high - low).days + 1])
