"""Forecasts, paths and shapes over simulated series, measured inside the process. Prints one JSON object.

    python benchmarks/forecast.py month|paths|shapes

`month` is a month's forecast with its back-test from 26 months of days, `paths` 10,000 ways of that month, `shapes` the
weights of a year's days for 20 stores. Seconds are CPU time after import.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from goldloop.core.forecast import Stretch

FIRST, DAYS, STORES = date(2024, 9, 1), 791, 20


def made(seed: int) -> np.ndarray:
    """Daily sales with weekdays, a season, growth and noise."""
    at = np.arange(DAYS)
    week = np.array([1.05, 1.02, 1.0, 0.98, 0.95, 0.98, 1.02])[at % 7]
    base = 4e5 * 1.1 ** (at / 365) * (1 + 0.1 * np.cos(2 * np.pi * at / 365.25)) * week
    return base * np.exp(np.random.default_rng(seed).normal(0, 0.15, DAYS))


def calendar(last: date) -> list[Stretch]:
    """The events and festivals of a Tmall store."""
    from goldloop.core.calendar import Period
    from goldloop.metrics.calendar_events import platform_phases
    from goldloop.metrics.stretches import stretches

    return stretches(platform_phases("tmall"), "tmall", Period(FIRST, last))[0]


def run(what: str) -> float:
    """CPU seconds of one job."""
    from goldloop.core.calendar import Period
    from goldloop.core.forecast import forecast, sum_shape

    year = Period(date(2027, 1, 1), date(2027, 12, 31))
    ahead = FIRST + timedelta(days=DAYS + 29)
    stores = [made(seed) for seed in range(STORES)]
    known = calendar(year.last if what == "shapes" else ahead)
    found = forecast(stores[0], FIRST, 30, known) if what == "paths" else None
    np.linalg.inv(np.eye(300))  # the library's own first time
    started = time.process_time()
    if what == "month":
        forecast(stores[0], FIRST, 30, known)
    elif what == "paths" and found is not None:
        found.paths(seed=1)
    else:
        for values in stores:
            sum_shape(values, FIRST, year, known)
    return time.process_time() - started


if __name__ == "__main__":
    print(json.dumps({"seconds": run(sys.argv[1])}))
