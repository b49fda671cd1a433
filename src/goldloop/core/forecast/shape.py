"""How a total falls on days: weights learned from a figure's own days, from other stores, or none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.forecast.backtest import LEAST_DAYS
from goldloop.core.forecast.features import Array, Calendar, Stretch, calendar
from goldloop.core.forecast.regression import fit

Basis = Literal["own", "pooled", "even"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Weights of consecutive days from `first`, none negative: of a sum they add up to 1, of a ratio their mean is 1.

    `basis`: own (56 known days or more of the store itself), pooled (of other stores) or even (nothing known).
    """

    first: date
    weights: Array
    basis: Basis

    def by_day(self) -> dict[date, float]:
        """Day -> weight."""
        return {self.first + timedelta(days=n): float(w) for n, w in enumerate(self.weights)}


def sum_shape(
    values: Sequence[float] | Array,
    first: date,
    period: Period,
    stretches: Sequence[Stretch] = (),
    *,
    others: Sequence[Array] = (),
) -> Shape:
    """How a sum over the days of `period` falls on them.

    `values` are the figure's consecutive days from `first` (NaN where unknown, any unit), `others` the same days of other
    stores, which serve where fewer than 56 are known. `weight_d = expected_d / sum expected`, by the calendar regression
    of `regression.fit`, which needs the stretches of the past and of `period`. Days of `period` before the end of
    `values` are weighted by their expectation, too, not by what came. Raises `shape_before` where `period` begins before `first`.

    >>> week = [100.0, 90, 90, 95, 110, 150, 140]
    >>> made = sum_shape(week * 30, date(2026, 1, 5), Period(date(2026, 8, 3), date(2026, 8, 9)))
    >>> made.basis, round(float(made.weights.sum()), 9), bool(made.weights[5] > made.weights[1])
    ('own', 1.0, True)
    """
    return sum_of(day_level(values, first, period, stretches, others=others))


def ratio_shape(
    over: Sequence[float] | Array,
    under: Sequence[float] | Array,
    first: date,
    period: Period,
    stretches: Sequence[Stretch] = (),
    *,
    others: Sequence[tuple[Array, Array]] = (),
) -> Shape:
    """How a ratio (conversion, value per buyer) of the days of `period` lies around its mean: `over` / `under`, mean 1.

    Both are learned as in `sum_shape`, so that a day with few visitors does not bend the shape; arguments as there.

    >>> buyers, visitors = [5.0, 5, 5, 5, 5, 12, 12] * 30, [100.0] * 210
    >>> made = ratio_shape(buyers, visitors, date(2026, 1, 5), Period(date(2026, 8, 3), date(2026, 8, 9)))
    >>> round(float(made.weights.mean()), 9), bool(made.weights[5] > 1.5 * made.weights[1])
    (1.0, True)
    """
    top = day_level(over, first, period, stretches, others=[one for one, _ in others])
    return ratio_of(top, day_level(under, first, period, stretches, others=[one for _, one in others]))


def sum_of(level: Shape) -> Shape:
    """The shape of a sum whose days are expected to be `level`: weights that add up to 1."""
    return Shape(level.first, level.weights / level.weights.sum(), level.basis)


def ratio_of(over: Shape, under: Shape) -> Shape:
    """The shape of the ratio of two sums whose days are expected to be these: weights of mean 1."""
    if over.basis != under.basis:  # one of the two is unknown: their ratio has no shape of its own
        return Shape(over.first, np.ones(len(over.weights)), "even")
    ratio = over.weights / under.weights
    return Shape(over.first, ratio / ratio.mean(), over.basis)


def day_level(
    values: Sequence[float] | Array,
    first: date,
    period: Period,
    stretches: Sequence[Stretch] = (),
    *,
    others: Sequence[Array] = (),
) -> Shape:
    """What each day of the period is expected to be, in any unit, for `sum_of` and `ratio_of`; arguments as `sum_shape`."""
    known = np.asarray(values, float)
    if period.first < first:
        raise GoldloopError(
            "shape_before",
            "A shape is learned from days before it.",
            given=str(period.first),
            allowed=f"{first} or later",
            first=str(first),
        )
    if _enough(known):
        basis: Basis = "own"
    else:
        usable = [np.asarray(one, float) / np.nanmean(one) for one in others if _enough(np.asarray(one, float))]
        if not usable:
            return Shape(period.first, np.ones(period.days), "even")
        stacked = np.stack([_long(one, max(map(len, usable))) for one in usable])
        count = np.isfinite(stacked).sum(axis=0)
        known, basis = np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan), "pooled"
    offset = (period.first - first).days
    days = max(len(known), offset + period.days)
    made = _calendar(first, days, tuple(stretches), len(known))
    level = fit(_long(known, days), made).expected(made.rows[offset : offset + period.days])
    return Shape(period.first, level, basis)


@lru_cache(maxsize=4)
def _calendar(first: date, days: int, stretches: tuple[Stretch, ...], known: int) -> Calendar:
    """The calendar that all figures of a store, and stores with the same events, have in common."""
    return calendar(first, days, stretches, known=known)


def _enough(values: Array) -> bool:
    return int(np.isfinite(values).sum()) >= LEAST_DAYS and float(np.nansum(values)) > 0


def _long(values: Array, days: int) -> Array:
    return np.r_[values, np.full(days - len(values), np.nan)]
