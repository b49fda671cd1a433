"""Purchase histories of customers, reduced to what repurchase models need: equal customers are one row with a count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Histories:
    """Customers by how often and when they bought; four arrays of one shape (n,).

    `frequency`: purchases after the first one (count; several on one day are one); `recency`: time from the first to the
    last purchase, 0 where there is one only; `age`: time from the first purchase to the moment of looking, at least
    `recency`; both in the caller's unit, the same for all; `count`: how many customers are alike. Raises `members_shape`.

    >>> Histories.of([2, 0, 2], [30, 0, 30], [38, 38, 38])
    Histories(frequency=array([0, 2]), recency=array([ 0., 30.]), age=array([38., 38.]), count=array([1, 2]))
    """

    frequency: Ints
    recency: Floats
    age: Floats
    count: Ints

    @classmethod
    def of(cls, frequency: object, recency: object, age: object, count: object = None) -> Histories:
        """From one row per customer (or per group of `count` alike ones); equal rows become one. Raises `members_shape`."""
        often = np.asarray(frequency, np.int64)
        since, old = np.asarray(recency, np.float64), np.asarray(age, np.float64)
        many = np.ones(len(often), np.int64) if count is None else np.asarray(count, np.int64)
        _check(often, since, old, many)
        order = np.lexsort((old, since, often))
        often, since, old, many = often[order], since[order], old[order], many[order]
        other = (np.diff(often) != 0) | (np.diff(since) != 0) | (np.diff(old) != 0)
        starts = np.flatnonzero(np.r_[len(often) > 0, other])
        summed = np.add.reduceat(many, starts) if len(starts) else many[:0]
        return cls(often[starts], since[starts], old[starts], summed)

    @property
    def people(self) -> int:
        """How many customers these are."""
        return int(self.count.sum())

    @property
    def repeaters(self) -> int:
        """How many of them bought again."""
        return int(self.count[self.frequency > 0].sum())

    def every(self, step: int) -> Histories:
        """Every `step`-th row: a thinner picture of the same customers."""
        return Histories(self.frequency[::step], self.recency[::step], self.age[::step], self.count[::step])


def _check(often: Ints, since: Floats, old: Floats, many: Ints) -> None:
    if len({often.shape, since.shape, old.shape, many.shape}) > 1 or often.ndim != 1:
        raise GoldloopError("members_shape", "Histories do not have the same number of values in every column.")
    wrong = ~((often >= 0) & (many > 0) & (since >= 0) & (since <= old) & np.isfinite(old))
    wrong |= (often == 0) != (since == 0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise GoldloopError(
            "members_history",
            "A history contradicts itself.",
            given=f"frequency {often[at]}, recency {since[at]:g}, age {old[at]:g}",
            allowed="0 <= recency <= age, and recency 0 exactly where nothing was bought again",
        )
