"""Rules against plain sets: every left side, its orders counted one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.members import itemsets
from goldloop.core.members import rules as module
from goldloop.core.members.rules import MOST_LEFT, Rules, rules

GOODS = 8
ORDERS = st.lists(st.lists(st.integers(-1, GOODS - 1), min_size=1, max_size=9), max_size=14)


def plain(orders: list[set[int]], least: int, sure: Fraction, left: int) -> set[tuple]:
    """Every rule by counting sets: left side, right side, orders of both, of the left, of the right."""
    found = set()
    for size in range(1, left + 1):
        for side in combinations(range(GOODS), size):
            holds = [order for order in orders if set(side) <= order]
            for then in set(range(GOODS)) - set(side):
                times = sum(then in order for order in holds)
                if times >= least and Fraction(times, len(holds)) >= sure:
                    found.add((side, then, times, len(holds), sum(then in order for order in orders)))
    return found


def told(found: Rules) -> list[tuple]:
    columns = (found.then, found.times, found.left_times, found.then_times)
    sides = [tuple(one for one in side if one >= 0) for side in found.goods.tolist()]
    return list(zip(sides, *(column.tolist() for column in columns), strict=True))


@given(
    ORDERS, st.integers(1, 3), st.fractions(0, 1, max_denominator=20), st.integers(0, GOODS - 1), st.integers(1, MOST_LEFT),
    st.sampled_from([1, 20, 2_000_000]),
)  # fmt: skip
def test_rules_are_those_of_counted_sets(orders, least, sure, single, left, chunk) -> None:
    order = np.array([n for n, goods in enumerate(orders) for _ in goods], np.int64)
    item = np.array([one for goods in orders for one in goods], np.int64)
    alone = np.zeros(GOODS, np.int64)
    alone[single] = 3
    sets = [set(goods) - {-1} for goods in orders] + [{single}] * 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(itemsets, "CHUNK", chunk)
        found = rules(order, item, alone, least=least, sure=sure, left=left)
    lines = told(found)
    assert set(lines) == plain(sets, least, sure, left) and len(set(lines)) == len(lines)
    assert found.total == sum(bool(goods) for goods in sets) and found.large == 0
    for (_, _, times, both, then), lift, low, share, high in zip(
        lines, found.lift, found.sure[0], found.confidence, found.sure[1], strict=True
    ):
        assert lift == pytest.approx(times / both / (then / found.total)) and low <= share <= high


def test_the_strongest_come_first_and_large_orders_are_left_out(monkeypatch) -> None:
    rng = np.random.default_rng(4)
    order, item = np.repeat(np.arange(400), 6), rng.integers(0, 12, 2400)
    whole = rules(order, item, np.zeros(12, np.int64), least=5, sure=Fraction(1, 5), left=3)
    assert len(whole.then) > 100 and {len(side) for side, *_ in told(whole)} == {1, 2, 3}
    assert (np.diff((whole.times + 10) / (whole.left_times * whole.then_times / whole.total + 10)) <= 1e-12).all()
    monkeypatch.setattr(module, "MOST_GOODS", 2)
    found = rules(
        np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 2]), np.zeros(3, np.int64), least=1, sure=Fraction(0)
    )
    assert (found.total, found.large, told(found)) == (1, 1, [((0,), 1, 1, 1, 1), ((1,), 0, 1, 1, 1)])


@pytest.mark.parametrize(
    ("name", "value"), [("itemsets.MOST_SETS", 20), ("itemsets.MOST_CASES", 2000), ("rules.MOST_RULES", 20)]
)
def test_too_many_are_refused_before_they_fill_the_memory(monkeypatch, name, value) -> None:
    order, item = np.repeat(np.arange(50), 12), np.tile(np.arange(12), 50)  # 4,095 sets, each in 50 orders
    asked = {"alone": np.zeros(12, np.int64), "least": 5, "sure": Fraction(0), "left": 3}
    assert len(rules(order, item, **asked).then) == 12 * 11 + 12 * 55 + 12 * 165
    monkeypatch.setattr(f"goldloop.core.members.{name}", value)
    with pytest.raises(GoldloopError) as refused:
        rules(order, item, **asked)
    assert refused.value.code == "rules_many"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"least": 0}, "rules_least"), ({"sure": Fraction(11, 10)}, "rules_sure"), ({"sure": Fraction(1, 10**18)}, "rules_sure"),
        ({"left": 0}, "rules_left"), ({"left": 6}, "rules_left"),
    ],
)  # fmt: skip
def test_bounds_are_checked(asked, code) -> None:
    none = np.zeros(0, np.int64)
    with pytest.raises(GoldloopError) as refused:
        rules(none, none, none, **{"least": 1, "sure": Fraction(1, 2), **asked})
    assert refused.value.code == code
