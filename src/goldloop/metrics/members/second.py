"""How long new buyers take to their second purchase: by week of the first, by what they bought first, by where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Ints
from goldloop.core.members.second import Second, second_curve
from goldloop.core.store import Store
from goldloop.metrics.members.asked import LEAST, Ask, Block, Columns, Members, MemberTable

BY = ("week", "product", "channel", "order_source", "region")
DAYS = (7, 30, 60, 90, 180, 365)
COLUMNS = {
    "store": "text", "group": "text", "people": "count", "again": "count",
    **{f"{kind}_{day}": "rate" for day in DAYS for kind in ("share", "low", "high")},
    **{f"again_{day}": "count" for day in DAYS},
}  # fmt: skip
AFTER = (30, 14, 7)  # days after which people of a few days are told of: the longest that any of them was seen
ALL = None  # the group of everybody; one whose cut nobody knows is empty


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of `people` who bought first on some days, the share that had bought again by `days` later, with its 80 % interval."""

    people: int
    again: int
    days: int
    share: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it, shares as fractions."""
        return {name: getattr(self, name) for name in ("people", "again", "days", "share", "low", "high")}


def seconds_of(ask: Ask, waves: Sequence[Period]) -> Seconds | None:
    """The second purchases of those who bought first in these days (first in the data, so where history is short more of
    them are old); None for fewer than LEAST people, where nobody was seen for a week, or buyers are not known."""
    members = Members(ask, ask.history, ("buyers",))
    if members.unknown(list(members.question.stores.values())) is not None:
        return None
    rows = members.columns("second_day_rows", ("days", "people"), ("cut", "again"))
    inside = {str(one.first + timedelta(days=n)) for one in waves for n in range(one.days)}
    mine = np.array([cut in inside for cut in rows["cut"]], bool)
    if rows["people"][mine].sum() < LEAST:
        return None
    curve = second_curve(rows["days"][mine], rows["again"][mine], rows["people"][mine])
    day = next((day for day in AFTER if curve.at(day)), None)
    ends = None if day is None else curve.at(day)
    return None if day is None or ends is None else Seconds(curve.people, curve.again, day, *ends)


def second(ask: Ask, by: str = "week") -> MemberTable:
    """Share of first buyers with a second purchase by so many days, with its 80 % interval; one line per group and one for all.

    Groups are weeks of the first purchase (by their Monday), newest first; or first products, channels, sources or regions,
    largest first. A share is None where nobody of the group was seen that long yet, or it has fewer than LEAST people.
    Raises `second_by`.
    """
    if by not in BY:
        raise GoldloopError("second_by", f"'{by}' cannot be asked for here.", given=by, allowed=BY, by=by)
    members = Members(ask, ask.history, ("buyers",), cut=None if by == "week" else by)
    rows = members.columns("second_rows", ("days", "people"), ("cut", "again"))
    blocks = tuple(_block(members, members.of(rows, store), store, who, by) for store, who in members.groups())
    return MemberTable("second", blocks, COLUMNS, members.scope(groups=by), members.notes(), members.reader.script())


def _block(members: Members, rows: Columns, store: Store | None, who: list[Store], by: str) -> Block:
    name, people = None if store is None else store.name, int(rows["people"].sum())
    why = members.unknown(who)
    if why is None and people < LEAST:
        why = ("members_few", {"people": people, "minimum": LEAST})
    if why is not None:
        return Block(name, None, (), {}, why)
    return Block(name, people, tuple(_row(group, rows, part) for group, part in grouped(rows, newest=by == "week")), {})


def grouped(rows: Columns, *, newest: bool) -> list[tuple[str | None, Ints]]:
    """Where the rows of everybody (ALL) and of each `cut` stand: the last cut first, or (not `newest`) the largest."""
    cuts, at = np.unique(rows["cut"].astype(str), return_inverse=True)
    sizes = np.bincount(at, rows["people"], len(cuts))
    order = np.arange(len(cuts))[::-1] if newest else np.argsort(-sizes, kind="stable")
    rank = np.argsort(order)[at]
    sorted_by = np.argsort(rank, kind="stable")
    parts = np.split(sorted_by, np.cumsum(np.bincount(rank, minlength=len(cuts)))[:-1])
    return [(ALL, sorted_by), *((str(cuts[k]), part) for k, part in zip(order, parts, strict=True))]


def shares(rows: Columns, part: Ints, days: Sequence[int]) -> tuple[Second, dict[str, Any]]:
    """The curve of some of the rows, and its share by each of these days with its interval; None of fewer than LEAST."""
    curve = second_curve(rows["days"][part], rows["again"][part], rows["people"][part])
    told: dict[str, Any] = {}
    for day in days:
        ends = curve.at(day) if curve.people >= LEAST else None
        told |= dict(zip((f"share_{day}", f"low_{day}", f"high_{day}"), ends or (None, None, None), strict=True))
    return curve, told


def _row(group: str | None, rows: Columns, part: Ints) -> dict[str, Any]:
    """One line of some of the rows."""
    curve, told = shares(rows, part, DAYS)
    back, days = rows["people"][part] * rows["again"][part], rows["days"][part]
    many = {f"again_{day}": int(back[days <= day].sum()) for day in DAYS}
    return {"group": group, "people": curve.people, "again": curve.again, **many, **told}
