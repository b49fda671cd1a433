"""Rules of two goods against plain sets."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.members import rules as module
from goldloop.core.members.rules import rules

ORDERS = st.lists(st.lists(st.integers(-1, 6), min_size=2, max_size=7), max_size=12)


def plain(orders: list[set[int]], least: int, sure: Fraction) -> set[tuple[int, ...]]:
    """Every rule by counting sets: both goods, the third, orders of all three, of both, of the third."""
    found = set()
    for one, two in combinations(range(7), 2):
        both = [order for order in orders if {one, two} <= order]
        for then in set(range(7)) - {one, two}:
            times = sum(then in order for order in both)
            if times >= least and Fraction(times, len(both)) >= sure:
                found.add((one, two, then, times, len(both), sum(then in order for order in orders)))
    return found


@given(ORDERS, st.integers(1, 3), st.fractions(0, 1, max_denominator=20), st.integers(0, 6))
def test_rules_are_those_of_counted_sets(orders, least, sure, single) -> None:
    order = np.array([n for n, goods in enumerate(orders) for _ in goods], np.int64)
    item = np.array([one for goods in orders for one in goods], np.int64)
    alone = np.zeros(7, np.int64)
    alone[single] = 3
    sets = [set(goods) - {-1} for goods in orders] + [{single}] * 3
    found = rules(order, item, alone, least=least, sure=sure)
    columns = (found.first, found.second, found.then, found.times, found.both_times, found.then_times)
    told = list(zip(*(column.tolist() for column in columns), strict=True))
    assert set(told) == plain(sets, least, sure) and len(set(told)) == len(told)
    assert found.total == sum(bool(goods) for goods in sets) and found.large == 0
    for (*_, times, both, then), lift, low, share, high in zip(
        told, found.lift, found.sure[0], found.confidence, found.sure[1], strict=True
    ):
        assert lift == pytest.approx(times / both / (then / found.total)) and low <= share <= high


def test_parts_are_the_whole_and_large_orders_are_left_out(monkeypatch) -> None:
    rng = np.random.default_rng(4)
    order, item = np.repeat(np.arange(400), 6), rng.integers(0, 12, 2400)
    whole = rules(order, item, np.zeros(12, np.int64), least=5, sure=Fraction(1, 5))
    monkeypatch.setattr(module, "CHUNK", 300)
    parts = rules(order, item, np.zeros(12, np.int64), least=5, sure=Fraction(1, 5))
    assert len(whole.then) > 100 and (whole.then == parts.then).all() and (whole.times == parts.times).all()
    assert (np.diff((whole.times + 10) / (whole.both_times * whole.then_times / whole.total + 10)) <= 1e-12).all()
    monkeypatch.setattr(module, "MOST_GOODS", 2)
    found = rules(
        np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 2]), np.zeros(3, np.int64), least=1, sure=Fraction(0)
    )
    assert (found.total, found.large, len(found.then)) == (1, 1, 0)


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"least": 0}, "rules_least"), ({"sure": Fraction(11, 10)}, "rules_sure"), ({"sure": Fraction(1, 10**18)}, "rules_sure")],
)  # fmt: skip
def test_bounds_are_checked(asked, code) -> None:
    none = np.zeros(0, np.int64)
    with pytest.raises(GoldloopError) as refused:
        rules(none, none, none, **{"least": 1, "sure": Fraction(1, 2), **asked})
    assert refused.value.code == code
