"""From the engine's parts to the rows of an answer: roots and bases, reasons, comparison, order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import Period, compared, whole
from goldloop.core.formula import Number, apply
from goldloop.core.money import split
from goldloop.core.store import Store
from goldloop.metrics import whole_store as ws
from goldloop.metrics.answer import Answer, Reason
from goldloop.metrics.cuts import CUTS, REFUND_CUTS, STORE_CUTS
from goldloop.metrics.definitions import FIGURES, closure
from goldloop.metrics.engines.duckdb import compiled
from goldloop.metrics.query import COMPARED_FROM, Question, bucket_table
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import Result, SmallTable
from goldloop.metrics.whole_store import Row

if TYPE_CHECKING:
    from goldloop.metrics.engines.duckdb import Engine

Key = tuple[Any, ...]

# Which group of the engine gives which parts.
ORDER_PARTS = frozenset({
    "gmv", "gmv_all", "orders", "units", "identified_gmv", "identified_orders", "orders_counted", "refunded_gmv",
    "refunded_orders", "user_paid", "list_value", "postage", "platform_discount", "merchant_discount",
})  # fmt: skip
BUYER_PARTS = frozenset({"buyers", "buyer_days"})
NEW_PARTS = frozenset({*ws.NEW_PARTS, "second_buyers"})
PLACED_PARTS = frozenset({
    "ordered_amount", "ordered_orders", "presale_orders", "presale_value", "presale_paid", "deposit"
})  # fmt: skip
SOURCE_PARTS = frozenset({
    "source_visitors", "source_buyers", "source_gmv", "paid_source_visitors", "all_source_visitors"
})  # fmt: skip
PRODUCT_PARTS = frozenset({"product_visitors", "product_page_views"})
AD_PARTS = frozenset({"ad_cost", "impressions", "clicks", "ad_gmv", "ad_orders", "ad_new_buyers"})
COST_PARTS = frozenset({"labour_cost", "other_costs"})
MONTH_PARTS = frozenset({"month_buyers", "month_new_gmv", "month_repeat_gmv"})
WINDOW_PARTS = frozenset({"window_buyers", "repurchasers"})
RETURN_PARTS = frozenset({"previous_buyers", "returned_buyers"})
SECOND_PARTS = frozenset({"month_new_buyers", "second_by_next_month"})


class Assembly:
    """One answer in the making."""

    def __init__(self, engine: Engine, question: Question, tables: dict[str, SmallTable]) -> None:
        self.engine = engine
        self.q = question
        self.tables = tables
        self.statements: list[tuple[str, str, dict[str, SmallTable]]] = []
        self.notes: list[str] = []
        self._cache: dict[tuple[str, Shape], dict[Key, dict[str, Any]]] = {}
        self.feeds = self._feeds()

    # -- asking the engine ---------------------------------------------------------------------------------------

    def run(self, group: str, shape: Shape, tables: dict[str, SmallTable] | None = None) -> Result:
        """Run one group of parts and remember its SQL."""
        sql = compiled(group, shape, self.engine.cache)
        given = tables or self.tables
        self.statements.append((group, sql, given))
        return self.engine.run(sql, given)

    def parts(self, group: str, shape: Shape | None = None) -> dict[Key, dict[str, Any]]:
        """Parts of a group by (bucket, cut values...)."""
        shape = shape or self.q.shape
        if (group, shape) not in self._cache:
            found = self.run(group, shape)
            keys = ["bucket", *(f"c_{c}" for c in shape.cuts)]
            places = [found.names.index(k) for k in keys]
            self._cache[group, shape] = {
                tuple(row[p] for p in places): dict(zip(found.names, row, strict=True)) for row in found.rows
            }
        return self._cache[group, shape]

    def _feeds(self) -> dict[int, ws.StoreFeeds]:
        found = {i: ws.StoreFeeds() for i in self.q.stores}
        for row in self.run("coverage_rows", Shape()).dicts():
            if row["rows"]:
                found[row["store"]].spans[row["feed"]] = (row["first_day"], row["last_day"])
                if row["feed"] == "orders":
                    found[row["store"]].first_paid = row["first_paid"]
        return found

    def by_store(self, group: str) -> dict[tuple[int, int], dict[str, Any]]:
        """Rows of a group that are keyed by bucket and store id."""
        rows = self.run(group, Shape()).dicts()
        return {(r["bucket"], r["store"]): r for r in rows}

    # -- the answer ----------------------------------------------------------------------------------------------

    def answer(self) -> Answer:
        """All rows, compared where asked, with reasons, scope, data state and notes."""
        rows = self._rows()
        keys = self._order(rows)
        figures = self.q.figures
        current = [rows.get((0, *k)) or self._nothing(k) for k in keys]
        values = evaluate(figures, current)
        columns: dict[str, list[Any]] = {}
        for position, name in enumerate(self._cut_names()):
            columns[name] = [self._label(k, position) for k in keys]
        others = [rows.get((1, *k)) or self._nothing(k, side=1) for k in keys] if self.q.compared else []
        before = evaluate(figures, others) if others else {}
        for name in figures:
            columns[name] = values[name]
            if self.q.compared:
                columns[f"{name}__compared"] = before[name] if others else []
                columns[f"{name}__change"] = [_change(a, b) for a, b in zip(values[name], columns[f"{name}__compared"], strict=True)]
                columns[f"{name}__change_rate"] = [
                    _change_rate(a, b) for a, b in zip(values[name], columns[f"{name}__compared"], strict=True)
                ]
        return Answer(
            cuts=self._cut_names(),
            figures=figures,
            columns=columns,
            currencies=[_currency(r.members) for r in current],
            reasons=self._reasons(current, values),
            scope=self._scope(),
            data=self._data(current),
            notes=self._all_notes(current),
            script=lambda: "\n\n".join(f"-- {g}\n{self.engine.script(sql, given)}" for g, sql, given in self.statements),
        )

    def _cut_names(self) -> tuple[str, ...]:
        return self.q.request.by

    def _label(self, key: Key, position: int) -> Any:
        name = self.q.request.by[position]
        if name == self.q.grain:
            return self.q.buckets[key[0]].label
        value = key[1 + self.q.shape.cuts.index(name)]
        return value

    def _sides(self) -> Iterator[tuple[int, int, int, Period]]:
        """(side, index, bucket number, period) of every bucket; side 1 is what is compared with."""
        for i, bucket in enumerate(self.q.buckets):
            yield 0, i, i, bucket.period
        for i, period in enumerate(self.q.compared):
            yield 1, i, COMPARED_FROM + i, period

    def _rows(self) -> dict[Key, Row]:
        """Every row by (side, bucket index, cut values...)."""
        found = {}
        if self.q.by_whole_store:
            for side, i, number, period in self._sides():
                for key, members in self._groups():
                    found[(side, i, *key)] = self._whole_row(number, period, key, members)
            return found
        keys = self._cell_keys()
        for side, i, number, period in self._sides():
            for key in keys.get(number, ()):
                found[(side, i, *key)] = self._cell_row(number, period, key)
        return found

    def _groups(self) -> list[tuple[Key, list[Store]]]:
        """Stores grouped by the values of the store-level cuts."""
        found: dict[Key, list[Store]] = {}
        for store in self.q.stores.values():
            values = {"store": store.name, "platform": store.platform, "currency": store.currency}
            found.setdefault(tuple(values[c] for c in self.q.shape.cuts), []).append(store)
        return list(found.items())

    # -- rows that are whole stores ------------------------------------------------------------------------------

    def _whole_row(self, number: int, period: Period, key: Key, members: list[Store]) -> Row:
        orders = self.parts("order_parts", Shape(("store",)))
        if not hasattr(self, "_roots"):
            self._roots = (self.by_store("root_days"), self.by_store("root_exact"))
        days, exact = self._roots
        inputs = [
            ws.StoreInput(
                store=s,
                feeds=self.feeds[s.id],
                orders=orders.get((number, s.name)),
                days=days.get((number, s.id)),
                exact=exact.get((number, s.id)),
            )
            for s in members
        ]
        row = Row(period, members)
        basis = self.q.request.basis
        ws.fill_money(row, inputs, basis)
        covered = [self._covered(number, s) for s in members]
        identity = self.parts("buyer_parts").get((number, *key)) if self._wants(BUYER_PARTS | NEW_PARTS | {"identified_gmv"}) else None
        new = self.parts("new_parts").get((number, *key)) if self._wants(NEW_PARTS) else None
        known = [c for c in covered if c is not None]
        ws.fill_buyers(
            row, inputs, basis, identity, new,
            new_rule=self.q.request.new,
            limit_ok=all(c is None or c >= s.identity_limit for c, s in zip(covered, members, strict=True)),
            coverage=min(known) if known else None,
        )  # fmt: skip
        if row.buyer_basis == "identity":
            self._check_history(row, members)
        ws.fill_visits(row, inputs, self._visits(number, key))
        ws.fill_buyer_days(row, inputs, identity)
        if self._wants({"refunds"}):
            ws.fill_refunds(row, inputs, self.parts("refund_parts").get((number, *key)), basis)
        self._fill_others(row, number, key, inputs)
        return row

    def _wants(self, parts: frozenset[str] | set[str]) -> bool:
        return bool(self.q.parts & parts)

    def _visits(self, number: int, key: Key) -> Mapping[str, Any] | None:
        if not self._wants({"visitors"}) or not self.engine.snapshot.files("facts/visits"):
            return None
        if not set(self.q.shape.cuts) <= {"store"}:
            return None
        return self.parts("visit_parts").get((number, *key))

    def _covered(self, number: int, store: Store) -> float | None:
        """Identity coverage of a store in a bucket: identified / paid orders; None without orders."""
        row = self.parts("order_parts", Shape(("store",))).get((number, store.name))
        if row is None or not row["orders"]:
            return None
        return float(Decimal(row["identified_orders"]) / Decimal(row["orders"]))

    def _check_history(self, row: Row, members: list[Store]) -> None:
        """New needs 365 days before the period, or the store's opening day, to be loaded."""
        if self.q.request.new == "first-in-data":
            return
        for store in members:
            feeds = self.feeds[store.id]
            loaded = feeds.spans.get("orders", (None, None))[0]
            enough = loaded is not None and (
                loaded <= row.period.first - timedelta(days=365)
                or (store.opened_on is not None and loaded <= store.opened_on)
            )
            if loaded is not None and not enough:
                for name in NEW_PARTS:
                    row.put(name, None, "history_too_short", first=str(row.period.first), loaded=str(loaded))
                return

    def _fill_others(self, row: Row, number: int, key: Key, inputs: list[ws.StoreInput]) -> None:
        """Feeds whose parts do not depend on the root: placed orders, sources, products, ads, costs, customers."""
        def loaded(feed: str) -> bool:
            return any(self.feeds[s.id].has(feed) for s in row.members)

        def take(group: str, names: frozenset[str], feed: str, *, zero: bool) -> None:
            if not self._wants(names):
                return
            found = self.parts(group).get((number, *key))
            for name in names:
                if found is not None:
                    row.put(name, found[name], "no_data", feed=feed)
                elif zero and loaded(feed):
                    row.put(name, 0)
                else:
                    row.put(name, None, "no_data" if loaded(feed) else "no_feed", feed=feed)

        take("placed_parts", PLACED_PARTS, "orders", zero=True)
        if self.q.by_whole_store and self._wants({"ordered_amount"}) and row.source == "platform":
            days = [g.days for g in inputs]
            if all(d is not None and d["ordered_amount_days"] == d["gmv_days"] for d in days):
                row.put("ordered_amount", ws.total(days, "ordered_amount_sum"))
        take("ad_parts", AD_PARTS, "ads", zero=True)
        take("source_parts", SOURCE_PARTS, "traffic", zero=False)
        if self._wants(PRODUCT_PARTS):
            for name in PRODUCT_PARTS:
                row.put(name, None, "not_by_this_cut", cut=", ".join(self.q.request.by) or "shop")
        if self._wants(COST_PARTS):
            self._fill_costs(row)
        self._fill_customers(row, number, key)

    def _fill_costs(self, row: Row) -> None:
        if not hasattr(self, "_costs"):
            self._costs = self.run("cost_rows", Shape()).dicts()
        ids = {s.id for s in row.members}
        mine = [c for c in self._costs if c["store"] in ids]
        for name, wanted in (("labour_cost", True), ("other_costs", False)):
            amounts = [_spread(c, row.period) for c in mine if (c["kind"] == "labour") == wanted]
            row.put(name, sum(amounts) if mine else None, "no_feed", feed="costs")

    def _fill_customers(self, row: Row, number: int, key: Key) -> None:
        groups = (
            ("month_parts", MONTH_PARTS), ("window_parts", WINDOW_PARTS),
            ("return_parts", RETURN_PARTS), ("second_parts", SECOND_PARTS),
        )  # fmt: skip
        for group, names in groups:
            if not self._wants(names):
                continue
            if not self.q.by_whole_store or not set(self.q.shape.cuts) <= {"store"}:
                for name in names:
                    row.put(name, None, "not_by_this_cut", cut=", ".join(self.q.request.by))
                continue
            code, params = self._customer_reason(row, number, group)
            found = self._pairs(number, key) if group == "return_parts" else self.parts(group).get((number, *key))
            for name in names:
                row.put(name, None if code else (found[name] if found else 0), code or "", **params)

    def _customer_reason(self, row: Row, number: int, group: str) -> tuple[str | None, dict[str, Any]]:
        """Why customer figures cannot be given for a row, if so."""
        if not any(self.feeds[s.id].reaches("orders", row.period) for s in row.members):
            return "no_data", {"feed": "orders"}
        if self.q.request.basis != "orders":
            for store in row.members:
                covered = self._covered(number, store)
                if covered is not None and covered < store.identity_limit:
                    return "no_buyer_identity", {
                        "coverage": f"{covered * 100:.1f} %", "limit": f"{store.identity_limit * 100:.0f} %"
                    }  # fmt: skip
        if group == "second_parts" and row.period != whole("month", row.period.first):
            return "whole_months", {}
        if group in ("month_parts", "second_parts"):
            probe = Row(Period(row.period.first.replace(day=1), row.period.last), row.members)
            self._check_history(probe, list(row.members))
            if probe.why:
                return next(iter(probe.why.values()))
        return None, {}

    def _pairs(self, number: int, key: Key) -> dict[str, Any] | None:
        """Buyers of the period before a bucket who come back in it."""
        if not hasattr(self, "_returns"):
            numbered = []
            self._pair_of: dict[int, int] = {}
            for n, (_, _, bucket, period) in enumerate(self._sides()):
                self._pair_of[bucket] = n
                numbered += [(2 * n, compared(period, "previous", self.q.grain)), (2 * n + 1, period)]
            tables = {**self.tables, "buckets": bucket_table(numbered, new=self.q.request.new)}
            rows = self.run("return_parts", self.q.shape, tables).dicts()
            cuts = [f"c_{c}" for c in self.q.shape.cuts]
            self._returns = {(r["bucket"], *(r[c] for c in cuts)): r for r in rows}
        return self._returns.get((self._pair_of[number], *key))

    # -- rows below whole stores ---------------------------------------------------------------------------------

    def _cell_groups(self) -> list[tuple[str, frozenset[str]]]:
        """Groups that know every cut and filter of the question and give a part that is wanted."""
        names = set(self.q.shape.names)
        levels = {CUTS[n].level if n in CUTS else "line" for n in names}
        groups: list[tuple[str, frozenset[str]]] = []
        if "source" not in levels:
            groups.append(("order_parts", ORDER_PARTS))
            groups += [("buyer_parts", BUYER_PARTS)] if self._wants(BUYER_PARTS) else []
            groups += [("new_parts", NEW_PARTS)] if self._wants(NEW_PARTS) else []
            if not levels & {"line", "buyer"} and self._wants(PLACED_PARTS):
                groups.append(("placed_parts", PLACED_PARTS))
        refund_ok = all(n in REFUND_CUTS or n not in CUTS for n in names)
        if refund_ok and self._wants({"refunds"}):
            groups.append(("refund_parts", frozenset({"refunds"})))
        if names <= STORE_CUTS | {"source", "source_group"} and "source" in levels:
            groups.append(("source_parts", SOURCE_PARTS))
        if names <= STORE_CUTS | {"product"} and self._wants(PRODUCT_PARTS):
            groups.append(("product_traffic_parts", PRODUCT_PARTS))
        if names <= STORE_CUTS | {"product"} and self._wants(AD_PARTS):
            groups.append(("ad_parts", AD_PARTS))
        return groups

    def _cell_keys(self) -> dict[int, list[Key]]:
        """The cut values of each bucket; a value known on one side of a comparison stands on both."""
        pairs = {n: (side, i) for side, i, n, _ in self._sides()}
        found: dict[int, dict[Key, None]] = {}
        for group, _ in self._cell_groups():
            for number, *key in self.parts(group):
                found.setdefault(pairs[number][1], {})[tuple(key)] = None
        if not self.q.shape.cuts:  # filters only: one row per bucket, also an empty one
            found = {i: {(): None} for i in range(len(self.q.buckets))}
        return {n: list(found.get(i, ())) for n, (_, i) in pairs.items()}

    def _cell_row(self, number: int, period: Period, key: Key) -> Row:
        row = Row(period, self._members(key))
        cut = ", ".join(self.q.shape.names)
        for name in self.q.parts:
            row.put(name, None, "not_by_this_cut", cut=cut)
        if self.q.request.basis == "platform" and self._wants(ORDER_PARTS | BUYER_PARTS | NEW_PARTS):
            for name in self.q.parts & (ORDER_PARTS | BUYER_PARTS | NEW_PARTS):
                row.put(name, None, "not_by_this_cut", cut=cut)
        reached = any(self.feeds[s.id].reaches("orders", period) for s in row.members)
        for group, names in self._cell_groups():
            if self.q.request.basis == "platform" and names & (ORDER_PARTS | BUYER_PARTS | NEW_PARTS):
                continue
            found = self.parts(group).get((number, *key))
            self._fill_cell(row, group, names, found, reached=reached)
        if row.parts.get("gmv") is not None or self.q.parts & (BUYER_PARTS | NEW_PARTS):
            self._limit_cell(row, number)
        return row

    def _fill_cell(self, row: Row, group: str, names: frozenset[str], found: dict[str, Any] | None, *, reached: bool) -> None:
        feed = {
            "refund_parts": "refunds", "source_parts": "traffic", "product_traffic_parts": "traffic", "ad_parts": "ads"
        }.get(group, "orders")  # fmt: skip
        loaded = any(self.feeds[s.id].has(feed) for s in row.members) if feed != "orders" else reached
        zero = feed in ("orders", "refunds", "ads") and loaded
        for name in names:
            source = "orders" if name == "orders_counted" else name
            if found is not None and source in found:
                value = found[source]
                row.put(name, 0 if value is None and zero and name not in ("list_value", "postage", "user_paid") else value, "no_data", feed=feed)
            elif found is None and zero:
                row.put(name, 0)
            elif found is None:
                row.put(name, None, "no_data" if loaded or feed == "orders" else "no_feed", feed=feed)
        if group == "order_parts" and found and found.get("refund_unknown") and found["refund_unknown"] == found["orders"]:
            for name in ("refunded_gmv", "refunded_orders"):
                row.put(name, None, "refund_unknown")

    def _limit_cell(self, row: Row, number: int) -> None:
        """Buyers by identity only where enough orders of each store carry a buyer; new only with enough history."""
        if self.q.request.basis != "orders":
            for store in row.members:
                covered = self._covered(number, store)
                if covered is not None and covered < store.identity_limit:
                    for name in BUYER_PARTS | NEW_PARTS:
                        row.put(name, None, "no_buyer_identity", coverage=f"{covered * 100:.1f} %",
                                limit=f"{store.identity_limit * 100:.0f} %")  # fmt: skip
                    return
        row.buyer_basis = "identity"
        if self._wants(NEW_PARTS):
            self._check_history(row, list(row.members))

    def _members(self, key: Key) -> list[Store]:
        members = list(self.q.stores.values())
        for name, value in zip(self.q.shape.cuts, key, strict=True):
            if name in STORE_CUTS:
                field = "name" if name == "store" else name
                members = [s for s in members if getattr(s, field) == value]
        return members

    def _nothing(self, key: Key, side: int = 0) -> Row:
        """A row that stands on the other side of a comparison only."""
        index = key[0]
        periods = self.q.compared if side else [b.period for b in self.q.buckets]
        if index >= len(periods):
            row = Row(self.q.buckets[index].period, self._members(key[1:]))
            for name in self.q.parts:
                row.put(name, None, "no_data", feed="orders")
            return row
        return self._cell_row(COMPARED_FROM + index if side else index, periods[index], key[1:])

    # -- order, reasons, scope -----------------------------------------------------------------------------------

    def _order(self, rows: dict[Key, Row]) -> list[Key]:
        """Time first, then the largest first figure, ties by the cut's own text."""
        keys = list(dict.fromkeys(k[1:] for k in rows))
        if not self.q.shape.cuts:
            return sorted(keys)
        first = self.q.figures[0] if self.q.request.figures else "gmv"
        current = [rows.get((0, *k)) for k in keys]
        known = [r for r in current if r is not None]
        values = iter(evaluate((first,), known)[first])
        weight = {}
        for key, row in zip(keys, current, strict=True):
            weight[key] = next(values) if row is not None else None
        natural = set(self.q.shape.cuts) <= {"weekday", "hour", "price_band"}

        def place(key: Key) -> tuple[Any, ...]:
            words = tuple((v is None, _natural(v)) for v in key[1:])
            value = weight[key]
            size = (0,) if natural else ((1, 0) if value is None else (0, -value))
            return (key[0], size, words)

        return sorted(keys, key=place)

    def _reasons(self, rows: list[Row], values: dict[str, list[Any]]) -> list[Reason]:
        found = []
        for name in self.q.figures:
            for i, value in enumerate(values[name]):
                if value is None:
                    code, params = _why(name, rows[i], values, i)
                    found.append(Reason(i, name, code, params))
        return found

    def _scope(self) -> dict[str, Any]:
        stores = list(self.q.stores.values())
        currencies = sorted({s.currency for s in stores})
        request = self.q.request
        return {
            "stores": [s.name for s in stores],
            "from": str(request.period.first),
            "to": str(request.period.last),
            "compare": request.compare,
            "compared": [str(p) for p in self.q.compared],
            "by": list(request.by),
            "where": [f"{c}={v}" for c, v in request.where],
            "basis": request.basis,
            "new": request.new,
            "business_day": sorted({f"{s.day_starts // 60:02d}:{s.day_starts % 60:02d} {s.timezone}" for s in stores}),
            "currency": currencies[0] if len(currencies) == 1 else None,
            "currencies": currencies,
        }

    def _data(self, rows: list[Row]) -> dict[str, Any]:
        feeds = []
        for store in self.q.stores.values():
            for feed, (first, last) in sorted(self.feeds[store.id].spans.items()):
                feeds.append(
                    {
                        "store": store.name,
                        "feed": feed,
                        "first_day": None if first is None else str(first),
                        "last_day": None if last is None else str(last),
                    }
                )
        period = self.q.request.period
        complete = {}
        for store in self.q.stores.values():
            for feed in ("orders", "store_day"):
                span = self.feeds[store.id].spans.get(feed)
                if span is None or span[0] is None:
                    continue
                days = (min(span[1], period.last) - max(span[0], period.first)).days + 1
                complete.setdefault(store.name, {})[feed] = round(max(days, 0) / period.days, 4)
        return {
            "feeds": feeds,
            "completeness": complete,
            "sources": [r.source if self.q.by_whole_store else "orders" for r in rows],
            "buyer_basis": [r.buyer_basis for r in rows],
        }

    def _all_notes(self, rows: list[Row]) -> list[str]:
        notes = list(self.notes)
        period = self.q.request.period
        for store in self.q.stores.values():
            span = self.feeds[store.id].spans.get("orders")
            if span and span[1] is not None and period.first <= span[1] < period.last:
                notes.append(f"{store.name}: orders are loaded up to {span[1]} only.")
            if span and span[0] is not None and period.last >= span[0] > period.first:
                notes.append(f"{store.name}: orders are loaded from {span[0]} only.")
        if any(r.source == "mixed" for r in rows):
            notes.append("Some days have no platform row; they are answered from orders.")
        if "roas" in self.q.figures or "ad_gmv" in self.q.figures:
            windows = {p.get("window_max") for p in self._cache.get(("ad_parts", self.q.shape), {}).values()}
            notes += [f"Attributed ad sales within {w}." for w in sorted(w for w in windows if w)]
        inferred = sum(int(r.parts.get("refund_inferred") or 0) for r in rows)
        if inferred and self._wants({"refunded_gmv"}):
            notes.append(f"Refund amounts of {inferred} orders are inferred from their status.")
        return notes


def evaluate(names: tuple[str, ...], rows: list[Row]) -> dict[str, list[Any]]:
    """Every figure (and what it is made of) for every row, unrounded."""
    columns: dict[str, list[Number | None]] = {}

    def column(name: str) -> list[Number | None]:
        return columns[name] if name in columns else [r.parts.get(name) for r in rows]

    for definition in closure(names):
        inputs = definition.rule.inputs
        if definition.rule.kind == "part":
            columns[definition.name] = [r.parts.get(inputs[0]) for r in rows]
        else:
            columns[definition.name] = apply(definition.rule, [column(n) for n in inputs])
    return columns


def _why(name: str, row: Row, values: dict[str, list[Any]], i: int) -> tuple[str, dict[str, Any]]:
    """The first cause of a null: a missing part, else a zero denominator."""
    rule = FIGURES[name].rule if name in FIGURES else None
    if rule is None or rule.kind == "part":
        part = rule.inputs[0] if rule else name
        return row.why.get(part, ("no_data", {"feed": "orders"}))
    for needed in rule.inputs:
        value = values[needed][i] if needed in values else row.parts.get(needed)
        if value is None:
            return _why(needed, row, values, i)
    return "undefined", {"under": rule.inputs[-1]}


def _change(now: Any, before: Any) -> Any:
    if now is None or before is None:
        return None
    return now - before


def _change_rate(now: Any, before: Any) -> float | None:
    if now is None or not before:
        return None
    return float((Decimal(now) - Decimal(before)) / abs(Decimal(before)))


def _currency(members: Any) -> str | None:
    currencies = {s.currency for s in members}
    return currencies.pop() if len(currencies) == 1 else None


def _natural(value: Any) -> tuple[int, str]:
    """Text that starts with a number sorts by it."""
    text = "" if value is None else str(value)
    digits = text.split("-")[0].rstrip("+")
    return (int(digits) if digits.isdigit() else 0, text)


def _spread(cost: Mapping[str, Any], period: Period) -> int:
    """The part of a cost that falls into a period: spread evenly over its days, exact to the minor unit."""
    first, last = cost["first_day"], cost["last_day"]
    low, high = max(first, period.first), min(last, period.last)
    if high < low:
        return 0
    days: list[int] = split(cost["amount"] or 0, [1] * ((last - first).days + 1))
    start = (low - first).days
    return sum(days[start : start + (high - low).days + 1])


