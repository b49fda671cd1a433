"""How a forecast may turn out: thousands of paths of days, made of what earlier forecasts of the same figure missed."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from goldloop.core.forecast.backtest import Fold
from goldloop.core.forecast.features import Array

PATHS = 10_000
LEAST_MARKED = 28  # misses of marked days from which they are drawn apart
USUAL_MISS, USUAL_FOLDS = 0.10, 2.0  # miss of a total before anything was tested, and for how many folds that counts
LEAST_LEVEL = 0.02


@dataclass(frozen=True, slots=True)
class Misses:
    """What earlier forecasts missed: `level` the standard deviation of the log of a total beyond the noise of its days.

    `freedom` is the number of folds that tell it; `ordinary` and `marked` are factors of single days (came / expected,
    after the level of their fold), with mean 1.
    """

    level: float
    freedom: float
    ordinary: Array
    marked: Array

    def paths(self, expected: Array, marked: NDArray[np.bool_], *, seed: int, count: int = PATHS) -> Array:
        """`count` paths of these days (count x days, in the unit of `expected`): `expected x level x day`.

        The level is one log-t factor a path (Student's t with `freedom` degrees, median 1), the day a factor drawn from
        the misses of days of its kind.
        """
        rng = np.random.default_rng(seed)
        level = np.exp(np.clip(self.level * rng.standard_t(self.freedom, count), -3, 3))
        days = np.empty((count, len(expected)))
        for kind, pool in ((False, self.ordinary), (True, self.marked)):
            at = np.flatnonzero(marked == kind)
            days[:, at] = pool[rng.integers(0, len(pool), (count, len(at)))]
        return expected * level[:, None] * days


def misses(folds: list[tuple[Fold, Array]], marked: NDArray[np.bool_]) -> Misses:
    """The misses of earlier forecasts, given as folds with what was forecast; `marked` tells days of events and festivals.

    The level's variance is the mean squared log of (came / forecast) of totals, with `0.10^2` counting as two folds, less
    what the noise of single days alone would make of a total; at least `0.02^2`. Without folds days have the factor 1.

    Source: residual bootstrap, Efron 1979; a forecast's own past errors as its interval: Williams & Goodman 1971.
    """
    squares, noise, factors, kinds = 0.0, 0.0, [np.ones(0)], [np.zeros(0, bool)]
    for fold, made in folds:
        known = np.isfinite(fold.came) & (made > 0)
        total, came = float(made[known].sum()), float(fold.came[known].sum())
        ratio = max(came / total, 0.05)
        factor = fold.came[known] / (made[known] * ratio)
        squares += log(ratio) ** 2
        noise += float(((made[known] * (factor - 1)) ** 2).sum()) / total**2
        factors.append(factor)
        kinds.append(marked[fold.at : fold.at + fold.days][known])
    count = len(folds)
    variance = (squares + USUAL_FOLDS * USUAL_MISS**2) / (count + USUAL_FOLDS) * (1 + 1 / max(count, 1))
    level = sqrt(max(variance - noise / max(count, 1), LEAST_LEVEL**2))
    factor, kind = np.concatenate(factors), np.concatenate(kinds)
    pools = [_pool(factor[~kind], factor), _pool(factor[kind], factor)]
    return Misses(level, count + USUAL_FOLDS, *pools)


def _pool(own: Array, every: Array) -> Array:
    pool = own if len(own) >= LEAST_MARKED else every
    return pool / pool.mean() if len(pool) and pool.mean() > 0 else np.ones(1)
