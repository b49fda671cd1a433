"""The plain forecasts, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast import seasonal_naive, theta

VALUES = st.lists(st.floats(1, 1e4), min_size=4, max_size=40)


@given(VALUES, st.integers(1, 20))
def test_the_same_as_a_season_before(values, ahead) -> None:
    found = seasonal_naive(values, ahead, season=4)
    assert found.tolist() == (values[-4:] * 5)[:ahead]


@given(VALUES, st.floats(0.1, 100))
def test_theta_scales_with_its_values(values, scale) -> None:
    assert np.allclose(theta(np.array(values) * scale, 5), theta(values, 5) * scale, rtol=1e-6)


def test_theta_is_flat_on_a_flat_series() -> None:
    assert np.allclose(theta([7.0] * 20, 3), 7.0)


def test_theta_keeps_a_clear_season() -> None:
    week = np.array([100.0, 90, 90, 95, 110, 150, 140])
    assert np.allclose(theta(np.tile(week, 8), 7, season=7), week, rtol=0.02)


def test_theta_follows_half_the_slope() -> None:
    steps = np.diff(theta(np.arange(50.0) * 4 + 100, 5))
    assert np.allclose(steps, 2.0)


def test_nothing_known_gives_nothing() -> None:
    assert np.isnan(theta([np.nan, np.nan], 2)).all() and np.isnan(seasonal_naive([1.0], 2, season=7)).all()


def test_a_forecast_of_no_day_is_refused() -> None:
    with pytest.raises(GoldloopError, match="at least one value"):
        theta([1.0, 2.0], 0)
