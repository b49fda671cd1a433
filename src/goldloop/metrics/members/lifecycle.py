"""The life cycle of a store's buyers on a day, by limits from its own gaps between purchases."""

from __future__ import annotations

import numpy as np

from goldloop.core.members.histories import Ints
from goldloop.core.members.lifecycle import LEAST_GAPS, STATES, Limits, learned, stated
from goldloop.core.store import Store
from goldloop.metrics.answer import write
from goldloop.metrics.members.asked import FIGURES, Ask, Block, Columns, Members, MemberTable

COLUMNS = {
    "store": "text", "state": "text", "people": "count", "share": "rate", "purchases": "number", "gmv": "money",
    "gmv_share": "rate",
}  # fmt: skip
READ = ("purchases", "days", "people", "bought", "gmv")


def lifecycle(ask: Ask, *, sleeping: int | None = None, lost: int | None = None) -> MemberTable:
    """All loaded buyers by state on the asked day, by limits in days; None: those set for its stores, or learned from gaps.

    Raises `lifecycle_limits`, also where only one of them is given.
    """
    limits = None if sleeping is None and lost is None else Limits(sleeping or 0, lost or 0)
    members = Members(ask, ask.history, FIGURES)
    rows = members.columns("lifecycle_rows", READ)
    blocks = tuple(_block(members, members.of(rows, store), store, who, limits) for store, who in members.groups())
    return MemberTable("lifecycle", blocks, COLUMNS, members.scope(), members.notes(), members.reader.script())


def limits_of(ask: Ask) -> Limits | None:
    """The limits of the asked stores as one group, set or learned; None where too few gaps are known."""
    members = Members(ask, ask.history, FIGURES)
    if agreed := _agreed(ask, list(members.question.stores.values())):
        return agreed
    rows = members.columns("lifecycle_rows", READ)
    gaps = rows["purchases"] == 0
    return learned(rows["days"][gaps], rows["people"][gaps])


def _agreed(ask: Ask, who: list[Store]) -> Limits | None:
    """The limits that were set for all of these stores alike."""
    found = {ask.limits.get(store.id) for store in who}
    return found.pop() if len(found) == 1 else None


def _block(members: Members, rows: Columns, store: Store | None, who: list[Store], fixed: Limits | None) -> Block:
    name = None if store is None else store.name
    gaps = rows["purchases"] == 0
    count = int(rows["people"][gaps].sum())
    agreed = fixed or _agreed(members.ask, who)
    limits = agreed or learned(rows["days"][gaps], rows["people"][gaps])
    why = members.unknown(who)
    if why is None and limits is None:
        why = ("members_few_gaps", {"gaps": count, "minimum": LEAST_GAPS})
    if why is not None or limits is None:
        return Block(name, None, (), {}, why)
    state = stated(rows["purchases"][~gaps], rows["days"][~gaps], limits)
    people, bought, gmv = (_sums(state, rows[column][~gaps]) for column in ("people", "bought", "gmv"))
    everybody, money, currency = int(people.sum()), int(gmv.sum()), members.currency(store)
    found = [
        {
            "state": STATES[k], "people": int(people[k]), "share": int(people[k]) / everybody if everybody else None,
            "purchases": int(bought[k]) / int(people[k]) if people[k] else None,
            "gmv": write(int(gmv[k]), "money", currency), "gmv_share": int(gmv[k]) / money if money else None,
        }
        for k in range(len(STATES))
    ]  # fmt: skip
    about = {
        "limits": {
            "by": "fixed" if agreed else "gaps",
            "sleeping": limits.sleeping,
            "lost": limits.lost,
            "gaps": count,
        },
        "currency": currency,
    }
    return Block(name, everybody, tuple(found), about)


def _sums(state: Ints, values: Ints) -> Ints:
    """Sums of whole numbers by state."""
    found = np.zeros(len(STATES), np.int64)
    np.add.at(found, state, values)
    return found
