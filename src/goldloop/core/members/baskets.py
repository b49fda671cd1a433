"""Goods that are bought together in one order, and goods that are bought on a buyer's next purchase day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Floats, Ints
from goldloop.core.members.shares import share_interval

SHRINK = 10  # times by chance that are added to both sides of a lift before pairs are ranked by it


@dataclass(frozen=True)
class Pairs:
    """Pairs of goods by their numbers, the strongest first; arrays of one length.

    `times` of `total` cases (orders, or steps from one purchase day to the next) hold both, `first_times` the first,
    `second_times` the second, whatever else they hold; `people` are the different known buyers of these cases; `days` the
    lower median of the days between (None: bought at once).
    """

    first: Ints
    second: Ints
    times: Ints
    people: Ints
    first_times: Ints
    second_times: Ints
    total: int
    days: Ints | None = None

    @property
    def support(self) -> Floats:
        """Share of all cases that hold both."""
        return self.times / max(self.total, 1)

    @property
    def confidence(self) -> Floats:
        """Share of the cases with the first that hold the second."""
        return self.times / self.first_times

    @property
    def sure(self) -> tuple[Floats, Floats]:
        """The 80 % interval of the confidence."""
        return share_interval(self.times, self.first_times)

    @property
    def lift(self) -> Floats:
        """How many times as often as if the two had nothing to do with each other."""
        return self.times * float(self.total) / (self.first_times * self.second_times.astype(np.float64))

    @property
    def strength(self) -> Floats:
        """Lift drawn towards 1 where little is known: `(times + SHRINK) / (times expected by chance + SHRINK)`.

        It is the posterior mean of the lift under a gamma prior of shape and rate SHRINK: W. DuMouchel, The American
        Statistician 53 (1999).
        """
        expected = self.first_times * self.second_times.astype(np.float64) / max(self.total, 1)
        return (self.times + SHRINK) / (expected + SHRINK)


@dataclass(frozen=True)
class Baskets:
    """Different goods of orders, in order: one row per order and goods (`item`) that are in `least` orders or more.

    `often`: by goods, the orders that hold it; `total`: all orders with known goods.
    """

    order: Ints
    item: Ints
    often: Ints
    total: int

    @staticmethod
    def of(order: Ints, item: Ints, alone: Ints, least: int) -> Baskets:
        """From one row per line and the orders of one line, as for `together`."""
        known = item >= 0
        order, item = rising(order[known], item[known], len(alone))
        fresh = _changes(order, item)
        order, item = order[fresh], item[fresh]
        total = int(_changes(order).sum() + alone.sum())
        often = alone + np.bincount(item, minlength=len(alone))
        common = often[item] >= least  # goods are together in no more orders than each of them is in
        return Baskets(order[common], item[common], often, total)

    def both(self) -> tuple[Ints, Ints]:
        """The rows of every two different goods of an order: those of the lower numbers, and of the higher ones."""
        at, step, ends = np.arange(len(self.order)), 0, []
        while len(at):
            step += 1  # orders are sorted: a row without a partner `step` rows on has none further on
            at = at[at + step < len(self.order)]
            at = at[self.order[at + step] == self.order[at]]
            ends.append((at, at + step))
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *(low for low, _ in ends)]), np.concatenate([none, *(high for _, high in ends)])


def together(order: Ints, buyer: Ints, item: Ints, alone: Ints, least: int = 1) -> Pairs:
    """Pairs of different goods of one order, each pair once: first the one in fewer orders; at least in `least` orders.

    One row per line: numbers of its order, of its buyer and of its goods, -1 where unknown. Equal goods of an order count
    once; orders without known goods are no cases. `alone` counts by number of the goods the orders that are not among the rows
    since they hold nothing else. Raises `pairs_shape`, `pairs_least`.

    >>> lines = np.array([1, 1, 2, 2]), np.array([7, 7, 7, 7]), np.array([0, 1, 0, 1])
    >>> found = together(*lines, alone=np.array([1, 0]))
    >>> found.first, found.second, found.times, found.people, found.total, found.lift
    (array([1]), array([0]), array([2]), array([1]), 3, array([1.]))
    """
    _check(least, order, buyer, item)
    owner = np.full(_size(order), -1)
    owner[order] = buyer
    baskets = Baskets.of(order, item, alone, least)
    order, item, often = baskets.order, baskets.item, baskets.often
    left, right = baskets.both()
    one, other = item[left], item[right]
    rarer = (often[one] < often[other]) | ((often[one] == often[other]) & (one < other))
    return _pairs(
        np.where(rarer, one, other), np.where(rarer, other, one), owner[order[left]], None, (often, often), baskets.total,
        least,
    )  # fmt: skip


def following(buyer: Ints, day: Ints, item: Ints, least: int = 1) -> Pairs:
    """Goods of a purchase day and goods of the same buyer's next one, in at least `least` such steps.

    One row per line, as for `together`, with its day; the same goods again are a pair too. A step from or to a day of which
    no goods are known is no case, and no day is skipped. Raises `pairs_shape`, `pairs_least`.

    >>> found = following(np.array([7, 7, 7, 8]), np.array([1, 1, 4, 1]), np.array([0, 1, 0, 0]))
    >>> found.first, found.second, found.times, found.days, found.total
    (array([0, 1]), array([0, 0]), array([1, 1]), array([3, 3]), 1)
    """
    _check(least, buyer, day, item)
    rows = np.flatnonzero(buyer >= 0)
    rows = rows[np.lexsort((item[rows], day[rows], buyer[rows]))]
    rows = rows[_changes(buyer[rows], day[rows], item[rows])]
    buyer, day, item = buyer[rows], day[rows], item[rows]
    starts = _changes(buyer, day)
    visit = np.cumsum(starts) - 1
    who, when = buyer[starts], day[starts]
    goods = item >= 0
    visit, item = visit[goods], item[goods]
    size = np.bincount(visit, minlength=len(who))
    begin = np.cumsum(size) - size
    steps = np.zeros(len(who) + 1, np.bool_)  # whether a visit leads to the one after it; none leads to the first
    if len(who):
        steps[1:-1] = (who[1:] == who[:-1]) & (size[1:] > 0) & (size[:-1] > 0)
    width = max(int(item.max(initial=-1)) + 1, 1)
    leaves, comes = (np.bincount(item[steps[visit + 1 - k]], minlength=width) for k in (0, 1))
    left = np.flatnonzero(steps[visit + 1] & (leaves[item] >= least))
    many = size[visit[left] + 1]
    right = np.repeat(begin[visit[left] + 1] - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
    left = np.repeat(left, many)
    at = visit[left]
    return _pairs(
        item[left], item[right], who[at], when[visit[right]] - when[at], (leaves, comes), int(steps.sum()), least
    )


def _check(least: int, *columns: Ints) -> None:
    if len({column.shape for column in columns}) > 1:
        raise GoldloopError("pairs_shape", "Lines do not have the same number of values in every column.")
    if least < 1:
        raise GoldloopError(
            "pairs_least", "A smallest sample is at least one case.", given=least, allowed="1 or more", least=least
        )


def _size(numbers: Ints) -> int:
    """How many numbers there are from 0 on."""
    return int(numbers.max(initial=0)) + 1


def rising(high: Ints, low: Ints, size: int) -> tuple[Ints, Ints]:
    """Two columns in order, `low` from 0 to below `size`: sorted as one number each, which is much faster than by rows."""
    bits = size.bit_length()
    if len(high) and int(high.max()).bit_length() + bits > 63:
        by = np.lexsort((low, high))
        return high[by], low[by]
    both = np.sort((high << bits) | low)
    return both >> bits, both & ((1 << bits) - 1)


def _changes(*columns: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a sorted row differs from the one before it."""
    found = np.ones(len(columns[0]), np.bool_)
    if len(found):
        found[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return found


def _pairs(
    first: Ints, second: Ints, buyer: Ints, days: Ints | None, often: tuple[Ints, Ints], total: int, least: int
) -> Pairs:
    """The pairs of all cases counted, the strongest first."""
    width = max(len(often[0]), 1)
    pair, who = rising(first * width + second, buyer + 1, _size(buyer) + 1)
    begin = np.flatnonzero(_changes(pair))
    times = np.diff(begin, append=len(pair))
    people = np.add.reduceat(_changes(pair, who) & (who > 0), begin, dtype=np.int64) if len(pair) else times
    enough = np.flatnonzero(times >= least)
    one, other = np.divmod(pair[begin[enough]], width)
    between = None
    if days is not None:
        middle = begin[enough] + (times[enough] - 1) // 2
        between = rising(first * width + second, days, _size(days))[1][middle]
    found = Pairs(one, other, times[enough], people[enough], often[0][one], often[1][other], total, between)
    order = np.lexsort((other, one, -found.times, -found.strength))
    return Pairs(
        one[order], other[order], found.times[order], found.people[order], found.first_times[order],
        found.second_times[order], total, None if between is None else between[order],
    )  # fmt: skip
