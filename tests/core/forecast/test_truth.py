"""Forecasts held against known truth: the demo's stores, and two years of a real shop."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from goldloop.core.calendar import Period
from goldloop.core.forecast import forecast, seasonal_naive, theta
from goldloop.metrics.calendar_events import platform_phases
from goldloop.metrics.stretches import stretches
from goldloop.simulate.group import GROUP
from goldloop.simulate.world import simulate

LAST = date(2026, 10, 31)
FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "online_retail_ii"
SALES = """
    SELECT CAST(InvoiceDate AS DATE) AS day, sum(floor(round(Quantity * Price * 100, 6) + 0.5)) / 100
    FROM (SELECT * FROM '{0}/2009_2010.parquet' UNION ALL
          SELECT * FROM '{0}/2010_2011.parquet' WHERE InvoiceDate >= '2010-12-10')
    WHERE NOT regexp_matches(Invoice, '^[CA]') AND Quantity > 0 AND Price > 0 GROUP BY day
"""


def daily_sales() -> tuple[np.ndarray, date]:
    """Sales of every day of Online Retail II in pounds, 0 on days without any, from its first day on."""
    rows = dict(duckdb.sql(SALES.format(FOLDER)).fetchall())
    first = min(rows)
    return np.array(
        [rows.get(first + timedelta(days=n), 0.0) for n in range((max(rows) - first).days + 1)], float
    ), first


@pytest.mark.soak
def test_eighty_percent_intervals_hold_on_the_demo() -> None:
    """Totals and days of every store's sales and orders: 70 to 90 % inside, each told by earlier tests only."""
    totals, days = [], []
    for number, model in enumerate(GROUP):
        world = simulate(model, last_day=LAST, scale=1.0, rng=np.random.default_rng([1, number]))
        rows, first = world.purchases, world.days.first
        calendar, _ = stretches(
            platform_phases(model.platform), model.platform, Period(world.first_date, LAST + timedelta(days=30))
        )
        for weight in (None, world.amounts.goods[rows.paid]):
            daily = np.bincount(rows.at[rows.paid] // 86_400, weight, minlength=world.days.count)[first:].astype(float)
            told = forecast(daily, world.first_date, 30, calendar)
            assert min(told.methods, key=lambda one: one.total_error).weight == 1
            held = [one for one in told.tests if one.low is not None]
            totals += [one.low <= one.actual <= one.high for one in held]
            days += [one.days_inside for one in held]
    assert 0.70 <= np.mean(totals) <= 0.90 and 0.70 <= np.mean(days) <= 0.90


@pytest.mark.soak
@pytest.mark.skipif(not FOLDER.exists(), reason="Online Retail II is not beside the project (../shared/data)")
def test_a_real_year_is_foretold_as_well_as_by_the_best_floor() -> None:
    """Online Retail II, December 2010 to November 2011, each month one ahead from the days before it."""
    daily, first = daily_sales()
    starts = [date(2009 + (11 + n) // 12, (11 + n) % 12 + 1, 1) for n in range(25)]
    at = [(start - first).days for start in starts]
    months = np.array([daily[low:high].sum() for low, high in zip(at, at[1:], strict=False)])
    missed = {"forecast": 0.0, "last_year": 0.0, "theta": 0.0}
    for n in range(12, 24):
        made = {
            "forecast": forecast(daily[: at[n]], first, at[n + 1] - at[n]).expected.sum(),
            "last_year": seasonal_naive(months[:n], 1, season=12)[0],
            "theta": theta(months[:n], 1, season=12)[0],
        }
        for name, value in made.items():
            missed[name] += abs(value - months[n])
    assert missed["forecast"] <= min(missed["last_year"], missed["theta"])
