"""From the first to the second purchase: the share who have bought again by each day, though the newest were not seen long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Floats, Ints
from goldloop.core.members.shares import NORMAL, TAIL


@dataclass(frozen=True)
class Second:
    """The curve of one group of customers, day by day from 0 to the longest that anyone was seen.

    `share`: who have bought again by that day, 0 to 1; `low` and `high` its 80 % interval; `at_risk`: customers who were
    seen that long and had not bought again before; arrays of shape (days + 1,). `people` are all, `again` who came back.
    """

    people: int
    again: int
    share: Floats
    low: Floats
    high: Floats
    at_risk: Ints

    def at(self, day: int) -> tuple[float, float, float] | None:
        """Share, low and high by that day; None where nobody was seen so long."""
        return (float(self.share[day]), float(self.low[day]), float(self.high[day])) if day < len(self.share) else None


def second_curve(days: Ints, again: object, count: Ints) -> Second:
    """Kaplan-Meier: at each day t, of those still at risk so many buy again; `share = 1 - product(1 - d_t / n_t)`.

    `days`: from the first purchase to the second (`again` true) or to the day up to which is known (false), at least 0;
    `count` of customers alike; arrays of one shape. The interval is Greenwood's variance on the log-minus-log scale, which
    keeps it within 0 and 1. It knows no width where none or all have bought; there the ends are exact ones of C. Clopper and
    E. Pearson, Biometrika 26 (1934), a being what lies beyond either end (0.1): before the first second purchase from 0 to
    `1 - a^(1 / n_t)`, the share at which nobody of n_t buys with chance a; once all have bought up to 1, from the low end of the
    day before, and from `a^(1 / n_t)` where there was none. Sources: E. Kaplan and P. Meier, JASA 53 (1958); J. Kalbfleisch
    and R. Prentice, The Statistical Analysis of Failure Time Data (1980). Raises `members_shape`.

    >>> curve = second_curve(np.array([1, 2, 3, 3]), np.array([True, False, True, False]), np.array([2, 2, 1, 3]))
    >>> curve.share.round(4).tolist(), curve.at_risk.tolist(), curve.at(4)
    ([0.0, 0.25, 0.25, 0.4375], [8, 8, 6, 4], None)
    >>> [round(end, 4) for end in curve.at(0)]  # of eight none on the first day
    [0.0, 0.0, 0.2501]
    """
    days, many = np.asarray(days, np.int64), np.asarray(count, np.int64)
    back = np.asarray(again, np.bool_)
    if len({days.shape, many.shape, back.shape}) > 1 or not len(days) or days.min() < 0:
        raise GoldloopError("members_shape", "Histories do not have the same number of values in every column.")
    width = int(days.max()) + 1
    events = np.bincount(days, many * back, width)
    at_risk = np.cumsum(np.bincount(days, many, width)[::-1])[::-1]
    left = np.cumprod(1 - events / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events)))) / np.abs(np.log(left))
    some = (left > 0) & (left < 1)
    factor = np.exp(NORMAL * np.where(some, spread, 0.0))
    return Second(
        people=int(many.sum()),
        again=int(events.sum()),
        share=np.asarray(1 - left, np.float64),
        low=_low(np.where(some, 1 - left ** (1 / factor), 0.0), left, at_risk),
        high=np.where(some, 1 - left**factor, np.where(left > 0, 1 - TAIL ** (1 / at_risk), 1.0)),
        at_risk=at_risk.astype(np.int64),
    )


def _low(low: Floats, left: Floats, at_risk: Ints) -> Floats:
    """The low ends, also of the day on which the last one bought: nobody is at risk after it."""
    if left[-1] == 0:
        before = float(low[-2]) if len(low) > 1 else 0.0
        low[-1] = before or TAIL ** (1 / at_risk[-1])
    return low
