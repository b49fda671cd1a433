"""The two plain forecasts that every other one has to beat: the same time last year, and Theta."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Array = NDArray[np.float64]
_LEVELS = np.linspace(0.02, 0.98, 49)  # smoothing constants that are tried


def seasonal_naive(values: Sequence[float] | Array, ahead: int, *, season: int) -> Array:
    """The next `ahead` values as those of one season before, in the unit of the values; NaN where that is unknown.

    `forecast[t] = value[t - season]`, repeated where `ahead` is longer than the season.

    >>> seasonal_naive([1.0, 2, 3, 4, 5, 6], 4, season=3).tolist()
    [4.0, 5.0, 6.0, 4.0]
    """
    known = _checked(values, ahead, season)
    if len(known) < season:
        return np.full(ahead, np.nan)
    return np.resize(known[-season:], ahead)


def theta(values: Sequence[float] | Array, ahead: int, *, season: int = 1) -> Array:
    """The next `ahead` values by the Theta method, in the unit of the values; none below 0 where none was.

    Half of the least squares slope as drift on simple exponential smoothing, whose constant `a` has the least squared
    one-step error: `level + slope / 2 x (h - 1 + (1 - (1 - a)^n) / a)`. A season of which at least two are known and whose
    autocorrelation is significant (90 %) is divided out first by ratios to moving averages. Unknown values inside are
    carried over from the one before. NaN where nothing is known.

    Source: Assimakopoulos & Nikolopoulos 2000; as smoothing with drift: Hyndman & Billah 2003.

    >>> [round(v, 3) for v in theta([10.0, 12, 14, 16, 18, 20], 2).tolist()]
    [20.98, 21.98]
    """
    known = _carried(_checked(values, ahead, season))
    if not len(known):
        return np.full(ahead, np.nan)
    ratios = _ratios(known, season)
    own = np.resize(ratios, len(known))
    plain = known / own
    slope = float(np.polyfit(np.arange(len(plain)), plain, 1)[0]) if len(plain) > 1 else 0.0
    level, constant = _smoothed(plain)
    drift = np.arange(ahead) + (1 - (1 - constant) ** len(plain)) / constant
    found = (level + slope / 2 * drift) * np.resize(np.roll(ratios, -(len(known) % season)), ahead)
    return np.asarray(np.maximum(found, 0.0) if (known >= 0).all() else found, float)


def _checked(values: Sequence[float] | Array, ahead: int, season: int) -> Array:
    known = np.asarray(values, float)
    if known.ndim != 1 or ahead < 1 or season < 1:
        raise GoldloopError(
            "forecast_shape",
            "A forecast needs one row of values, and at least one value ahead.",
            given=[known.ndim, ahead, season],
        )
    return known


def _carried(values: Array) -> Array:
    """Without the unknown ones before the first known value; later ones are the last known."""
    at = np.flatnonzero(np.isfinite(values))
    if not len(at):
        return values[:0]
    values = values[at[0] :]
    latest = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), 0))
    return values[latest]


def _ratios(values: Array, season: int) -> Array:
    """Seasonal factors with mean 1; ones where there is no season."""
    flat, n = np.ones(season), len(values)
    if season == 1 or n < 2 * season or (values <= 0).any():
        return flat
    away = values - values.mean()
    around = np.array([float((away[k:] * away[:-k]).sum()) for k in range(1, season + 1)]) / max(
        float((away**2).sum()), 1e-12
    )
    if abs(around[-1]) <= 1.645 * np.sqrt((1 + 2 * float((around[:-1] ** 2).sum())) / n):
        return flat
    weights = np.full(season, 1.0) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    middle = np.convolve(values, weights / weights.sum(), mode="valid")
    start = (len(weights) - 1) // 2
    ratio, phase = values[start : start + len(middle)] / middle, (start + np.arange(len(middle))) % season
    found = np.array([ratio[phase == k].mean() for k in range(season)])
    return found / found.mean()


def _smoothed(values: Array) -> tuple[float, float]:
    """Last level of simple exponential smoothing, and its constant: all constants side by side, one pass."""
    level, missed = np.full(len(_LEVELS), values[0]), np.zeros(len(_LEVELS))
    for value in values[1:]:
        miss = value - level
        missed += miss**2
        level = level + _LEVELS * miss
    best = int(missed.argmin())
    return float(level[best]), float(_LEVELS[best])
