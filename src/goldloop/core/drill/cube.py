"""Every segment of up to a few cuts at once: cuboids whose cells are found by mixed-radix counting."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cuboid:
    """All segments that fix the same cuts.

    `keys`: the mixed-radix number of each cell that has leaves, ascending, shape (cells,). `cell`: the cell of each row
    that is summed into it, rows being the leaves or, when `source` is given, the cells of that finer cuboid.
    """

    cuts: tuple[int, ...]
    keys: Ints
    cell: Ints
    source: int | None


@dataclass(frozen=True)
class Finer:
    """One step down: which cell of `parent` each cell of `child` lies in; `others` = children of a parent, less one."""

    parent: int
    child: int
    within: Ints
    others: Array


@dataclass(frozen=True)
class Cube:
    """The cuboids of all sets of at most `depth` cuts, the deepest first, the whole (no cut) last."""

    codes: Ints
    sizes: tuple[int, ...]
    cuboids: tuple[Cuboid, ...]
    steps: tuple[Finer, ...]

    def sums(self, values: Array) -> list[Array]:
        """A number per leaf, shape (leaves,), summed over the cells of every cuboid: shape (cells,) each, in its unit.

        Only the deepest cuboids read the leaves.
        """
        known: dict[int, Array] = {}
        return [self.sums_of(at, values, known) for at in range(len(self.cuboids))]

    def sums_of(self, at: int, values: Array, known: dict[int, Array]) -> Array:
        """The same for the cuboid at a position, shape (cells,); `known` keeps what was summed on the way."""
        if at not in known:
            cuboid = self.cuboids[at]
            rows = values if cuboid.source is None else self.sums_of(cuboid.source, values, known)
            known[at] = np.bincount(cuboid.cell, rows, len(cuboid.keys)).astype(float, copy=False)
        return known[at]

    def segment(self, cuboid: int, cell: int) -> dict[int, int]:
        """The value code of every cut that a cell fixes, by the number of the cut."""
        cuts = self.cuboids[cuboid].cuts
        values = _decoded(self.cuboids[cuboid], self.sizes)[cell]
        return dict(zip(cuts, (int(value) for value in values), strict=True))

    def leaves(self, segment: dict[int, int]) -> Ints:
        """The positions of the leaves of a segment (cut -> value code), ascending; none where it has no leaf."""
        inside = np.ones(len(self.codes), bool)
        for cut, value in segment.items():
            inside &= self.codes[:, cut] == value
        return np.flatnonzero(inside)


def cube(codes: Ints, depth: int) -> Cube:
    """Every segment that fixes at most `depth` cuts, over value codes of shape (leaves, cuts), each from 0.

    A cell's key is the mixed-radix number of its codes, `(c_1 x size_2 + c_2) x size_3 + c_3 ...`; cells without leaves do
    not exist. Source: the data cube of J. Gray et al., Data Mining and Knowledge Discovery 1 (1997).

    >>> found = cube(np.array([[0, 0], [0, 1], [1, 1]]), 2)
    >>> [c.cuts for c in found.cuboids], [s.tolist() for s in found.sums(np.array([5.0, 7.0, 1.0]))]
    ([(0, 1), (0,), (1,), ()], [[5.0, 7.0, 1.0], [12.0, 1.0], [5.0, 8.0], [13.0]])
    >>> found.segment(2, 1), found.leaves({1: 1}).tolist()
    ({1: 1}, [1, 2])
    """
    sizes = tuple(int(s) + 1 for s in codes.max(axis=0))
    everything = range(len(sizes))
    found: list[Cuboid] = []
    steps: list[Finer] = []
    place: dict[tuple[int, ...], int] = {}
    for level in range(min(depth, len(sizes)), -1, -1):
        for cuts in combinations(everything, level):
            finer = [place[c] for c in combinations(everything, level + 1) if c in place and set(cuts) <= set(c)]
            rows = [_decoded(found[f], sizes)[:, [found[f].cuts.index(c) for c in cuts]] for f in finer]
            first = rows[0] if finer else codes[:, cuts]
            keys, cell = _cells(_mixed(first, cuts, sizes), _space(cuts, sizes))
            place[cuts] = here = len(found)
            found.append(Cuboid(cuts, keys, cell, finer[0] if finer else None))
            for child, values in zip(finer, rows, strict=True):
                within = np.searchsorted(keys, _mixed(values, cuts, sizes))
                steps.append(Finer(here, child, within, np.bincount(within, minlength=len(keys)).astype(float) - 1))
    return Cube(codes, sizes, tuple(found), tuple(steps))


def _space(cuts: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    space = 1
    for cut in cuts:
        space *= sizes[cut]
    return space


def _mixed(values: Ints, cuts: tuple[int, ...], sizes: tuple[int, ...]) -> Ints:
    key = np.zeros(len(values), np.intp)
    for column, cut in enumerate(cuts):
        key *= sizes[cut]
        key += values[:, column]
    return key


def _decoded(cuboid: Cuboid, sizes: tuple[int, ...]) -> Ints:
    values = np.empty((len(cuboid.keys), len(cuboid.cuts)), np.intp)
    rest = cuboid.keys
    for column in range(len(cuboid.cuts) - 1, -1, -1):
        rest, values[:, column] = np.divmod(rest, sizes[cuboid.cuts[column]])
    return values


def _cells(key: Ints, space: int) -> tuple[Ints, Ints]:
    """The keys that occur and the cell of each row: by counting, or by sorting where the space is far wider than the rows."""
    if space > 16 * len(key) + 4096:
        keys, cell = np.unique(key, return_inverse=True)
        return keys, cell
    present = np.bincount(key, minlength=space) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[key]
