"""How much leaves move by themselves: relative deviations, and their variance by the size of the leaf."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Array = NDArray[np.float64]

NARROWEST = 1e-6  # variance: no leaf is believed to stand stiller than 0.1 %
VANISHED = 1e-6  # the smallest factor: 0 after 5 counts as a millionth
MEDIAN, NINTH = 0.4549, 2.7055  # the median and the 90 % point of chi-square with one degree of freedom
BANDS, PER_BAND = 16, 100


def relative(before: Array, after: Array) -> Array:
    """`d = (v1 - v0) / max(v0, v1)`, between -1 (vanished) and 1 (new); the same for every leaf that took the same factor.

    A pair of one sign is measured without its sign; where signs differ the negative side counts as nothing.

    >>> relative(np.array([4.0, 3.0, 0.0]), np.array([3.0, 4.0, 7.0])).tolist()
    [-0.25, 0.25, 1.0]
    """
    opposite = before * after < 0
    old = np.where(opposite & (before < 0), 0.0, np.abs(before))
    new = np.where(opposite & (after < 0), 0.0, np.abs(after))
    largest = np.maximum(old, new)
    return np.divide(new - old, largest, out=np.zeros(len(old)), where=largest > 0)


def deviation(factor: Array) -> Array:
    """The relative deviation that a factor causes: `(g - 1) / max(g, 1)`."""
    return (factor - 1) / np.maximum(factor, 1)


def factor(mean: float) -> float:
    """The factor behind a mean relative deviation, the inverse of `deviation`; bounded where everything vanished or is new."""
    bounded = min(max(mean, VANISHED - 1), 1 - VANISHED)
    return 1 + bounded if bounded < 0 else 1 / (1 - bounded)


def spread(squares: Array) -> float:
    """A variance from squared deviations that a few causes cannot inflate: by median and 90 % point, at most the mean.

    The mean is the bound for leaves so small that they only appear and vanish (deviations of 1 and -1).
    """
    middle, high = len(squares) // 2, int(0.9 * (len(squares) - 1))
    ordered = np.partition(squares, (middle, high))
    return float(min(max(ordered[middle] / MEDIAN, ordered[high] / NINTH), squares.mean()))


class Bands:
    """Leaves in bands of like size: small leaves move more."""

    def __init__(self, size: Array) -> None:
        self.order = np.argsort(size, kind="stable")
        ordered = size[self.order]
        starts = np.linspace(0, len(size), max(1, min(BANDS, len(size) // PER_BAND)), endpoint=False).astype(int)
        # equal sizes stay together: else a band could be a segment, and its cause pass for noise
        self.ends = np.unique([0, *np.searchsorted(ordered, ordered[starts]), len(size)])

    def variance(self, left: Array, explained: Sequence[Ints]) -> Array:
        """The variance of each leaf's deviation, from what is `left` of it, shape (leaves,).

        Read band by band from the leaves outside the `explained` segments, and between its neighbours where a band has
        too few; inside an explained segment it is the segment's own where that is wider: a cause seldom hits all alike.
        """
        free = np.ones(len(left), bool)
        for leaves in explained:
            free[leaves] = False
        if free.sum() < len(left) / 4:
            free[:] = True
        squares, free = left[self.order] ** 2, free[self.order]
        bands, variances = [], []
        for band, (start, end) in enumerate(pairwise(self.ends)):
            inside = squares[start:end][free[start:end]]
            if len(inside) >= min(PER_BAND // 4, len(left) // 4):
                bands.append(band)
                variances.append(max(spread(inside), NARROWEST))
        every = np.interp(np.arange(len(self.ends) - 1), bands, variances)
        found = np.empty(len(left))
        found[self.order] = np.repeat(every, np.diff(self.ends))
        for leaves in explained:
            found[leaves] *= max(1.0, spread(left[leaves] ** 2 / found[leaves]))
        return found
