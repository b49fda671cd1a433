"""The calendar of a store: its simulated days, the demand index of each, and the hours of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from goldloop.simulate.arrays import Floats, Ints

EPOCH = date(1970, 1, 1)

# Share of orders by hour of the clock (0 to 23): a lunch peak and a long evening.
CHINA_HOURS = np.array(
    [2.6, 1.5, 0.8, 0.5, 0.4, 0.5, 1.0, 2.0, 3.4, 4.9, 5.8, 5.7, 5.4, 5.6, 5.5, 5.3, 5.2, 4.9, 4.8, 5.9, 7.6, 8.3, 7.3, 5.1]
)  # fmt: skip
ABROAD_HOURS = np.array(
    [1.6, 1.0, 0.6, 0.4, 0.4, 0.6, 1.4, 2.6, 4.2, 5.6, 6.4, 6.6, 6.9, 6.4, 6.0, 5.8, 5.6, 5.6, 5.9, 6.6, 7.0, 6.4, 4.4, 2.6]
)  # fmt: skip
_CHINA_WEEK = np.array([1.02, 0.99, 0.98, 0.98, 0.96, 1.02, 1.05])  # Monday first
_ABROAD_WEEK = np.array([1.08, 1.02, 1.00, 0.99, 0.95, 0.92, 1.04])


@dataclass(frozen=True, slots=True)
class Days:
    """Consecutive business days from `start`; those from position `first` on are exported.

    `numbers` are days since 1970-01-01, `months` are year x 12 + month - 1.
    """

    start: date
    count: int
    first: int

    @property
    def numbers(self) -> Ints:
        """Days since 1970-01-01."""
        return np.arange(self.count, dtype=np.int64) + (self.start - EPOCH).days

    @property
    def weekdays(self) -> Ints:
        """0 is Monday."""
        return (self.numbers + 3) % 7  # 1970-01-01 was a Thursday

    @property
    def months(self) -> Ints:
        """Year x 12 + month - 1."""
        return self.numbers.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12

    def dates(self) -> list[date]:
        """All days as dates."""
        return [self.start + timedelta(days=i) for i in range(self.count)]

    def position(self, day: date) -> int:
        """Position of a day; it may lie outside the range."""
        return (day - self.start).days


def first_day_of(last_day: date, months: int) -> date:
    """First day of the month that begins a range of so many calendar months ending with `last_day`.

    >>> first_day_of(date(2026, 10, 31), 26)
    datetime.date(2024, 9, 1)
    """
    month = last_day.year * 12 + last_day.month - months
    return date(month // 12, month % 12 + 1, 1)


# Spring Festival, Qixi and Mid-autumn in the solar calendar, month and day by year.
LUNAR_FEASTS = {
    2015: ("02-19", "08-20", "09-27"),
    2016: ("02-08", "08-09", "09-15"),
    2017: ("01-28", "08-28", "10-04"),
    2018: ("02-16", "08-17", "09-24"),
    2019: ("02-05", "08-07", "09-13"),
    2020: ("01-25", "08-25", "10-01"),
    2021: ("02-12", "08-14", "09-21"),
    2022: ("02-01", "08-04", "09-10"),
    2023: ("01-22", "08-22", "09-29"),
    2024: ("02-10", "08-10", "09-17"),
    2025: ("01-29", "08-29", "10-06"),
    2026: ("02-17", "08-19", "09-25"),
    2027: ("02-06", "08-08", "09-15"),
    2028: ("01-26", "08-26", "10-03"),
    2029: ("02-13", "08-16", "09-22"),
    2030: ("02-03", "08-05", "09-12"),
    2031: ("01-23", "08-24", "10-01"),
    2032: ("02-11", "08-12", "09-19"),
    2033: ("01-31", "08-01", "09-08"),
    2034: ("02-19", "08-20", "09-27"),
    2035: ("02-08", "08-10", "09-16"),
    2036: ("01-28", "08-28", "10-04"),
    2037: ("02-15", "08-17", "09-24"),
    2038: ("02-04", "08-07", "09-13"),
    2039: ("01-24", "08-26", "10-02"),
    2040: ("02-12", "08-14", "09-20"),
}


def lunar_feasts(year: int) -> tuple[date, ...]:
    """Spring Festival, Qixi and Mid-autumn of a year; none outside the years of the table.

    >>> [str(day) for day in lunar_feasts(2025)]
    ['2025-01-29', '2025-08-29', '2025-10-06']
    """
    return tuple(date.fromisoformat(f"{year}-{day}") for day in LUNAR_FEASTS.get(year, ()))


def _bump(index: Floats, days: Days, centre: date, first: int, last: int, factor: float) -> None:
    """Multiply the index by `factor` from `first` to `last` days around `centre`, where these days exist."""
    at = days.position(centre)
    low, high = max(0, at + first), min(days.count, at + last + 1)
    if low < high:
        index[low:high] *= factor


def demand(days: Days, abroad: bool) -> Floats:
    """Demand index per day, mean 1: weekday, time of the year, pay-days and festivals; events are not in it."""
    index = (_ABROAD_WEEK if abroad else _CHINA_WEEK)[days.weekdays]
    year_share = (days.numbers % 365.25) / 365.25
    index = index * (1 + 0.08 * np.cos(2 * np.pi * (year_share - 0.88)))
    for day in range(days.count):
        if (days.start + timedelta(days=day)).day in (10, 15):
            index[day] *= 1.05
    for year in range(days.start.year - 1, days.start.year + days.count // 365 + 3):
        if abroad:
            _bump(index, days, date(year, 7, 4), 0, 0, 0.8)
            _bump(index, days, date(year, 12, 25), -14, -5, 1.25)
            _bump(index, days, date(year, 12, 25), -1, 0, 0.6)
            continue
        for spring, qixi, mid_autumn in [lunar_feasts(year)] if year in LUNAR_FEASTS else []:
            _bump(index, days, spring, -24, -9, 1.30)  # shopping before the holiday
            _bump(index, days, spring, -8, -3, 0.75)  # parcels stop
            _bump(index, days, spring, -2, 5, 0.40)
            _bump(index, days, spring, 6, 12, 0.80)
            _bump(index, days, qixi, -6, -1, 1.12)
            _bump(index, days, mid_autumn, -9, -2, 1.10)
        _bump(index, days, date(year, 10, 1), 0, 6, 0.88)
        _bump(index, days, date(year, 5, 1), 0, 4, 0.92)
    scaled: Floats = index / index.mean()
    return scaled
