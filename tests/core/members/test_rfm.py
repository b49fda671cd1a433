"""Scores, groups and movement against plain loops over the same definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.members.rfm import GROUPS, HIGH, NAMES, NONE, Bands, grouped, moved, quantile_bands

buyer = st.tuples(st.integers(0, 400), st.integers(1, 9), st.integers(0, 500))


@given(st.lists(buyer, min_size=1, max_size=60))
def test_a_quantile_score_is_the_fifths_of_people_who_are_strictly_worse(buyers) -> None:
    recency, frequency, amount = np.array(buyers).T
    scores = quantile_bands(recency, frequency, amount).scores(recency, frequency, amount)
    for values, found in ((-recency, scores[0]), (frequency, scores[1]), (amount, scores[2])):
        assert found.tolist() == [1 + 5 * int((values < value).sum()) // len(values) for value in values]


@given(st.lists(buyer, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_every_buyer_has_one_group(buyers, dice) -> None:
    def named(some):
        columns = np.array(some).T
        return dict(zip(some, grouped(quantile_bands(*columns).scores(*columns)).tolist(), strict=True))

    shuffled = dice.sample(buyers, len(buyers))
    assert named(buyers) == named(shuffled)
    assert all(0 <= group < len(NAMES) for group in named(buyers).values())


def test_groups_are_named_by_what_is_high() -> None:
    for (m, r, f), name in GROUPS.items():
        scores = tuple(np.array([HIGH if high else HIGH - 1]) for high in (r, f, m))
        assert NAMES[grouped(scores)[0]] == name


@given(st.lists(st.tuples(st.integers(0, NONE), st.integers(0, NONE)), max_size=50))
def test_movement_loses_nobody(pairs) -> None:
    before, after = np.array(pairs, np.int64).reshape(-1, 2).T
    table = moved(before, after)
    assert table.sum() == len(pairs)
    assert table.sum(axis=1).tolist() == [int((before == k).sum()) for k in range(NONE + 1)]
    assert all(table[i, k] >= 1 for i, k in pairs)


@pytest.mark.parametrize("bands", [((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)), ((4, 3, 2, 1), (1, 2, 3), (1, 2, 3, 4))])
def test_bounds_in_the_wrong_order_are_refused(bands) -> None:
    with pytest.raises(GoldloopError, match="not four numbers"):
        Bands(*bands)
