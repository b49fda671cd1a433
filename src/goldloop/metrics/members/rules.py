"""Basket rules: who has two goods in an order has a third one, too."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.core.members.rules import Rules, rules
from goldloop.core.money import read_amount
from goldloop.core.store import Store
from goldloop.metrics.members.asked import LEAST, Ask, Block, Members, MemberTable
from goldloop.metrics.members.pairs import CASES, PAIRS, WINDOW, Together, goods_of

SURE = "0.5"  # confidence from which on a rule is told
COLUMNS = {
    "store": "text", "first": "text", "second": "text", "then": "text", "times": "count", "support": "rate",
    "confidence": "rate", "low": "rate", "high": "rate", "lift": "number", "both_times": "count", "then_times": "count",
}  # fmt: skip


def basket_rules(
    ask: Ask, *, by: str = "product", window: int = WINDOW, least: int = CASES, sure: str = SURE, limit: int = PAIRS
) -> MemberTable:
    """The `limit` strongest rules of two goods -> a third one in orders of the `window` days to the asked day.

    Each holds in at least `least` orders and in the share `sure` (0 to 1) of the orders with the first two, which is its
    `confidence`, `low` and `high` its 80 % interval. `by` and who counts as for `pairs`; orders of more than 100 different
    goods are left out. Raises `pairs_by`, `pairs_window`, `rules_least`, `rules_sure`.
    """
    share = read_amount(sure)
    if share is None:
        raise GoldloopError("rules_sure", "A confidence is a share.", given=sure, allowed="0..1, at most 4 decimals")
    members = goods_of(ask, by, window)
    baskets = Together(members)
    blocks = []
    for store, who in members.groups():
        rows, alone = baskets.of(members, store)
        found = rules(rows["order_at"], rows["item"], alone, least=least, sure=Fraction(share))
        blocks.append(_block(members, found, baskets.names, store, who, limit, {"least": least, "sure": sure}))
    scope = members.scope(goods=by, window=window, least=least, sure=sure)
    return MemberTable("rules", tuple(blocks), COLUMNS, scope, (), members.reader.script())


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
        "high": found.sure[1], "lift": found.lift, "both_times": found.both_times, "then_times": found.then_times,
    }  # fmt: skip
    told = {column: values[:limit].tolist() for column, values in columns.items()}
    goods = (values[:limit].tolist() for values in (found.first, found.second, found.then))
    rows = tuple(
        {"first": names[one], "second": names[two], "then": names[then], **dict(zip(told, row, strict=True))}
        for one, two, then, row in zip(*goods, zip(*told.values(), strict=True), strict=True)
    )
    return Block(name, None, rows, {"cases": found.total, "rules": len(found.then), "large": found.large})
