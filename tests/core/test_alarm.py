"""When an alarm opens, stays and clears: properties of the limits and of the state machine."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.alarm import CLEARS, MOST, OPENS, excess, turn

VALUES = st.floats(-1e6, 1e6)
WIDTHS = st.floats(0, 1e6)
BEYOND = st.floats(-5, 5)
SIDES = st.sampled_from([None, "down", "up"])


@given(VALUES, VALUES, WIDTHS, WIDTHS, st.floats(0, 3), st.floats(0, 1e5))
def test_every_limit_must_be_passed(value, expected, below, above, rate, amount) -> None:
    low, high = expected - below, expected + above
    found = excess(value, expected, low, high, rate=rate, amount=amount)
    away = value - expected
    assert -MOST <= found <= MOST and found * away >= 0
    if abs(found) > OPENS + 1e-9:
        assert value < low or value > high or low == expected or high == expected
        assert abs(away) > amount * (1 - 1e-9) and abs(away) > rate * abs(expected) * (1 - 1e-9)


@given(VALUES, VALUES, WIDTHS, WIDTHS)
def test_only_the_watched_direction_rings(value, expected, below, above) -> None:
    ends = value, expected, expected - below, expected + above
    both, down, up = (excess(*ends, direction=d) for d in ("both", "down", "up"))
    assert both == down + up and down <= 0 <= up


@given(SIDES, BEYOND)
def test_the_same_day_again_changes_nothing(side, beyond) -> None:
    once = turn(side, beyond)
    assert turn(once, beyond) == once


@given(SIDES, st.lists(BEYOND, max_size=30))
def test_an_alarm_opens_beyond_the_limit_and_clears_well_inside_it(side, days) -> None:
    for beyond in days:
        before, side = side, turn(side, beyond)
        if side is not None and side != before:
            assert abs(beyond) > OPENS
        if before is not None and side is None:
            assert abs(beyond) < CLEARS or (beyond < 0) != (before == "down")
        if side is not None:
            assert (beyond < 0) == (side == "down")


@given(st.lists(st.floats(-OPENS, OPENS), max_size=30))
def test_nothing_inside_the_limits_ever_rings(days) -> None:
    side = None
    for beyond in days:
        side = turn(side, beyond)
        assert side is None


@given(st.lists(st.floats(CLEARS, 5), min_size=1, max_size=30))
def test_what_stays_out_is_one_alarm(days) -> None:
    side, opened = None, 0
    for beyond in days:
        before, side = side, turn(side, beyond)
        opened += side is not None and before is None
    assert opened == (max(days) > OPENS)


@pytest.mark.parametrize("value", [0.0, 79.9, 80.0, 100.0, 120.0, 130.0])
def test_a_value_at_the_end_of_its_interval_is_inside(value: float) -> None:
    found = excess(value, 100.0, 80.0, 120.0)
    assert (turn(None, found) is not None) == (value < 80 or value > 120)
    assert math.copysign(1, found) == (1 if value >= 100 else -1)
