"""What is drilled into: a sum or a ratio, with the exact account of what each segment did to its change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.decompose import mix_rate
from goldloop.core.drill.cube import Ints

Array = NDArray[np.float64]
Rows = Ints | NDArray[np.bool_] | slice
EVERYTHING = slice(None)


@dataclass(frozen=True)
class Part:
    """A part of the figure and what it did to the change, in the figure's own unit (int where the leaves are int).

    `before` and `after`: its own sum, or its own ratio (None where its denominator is 0). `contribution`: of a sum
    `after - before`; of a ratio `mix + rate`, so that parts that together hold every leaf once sum to the change.
    `share` = contribution / change, None where the figure did not change. `mix` and `rate` are None for sums.
    """

    before: float | None
    after: float | None
    contribution: float
    share: float | None
    mix: float | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Movement:
    """Numbers that a cause multiplies, by leaf, and the `worth` of one unit of them in the unit of the figure.

    `squares`: of the sales they are made of, summed over both sides, where these are known.
    """

    before: Array
    after: Array
    worth: Array
    squares: Array | None = None

    def of(self, leaves: Ints) -> Movement:
        """The same for the leaves at some positions."""
        squares = None if self.squares is None else self.squares[leaves]
        return Movement(self.before[leaves], self.after[leaves], self.worth[leaves], squares)


class Sum:
    """A figure that adds up; `before`, `after` and the `squares` of its sales of shape (leaves,), units as in `drill`.

    >>> Sum(np.array([6, 4]), np.array([3, 5])).part(np.array([0]))
    Part(before=6, after=3, contribution=-3, share=1.5, mix=None, rate=None)
    """

    def __init__(self, before: NDArray[Any], after: NDArray[Any], squares: NDArray[Any] | None = None) -> None:
        self.before, self.after = before, after
        self.squares = None if squares is None else squares.astype(float)
        self.change = (after.sum() - before.sum()).item()

    def part(self, leaves: Rows = EVERYTHING) -> Part:
        """The account of some leaves (positions, or one flag each): `contribution = after - before`, in the figure's unit."""
        before, after = self.before[leaves].sum().item(), self.after[leaves].sum().item()
        return Part(before, after, after - before, _share(after - before, self.change))

    def movements(self) -> Iterator[Movement]:
        """The sum itself, each unit of it worth 1."""
        yield Movement(self.before.astype(float), self.after.astype(float), np.ones(len(self.before)), self.squares)


class Ratio:
    """A figure `sum of over / sum of under`; four arrays of shape (leaves,), each pair in any one unit.

    Raises `decompose_undefined` where `under` sums to 0 on a side. Source: Kitagawa, see `decompose.mix_rate`.

    >>> part = Ratio((np.array([50, 10]), np.array([27.5, 30])), (np.array([1000, 1000]), np.array([500, 2500]))).part(np.array([0]))
    >>> part.before, part.after, round(part.mix, 5), round(part.rate, 5)
    (0.05, 0.055, -0.00931, 0.00167)
    """

    def __init__(self, over: tuple[NDArray[Any], NDArray[Any]], under: tuple[NDArray[Any], NDArray[Any]]) -> None:
        self.over, self.under = over, under
        (over0, over1), (under0, under1) = ([float(side.sum()) for side in pair] for pair in (over, under))
        self.total = ((over0, under0), (over1, under1))
        self.change = self._effects([[over0], [over1], [under0], [under1]])[2]

    def part(self, leaves: Rows = EVERYTHING) -> Part:
        """The account of some leaves: mix where their share of the denominator moved, rate where their own ratio did.

        Contributions are in the ratio's unit (0.01 = 1 point); `before` and `after` are None where the leaves' own
        denominator is 0.
        """
        over0, over1, under0, under1 = (side[leaves].sum().item() for side in (*self.over, *self.under))
        mix, rate, both = self._effects([[over0], [over1], [under0], [under1]])
        before, after = over0 / under0 if under0 else None, over1 / under1 if under1 else None
        return Part(before, after, both, _share(both, self.change), mix, rate)

    def movements(self) -> Iterator[Movement]:
        """The rates, at the mean denominator, and the denominators: `o / u x (u0 + u1) / 2`, and `u`.

        A unit of the first is worth `1 / sum of mean denominators`; of the second by how far the leaf's own ratio is from
        the whole's. A leaf without a denominator on one side has no rate: 0 on both.
        """
        (over0, over1), (under0, under1) = (
            tuple(side.astype(float) for side in pair) for pair in (self.over, self.under)
        )
        rated, mean = (under0 != 0) & (under1 != 0), (under0 + under1) / 2
        rate0, rate1 = (
            np.divide(o * mean, u, out=np.zeros(len(o)), where=rated) for o, u in ((over0, under0), (over1, under1))
        )
        yield Movement(rate0, rate1, np.full(len(mean), 1 / mean.sum()))
        own = np.divide(over0 + over1, 2 * mean, out=np.zeros(len(mean)), where=mean != 0)
        yield Movement(under0, under1, (own - (over0 + over1).sum() / (2 * mean).sum()) / under1.sum())

    def _effects(self, sums: list[list[float]]) -> tuple[float, float, float]:
        parts = mix_rate((sums[0], sums[1]), (sums[2], sums[3]), self.total)
        mix, rate = parts.mix.item(), parts.rate.item()
        return mix, rate, mix + rate


def _share(contribution: float, change: float) -> float | None:
    return contribution / change if change else None
