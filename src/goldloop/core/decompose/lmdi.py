"""Logarithmic mean Divisia index, LMDI-I (Ang 2005): the exact account of a change of products."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.errors import GoldloopError

Array = NDArray[np.float64]


class DecomposeError(GoldloopError):
    """Numbers that cannot be decomposed by the method that was asked for."""


def logarithmic_mean(a: ArrayLike, b: ArrayLike) -> Array:
    """The mean of two amounts that turns differences of logarithms into amounts, in their unit and broadcast shape.

    `L(a, b) = (a - b) / ln(a / b)`, `L(a, a) = a`, and 0, its limit, where either is 0; it is not defined for negative
    numbers, which count as 0. Source: Ang 2005.

    >>> logarithmic_mean([1, 4, 2], [2.718281828459045, 4, 0]).round(6).tolist()
    [1.718282, 4.0, 0.0]
    """
    first, second = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    mean = np.zeros(first.shape)
    both = (first > 0) & (second > 0)
    # L = b x expm1(r) / r with r = ln(a / b) keeps its digits where a and b are nearly the same
    ratio = np.log(first[both]) - np.log(second[both])
    near = np.abs(ratio) < 1e-4
    safe = np.where(near, 1.0, ratio)
    growth = np.where(near, 1 + ratio / 2 + ratio**2 / 6 + ratio**3 / 24, np.expm1(safe) / safe)
    mean[both] = second[both] * growth
    return mean


def additive(before: ArrayLike, after: ArrayLike) -> Array:
    """Effects of each factor on the change of each segment's product, in the product's unit.

    `effect_ik = L(V1_i, V0_i) x ln(x1_ik / x0_ik)`, V_i = product of the segment's factors. `before` and `after` have
    shape (segments, factors) and hold no negative numbers; NaN is a factor that is undefined on that side (0 / 0).
    The result has the same shape; each row sums to V1_i - V0_i.

    Zeros by their analytic limits: a segment that appears or vanishes gives its whole change to the factors that are 0
    on the empty side, equally when there are several; an undefined factor takes nothing; from 0 to 0 nothing moves.
    Raises `decompose_negative`, `decompose_undefined` (an empty side without a factor that is 0, or a side that is not
    empty with an undefined factor) and `decompose_shape`. Source: B. W. Ang, Energy Policy 33 (2005).

    >>> additive([[1, 10, 2], [4, 5, 3]], [[4, 5, 3], [5, 6, 4]]).sum(axis=0).round(6).tolist()
    [69.790066, -9.455126, 39.66506]
    """
    old, new = _checked(before, after)
    start, end = _values(old), _values(new)
    effects = np.zeros(old.shape)
    both = (start > 0) & (end > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(new[both]) - np.log(old[both])
    effects[both] = logarithmic_mean(end[both], start[both])[:, None] * logs
    for empty, full, sign in ((start, end, 1.0), (end, start, -1.0)):
        alone = (empty == 0) & (full > 0)
        zero = (old if sign > 0 else new)[alone] == 0
        if not zero.any(axis=1).all():
            raise DecomposeError("decompose_undefined", "An empty side has no factor that is 0.")
        effects[alone] = sign * full[alone][:, None] * zero / zero.sum(axis=1, keepdims=True)
    return _closed(effects, end - start)


def multiplicative(before: ArrayLike, after: ArrayLike) -> Array:
    """Factor by which each driver multiplied the total: `D_k = exp(sum_i w_i ln(x1_ik / x0_ik))`.

    `w_i = L(V1_i, V0_i) / L(V1, V0)`, V = the sum of all segments' products. Shapes (segments, factors) and units as in
    `additive`, with positive numbers only; the result has shape (factors,), no unit, and multiplies to V1 / V0. Raises
    `decompose_not_positive` and what `additive` raises of shapes. Source: Ang 2005.

    >>> multiplicative([[2, 3]], [[4, 3]]).round(9).tolist()
    [2.0, 1.0]
    """
    old, new = _checked(before, after)
    if not ((old > 0).all() and (new > 0).all()):
        raise DecomposeError("decompose_not_positive", "The multiplicative form needs positive numbers.")
    start, end = old.prod(axis=1), new.prod(axis=1)
    weights = logarithmic_mean(end, start) / logarithmic_mean(end.sum(), start.sum())
    found: Array = np.exp((weights[:, None] * np.log(new / old)).sum(axis=0))
    return found


def _checked(before: ArrayLike, after: ArrayLike) -> tuple[Array, Array]:
    old, new = np.asarray(before, float), np.asarray(after, float)
    if old.ndim != 2 or old.shape != new.shape:
        raise DecomposeError(
            "decompose_shape", "Both sides must be tables of segments by factors.", given=[old.shape, new.shape]
        )
    if np.nanmin(old, initial=0) < 0 or np.nanmin(new, initial=0) < 0:
        raise DecomposeError(
            "decompose_negative", "LMDI has no logarithm of a negative number.", todo="Use product_effects (Shapley)."
        )
    return old, new


def _values(factors: Array) -> Array:
    """The product of each row; a row with a factor that is 0 is 0, whatever is undefined beside it."""
    empty = (factors == 0).any(axis=1)
    undefined = np.isnan(factors).any(axis=1) & ~empty
    if undefined.any():
        raise DecomposeError(
            "decompose_undefined", "An empty side has no factor that is 0.", given=factors[undefined][0].tolist()
        )
    return np.where(empty, 0.0, np.where(np.isnan(factors), 1.0, factors).prod(axis=1))


def _closed(effects: Array, change: Array) -> Array:
    """The same effects, with the last digits that floating point lost put on the largest effect of each row."""
    if effects.shape[1]:
        largest = np.abs(effects).argmax(axis=1)
        effects[np.arange(len(effects)), largest] += change - effects.sum(axis=1)
    return effects
