"""A forecast of the days to come, its back-test and its chances, from one figure's own days before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast.backtest import LEAST_DAYS, METHODS, Fold, Method, backtest, combined, judged, one_forecast
from goldloop.core.forecast.features import Array, Stretch, calendar
from goldloop.core.forecast.paths import PATHS, Misses, misses

LOW, HIGH = 0.1, 0.9  # ends of the 80 % interval
LEAST_BEFORE = 3  # folds before one whose interval is held against what came


@dataclass(frozen=True, slots=True)
class Test:
    """One forecast of the past as it would have been told: totals over `days` days from `first`, in the unit of the values.

    `made` is the total by method, `expected` that of the forecast, `low` to `high` its 80 % interval (None before three
    earlier tests), `actual` what came; `days_inside` the share of days inside the interval of their day.
    """

    first: date
    days: int
    made: dict[str, float]
    expected: float
    low: float | None
    high: float | None
    actual: float
    days_inside: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days from `first` on: `expected` each, in the unit of the values; how the methods did; what they missed.

    `marked` tells days of events and festivals; `whole` is what was expected of all days of the period at its beginning.

    `basis`: own (the store's own days), pooled (the shape of the year from other stores) or even (too few days: every day
    like the mean one; then nothing is known of its chances). `misses` None where nothing could be tested.
    """

    first: date
    expected: Array
    marked: NDArray[np.bool_]
    whole: Array
    whole_marked: NDArray[np.bool_]
    methods: tuple[Method, ...]
    tests: tuple[Test, ...]
    misses: Misses | None
    basis: str

    def paths(self, *, seed: int, count: int = PATHS) -> Array | None:
        """`count` ways in which the days may come (count x days); None where nothing is known of them."""
        return None if self.misses is None else self.misses.paths(self.expected, self.marked, seed=seed, count=count)

    def whole_paths(self, *, seed: int, count: int = PATHS) -> Array | None:
        """The same for all days of the period, as told at its beginning."""
        return None if self.misses is None else self.misses.paths(self.whole, self.whole_marked, seed=seed, count=count)

    @property
    def inside(self) -> float | None:
        """The share of earlier totals that lay inside their 80 % interval; None where none had one."""
        held = [t.low <= t.actual <= t.high for t in self.tests if t.low is not None and t.high is not None]
        return sum(held) / len(held) if held else None


def forecast(
    values: Sequence[float] | Array,
    first: date,
    ahead: int,
    stretches: Sequence[Stretch] = (),
    *,
    since: int | None = None,
    seed: int = 0,
) -> Forecast:
    """The next `ahead` days after `values`, which are consecutive days from `first` (NaN where unknown, in any unit).

    The best of three methods: calendar regression, the same weekday 52 weeks before, Theta with the week as season. Which
    is best is told by up to 12 forecasts of the past (`backtest.judged`), so the worst is never used. Intervals are made of what those forecasts missed (`paths`), and were tested in the same way. Fewer than 56 known
    days: every day like the mean one, `basis` even. Raises `forecast_empty` without any known day above 0.

    >>> week = [100.0, 90, 90, 95, 110, 150, 140]
    >>> found = forecast(week * 30, date(2026, 1, 5), 7)
    >>> found.basis, [m.name for m in found.methods], round(float(found.expected.sum()), -1)
    ('own', ['calendar', 'theta'], 770.0)
    """
    known = _checked(values, ahead)
    count = len(known)
    begin, end = count if since is None else min(since, count), count + ahead
    marked = marked_days(first, end, stretches)
    if np.isfinite(known).sum() < LEAST_DAYS:
        flat = np.full(end, np.nanmean(known))
        return _told(first, count, begin, flat[count:], flat[begin:], marked, (), (), None, "even")
    every = np.r_[known, np.full(ahead, np.nan)]
    made_of = calendar(first, end, stretches, known=count)
    folds, start = backtest(every, made_of, count, ahead)
    made, start = one_forecast(every, made_of, count, ahead, start)
    methods = judged(folds, tuple(name for name in METHODS if name in made))
    expected = combined(made, methods)
    if expected is None:
        raise GoldloopError("forecast_empty", "There is nothing to learn a forecast from: no day has a value.")
    whole = combined(one_forecast(every, made_of, begin, end - begin, start)[0], methods) if begin < count else expected
    mixed = [(fold, mix) for fold in folds if (mix := combined(fold.made, methods)) is not None]
    tests = tuple(_test(first, mixed, n, marked, seed) for n in range(len(mixed)))
    missed = misses(mixed, marked)
    return _told(first, count, begin, expected, whole, marked, methods, tests, missed, "own")


def _told(
    first: date,
    count: int,
    begin: int,
    expected: Array,
    whole: Array | None,
    marked: NDArray[np.bool_],
    methods: tuple[Method, ...],
    tests: tuple[Test, ...],
    missed: Misses | None,
    basis: str,
) -> Forecast:
    """The forecast, with what was expected at the beginning of the period; where nothing was, as if every day were alike."""
    if whole is None:
        whole = np.full(len(marked) - begin, float(expected.mean()))
    return Forecast(
        first + timedelta(days=count), expected, marked[count:], whole, marked[begin:], methods, tests, missed, basis
    )


def marked_days(first: date, days: int, stretches: Sequence[Stretch]) -> NDArray[np.bool_]:
    """Which of `days` consecutive days from `first` belong to a stretch (not those before and after it, but for festivals)."""
    found = np.zeros(days, bool)
    for one in stretches:
        low = (one.first - first).days - (0 if one.kind else one.before)
        high = (one.last - first).days + (0 if one.kind else one.after)
        found[max(low, 0) : max(high + 1, 0)] = True
    return found


def _checked(values: Sequence[float] | Array, ahead: int) -> Array:
    known = np.asarray(values, float)
    if known.ndim != 1 or ahead < 1:
        raise GoldloopError(
            "forecast_days",
            "A forecast is about one day at least, from one row of days.",
            given=ahead,
            allowed="1 or more",
        )
    if not len(known) or not np.nansum(known) > 0:
        raise GoldloopError("forecast_empty", "There is nothing to learn a forecast from: no day has a value.")
    return known


def _test(first: date, mixed: list[tuple[Fold, Array]], at: int, marked: NDArray[np.bool_], seed: int) -> Test:
    """One fold as it would have been told, its interval from the folds before it only."""
    fold, made = mixed[at]
    known = np.isfinite(fold.came)
    low = high = inside = None
    if at >= LEAST_BEFORE:
        before = misses(mixed[:at], marked)
        ways = before.paths(made, marked[fold.at : fold.at + fold.days], seed=seed, count=PATHS // 5)[:, known]
        low, high = (float(v) for v in np.quantile(ways.sum(axis=1), (LOW, HIGH)))
        ends = np.quantile(ways, (LOW, HIGH), axis=0)
        inside = float(((ends[0] <= fold.came[known]) & (fold.came[known] <= ends[1])).mean())
    totals = {name: fold.total(name) for name in fold.made}
    return Test(
        first + timedelta(days=fold.at), fold.days, totals, float(made[known].sum()), low, high, fold.actual, inside
    )
