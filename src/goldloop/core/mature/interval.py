"""How sure an expectation is: how far earlier ones, made in the same way, were from what came."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from goldloop.core.mature.curve import HORIZON, Cohorts, Curve, Floats, TooLittle, fit

CONFIDENCE = 0.80
STEP = 7  # days between two earlier moments
EARLIER = 26  # how many of them are looked at
ENOUGH = 30  # earlier expectations below which the normal law stands in for experience
NEAR = 100  # of like size, which tell how sure one is
NORMAL = 1.2815515655446004  # 90 % point of the normal law
WEEK = 7
BACK = HORIZON + STEP * (EARLIER - 1)  # days that the earliest of these moments lies back


def to_come(cohorts: Cohorts, curve: Curve) -> Floats:
    """Refunds still to come of each cell: `(gmv - refunded so far) x rate`, shape (cells,), in minor units, at least 0.

    0 on final days. Source: see `curve.fit`.

    >>> day, lost = np.arange(365), np.full(365, 1000.0)
    >>> sold = Cohorts(day, np.zeros((365, 1), np.int64), lost * 10, day, np.full(365, 5), lost, lost**2)
    >>> to_come(sold, fit(sold, 362))[[350, 358, 362]].round().tolist()
    [0.0, 952.0, 952.0]
    """
    left = (cohorts.gmv - cohorts.come(curve.known)).clip(0)
    return left * curve.rate(cohorts.day, cohorts.codes[:, -1])


@dataclass(frozen=True)
class Spread:
    """By how much refunds to come missed their expectation before: `variance = severity x E + relative^2 x E^2`.

    `expected` (ascending, minor units) and `missed` are those earlier expectations and (came - expected) / standard
    deviation of each; with fewer than ENOUGH of them the normal law stands in.

    >>> [round(end) for end in Spread(1000.0, 0.1, np.zeros(0), np.zeros(0)).bounds(9000.0, 50000.0)]
    [4986, 13014]
    """

    severity: float
    relative: float
    expected: Floats
    missed: Floats

    def bounds(self, expected: float, most: float) -> tuple[float, float]:
        """The interval of CONFIDENCE around `expected` refunds to come, minor units, between 0 and `most` (the money at risk).

        Its ends are the 10 % and 90 % points of what the NEAR earlier expectations of like size missed.
        """
        deviation = float(np.sqrt(self.severity * expected + (self.relative * expected) ** 2))
        low, high = -NORMAL, NORMAL
        if len(self.expected) >= ENOUGH:
            place = int(np.searchsorted(self.expected, expected)) - NEAR // 2
            place = max(0, min(place, len(self.expected) - NEAR))
            tail = (1 - CONFIDENCE) / 2
            low, high = (float(p) for p in np.quantile(self.missed[place : place + NEAR], (tail, 1 - tail)))
        least, largest = expected + low * deviation, expected + high * deviation
        return max(0.0, min(least, expected)), max(expected, min(largest, most))


class Past:
    """What could be told of one store at the end of any day; every day is worked out once.

    `curve(known)`: that of `curve.fit`; `tried(known)`: refunds to come as expected then, and as they came, minor units;
    `spread(known)`: how far such expectations were off, None without a curve.
    """

    def __init__(self, cohorts: Cohorts) -> None:
        self.cohorts = cohorts
        self.curve = cache(self._curve)
        self.tried = cache(self._tried)
        self.spread = cache(self._spread)

    def _curve(self, known: int) -> Curve | TooLittle:
        return fit(self.cohorts, known)

    def _tried(self, known: int) -> tuple[Floats, Floats]:
        """Refunds to come as expected at the end of a day, and as they came: of each young day, seven days, all of them."""
        curve, days = self.curve(known), self.cohorts.day
        if not isinstance(curve, Curve):
            return np.zeros(0), np.zeros(0)
        young = (days <= known) & (days >= known - curve.final_age)
        sums = []
        for values in (to_come(self.cohorts, curve), self.cohorts.refunds(known + 1, known + HORIZON)):
            by_age = np.bincount((known - days)[young], values[young], curve.final_age + 1)
            sums.append(np.append(by_age, [by_age[:WEEK].sum(), by_age.sum()]))
        some = sums[0] > 0
        return sums[0][some], sums[1][some]

    def _spread(self, known: int) -> Spread | None:
        """The spread of expectations of refunds to come, from those one would have made every STEP days before `known`.

        Each earlier moment lies at least HORIZON days back, so that what came is known. It gives one expectation for
        every young day, for the last seven days and for all young days. The relative part is found by moments; the points
        are those of the expectations themselves (split conformal prediction: Vovk 2005, Lei 2018). None without a curve.
        """
        now = self.curve(known)
        if not isinstance(now, Curve):
            return None
        tried = [self.tried(known - HORIZON - STEP * k) for k in range(EARLIER)]
        expected, came = (np.concatenate(values) for values in zip(*tried, strict=True))
        beyond = float(((came - expected) ** 2 - now.severity * expected).sum())
        relative = float(np.sqrt(max(0.0, beyond) / float((expected**2).sum()))) if len(expected) else 0.0
        missed = (came - expected) / np.sqrt(now.severity * expected + (relative * expected) ** 2)
        order = np.argsort(expected, kind="stable")
        return Spread(now.severity, relative, expected[order], missed[order])
