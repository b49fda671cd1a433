"""Expectations held against what came: net of days of one age as it was expected then, and as it is in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goldloop.core.mature.curve import HORIZON, WINDOW, Curve
from goldloop.core.mature.interval import WEEK, Past, to_come


@dataclass(frozen=True, slots=True)
class Case:
    """One day (a day number) looked at when it was so old: amounts in minor units.

    `so_far` is net as it stood then, `expected` net less the refunds still expected, `low` and `high` its interval,
    `final` net as it is now that every refund came.
    """

    day: int
    so_far: float
    expected: float
    low: float
    high: float
    final: float

    @property
    def inside(self) -> bool:
        """Whether the interval holds the final net."""
        return self.low <= self.final <= self.high


def backtest(past: Past, known: int, *, age: int, days: int = WINDOW, sure: bool = True) -> list[Case]:
    """The last `days` days that are final by day `known`, each as it was expected when it was `age` days old; oldest first.

    An expectation knows nothing later than its moment: neither its curve nor its interval (which `sure` = False leaves
    out: both ends are then the expectation). Days without sales, and without enough history before them, are left out.
    `known` is a day number. Source: rolling origins, L. Tashman, International Journal of Forecasting 16 (2000).

    >>> from goldloop.core.mature.curve import Cohorts
    >>> day, lost = np.arange(365), np.full(365, 1000.0)
    >>> sold = Cohorts(day, np.zeros((365, 1), np.int64), lost * 10, day, np.full(365, 5), lost, lost**2)
    >>> [(c.day, c.so_far, round(c.expected), c.final) for c in backtest(Past(sold), 424, age=2, days=1, sure=False)]
    [(364, 10000.0, 9048, 9000.0)]
    """
    cohorts, found = past.cohorts, []
    for day in range(known - HORIZON - days + 1, known - HORIZON + 1):
        cells, moment = cohorts.day == day, day + age
        curve = past.curve(moment) if cells.any() else None
        if not isinstance(curve, Curve):
            continue
        so_far = float((cohorts.gmv - cohorts.come(moment))[cells].sum())
        ahead = float(to_come(cohorts, curve)[cells].sum())
        error = past.spread(moment) if sure else None
        least, most = (ahead, ahead) if error is None else error.bounds(ahead, max(so_far, 0.0))
        final = float((cohorts.gmv - cohorts.come(known))[cells].sum())
        found.append(Case(day, so_far, so_far - ahead, so_far - most, so_far - least, final))
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """How good expectations were, as shares of final net (rates): lower is better, but for `inside`.

    `error` sums the misses of single days without their sign, `naive` those of net as it stood then, `week_error` and
    `week_naive` those of seven days together; `bias` keeps the sign (above 0: too much was expected). `inside` is the
    share of days whose final net lay in their interval; `cases` counts days.
    """

    cases: int
    error: float
    naive: float
    week_error: float
    week_naive: float
    bias: float
    inside: float


def score(cases: Sequence[Case]) -> Score | None:
    """The score of cases in the order of their days; None without any, or where nothing was sold.

    `error = sum |expected - final| / sum |final|`, `bias` the same without the bars, `naive` with net so far instead.

    >>> score([Case(0, 95.0, 91.0, 88.0, 94.0, 90.0), Case(1, 97.0, 93.0, 90.0, 96.0, 95.0)])
    Score(cases=2, error=0.0162..., naive=0.0378..., week_error=0.0054..., week_naive=0.0378..., bias=-0.0054..., inside=1.0)
    """
    final = np.array([c.final for c in cases])
    size = float(np.abs(final).sum())
    if not size:
        return None
    missed = np.array([c.expected for c in cases]) - final
    rival = np.array([c.so_far for c in cases]) - final
    starts = np.arange(0, len(cases), WEEK)
    return Score(
        cases=len(cases),
        error=float(np.abs(missed).sum()) / size,
        naive=float(np.abs(rival).sum()) / size,
        week_error=float(np.abs(np.add.reduceat(missed, starts)).sum()) / size,
        week_naive=float(np.abs(np.add.reduceat(rival, starts)).sum()) / size,
        bias=float(missed.sum()) / size,
        inside=float(np.mean([c.inside for c in cases])),
    )
