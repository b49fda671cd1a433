"""The members' task and its interval, and events that lose money to win buyers."""

from __future__ import annotations

import numpy as np
import pytest

from goldloop.core.owners import OwnersError, handover, investment


@pytest.mark.parametrize("spread", [0.0, 0.02])
def test_the_interval_holds_four_of_five_months(spread):
    rng = np.random.default_rng(11)
    inside, cases = 0, 600
    for _ in range(cases):
        sizes = rng.integers(200, 600, 13)
        rates = np.clip(rng.normal(0.15, spread, 13), 0.01, 0.5)
        again = rng.binomial(sizes, rates)
        task = handover(int(sizes[-1]), 0, np.column_stack([sizes, again])[:-1])
        inside += task.low <= again[-1] <= task.high
    assert 0.72 <= inside / cases <= 0.9


def test_the_task_is_the_pooled_rate():
    task = handover(1000, 200, [[100, 20], [300, 30], [100, 0]])
    assert (task.rate, task.expected, task.left, task.months) == (0.1, 100.0, 0.0, 3)
    assert handover(0, 0, [[10, 1]] * 3).expected == 0
    assert handover(50, 0, [[10, 0]] * 3).high == 0


@pytest.mark.parametrize(
    ("buyers", "so_far", "earlier", "code"),
    [(5, 6, [[1, 1]] * 3, "handover_bad"), (5, 1, [[9, 1]] * 2, "handover_few")],
)
def test_too_little_is_said(buyers, so_far, earlier, code):
    with pytest.raises(OwnersError) as caught:
        handover(buyers, so_far, earlier)
    assert caught.value.code == code


def test_a_loss_is_an_investment_with_a_return():
    earlier = [[0.15, 10_000]] * 6
    loss = investment(sales=10_000_000, margin=0.4, costs=4_500_000, buyers=1000, earlier=earlier)
    assert (loss.result, loss.invested, loss.returns, loss.balance, loss.pays, loss.owed) == (
        -500_000,
        500_000,
        600_000,
        100_000,
        True,
        150.0,
    )
    assert investment(sales=10_000_000, margin=0.5, costs=1_000_000, buyers=10, earlier=earlier).invested == 0
    assert investment(sales=100, margin=-0.2, costs=10, buyers=10, earlier=earlier).pays is False
    wide = investment(
        sales=0, margin=0.5, costs=750_000, buyers=1000, earlier=[[0.10, 10_000], [0.15, 10_000], [0.2, 10_000]]
    )
    assert wide.pays is None and wide.low < 750_000 < wide.high
    with pytest.raises(OwnersError, match="margin"):
        investment(sales=1, margin=2, costs=0, buyers=1, earlier=earlier)
