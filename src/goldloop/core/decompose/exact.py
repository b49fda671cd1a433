"""From effects in floating point to whole minor units that sum to the change."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.decompose.lmdi import DecomposeError


def whole_units(effects: ArrayLike, change: int) -> NDArray[np.int64]:
    """Effects rounded to integers that sum to `change` exactly (largest remainder, ties to the earlier one).

    `effects`: any shape, in minor units, summing to about `change` (to within one unit per effect); `change`: the
    integer total in minor units. Raises `decompose_gap` when they are further apart: then they do not belong together.

    >>> whole_units([33.4, 33.4, 33.2], 100).tolist(), whole_units([-0.5, -0.5], -1).tolist()
    ([34, 33, 33], [0, -1])
    """
    exact = np.asarray(effects, float)
    floor = np.floor(exact)
    missing = change - int(floor.sum())
    if not 0 <= missing <= exact.size:
        raise DecomposeError("decompose_gap", "The effects do not sum to the change.", given=float(exact.sum()), allowed=change)
    found = floor.astype(np.int64).ravel()
    order = np.lexsort((np.arange(exact.size), -(exact - floor).ravel()))
    found[order[:missing]] += 1
    return found.reshape(exact.shape)
