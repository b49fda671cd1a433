"""How often buyers have bought: once, twice, ..., and how many of each went on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from goldloop.core.store import Store
from goldloop.metrics.answer import write
from goldloop.metrics.members.asked import FIGURES, Ask, Block, Columns, Members, MemberTable

MOST = 10  # purchases from which on a buyer stands in the last line
COLUMNS = {
    "store": "text", "times_bought": "text", "people": "count", "share": "rate", "reached": "rate", "gmv": "money",
    "gmv_share": "rate", "value": "money_per",
}  # fmt: skip


def times(ask: Ask) -> MemberTable:
    """All loaded buyers by purchase days up to the asked day.

    `reached`: of those who bought at least so often, the share that bought once more; None on the last line. `value` is the
    mean amount of a purchase day.
    """
    members = Members(ask, ask.history, FIGURES)
    rows = members.columns("times_rows", ("purchases", "people", "gmv"))
    blocks = tuple(_block(members, members.of(rows, store), store, who) for store, who in members.groups())
    return MemberTable("times", blocks, COLUMNS, members.scope(), members.notes(), members.reader.script())


def _block(members: Members, rows: Columns, store: Store | None, who: list[Store]) -> Block:
    name, why = None if store is None else store.name, members.unknown(who)
    if why is not None:
        return Block(name, None, (), {}, why)
    place = np.minimum(rows["purchases"], MOST)
    people, gmv, bought = (np.zeros(MOST + 1, np.int64) for _ in range(3))
    np.add.at(people, place, rows["people"])
    np.add.at(gmv, place, rows["gmv"])
    np.add.at(bought, place, rows["people"] * rows["purchases"])
    at_least = people[::-1].cumsum()[::-1]
    everybody, money, currency = int(people.sum()), int(gmv.sum()), members.currency(store)

    def row(n: int) -> dict[str, Any]:
        after = None if n == MOST or not at_least[n] else int(at_least[n + 1]) / int(at_least[n])
        value = None if not bought[n] else write(Decimal(int(gmv[n])) / int(bought[n]), "money_per", currency)
        return {
            "times_bought": f"{n}+" if n == MOST else str(n), "people": int(people[n]), "share": int(people[n]) / everybody,
            "reached": after, "gmv": write(int(gmv[n]), "money", currency),
            "gmv_share": int(gmv[n]) / money if money else None, "value": value,
        }  # fmt: skip

    found = tuple(row(n) for n in range(1, MOST + 1)) if everybody else ()
    return Block(name, everybody, found, {"currency": currency})
