"""Shapes: weights of a target's days, learned, pooled or even, for sums and for ratios."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.core.forecast.series import FIRST, LIFT, SPRING, STRETCHES, series

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.forecast import ratio_shape, sum_shape

LAST = date(2026, 1, 9)
YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))


def test_a_year_s_weights_know_the_festival() -> None:
    made = sum_shape(series(LAST, noise=0.05, seed=2), FIRST, YEAR, STRETCHES)
    weights = made.by_day()
    assert made.basis == "own" and len(weights) == 365 and sum(weights.values()) == pytest.approx(1)
    at = SPRING[5]
    around = [weights[at.fromordinal(at.toordinal() + k)] for k in range(LIFT[2][0], LIFT[2][1] + 1)]
    assert np.mean(around) < 0.55 * np.mean(list(weights.values()))


def test_few_days_take_the_shape_of_other_stores() -> None:
    other = series(LAST, noise=0.05, seed=2)
    own = np.full(len(other), np.nan)
    own[-3:] = 5.0
    made = sum_shape(own, FIRST, YEAR, STRETCHES, others=[other * 70, other * 0.1])
    assert made.basis == "pooled"
    assert np.allclose(made.weights, sum_shape(other, FIRST, YEAR, STRETCHES).weights, rtol=1e-3)


def test_nothing_is_split_evenly_and_says_so() -> None:
    made = sum_shape([], FIRST, YEAR)
    assert made.basis == "even" and np.allclose(made.weights, 1 / 365)


def test_a_ratio_lies_around_its_mean() -> None:
    visitors = series(LAST, noise=0.05, seed=2)
    buyers = visitors * np.where(np.arange(len(visitors)) % 7 == 3, 0.06, 0.03)
    made = ratio_shape(buyers, visitors, FIRST, Period(date(2026, 2, 2), date(2026, 2, 15)), STRETCHES)
    high = [(date(2026, 2, 2) - FIRST).days + n for n in range(14)]
    assert made.weights.mean() == pytest.approx(1)
    assert np.mean([w for n, w in zip(high, made.weights, strict=True) if n % 7 == 3]) > 1.6
    assert ratio_shape(buyers, [], FIRST, YEAR).basis == "even"


def test_a_shape_is_not_learned_from_later_days() -> None:
    with pytest.raises(GoldloopError) as refused:
        sum_shape([1.0] * 90, date(2026, 1, 1), Period(date(2025, 1, 1), date(2025, 1, 31)))
    assert refused.value.code == "shape_before"
