"""Basket rules: who has these goods in an order has one more, too."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.core.members.rules import LEFT, MOST_LEFT, Rules, rules
from goldloop.core.money import read_amount
from goldloop.core.store import Store
from goldloop.metrics.members.asked import LEAST, Ask, Block, Members, MemberTable
from goldloop.metrics.members.pairs import CASES, PAIRS, WINDOW, Together, goods_of

SURE = "0.5"  # confidence from which on a rule is told
SIDES = ("first", "second", "third", "fourth", "fifth")[:MOST_LEFT]  # goods on the left
COLUMNS = {
    "then": "text", "times": "count", "support": "rate", "confidence": "rate", "low": "rate", "high": "rate", "lift": "number",
    "left_times": "count", "then_times": "count",
}  # fmt: skip


def basket_rules(
    ask: Ask,
    *,
    by: str = "product",
    window: int = WINDOW,
    least: int = CASES,
    sure: str = SURE,
    left: int = LEFT,
    limit: int = PAIRS,
) -> MemberTable:
    """The `limit` strongest rules of one to `left` goods (at most 5) -> one more in orders of the `window` days to the asked day.

    Each holds in at least `least` orders and in the share `sure` (0 to 1) of the orders with the goods on its left, which is its
    `confidence`, `low` and `high` its 80 % interval. The columns of the left side (`first`, `second` ...) are None where it is shorter. `by` and
    who counts as for `pairs`; orders of more than 100 different goods are left out. Raises `pairs_by`, `pairs_window`, `rules_least`, `rules_sure`,
    `rules_left`, `rules_many`.
    """
    share = read_amount(sure)
    if share is None:
        raise GoldloopError("rules_sure", "A confidence is a share.", given=sure, allowed="0..1, at most 4 decimals")
    members = goods_of(ask, by, window)
    baskets = Together(members)
    blocks = []
    for store, who in members.groups():
        rows, alone = baskets.of(members, store)
        found = rules(rows["order_at"], rows["item"], alone, least=least, sure=Fraction(share), left=left)
        blocks.append(
            _block(
                members, found, baskets.names, store, who, limit, {"least": least, "sure": f"{float(share * 100):g}%"}
            )
        )
    scope = members.scope(goods=by, window=window, least=least, sure=sure, left=left)
    columns = {"store": "text", **dict.fromkeys(SIDES[:left], "text"), **COLUMNS}
    return MemberTable("rules", tuple(blocks), columns, scope, (), members.reader.script())


def _block(
    members: Members, found: Rules, names: list[str], store: Store | None, who: list[Store], limit: int, bounds: dict[str, Any]
) -> Block:  # fmt: skip
    name = None if store is None else store.name
    why = members.unknown(who)
    why = why if why is not None and why[0] == "no_data" else None  # baskets need no buyers
    if why is None and found.total < LEAST:
        why = "pairs_few", {"cases": found.total, "minimum": LEAST}
    if why is None and not len(found.then):
        why = "rules_rare", {"cases": f"{found.total:,}", **bounds}
    if why is not None:
        return Block(name, None, (), {}, why)
    columns = {
        "times": found.times, "support": found.support, "confidence": found.confidence, "low": found.sure[0],
        "high": found.sure[1], "lift": found.lift, "left_times": found.left_times, "then_times": found.then_times,
    }  # fmt: skip
    told = {column: values[:limit].tolist() for column, values in columns.items()}
    sides = zip(found.goods[:limit].tolist(), found.then[:limit].tolist(), strict=True)
    rows = tuple(
        {
            **{side: names[one] if one >= 0 else None for side, one in zip(SIDES, goods, strict=False)},
            "then": names[then],
            **dict(zip(told, row, strict=True)),
        }
        for (goods, then), row in zip(sides, zip(*told.values(), strict=True), strict=True)
    )
    return Block(name, None, rows, {"cases": found.total, "rules": len(found.then), "large": found.large})
