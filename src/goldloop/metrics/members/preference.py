"""What buyers prefer: shares of prices, categories or other columns in what a segment or one person bought."""

from __future__ import annotations

import numpy as np

from goldloop.core.members.segments import Segment
from goldloop.core.members.shares import share_interval
from goldloop.core.store import Store
from goldloop.metrics.answer import write
from goldloop.metrics.members.asked import LEAST, Ask, Block, Columns, Members, MemberTable, Why
from goldloop.metrics.members.pairs import GOODS, WINDOW, goods_of
from goldloop.metrics.members.segments import found_by
from goldloop.metrics.types import People

ORDERS = 3  # of one person from which on she has a preference
VALUES = 50  # told, of all that there are
COLUMNS = {
    "store": "text", "item": "text", "people": "count", "share": "rate", "low": "rate", "high": "rate", "orders": "count",
    "orders_share": "rate", "gmv": "money", "gmv_share": "rate", "all_share": "rate", "index": "number",
}  # fmt: skip


def preference(
    ask: Ask,
    *,
    by: str = "category",
    window: int = WINDOW,
    segment: Segment | None = None,
    person: str | None = None,
    limit: int = VALUES,
) -> MemberTable:
    """What known buyers took in the `window` days to the asked day, by `by`: category, price_band, brand, product, sku or a
    column of the product file; the `limit` values in most orders.

    Of all buyers, those of a `segment`, or one `person` (her whole key). `share` of the people took it, with its 80 %
    interval, `orders_share` of their orders hold it, `gmv_share` of their gmv is for it: all of what is known of goods, which
    is the share `known` of their gmv. `all_share` is the same share of all buyers' orders, and `index` 100 x
    orders_share / all_share (TGI). Nothing is told of fewer than LEAST people, or of one person's fewer than ORDERS orders. Raises `pairs_by`,
    `pairs_window` and what finding the segment raises.
    """
    who = None if segment is None else found_by(ask, segment)[1]
    who = who if person is None else _alone(person)
    members = goods_of(ask, by, window, (*GOODS, "price_band"), money=True, people=who)
    rows = members.columns("preference_rows", ("people", "orders", "gmv"), ("inside", "item"))
    least = ORDERS if person is not None else 0
    blocks = tuple(
        _block(members, members.of(rows, store), store, (by, least, limit, who is not None), own)
        for store, own in members.groups()
    )
    return MemberTable(
        "preference", blocks, COLUMNS, members.scope(goods=by, window=window), (), members.reader.script()
    )


def _alone(person: str) -> People:
    import pyarrow as pa

    return People(person, pa.table({"buyer_key": [person]}), f"SELECT '{person}' AS buyer_key;")


def _block(
    members: Members, rows: Columns, store: Store | None, told: tuple[str, int, int, bool], who: list[Store]
) -> Block:
    (by, least, limit, some), name = told, None if store is None else store.name
    inside = rows["inside"].astype(bool)
    item = np.array([value if value is None else str(value) for value in rows["item"]], object)
    whole = np.array([value is None for value in item], bool)
    people, orders, gmv = (int(rows[column][inside & whole].sum()) for column in ("people", "orders", "gmv"))
    bought = int(rows["gmv"][inside & ~whole].sum())
    why = members.unknown(who) or _few(by, people, orders, least, bool((inside & ~whole).any()))
    if why is not None:
        return Block(name, None, (), {}, why)
    usual = {value: int(rows["orders"][item == value].sum()) for value in set(item[inside & ~whole])}
    every, currency = int(rows["orders"][whole].sum()), members.currency(store)
    at = np.flatnonzero(inside & ~whole & (item != ""))
    at = at[np.lexsort((item[at].astype(str), -rows["orders"][at]))][:limit]
    ends = share_interval(rows["people"][at], np.full(len(at), people))
    found = []
    for k, low, high in zip(at.tolist(), *(end.tolist() for end in ends), strict=True):
        own, share = int(rows["orders"][k]), usual[item[k]] / every
        found.append({
            "item": item[k], "people": int(rows["people"][k]), "share": int(rows["people"][k]) / people, "low": low, "high": high,
            "orders": own, "orders_share": own / orders, "gmv": write(int(rows["gmv"][k]), "money", currency),
            "gmv_share": int(rows["gmv"][k]) / gmv if gmv else None, "all_share": share if some else None,
            "index": 100 * own / orders / share if some else None,
        })  # fmt: skip
    about = {"people": people, "orders": orders, "known": gmv / bought if bought else None, "currency": currency}
    return Block(name, people, tuple(found), about)


def _few(by: str, people: int, orders: int, least: int, bought: bool) -> Why | None:
    """Why nothing is told of so few people or orders with known goods."""
    if bought and not orders:
        return "preference_unknown", {"by": by}
    if least:
        return ("preference_few", {"orders": orders, "minimum": least}) if orders < least else None
    return ("members_few", {"people": people, "minimum": LEAST}) if people < LEAST else None
