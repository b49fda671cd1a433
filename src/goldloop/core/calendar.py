"""Days, periods and comparisons: which days a bucket holds, and which days it is compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from goldloop.core.errors import GoldloopError

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
COMPARISONS = ("previous", "last-year", "same-weekday")
_ONE = timedelta(days=1)


class PeriodError(GoldloopError):
    """A day or a period that cannot be understood."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """An unbroken run of business days, both ends included.

    >>> Period(date(2026, 6, 1), date(2026, 6, 30)).days
    30
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodError(
                "period_reversed",
                f"The period ends ({self.last}) before it begins ({self.first}).",
                given=f"{self.first}..{self.last}",
                allowed="a first day that is not after the last day",
                first=self.first,
                last=self.last,
            )

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    def shifted(self, days: int) -> Period:
        """The period moved by a number of days."""
        return Period(self.first + timedelta(days=days), self.last + timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Bucket:
    """One row of a time cut: its label, its calendar unit, and the days of it that were asked for."""

    label: str
    period: Period


FIRST_YEAR, LAST_YEAR = 1990, 2099


def parse_day(text: str) -> date:
    """A day written as YYYY-MM-DD, of a year from which comparisons can go back as far again.

    >>> parse_day("2026-06-01")
    datetime.date(2026, 6, 1)
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodError("day_bad", f"'{text}' is not a day.", given=text, allowed="YYYY-MM-DD")
    return day


def parse_period(text: str) -> Period:
    """A period written as FROM..TO, as one day, as a month (2026-06) or as a year (2026).

    >>> str(parse_period("2026-02"))
    '2026-02-01..2026-02-28'
    """
    if ".." in text:
        first, last = text.split("..", 1)
        return Period(parse_day(first), parse_day(last))
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return whole("month", parse_day(text + "-01"))
    if re.fullmatch(r"\d{4}", text):
        return whole("year", parse_day(text + "-01-01"))
    day = parse_day(text)
    return Period(day, day)


def whole(grain: Grain, day: date) -> Period:
    """The whole calendar unit that holds a day; weeks are ISO weeks, Monday first.

    >>> str(whole("week", date(2026, 6, 3))), str(whole("quarter", date(2026, 6, 3)))
    ('2026-06-01..2026-06-07', '2026-04-01..2026-06-30')
    """
    if grain == "day":
        return Period(day, day)
    if grain == "week":
        first = day - timedelta(days=day.weekday())
        return Period(first, first + timedelta(days=6))
    if grain == "year":
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    size = 1 if grain == "month" else 3
    month = (day.month - 1) // size * size + 1
    first = date(day.year, month, 1)
    return Period(first, _add_months(first, size) - _ONE)


def label(grain: Grain, day: date) -> str:
    """How a bucket is written: 2026-06-01, 2026-W23, 2026-06, 2026-Q2, 2026.

    >>> [label(g, date(2026, 6, 1)) for g in GRAINS]
    ['2026-06-01', '2026-W23', '2026-06', '2026-Q2', '2026']
    """
    if grain == "day":
        return day.isoformat()
    if grain == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if grain == "month":
        return f"{day.year:04d}-{day.month:02d}"
    if grain == "quarter":
        return f"{day.year:04d}-Q{(day.month - 1) // 3 + 1}"
    return f"{day.year:04d}"


def buckets(period: Period, grain: Grain | None) -> list[Bucket]:
    """The period cut into calendar units; the first and the last may be cut short. No grain: one bucket.

    >>> [str(b.period) for b in buckets(Period(date(2026, 1, 30), date(2026, 2, 2)), "month")]
    ['2026-01-30..2026-01-31', '2026-02-01..2026-02-02']
    """
    if grain is None:
        return [Bucket(str(period), period)]
    found = []
    day = period.first
    while day <= period.last:
        unit = whole(grain, day)
        found.append(Bucket(label(grain, day), Period(day, min(unit.last, period.last))))
        day = unit.last + _ONE
    return found


def compared(period: Period, how: str, grain: Grain | None) -> Period:
    """The period that a bucket is compared with.

    `previous`: the unit before (a day's day before, a month's month before, a partial unit with the same part of the
    unit before, clipped to its length); without a grain whole months, quarters, years and weeks shift by units, other
    ranges by their length. `last-year`: the same dates a year before (29 February becomes 28; a week: the same ISO
    week). `same-weekday`: the same weekdays, moved back by whole weeks far enough not to overlap.

    >>> march = Period(date(2026, 3, 1), date(2026, 3, 31))
    >>> [str(compared(march, how, None)) for how in COMPARISONS]
    ['2026-02-01..2026-02-28', '2025-03-01..2025-03-31', '2026-01-25..2026-02-24']
    >>> str(compared(Period(date(2026, 3, 1), date(2026, 3, 9)), "previous", "month"))
    '2026-02-01..2026-02-09'
    """
    if how == "previous":
        return _previous(period, grain)
    if how == "same-weekday":
        return period.shifted(-7 * ((period.days + 6) // 7))
    if how == "last-year":
        return _last_year(period, grain)
    return parse_period(how)


def _previous(period: Period, grain: Grain | None) -> Period:
    unit = grain or _whole_units(period)
    if unit is None:
        return period.shifted(-period.days)
    if unit in ("day", "week"):
        return period.shifted(-1 if unit == "day" else -7)
    if grain is None:  # whole calendar units shift by as many units
        months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
        first = _add_months(period.first, -months)
        return Period(first, period.first - _ONE)
    own = whole(unit, period.first)
    before = whole(unit, own.first - _ONE)
    if period == own:
        return before
    if period.last == own.last:  # the end of a unit is compared with the end of the one before
        first = max(before.first, before.last - timedelta(days=period.days - 1))
        return Period(first, before.last)
    offset = (period.first - own.first).days
    first = min(before.first + timedelta(days=offset), before.last)
    return Period(first, min(first + timedelta(days=period.days - 1), before.last))


def _whole_units(period: Period) -> Grain | None:
    """The coarsest unit of which the period is one or several whole ones; None if it is none."""
    if period.days == 1:
        return "day"
    for grain in ("year", "quarter", "month"):
        if whole(grain, period.first).first == period.first and whole(grain, period.last).last == period.last:
            return grain
    if period.days == 7 and period.first.weekday() == 0:
        return "week"
    return None


def _last_year(period: Period, grain: Grain | None) -> Period:
    if grain == "week":
        year, week, weekday = period.first.isocalendar()
        try:
            first = date.fromisocalendar(year - 1, week, weekday)
        except ValueError:  # the year before has no week 53: its last week stands for it
            first = date.fromisocalendar(year - 1, week - 1, weekday)
        return Period(first, first + timedelta(days=period.days - 1))
    first = _year_before(period.first)
    last = _year_before(period.last)
    unit = grain or _whole_units(period)
    if unit in ("month", "quarter", "year") and (period.last + _ONE).day == 1:
        last = whole("month", last).last  # a whole February stays a whole February
    return Period(first, last)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


def _add_months(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
