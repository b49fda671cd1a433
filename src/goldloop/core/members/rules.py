"""Basket rules: who has all of these goods in an order has this one, too."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.baskets import SHRINK, Baskets
from goldloop.core.members.histories import Floats, Ints
from goldloop.core.members.itemsets import Itemsets, itemsets
from goldloop.core.members.shares import share_interval

LEFT = 2  # goods on the left of a rule, at most
MOST_LEFT = 5
MOST_GOODS = 100  # of an order: larger ones say little of what goes together, and hold millions of threes
MOST_RULES = 3_000_000  # that are put in order
FINEST = 10_000  # denominator of a confidence


@dataclass(frozen=True)
class Rules:
    """Rules `goods` -> `then` by numbers of goods, the strongest first; arrays of one length.

    A row of `goods` is a left side, its numbers ascending and followed by -1 where it is shorter than the longest that was
    asked for. `times` of `total` orders hold all of it and `then`, `left_times` the left side, `then_times` the right one,
    whatever else they hold. `large` orders of more than MOST_GOODS different goods are left out of all of these.
    """

    goods: Ints
    then: Ints
    times: Ints
    left_times: Ints
    then_times: Ints
    total: int
    large: int

    @property
    def support(self) -> Floats:
        """Share of all orders that hold both sides."""
        return self.times / max(self.total, 1)

    @property
    def confidence(self) -> Floats:
        """Share of the orders with the left side that hold the right one."""
        return self.times / self.left_times

    @property
    def sure(self) -> tuple[Floats, Floats]:
        """The 80 % interval of the confidence."""
        return share_interval(self.times, self.left_times)

    @property
    def lift(self) -> Floats:
        """How many times as often as if the right side had nothing to do with the left one."""
        return self.times * float(self.total) / (self.left_times * self.then_times.astype(np.float64))


def rules(order: Ints, item: Ints, alone: Ints, *, least: int, sure: Fraction, left: int = LEFT) -> Rules:
    """All rules of one to `left` goods that hold in at least `least` orders and in the share `sure` (0 to 1) of those with the left side.

    Rows and `alone` are those of `baskets.together`. Bounds are compared as whole numbers: `times * d >= left_times * n` for
    `sure` = n / d. Rules are ranked by lift drawn towards 1, as pairs are. Raises `rules_least`, `rules_sure`, `rules_left`, and
    `rules_many` where there are more than can be put in order.

    >>> order, item = np.array([1, 1, 1, 2, 2, 2, 3, 3]), np.array([0, 1, 2, 0, 1, 2, 0, 1])
    >>> found = rules(order, item, np.zeros(3, np.int64), least=2, sure=Fraction(9, 10))
    >>> found.goods.tolist(), found.then, found.times, found.left_times
    ([[0, -1], [1, -1], [0, 2], [1, 2], [2, -1], [2, -1]], array([1, 0, 1, 0, 0, 1]), array([3, 3, 2, 2, 2, 2]), array([3, 3, 2, 2, 2, 2]))
    """
    _check(least, sure, left)
    whole = Baskets.of(order, item, alone, 1)
    large = np.bincount(whole.order) > MOST_GOODS
    small = ~large[whole.order]
    baskets = Baskets.of(whole.order[small], whole.item[small], alone, least)
    sets = itemsets(baskets, least=least, most=left + 1)
    parts, many = [_none(left)], 0
    for size in range(2, len(sets.levels) + 1):
        for place in range(size):
            part = _of(sets, size, place, sure, left)
            many += len(part[1])
            if many > MOST_RULES:
                raise GoldloopError(
                    "rules_many", "There are too many rules.", given=f"{many:,}", allowed=MOST_RULES,
                    todo="--least, --sure or --left",
                )  # fmt: skip
            parts.append(part)
    goods, then, times, left_times = (np.concatenate(column) for column in zip(*parts, strict=True))
    columns = goods, then, times, left_times, baskets.often[then]
    by = _ranked(columns, baskets.total)
    goods, then, times, left_times, alike = (column[by] for column in columns)
    return Rules(goods, then, times, left_times, alike, baskets.total, int(large.sum()))


def _check(least: int, sure: Fraction, left: int) -> None:
    if least < 1:
        raise GoldloopError("rules_least", "A rule was seen at least once.", given=least, allowed="1 or more")
    if not 0 <= sure <= 1 or sure.denominator > FINEST:
        raise GoldloopError(
            "rules_sure", "A confidence is a share.", given=str(sure), allowed="0..1, at most 4 decimals"
        )
    if not 1 <= left <= MOST_LEFT:
        raise GoldloopError(
            "rules_left", f"A left side has 1 to {MOST_LEFT} goods.", given=left, allowed=f"1..{MOST_LEFT}", most=MOST_LEFT
        )  # fmt: skip


def _none(left: int) -> tuple[Ints, Ints, Ints, Ints]:
    none = np.zeros(0, np.int64)
    return np.zeros((0, left), np.int64), none, none, none


def _of(sets: Itemsets, size: int, place: int, sure: Fraction, left: int) -> tuple[Ints, Ints, Ints, Ints]:
    """The rules whose right side is the goods at `place` in a set of `size`: left sides, right ones, times, times of the left."""
    times, rest = sets.levels[size - 1].times, sets.without(size, place)
    left_times = sets.levels[size - 2].times[rest]
    at = np.flatnonzero(times * sure.denominator >= left_times * sure.numerator)
    goods = sets.goods(size, at)
    found = np.full((len(at), left), -1, np.int64)
    found[:, : size - 1] = np.sort(np.delete(goods, place, axis=1), axis=1)
    return found, goods[:, place], times[at], left_times[at]


def _ranked(columns: tuple[Ints, ...], total: int) -> Ints:
    """The order in which the strongest come first."""
    goods, then, times, left_times, alike = columns
    expected = left_times * alike.astype(np.float64) / max(total, 1)
    return np.lexsort((then, *goods.T[::-1], -times, -(times + SHRINK) / (expected + SHRINK)))
