"""From effects in floating point to whole minor units that sum to the change."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.decompose.lmdi import DecomposeError


def whole_units(effects: ArrayLike, change: ArrayLike) -> NDArray[np.int64]:
    """Effects rounded to integers that sum to `change` exactly (largest remainder, ties to the earlier one).

    `floor(effect_k)`, and one more for each of the `change - sum floor(effect)` effects with the largest remainders.
    `effects`: any shape, in minor units, summing to about `change` (to within one unit per effect); `change`: the
    integer total in minor units, or one for each row of `effects`, of shape (rows,). The result has the shape of
    `effects`. Raises `decompose_gap` when they are further apart: then they do not belong together. Source: the
    largest remainders of A. Hamilton (1792), as used for seats.

    >>> whole_units([33.4, 33.4, 33.2], 100).tolist(), whole_units([[-0.5, -0.5], [2.0, 0.7]], [-1, 3]).tolist()
    ([34, 33, 33], [[0, -1], [2, 1]])
    """
    exact, totals = np.asarray(effects, float), np.asarray(change, np.int64).ravel()
    rows = exact.reshape(len(totals), exact.size // max(len(totals), 1))
    floor = np.floor(rows)
    missing = totals - floor.sum(axis=1).astype(np.int64)
    apart = (missing < 0) | (missing > rows.shape[1])
    if apart.any():
        first = int(apart.argmax())
        raise DecomposeError(
            "decompose_gap",
            "The effects do not sum to the change.",
            given=float(rows[first].sum()),
            allowed=int(totals[first]),
        )
    order = np.argsort(floor - rows, axis=1, kind="stable")
    more = np.zeros(rows.shape, np.int64)
    np.put_along_axis(more, order, (np.arange(rows.shape[1]) < missing[:, None]).astype(np.int64), axis=1)
    return (floor.astype(np.int64) + more).reshape(exact.shape)
