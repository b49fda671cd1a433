"""Rows that are whole stores or groups of them: every feed that knows them, put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from goldloop.core.calendar import Period
from goldloop.core.money import split
from goldloop.core.store import Store
from goldloop.metrics import whole_store as ws
from goldloop.metrics.customers import CustomerParts
from goldloop.metrics.part_names import (
    AD_PARTS,
    BUYER_PARTS,
    COST_PARTS,
    GOODS_COST_PARTS,
    GOODS_PARTS,
    NEW_PARTS,
    PLACED_PARTS,
    PRODUCT_PARTS,
    SOURCE_PARTS,
)
from goldloop.metrics.reader import Key, Reader
from goldloop.metrics.whole_store import Row


class WholeRows:
    """Makes the rows of a question whose cuts and filters are known for whole stores."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.q = reader.q
        self._customers = CustomerParts(reader)

    def rows(self) -> dict[Key, Row]:
        """Every row by (side, bucket index, cut values...)."""
        found: dict[Key, Row] = {}
        made: dict[Key, Row] = {}
        groups = self._groups()
        for side, i, number, period in self.reader.sides():
            for key, members in groups:
                at = (period if self.reader.same_by_period else number, *key)
                if at not in made:
                    made[at] = self._row(number, period, key, members)
                found[side, i, *key] = made[at]
        return found

    def _groups(self) -> list[tuple[Key, list[Store]]]:
        """Stores grouped by the values of the store-level cuts."""
        found: dict[Key, list[Store]] = {}
        for store in self.q.stores.values():
            values = {"store": store.name, "platform": store.platform, "currency": store.currency}
            found.setdefault(tuple(values[c] for c in self.q.shape.cuts), []).append(store)
        return list(found.items())

    def _row(self, number: int, period: Period, key: Key, members: list[Store]) -> Row:
        reader, basis = self.reader, self.q.request.basis
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
            reader.check_history(row)
        ws.fill_visits(row, inputs, self._visits(number, key), self.q.parts)
        ws.fill_buyer_days(row, inputs, identity)
        if reader.wants({"refunds"}):
            ws.fill_refunds(row, inputs, reader.parts("refund_parts").get((number, *key)), basis)
        self._fill_others(row, number, key, inputs)
        self._customers.fill(row, number, key)
        return row

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

    def _visits(self, number: int, key: Key) -> Mapping[str, Any] | None:
        if not self.reader.wants({"visitors"}) or not self.reader.engine.snapshot.files("facts/visits"):
            return None
        if not set(self.q.shape.cuts) <= {"store"}:
            return None
        return self.reader.parts("visit_parts").get((number, *key))

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
