"""Which amount of a sale counts as gmv: a setting of each store, which answers say and the platform's rows may not share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goldloop.core.store import Store
from goldloop.metrics.answer import Note
from goldloop.metrics.bridge_counts import declared

if TYPE_CHECKING:
    from goldloop.metrics.reader import Reader

# Parts that are sums of what counts as gmv.
OF_SALES = frozenset({
    "gmv", "gmv_all", "identified_gmv", "refunded_gmv", "new_gmv", "repeat_gmv", "month_new_gmv", "month_repeat_gmv",
    "month_unidentified_gmv",
})  # fmt: skip


def counts_otherwise(store: Store, report: str) -> bool:
    """Whether a report's shop rows may count another amount than the store does.

    A report that does not declare the platform's discounts is taken to hold them, as the merchant amount does.
    """
    way, _ = declared("platform-overview", "gmv", report).rules.get("platform_discount", ("in", None))
    return (way == "in") != (store.gmv_amount == "merchant")


def notes(reader: Reader) -> list[Note]:
    """Which stores count what buyers paid; nothing where all in scope count the merchant amount, as is usual."""
    stores = reader.q.stores.values()
    paid = [s for s in stores if s.gmv_amount == "paid"]
    if not paid or not reader.wants(OF_SALES):
        return []
    names, others = (", ".join(s.name for s in stores if (s in paid) == side) for side in (True, False))
    if others and "store" not in reader.q.shape.cuts:
        found = [Note("gmv_mixed", {"paid": names, "merchant": others})]
    else:
        found = [Note("gmv_paid", {"stores": names})]
    return [*found, *_unstated(reader, paid), *_roots(reader)] if reader.q.by_whole_store else found


def _unstated(reader: Reader, paid: list[Store]) -> list[Note]:
    numbers = [number for side, _, number, _ in reader.sides() if side == 0]
    rows = [reader.store_orders(number, store) for number in numbers for store in paid]
    orders = sum((row or {}).get("discount_unstated") or 0 for row in rows)
    return [Note("discount_unstated", {"orders": orders})] if orders else []


def _roots(reader: Reader) -> list[Note]:
    """The stores whose platform rows are no root because they may count another amount, or are one all the same."""
    basis, period = reader.q.request.basis, reader.q.request.period
    if basis == "orders":
        return []
    rows = [row for side in reader.roots for row in side.values()]
    apart = {row["store"] for row in rows if counts_otherwise(reader.q.stores[row["store"]], row["report"])}
    answered = {i for i in apart if basis == "auto" and reader.feeds[i].reaches("orders", period)}
    named = {
        code: ", ".join(reader.q.stores[i].name for i in sorted(ids))
        for code, ids in (("root_amount", answered), ("root_own", apart - answered))
    }
    return [Note(code, {"stores": names}) for code, names in named.items() if names]
