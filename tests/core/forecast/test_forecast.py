"""The forecast as a whole: its back-test is shown, the worst is not used, intervals hold what they promise, time is kept."""

from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pytest
from tests.core.forecast.series import FIRST, STRETCHES, series

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast import Forecast, forecast, misses, pace
from goldloop.core.forecast.backtest import Fold, judged

LAST = date(2026, 1, 9)
WEEK = [100.0, 90, 90, 95, 110, 150, 140]


@pytest.fixture(scope="module")
def found() -> Forecast:
    return forecast(series(LAST, noise=0.08, seed=3), FIRST, 30, STRETCHES)


def test_the_back_test_is_always_there(found) -> None:
    assert {one.name for one in found.methods} == {"calendar", "last_year", "theta"}
    assert len(found.tests) == 12 and found.tests[-1].first + timedelta(days=30) == found.first == LAST + timedelta(
        days=1
    )
    assert all(set(one.made) == {"calendar", "last_year", "theta"} for one in found.tests)


def test_the_worst_is_never_used(found) -> None:
    worst = max(found.methods, key=lambda one: one.total_error)
    assert worst.weight == 0 and sum(one.weight for one in found.methods) == pytest.approx(1)
    assert min(found.methods, key=lambda one: one.total_error).weight == 1


def test_a_test_knows_nothing_later() -> None:
    """Changing the last 30 days changes no earlier test."""
    values = series(LAST, noise=0.08, seed=3)
    other = values.copy()
    other[-30:] *= 5
    one, two = (forecast(v, FIRST, 30, STRETCHES).tests for v in (values, other))
    assert [t.made["calendar"] for t in one] == [t.made["calendar"] for t in two]


def test_the_untested_last_year_shares() -> None:
    folds = [Fold(100, 2, {"calendar": np.ones(2), "theta": np.full(2, 3.0)}, np.ones(2))]
    weights = {one.name: one.weight for one in judged(folds, ("calendar", "last_year", "theta"))}
    assert weights == {"calendar": 0.5, "last_year": 0.5, "theta": 0.0}


def test_intervals_hold_what_they_promise() -> None:
    """80 % intervals hold 70 to 90 % of totals and days, over stores with known noise."""
    tests = [t for seed in range(6) for t in forecast(series(LAST, noise=0.15, seed=seed), FIRST, 30, STRETCHES).tests]
    told = [t for t in tests if t.low is not None]
    assert 0.70 <= np.mean([t.days_inside for t in told]) <= 0.90
    assert np.mean([t.low <= t.actual <= t.high for t in told]) >= 0.70  # no level error was put in: it may be careful


def test_ten_thousand_paths_take_less_than_a_second(found) -> None:
    started = time.process_time()
    ways = found.paths(seed=1)
    assert ways.shape == (10_000, 30) and time.process_time() - started < 1
    assert (ways == found.paths(seed=1)).all()
    assert abs(np.median(ways.sum(axis=1)) / found.expected.sum() - 1) < 0.02


def test_chances_are_calibrated(found) -> None:
    """A target at the 30 % point of the paths has a chance of 70 %, and chances fall with the target."""
    ways = found.paths(seed=1)
    at = np.quantile(ways.sum(axis=1), 0.3)
    chances = [pace(t, [], found.expected, found.expected, ways=ways).chance for t in (0.8 * at, at, 1.2 * at)]
    assert chances[1] == pytest.approx(0.7, abs=0.001) and chances == sorted(chances, reverse=True)


def test_quotas_sum_to_the_target(found) -> None:
    shape = np.r_[np.ones(10) * 900, found.expected]
    standing = pace(50_000.0, np.full(10, 1000.0), found.expected, shape, ways=found.paths(seed=1))
    assert standing.done + standing.needed.sum() == pytest.approx(50_000)
    assert standing.due == pytest.approx(50_000 * 9000 / shape.sum())
    assert standing.needed[3] / standing.needed[4] == pytest.approx(found.expected[3] / found.expected[4])


def test_a_period_that_is_over_was_reached_or_not() -> None:
    assert pace(10.0, [6.0, 5.0], [], [1.0, 1.0]).chance == 1.0
    assert pace(12.0, [6.0, 5.0], [], [1.0, 1.0]).chance == 0.0


def test_no_misses_are_careful() -> None:
    assert misses([], np.zeros(0, bool)).level >= 0.1


@pytest.mark.parametrize("days", [1, 55])
def test_few_days_are_even_and_without_a_chance(days) -> None:
    found = forecast((WEEK * 8)[:days], FIRST, 7)
    assert found.basis == "even" and found.paths(seed=1) is None and len(set(found.expected)) == 1


@pytest.mark.parametrize(
    ("values", "ahead", "code"),
    [([], 7, "forecast_empty"), ([0.0] * 90, 7, "forecast_empty"), (WEEK, 0, "forecast_days")],
)
def test_nothing_to_learn_from_is_refused(values, ahead, code) -> None:
    with pytest.raises(GoldloopError) as refused:
        forecast(values, FIRST, ahead)
    assert refused.value.code == code


@pytest.mark.parametrize("target", [0.0, -1.0, float("nan")])
def test_a_target_is_above_zero(target) -> None:
    with pytest.raises(GoldloopError) as refused:
        pace(target, [1.0], [1.0], [1.0, 1.0])
    assert refused.value.code == "target_bad"
