"""Who buys and who visits in a simulated group of 20 stores over three years, as plain arrays; the same for a seed.

N order lines stand in 0.4 N orders of 0.15 N buyers, beside 5 N visits of N visitors. A buyer comes back after a log-normal
time, so many buy once and few very often; she mostly stays with one store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from goldloop.simulate.arrays import DAY, Array, Bools, Floats, Ints, draw
from goldloop.simulate.large import hashes
from goldloop.simulate.seasons import CHINA_HOURS, Days, demand

FIRST, LAST = date(2023, 1, 1), date(2025, 12, 31)
STORES = 20
ORDERS, BUYERS, VISITS = 0.4, 0.15, 5.0  # of each order line
NEW_VISITORS = 0.2  # visits of somebody who was never there
FAITHFUL = 0.8  # orders and visits in the person's own store
RETURNS_AFTER, RETURNS_SPREAD = 60.0, 1.3  # days between two orders of a buyer: median, and sigma of its logarithm
PEAKS = {(6, 18): 4.0, (11, 11): 7.0, (12, 12): 3.0}  # days of the year that bring so many times the orders


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is, and when."""

    seed: int
    lines: int

    @property
    def days(self) -> Days:
        """All days."""
        return Days(FIRST, (LAST - FIRST).days + 1, 0)

    def rng(self, *what: int) -> np.random.Generator:
        """Dice for one piece of the world."""
        return np.random.default_rng([self.seed, *what])

    def spread(self, total: float) -> Ints:
        """`total` events over all days: weekday, season, growth and the great events; on the first one for each store."""
        days = self.days
        wish = demand(days, False) * 1.1 ** (np.arange(days.count) / 365.25)
        wish *= [PEAKS.get((day.month, day.day), 1.0) for day in days.dates()]
        counts = np.rint(total * wish / wish.sum()).astype(np.int64)
        counts[0] = max(counts[0], STORES)
        return counts


def store_shares() -> Floats:
    """What each store has of everything: the first some five times as much as the last."""
    return 1 / np.sqrt(np.arange(STORES) + 1.0)


def own(person: Ints, shares: Floats, salt: int) -> Ints:
    """A position for each person that never changes, drawn by shares."""
    edges = np.cumsum(shares) / shares.sum()
    at: Ints = np.searchsorted(edges, hashes(person * 1024 + salt) / 2.0**64, side="right")
    return np.minimum(at, len(shares) - 1)


@dataclass(frozen=True, slots=True)
class Sold:
    """Every order in order of placing: its moment (seconds since 1970) and its buyer's number."""

    placed: Ints
    buyer: Array  # int32

    def within(self, first: int, end: int) -> slice:
        """The orders placed from one moment to before another."""
        low, high = np.searchsorted(self.placed, [first, end])
        return slice(int(low), int(high))


def moments(counts: Ints, first_day: int, rng: np.random.Generator) -> Ints:
    """So many sorted moments on each day from a day (since 1970) on."""
    size = int(counts.sum())
    second = draw(rng, CHINA_HOURS, size) * 3600 + rng.integers(0, 3600, size)
    found = np.repeat(first_day + np.arange(len(counts)), counts) * DAY + second
    found.sort()
    return found


def sold(scale: Scale) -> Sold:
    """All orders. Each but the first of a buyer points to one before, and its buyer is that one's."""
    rng = scale.rng(1)
    placed = moments(scale.spread(scale.lines * ORDERS), int(scale.days.numbers[0]), rng)
    size = len(placed)
    away = np.exp(rng.normal(np.log(RETURNS_AFTER), RETURNS_SPREAD, size)) * DAY
    before = np.searchsorted(placed, placed - np.maximum(away, 600).astype(np.int64)) - 1
    begins = before < 0  # nobody had bought yet
    wanted = scale.lines * BUYERS
    rest = max(size - int(begins.sum()), 1)
    begins |= rng.random(size) < max(wanted - int(begins.sum()), 0) / rest
    root = np.where(begins, np.arange(size), before).astype(np.int32)
    while True:  # each step doubles how far back an order sees
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    numbers = np.cumsum(begins, dtype=np.int32) - 1
    return Sold(placed, numbers[root])


def stores_of(person: Ints, rng: np.random.Generator) -> Ints:
    """Position of the store of each event: mostly the person's own."""
    strays = draw(rng, store_shares(), len(person))
    return np.where(rng.random(len(person)) < FAITHFUL, own(person, store_shares(), 1), strays)


class Visitors:
    """Visitors over time: some are new, the others rather recent ones."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.counts = scale.spread(scale.lines * VISITS)
        self.known = 0

    def month(self, number: int, days: Bools) -> tuple[Ints, Ints]:
        """Moments and visitor numbers of one month's visits; `days` tells its days. Months are asked for in order."""
        rng = self.scale.rng(2, number)
        placed = moments(self.counts[days], int(self.scale.days.numbers[days][0]), rng)
        new = rng.random(len(placed)) < NEW_VISITORS
        known = self.known + np.cumsum(new)
        ago = (np.maximum(known, 1) * rng.random(len(placed)) ** 4).astype(np.int64)
        who: Ints = np.where(new, known - 1, np.maximum(known - 1 - ago, 0))
        self.known = int(known[-1])
        return placed, who
