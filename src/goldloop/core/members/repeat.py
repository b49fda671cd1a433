"""Who buys again: customers who buy at a pace of their own until, after one of their purchases, they stay away for good.

BG/NBD: P. Fader, B. Hardie, K. L. Lee, Marketing Science 24 (2005). MBG/NBD, where a customer may stay away after her first
purchase already: E. Batislam, M. Denizel, A. Filiztekin, International Journal of Research in Marketing 24 (2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import minimize
from scipy.special import expit, gammaln, psi

from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Floats, Histories, Ints

KINDS = ("bgnbd", "mbg")
LEAST = 100  # customers below which nothing is learned
LEAST_REPEATERS = 30  # of them, who bought again
STARTS = ((0.3, 0.5, 0.5, 2.0), (1.0, 1.0, 1.0, 1.0), (0.2, 0.1, 2.0, 10.0))  # r, alpha / mean age, a, b
BOUND = 12.0  # of the logarithm of each parameter
RACE = 2_000  # rows on which the starts race; the winner goes on with all
NODES = 32  # of the sum that stands for a mean over chances to stay away
LEAST_CHANCE = 1e-12  # below it nobody stays away, and a quotient would lose its digits


@dataclass(frozen=True, slots=True)
class Repeat:
    """A fitted model of the `kind` bgnbd or mbg.

    Paces of customers are Gamma(`r`, `alpha`) purchases per unit of time, their chances to stay away after a purchase
    Beta(`a`, `b`). `alpha` is in the unit of the histories' times, `log_likelihood` of theirs too (natural logarithm);
    r, a and b have no unit. `people` were learned from. `at_edge`: a parameter ran to the end of its range, so that the
    data does not tell it (as a rule: nobody seems to stay away).
    """

    kind: str
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    people: int
    at_edge: bool

    @property
    def shift(self) -> int:
        """Chances to stay away that a customer had besides those after her repeat purchases."""
        return int(self.kind == "mbg")

    def active(self, frequency: Ints, recency: Floats, age: Floats) -> Floats:
        """Chance that each customer has not stayed away for good, 0 to 1; arrays of one shape, as in `Histories`.

        `1 / (1 + a / (b + n - 1) ((alpha + age) / (alpha + recency))^(r + x))`, x = frequency and n the chances she had to
        stay away (x; MBG: x + 1); 1 where she had none.

        >>> round(float(Repeat("bgnbd", .2426, 4.4136, .7929, 2.4259, 0, 1, False).active(26, 30.86, 31.)), 4)
        0.9689
        """
        x, n = np.asarray(frequency, np.float64), np.asarray(frequency, np.int64) + self.shift
        since, old = np.asarray(recency, np.float64), np.asarray(age, np.float64)
        gone = np.log(self.a) - np.log(self.b + np.maximum(n, 1) - 1)
        gone = gone + (self.r + x) * (np.log(self.alpha + old) - np.log(self.alpha + since))
        return np.where(n > 0, expit(-gone), 1.0)

    def expected(self, ahead: float, frequency: Ints, recency: Floats, age: Floats) -> Floats:
        """Purchases to come of each customer within the next `ahead` units of time, at least 0; shape of the arrays.

        `active x E[(1 - (1 + p t / (alpha + age))^-(r + x)) / p]`, t = ahead, over p ~ Beta(a, b + n), her chance to stay away
        after a purchase: the papers' formula before it becomes a hypergeometric function, whose evaluation loses all digits
        for many a customer. The mean is a Gauss-Jacobi sum of NODES terms. Frequency, recency and age 0 are a new customer.

        >>> model = Repeat("bgnbd", .2426, 4.4136, .7929, 2.4259, 0, 1, False)
        >>> round(float(model.expected(39, 2, 30.43, 38.86)), 3)
        1.226
        """
        x, old = np.asarray(frequency, np.float64), np.asarray(age, np.float64)
        chances, at = np.unique(np.asarray(frequency, np.int64) + self.shift, return_inverse=True)
        nodes = [_beta_nodes(self.a, self.b + n) for n in chances.tolist()]
        still = np.zeros(np.broadcast_shapes(x.shape, old.shape))
        for k in range(NODES):
            p = np.array([points[k] for points, _ in nodes])[at].reshape(x.shape)
            weight = np.array([weights[k] for _, weights in nodes])[at].reshape(x.shape)
            still -= weight * np.expm1(-(self.r + x) * np.log1p(p * (ahead / (self.alpha + old)))) / p
        return still * self.active(frequency, recency, age)

    def next_in(self, frequency: Ints, age: Floats) -> Floats:
        """Time from now by which an active customer buys again with chance 1/2, in the histories' unit.

        `(alpha + age) (2^(1 / (r + x)) - 1)`: her pace is Gamma(r + x, alpha + age).
        """
        x = np.asarray(frequency, np.float64)
        return np.asarray((self.alpha + age) * np.expm1(np.log(2) / (self.r + x)), np.float64)


@dataclass(frozen=True, slots=True)
class TooFew:
    """Why nothing was learned: `people` customers, `repeaters` of whom bought again, are not enough."""

    people: int
    repeaters: int


def _beta_nodes(a: float, c: float) -> tuple[Floats, Floats]:
    """Points and weights by which the mean of a smooth function of a Beta(a, c) quantity is a sum, both of shape (NODES,).

    Eigenvalues and first components of the Jacobi matrix (G. Golub and J. Welsch, Mathematics of Computation 23, 1969).
    """
    left, right, j = a - 1, c - 1, np.arange(1, NODES, dtype=np.float64)
    both = left + right
    middle = np.r_[(left - right) / (both + 2), (left**2 - right**2) / ((2 * j + both) * (2 * j + both + 2))]
    i = j[1:]
    beside = (
        4 * i * (i + left) * (i + right) * (i + both) / ((2 * i + both) ** 2 * (2 * i + both + 1) * (2 * i + both - 1))
    )
    first = 4 * (1 + left) * (1 + right) / ((2 + both) ** 2 * (3 + both))
    points, vectors = eigh_tridiagonal(middle, np.sqrt(np.r_[first, beside]))
    return np.maximum((points + 1) / 2, LEAST_CHANCE), vectors[0] ** 2


def fit(histories: Histories, kind: str = "bgnbd") -> Repeat | TooFew:
    """The model under which these histories are likeliest, by L-BFGS with analytic gradient from several starts.

    The likelihood is a sum over different customers times their number; times are divided by their mean while it is
    maximised, so that the unit does not matter. `TooFew` below LEAST customers or LEAST_REPEATERS who bought again.
    Raises `members_kind`.
    """
    if kind not in KINDS:
        raise GoldloopError("members_kind", f"'{kind}' is no repurchase model.", given=kind, allowed=KINDS, kind=kind)
    people, repeaters = histories.people, histories.repeaters
    if people < LEAST or repeaters < LEAST_REPEATERS:
        return TooFew(people, repeaters)
    unit = float(np.average(histories.age, weights=histories.count)) or 1.0
    race = _Likelihood(histories.every(max(1, len(histories.count) // RACE)), kind, unit)
    whole = _Likelihood(histories, kind, unit)
    found = min((race.maximised(np.log(start)) for start in STARTS), key=lambda one: one[1])[0]
    logs, height = whole.maximised(found) if race.people < people else (found, race(found)[0])
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    purchases = float((histories.frequency * histories.count).sum())
    likelihood = -height * people - purchases * np.log(unit)  # a density per unit of time and purchase
    return Repeat(kind, r, alpha * unit, a, b, float(likelihood), people, bool((np.abs(logs) > BOUND - 0.01).any()))


class _Likelihood:
    """Minus the mean log-likelihood of histories, as a function of the parameters' logarithms.

    With n chances to stay away (BG: x, MBG: x + 1), a customer's likelihood is
    `G(r+x) alpha^r / G(r) x B(a, b+n) / B(a, b) x ((alpha + age)^-(r+x) + [n > 0] a / (b+n-1) (alpha + recency)^-(r+x))`.
    """

    def __init__(self, histories: Histories, kind: str, unit: float) -> None:
        self.times, self.at = np.unique(histories.frequency, return_inverse=True)  # gamma functions only once a count
        self.x, self.chances = self.times.astype(np.float64), self.times + int(kind == "mbg")
        self.recency, self.age = histories.recency / unit, histories.age / unit
        self.people = histories.people
        self.weight = histories.count / self.people
        self.by_times = np.bincount(self.at, self.weight, len(self.times))

    def maximised(self, start: Floats) -> tuple[Floats, float]:
        """The logarithms of the likeliest parameters near a start, and minus the mean log-likelihood there."""
        options = {"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8, "maxcor": 20}
        found = minimize(self, start, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4, options=options)
        return found.x, float(found.fun)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """The value, and its gradient by the logarithms."""
        r, alpha, a, b = np.exp(logs)
        x, n = self.x, self.chances
        fixed = gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + n) - gammaln(b) - gammaln(a + b + n)
        power, leaving = r + x, np.full(len(n), -np.inf)
        later = n > 0
        leaving[later] = np.log(a) - np.log(b + n[later] - 1)
        each = power[self.at]
        late, early = np.log(alpha + self.age), np.log(alpha + self.recency)
        odds = leaving[self.at] + each * (late - early)  # logarithm of those of having stayed away already
        share = expit(odds)
        either = -each * late + np.logaddexp(0.0, odds)  # without overflow on either side
        value = self.weight @ either + self.by_times @ fixed + r * np.log(alpha)
        left = np.bincount(self.at, self.weight * share, len(x))
        logged = late - share * (late - early)
        slower = (1 - share) / (alpha + self.age) + share / (alpha + self.recency)
        by_r = self.by_times @ (psi(r + x) - psi(r)) + np.log(alpha) - self.weight @ logged
        by_alpha = r / alpha - self.weight @ (each * slower)
        by_a = self.by_times @ (psi(a + b) - psi(a + b + n)) + left.sum() / a
        by_b = self.by_times @ (psi(a + b) + psi(b + n) - psi(b) - psi(a + b + n))
        by_b -= (left[later] / (b + n[later] - 1)).sum()
        return -float(value), -np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b])
