"""Pace by any shape: plans and needs sum exactly, and a shortfall is proposed, never imposed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.pace import PaceError, needed_ratio, pace, respread

SHAPES = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-3)


@given(st.integers(1, 10**12), SHAPES, st.integers(0, 10**12), st.data())
def test_plans_and_needs_sum_exactly(target, shape, done, data):
    elapsed = data.draw(st.integers(0, len(shape)))
    now = pace(target, done, shape, elapsed=elapsed)
    assert sum(now.by_day) == target and now.due == sum(now.by_day[:elapsed])
    assert sum(now.needed) == (now.left if elapsed < len(shape) else 0)
    proposal = respread(now)
    assert proposal.was == now.by_day[elapsed:] and sum(proposal.added) + proposal.missing == max(
        0, now.left - sum(proposal.was)
    )


@given(st.integers(1, 10**9), SHAPES, st.floats(1, 2), st.data())
def test_no_day_is_raised_above_the_limit(target, shape, most, data):
    elapsed = data.draw(st.integers(0, len(shape) - 1))
    proposal = respread(pace(target, 0, shape, elapsed=elapsed), most=most)
    assert all(0 <= a <= w * (most - 1) + 1e-6 for w, a in zip(proposal.was, proposal.added, strict=True))
    room = sum(int(w * Fraction(most)) - w for w in proposal.was)  # in floats 1.9999999999999998 would leave room for 1
    assert proposal.missing >= 0 and (proposal.missing == 0 or sum(proposal.added) == room)


def test_completion_against_time():
    now = pace(240_000_000, 98_400_000, [1] * 30, elapsed=13)
    assert (round(now.completion, 2), round(now.time, 4), round(now.calendar, 4)) == (0.41, 0.4333, 0.4333)
    assert (
        now.ahead == -5_600_000 and round(now.needed_rate or 0, 4) == 1.0412 and round(now.run_rate or 0, 4) == 0.9462
    )
    assert pace(10, 0, [0, 1], elapsed=1).run_rate is None and pace(10, 3, [1, 0], elapsed=1).needed_rate is None
    assert pace(10, 12, [1, 1], elapsed=1).left == 0


def test_what_drivers_of_the_rest_need():
    assert needed_ratio((100, 10), (40, 10)) is None and needed_ratio((100, 10), (120, 5)) == 0


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ((0, 0, [1]), "pace_target"), ((-5, 0, [1]), "pace_target"), ((1, 0, []), "pace_shape"), ((1, 0, [0, 0]), "pace_shape"),
        ((1, 0, [1, -1]), "pace_shape"), ((1, 0, [1, float("nan")]), "pace_shape"),
    ],
)  # fmt: skip
def test_bad_targets_and_shapes_are_refused(given_, code):
    with pytest.raises(PaceError) as caught:
        pace(*given_, elapsed=0)
    assert caught.value.code == code


def test_other_bad_input_is_refused():
    for code, call in (
        ("pace_days", lambda: pace(1, 0, [1], elapsed=2)),
        ("pace_limit", lambda: respread(pace(1, 0, [1], elapsed=0), most=0.5)),
        ("pace_limit", lambda: respread(pace(2, 0, [1, 1], elapsed=1), most=float("inf"))),
    ):
        with pytest.raises(PaceError) as caught:
            call()
        assert caught.value.code == code
