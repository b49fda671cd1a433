"""Sets of goods that are together in enough orders: all of them, counted exactly, some at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.baskets import Baskets, rising
from goldloop.core.members.histories import Ints

CHUNK = 2_000_000  # goods beside a set in its orders that are counted at once
MOST_SETS = 5_000_000  # that are kept
MOST_CASES = 1_000_000_000  # that are counted: some 100 seconds of one core


@dataclass
class Level:
    """Sets of one size, in order: `parent` is the number of the set without its `last` goods, `times` the orders that hold it."""

    parent: Ints
    last: Ints
    times: Ints


class Itemsets:
    """Frequent sets by size: `levels[0]` are single goods. Goods are numbered by how often they are bought, `named` has the numbers they came with."""

    def __init__(self, named: Ints, times: Ints) -> None:
        self.named = named
        self.levels = [Level(np.zeros_like(named), np.arange(len(named)), times)]

    @property
    def width(self) -> int:
        """How many goods there are."""
        return len(self.named)

    def goods(self, size: int, at: Ints) -> Ints:
        """The goods of some sets of a size by their own numbers, a row each."""
        return self.named[np.stack([last for _, last in self._path(size, at)], axis=1)]

    def without(self, size: int, place: int) -> Ints:
        """Of every set of a size the set that it is without the goods at `place`."""
        path = self._path(size, np.arange(len(self.levels[size - 1].last)))
        found = path[place - 1][0] if place else path[1][1]  # a single good is a set by its own number
        for step in range(place + 1 if place else 2, size):
            level = self.levels[step - 1]
            found = np.searchsorted(level.parent * self.width + level.last, found * self.width + path[step][1])
        return found

    def _path(self, size: int, at: Ints) -> list[tuple[Ints, Ints]]:
        """From the first goods to the last of some sets: the set up to there, and its last goods."""
        found = []
        for level in self.levels[size - 1 :: -1]:
            found.append((at, level.last[at]))
            at = level.parent[at]
        return found[::-1]


@dataclass(frozen=True)
class _Rows:
    """Cases of frequent sets: one row for an order that holds the set `of`; the `tail` rows after it are more goods of the same
    order, each of which makes a larger set together with what the order's rows have in common."""

    of: Ints
    item: Ints
    tail: Ints


def itemsets(baskets: Baskets, *, least: int, most: int) -> Itemsets:
    """All sets of up to `most` goods that are in `least` orders or more (`baskets` hold no rarer goods). Raises `rules_many`.

    Sets grow goods by goods, the rarest first, so that few orders have to be looked through: M. Zaki, IEEE TKDE 12 (2000). The cases of
    some sets at a time are counted by sorting, to the largest size before the next sets are begun.

    >>> order, item = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 0, 1, 1])
    >>> found = itemsets(Baskets.of(order, item, np.zeros(3, np.int64), 2), least=2, most=3)
    >>> [level.times.tolist() for level in found.levels], found.goods(2, np.array([0])).tolist()
    ([[2, 3], [2]], [[0, 1]])
    """
    kept = np.flatnonzero(np.bincount(baskets.item, minlength=1))
    kept = kept[np.argsort(baskets.often[kept], kind="stable")]
    number = np.zeros(len(baskets.often) + 1, np.int64)
    number[kept] = np.arange(len(kept))
    order, item = rising(baskets.order, number[baskets.item], len(kept) + 1)
    sizes = np.bincount(order) if len(order) else np.zeros(0, np.int64)
    growth = _Growth(Itemsets(kept, baskets.often[kept]), least, most)
    growth.of(1, _Rows(item, item, np.cumsum(sizes)[order] - 1 - np.arange(len(order))))
    return growth.ended()


class _Growth:
    """Sets as they are found."""

    def __init__(self, sets: Itemsets, least: int, most: int) -> None:
        self.sets, self.least, self.most = sets, least, most
        self.parts: list[list[Level]] = [[] for _ in range(most - 1)]
        self.many = [0] * (most - 1)
        self.cases = 0

    def of(self, size: int, rows: _Rows) -> None:
        """Find the larger sets of these rows of sets of a size, sets with few numbers first."""
        if size == self.most or not len(rows.of):
            return
        by = np.argsort(rows.of, kind="stable")
        by = by[rows.tail[by] > 0]
        ends = np.cumsum(rows.tail[by])
        starts = np.flatnonzero(np.diff(rows.of[by], prepend=-1))
        before = ends[starts] - rows.tail[by[starts]]
        self._count(int(ends[-1]) if len(ends) else 0)
        cuts = starts[np.flatnonzero(np.diff(before // CHUNK)) + 1]
        for part in np.split(by, cuts):
            if len(part):
                self._grow(size, rows, part)

    def _grow(self, size: int, rows: _Rows, part: Ints) -> None:
        """The same of the rows of some whole sets."""
        many = rows.tail[part]
        right = np.arange(int(many.sum())) + np.repeat(part + 1 - (np.cumsum(many) - many), many)
        width, first = self.sets.width, rows.of[part[0]]
        key = np.repeat((rows.of[part] - first) * width, many) + rows.item[right]
        if size + 1 == self.most:
            key.sort()
            begin = np.flatnonzero(np.diff(key, prepend=-1))
            times = np.diff(begin, append=len(key))
            enough = times >= self.least
            self._keep(size, key[begin[enough]], times[enough], first)
            return
        key, case = rising(key, np.arange(len(key)), len(key))
        begin = np.flatnonzero(np.diff(key, prepend=-1))
        times = np.diff(begin, append=len(key))
        enough = times >= self.least
        offset = self._keep(size, key[begin[enough]], times[enough], first)
        of = np.full(len(key), -1)
        of[case[np.repeat(enough, times)]] = np.repeat(offset + np.arange(int(enough.sum())), times[enough])
        alive = np.flatnonzero(of >= 0)
        group = np.repeat(np.arange(len(part)), many)[alive]
        ends = np.cumsum(np.bincount(group, minlength=len(part)))
        self.of(size + 1, _Rows(of[alive], rows.item[right[alive]], ends[group] - 1 - np.arange(len(alive))))

    def _keep(self, size: int, keys: Ints, times: Ints, first: int) -> int:
        """Keep the larger sets by their keys; the number of the first of them."""
        parent, last = np.divmod(keys, self.sets.width)
        offset = self.many[size - 1]
        self.parts[size - 1].append(Level(parent + first, last, times))
        self.many[size - 1] += len(times)
        self._count(0)
        return offset

    def _count(self, cases: int) -> None:
        self.cases += cases
        if self.cases > MOST_CASES or sum(self.many) > MOST_SETS:
            raise GoldloopError(
                "rules_many", "There are too many sets of goods that are bought together.", given=f"{sum(self.many):,}",
                allowed=MOST_SETS, todo="--least, --window or --left",
            )  # fmt: skip

    def ended(self) -> Itemsets:
        """All sets, size by size as far as there are any."""
        for parts in self.parts:
            columns = [
                np.concatenate([getattr(part, name) for part in parts] or [np.zeros(0, np.int64)])
                for name in ("parent", "last", "times")
            ]
            if not len(columns[0]):
                break
            self.sets.levels.append(Level(*columns))
        return self.sets
