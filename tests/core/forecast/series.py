"""Series whose truth is known: a store that grows, has weekdays and a season, and a festival that moves."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from goldloop.core.forecast import Stretch

FIRST = date(2023, 3, 1)
SPRING = [
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
]
LIFT = [(-24, -9, 1.30), (-8, -3, 0.75), (-2, 5, 0.40), (6, 12, 0.80)]  # days around the festival, factor
WEEK = np.array([1.02, 0.99, 0.98, 0.98, 0.96, 1.02, 1.05])
STRETCHES = [Stretch("spring", day, day, before=28, after=14) for day in SPRING]


def festival(days: int) -> NDArray[np.float64]:
    """The true factor of every day from `FIRST`."""
    factor = np.ones(days)
    for spring in SPRING:
        for low, high, lift in LIFT:
            at = (spring - FIRST).days
            factor[max(at + low, 0) : max(at + high + 1, 0)] *= lift
    return factor


def series(last: date, *, noise: float, seed: int, festivals: bool = True) -> NDArray[np.float64]:
    """Daily values from `FIRST` to `last`: growth 10 % a year, a season of 8 %, weekdays, the festival, log-normal noise."""
    days = (last - FIRST).days + 1
    at = np.arange(days)
    weekday = [(FIRST + timedelta(days=int(n))).weekday() for n in at]
    base = 1000 * 1.1 ** (at / 365) * (1 + 0.08 * np.cos(2 * np.pi * at / 365.25)) * WEEK[weekday]
    rng = np.random.default_rng(seed)
    return base * (festival(days) if festivals else 1.0) * np.exp(rng.normal(0, noise, days))
