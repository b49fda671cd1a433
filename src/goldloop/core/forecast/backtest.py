"""Forecasts held against what came: three methods side by side, from moments of the past that knew nothing later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from goldloop.core.forecast.features import Array, Calendar
from goldloop.core.forecast.floors import seasonal_naive, theta
from goldloop.core.forecast.regression import Fit, fit

METHODS = ("calendar", "last_year", "theta")
YEAR_OF_WEEKS, WEEK = 364, 7
FOLDS = 12  # moments of the past from which a forecast is made and held against what came
LEAST_DAYS = 56  # of a history, for a regression or Theta
LEAST_FOLD, MOST_FOLD = 28, 92  # days that one such forecast covers


@dataclass(frozen=True, slots=True)
class Fold:
    """One forecast of the past: positions `at` to `at + days` (not included), daily values by method, and what came.

    `made` per method one value per day in the unit of the figure; a method that had too little is not among them.
    `came` is NaN where unknown.
    """

    at: int
    days: int
    made: Mapping[str, Array]
    came: Array

    def total(self, method: str) -> float:
        """Sum of a method's forecast over the days whose value is known."""
        return float(self.made[method][np.isfinite(self.came)].sum())

    @property
    def actual(self) -> float:
        """Sum of what came, over the days whose value is known."""
        return float(np.nansum(self.came))


@dataclass(frozen=True, slots=True)
class Method:
    """How one method did over the folds that all methods had: errors as shares of what came, lower is better.

    `total_error` is the root of the mean squared miss of fold totals, `day_error` the sum of daily misses without sign;
    None where it could not be tested. `weight` is its part in the forecast (0 to 1).
    """

    name: str
    folds: int
    total_error: float | None
    day_error: float | None
    weight: float


def one_forecast(
    values: Array, calendar: Calendar, at: int, days: int, start: Fit | None
) -> tuple[dict[str, Array], Fit | None]:
    """What each method says at position `at` of the days from there on, knowing nothing from there on."""
    before, made = values[:at], dict[str, Array]()
    known = np.isfinite(before)
    found = start
    if known.sum() >= LEAST_DAYS and np.nansum(before) > 0:
        seen = calendar.seen_from(at)
        masked = np.where(np.arange(len(values)) < at, values, np.nan)
        found = fit(masked, seen, start=start)
        made["calendar"] = found.expected(seen.rows[at : at + days])
        made["theta"] = theta(before, days, season=WEEK)
    last_year = seasonal_naive(before, days, season=YEAR_OF_WEEKS)
    if np.isfinite(last_year).mean() > 0.9:
        made["last_year"] = np.where(np.isfinite(last_year), last_year, np.nanmean(last_year))
    return made, found


def backtest(values: Array, calendar: Calendar, known: int, days: int) -> tuple[list[Fold], Fit | None]:
    """Up to 12 forecasts of the past over `days` days each (at least 28, at most 92), one after the other, oldest first.

    `known` is the position of the first unknown day. The last of the fits comes along, as a start for the next.
    """
    length = min(max(days, LEAST_FOLD), MOST_FOLD)
    starts = [known - length * back for back in range(FOLDS, 0, -1)]
    folds: list[Fold] = []
    found: Fit | None = None
    for at in (one for one in starts if one >= LEAST_DAYS):
        made, found = one_forecast(values, calendar, at, length, found)
        came = values[at : at + length]
        if made and np.nansum(came) > 0:
            folds.append(Fold(at, length, made, came))
    return folds, found


def judged(folds: list[Fold], available: tuple[str, ...]) -> tuple[Method, ...]:
    """The methods with their errors; the one with the least error of totals makes the forecast.

    Only folds that all tested methods had count. Last year's days that could not be tested yet (less than a year before
    every fold) share equally with the best method that could; where nothing was tested all that is there shares equally.
    """
    tested = [name for name in available if any(name in fold.made for fold in folds)]
    common = [fold for fold in folds if all(name in fold.made for name in tested)]
    errors = {name: _errors(common, name) for name in tested}
    best = sorted(tested, key=lambda name: errors[name][0])[:1]
    used = [*best, *(name for name in available if name not in tested)]
    found = []
    for name in available:
        total, daily = errors.get(name, (None, None))
        found.append(Method(name, len(common) if name in errors else 0, total, daily, (name in used) / len(used)))
    return tuple(found)


def _errors(folds: list[Fold], name: str) -> tuple[float, float]:
    missed = [fold.total(name) / fold.actual - 1 for fold in folds]
    daily = sum(float(np.nansum(np.abs(fold.made[name] - fold.came))) for fold in folds)
    return sqrt(sum(m**2 for m in missed) / len(missed)), daily / sum(fold.actual for fold in folds)


def combined(made: Mapping[str, Array], methods: tuple[Method, ...]) -> Array | None:
    """The weighted mean of what the methods say; None where none of them that has weight says anything."""
    used = [(one.weight, made[one.name]) for one in methods if one.weight > 0 and one.name in made]
    if not used:
        return None
    return np.asarray(sum(w * m for w, m in used) / sum(w for w, _ in used), float)
