"""Shapley effects (Das Gupta 1993): any small formula, also one with negative values; and a cross-check of LMDI."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.decompose.lmdi import DecomposeError

Array = NDArray[np.float64]
MOST = 12  # factors: 2^12 values of the formula


def shapley(formula: Callable[[Array], Array], before: ArrayLike, after: ArrayLike) -> Array:
    """Each factor's mean marginal contribution over all orders in which the factors could have changed.

    `effect_k = sum over sets S without k of |S|! (n - |S| - 1)! / n! x (f(S and k new) - f(S new))`. `before` and
    `after` have shape (n,), in any units; `formula` takes an array (m, n) of factor values and gives (m,) results.
    The effects, shape (n,), sum to f(after) - f(before). Raises `decompose_shape` and, above 12 factors,
    `decompose_many`. Source: Shapley 1953; P. Das Gupta, US Census P23-186 (1993).

    >>> shapley(lambda x: x.prod(axis=1), [51.78746, 0.45919, 0.52638], [84.90502, 0.75756, 0.51065]).round(7).tolist()
    [10.4340333, 10.5608476, -0.6670084]
    """
    old, new = np.asarray(before, float), np.asarray(after, float)
    if old.ndim != 1 or old.shape != new.shape:
        raise DecomposeError(
            "decompose_shape", "Both sides must be tables of segments by factors.", given=[old.shape, new.shape]
        )
    n = len(old)
    if n > MOST:
        raise DecomposeError(
            "decompose_many", f"At most {MOST} factors can be tried in every order.", given=n, allowed=MOST, most=MOST
        )
    sets = np.arange(1 << n)
    chosen = (sets[:, None] >> np.arange(n)) & 1 == 1
    values = np.asarray(formula(np.where(chosen, new, old)), float)
    sizes = chosen.sum(axis=1)
    weights = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
    effects = np.zeros(n)
    for k in range(n):
        without = sets[~chosen[:, k]]
        effects[k] = (weights[sizes[without]] * (values[without | (1 << k)] - values[without])).sum()
    if n:
        effects[np.abs(effects).argmax()] += values[-1] - values[0] - effects.sum()
    return effects


def product_effects(before: ArrayLike, after: ArrayLike) -> Array:
    """Shapley effects of each factor on the change of each segment's product; for segments with negative values.

    `shapley` of `f(x) = x_1 x_2 ... x_n`, row by row. Shapes (segments, factors) as in `lmdi.additive`; NaN (undefined)
    counts as 0. The result, of the same shape, is in the unit of the product; each row sums to its change. Raises
    `decompose_shape` and, above 12 factors, `decompose_many`. Source: as `shapley`.

    >>> product_effects([[-2, 3]], [[4, 3]]).tolist()
    [[18.0, 0.0]]
    """
    old, new = np.nan_to_num(np.asarray(before, float)), np.nan_to_num(np.asarray(after, float))
    rows = [shapley(lambda x: x.prod(axis=1), a, b) for a, b in zip(old, new, strict=True)]
    return np.array(rows).reshape(old.shape)
