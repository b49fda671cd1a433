"""Several waves together: the intervals of a small shop hold the truth, nothing alarms without an effect, nothing is told of too few."""

from __future__ import annotations

from dataclasses import replace
from math import hypot

import numpy as np
import pytest

from goldloop.core.experiment import Arm, Measured, measured, measured_by_units
from goldloop.core.pooled import FIGURES, Drawn, Pooled, of_people, of_units, pooled, strata, worth
from goldloop.simulate.waves import Truth, months

SIZES = (30, 50, 20, 45, 50, 35, 40, 50, 25, 50, 45, 50)  # 10 to 50 people in each of a month's twelve waves
SHARES, RATES = (0.05, 0.1, 0.2, 0.3), (0.30, 0.2, 0.12, 0.05)  # who buys most anyway has the smallest hold-out


def month(lift: float, *, unequal: bool = True) -> list[Truth]:
    return [
        Truth(size, RATES[n % 4] if unequal else 0.15, lift, SHARES[n % 4] if unequal else 0.1)
        for n, size in enumerate(SIZES)
    ]


def mixed(waves: list[Drawn]) -> Measured:
    """What comes of throwing all arms together."""
    arms = []
    for side in ("sent", "held"):
        several = [getattr(wave, side) for wave in waves]
        total = {name: int(sum(one.total[name] for one in several)) for name in FIGURES}
        squares = {f"{name}_squares": sum(one.squares[name] for one in several) for name in FIGURES[1:]}
        arms.append(Arm(sum(one.units for one in several), **total, **squares))
    found = measured(arms[0], arms[1], 0)
    assert found is not None
    return found


def judged(truths: list[Truth], count: int, seed: int) -> dict[str, float]:
    """Of `count` months: share whose interval holds the truth, share that alarms at 5 %, the mean error of both ways in standard errors."""
    holds, alarms, errors, naive = 0, 0, [], []
    for waves, gain in months(truths, count, seed):
        found = pooled(waves).measured
        if found is None:  # now and then fewer than 30 are held out
            continue
        holds += found.orders.low <= gain <= found.orders.high
        alarms += found.p < 0.05
        errors.append(found.orders.value - gain)
        naive.append(mixed(waves).orders.value - gain)
    told = len(errors)
    assert told > 0.95 * count
    strayed = np.std(errors) / np.sqrt(told)
    return {
        "holds": holds / told, "alarms": alarms / told, "bias": float(np.mean(errors) / strayed),
        "mixed": float(np.mean(naive) / strayed),
    }  # fmt: skip


@pytest.mark.parametrize("unequal", [True, False])
def test_the_interval_holds_the_truth_in_a_small_shop(unequal: bool) -> None:
    found = judged(month(0.08, unequal=unequal), 300, 5)
    assert 0.7 <= found["holds"] <= 0.9 and abs(found["bias"]) < 3
    assert not unequal or found["mixed"] > 15  # waves thrown together tell of base rates instead


def test_months_without_an_effect_alarm_at_most_as_often_as_the_level_says() -> None:
    found = judged(month(0.0), 1000, 7)
    assert found["alarms"] <= 0.06 and 0.7 <= found["holds"] <= 0.9


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_2000_months_without_an_effect(seed: int) -> None:
    for unequal in (True, False):
        found = judged(month(0.0, unequal=unequal), 2000, seed)
        assert found["alarms"] <= 0.06 and 0.7 <= found["holds"] <= 0.9 and abs(found["bias"]) < 3


def same(one: Measured, other: Measured) -> None:
    for name in ("rate_sent", "rate_held", "cost_per_order", "cost_low", "cost_high", "p"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9), name
    for name in FIGURES:
        for end in ("value", "low", "high"):
            assert getattr(getattr(one, name), end) == pytest.approx(getattr(getattr(other, name), end), rel=1e-9), name


def test_one_wave_is_its_own_result() -> None:
    sent, held = (
        Arm(400, 90, 101, 9_000, 8_000, 125.0, 1_100_000, 900_000),
        Arm(60, 6, 6, 500, 450, 6.0, 51_000, 40_000),
    )
    alone = measured(sent, held, 5_000)
    found = pooled([Drawn(1, of_people(sent), of_people(held), 0.2, 5_000)]).measured
    assert alone is not None and found is not None
    same(found, alone)


def unit_columns(dice: np.random.Generator, count: int, rate: float) -> dict[str, np.ndarray]:
    people = dice.integers(5, 30, count).astype(float)
    buyers = dice.binomial(people.astype(int), rate).astype(float)
    return {"people": people, "buyers": buyers, "orders": buyers * 1.5, "gmv": buyers * 90, "net": buyers * 80}


def test_one_wave_of_days_by_lot_is_its_own_result() -> None:
    dice = np.random.default_rng(3)
    sent, held = unit_columns(dice, 8, 0.4), unit_columns(dice, 3, 0.1)
    alone = measured_by_units(sent, held, 700)
    found = pooled([Drawn(1, of_units(sent), of_units(held), 0.1, 700, by_units=True)]).measured
    assert alone is not None and found is not None
    same(found, alone)


def test_weeks_of_days_by_lot_hold_the_truth_together() -> None:
    """Weeks of seven days, two of them held out, none enough alone; weeks differ in their rates, days a little, too."""
    dice, holds, alone = np.random.default_rng(8), 0, 0
    for _ in range(300):
        waves, truth = [], 0.0
        for week in range(5):
            people = dice.integers(3, 9, 7)
            before = 0.1 + 0.05 * week + dice.normal(0, 0.02, 7)
            luck = [dice.random(n) for n in people]
            brought = [(one < rate + 0.1).sum() - (one < rate).sum() for one, rate in zip(luck, before, strict=True)]
            bought = [
                (one < rate + 0.1 * (n > 1)).sum() for n, (one, rate) in enumerate(zip(luck, before, strict=True))
            ]
            truth += float(sum(brought[2:]))
            counts = np.array(bought, float)
            columns = {"people": people.astype(float), **dict.fromkeys(FIGURES, counts)}
            arms = [{name: values[part] for name, values in columns.items()} for part in (slice(2, None), slice(2))]
            alone += measured_by_units(arms[0], arms[1], 0) is not None
            waves.append(Drawn(week, of_units(arms[0]), of_units(arms[1]), 0.2, 0, by_units=True))
        found = pooled(waves).measured
        assert found is not None
        holds += found.orders.low <= truth <= found.orders.high
    assert 0.7 <= holds / 300 <= 0.9 and alone == 0


def test_people_in_two_waves_of_the_month_leave_the_interval_honest() -> None:
    """Everybody is in two of six waves, and each order of hers counts in both, whichever brought it."""
    dice, holds, errors, wide = np.random.default_rng(12), 0, [], []
    pairs = [(one, (one + 1) % 6) for one in range(6)]
    people = np.repeat(np.array(pairs), 25, axis=0)  # 25 of each pair: 50 in a wave
    shares = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3])
    for _ in range(400):
        usual = dice.poisson(0.15, len(people))
        brought = dice.random(people.shape) < 0.1  # an order that a wave brings if it is sent
        sent = dice.random(people.shape) >= shares[people]
        orders = usual + (brought & sent).sum(axis=1)
        waves, truth = [], float((brought & sent).sum())
        for number in range(6):
            mine, place = np.where(people == number)
            arms = []
            for arm in (sent[mine, place], ~sent[mine, place]):
                of = orders[mine][arm]
                squares = float((of**2).sum())
                arms.append(Arm(len(of), int((of > 0).sum()), int(of.sum()), orders_squares=squares))
            waves.append(Drawn(number, of_people(arms[0]), of_people(arms[1]), float(shares[number]), 0))
        found = pooled(waves).measured
        assert found is not None
        holds += found.orders.low <= truth <= found.orders.high
        errors.append(found.orders.value - truth)
        wide.append((found.orders.high - found.orders.low) / 2 / 1.2816)
    assert 0.7 <= holds / 400 <= 0.9 and abs(np.mean(errors)) < 3 * np.std(errors) / 20
    assert np.mean(wide) == pytest.approx(np.std(errors), rel=0.12)


def wave(id: int, sent: int, held: int, bought: tuple[int, int] = (6, 1), share: float = 0.1) -> Drawn:
    arms = [
        Arm(people, n, n, 100 * n, 90 * n, n, 1e4 * n, 8100.0 * n)
        for people, n in zip((sent, held), bought, strict=True)
    ]
    return Drawn(id, of_people(arms[0]), of_people(arms[1]), share, 100)


def lacking(found: Pooled) -> tuple[int, int, int]:
    assert found.measured is None and found.strata == () and found.cost == 0
    (lack,) = found.lacks
    return lack.sent, lack.held, lack.buyers


def test_below_the_least_it_says_how_many_more_it_takes() -> None:
    assert lacking(pooled([wave(1, 90, 10), wave(2, 40, 9)])) == (0, 11, 0)
    assert lacking(pooled([wave(1, 90, 20, (2, 0)), wave(2, 40, 15)])) == (0, 0, 1)
    assert lacking(pooled([wave(1, 12, 9), wave(2, 5, 0, (1, 0))])) == (13, 21, 2)
    assert pooled([]).measured is None
    assert pooled([wave(1, 90, 10), wave(2, 40, 20)]).measured is not None


def test_people_held_out_with_unlike_shares_count_for_less() -> None:
    alike, apart = [wave(1, 90, 20), wave(2, 40, 10)], [wave(1, 90, 20), wave(2, 40, 10, share=0.5)]
    assert worth(alike) == pytest.approx(30) and worth(apart) == pytest.approx(190**2 / (81 * 20 + 10))
    assert lacking(pooled(apart))[1] == 30 - 22


def test_neighbours_are_put_together_until_each_could_be_told_alone() -> None:
    waves = [wave(n, 60, held) for n, held in enumerate((12, 19, 0, 40, 26, 2))]
    found = [tuple(one.id for one in group) for group in strata(waves)]
    assert found == [(0, 1), (2, 3, 4, 5)]  # 31 and 40 held out; the last two are too few alone
    waves[1] = replace(waves[1], share=0.3)
    assert [tuple(one.id for one in group) for group in strata(waves)] == [(0, 2, 3), (4, 5, 1)]  # like shares first


def test_strata_add_up_by_hand() -> None:
    """Two waves that are enough alone: the sum of both results, squares of their widths added."""
    both = [wave(1, 300, 40, (60, 4)), wave(2, 100, 60, (10, 9), share=0.4)]
    alone = [pooled([one]).measured for one in both]
    found = pooled(both)
    assert found.measured is not None and found.strata == ((1,), (2,)) and found.cost == 200
    gain, parts = found.measured.orders, [one.orders for one in alone if one]
    assert (
        gain.value
        == pytest.approx(sum(one.value for one in parts))
        == pytest.approx(300 * (0.2 - 0.1) + 100 * (0.1 - 0.15))
    )
    assert gain.high - gain.value == pytest.approx(hypot(*(one.high - one.value for one in parts)))


def test_a_wave_whose_people_were_all_sent_it_is_compared_with_its_neighbours() -> None:
    found = pooled([wave(1, 50, 0, (10, 0)), wave(2, 150, 40, (20, 4))]).measured
    assert found is not None and found.orders.value == pytest.approx(30 - 200 * 0.1)
