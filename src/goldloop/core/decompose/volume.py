"""Price-volume-mix: the bridge that merchandisers and finance use for products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.decompose.lmdi import DecomposeError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PriceVolumeMix:
    """Parts of the change of sales by product, in the unit of sales; each of shape (products,).

    `volume`: more or fewer units at the old mean price; `mix`: dearer or cheaper products among them; `price`: the
    products' own prices; `new` and `lost`: products sold on one side only. All of them sum to the change.
    """

    volume: Array
    mix: Array
    price: Array
    new: Array
    lost: Array


def price_volume_mix(units: tuple[ArrayLike, ArrayLike], sales: tuple[ArrayLike, ArrayLike]) -> PriceVolumeMix:
    """The change of sales split into price, volume, mix, new and lost products.

    `units` and `sales` are (before, after) by product, shape (products,), none negative. Over the products sold on
    both sides, with p = sales / units and P0 = their mean price before: `volume_i = (u1 - u0) x P0`,
    `mix_i = (u1 - u0) x (p0 - P0)`, `price_i = u1 x (p1 - p0)`. A product with sales but no units, or only on one
    side, is new or lost with all of its sales. All parts are in the unit of `sales`. Raises `decompose_negative`.
    Source: the price and quantity variances of cost accounting, with the mix apart (C. Horngren, Cost Accounting, 1962).

    >>> parts = price_volume_mix(([10, 10, 0], [10, 20, 5]), ([100, 50, 0], [110, 100, 40]))
    >>> [float(p.sum().round(6)) for p in (parts.volume, parts.mix, parts.price, parts.new, parts.lost)]
    [75.0, -25.0, 10.0, 40.0, 0.0]
    """
    (u0, u1), (s0, s1) = ([np.asarray(side, float) for side in pair] for pair in (units, sales))
    if min(side.min(initial=0) for side in (u0, u1, s0, s1)) < 0:
        raise DecomposeError(
            "decompose_negative", "LMDI has no logarithm of a negative number.", todo="Use product_effects (Shapley)."
        )
    both = (u0 > 0) & (u1 > 0)
    p0, p1 = (np.divide(s, u, out=np.zeros(len(u)), where=both) for s, u in ((s0, u0), (s1, u1)))
    mean = s0[both].sum() / u0[both].sum() if both.any() else 0.0
    grown = np.where(both, u1 - u0, 0.0)
    alone = np.where(both, 0.0, 1.0)
    return PriceVolumeMix(
        volume=grown * mean,
        mix=grown * (p0 - mean),
        price=np.where(both, u1 * (p1 - p0), 0.0),
        new=alone * s1,
        lost=-alone * s0,
    )
