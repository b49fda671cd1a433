"""Rules of two goods: who has both of them in an order has this third one, too."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_array

from goldloop.core.errors import GoldloopError
from goldloop.core.members.baskets import SHRINK, Baskets
from goldloop.core.members.histories import Floats, Ints
from goldloop.core.members.shares import share_interval

MOST_GOODS = 100  # of an order: larger ones say little of what goes together, and hold millions of threes
CHUNK = 200_000  # orders of pairs whose other goods are counted at once
FINEST = 10_000  # denominator of a confidence


@dataclass(frozen=True)
class Rules:
    """Rules `first` and `second` -> `then` by numbers of goods, the strongest first; arrays of one length.

    `times` of `total` orders hold all three, `both_times` the first two, `then_times` the third, whatever else they hold.
    `large` orders of more than MOST_GOODS different goods are left out of all of these.
    """

    first: Ints
    second: Ints
    then: Ints
    times: Ints
    both_times: Ints
    then_times: Ints
    total: int
    large: int

    @property
    def support(self) -> Floats:
        """Share of all orders that hold all three."""
        return self.times / max(self.total, 1)

    @property
    def confidence(self) -> Floats:
        """Share of the orders with the first two that hold the third."""
        return self.times / self.both_times

    @property
    def sure(self) -> tuple[Floats, Floats]:
        """The 80 % interval of the confidence."""
        return share_interval(self.times, self.both_times)

    @property
    def lift(self) -> Floats:
        """How many times as often as if the third had nothing to do with the first two."""
        return self.times * float(self.total) / (self.both_times * self.then_times.astype(np.float64))


def rules(order: Ints, item: Ints, alone: Ints, *, least: int, sure: Fraction) -> Rules:
    """All rules of two goods that hold in at least `least` orders and in the share `sure` (0 to 1) of those with both.

    Rows and `alone` are those of `baskets.together`. Bounds are compared as whole numbers: `times * d >= both_times * n` for
    `sure` = n / d. Rules are ranked by lift drawn towards 1, as pairs are. Raises `rules_least`, `rules_sure`.

    >>> order, item = np.array([1, 1, 1, 2, 2, 2, 3, 3]), np.array([0, 1, 2, 0, 1, 2, 0, 1])
    >>> found = rules(order, item, np.zeros(3, np.int64), least=2, sure=Fraction(9, 10))
    >>> found.first, found.second, found.then, found.times, found.both_times, found.total
    (array([0, 1]), array([2, 2]), array([1, 0]), array([2, 2]), array([2, 2]), 3)
    """
    if least < 1:
        raise GoldloopError("rules_least", "A rule was seen at least once.", given=least, allowed="1 or more")
    if not 0 <= sure <= 1 or sure.denominator > FINEST:
        raise GoldloopError(
            "rules_sure", "A confidence is a share.", given=str(sure), allowed="0..1, at most 4 decimals"
        )
    whole = Baskets.of(order, item, alone, 1)
    size = np.bincount(whole.order)
    large = size > MOST_GOODS
    small = ~large[whole.order]
    baskets = Baskets.of(whole.order[small], whole.item[small], alone, least)
    orders, pairs, many = _often(baskets, len(alone), least)
    third = _Third(baskets, len(alone))
    ends = np.concatenate([[0], np.cumsum(many)])
    parts = [np.zeros((3, 0), np.int64)]
    for part in np.split(np.arange(len(many)), np.flatnonzero(np.diff(ends[1:] // CHUNK)) + 1):
        if len(part):
            parts.append(third.of(part, orders, ends, least, sure))
    at, then, times = np.concatenate(parts, axis=1)
    other = (then != pairs[0][at]) & (then != pairs[1][at])
    at, then, times = at[other], then[other], times[other]
    columns = pairs[0][at], pairs[1][at], then, times, many[at], baskets.often[then]
    by = _ranked(columns, baskets.total)
    first, second, then, times, both, alike = (column[by] for column in columns)
    return Rules(first, second, then, times, both, alike, baskets.total, int(large.sum()))


def _often(baskets: Baskets, width: int, least: int) -> tuple[Ints, tuple[Ints, Ints], Ints]:
    """Pairs in enough orders: the orders of each, one pair after the other; both goods of each; in how many it is."""
    left, right = baskets.both()
    code = baskets.item[left] * width + baskets.item[right]
    by = np.argsort(code, kind="stable")
    begin = np.flatnonzero(np.diff(code[by], prepend=-1))
    many = np.diff(begin, append=len(by))
    kept = many >= least
    first, second = np.divmod(code[by][begin[kept]], width)
    return baskets.order[left[by[np.repeat(kept, many)]]], (first, second), many[kept]


class _Third:
    """Which goods are in an order beside a pair."""

    def __init__(self, baskets: Baskets, width: int) -> None:
        height = int(baskets.order.max(initial=-1)) + 1
        ones = np.ones(len(baskets.order), np.int64)
        self.goods = csr_array((ones, (baskets.order, baskets.item)), shape=(height, width))

    def of(self, part: Ints, orders: Ints, ends: Ints, least: int, sure: Fraction) -> Ints:
        """Of some pairs one after the other, enough of whose orders hold other goods, too: pair, goods, times."""
        own = ends[part[0] : part[-1] + 2]
        shape = (len(part), self.goods.shape[0])
        holds = csr_array((np.ones(own[-1] - own[0], np.int64), orders[own[0] : own[-1]], own - own[0]), shape=shape)
        found = (holds @ self.goods).tocoo()
        at, then, times = part[found.row], found.col.astype(np.int64), found.data
        enough = (times >= least) & (times * sure.denominator >= (ends[at + 1] - ends[at]) * sure.numerator)
        return np.stack([at[enough], then[enough], times[enough]])


def _ranked(columns: tuple[Ints, ...], total: int) -> Ints:
    """The order in which the strongest come first."""
    first, second, then, times, both, alike = columns
    expected = both * alike.astype(np.float64) / max(total, 1)
    return np.lexsort((then, second, first, -times, -(times + SHRINK) / (expected + SHRINK)))
