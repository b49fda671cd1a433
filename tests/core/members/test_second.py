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


def test_none_and_all_are_no_certainties() -> None:
    """By hand: of 22 who were seen and did not buy, a share of 10 % would have shown itself with 90 % chance, 0.9^22 = 0.098."""
    nobody = second_curve(np.array([5, 30]), np.array([False, False]), np.array([3, 22]))
    assert nobody.at(30)[:2] == (0.0, 0.0) and 0.9**22 < 0.1 < 0.9**21
    assert nobody.at(30)[2] == pytest.approx(1 - 0.1 ** (1 / 22)) and 0.09 < nobody.at(30)[2] < 0.10
    assert nobody.at(4)[2] == pytest.approx(1 - 0.1 ** (1 / 25))
    everybody = second_curve(np.array([7]), np.array([True]), np.array([22]))
    assert everybody.at(7) == (1.0, pytest.approx(0.1 ** (1 / 22)), 1.0)
    one_by_one = second_curve(np.array([3, 9]), np.array([True, True]), np.array([1, 1]))
    assert one_by_one.at(9) == (1.0, one_by_one.at(3)[1], 1.0) and 0 < one_by_one.at(9)[1] < 0.5


@pytest.mark.parametrize("share", [0.004, 0.02, 0.05, 0.08])
def test_intervals_of_rare_purchases_hold_the_truth(share: float) -> None:
    """With 30 customers of whom some were not seen long, the truth lies above the upper end in at most 10 %, when it is there."""
    rng, rate = np.random.default_rng(7), 1 - (1 - share) ** (1 / 31)
    above, inside, none, runs = 0, 0, 0, 3000
    for _ in range(runs):
        wait, seen = rng.geometric(rate, 40) - 1, np.where(np.arange(40) < 30, 60, rng.integers(0, 30, 40))
        curve = second_curve(np.minimum(wait, seen), wait <= seen, np.ones(40, int))
        low, high = curve.at(30)[1:]
        above += high < share
        inside += low <= share <= high
        none += curve.share[30] == 0
    assert above / runs <= 0.1 + 3 * (0.1 * 0.9 / runs) ** 0.5
    assert inside / runs >= 0.8 - 3 * (0.8 * 0.2 / runs) ** 0.5
    short = np.mean((1 - rate) ** np.arange(1, 31)) ** 10  # nobody of the ten who were not seen long
    assert none / runs == pytest.approx((1 - share) ** 30 * short, abs=0.03)  # the case is a frequent one


def test_no_customers_have_no_curve() -> None:
    with pytest.raises(GoldloopError):
        second_curve(np.array([], int), [], np.array([], int))
