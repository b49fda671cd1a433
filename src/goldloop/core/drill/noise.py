"""How far leaves moved beyond a factor, and how much they move by themselves: by their size and by the sales they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Array = NDArray[np.float64]

NARROWEST = 1e-6  # variance: no leaf is believed to stand stiller than 0.1 %
VANISHED = 1e-6  # the smallest factor: 0 after 5 counts as a millionth, its inverse is the largest
MEDIAN, NINTH = 0.4549, 2.7055  # the median and the 90 % point of chi-square with one degree of freedom
BANDS, PER_BAND = 16, 100


def spread(squares: Array) -> float:
    """A variance from squared deviations, shape (n,), n > 0, that a few causes cannot inflate; in their unit.

    `min(max(median / 0.4549, 90 % point / 2.7055), mean)`: the points of a chi-square with one degree of freedom. The
    mean is the bound for leaves so small that they only appear and vanish (deviations of 1 and -1). Source: variance from
    the median of squares, P. Rousseeuw and A. Leroy, Robust Regression (1987).

    >>> spread(np.array([0.0, 1.0] * 10 + [900.0])) < 3
    True
    """
    middle, high = len(squares) // 2, int(0.9 * (len(squares) - 1))
    ordered = np.partition(squares, (middle, high))
    return float(min(max(ordered[middle] / MEDIAN, ordered[high] / NINTH), squares.mean()))


class Bands:
    """Leaves in bands of like size (any unit, shape (leaves,)): small leaves move more.

    >>> Bands(np.array([1.0, 900.0, 2.0])).order.tolist()
    [0, 2, 1]
    """

    def __init__(self, size: Array) -> None:
        self.order = np.argsort(size, kind="stable")
        ordered = size[self.order]
        starts = np.linspace(0, len(size), max(1, min(BANDS, len(size) // PER_BAND)), endpoint=False).astype(int)
        # equal sizes stay together: else a band could be a segment, and its cause pass for noise
        self.ends = np.unique([0, *np.searchsorted(ordered, ordered[starts]), len(size)])

    def variance(self, left: Array, explained: Sequence[Ints]) -> Array:
        """The variance of each leaf's deviation, from what is `left` of it; shape (leaves,), no unit, at least 1e-6.

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


class Deviations:
    """What factors leave over of leaves, in shares of each leaf's larger side, with variances and weights.

    With sides v0 and v1 and a factor g, `left = (v1 - g v0) / (max(g, 1) max(v0, v1))`: between -1 and 1, 0 for every leaf
    that took the factor, with the other sign where both sides are exchanged. A pair of one sign is measured without its
    sign; where signs differ the negative side counts as nothing.

    `squares`: of the sales that a leaf is made of, summed over both sides. If sales come by chance, each for itself, that
    is the variance of `v1 - v0` (compound Poisson). So a leaf of one large sale is not surer than that sale.

    `before`, `after` and `squares` have shape (leaves,); no leaf may be 0 on both sides.

    >>> Deviations(np.array([10.0, 10.0]), np.array([5.0, 20.0])).left(np.array([1.0, 2.0])).tolist()
    [-0.5, 0.0]
    """

    def __init__(self, before: Array, after: Array, squares: Array | None = None) -> None:
        opposite = before * after < 0
        self.old = np.where(opposite & (before < 0), 0.0, np.abs(before))
        self.new = np.where(opposite & (after < 0), 0.0, np.abs(after))
        self.size = np.maximum(self.old, self.new)
        self.bands = Bands(np.maximum(np.abs(before), np.abs(after)))
        self.squares = squares
        # the sale that a unit of money is part of, on average: what a leaf of few sales weighs by
        self.grain = 0.0 if squares is None else squares.sum() / (self.old + self.new).sum()

    def left(self, factors: Array) -> Array:
        """What the factors (positive, shape (leaves,)) leave over, same shape, between -1 and 1."""
        return (self.new - factors * self.old) / (np.maximum(factors, 1) * self.size)

    def variance(self, left: Array, explained: Sequence[Ints]) -> Array:
        """The variance of what is left over, shape (leaves,): that of leaves of like size, at least a leaf's own sales'.

        `max(band's variance, squares / size^2)`.
        """
        found = self.bands.variance(left, explained)
        return found if self.squares is None else np.maximum(found, self.squares / self.size**2)

    def weights(self, variance: Array) -> Array:
        """`1 / variance`, at most `size / grain`, shape (leaves,).

        Leaves of single sales then sum to money, not to how many came and went.
        """
        return np.minimum(1 / variance, self.size / self.grain) if self.grain else 1 / variance

    def factor(self, leaves: Ints, factors: Array, weights: Array) -> float:
        """By what the factors of some leaves must be multiplied for nothing to be left over of their weighted mean.

        `sum(s v1) / sum(s g v0)` with `s = w / (max(g, 1) size)`; 1e-6 to 1e6, the largest where nothing was before.
        """
        share = weights[leaves] / (np.maximum(factors[leaves], 1) * self.size[leaves])
        old, new = (share * factors[leaves] * self.old[leaves]).sum(), (share * self.new[leaves]).sum()
        return float(min(max(new / old, VANISHED), 1 / VANISHED)) if old else 1 / VANISHED
