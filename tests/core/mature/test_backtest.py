"""Expectations of a shop whose truth is known: small errors, no bias, intervals that hold as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from tests.core.mature.made import settled_by, shop

from goldloop.core.mature import HORIZON, Case, Curve, Past, Spread, backtest, score, to_come

END = 559


@pytest.mark.parametrize("swing", [0.0, 0.3])
def test_seven_day_old_expectations_against_final_net(swing: float) -> None:
    cohorts, _ = shop(3, days=END + 1, swing=swing)
    right = score(backtest(Past(cohorts), END, age=7, days=140))
    assert right is not None
    assert right.cases == 140
    assert right.week_error < 0.02  # chance alone makes 0.013
    assert right.week_error < 0.35 * right.week_naive
    assert right.error < 0.65 * right.naive
    assert abs(right.bias) < 0.15 * right.naive  # over many seeds 0; chance alone makes 0.06
    assert 0.70 <= right.inside <= 0.90


def test_an_expectation_knows_nothing_later_than_its_moment() -> None:
    cohorts, _ = shop(4, days=420)
    moment = 330
    whole, cut = Past(cohorts), Past(settled_by(cohorts, moment))
    curves = [past.curve(moment) for past in (whole, cut)]
    assert all(isinstance(curve, Curve) for curve in curves)
    here = cohorts.day <= moment
    ahead = [to_come(past.cohorts, past.curve(moment))[here] for past in (whole, cut)]
    assert np.allclose(*ahead)
    sure = [past.spread(moment) for past in (whole, cut)]
    assert sure[0] is not None and sure[1] is not None
    assert sure[0].bounds(5e4, 1e6) == pytest.approx(sure[1].bounds(5e4, 1e6))


def test_days_without_enough_before_them_are_no_cases() -> None:
    cohorts, _ = shop(5, days=200)
    cases = backtest(Past(cohorts), 199, age=7, days=400)
    assert cases
    assert cases[0].day >= HORIZON
    assert cases[-1].day == 199 - HORIZON
    assert score(backtest(Past(cohorts), 60, age=7)) is None
    assert Past(cohorts).spread(30) is None


def test_without_experience_the_normal_law_stands_in() -> None:
    none = np.zeros(0)
    low, high = Spread(100.0, 0.0, none, none).bounds(10_000.0, 1e9)
    assert (low, high) == pytest.approx((10_000 - 1281.55, 10_000 + 1281.55), abs=0.01)
    assert Spread(100.0, 0.0, none, none).bounds(0.0, 0.0) == (0.0, 0.0)
    assert Spread(1e9, 0.0, none, none).bounds(10.0, 12.0) == (0.0, 12.0)


def test_the_interval_holds_the_expectation_and_widens_with_it() -> None:
    cohorts, _ = shop(6, days=500)
    sure = Past(cohorts).spread(499)
    assert sure is not None
    before = 0.0
    for expected in (1e3, 1e4, 1e5, 1e6):
        low, high = sure.bounds(expected, 1e12)
        assert 0 <= low <= expected <= high
        assert high - low > before
        before = high - low


def test_a_score_of_nothing_sold_is_none() -> None:
    assert score([]) is None
    assert score([Case(0, 0.0, 0.0, 0.0, 0.0, 0.0)]) is None
