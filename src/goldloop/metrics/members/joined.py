"""Who joined the programme (入会), apart from who buys: members by week or month of joining, what they bought before and since."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Ints
from goldloop.core.store import Store
from goldloop.metrics.members.asked import LEAST, Ask, Block, Columns, Members, MemberTable
from goldloop.metrics.members.second import grouped, shares

BY = ("week", "month")
DAYS = (0, 30, 60, 90)
COLUMNS = {
    "store": "text", "group": "text", "people": "count", "before": "count", "share_before": "rate", "since": "count",
    **{f"{kind}_{day}": "rate" for day in DAYS for kind in ("share", "low", "high")},
}  # fmt: skip


def joined(ask: Ask, by: str = "week") -> MemberTable:
    """Members by the week (its Monday) or month in which they joined, newest first, and one line for all; by business days, as orders.

    `before` had a purchase day before the day of joining, `since` one on it or later; `share_30` is the share of those who
    have bought within 30 days of joining (`share_0`: on that day), with its 80 % interval, None where nobody was a member
    that long or there are fewer than LEAST. Of a person of several stores the first joining counts. About a block: how many
    of its `members` are `buyers`, and how many buyers are `outside` the programme. Where buyers are not known, only people
    are told. Raises `joined_by`.
    """
    if by not in BY:
        raise GoldloopError("joined_by", f"'{by}' cannot be asked for here.", given=by, allowed=BY, by=by)
    members = Members(ask, ask.history, ("buyers",), starts=True)
    rows = members.columns("joined_rows", ("days", "people", "before"), ("cut", "again"))
    rows["cut"] = _begun(rows["cut"], by)
    blocks = tuple(_block(members, members.of(rows, store), store, who) for store, who in members.groups())
    return MemberTable("joined", blocks, COLUMNS, members.scope(groups=by), (), members.reader.script())


def _begun(days: Any, by: str) -> Any:
    """The first day of each day's week or month as text; empty for no day."""
    day = np.asarray(days, "datetime64[D]")
    first = (
        day.astype("datetime64[M]").astype("datetime64[D]") if by == "month" else day - (day.astype(np.int64) + 3) % 7
    )
    return np.where(np.isnat(day), "", first.astype(str))


def _block(members: Members, rows: Columns, store: Store | None, who: list[Store]) -> Block:
    name, inside = None if store is None else store.name, np.flatnonzero(rows["cut"] != "")
    of_members = {column: values[inside] for column, values in rows.items()}
    people = int(of_members["people"].sum())
    if not people:
        return Block(name, None, (), {}, ("joined_none", {}))
    known = members.unknown(who) is None
    found = [_row(group, of_members, part, known) for group, part in grouped(of_members, newest=True)]
    bought = of_members["again"] | (of_members["before"] > 0)
    about = {
        "members": people,
        "buyers": int(of_members["people"][bought].sum()) if known else None,
        "outside": int(rows["people"].sum()) - people if known else None,
    }
    return Block(name, people, tuple(found), about)


def _row(group: str | None, rows: Columns, part: Ints, known: bool) -> dict[str, Any]:
    """One line of some of the rows."""
    curve, told = shares(rows, part, DAYS)
    before = int((rows["people"] * rows["before"])[part].sum())
    told |= {
        "before": before, "since": curve.again, "share_before": before / curve.people if curve.people >= LEAST else None
    }  # fmt: skip
    return {"group": group, "people": curve.people, **(told if known else dict.fromkeys(told))}
