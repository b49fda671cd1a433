"""Mix and rate (Kitagawa 1955): why a ratio moved when its segments' shares and their own ratios both moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.decompose.lmdi import DecomposeError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MixRate:
    """Parts of a ratio's change by segment, in the ratio's own unit (0.01 = 1 point).

    `mix`: because the segment's share of the denominator moved (占比变化影响); `rate`: because its own ratio moved
    (自身变化影响); both of shape (segments,). `overlap`: what is left where segments do not add up to the whole, as
    with buyers of several products; 0 where they do.
    """

    mix: Array
    rate: Array
    overlap: float


def mix_rate(
    over: tuple[ArrayLike, ArrayLike],
    under: tuple[ArrayLike, ArrayLike],
    total: tuple[tuple[float, float], tuple[float, float]],
) -> MixRate:
    """The change of `sum over / sum under` split into mix and rate of every segment.

    `over` and `under` are (before, after) numerators and denominators by segment, shape (segments,), in any units;
    `total` the whole's ((numerator, denominator) before, the same after), which need not be the sums. With
    w = under_i / total under and r = over_i / under_i: `mix = dw x (mean r - mean R)`, `rate = dr x mean w`, R = the
    whole's ratio. Measuring r from R says for which segments it is good to grow; with shares that add up to 1 the sum
    is the same. A segment that is empty on one side has no ratio there: all of its part is mix, with the ratio of its
    other side. `mix.sum() + rate.sum() + overlap` is the change. Raises `decompose_undefined` when the whole's
    denominator is 0 on a side. Source: E. M. Kitagawa, JASA 50 (1955).

    >>> parts = mix_rate(([50, 10], [27.5, 30]), ([1000, 1000], [500, 2500]), ((60, 2000), (57.5, 3000)))
    >>> [float(part.sum().round(5)) for part in (parts.mix, parts.rate)]
    [-0.01383, 0.003]
    """
    over0, over1 = (np.asarray(side, float) for side in over)
    under0, under1 = (np.asarray(side, float) for side in under)
    (whole_over0, whole_under0), (whole_over1, whole_under1) = total
    if not whole_under0 or not whole_under1:
        raise DecomposeError("decompose_undefined", "An empty side has no factor that is 0.", given=total)
    before, after = whole_over0 / whole_under0, whole_over1 / whole_under1
    share0, share1 = under0 / whole_under0, under1 / whole_under1
    with np.errstate(divide="ignore", invalid="ignore"):
        rate0, rate1 = over0 / under0, over1 / under1
    rate0, rate1 = np.where(under0 == 0, rate1, rate0), np.where(under1 == 0, rate0, rate1)
    rate0, rate1 = (np.where(np.isfinite(r), r, 0.0) for r in (rate0, rate1))
    mean = (before + after) / 2
    mix = (share1 - share0) * ((rate0 + rate1) / 2 - mean)
    rate = (rate1 - rate0) * (share0 + share1) / 2
    return MixRate(mix, rate, float(after - before - mix.sum() - rate.sum()))
