"""What a figure's value of a day should have been, from its own days before: weekday, trend, marked days, interval.

Robust throughout (medians and quantiles), so that one bad day spoils neither the expectation nor its interval; and
honest: where the days before do not carry it, there is no expectation at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Array = NDArray[np.float64]

WEEKS_BACK = 26  # how far back same weekdays are looked for
SAME_WEEKDAYS = 8  # of them are used, outside marked days (figures.md section 3)
LEAST_WEEKDAYS = 4
TREND_DAYS, TREND_WINDOW, LEAST_TREND = 14, 28, 4  # of so many last days so many unmarked ones give the level
SPREAD_DAYS = 182  # days whose misses give the interval
LEAST_MISSES = 28
LEAST_MARKED = 14  # misses of marked days that their interval needs
TENTH = 1.2815515655446004  # the normal distribution's 90 % point: how far a tenth lies from the middle, in sigmas


@dataclass(frozen=True, slots=True)
class Expected:
    """The expectation of one day, in the unit of the values.

    `value`, and the interval `low` to `high`; None where the history does not carry it. `days` it is the median of,
    `misses` its interval rests on. `marked`: whether it comes from the same marked days of earlier years. `like`: the
    positions of the days it rests on, latest first. `reason`: None, else weekdays (fewer than 4 same weekdays), level
    (no recent unmarked days), partners (no such marked day before), interval (too few misses yet) or zero (nothing is
    expected, so nothing can fall).
    """

    value: float | None
    low: float | None
    high: float | None
    days: int
    misses: int
    marked: bool
    like: tuple[int, ...]
    reason: str | None = None


class Baseline:
    """The expectations of consecutive days, each from the days before it only.

    `values`: one per day, NaN where unknown, in any unit; `marks`: "" for an ordinary day, else a word that the same
    day of an event or festival has every year.

    Ordinary days: `expected = W x T`. W is the median of the last 8 (at least 4) unmarked same weekdays of 26 weeks; T
    the median of `value / W` over the last 14 (at least 4) unmarked days of 28: growth and season since those weekdays.
    Marked days: `expected = W x T x M`, T as it was last known, M the median of `value / (W x T)` on earlier days with
    the same mark. Interval: with the misses `m = sqrt(value / expected)` of up to 182 days before, each foretold in the
    same way from its own past, their quantiles m10, m50, m90, and `width` in robust sigmas,

        expected' = expected x m50^2,  low, high = expected x (m50 - z s_low)^2, expected x (m50 + z s_high)^2
        s_low = (m50 - m10) / 1.2816,  s_high = (m90 - m50) / 1.2816,  z = width x sqrt(1 + 1/n)

    so a skewed figure has a skewed interval, and counts (whose square root has a constant spread) a fitting one.
    Where values are negative, everything above is by differences instead of ratios, without the root.

    Sources: same-weekday medians as in figures.md section 3; square root: Bartlett 1936; two-sided scale from quantiles
    (two-piece normal): Fechner 1897, Wallis 2014; a forecast's own past errors as its interval: Williams & Goodman 1971.

    >>> week = [100.0, 90, 90, 95, 110, 150, 140]
    >>> found = Baseline(week * 15, [""] * 105).expected(104, width=3.3)
    >>> found.value, found.days, found.misses
    (140.0, 8, 72)
    """

    def __init__(self, values: Sequence[float] | Array, marks: Sequence[str]) -> None:
        self.values, self.marks = np.asarray(values, float), np.array(marks, dtype=object)
        if self.values.ndim != 1 or self.values.shape != self.marks.shape:
            raise GoldloopError(
                "baseline_shape", "One value and one mark per day are needed.", given=[len(values), len(marks)]
            )
        self.ordinary = self.marks == ""
        self.plain = bool((self.values[np.isfinite(self.values)] < 0).any())
        self.weekday, self.weekdays, self.same = self._weekdays()
        self.level, self.fresh = self._levels()
        self.normal = self._times(self.weekday, self.level)
        self.factor, self.partners = self._partners()
        self.middle = np.where(self.ordinary, self.normal, self._times(self.normal, self.factor))
        self.middle[self.ordinary & ~self.fresh] = np.nan
        self.misses = self._misses()

    def expected(self, at: int, *, width: float) -> Expected:
        """The expectation of the day at a position, from the days before it; formula and sources at the class.

        `width` is half its interval in robust sigmas: with 3.3 one ordinary day in two thousand would lie below if misses
        were normal. Undefined (`value` None, with a `reason`) where the history does not carry it.
        """
        marked = not self.ordinary[at]
        like = self.partners.get(at, ()) if marked else self._like(at)
        since = 0 if marked else max(0, at - SPREAD_DAYS)
        misses = self.misses[since:at][(self.ordinary[since:at] != marked) & np.isfinite(self.misses[since:at])]
        reason = self._missing(at, marked, len(misses))
        if reason is not None:
            return Expected(None, None, None, len(like), len(misses), marked, like, reason)
        return Expected(*self._interval(float(self.middle[at]), misses, width), len(like), len(misses), marked, like)

    def _times(self, value: Array, factor: Array) -> Array:
        return value + factor if self.plain else value * factor

    def _over(self, value: Array, expected: Array) -> Array:
        if self.plain:
            return value - expected
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(expected > 0, value / expected, np.nan)

    def _weekdays(self) -> tuple[Array, NDArray[np.int64], NDArray[np.bool_]]:
        """Median of the last same weekdays for every day, of how many, and which of the weeks before they are."""
        known = np.where(self.ordinary, self.values, np.nan)
        before = _shifted(known, 7 * np.arange(1, WEEKS_BACK + 1))
        same = _first(np.isfinite(before), SAME_WEEKDAYS)
        count = same.sum(axis=1)
        return _median(np.where(same, before, np.nan), count >= LEAST_WEEKDAYS), count, same

    def _levels(self) -> tuple[Array, NDArray[np.bool_]]:
        """Trend of every day, the last known one where there is none, and whether it is the day's own."""
        ratios = np.where(self.ordinary, self._over(self.values, self.weekday), np.nan)
        before = _shifted(ratios, np.arange(1, TREND_WINDOW + 1))
        used = _first(np.isfinite(before), TREND_DAYS)
        fresh = used.sum(axis=1) >= LEAST_TREND
        level = _median(np.where(used, before, np.nan), fresh)
        latest = np.maximum.accumulate(np.where(fresh, np.arange(len(level)), -1))
        return np.where(latest >= 0, level[latest], np.nan), fresh

    def _partners(self) -> tuple[Array, dict[int, tuple[int, ...]]]:
        """For marked days the median factor of earlier days with the same mark, and which they are, latest first."""
        ratios = self._over(self.values, self.normal)
        factor, partners = np.full(len(ratios), np.nan), {}
        seen: dict[str, list[int]] = {}
        for at in np.flatnonzero(~self.ordinary).tolist():
            earlier = seen.setdefault(self.marks[at], [])
            if earlier:
                factor[at], partners[at] = np.median(ratios[earlier]), tuple(reversed(earlier))
            if np.isfinite(ratios[at]):
                earlier.append(at)
        return factor, partners

    def _misses(self) -> Array:
        found = self._over(self.values, self.middle)
        return found if self.plain else np.sqrt(found)

    def _missing(self, at: int, marked: bool, misses: int) -> str | None:
        """The first thing that an expectation lacks."""
        if self.weekdays[at] < LEAST_WEEKDAYS:
            return "weekdays"
        if marked and at not in self.partners:
            return "partners"
        if not self.plain and min(self.weekday[at], self.middle[at]) <= 0:
            return "zero"
        if not np.isfinite(self.middle[at]):
            return "level"
        return "interval" if misses < (LEAST_MARKED if marked else LEAST_MISSES) else None

    def _interval(self, expected: float, misses: Array, width: float) -> tuple[float, float, float]:
        low, middle, high = np.quantile(misses, (0.1, 0.5, 0.9))
        z = width * np.sqrt(1 + 1 / len(misses)) / TENTH
        ends = middle - z * (middle - low), middle, middle + z * (high - middle)
        if self.plain:
            bottom, value, top = (expected + float(end) for end in ends)
        else:
            bottom, value, top = (expected * max(float(end), 0.0) ** 2 for end in ends)
        return value, bottom, top

    def _like(self, at: int) -> tuple[int, ...]:
        return tuple(at - 7 * (int(week) + 1) for week in np.flatnonzero(self.same[at]))


def _shifted(values: Array, by: NDArray[np.int64]) -> Array:
    """One column per shift: the value so many days before each day, NaN before the first."""
    at = np.arange(len(values))[:, None] - by[None, :]
    return np.where(at >= 0, values[np.maximum(at, 0)], np.nan)


def _first(known: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """The first so many known ones of every row."""
    return known & (np.cumsum(known, axis=1) <= most)


def _median(rows: Array, wanted: NDArray[np.bool_]) -> Array:
    """Medians of rows without their NaNs; NaN where not wanted."""
    found = np.full(len(rows), np.nan)
    if wanted.any():
        found[wanted] = np.nanmedian(rows[wanted], axis=1)
    return found
