"""The calendar regression: it finds what was put in, believes no noise, and takes days without sales as they are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.core.forecast.series import FIRST, LIFT, SPRING, STRETCHES, series

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast import seasonal_naive
from goldloop.core.forecast.features import Stretch, calendar
from goldloop.core.forecast.regression import fit

LAST, AHEAD = date(2026, 1, 9), 60  # the festival of 2026 is ahead, 19 days later than the year before


@pytest.mark.parametrize("seed", range(3))
def test_a_moving_festival_is_found_and_foretold(seed: int) -> None:
    every = series(date(2026, 3, 10), noise=0.03, seed=seed)
    known = (LAST - FIRST).days + 1
    made = calendar(FIRST, known + AHEAD, STRETCHES, known=known)
    found = fit(np.r_[every[:known], np.full(AHEAD, np.nan)], made)
    festival = [n for n, group in enumerate(made.group) if made.groups[group].startswith("festival")]
    lift = np.exp(made.rows[:, festival] @ found.beta[festival])
    at = (SPRING[4] - FIRST).days
    for low, high, truth in LIFT:
        assert abs(lift[at + low : at + high + 1].mean() / truth - 1) < 0.05
    came = every[known : known + AHEAD]
    missed = np.abs(found.expected(made.rows)[known:] - came).sum()
    naive = np.abs(seasonal_naive(every[:known], AHEAD, season=364) - came).sum()
    assert missed <= 0.8 * naive


def test_the_lunar_dates_moved_far_enough() -> None:
    turns = [day.timetuple().tm_yday for day in SPRING[2:5]]
    assert all(abs(one - other) >= 10 for one, other in zip(turns, turns[1:], strict=False))


def test_noise_is_not_believed() -> None:
    rng = np.random.default_rng(4)
    values = rng.poisson(20, 400).astype(float)
    nothing = [Stretch("none", date(year, 6, 1), date(year, 6, 3), 5, 5) for year in (2023, 2024)]
    made = calendar(FIRST, 430, nothing, known=400)
    ahead = fit(np.r_[values, np.full(30, np.nan)], made).expected(made.rows)[400:]
    assert np.abs(ahead / values.mean() - 1).mean() < 0.08


def test_a_closed_weekday_stays_closed() -> None:
    values = np.array([10.0, 12, 11, 10, 14, 0, 0] * 20)
    made = calendar(date(2026, 1, 5), 147, known=140)
    ahead = fit(np.r_[values, np.full(7, np.nan)], made).expected(made.rows)[140:]
    assert ahead[5] < 1.5 and ahead[6] < 1.5 and abs(ahead[:5].sum() / 57 - 1) < 0.1


def test_totals_are_unbiased_inside_the_history() -> None:
    values = series(LAST, noise=0.08, seed=1)
    made = calendar(FIRST, len(values), STRETCHES, known=len(values))
    assert abs(fit(values, made).expected(made.rows).sum() / values.sum() - 1) < 1e-3


@pytest.mark.parametrize(
    ("values", "code"),
    [([np.nan] * 60, "forecast_empty"), ([0.0] * 60, "forecast_empty"), ([-1.0] + [5.0] * 59, "forecast_negative")],
)
def test_what_cannot_be_learned_from_is_refused(values, code) -> None:
    with pytest.raises(GoldloopError) as refused:
        fit(np.array(values), calendar(FIRST, 60, known=60))
    assert refused.value.code == code
