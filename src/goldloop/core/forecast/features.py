"""The calendar of a forecast as numbers: one row per day, one column per thing that can make a day better or worse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Array = NDArray[np.float64]

YEAR = 365.25
WAVES = 6  # sine and cosine pairs of the year
RECENT = (21.0, 90.0)  # days in which what is different of late fades
MONTH_DAYS = (1, 5, 10, 15, 20, 25)  # pay-days, beside the last of a month
# Days since the opening, until the end, before and after: further ones share a column with those of their bin.
FROM_OPENING, TO_END = (0, 1, 2, 4, 8, 15), (0, 1, 2, 4)
AROUND = (1, 2, 4, 7, 11, 15)
STEP = 3  # days of a festival that share a column


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one phase of an event, or around a festival: `first` to `last`, and so many days `before` and `after`.

    Stretches of the same `name` are alike year by year, those of the same `kind` lend each other strength ("" lends
    none: a festival is like itself only). `opens` is the part of its first day that belongs to it (0 to 1).
    """

    name: str
    first: date
    last: date
    before: int = 0
    after: int = 0
    kind: str = ""
    opens: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The columns of consecutive days: `rows` days x columns, and of each column the number of its `group` in `groups`.

    Columns of a group are shrunk alike (see `regression`); the first column is 1 and not shrunk. A calendar is equal to
    itself only, so that what follows from one can be kept.
    """

    rows: Array
    group: NDArray[np.int64]
    groups: tuple[str, ...]

    def seen_from(self, known: int) -> Calendar:
        """The same days seen from the one at position `known`, the first unknown one: what is recent changes."""
        rows = self.rows.copy()
        age = np.maximum(known - 1 - np.arange(len(rows)), 0)
        for column, span in zip(np.flatnonzero(self.group == self.groups.index("recent")), RECENT, strict=True):
            rows[:, column] = np.exp(-age / span)
        return Calendar(rows, self.group, self.groups)


def calendar(first: date, days: int, stretches: Iterable[Stretch] = (), *, known: int) -> Calendar:
    """The calendar of `days` consecutive days from `first`, seen from the day at position `known` (the first unknown one).

    Columns: 1; years; two that fade with the age of a day (21 and 90 days; 1 from `known` on); six sine and cosine pairs
    of the year; weekdays; pay-days (1, 5, 10, 15, 20, 25 and the last of the month); and per stretch
    its level and its days since opening, until its end, before and after it, by name and by kind. No unit.

    >>> made = calendar(date(2026, 1, 1), 31, [Stretch("new_year", date(2026, 1, 1), date(2026, 1, 1))], known=31)
    >>> made.rows.shape[0], made.groups[:3]
    (31, ('one', 'trend', 'recent'))
    """
    if days < 1:
        raise GoldloopError("forecast_days", "A calendar needs one day at least.", given=days, allowed="1 or more")
    number = (first - date(1970, 1, 1)).days + np.arange(days)
    made = _Columns(days)
    made.add("one", "", np.ones(days))
    made.add("trend", "", np.arange(days) / YEAR)
    for span in RECENT:
        made.add("recent", str(span), np.ones(days))
    for wave in range(1, WAVES + 1):
        turn = 2 * np.pi * wave * number / YEAR
        made.add(f"season{wave}", "sin", np.sin(turn))
        made.add(f"season{wave}", "cos", np.cos(turn))
    for weekday in range(7):
        made.add("weekday", str(weekday), (number + 3) % 7 == weekday)  # 1970-01-01 was a Thursday
    when = number.astype("datetime64[D]")
    of_month = (when - when.astype("datetime64[M]")).astype(int) + 1
    for day in MONTH_DAYS:
        made.add("month_day", str(day), of_month == day)
    made.add("month_day", "last", np.roll(of_month, -1) == 1 if days > 1 else of_month == 31)
    for stretch in stretches:
        _stretch(made, stretch, (stretch.first - first).days, (stretch.last - first).days)
    return made.calendar().seen_from(known)


def _stretch(made: _Columns, one: Stretch, first: int, last: int) -> None:
    if not one.kind:
        for at in range(first - one.before, last + one.after + 1):
            offset = at - first
            made.put("festival", f"{one.name}/{offset // STEP}", at, 1.0)
            made.put("festival_day", f"{one.name}/{offset}", at, 1.0)
        return
    for at in range(first, last + 1):
        share = one.opens if at == first else 1.0
        inside = (f"from{_bin(at - first, FROM_OPENING)}", f"to{_bin(last - at, TO_END)}")
        made.put("event", one.name, at, share)
        made.put("kind", one.kind, at, share)
        for place in inside:
            made.put("event_day", f"{one.name}/{place}", at, share)
            made.put("kind_day", f"{one.kind}/{place}", at, share)
    for side, days in (("before", one.before), ("after", one.after)):
        for k in range(1, days + 1):
            at = first - k if side == "before" else last + k
            place = f"{side}{_bin(k, AROUND)}"
            made.put("event_around", f"{one.name}/{place}", at, 1.0)
            made.put("kind_around", f"{one.kind}/{place}", at, 1.0)


def _bin(value: int, edges: Sequence[int]) -> int:
    return max(edge for edge in edges if edge <= value)


class _Columns:
    """Columns while they are gathered, by group and name."""

    def __init__(self, days: int) -> None:
        self.days, self.columns = days, dict[tuple[str, str], Array]()

    def add(self, group: str, name: str, values: NDArray[np.generic]) -> None:
        self.columns[group, name] = np.asarray(values, float)

    def put(self, group: str, name: str, at: int, value: float) -> None:
        if 0 <= at < self.days:
            column = self.columns.setdefault((group, name), np.zeros(self.days))
            column[at] = max(column[at], value)

    def calendar(self) -> Calendar:
        names = tuple(dict.fromkeys(group for group, _ in self.columns))
        group = np.array([names.index(g) for g, _ in self.columns], np.int64)
        return Calendar(np.stack(list(self.columns.values()), axis=1), group, names)
