"""Array types and the few group-wise operations on whole numbers that the simulation needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

DAY = 86_400  # seconds
NEVER = np.int64(2**62)  # a moment that does not come


def sums(groups: Ints, values: Ints | Bools | None, size: int) -> Ints:
    """Sum of `values` per group number 0..size-1 (or the count when `values` is None); exact below 2^53."""
    weights = None if values is None else values.astype(np.float64)
    return np.bincount(groups, weights=weights, minlength=size).astype(np.int64)


def ranks(groups: Ints) -> Ints:
    """Position of each element inside its group, from 0; `groups` must be sorted.

    >>> ranks(np.array([0, 0, 2, 2, 2])).tolist()
    [0, 1, 0, 1, 2]
    """
    if not len(groups):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    lengths = np.diff(np.r_[starts, len(groups)])
    return np.arange(len(groups), dtype=np.int64) - np.repeat(starts, lengths)


def split(totals: Ints, groups: Ints, weights: Ints) -> Ints:
    """Split `totals[g]` over the elements of group g by weight: largest remainder, ties by position.

    The vectorised form of `goldloop.core.money.split`: totals and weights are minor units and not negative, `groups`
    is sorted, and the parts of a group sum to its total exactly.

    >>> split(np.array([100]), np.array([0, 0, 0]), np.array([1, 1, 1])).tolist()
    [34, 33, 33]
    """
    whole = sums(groups, weights, len(totals))
    even = whole[groups] == 0
    weights = np.where(even, 1, weights)
    whole = sums(groups, weights, len(totals))
    scaled = totals[groups] * weights
    parts: Ints = scaled // whole[groups]
    remainders = scaled % whole[groups]
    missing = totals - sums(groups, parts, len(totals))
    order = np.lexsort((np.arange(len(groups)), -remainders, groups))
    parts[order] += ranks(groups[order]) < missing[groups[order]]
    return parts


def draw(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` positions drawn with probability proportional to `weights`."""
    edges = np.cumsum(weights)
    found: Ints = np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
    return found
