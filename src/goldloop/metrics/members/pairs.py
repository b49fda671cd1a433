"""Goods that buyers take together in one order, and what they buy next, by product or a column of the product file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from goldloop.core.arrays import array
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.members.baskets import Pairs, following, together
from goldloop.core.members.histories import Ints
from goldloop.core.store import Store
from goldloop.metrics.cuts import CUTS
from goldloop.metrics.members.asked import LEAST, Ask, Block, Columns, Members, MemberTable, Why
from goldloop.metrics.types import People

if TYPE_CHECKING:
    import pyarrow as pa

WINDOW = 365
PAIRS = 200  # told, of all that there are
CASES = 10  # orders (or steps to the next purchase day) of a pair from which on it is told
GOODS = ("product", "sku", "category", "brand")
COLUMNS = {
    "store": "text", "first": "text", "second": "text", "times": "count", "people": "count", "support": "rate",
    "confidence": "rate", "low": "rate", "high": "rate", "lift": "number", "first_times": "count", "second_times": "count",
}  # fmt: skip
NEXT = {**COLUMNS, "days": "count"}


def pairs(
    ask: Ask,
    *,
    by: str = "product",
    window: int = WINDOW,
    least: int = CASES,
    limit: int = PAIRS,
    following_day: bool = False,
) -> MemberTable:
    """The `limit` strongest pairs of goods in orders of the `window` days to the asked day, each in at least `least` of them.

    `by`: product, sku, category, brand or a column of the product file; `following_day` pairs the goods of a buyer's
    purchase day with those of her next one instead. Orders are read whoever their buyer is: where a store hides its buyers,
    people are None, and only what comes next is unknown. `low` and `high` are the 80 % interval of the confidence. Raises
    `pairs_by`, `pairs_window`, `pairs_least`.
    """
    members = goods_of(ask, by, window)
    baskets = _Next(members) if following_day else Together(members)
    blocks = tuple(_block(members, baskets, store, who, least, limit) for store, who in members.groups())
    what, columns = ("next", NEXT) if following_day else ("pairs", COLUMNS)
    scope = members.scope(goods=by, window=window, least=least)
    return MemberTable(what, blocks, columns, scope, (), members.reader.script())


def goods_of(
    ask: Ask, by: str, window: int, allowed: tuple[str, ...] = GOODS, *, money: bool = False, people: People | None = None
) -> Members:  # fmt: skip
    """The question about goods of a window, told apart by `by`, with their `money`; raises `pairs_by`, `pairs_window`."""
    if by in CUTS and by not in allowed:
        raise GoldloopError(
            "pairs_by", f"Goods are not told apart by '{by}'.", given=by, allowed=[*allowed, "COLUMN"], by=by
        )
    if window < 1:
        raise GoldloopError("pairs_window", "A window has at least one day.", given=window, allowed="1 or more days")
    period = Period(ask.until - timedelta(days=min(window, (ask.until - date.min).days) - 1), ask.until)
    return Members(ask, period, ("orders", "buyers", *(("gmv",) if money else ())), cut=by, people=people)


class Together:
    """Baskets: lines of orders that have several, and lines of all orders by goods."""

    def __init__(self, members: Members) -> None:
        self.items, self.names = _numbered(members.table("basket_items", ("lines",), ("item",)))
        self.lines, _ = _numbered(members.table("basket_rows", ("order_at", "buyer_at"), ("item",)), self.names)

    def of(self, members: Members, store: Store | None) -> tuple[Columns, Ints]:
        """The lines of one store, or of all; and by goods the orders of one line."""
        rows, items = members.of(self.lines, store), members.of(self.items, store)
        alone = np.zeros(len(self.names), np.int64)
        np.add.at(alone, items["item"], items["lines"])
        alone -= np.bincount(rows["item"][rows["item"] >= 0], minlength=len(alone))  # the rest are orders of one line
        return rows, alone

    def pairs(self, members: Members, store: Store | None, least: int) -> Pairs:
        """The pairs of one store, or of all."""
        rows, alone = self.of(members, store)
        return together(rows["order_at"], rows["buyer_at"], rows["item"], alone, least)


class _Next:
    """Lines of known buyers."""

    def __init__(self, members: Members) -> None:
        self.lines, self.names = _numbered(members.table("next_rows", ("buyer_at",), ("day", "item")))

    def pairs(self, members: Members, store: Store | None, least: int) -> Pairs:
        """The pairs of one store, or of all."""
        rows = members.of(self.lines, store)
        return following(rows["buyer_at"], _days(rows["day"]), rows["item"], least)


def _numbered(rows: pa.Table, names: list[str] | None = None) -> tuple[Columns, list[str]]:
    """Rows as arrays, goods by their place among all `names` (None: among their own, sorted), -1 where unknown."""
    goods = rows.column("item").combine_chunks().dictionary_encode()
    own = goods.dictionary.to_pylist()
    names = sorted(own) if names is None else names
    place = {name: at for at, name in enumerate(names)}
    number = np.array([*(place[name] for name in own), -1], np.int64)
    found = {name: array(rows.column(name)) for name in rows.column_names if name != "item"}
    found["item"] = number[array(goods.indices.fill_null(len(own)))]
    return found, names


def _days(values: Any) -> Ints:
    """Dates as day numbers."""
    return np.asarray(values, "datetime64[D]").astype(np.int64)


def _block(
    members: Members, baskets: Together | _Next, store: Store | None, who: list[Store], least: int, limit: int
) -> Block:
    name = None if store is None else store.name
    hidden = members.unknown(who)
    why = hidden if isinstance(baskets, _Next) or (hidden is not None and hidden[0] == "no_data") else None
    if why is not None:
        return Block(name, None, (), {}, why)
    found = baskets.pairs(members, store, least)
    why = _few(found, least, isinstance(baskets, _Next))
    if why is not None:
        return Block(name, None, (), {}, why)
    rows = _rows(found, limit, baskets.names, hidden is None)
    return Block(name, None, rows, {"cases": found.total, "pairs": len(found.times)})


def _few(found: Pairs, least: int, steps: bool) -> Why | None:
    """Why nothing is told of too few cases, or of pairs each of which is too rare."""
    if found.total < LEAST:
        return "pairs_few_steps" if steps else "pairs_few", {"cases": found.total, "minimum": LEAST}
    return None if len(found.times) else ("pairs_rare", {"cases": f"{found.total:,}", "minimum": least})


def _rows(found: Pairs, limit: int, names: list[str], people: bool) -> tuple[dict[str, Any], ...]:
    columns = {
        "times": found.times, "people": found.people, "support": found.support, "confidence": found.confidence,
        "low": found.sure[0], "high": found.sure[1], "lift": found.lift, "first_times": found.first_times, "second_times": found.second_times,
    }  # fmt: skip
    if found.days is not None:
        columns["days"] = found.days
    told = {name: values[:limit].tolist() for name, values in columns.items()}
    told["people"] = [(many or None) if people else None for many in told["people"]]  # nobody is known of such orders
    ends = zip(found.first[:limit].tolist(), found.second[:limit].tolist(), strict=True)
    return tuple(
        {"first": names[one], "second": names[other], **dict(zip(told, row, strict=True))}
        for (one, other), row in zip(ends, zip(*told.values(), strict=True), strict=True)
    )
