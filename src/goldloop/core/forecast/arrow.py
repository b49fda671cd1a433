"""Normal equations of a calendar: most columns touch a few days only, so their matrix is an arrow and solved by blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldloop.core.forecast.features import Array

Places = NDArray[np.int64]

WIDTH = 40  # columns from which a block is not joined with the next: smaller ones cost more calls than they save sums


@dataclass(frozen=True, slots=True)
class Block:
    """Columns (`at`) that share days with each other and with the core only: their values on those days (`days`)."""

    at: Places
    days: Places
    values: Array


@dataclass(frozen=True, slots=True)
class Arrow:
    """The columns of a regression: those all days have in common (`core_at`, their values `core`), and blocks."""

    core_at: Places
    core: Array
    blocks: tuple[Block, ...]

    def solve(self, weight: Array, ridge: Array, right: Array) -> tuple[Array, Array]:
        """`H^-1 right` and the diagonal of `H^-1`, with `H = x' diag(weight) x + diag(ridge)`, `weight` of each day.

        By block elimination (Schur complement of the core), exact but for rounding.
        """
        root = np.sqrt(weight)
        core = self.core * root[:, None]
        corner, rest = core.T @ core, right[self.core_at]
        corner[np.diag_indices(len(corner))] += ridge[self.core_at]
        done: list[tuple[Block, Array, Array, Array]] = []
        for one in self.blocks:
            own = one.values * root[one.days, None]
            matrix = own.T @ own
            matrix[np.diag_indices(len(matrix))] += ridge[one.at]
            half = _inverse_half(matrix)
            shared, side = half @ (own.T @ core[one.days]), half @ right[one.at]
            corner -= shared.T @ shared
            rest = rest - shared.T @ side
            done.append((one, half, shared, side))
        core_half = _inverse_half(corner)
        solution, diagonal = np.empty(len(right)), np.empty(len(right))
        solution[self.core_at] = found = core_half.T @ (core_half @ rest)
        diagonal[self.core_at] = np.einsum("ij,ij->j", core_half, core_half)
        for one, half, shared, side in done:
            solution[one.at] = half.T @ (side - shared @ found)
            through = half.T @ (shared @ core_half.T)
            diagonal[one.at] = np.einsum("ij,ij->j", half, half) + np.einsum("ij,ij->i", through, through)
        return solution, diagonal


def arrow(x: Array, local: NDArray[np.bool_]) -> Arrow:
    """The arrow of a matrix (days x columns); only `local` columns, which are 0 on most days, go into blocks.

    >>> made = arrow(np.array([[1.0, 1, 0], [1, 0, 2]]), np.array([False, True, True]))
    >>> solution, diagonal = made.solve(np.ones(2), np.ones(3), np.array([2.0, 1, 1]))
    >>> [round(float(v), 6) for v in (*solution, *diagonal)]
    [0.647059, 0.176471, -0.058824, 0.588235, 0.647059, 0.294118]
    """
    blocks = [_block(x, at) for at in _joined(x, np.flatnonzero(local))]
    core_at = np.flatnonzero(~local)
    return Arrow(core_at, x[:, core_at], tuple(blocks))


def _block(x: Array, at: Places) -> Block:
    days = np.flatnonzero((x[:, at] != 0).any(axis=1))
    return Block(at, days, x[np.ix_(days, at)])


def _joined(x: Array, local: Places) -> Iterator[Places]:
    """Local columns that share a day with each other, directly or through others; small groups together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    day, column = np.nonzero(x[:, local])
    nodes = len(x) + len(local)
    shared = coo_array((np.ones(len(day)), (day, len(x) + column)), shape=(nodes, nodes))
    _, labels = connected_components(shared, directed=False)
    order = np.argsort(labels[len(x) :], kind="stable")
    bounds = np.flatnonzero(np.diff(labels[len(x) :][order], prepend=-1))
    start = 0
    for end in [*bounds[1:], len(order)]:
        if end - start >= WIDTH or (end == len(order) and end > start):
            yield local[order[start:end]]
            start = end


def _inverse_half(matrix: Array) -> Array:
    """The inverse of the Cholesky factor of a positive definite matrix: `half.T @ half` is the inverse of the matrix."""
    from scipy.linalg.lapack import dpotrf, dtrtri

    factor, _ = dpotrf(matrix, lower=1, clean=1, overwrite_a=1)
    half, _ = dtrtri(factor, lower=1, overwrite_c=1)
    return np.asarray(half)
