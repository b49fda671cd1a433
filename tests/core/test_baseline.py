"""What a day should have been: exact where the history is regular, unmoved by single bad days, silent where it is short."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.core.baseline import Baseline
from goldloop.core.errors import GoldloopError

WEEK = np.array([100.0, 90, 90, 95, 110, 150, 140])


def noisy(days: int, *, seed: int = 1, spread: float = 0.1, growth: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = (1 + growth) ** (np.arange(days) / 7)
    return np.resize(WEEK, days) * level * np.exp(rng.normal(0, spread, days))


def last(values, marks=None, width: float = 3.3):
    return Baseline(values, marks or [""] * len(values)).expected(len(values) - 1, width=width)


@settings(max_examples=25)
@given(st.floats(0.01, 1e9), st.integers(0, 100))
def test_the_unit_does_not_matter(scale: float, seed: int) -> None:
    values = noisy(210, seed=seed)
    one, other = last(values), last(values * scale)
    assert np.allclose([other.value, other.low, other.high], np.array([one.value, one.low, one.high]) * scale)


@settings(max_examples=40)
@given(st.integers(0, 100), st.integers(0, 200), st.floats(0, 100))
def test_one_bad_day_moves_neither_expectation_nor_interval_much(seed: int, at: int, factor: float) -> None:
    values = noisy(211, seed=seed)
    spoilt = values.copy()
    spoilt[at] *= factor
    one, other = last(values), last(spoilt)
    assert abs(other.value / one.value - 1) < 0.12
    assert 0.6 < (other.high - other.low) / (one.high - one.low) < 1.7


@settings(max_examples=15)
@given(st.floats(0, 1e6))
def test_a_day_never_judges_itself(value: float) -> None:
    values = noisy(200)
    changed = values.copy()
    changed[-1] = value
    assert last(values) == last(changed)


def test_growth_is_followed() -> None:
    values = noisy(250, spread=0.01, growth=0.02)
    assert abs(last(values).value / values[-1] - 1) < 0.06


def test_a_level_that_lasts_becomes_the_expectation() -> None:
    values = noisy(260, spread=0.02)
    values[-21:] *= 0.5
    found = last(values)
    assert found.low <= values[-1] <= found.high


@pytest.mark.parametrize(
    ("days", "reason"), [(10, "weekdays"), (28, "weekdays"), (30, "level"), (50, "interval"), (80, None)]
)
def test_a_short_history_says_so(days: int, reason: str | None) -> None:
    found = last(noisy(days))
    assert found.reason == reason
    assert (found.value is None) == (found.low is None) == (found.high is None) == (reason is not None)


def test_an_event_day_is_like_the_same_day_of_the_event_before() -> None:
    values, marks = noisy(900, spread=0.03), [""] * 900
    for year in range(3):
        for k in range(20):
            at = 100 + 365 * year + k
            values[at] *= 3 - 0.1 * k
            marks[at] = f"sale/{k}"
    found = Baseline(values, marks)
    day = found.expected(100 + 730 + 5, width=3.3)
    assert day.marked and day.like == (100 + 365 + 5, 100 + 5) and day.low < values[835] < day.high
    assert abs(day.value / values[835] - 1) < 0.15
    assert Baseline(values[:470], marks[:470]).expected(469, width=3.3).reason == "interval"
    assert Baseline(values[:110], marks[:110]).expected(109, width=3.3).reason == "partners"
    after = found.expected(100 + 730 + 25, width=3.3)  # ordinary days do not see the event
    assert abs(after.value / values[855] - 1) < 0.15


def test_ordinary_days_far_from_any_other_are_not_judged() -> None:
    values, marks = noisy(300), [""] * 300
    marks[250:297] = [f"sale/{k}" for k in range(47)]
    assert Baseline(values, marks).expected(298, width=3.3).reason == "level"


def test_unknown_days_are_left_out() -> None:
    values = noisy(250, spread=0.02)
    values[::9] = np.nan
    found = last(values)
    assert found.reason is None and abs(found.value / noisy(250, spread=0.02)[-1] - 1) < 0.1


def test_counts_that_are_often_zero_are_not_called_a_fall() -> None:
    found = last(np.random.default_rng(3).poisson(1.5, 250).astype(float))
    assert found.low == 0 and found.value > 0
    assert last(np.zeros(250)).reason == "zero"


def test_values_below_zero_are_compared_by_differences() -> None:
    values = noisy(250, spread=0.05) - 100
    found = last(values)
    assert found.reason is None and found.low < values[-1] < found.high
    shifted = last(values + 1e4 - 2e4)
    assert np.allclose([shifted.value, shifted.low, shifted.high], np.array([found.value, found.low, found.high]) - 1e4)


@settings(max_examples=15)
@given(st.floats(1.0, 5.0), st.floats(0.1, 2.0))
def test_a_wider_interval_holds_the_narrower(width: float, more: float) -> None:
    values = noisy(220)
    one, other = last(values, width=width), last(values, width=width + more)
    assert other.low <= one.low <= one.value <= one.high <= other.high and other.value == one.value


def test_values_and_marks_must_fit() -> None:
    with pytest.raises(GoldloopError) as caught:
        Baseline([1.0, 2.0], [""])
    assert caught.value.code == "baseline_shape"
