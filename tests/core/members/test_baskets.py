"""Pairs of goods against plain loops over dice-thrown orders, and by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.members.baskets import SHRINK, Pairs, following, together

# A line: its order, whose buyer and day follow from it, and its goods.
orders = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 9)), min_size=1, max_size=12)
lines = st.lists(st.tuples(st.integers(0, 11), st.integers(-1, 4)), max_size=40)
NONE = np.zeros(5, np.int64)  # no orders beside the rows


def columns(orders, lines) -> tuple[np.ndarray, ...]:
    """Order, buyer, day and goods of each line."""
    rows = [(at % len(orders), *orders[at % len(orders)], item) for at, item in lines]
    return tuple(np.array(rows, np.int64).reshape(-1, 4).T)


def told(found: Pairs) -> dict[tuple[int, int], tuple[int, ...]]:
    days = np.zeros(len(found.first), int) if found.days is None else found.days
    ends = zip(found.first.tolist(), found.second.tolist(), strict=True)
    rest = zip(found.times, found.people, found.first_times, found.second_times, days, strict=True)
    return dict(zip(ends, (tuple(map(int, row)) for row in rest), strict=True))


@given(orders, lines, st.integers(1, 3))
def test_pairs_of_an_order_are_those_of_plain_loops(orders, lines, least) -> None:
    order, buyer, _, item = columns(orders, lines)
    baskets, owner = defaultdict(set), {}
    for at, who, goods in zip(order.tolist(), buyer.tolist(), item.tolist(), strict=True):
        if goods >= 0:
            baskets[at].add(goods)
            owner[at] = who
    often = Counter(goods for basket in baskets.values() for goods in basket)
    times, people = Counter(), defaultdict(set)
    for at, basket in baskets.items():
        for pair in combinations(sorted(basket, key=lambda goods: (often[goods], goods)), 2):
            times[pair] += 1
            people[pair] |= {owner[at]} - {-1}
    alone = Counter(next(iter(basket)) for basket in baskets.values() if len(basket) == 1)
    several = np.array([len(baskets.get(at, ())) > 1 for at in order.tolist()], bool)
    counts = np.array([alone[goods] for goods in range(5)])
    found = together(order[several], buyer[several], item[several], counts, least)
    assert told(found) == told(together(order, buyer, item, counts * 0, least))
    wanted = {
        pair: (n, len(people[pair]), often[pair[0]], often[pair[1]], 0) for pair, n in times.items() if n >= least
    }
    assert told(found) == wanted and found.total == len(baskets)


@given(orders, lines, st.integers(1, 3))
def test_next_goods_are_those_of_plain_loops(orders, lines, least) -> None:
    _, buyer, day, item = columns(orders, lines)
    visits = defaultdict(set)
    for who, when, goods in zip(buyer.tolist(), day.tolist(), item.tolist(), strict=True):
        visits[who, when] |= {goods} - {-1}
    times, leaves, comes = Counter(), Counter(), Counter()
    people, between, steps = defaultdict(set), defaultdict(list), 0
    for who in {who for who, _ in visits} - {-1}:
        days = sorted(when for buyer_, when in visits if buyer_ == who)
        for then, after in zip(days, days[1:], strict=False):
            here, there = visits[who, then], visits[who, after]
            if here and there:
                steps += 1
                leaves.update(here)
                comes.update(there)
                for pair in product(here, there):
                    times[pair] += 1
                    people[pair].add(who)
                    between[pair].append(after - then)
    found = following(buyer, day, item, least)
    wanted = {
        pair: (n, len(people[pair]), leaves[pair[0]], comes[pair[1]], sorted(between[pair])[(n - 1) // 2])
        for pair, n in times.items() if n >= least
    }  # fmt: skip
    assert told(found) == wanted and found.total == steps


@given(orders, lines)
def test_the_strongest_come_first_and_shares_are_shares(orders, lines) -> None:
    order, buyer, day, item = columns(orders, lines)
    for found in (together(order, buyer, item, NONE), following(buyer, day, item)):
        assert (np.diff(found.strength) <= 1e-12).all()
        for share in (found.support, found.confidence):
            assert ((share > 0) & (share <= 1)).all()
        assert ((found.strength >= 1) == (found.lift >= 1 - 1e-12)).all()


def test_what_is_rare_is_not_ranked_by_chance() -> None:
    """Two goods that met once by chance have a lift of 1000 and stand below a pair that met 100 times."""
    order = np.r_[np.repeat(np.arange(100), 2), [100, 100], np.arange(101, 1000)]
    item = np.r_[np.tile([0, 1], 100), [2, 3], np.tile([0, 4, 4], 300)[:899]]
    found = together(order, np.full(len(order), -1), item, NONE)
    assert found.lift.max() == 1000 and (found.first[0], found.second[0]) == (1, 0)
    rare = np.flatnonzero(found.first == 2)[0]
    assert found.strength[rare] == pytest.approx((1 + SHRINK) / (0.001 + SHRINK)) and found.people.sum() == 0


def test_a_huge_order_costs_its_own_pairs_only() -> None:
    order = np.r_[np.zeros(600, int), np.repeat(np.arange(1, 100_001), 2)]
    found = together(order, np.full(len(order), 1), np.r_[np.arange(600), np.zeros(200_000, int)], np.zeros(600, int))
    assert len(found.first) == 600 * 599 // 2 and found.total == 100_001


def test_what_cannot_be_asked_is_refused() -> None:
    one, two = np.zeros(1, np.int64), np.zeros(2, np.int64)
    for call in (partial(together, alone=NONE), following):
        with pytest.raises(GoldloopError, match="smallest sample"):
            call(one, one, one, least=0)
        with pytest.raises(GoldloopError, match="same number"):
            call(one, two, one)


def test_numbers_too_large_for_one_are_sorted_all_the_same() -> None:
    """Pair and days do not fit into one whole number of 64 bits here."""
    day = np.array([0, 2**62, 2**62 + 5, 2**62 + 12])
    found = following(np.zeros(4, np.int64), day, np.array([0, 1, 0, 1]))
    assert told(found) == {(0, 1): (2, 1, 2, 2, 7), (1, 0): (1, 1, 1, 1, 5)}
