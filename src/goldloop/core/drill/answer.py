"""The drill-down: which few segments explain the change of a sum or of a ratio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.drill.cube import Ints, cube
from goldloop.core.drill.figure import Part, Ratio, Sum
from goldloop.core.drill.search import causes
from goldloop.core.errors import GoldloopError

MOST_CUTS = 6
Segment = tuple[tuple[int, int], ...]


class DrillError(GoldloopError):
    """Leaves or limits with which nothing can be drilled."""


@dataclass(frozen=True)
class Finding(Part):
    """A segment that moved unlike the rest; `cuts` maps the number of a cut to its value code.

    `surprise`: by how many standard errors its leaves moved otherwise than the other findings, and the move of
    everything, explain.
    """

    cuts: dict[int, int] = field(default_factory=dict)
    surprise: float = 0.0


@dataclass(frozen=True)
class Drilled:
    """The findings, largest contribution first, the `whole`, and the `rest`: all leaves in no finding.

    Findings may overlap (a channel, and a province in all channels); the rest counts every other leaf once.
    """

    findings: tuple[Finding, ...]
    whole: Part
    rest: Part


def drill(
    codes: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    *,
    under: tuple[ArrayLike, ArrayLike] | None = None,
    squares: ArrayLike | None = None,
    depth: int = 3,
    most: int = 5,
    least: float = 0.02,
) -> Drilled:
    """The few segments that explain the change of a sum, `sum(after) - sum(before)`, or of its ratio to `under`.

    `codes`: value codes from 0, shape (leaves, cuts), one to six cuts; `before` and `after`: the figure by leaf, shape
    (leaves,), in any one unit (minor units for money); `under`: (before, after) denominators by leaf for a ratio,
    whose change counts in its own unit (0.01 = 1 point). `squares`: of the amounts of the sales that a leaf of a sum is
    made of, summed over both sides, shape (leaves,), unit squared; with them few or large sales pass for no cause. A
    finding fixes at most `depth` cuts, there are at most `most`, and each contributes at least the share `least` of the
    change.

    Method: a leaf deviates by `d = (v1 - v0) / max(v0, v1)`, with a variance read from the leaves of like size, and from
    its own sales where `squares` tell it. Segments are taken one after another by the ripple-effect score of `search.Search`, less a penalty for length; the
    search stops when no segment is more surprising than the largest of so many would be by chance, or at `most`.
    A ratio is searched twice, in its rates and in its denominators, with Kitagawa's rate and mix as contributions.
    Where nothing moved, all moved alike, or too few leaves are there to tell, there is no finding. Raises
    `drill_shape`, `drill_codes`, `drill_numbers`, `drill_limits`, and `decompose_undefined` where `under` sums to 0 on a side.
    Sources: the ripple effect, Y. Sun et al., HotSpot, IEEE Access 6 (2018); the penalty, D. Donoho and I. Johnstone,
    Biometrika 81 (1994); mix and rate, E. M. Kitagawa, JASA 50 (1955).

    >>> codes = np.indices((4, 5, 6)).reshape(3, -1).T
    >>> before = np.full(120, 1000)
    >>> after = before + np.arange(120) % 7 - 3
    >>> after[(codes[:, 0] == 2) & (codes[:, 1] == 3)] -= 400
    >>> [(f.cuts, f.before, f.after, f.contribution) for f in drill(codes, before, after).findings]
    [({0: 2, 1: 3}, 6000, 3603, -2397)]
    """
    given = (before, after, *(under or ()), *(() if squares is None else (squares,)))
    values, sides = _checked(codes, given, depth, most, least)
    figure = Sum(*sides) if under is None else Ratio((sides[0], sides[1]), (sides[2], sides[3]))
    surprises: dict[Segment, float] = {}
    for segment, surprise in _segments(values, figure, depth, most, least):
        surprises[segment] = max(surprise, surprises.get(segment, 0.0))
    findings = [
        Finding(**vars(figure.part(_inside(values, segment))), cuts=dict(segment), surprise=surprise)
        for segment, surprise in surprises.items()
    ]
    findings = sorted(findings, key=lambda f: (-abs(f.contribution), sorted(f.cuts.items())))[:most]
    inside = [_inside(values, tuple(f.cuts.items())) for f in findings]
    rest = ~np.logical_or.reduce([np.zeros(len(values), bool), *inside])
    return Drilled(tuple(findings), figure.part(), figure.part(rest))


def _segments(
    values: Ints, figure: Sum | Ratio, depth: int, most: int, least: float
) -> Iterator[tuple[Segment, float]]:
    """Each segment that was found in one of the figure's movements, and its surprise."""
    for movement in figure.movements():
        size = np.maximum(np.abs(movement.before), np.abs(movement.after))
        kept = np.flatnonzero(size)
        if not len(kept):
            continue
        cells = cube(values[kept], depth)
        for cause in causes(cells, movement.of(kept), least * abs(figure.change), most):
            yield tuple(cells.segment(cause.cuboid, cause.cell).items()), cause.surprise


def _inside(values: Ints, segment: Segment) -> NDArray[np.bool_]:
    return np.logical_and.reduce([values[:, cut] == value for cut, value in segment])


def _checked(
    codes: ArrayLike, sides: tuple[ArrayLike, ...], depth: int, most: int, least: float
) -> tuple[Ints, tuple[NDArray[Any], ...]]:
    values, numbers = np.asarray(codes), tuple(np.asarray(side) for side in sides)
    shapes = [values.shape, *(side.shape for side in numbers)]
    if (
        values.ndim != 2
        or any(shape != values.shape[:1] for shape in shapes[1:])
        or not 1 <= values.shape[1] <= MOST_CUTS
    ):
        raise DrillError(
            "drill_shape",
            f"Leaves must be a table of one to {MOST_CUTS} cuts with one number each.",
            given=shapes,
            most=MOST_CUTS,
        )
    if not np.issubdtype(values.dtype, np.integer) or values.min(initial=0) < 0:
        raise DrillError(
            "drill_codes", "Values of cuts must be coded as whole numbers from 0.", given=str(values.dtype)
        )
    if not all(np.issubdtype(side.dtype, np.number) and np.isfinite(side).all() for side in numbers):
        raise DrillError("drill_numbers", "The figure of every leaf must be a finite number.")
    if depth < 1 or most < 1 or not 0 <= least <= 1:
        raise DrillError(
            "drill_limits", "At least one cut and one finding, and a share from 0 to 1.", given=[depth, most, least]
        )
    return values.astype(np.intp), numbers
