"""Response curves fitted to a store's own past: what one more unit of money brought, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goldloop.core.errors import GoldloopError

Array = NDArray[np.float64]

LEAST = 12  # periods below which no curve is told
SPREAD = 1.25  # how far apart the 10 % and 90 % points of a lever must lie to have said something
DRAWS = 300  # bootstrap draws
CONFIDENCE = 0.80
ALLOWED = "as many responses as amounts, none of them negative"
POWERS = np.arange(0.05, 1.0001, 0.01)


class LeversError(GoldloopError):
    """A lever whose past tells nothing, or a question that no lever can answer."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A concave response `y = base + a (x / scale)^b`, 0 < b <= 1; x is what the lever costs a period (minor units).

    `drawn` has shape (draws, 3): base, a and b of the same fit to redrawn periods. `low` and `high` are the 10 % and
    90 % points of x in the `cases` periods it rests on, `most` their largest: beyond it the store has never been.
    """

    base: float
    a: float
    b: float
    scale: float
    drawn: Array = field(repr=False)
    low: float
    high: float
    most: float
    cases: int

    def at(self, x: float) -> float:
        """The response to x, in y's unit."""
        return float(_power(self.base, self.a, self.b, x / self.scale))

    def marginal(self, x: float) -> float:
        """What one more unit of x brings: `a b / scale (x / scale)^(b - 1)`; infinite at 0 unless b is 1."""
        if x <= 0 and self.b < 1:
            return float("inf") if self.a > 0 else 0.0
        return float(self.a * self.b / self.scale * (x / self.scale) ** (self.b - 1))

    def marginal_cost(self, x: float) -> float:
        """What one more unit of y costs (marginal CAC): 1 / marginal; infinite where more brings nothing."""
        found = self.marginal(x)
        return 1 / found if found > 0 else float("inf")

    def change(self, old: float, new: float) -> Array:
        """The drawn responses to moving x from `old` to `new`, shape (draws,)."""
        _, a, b = self.drawn.T
        found: Array = a * ((new / self.scale) ** b - (old / self.scale) ** b)
        return found

    def marginal_cost_interval(self, x: float) -> tuple[float, float]:
        """The 80 % interval of the marginal cost at x > 0."""
        _, a, b = self.drawn.T
        with np.errstate(divide="ignore"):
            return _middle(1 / (a * b / self.scale * (x / self.scale) ** (b - 1)))


@dataclass(frozen=True, slots=True)
class Slope:
    """A log-linear response `y = y0 exp(slope (x - x0))`, such as value per buyer against the discount rate.

    `drawn` has shape (draws,): the slope of redrawn periods; `low`, `high`, `most` and `cases` as in `Curve`, `least` the
    smallest x there was. It is `proven` when the 80 % interval of the slope has one sign.
    """

    slope: float
    drawn: Array = field(repr=False)
    low: float
    high: float
    least: float
    most: float
    cases: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 80 % interval of the slope."""
        return _middle(self.drawn)

    @property
    def proven(self) -> bool:
        """Whether history says at all in which direction y moves."""
        low, high = self.interval
        return low > 0 or high < 0

    def factor(self, old: float, new: float) -> float:
        """By what y is multiplied when x moves from `old` to `new`."""
        return float(np.exp(self.slope * (new - old)))

    def factors(self, old: float, new: float) -> Array:
        """The same for every draw, shape (draws,)."""
        found: Array = np.exp(self.drawn * (new - old))
        return found


def fit_curve(x: ArrayLike, y: ArrayLike, *, based: bool, seed: int = 0, block: int = 4) -> Curve:
    """The concave curve that a history of x and y follows: shape (periods,) each, in order of time.

    x: what was spent a period (minor units), y: what came (buyers). `based`: whether y also holds what comes by itself
    (all new buyers), so that a constant `base` >= 0 is fitted; without it nothing spent brings nothing. For each b the two
    others are weighted least squares under their bounds, weights 1 / y fitted (counts scatter with their size); b is the
    one with the smallest loss on a grid of 0.01. Uncertainty: the same fit to 300 redraws of blocks of periods (moving
    blocks, Kuensch 1989), whose seed is given, so the same past gives the same answer. Periods with an unknown x or y
    are left out. Raises `lever_few` (fewer than 12 periods), `lever_still` (x hardly moved: its 90 % point is less than
    1.25 times its 10 % point) and `lever_bad` (negative values).

    >>> spend = np.linspace(100, 900, 40)
    >>> curve = fit_curve(spend, 3 * np.sqrt(spend), based=False)
    >>> round(curve.b, 2), round(curve.at(400), 3), round(curve.marginal_cost(400), 3)
    (0.5, 60.0, 13.333)
    """
    spent, came = _cases(x, y)
    low, high = (float(p) for p in np.quantile(spent, [0.1, 0.9]))
    if not high >= SPREAD * low or not high > 0:
        raise LeversError(
            "lever_still", "This lever was hardly ever moved, so its past does not tell what a move brings.",
            given=f"{low:.0f}..{high:.0f}",
        )  # fmt: skip
    scale = float(spent.mean())
    features = spent / scale
    weights = np.full(len(spent), 1 / max(came.mean(), 1e-9))
    found = _fits(features, came, weights[None], based)[0]
    for _ in range(2):
        fitted = _power(found[0], found[1], found[2], features)
        weights = 1 / np.maximum(fitted, 0.05 * max(came.mean(), 1e-9))
        found = _fits(features, came, weights[None], based)[0]
    drawn = _fits(features, came, _redrawn(len(spent), block, seed) * weights, based)
    base, a, b = (float(v) for v in found)
    return Curve(base, a, b, scale, drawn, low, high, float(spent.max()), len(spent))


def fit_slope(x: ArrayLike, y: ArrayLike, *, seed: int = 0, block: int = 4) -> Slope:
    """The log-linear response of y > 0 to x, shape (periods,) each in order of time: `ln y = c + slope x`.

    Least squares, with the redraws, the least number of periods and the errors of `fit_curve` (`lever_still`: x never
    moved). It says how the two went together: what else changed with x is in it.

    >>> rate = np.tile([0.02, 0.05, 0.10, 0.15], 6)
    >>> found = fit_slope(rate, 90 * np.exp(1.5 * rate))
    >>> round(found.slope, 6), found.proven
    (1.5, True)
    """
    moved, value = _cases(x, y)
    if not (value > 0).all():
        raise LeversError(
            "lever_bad", "A lever's past holds numbers that cannot be.", given=float(value.min()), allowed=ALLOWED
        )
    low, high = (float(p) for p in np.quantile(moved, [0.1, 0.9]))
    if not high > low:
        raise LeversError(
            "lever_still", "This lever was hardly ever moved, so its past does not tell what a move brings.",
            given=f"{low:.4g}..{high:.4g}",
        )  # fmt: skip
    weights = np.vstack([np.ones(len(moved)), _redrawn(len(moved), block, seed)])
    logs = np.log(value)
    sums = weights.sum(axis=1)
    mean_x, mean_y = weights @ moved / sums, weights @ logs / sums
    under = (weights * (moved - mean_x[:, None]) ** 2).sum(axis=1)
    over = (weights * (moved - mean_x[:, None]) * (logs - mean_y[:, None])).sum(axis=1)
    slopes = over[under > 0] / under[under > 0]
    return Slope(float(slopes[0]), slopes[1:], low, high, float(moved.min()), float(moved.max()), len(moved))


def _cases(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    spent, came = np.asarray(x, float), np.asarray(y, float)
    if spent.ndim != 1 or spent.shape != came.shape:
        raise LeversError(
            "lever_bad",
            "A lever's past holds numbers that cannot be.",
            given=[spent.shape, came.shape],
            allowed=ALLOWED,
        )
    known = np.isfinite(spent) & np.isfinite(came)
    spent, came = spent[known], came[known]
    if len(spent) < LEAST:
        raise LeversError(
            "lever_few",
            "Too few earlier periods to tell what this lever brings.",
            given=len(spent),
            allowed=f"{LEAST} or more",
            least=LEAST,
        )
    if (spent < 0).any() or (came < 0).any():
        raise LeversError(
            "lever_bad",
            "A lever's past holds numbers that cannot be.",
            given=float(min(spent.min(), came.min())),
            allowed=ALLOWED,
        )
    return spent, came


def _power(base: float | Array, a: float | Array, b: float | Array, x: float | Array) -> Array:
    found: Array = base + a * np.asarray(x, float) ** b
    return found


def _redrawn(count: int, block: int, seed: int) -> Array:
    """How often each period is in each redraw of blocks, shape (draws, periods)."""
    rng = np.random.default_rng(seed)
    blocks = -(-count // block)
    starts = rng.integers(0, count, (DRAWS, blocks))  # blocks run round the end, so that each period counts alike
    chosen = ((starts[:, :, None] + np.arange(block)) % count).reshape(DRAWS, -1)[:, :count]
    rows = np.repeat(np.arange(DRAWS), chosen.shape[1])
    return np.bincount(rows * count + chosen.ravel(), minlength=DRAWS * count).reshape(DRAWS, count).astype(float)


def _fits(x: Array, y: Array, weights: Array, based: bool) -> Array:
    """Base, a and b of every row of weights (shape (rows, periods)): the power with the smallest loss; shape (rows, 3)."""
    best = np.full(len(weights), np.inf)
    found = np.zeros((len(weights), 3))
    sum_w, sum_y, sum_yy = weights.sum(axis=1), weights @ y, weights @ (y * y)
    for b in POWERS:
        p = x**b
        sum_p, sum_pp, sum_py = weights @ p, weights @ (p * p), weights @ (p * y)
        a = np.maximum(sum_py / sum_pp, 0.0)
        base = np.zeros(len(a))
        if based:
            under = sum_w * sum_pp - sum_p**2
            free = np.where(under > 1e-12, under, np.inf)
            both_a, both_base = (sum_w * sum_py - sum_p * sum_y) / free, (sum_pp * sum_y - sum_p * sum_py) / free
            inside = (both_a >= 0) & (both_base > 0)
            a, base = np.where(inside, both_a, a), np.where(inside, both_base, base)
            alone = (both_a < 0) & (under > 1e-12)  # spending more brought nothing
            a, base = np.where(alone, 0.0, a), np.where(alone, sum_y / sum_w, base)
        loss = sum_yy - 2 * base * sum_y - 2 * a * sum_py + base**2 * sum_w + 2 * a * base * sum_p + a**2 * sum_pp
        better = loss < best - 1e-12 * np.abs(sum_yy)
        best = np.where(better, loss, best)
        found[better] = np.column_stack([base, a, np.full(len(a), b)])[better]
    return found


def _middle(values: Array) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
