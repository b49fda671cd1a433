"""Trends: published numbers, agreement with another implementation, and how rarely noise is called one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, theilslopes

from goldloop.core.errors import GoldloopError
from goldloop.core.trend import LEAST, trend

VALUES = st.lists(st.integers(-50, 50).map(float), min_size=LEAST, max_size=30)


@given(VALUES)
def test_the_slope_is_theil_and_sen_s(values: list[float]) -> None:
    assert np.isclose(trend(values).slope, theilslopes(values).slope)


@given(VALUES, st.floats(0.1, 100), st.floats(-1e3, 1e3))
def test_chance_hangs_on_ranks_only(values: list[float], scale: float, shift: float) -> None:
    one, other = trend(values), trend(np.array(values) * scale + shift)
    assert one.chance == other.chance and np.isclose(other.slope, one.slope * scale)
    assert trend(values[::-1]).chance == one.chance


def test_the_chance_is_near_the_exact_one() -> None:
    values = [3.0, 1, 4, 2, 5, 7, 6, 9, 8, 10, 12, 11]
    exact = kendalltau(np.arange(12), values, method="exact").pvalue
    assert exact < trend(values).chance < exact + 1e-3  # a little more careful


def test_noise_is_rarely_called_a_trend() -> None:
    rng = np.random.default_rng(5)
    called = sum(trend(rng.normal(0, 1, 12)).chance < 0.01 for _ in range(4000))
    assert called / 4000 < 0.012


def test_short_and_empty_series_have_none() -> None:
    assert trend([1.0] * (LEAST - 1)) is None
    assert trend([1.0, np.nan] * (LEAST - 1)) is None
    assert trend([4.0] * 12).chance == 1.0 and trend([4.0] * 12).slope == 0
    with pytest.raises(GoldloopError):
        trend([[1.0, 2.0]])  # type: ignore[list-item]
