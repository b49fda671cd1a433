"""Kaplan-Meier with Greenwood's interval: a published example, plain loops, and coverage where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.members.second import NORMAL, second_curve

row = st.tuples(st.integers(0, 40), st.booleans(), st.integers(1, 5))


def test_remission_times_of_freireich_are_those_of_the_text_books() -> None:
    """The 21 patients on 6-mercaptopurine: survival and Greenwood's standard errors as printed everywhere."""
    again = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    open_ones = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    days = np.array(again + open_ones)
    curve = second_curve(days, np.arange(21) < len(again), np.ones(21, int))
    assert (1 - curve.share[[6, 7, 10, 13, 16, 22, 23]]).round(4).tolist() == [
        0.8571,
        0.8067,
        0.7529,
        0.6902,
        0.6275,
        0.5378,
        0.4482,
    ]
    left, error = 0.8571, 0.0764  # at day 6
    width = np.exp(NORMAL * error / left / abs(np.log(left)))
    assert curve.at(6) == pytest.approx((1 - left, 1 - left ** (1 / width), 1 - left**width), abs=2e-4)


@given(st.lists(row, min_size=1, max_size=40))
def test_the_curve_is_what_a_loop_over_days_gives(rows) -> None:
    days, again, count = (np.array(column) for column in zip(*rows, strict=True))
    curve = second_curve(days, again, count)
    left = 1.0
    for day in range(int(days.max()) + 1):
        at_risk = int(count[days >= day].sum())
        left *= 1 - int(count[(days == day) & again].sum()) / at_risk
        assert curve.share[day] == pytest.approx(1 - left, abs=1e-12) and curve.at_risk[day] == at_risk
    assert (np.diff(curve.share) >= -1e-12).all()
    assert (
        (curve.low + 1e-12 >= 0)
        & (curve.low <= curve.share + 1e-12)
        & (curve.share <= curve.high + 1e-12)
        & (curve.high <= 1)
    ).all()


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_with_everybody_seen_to_the_end_it_is_the_plain_share(days) -> None:
    curve = second_curve(np.array([*days, 30]), np.array([True] * len(days) + [False]), np.ones(len(days) + 1, int))
    assert curve.at(15)[0] == pytest.approx(sum(day <= 15 for day in days) / (len(days) + 1))


def test_eighty_percent_intervals_hold_the_truth() -> None:
    rng, inside = np.random.default_rng(6), 0
    for _ in range(300):
        wait, seen = rng.geometric(0.01, 200), rng.integers(20, 120, 200)
        low, high = second_curve(np.minimum(wait, seen), wait <= seen, np.ones(200, int)).at(60)[1:]
        inside += low <= 1 - 0.99**60 <= high
    assert 0.74 <= inside / 300 <= 0.86


def test_no_customers_have_no_curve() -> None:
    with pytest.raises(GoldloopError):
        second_curve(np.array([], int), [], np.array([], int))
