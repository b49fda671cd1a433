"""Normal equations by blocks are those of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

from goldloop.core.forecast.arrow import arrow


@pytest.mark.parametrize("seed", range(8))
def test_blocks_solve_what_the_whole_matrix_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, common, few = 120, 5, int(rng.integers(0, 150))
    x = np.concatenate([rng.normal(size=(days, common)), np.zeros((days, few))], axis=1)
    for column in range(common, common + few):  # a few days each, some of them of several columns
        first = int(rng.integers(0, days - 4))
        x[first : first + int(rng.integers(1, 4)), column] = 1.0
    order = rng.permutation(common + few)
    x, local = x[:, order], (np.arange(common + few) >= common)[order]
    weight, ridge, right = rng.random(days) + 0.1, rng.random(common + few) + 0.5, rng.normal(size=common + few)
    found = arrow(x, local)
    assert sorted(np.concatenate([found.core_at, *(one.at for one in found.blocks)])) == list(range(common + few))
    whole = np.linalg.inv((x.T * weight) @ x + np.diag(ridge))
    solution, diagonal = found.solve(weight, ridge, right)
    assert np.allclose(solution, whole @ right, atol=1e-10) and np.allclose(diagonal, np.diag(whole), atol=1e-10)


def test_columns_that_share_days_through_others_stay_together() -> None:
    x = np.eye(60).repeat(3, axis=1)
    found = arrow(np.c_[np.ones(60), x], np.r_[False, np.full(180, True)])
    assert [len(one.at) for one in found.blocks] == [42, 42, 42, 42, 12]
    assert all(len(one.days) * 3 == len(one.at) for one in found.blocks)
