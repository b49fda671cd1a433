"""The simulated group has the numbers it says, buyers come back, and a seed gives the same group."""

from __future__ import annotations

import numpy as np
from benchmarks.reports.world import BUYERS, ORDERS, STORES, VISITS, Scale, Visitors, sold, stores_of

LINES = 100_000


def test_orders_and_buyers_are_as_many_as_said_and_come_in_time() -> None:
    found = sold(Scale(1, LINES))
    times = np.bincount(found.buyer)
    assert len(found.placed) == len(found.buyer) and abs(len(found.placed) / (LINES * ORDERS) - 1) < 0.01
    assert abs(len(times) / (LINES * BUYERS) - 1) < 0.05 and times.min() == 1 and times.max() > 20
    assert (np.diff(found.placed) >= 0).all()
    assert found.within(int(found.placed[3]), int(found.placed[9])).start <= 3


def test_a_seed_gives_the_same_group_and_another_one_another() -> None:
    one, same, other = (sold(Scale(seed, 5_000)) for seed in (1, 1, 2))
    assert np.array_equal(one.placed, same.placed) and np.array_equal(one.buyer, same.buyer)
    assert not np.array_equal(one.placed, other.placed)


def test_people_mostly_stay_with_their_store() -> None:
    person = np.repeat(np.arange(200), 50)
    store = stores_of(person, np.random.default_rng(1)).reshape(200, 50)
    often = [np.bincount(row, minlength=STORES).max() for row in store]
    assert 0.75 < np.mean(often) / 50 < 0.95


def test_one_visit_in_five_is_of_somebody_new() -> None:
    scale = Scale(1, LINES)
    visitors, months = Visitors(scale), scale.days.months
    seen = [visitors.month(index, months == month) for index, month in enumerate(np.unique(months).tolist())]
    who = np.concatenate([people for _, people in seen])
    assert abs(len(who) / (LINES * VISITS) - 1) < 0.01
    assert abs(len(np.unique(who)) / len(who) - 0.2) < 0.01
