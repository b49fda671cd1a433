"""Rows that are whole stores: the platform's own shop rows are the root, orders answer where there are none.

One formula, one source per store and day (figures.md, "Which source is the root"). Sums take the platform's row of a
day where there is one and orders for the other days. Counts of people (buyers, visitors) take the platform's row of
exactly the asked period; they come from orders only where orders are the row's source or tie to it to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldloop.core.calendar import Period
from goldloop.core.formula import Number
from goldloop.core.store import Store
from goldloop.metrics.sale_amounts import counts_otherwise

Parts = dict[str, Any]
Why = dict[str, tuple[str, dict[str, Any]]]

ADDITIVE_FROM_ORDERS = (
    "refunded_gmv", "refunded_orders", "user_paid", "list_value", "postage", "platform_discount", "merchant_discount",
    "refund_unknown", "refund_inferred",
)  # fmt: skip
BESIDE_GMV = ("subsidy", "subsidy_kept")  # what a store's gmv leaves out of the merchant amount
REFUNDED = frozenset({"refunded_gmv", "refunded_orders"})
REFUNDS_TOLD = (
    "refund_unknown",
    "refund_inferred",
)  # in how many orders nothing, or only a status, tells what was refunded
VISITS = (
    "visitors", "new_visitors", "old_visitors", "favourites", "cart_adders", "ordered_buyers", "searched_visitors",
    "enquirers", "bounce_rate", "stay_seconds",
)  # fmt: skip
VISIT_SUMS = ("page_views", "cart_units")
NEW_PARTS = ("new_gmv", "repeat_gmv", "new_buyers", "repeat_buyers")


@dataclass
class StoreFeeds:
    """What is loaded for one store: (first day, last day) per feed."""

    spans: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    refunds_named: bool = True  # every refund names its goods

    def has(self, feed: str) -> bool:
        """Whether any row of the feed is loaded."""
        return feed in self.spans

    def reaches(self, feed: str, period: Period) -> bool:
        """Whether the feed's loaded days touch the period."""
        if feed not in self.spans:
            return False
        first, last = self.spans[feed]
        return first is None or (first <= period.last and last >= period.first)


@dataclass
class Row:
    """One row in the making: parts with values, and reasons for those without."""

    period: Period
    members: Sequence[Store]
    parts: dict[str, Number | None] = field(default_factory=dict)
    why: Why = field(default_factory=dict)
    source: str = "orders"
    buyer_basis: str | None = None

    def put(self, name: str, value: Number | None, code: str = "", **params: Any) -> None:
        """Set a part; None comes with a reason."""
        self.parts[name] = value
        if value is None and code:
            self.why[name] = (code, params)
        else:
            self.why.pop(name, None)


def total(rows: Sequence[Mapping[str, Any] | None], name: str) -> int | None:
    """The sum of one part over stores; None when no store has it."""
    return known_sum([r.get(name) for r in rows if r is not None])


def known_sum(values: Iterable[Any]) -> Any:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def no_orders(feeds: Iterable[StoreFeeds]) -> tuple[str, dict[str, Any]]:
    """Why what orders would tell of some days is not known."""
    return "no_data" if any(one.has("orders") for one in feeds) else "no_feed", {"feed": "orders"}


@dataclass
class StoreInput:
    """Everything known of one store in one bucket."""

    store: Store
    feeds: StoreFeeds
    orders: Parts | None
    days: Parts | None
    exact: Parts | None

    @property
    def apart(self) -> bool:
        """Whether the platform's rows may count another amount of a sale than the store does."""
        reports = {row["report"] for row in (self.days, self.exact) if row is not None}
        return any(counts_otherwise(self.store, report) for report in reports)

    def order_part(self, name: str, period: Period) -> int | None:
        """A part of the store's orders: 0 when days are loaded but hold none, None when nothing is loaded or they do not state it."""
        if self.orders is not None:
            return self.orders.get(name)
        return 0 if self.feeds.reaches("orders", period) else None


def fill_money(row: Row, inputs: Sequence[StoreInput], basis: str, wanted: Collection[str]) -> None:
    """gmv, orders, units and gmv_all from the root of each store; of what else adds up in orders what is `wanted`."""
    sources = set()
    sums: dict[str, list[int | None]] = {"gmv": [], "orders": [], "units": [], "gmv_all": []}
    for given in inputs:
        chosen, values = _store_root(given, row.period, basis)
        if chosen:
            sources.add(chosen)
        for name, column in sums.items():
            column.append(values.get(name))
    row.source = next(iter(sources)) if len(sources) == 1 else ("mixed" if sources else "none")
    untold, _ = no_orders(g.feeds for g in inputs)
    for name, column in sums.items():
        code = "no_platform_row" if basis == "platform" else ("not_stated" if sources else untold)
        row.put(name, known_sum(column), code, feed="orders")
    orders = [g.orders for g in inputs]
    reached = any(g.feeds.reaches("orders", row.period) for g in inputs)
    counted = total(orders, "orders")
    refunds = not REFUNDED.isdisjoint(wanted)
    for name in ADDITIVE_FROM_ORDERS:
        if name in wanted or (refunds and name in REFUNDS_TOLD):
            value = total(orders, name)
            if value is None and reached and not counted:
                value = 0  # the days are loaded and hold no order
            row.put(name, value, "not_stated" if reached else untold, feed="orders")
    for name in BESIDE_GMV:
        if name in wanted:
            beside = [g.orders for g in inputs if root_kind(g, row.period, basis) == "orders" or not g.apart]
            row.put(name, (total(beside, name) or 0) if reached else None, untold, feed="orders")
    row.put("orders_counted", (counted or 0) if reached else None, untold, feed="orders")
    if refunds and reached and counted and row.parts["refund_unknown"] == counted:
        for name in REFUNDED:
            row.put(name, None, "refund_unknown")


def root_kind(given: StoreInput, period: Period, basis: str) -> str:
    """What a store's sums come from: `orders`, the platform's row of the whole `period` or its rows of `days`, or '' (nothing).

    Rows that may count another amount than the store does are no root of it while orders are loaded.
    """
    exact, stated = given.exact, given.days["gmv_days"] if given.days else 0
    if basis == "orders" or (not stated and (exact is None or exact["gmv"] is None)):
        return "" if basis == "platform" else "orders"
    if basis == "auto" and given.apart and given.feeds.reaches("orders", period):
        return "orders"
    if given.days is None or (exact is not None and exact["gmv"] is not None and stated < period.days):
        return "period"
    return "" if basis == "platform" and stated < period.days else "days"


def root_states(given: StoreInput, kind: str, name: str) -> bool:
    """Whether the platform's rows that are a store's root state a count on all of their days; else orders give it."""
    if kind == "period":
        return given.exact is not None and given.exact[name] is not None
    return kind == "days" and given.days is not None and given.days[f"{name}_days"] == given.days["gmv_days"]


def _store_root(given: StoreInput, period: Period, basis: str) -> tuple[str, dict[str, int | None]]:
    """The source of one store's sums and the sums."""
    kind, names = root_kind(given, period, basis), ("gmv", "orders", "units")
    from_orders = {n: given.order_part(n, period) for n in (*names, "gmv_all")}
    if kind in ("", "orders"):
        known = kind == "orders" and from_orders["gmv"] is not None
        return ("orders" if known else ""), from_orders if kind else {}
    if kind == "period":
        assert given.exact is not None
        return "platform", _with_fallback({n: given.exact[n] for n in names}, from_orders, given)
    assert given.days is not None
    found = {n: given.days[f"{n}_sum"] if root_states(given, kind, n) else None for n in names}
    rest = given.orders or {}
    if (rest.get("orders_rest") or rest.get("gmv_all_rest")) and basis != "platform":
        more = {"gmv": "gmv_all_rest", "orders": "orders_rest", "units": "units_rest"}
        found = {n: None if v is None else v + (rest.get(more[n]) or 0) for n, v in found.items()}
        return "mixed", _with_fallback(found, from_orders, given)
    return "platform", _with_fallback(found, from_orders, given)


def _with_fallback(
    found: dict[str, int | None], from_orders: dict[str, int | None], given: StoreInput
) -> dict[str, int | None]:
    """Leave exclusions out of the gmv found; counts that the platform's rows do not carry come from orders."""
    orders = given.orders or {}
    excluded = (orders.get("gmv_all") or 0) - (orders.get("gmv") or 0)
    gmv_all = found["gmv"]
    values: dict[str, int | None] = {"gmv": None if gmv_all is None else gmv_all - excluded, "gmv_all": gmv_all}
    for name in ("orders", "units"):
        values[name] = found[name] if found[name] is not None else from_orders[name]
    return values


def fill_buyers(
    row: Row, inputs: Sequence[StoreInput], basis: str, identity: Mapping[str, Any] | None, new: Mapping[str, Any] | None,
    *, new_rule: str, by_order: bool, anonymous: tuple[str, dict[str, Any]] | None, money_text: Callable[[int, str], str],
) -> None:  # fmt: skip
    """Buyers, identified sums and new/repeat, all on one basis."""
    counted = people_from(row, inputs)
    if counted == "platform":
        assert inputs[0].exact is not None
        _platform_buyers(row, inputs[0].exact, new_rule, by_order=by_order)
        return
    if counted == "orders":
        if anonymous is None or basis == "orders":
            _identity_buyers(row, inputs, identity, new)
            return
        row.put("identified_gmv", total([g.orders for g in inputs], "identified_gmv") or 0)
        row.put("identified_orders", total([g.orders for g in inputs], "identified_orders") or 0)
        reason = anonymous
    elif row.source in ("platform", "mixed"):
        row.put("identified_gmv", row.parts["gmv"])  # on the platform's own basis every buyer is known to it
        row.put("identified_orders", row.parts["orders"])
        if len(inputs) > 1:
            reason = ("not_additive", {"instead": "buyer_days"})
        else:
            order_gmv = _order_gmv(row, inputs)
            difference = (
                "-"
                if order_gmv is None
                else money_text(abs(int(row.parts["gmv"] or 0) - order_gmv), inputs[0].store.currency)
            )
            reason = ("platform_period_missing", {"difference": difference})
    else:
        reason = no_orders(g.feeds for g in inputs)
        for name in ("identified_gmv", "identified_orders"):
            row.put(name, None, *reason[:1], **reason[1])
    for name in ("buyers", *NEW_PARTS, "second_buyers"):
        row.put(name, None, reason[0], **reason[1])


def people_from(row: Row, inputs: Sequence[StoreInput]) -> str:
    """What tells the persons of a row whose money is known: the `platform`, `orders`, or '' (nobody knows them together)."""
    exact = inputs[0].exact if len(inputs) == 1 and row.source == "platform" else None
    if exact is not None and exact["buyers"] is not None:
        return "platform"
    order_gmv = _order_gmv(row, inputs)
    return "orders" if row.source == "orders" or (order_gmv is not None and order_gmv == row.parts["gmv"]) else ""


def _order_gmv(row: Row, inputs: Sequence[StoreInput]) -> int | None:
    """gmv of the row's orders; None where none are loaded for its days."""
    reached = any(g.feeds.reaches("orders", row.period) for g in inputs)
    return (total([g.orders for g in inputs], "gmv") or 0) if reached else None


def _platform_buyers(row: Row, exact: Mapping[str, Any], new_rule: str, *, by_order: bool) -> None:
    row.buyer_basis = "platform"
    row.put("buyers", exact["buyers"])
    row.put("identified_gmv", row.parts["gmv"])
    row.put("identified_orders", row.parts["orders"])
    row.put("second_buyers", None, "platform_no_split", new=new_rule)
    repeat = exact["repeat_gmv"]
    gmv = row.parts["gmv"]
    if new_rule != "platform365" or by_order:
        for name in NEW_PARTS:
            row.put(name, None, "platform_no_split", new=new_rule)
        return
    row.put("repeat_gmv", repeat, "platform_no_split", new=new_rule)
    row.put("new_gmv", None if repeat is None or gmv is None else gmv - repeat, "platform_no_split", new=new_rule)
    buyers, fresh, old = exact["buyers"], exact["new_buyers"], exact["repeat_buyers"]
    row.put("new_buyers", fresh if fresh is not None else _difference(buyers, old), "platform_no_split", new=new_rule)
    row.put("repeat_buyers", old if old is not None else _difference(buyers, fresh), "platform_no_split", new=new_rule)


def _difference(whole: int | None, known: int | None) -> int | None:
    return None if whole is None or known is None else whole - known


def _identity_buyers(
    row: Row, inputs: Sequence[StoreInput], identity: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> None:
    row.buyer_basis = "identity"
    orders = [g.orders for g in inputs]
    row.put("identified_gmv", total(orders, "identified_gmv") or 0)
    row.put("identified_orders", total(orders, "identified_orders") or 0)
    row.put("buyers", identity["buyers"] if identity else 0)
    for name in (*NEW_PARTS, "second_buyers"):
        row.put(name, new[name] if new else 0)


def fill_visits(
    row: Row, inputs: Sequence[StoreInput], visits: Mapping[str, Any] | None, wanted: Collection[str]
) -> None:
    """Of what is `wanted`: visitors and the rest of the funnel from the row of exactly this period, and what adds up over days."""
    exact = inputs[0].exact if len(inputs) == 1 else None
    loaded = any(g.feeds.has("store_day") for g in inputs)
    for name in VISITS:
        if name in wanted:
            code, params = no_visits(name, loaded=loaded)
            row.put(name, exact[name] if exact is not None else None, code, **params)
    if row.parts.get("visitors") is None and visits is not None and visits["visit_stores"] == len(inputs):
        row.put("visitors", visits["visitors"])
    days = [g.days for g in inputs]
    if "visitor_days" in wanted:
        stated = total(days, "visitors_stated")
        value = total(days, "visitor_days") if stated else None
        code, params = no_visits("visitor_days", loaded=loaded)
        row.put("visitor_days", value, code, **params)
    for name in VISIT_SUMS:
        if name not in wanted:
            continue
        value = total(days, f"{name}_sum") if total(days, f"{name}_days") else (exact[name] if exact else None)
        code, params = no_visits(name, loaded=loaded)
        row.put(name, value, code, **params)


def no_visits(name: str, *, loaded: bool) -> tuple[str, dict[str, Any]]:
    """Why a part of the funnel is not known; `loaded`: whether there are rows of the platform for other days."""
    if not loaded:
        return "no_feed", {"feed": "store_day"}
    return ("not_additive", {"instead": "visitor_days"}) if name in VISITS else ("no_data", {"feed": "store_day"})


def every_day_states(inputs: Sequence[StoreInput], count: str) -> bool:
    """Whether each store's daily platform rows state something (counted in `count`) on all days of their gmv."""
    return all(g.days is not None and g.days[count] == g.days["gmv_days"] for g in inputs)


def fill_buyer_days(row: Row, inputs: Sequence[StoreInput], identity: Mapping[str, Any] | None) -> None:
    """Daily buyers added up, on the row's own source."""
    if row.source == "platform" and every_day_states(inputs, "buyers_stated"):
        row.put("buyer_days", total([g.days for g in inputs], "buyer_days"))
    elif row.buyer_basis == "identity":
        row.put("buyer_days", identity["buyer_days"] if identity else 0)
    else:
        code, params = row.why.get("buyers", ("no_data", {"feed": "store_day"}))
        row.put("buyer_days", None, code, **params)


def fill_refunds(row: Row, inputs: Sequence[StoreInput], refunds: Mapping[str, Any] | None, basis: str) -> None:
    """Refunds by refund day: the platform's own on its rows, else the after-sale facts."""
    if basis != "orders" and row.source == "platform" and every_day_states(inputs, "refunds_days"):
        row.put("refunds", total([g.days for g in inputs], "refunds_sum"))
        return
    loaded = [g for g in inputs if g.feeds.has("refunds")]
    dated = any(g.feeds.spans["refunds"][0] is not None for g in loaded)  # files may state refunds without their day
    value = (refunds["refunds"] if refunds else 0) if dated else None
    row.put("refunds", value, "not_stated" if loaded else "no_feed", feed="refunds")


def fill_goods(row: Row, found: Mapping[str, Any] | None, *, reached: bool, part: str = "cogs") -> None:
    """Cost of goods sold (or of those kept, `kept_cogs`), known only where every line has a unit cost."""
    if found is None:
        row.put(part, 0 if reached else None, "no_data", feed="orders")
    elif found["uncosted"]:
        row.put(part, None, "no_cost", lines=found["uncosted"])
    else:
        row.put(part, found[part], "not_stated")
