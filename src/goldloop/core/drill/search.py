"""The search: one segment after another, each the one that explains most of what is left, until none is surprising."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldloop.core.drill.cube import Cube, Ints
from goldloop.core.drill.figure import Movement
from goldloop.core.drill.noise import MEDIAN, VANISHED, Deviations

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

THRESHOLD = 10.0  # added to the penalty: under 1 false alarm in 100 quiet cubes
ROUNDS = 5  # of fitting the factors of overlapping segments to each other
ENOUGH = 20  # cells that tell how much the segments of a cuboid move by themselves
UNSURE = 2.33  # standard error of a median of chi-squares, over that median, times the root of how many


def causes(cube: Cube, movement: Movement, smallest: float, most: int) -> list[Cause]:
    """The causes of a movement, at most `most`, each worth at least `smallest` in the unit of the figure, first found first.

    Everything may have moved, and hide in its own direction what moved the other way. So where nothing is found, or where
    what is found holds half of all leaves, the search is made again from the move of everything; of two explanations the
    cheaper one counts. `cube` and `movement` are of the same leaves, none of them 0 on both sides.

    >>> from goldloop.core.drill.cube import cube
    >>> codes = np.indices((6, 20)).reshape(2, -1).T
    >>> before = np.full(120, 1000.0)
    >>> after = before + np.arange(120) % 7 - 3
    >>> after[codes[:, 0] == 2] *= 0.5
    >>> [(c.cell, len(c.leaves), round(c.factor, 2)) for c in causes(cube(codes, 2), Movement(before, after, np.ones(120)), 0.0, 3)]
    [(2, 20, 0.5)]
    """
    search = Search(cube, movement, smallest)
    found = search.run(most)
    held = len(np.unique(np.concatenate([c.leaves for c in found]))) if found else 0
    if len(found) == 1 or 0 < held < len(search.weights) / 2:
        return found
    again = Search(cube, movement, smallest)
    other = again.run(most, whole_first=True)
    weights = (search.weights + again.weights) / 2
    return other if not found or again.cost(weights) < search.cost(weights) else found


@dataclass
class Cause:
    """A segment that took a factor of its own; `cuboid` and `cell` say which, `leaves` are its positions.

    `factor`: by what its leaves were multiplied; `surprise`: its mean deviation in standard errors.
    """

    cuboid: int
    cell: int
    leaves: Ints
    factor: float = 1.0
    surprise: float = 0.0


class Search:
    """Explains relative deviations by factors of few segments.

    With what is left d_i of leaf i, its weight w_i, and a cell S: `gain = (sum_S w d)^2 / sum_S w` is what a common factor of
    S explains (chi-square where nothing happened and w is 1 / variance; `_errors` tells where it is not), and
    `unlike = max over further cuts of (sum of the children's gains - gain - (children - 1))` what it leaves unexplained
    because its children moved differently. The ripple-effect score `gain - unlike - penalty` is largest for the very
    segment that was hit: a part of it gains less, a wider one has children that stood still. Deviations have no unit,
    `smallest` is in the unit of the figure. Sources as in `answer.drill`.
    """

    def __init__(self, cube: Cube, movement: Movement, smallest: float) -> None:
        self.cube, self.movement, self.smallest = cube, movement, smallest
        self.deviations = Deviations(movement.before, movement.after, movement.squares)
        self.causes: list[Cause] = []
        self.factors = np.ones(len(movement.before))
        self.penalties = penalties(cube)
        self._weigh()

    def run(self, most: int, whole_first: bool = False) -> list[Cause]:
        """At most `most` causes, each with its factor and surprise; the move of everything is fitted but never a cause."""
        cause = Cause(len(self.gains) - 1, 0, self.cube.leaves({})) if whole_first else self._best()
        while cause is not None:
            self.causes.append(cause)
            self._fit()
            self._weigh()
            cause = self._best() if len(self._segments()) < most else None
        for cause in self.causes:
            cause.surprise = self._surprise(cause)
        self.causes = [c for c in self.causes if c.surprise**2 >= self.penalties[c.cuboid]]
        return self._segments()

    def cost(self, weights: Array) -> float:
        """`sum(w d^2)`, what is left over as a chi-square by `weights` of shape (leaves,), plus the penalties of all causes."""
        left = self.deviations.left(self.factors)
        return float((weights * left**2).sum() + sum(self.penalties[c.cuboid] for c in self.causes))

    def _segments(self) -> list[Cause]:
        return [c for c in self.causes if self.cube.cuboids[c.cuboid].cuts]

    def _weigh(self) -> None:
        """Variances, weights and gains from what the causes so far leave over."""
        left = self.deviations.left(self.factors)
        variance = self.deviations.variance(left, [c.leaves for c in self._segments()])
        self.weights = self.deviations.weights(variance)
        self.variances = self.weights**2 * variance
        self.sums_of_variances: dict[int, Array] = {}
        self.weight = self.cube.sums(self.weights)
        self.gains = [s**2 / w for s, w in zip(self.cube.sums(self.weights * left), self.weight, strict=True)]
        self.worth = self.movement.worth * (self.movement.after - self.movement.before * self.factors)
        self.worths: dict[int, Array] = {}

    def _best(self) -> Cause | None:
        """The cell with the largest score among those whose gain is surprising and that are not yet a cause."""
        unlike = [np.zeros(len(g)) for g in self.gains]
        for step in self.cube.steps:
            together = np.bincount(step.within, self.gains[step.child], len(self.gains[step.parent]))
            np.maximum(unlike[step.parent], together - self.gains[step.parent] - step.others, out=unlike[step.parent])
        best, found = 0.0, None
        bars = [*self.penalties[:-1], 0.0]  # the move of everything need not surprise anybody
        for at in range(len(bars) - 1, -1, -1):  # the short ones first: they are few, and win a tie
            gain, bar = self.gains[at] / self._beside(at), bars[at]
            score = np.where(gain >= bar, gain - unlike[at] - bar, -1.0)
            score[[cause.cell for cause in self.causes if cause.cuboid == at]] = -1.0
            if score.max() <= best:
                continue  # and neither of the two below, which cost more, need be known
            score[~self._matters(at) | (gain < bar * self._restless(at) * self._errors(at))] = -1.0
            cell = int(score.argmax())
            if score[cell] > best:
                best, found = float(score[cell]), (at, cell)
        if found is None:
            return None
        return Cause(*found, self.cube.leaves(self.cube.segment(*found)))

    def _matters(self, at: int) -> Flags:
        """The cells in which enough of the figure is left unexplained; of the move of everything any amount counts."""
        if not self.cube.cuboids[at].cuts:
            return np.ones(1, bool)
        left = np.abs(self.cube.sums_of(at, self.worth, self.worths))
        return (left >= self.smallest) & (left > 0)

    def _beside(self, at: int) -> Array:
        """The share of all weight outside each cell once everything has a factor, else 1.

        By it a cell's gain is divided: it is judged beside the rest, not beside a mean that it is part of.
        """
        if not self.cube.cuboids[at].cuts or len(self._segments()) == len(self.causes):
            return np.ones(len(self.weight[at]))
        return np.maximum(1 - self.weight[at] / self.weight[-1][0], VANISHED)

    def _errors(self, at: int) -> Array:
        """By how much the variance of a cell's sum exceeds its weight, at least 1: few large sales among many small ones."""
        return np.maximum(1.0, self.cube.sums_of(at, self.variances, self.sums_of_variances) / self.weight[at])

    def _restless(self, at: int) -> float:
        """How much more the cells of a cuboid move than their leaves explain, at least 1: products with a life of their own.

        By the median gain, less the standard error of a median of so few.
        """
        gains = self.gains[at]
        if len(gains) < ENOUGH:
            return 1.0
        return max(1.0, float(np.median(gains)) / MEDIAN / (1 + UNSURE / len(gains) ** 0.5))

    def _fit(self) -> None:
        """The factors of all causes together, so that no cause's mean deviation is left over."""
        for _ in range(ROUNDS if len(self.causes) > 1 else 1):
            for cause in self.causes:
                change = self.deviations.factor(cause.leaves, self.factors, self.weights)
                cause.factor *= change
                self.factors[cause.leaves] *= change

    def _surprise(self, cause: Cause) -> float:
        """The standard errors by which a cause's leaves deviate from what all the others explain."""
        at, weights = cause.cuboid, self.weights[cause.leaves]
        without = self.deviations.left(self.factors / cause.factor)[cause.leaves]
        gain = (weights * without).sum() ** 2 / weights.sum() / self._beside(at)[cause.cell]
        return float(np.sqrt(gain / self._errors(at)[cause.cell] / self._restless(at)))


def penalties(cube: Cube) -> list[float]:
    """For each cuboid the gain that a cell must exceed: `2 ln(cells of all cuboids with as many cuts) + 10`.

    The largest of m chi-squares is about 2 ln m: longer segments, of which there are more, must explain more. No unit.
    Source: D. Donoho and I. Johnstone, Biometrika 81 (1994).

    >>> from goldloop.core.drill.cube import cube
    >>> [round(float(p), 2) for p in penalties(cube(np.indices((4, 5)).reshape(2, -1).T, 2))]
    [15.99, 14.39, 14.39, 10.0]
    """
    cells: dict[int, int] = {}
    for cuboid in cube.cuboids:
        cells[len(cuboid.cuts)] = cells.get(len(cuboid.cuts), 0) + len(cuboid.keys)
    return [(2 * np.log(cells[len(c.cuts)]) if c.cuts else 0.0) + THRESHOLD for c in cube.cuboids]
