"""Log-linear calendar regression: what a day is worth by its place in the calendar, shrunk as far as the past says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast.features import Array, Calendar

# How far the columns of a group usually reach (standard deviation of a log factor) before anything is known of the store,
# and for how many columns that counts when the store's own reach is told.
REACH = {
    "trend": 0.15, "recent": 0.05, "season1": 0.20, "season2": 0.12, "season3": 0.08, "season4": 0.06, "season5": 0.05,
    "season6": 0.04, "weekday": 0.15, "month_day": 0.05, "festival": 0.25, "festival_day": 0.10, "event": 0.30,
    "kind": 0.50, "event_day": 0.15, "kind_day": 0.30, "event_around": 0.10, "kind_around": 0.15,
}  # fmt: skip
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
    y, x = values[known], calendar.rows[known]
    if not len(y) or y.sum() <= 0:
        raise GoldloopError("forecast_empty", "There is nothing to learn a forecast from: no day has a value.")
    if (y < 0).any():
        raise GoldloopError(
            "forecast_negative",
            "A log-linear forecast knows no days below zero.",
            given=float(y.min()),
            allowed="0 or more",
        )
    used = np.flatnonzero((x != 0).any(axis=0))
    prior = np.array([REACH.get(name, np.inf) for name in calendar.groups]) ** 2
    scale = float(y.mean())
    begin = Fit(scale, np.zeros(calendar.rows.shape[1]), 0.1, prior) if start is None else start
    beta = np.zeros_like(begin.beta)
    beta[used], noise, reach = _solve(y / scale, x[:, used], calendar.group[used], prior, begin, used)
    return Fit(scale, beta, noise, reach)


def _inverse_half(matrix: Array) -> Array:
    """The inverse of the Cholesky factor of a positive definite matrix: `half.T @ half` is the inverse of the matrix."""
    from scipy.linalg.lapack import dpotrf, dtrtri

    factor, _ = dpotrf(matrix, lower=1, clean=1, overwrite_a=1)
    half, _ = dtrtri(factor, lower=1, overwrite_c=1)
    return half


def _solve(
    y: Array, x: Array, group: NDArray[np.int64], prior: Array, begin: Fit, used: NDArray[np.int64]
) -> tuple[Array, float, Array]:
    reach, noise, beta = begin.reach, begin.noise, begin.beta[used]
    size = np.bincount(group, minlength=len(prior))
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(x @ beta, -MOST, MOST))
        weighted = x * np.sqrt(mean / noise)[:, None]
        hessian = weighted.T @ weighted
        hessian[np.diag_indices(len(beta))] += 1 / reach[group] + 1e-9
        half = _inverse_half(hessian)
        step = half.T @ (half @ (x.T @ ((y - mean) / noise) - beta / reach[group]))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        beta = beta + step
        spread = np.einsum("ij,ij->j", half, half)  # the diagonal of the inverse
        freedom = max(len(y) - (len(beta) - float((spread / reach[group]).sum())), len(y) / 4)
        noise = max(float(((y - mean) ** 2 / np.maximum(mean, 1e-3)).sum()) / freedom, 1e-6)
        squares = np.bincount(group, beta**2 + spread, minlength=len(prior))
        reach = (PRIOR_COLUMNS * prior + squares) / (PRIOR_COLUMNS + size)
        if np.abs(step).max() < CLOSE:
            break
    return beta, noise, reach
