"""Log-linear calendar regression: what a day is worth by its place in the calendar, shrunk as far as the past says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast.arrow import Arrow, arrow
from goldloop.core.forecast.features import Array, Calendar

# How far the columns of a group usually reach (standard deviation of a log factor) before anything is known of the store,
# and for how many columns that counts when the store's own reach is told.
REACH = {
    "trend": 0.15, "recent": 0.05, "season1": 0.20, "season2": 0.12, "season3": 0.08, "season4": 0.06, "season5": 0.05,
    "season6": 0.04, "weekday": 0.15, "month_day": 0.05, "festival": 0.25, "festival_day": 0.10, "event": 0.30,
    "kind": 0.50, "event_day": 0.15, "kind_day": 0.30, "event_around": 0.10, "kind_around": 0.15,
}  # fmt: skip
LOCAL = frozenset({"festival", "festival_day", "event", "event_day", "event_around"})  # groups of columns of few days
PRIOR_COLUMNS = 4.0
ROUNDS, CLOSE = 12, 1e-2
MOST = 12.0  # a day is never told more than e^12 times away from the mean day


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression: `scale` in the unit of the values, log factors per column, and the noise of a mean day.

    `noise` is the variance of a day over its expectation, in units of the mean day (dispersion of the quasi-Poisson law);
    `reach` how far the columns of each group were found to reach (variance of a log factor).
    """

    scale: float
    beta: Array
    noise: float
    reach: Array

    def expected(self, rows: Array) -> Array:
        """`scale x exp(rows @ beta)`: the expectation of each row's day, in the unit of the values."""
        return self.scale * np.exp(np.clip(rows @ self.beta, -MOST, MOST))


def fit(values: Array, calendar: Calendar, *, start: Fit | None = None) -> Fit:
    """The regression of daily values (one per row of the calendar, NaN where unknown, none negative).

    `log E(value) = x beta`, variance in proportion to the expectation (quasi-Poisson, so that days without sales are no
    trouble and months sum without bias), and beta drawn to 0: it minimises `deviance / noise + sum beta_j^2 / reach_g^2`.
    Each group's `reach` is told from its own columns (expectation step of the EM algorithm, with `REACH` counting as four
    columns), so that what the past does not show is not believed. Undefined where every value is 0 or unknown.

    Source: penalised quasi-likelihood, Breslow & Clayton 1993; reach by EM: Dempster, Laird & Rubin 1977.

    >>> from datetime import date
    >>> from goldloop.core.forecast.features import calendar
    >>> week = [100.0, 90, 90, 95, 110, 150, 140]
    >>> made = calendar(date(2026, 1, 5), 70, known=63)
    >>> found = fit(np.array(week * 9 + [np.nan] * 7), made).expected(made.rows)
    >>> [round(float(v) / 10) * 10 for v in found[63:]] == [round(v / 10) * 10 for v in week]
    True
    """
    known = np.isfinite(values)
    y = values[known]
    if not len(y) or y.sum() <= 0:
        raise GoldloopError("forecast_empty", "There is nothing to learn a forecast from: no day has a value.")
    if (y < 0).any():
        raise GoldloopError(
            "forecast_negative",
            "A log-linear forecast knows no days below zero.",
            given=float(y.min()),
            allowed="0 or more",
        )
    seen = _seen(calendar, known.tobytes())
    prior = np.array([REACH.get(name, np.inf) for name in calendar.groups]) ** 2
    scale = float(y.mean())
    begin = Fit(scale, np.zeros(calendar.rows.shape[1]), 0.1, prior) if start is None else start
    beta = np.zeros_like(begin.beta)
    beta[seen.used], noise, reach = _solve(y / scale, seen, prior, begin)
    return Fit(scale, beta, noise, reach)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A calendar on the days whose values are known: the columns that are not 0 on all of them, their groups and arrow."""

    x: Array
    used: NDArray[np.int64]
    group: NDArray[np.int64]
    normal: Arrow


@lru_cache(maxsize=4)  # figures of a store, and stores with the same events, are mostly known on the same days
def _seen(calendar: Calendar, known: bytes) -> _Seen:
    x = calendar.rows[np.frombuffer(known, bool)]
    used = np.flatnonzero((x != 0).any(axis=0))
    x, group = x[:, used], calendar.group[used]
    local = np.array([name in LOCAL for name in calendar.groups])
    return _Seen(x, used, group, arrow(x, local[group]))


def _solve(y: Array, seen: _Seen, prior: Array, begin: Fit) -> tuple[Array, float, Array]:
    x, group = seen.x, seen.group
    reach, noise, beta = begin.reach, begin.noise, begin.beta[seen.used]
    size = np.bincount(group, minlength=len(prior))
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(x @ beta, -MOST, MOST))
        uphill = x.T @ ((y - mean) / noise) - beta / reach[group]
        step, spread = seen.normal.solve(mean / noise, 1 / reach[group] + 1e-9, uphill)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        beta = beta + step
        freedom = max(len(y) - (len(beta) - float((spread / reach[group]).sum())), len(y) / 4)
        noise = max(float(((y - mean) ** 2 / np.maximum(mean, 1e-3)).sum()) / freedom, 1e-6)
        squares = np.bincount(group, beta**2 + spread, minlength=len(prior))
        reach = (PRIOR_COLUMNS * prior + squares) / (PRIOR_COLUMNS + size)
        if np.abs(step).max() < CLOSE:
            break
    return beta, noise, reach
