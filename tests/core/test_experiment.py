"""Sample sizes, and what two arms tell: intervals hold the truth, and nothing is told of nothing."""

from __future__ import annotations

import numpy as np
import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.experiment import Arm, measured, measured_by_units, sample_size, smallest_effect
from goldloop.simulate.waves import Truth, runs


def test_the_size_of_the_published_case() -> None:
    assert sample_size(0.50, 0.75) == pytest.approx(76.707, abs=0.0005)
    assert sample_size(0.75, 0.50) == pytest.approx(76.707, abs=0.0005)
    with pytest.raises(GoldloopError, match="Two different rates"):
        sample_size(0.5, 0.5)


@pytest.mark.parametrize("rate, people", [(0.05, 20_000), (0.2, 900), (0.5, 77)])
def test_the_smallest_effect_is_the_size_read_backwards(rate: float, people: int) -> None:
    effect = smallest_effect(people, people, rate)
    assert effect is not None and sample_size(rate, rate + effect) == pytest.approx(people, rel=1e-6)
    assert smallest_effect(people, people // 9, rate) > effect  # a small hold-out sees less


def test_not_enough_yet() -> None:
    assert measured(Arm(900, 90, 90), Arm(29, 3, 3), 0) is None
    assert measured(Arm(900, 5, 5), Arm(100, 4, 4), 0) is None


def test_cost_per_order_has_no_ends_where_there_may_be_no_gain() -> None:
    found = measured(Arm(1000, 101, 101, orders_squares=101.0), Arm(1000, 100, 100, orders_squares=100.0), 5000)
    assert found is not None and found.cost_per_order == pytest.approx(5000)
    assert (found.cost_low, found.cost_high) == (None, None) and found.p > 0.5


def test_units_by_lot_are_wider_and_hold_the_truth() -> None:
    """Days differ, so people of one day are alike; two of them are held out."""
    dice = np.random.default_rng(5)
    holds, wide, alone = 0, 0.0, 0.0
    for _ in range(100):
        people = dice.integers(80, 200, 20).astype(float)
        rates = dice.normal(0.1, 0.05, 20).clip(0.01)
        rates[2:] += 0.04
        buyers = dice.binomial(people.astype(int), rates).astype(float)
        columns = {"people": people, "buyers": buyers, "orders": buyers, "gmv": buyers * 100, "net": buyers * 90}
        sent, held = ({name: values[part] for name, values in columns.items()} for part in (slice(2, None), slice(2)))
        by_lot = measured_by_units(sent, held, 1000)
        arms = [
            Arm(int(a["people"].sum()), bought := int(a["buyers"].sum()), bought, orders_squares=bought)
            for a in (sent, held)
        ]
        by_people = measured(*arms, 1000)
        assert by_lot is not None and by_people is not None and by_lot.formula == "units-by-lot"
        assert by_lot.orders.value == pytest.approx(by_people.orders.value)
        holds += by_lot.orders.low <= 0.04 * sent["people"].sum() <= by_lot.orders.high
        wide += by_lot.orders.high - by_lot.orders.low
        alone += by_people.orders.high - by_people.orders.low
    assert 70 <= holds <= 90 and wide > 1.1 * alone
    assert measured_by_units(sent, {name: values[:1] for name, values in held.items()}, 0) is None


def held_truth(truth: Truth, count: int, seed: int) -> tuple[float, float]:
    """Share of runs whose 80 % interval of orders holds the truth, and share that alarm at 5 %."""
    holds = alarms = 0
    for sent, held, gain in runs(truth, count, seed):
        found = measured(sent, held, 0)
        assert found is not None
        holds += found.orders.low <= gain <= found.orders.high
        alarms += found.p < 0.05
    return holds / count, alarms / count


def test_intervals_hold_the_truth_and_nothing_alarms_without_an_effect() -> None:
    share, _ = held_truth(Truth(people=2000, rate=0.1, lift=0.05, holdout=0.2), 60, 11)
    assert 0.7 <= share <= 0.9
    _, alarms = held_truth(Truth(people=2000, rate=0.1, lift=0.0, holdout=0.2), 60, 12)
    assert alarms <= 0.1


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_intervals_hold_the_truth_in_200_runs(seed: int) -> None:
    share, _ = held_truth(Truth(people=5000, rate=0.09, lift=0.04, holdout=0.1), 200, seed)
    assert 0.7 <= share <= 0.9


@pytest.mark.soak
def test_at_most_6_percent_of_equal_waves_alarm() -> None:
    assert held_truth(Truth(people=5000, rate=0.09, lift=0.0, holdout=0.1), 2000, 7)[1] <= 0.06
