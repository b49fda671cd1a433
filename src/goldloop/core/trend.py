"""Whether a series goes steadily up or down, and how fast: rank test and median slope, which single values cannot bend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

LEAST = 8  # values from which the normal approximation of the test may be used


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend over `values` steps: `slope` per step in their unit, `chance` that ranks so ordered come by accident (0 to 1)."""

    slope: float
    chance: float
    values: int


def trend(values: Sequence[float] | NDArray[np.float64]) -> Trend | None:
    """The trend of equally spaced values, NaN where unknown; None below 8 known ones.

    `slope = median((v_j - v_i) / (j - i))` over all pairs i < j (Theil 1950, Sen 1968). `chance = 2 P(Z >= z)` with
    `z = (|S| - 1) / sqrt(var S)`, `S = sum sign(v_j - v_i)`,
    `var S = (n (n-1) (2n+5) - sum t (t-1) (2t+5)) / 18` over groups of t equal values (Mann 1945, Kendall 1975).
    Values, shape (n,), in any unit, must not depend on each other beyond the trend: give weeks rather than days. Raises
    `trend_shape`.

    >>> found = trend([10, 11, 13, 12, 14, 15, 17, 16, 18])
    >>> round(found.slope, 3), found.chance < 0.01
    (1.0, True)
    """
    every = np.asarray(values, float)
    if every.ndim != 1:
        raise GoldloopError("trend_shape", "A trend needs one row of values.", given=list(every.shape))
    at = np.flatnonzero(np.isfinite(every))
    known, n = every[at], len(at)
    if n < LEAST:
        return None
    later, earlier = np.tril_indices(n, -1)
    rises = known[later] - known[earlier]
    score = abs(float(np.sign(rises).sum()))
    ties = np.unique(known, return_counts=True)[1]
    spread = float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    z = max(score - 1, 0.0) / sqrt(spread) if spread else 0.0
    return Trend(float(np.median(rises / (at[later] - at[earlier]))), erfc(z / sqrt(2)), n)
