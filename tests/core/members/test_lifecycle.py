"""Limits from gaps, and states by them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import LEAST_GAPS, STATES, Limits, learned, stated


@given(st.lists(st.integers(1, 300), min_size=LEAST_GAPS, max_size=80))
def test_limits_are_the_days_by_which_so_many_gaps_were_over(gaps) -> None:
    values, counts = np.unique(gaps, return_counts=True)
    limits = learned(values[::-1], counts[::-1])
    assert limits is not None and limits.sleeping < limits.lost
    assert sum(gap <= limits.sleeping for gap in gaps) >= 0.80 * len(gaps) - 1e-9
    assert sum(gap < limits.sleeping for gap in gaps) < 0.80 * len(gaps)
    assert sum(gap <= limits.lost for gap in gaps) >= 0.95 * len(gaps) - 1e-9


def test_too_few_gaps_set_no_limits() -> None:
    assert learned(np.array([5]), np.array([LEAST_GAPS - 1])) is None
    assert learned(np.array([], int), np.array([], int)) is None


@given(st.integers(1, 9), st.integers(0, 500))
def test_everybody_has_one_state(purchases, since) -> None:
    state = STATES[int(stated(np.array([purchases]), np.array([since]), Limits(30, 90))[0])]
    wanted = "lost" if since > 90 else "sleeping" if since > 30 else {1: "new", 2: "repeat"}.get(purchases, "active")
    assert state == wanted


@pytest.mark.parametrize("limits", [(0, 5), (5, 5), (9, 5)])
def test_one_sleeps_before_one_is_lost(limits) -> None:
    with pytest.raises(GoldloopError, match="sleeps before"):
        Limits(*limits)
