"""A shop with a known truth: sales by day and segment, refunds with known chances and delays."""

from __future__ import annotations

import numpy as np

from goldloop.core.mature import HORIZON, Cohorts, nested

DELAYS = np.exp(-0.5 * ((np.arange(HORIZON + 1) - 9) / 4.0) ** 2) + 2.0 * (np.arange(HORIZON + 1) == 1)
DELAYS /= DELAYS.sum()


def shop(
    seed: int, *, days: int = 700, orders: float = 40.0, rates: tuple[float, ...] = (0.08, 0.20), swing: float = 0.0
) -> tuple[Cohorts, np.ndarray]:
    """Cohorts of one store whose segments lose `rates` of their sales in the end, by DELAYS; and each cell's true rate.

    `swing`: standard deviation of the log of a level that all segments of a day share.
    """
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(0, swing, days))
    day, segment, gmv, truth = [], [], [], []
    cell, age, amount, squares = [], [], [], []
    for d in range(days):
        for s, rate in enumerate(rates):
            sold = rng.gamma(2.0, 5000.0, rng.poisson(orders / len(rates)))
            back = rng.random(len(sold)) < min(rate * level[d], 0.9)
            ages = rng.choice(HORIZON + 1, int(back.sum()), p=DELAYS)
            for a in np.unique(ages):
                these = sold[back][ages == a]
                cell.append(len(day))
                age.append(a)
                amount.append(these.sum())
                squares.append((these**2).sum())
            day.append(d)
            segment.append(str(s))
            gmv.append(sold.sum())
            truth.append(rate)
    cohorts = Cohorts(
        day=np.array(day),
        codes=nested([segment]),
        gmv=np.array(gmv),
        cell=np.array(cell, int),
        age=np.array(age, int),
        amount=np.array(amount, float),
        squares=np.array(squares, float),
    )
    return cohorts, np.array(truth)


def settled_by(cohorts: Cohorts, known: int) -> Cohorts:
    """The same shop as a file of that day shows it: nothing sold or settled later."""
    seen = cohorts.settled <= known
    return Cohorts(
        cohorts.day, cohorts.codes, np.where(cohorts.day <= known, cohorts.gmv, 0.0),
        cohorts.cell[seen], cohorts.age[seen], cohorts.amount[seen], cohorts.squares[seen],
    )  # fmt: skip
