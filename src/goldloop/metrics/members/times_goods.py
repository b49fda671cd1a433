"""What buyers take on their first, second, third ... purchase, or all that those who bought so often have taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldloop.core.members.histories import Ints
from goldloop.core.members.shares import share_interval
from goldloop.core.store import Store
from goldloop.metrics.answer import write
from goldloop.metrics.groups.baskets import STEPS
from goldloop.metrics.members.asked import LEAST, Ask, Block, Columns, Members, MemberTable
from goldloop.metrics.members.pairs import goods_of

MOST = 10  # goods told of each number of purchases
COLUMNS = {
    "store": "text", "times_bought": "text", "item": "text", "people": "count", "share": "rate", "low": "rate", "high": "rate",
    "gmv": "money", "gmv_share": "rate",
}  # fmt: skip


def times_goods(ask: Ask, *, by: str = "product", so_far: bool = False, limit: int = MOST) -> MemberTable:
    """The `limit` goods that most buyers took on their n-th purchase day, for n = 1 to 4, and 5 and more together.

    `so_far`: of the buyers who have bought on n days up to the asked one, all that they took on them. `by`: product, sku,
    category, brand or a column of the product file. `share` is that of the people whose goods are known there, with its 80 % interval,
    `gmv_share` that of their gmv. Nothing is told of a number with fewer than LEAST such people; `steps` beside the rows
    says how many each has. Raises `pairs_by`.
    """
    days = (ask.until - ask.history.first).days + 1
    members = goods_of(ask, by, days, money=True)
    rows = members.columns("times_goods" if so_far else "nth_goods", ("times", "people", "gmv"), ("item",))
    blocks = tuple(_block(members, members.of(rows, store), store, who, by, limit) for store, who in members.groups())
    scope = members.scope(goods=by, of="so_far" if so_far else "purchase")
    return MemberTable("times_goods", blocks, COLUMNS, scope, members.notes(), members.reader.script())


def _block(members: Members, rows: Columns, store: Store | None, who: list[Store], by: str, limit: int) -> Block:
    name, why = None if store is None else store.name, members.unknown(who)
    item = np.array([value if value is None else str(value) for value in rows["item"]], object)
    whole = np.array([value is None for value in item], bool)
    people = {n: int(rows["people"][whole & (rows["times"] == n)].sum()) for n in range(1, STEPS + 1)}
    if why is None and max(people.values()) < LEAST:
        unknown = len(item) and not whole.any()
        why = (
            ("preference_unknown", {"by": by})
            if unknown
            else ("members_few", {"people": max(people.values()), "minimum": LEAST})
        )
    if why is not None:
        return Block(name, None, (), {}, why)
    currency, found = members.currency(store), []
    for n, many in people.items():
        at = np.flatnonzero((rows["times"] == n) & ~whole & (item != ""))
        at = at[np.lexsort((item[at].astype(str), -rows["gmv"][at], -rows["people"][at]))][:limit]
        money = int(rows["gmv"][whole & (rows["times"] == n)].sum())
        found += _told(rows, item, at, (n, many, money), currency) if many >= LEAST else []
    steps = [{"times_bought": _number(n), "people": many, "enough": many >= LEAST} for n, many in people.items()]
    return Block(name, None, tuple(found), {"currency": currency, "steps": steps, "minimum": LEAST})


def _told(rows: Columns, item: Any, at: Ints, whole: tuple[int, int, int], currency: str) -> list[dict[str, Any]]:
    """The lines of one number of purchases, of its people and their money."""
    (n, people, money), taken = whole, rows["people"][at]
    ends = share_interval(taken, np.full(len(at), people))
    return [
        {
            "times_bought": _number(n), "item": item[k], "people": many, "share": many / people, "low": low, "high": high,
            "gmv": write(gmv, "money", currency), "gmv_share": gmv / money if money else None,
        }
        for k, many, gmv, low, high in zip(
            at.tolist(), taken.tolist(), rows["gmv"][at].tolist(), *(end.tolist() for end in ends), strict=True
        )
    ]  # fmt: skip


def _number(n: int) -> str:
    return f"{n}+" if n == STEPS else str(n)
