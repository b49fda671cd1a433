"""The search: one segment after another, each the one that explains most of what is left, until none is surprising."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldloop.core.drill.cube import Cube, Ints
from goldloop.core.drill.figure import Movement
from goldloop.core.drill.noise import MEDIAN, Bands, deviation, factor, relative

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

THRESHOLD = 10.0  # added to the penalty: under 1 false alarm in 100 quiet cubes
ROUNDS = 5  # of fitting the factors of overlapping segments to each other
ENOUGH = 20  # cells that tell how much the segments of a cuboid move by themselves


def causes(cube: Cube, movement: Movement, smallest: float, most: int) -> list[Cause]:
    """The causes of a movement, at most `most`, each worth at least `smallest` in the unit of the figure.

    Where several come out that hold half of all leaves, everything may have moved and the rest have stood still: then
    the search is made again from the move of everything, and the cheaper explanation counts.
    """
    search = Search(cube, movement, smallest)
    found = search.run(most)
    if len(found) > 1 and len(np.unique(np.concatenate([c.leaves for c in found]))) >= len(search.weights) / 2:
        again = Search(cube, movement, smallest)
        other = again.run(most, whole_first=True)
        weights = (search.weights + again.weights) / 2
        if again.cost(weights) < search.cost(weights):
            return other
    return found


@dataclass
class Cause:
    """A segment that took a factor of its own; `cuboid` and `cell` say which, `leaves` are its positions."""

    cuboid: int
    cell: int
    leaves: Ints
    factor: float = 1.0
    surprise: float = 0.0  # its mean deviation in standard errors


class Search:
    """Explains relative deviations by factors of few segments.

    With the deviation d_i of leaf i, w_i = 1 / its variance, and a cell S: `gain = (sum_S w d)^2 / sum_S w` is what a
    common factor of S explains (chi-square where nothing happened), and
    `unlike = max over further cuts of (sum of the children's gains - gain - (children - 1))` what it leaves unexplained
    because its children moved differently. The ripple-effect score `gain - unlike - penalty` is largest for the very
    segment that was hit: a part of it gains less, a wider one has children that stood still.
    """

    def __init__(self, cube: Cube, movement: Movement, smallest: float) -> None:
        self.cube, self.movement, self.smallest = cube, movement, smallest
        self.deviations = relative(movement.before, movement.after)
        self.bands = Bands(np.maximum(np.abs(movement.before), np.abs(movement.after)))
        self.causes: list[Cause] = []
        self.factors = np.ones(len(self.deviations))
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
        """What is left over, as a chi-square, plus the penalties of all causes."""
        left = self.deviations - deviation(self.factors)
        return float((weights * left**2).sum() + sum(self.penalties[c.cuboid] for c in self.causes))

    def _segments(self) -> list[Cause]:
        return [c for c in self.causes if self.cube.cuboids[c.cuboid].cuts]

    def _weigh(self) -> None:
        """Variances, weights and gains from what the causes so far leave over."""
        left = self.deviations - deviation(self.factors)
        self.weights = 1 / self.bands.variance(left, [c.leaves for c in self._segments()])
        weight = self.cube.sums(self.weights)
        self.gains = [s**2 / w for s, w in zip(self.cube.sums(self.weights * left), weight, strict=True)]
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
            gain, bar = self.gains[at], bars[at]
            score = np.where(gain >= bar, gain - unlike[at] - bar, -1.0)
            score[[cause.cell for cause in self.causes if cause.cuboid == at]] = -1.0
            if score.max() <= best:
                continue  # and neither of the two below, which cost more, need be known
            score[~self._matters(at) | (gain < bar * self._restless(at))] = -1.0
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

    def _restless(self, at: int) -> float:
        """How much more the cells of a cuboid move than their leaves explain, at least 1: products with a life of their own."""
        gains = self.gains[at]
        return max(1.0, float(np.median(gains)) / MEDIAN) if len(gains) >= ENOUGH else 1.0

    def _fit(self) -> None:
        """The factors of all causes together, so that no cause's mean deviation is left over."""
        for _ in range(ROUNDS if len(self.causes) > 1 else 1):
            for cause in self.causes:
                weights = self.weights[cause.leaves]
                told = (weights * self.deviations[cause.leaves]).sum() / weights.sum()
                fitted = (weights * deviation(self.factors[cause.leaves])).sum() / weights.sum()
                change = factor(told) / factor(fitted)
                cause.factor *= change
                self.factors[cause.leaves] *= change

    def _surprise(self, cause: Cause) -> float:
        """The standard errors by which a cause's leaves deviate from what all the others explain."""
        without = deviation(self.factors[cause.leaves] / cause.factor)
        weights = self.weights[cause.leaves]
        mean = (weights * (self.deviations[cause.leaves] - without)).sum() / np.sqrt(weights.sum())
        return float(abs(mean) / np.sqrt(self._restless(cause.cuboid)))


def penalties(cube: Cube) -> list[float]:
    """For each cuboid the gain that a cell must exceed: `2 ln(cells of all cuboids with as many cuts) + 10`.

    The largest of m chi-squares is about 2 ln m: longer segments, of which there are more, must explain more.
    """
    cells: dict[int, int] = {}
    for cuboid in cube.cuboids:
        cells[len(cuboid.cuts)] = cells.get(len(cuboid.cuts), 0) + len(cuboid.keys)
    return [(2 * np.log(cells[len(c.cuts)]) if c.cuts else 0.0) + THRESHOLD for c in cube.cuboids]
