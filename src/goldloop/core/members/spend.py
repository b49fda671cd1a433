"""What a purchase is worth: amounts of customers scatter about means of their own, which scatter over customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from goldloop.core.members.histories import Floats, Ints
from goldloop.core.members.repeat import BOUND, LEAST_REPEATERS

STARTS = ((2.0, 3.0, 1.0), (6.0, 4.0, 1.0), (1.0, 1.5, 0.5))  # p, q, v / mean amount


@dataclass(frozen=True, slots=True)
class Spend:
    """A fitted Gamma-Gamma model: amounts of a customer are Gamma(`p`, nu) about her own mean, nu is Gamma(`q`, `v`).

    `v` is in the unit of the amounts, p and q have none; `correlation` is Pearson's between frequency and mean amount
    over the customers learned from: the model takes it as 0.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    people: int
    correlation: float

    def mean(self, purchases: Ints, amount: Floats) -> Floats:
        """Expected amount of each customer's purchases to come, in the unit of `amount`; nan where it is unbounded.

        `(v + x m) p / (p x + q - 1)`, x = purchases that were seen and m their mean amount (any number where x = 0).

        >>> round(float(Spend(6.25, 3.74, 15.44, 0, 1, 0).mean(2, 22.35)), 2)
        24.66
        """
        x = np.asarray(purchases, np.float64)
        below = self.p * x + self.q - 1
        spent = np.where(x > 0, x * np.asarray(amount, np.float64), 0.0)
        return np.where(below > 0, (self.v + spent) * self.p / np.where(below > 0, below, 1.0), np.nan)


def spend_fit(purchases: Ints, amount: Floats) -> Spend | None:
    """The Gamma-Gamma model under which these customers' mean amounts are likeliest; None below LEAST_REPEATERS of them.

    `purchases` (count, at least 1) and their mean `amount` (above 0), both of shape (n,), are those after the first one,
    as for the repurchase model; customers without either are left out. Source: P. Fader, B. Hardie, "The Gamma-Gamma
    Model of Monetary Value" (2013).
    """
    x, m = np.asarray(purchases, np.float64), np.asarray(amount, np.float64)
    known = (x > 0) & (m > 0)
    x, m = x[known], m[known]
    if len(x) < LEAST_REPEATERS:
        return None
    unit = float(m.mean())
    target = _Likelihood(x, m / unit)
    options = {"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9}
    tried = [
        minimize(target, np.log(start), jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 3, options=options)
        for start in STARTS
    ]
    best = min(tried, key=lambda one: float(one.fun))
    p, q, v = (float(value) for value in np.exp(best.x))
    varied = x.std() > 0 and m.std() > 0
    together = float(np.corrcoef(x, m)[0, 1]) if varied else 0.0
    return Spend(p, q, v * unit, -float(best.fun) * len(x) - len(x) * float(np.log(unit)), len(x), together)


class _Likelihood:
    """Minus the mean log-likelihood of mean amounts, as a function of the parameters' logarithms."""

    def __init__(self, x: Floats, m: Floats) -> None:
        self.x, self.at, counts = np.unique(x, return_inverse=True, return_counts=True)
        self.weight, self.total = counts / len(x), self.x[self.at] * m
        self.logged = float(np.mean(np.log(m)))
        self.spent = np.bincount(self.at, np.log(self.total), len(self.x)) / len(x)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """The value, and its gradient by the logarithms."""
        p, q, v = np.exp(logs)
        x, width = self.x, len(self.x)
        below = np.log(self.total + v)
        mean_below = np.bincount(self.at, below, width) / len(self.total)
        mean_share = np.bincount(self.at, 1 / (self.total + v), width) / len(self.total)
        whole = p * x + q
        value = self.weight @ (gammaln(whole) - gammaln(p * x)) - gammaln(q) + q * np.log(v) - self.logged
        value += p * (x @ self.spent) - whole @ mean_below
        by_p = self.weight @ (x * (psi(whole) - psi(p * x))) + x @ self.spent - x @ mean_below
        by_q = self.weight @ psi(whole) - psi(q) + np.log(v) - mean_below.sum()
        by_v = q / v - whole @ mean_share
        return -float(value), -np.array([by_p * p, by_q * q, by_v * v])
