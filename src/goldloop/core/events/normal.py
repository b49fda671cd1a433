"""What days would have been without an event (日销): the last same weekdays outside everything that bends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Array = NDArray[np.float64]
Days = NDArray[np.int64]

SAME_WEEKDAYS, LEAST_WEEKDAYS = 8, 4  # figures.md section 3
WEEKS_BACK = 26
YEAR_OF_WEEKS = 364
BASES = ("weekdays", "model", "last_year", "none")  # in the order in which they are tried


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal value of some days, in the unit of the values; NaN where none can be told.

    `basis` per day, as a position in `BASES`: weekdays (the rule), model or last_year (fewer than 4 such weekdays), none.
    `like` per day: how many weekdays it is told from. `spread` is the standard deviation of one ordinary day around its
    own normal value, as a share of it, `level` that of whole weeks beyond what single days would make of them (None below
    4 such weeks).
    """

    values: Array
    basis: Days
    like: Days
    spread: float | None
    level: float | None


def normal(
    values: Sequence[float] | Array,
    bent: Sequence[bool] | NDArray[np.bool_],
    days: Sequence[int] | Days,
    *,
    before: int | None = None,
    model: Sequence[float] | Array | None = None,
) -> Normal:
    """The normal value of the days at positions `days` of consecutive daily `values` (NaN where unknown, any unit).

    The mean of the last 8 same weekdays of 26 weeks before the day that are not `bent` (event, warm-up, pre-sale, 7 days
    after, festival); with `before` only days before that position count, so that an event never judges itself. Fewer than
    4: `model` (one value per day), else the same weekday 52 weeks before, if that was not bent. `days` may lie beyond the
    end of `values`.

    >>> week = [100.0, 90, 90, 95, 110, 150, 140]
    >>> found = normal(week * 10 + [900.0] * 7, [False] * 70 + [True] * 7, range(70, 77), before=70)
    >>> found.values.tolist(), found.like.tolist()
    ([100.0, 90.0, 90.0, 95.0, 110.0, 150.0, 140.0], [8, 8, 8, 8, 8, 8, 8])
    """
    usual, asked = _usual(values, bent), np.asarray(days, np.int64)
    limit = len(usual) if before is None else before
    mean, _, like = _same(usual, asked, asked - np.minimum(asked, limit), -1, SAME_WEEKDAYS)
    basis = np.where(like >= LEAST_WEEKDAYS, 0, 3)
    found = np.where(basis == 0, mean, np.nan)
    second = np.full(len(asked), np.nan) if model is None else _at(np.asarray(model, float), asked)
    for number, value in ((1, second), (2, _at(usual, asked - YEAR_OF_WEEKS))):
        use = (basis == 3) & np.isfinite(value)
        found, basis = np.where(use, value, found), np.where(use, number, basis)
    return Normal(found, basis, like, *_spread(usual, limit))


def normal_between(
    values: Sequence[float] | Array,
    bent: Sequence[bool] | NDArray[np.bool_],
    days: Sequence[int] | Days,
    *,
    before: int,
    after: int,
) -> Normal:
    """The normal value of days that have ordinary days on both sides: neither season nor growth is then left over.

    A straight line, for each day, from the mean of the last 4 same weekdays not `bent` before position `before` to the
    mean of the first 4 from position `after` on, by the mean position of either. NaN (basis none) where one of the sides
    has fewer than 4. Otherwise as `normal`.

    >>> values = [float(day) for day in range(100)]
    >>> normal_between(values, [False] * 100, [50, 51], before=47, after=54).values.tolist()
    [50.0, 51.0]
    """
    usual, asked = _usual(values, bent), np.asarray(days, np.int64)
    low, low_at, low_like = _same(usual, asked, asked - before, -1, LEAST_WEEKDAYS)
    high, high_at, high_like = _same(usual, asked, after - 1 - asked, 1, LEAST_WEEKDAYS)
    good = np.minimum(low_like, high_like) >= LEAST_WEEKDAYS
    part = (asked - low_at) / np.maximum(high_at - low_at, 1)
    found = np.where(good, low + (high - low) * part, np.nan)
    return Normal(found, np.where(good, 0, 3), low_like + high_like, *_spread(usual, before))


def _usual(values: Sequence[float] | Array, bent: Sequence[bool] | NDArray[np.bool_]) -> Array:
    known, out = np.asarray(values, float), np.asarray(bent, bool)
    if known.ndim != 1 or known.shape != out.shape:
        raise GoldloopError("normal_shape", "One value and one mark per day are needed.", given=[known.size, out.size])
    return np.where(out, np.nan, known)


def _same(usual: Array, asked: Days, apart: Days, side: int, most: int) -> tuple[Array, Array, Days]:
    """Of each day the mean of its nearest `most` usable same weekdays on one side (-1 before), their mean position, and
    how many they are; only days more than `apart` away count, and none further than 26 weeks beyond that.
    """
    weeks = np.maximum(apart, 0) // 7
    steps = weeks[:, None] + np.arange(1, WEEKS_BACK + 1)[None, :]
    at = asked[:, None] + side * 7 * steps
    value = _at(usual, at)
    usable = np.isfinite(value)
    usable &= np.cumsum(usable, axis=1) <= most
    like = usable.sum(axis=1)
    count = np.maximum(like, 1)
    return np.where(usable, value, 0.0).sum(axis=1) / count, np.where(usable, at, 0).sum(axis=1) / count, like


def _at(values: Array, positions: Days) -> Array:
    if not len(values):
        return np.full(positions.shape, np.nan)
    inside = (positions >= 0) & (positions < len(values))
    return np.where(inside, values[np.clip(positions, 0, len(values) - 1)], np.nan)


def _spread(usual: Array, before: int) -> tuple[float | None, float | None]:
    """How far ordinary days and weeks of the 26 weeks before lie from their own normal value, as shares."""
    last = max(before, 0)
    weeks = min(WEEKS_BACK, last // 7)
    days = np.arange(last - 7 * weeks, last)
    mean, _, like = _same(usual, days, np.zeros_like(days), -1, SAME_WEEKDAYS)
    good = np.isfinite(_at(usual, days)) & (like >= LEAST_WEEKDAYS) & (mean > 0)
    miss = np.where(good, usual[days] / np.where(good, mean, 1.0) - 1, 0.0).reshape(weeks, 7)
    count = good.reshape(weeks, 7).sum(axis=1)
    whole = count >= LEAST_WEEKDAYS
    if whole.sum() < LEAST_WEEKDAYS:
        return None, None
    day = float((miss**2).sum() / count.sum())
    week = float(((miss.sum(axis=1)[whole] / count[whole]) ** 2).mean())
    return sqrt(day), sqrt(max(week - day / 7, 0.0))
