"""Every figure is the same in Spark as in DuckDB: money, counts, reasons and notes, to the last unit."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from goldloop.core.calendar import Period
from goldloop.metrics.cuts import CUTS, FILTERS_ONLY, TIME_CUTS
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.query import Request
from tests.spark.parity import CNY, LOADED, PERIOD, asked, differences

ALL = tuple(FIGURES)
SCOPES: dict[str, dict[str, Any]] = {
    "of stores by week, compared": {"by": ("week", "store"), "compare": "previous"},
    "of products of one region": {"by": ("product",), "where": (("region", "O'Hara"),)},
    "in one currency": {"stores": (), "currency": "CNY", "compare": "last-year", "same_age": True},
}
KINDS = ("buyer_type", "buyer_stage", "price_band", "category", "style", "day_type", "hour")
COMPARED: tuple[dict[str, Any], ...] = (
    {}, {"compare": "previous"}, {"compare": "last-year", "same_age": True}, {"compare": "same-weekday"},
    {"compare": "2024-02-01..2024-03-31"},
)  # fmt: skip
WAYS: tuple[dict[str, Any], ...] = (
    {"basis": "orders"}, {"basis": "platform"}, {"new": "first-ever"}, {"new": "first-in-data", "new_by": "order"},
    {"known": LOADED[1] - timedelta(days=20)}, {"as_of_sale": True, "by": ("style",)}, {"currency": "CNY", "stores": (), "by": ("store",)},
    {"where": (("buyer_type", "new"), ("hour", "9"), ("hour", "10"))}, {"where": (("category", ""), ("channel", "app"))},
)  # fmt: skip
CUT = sorted({*CUTS, "style"} - FILTERS_ONLY - TIME_CUTS)


def same(duck, spark, figures: tuple[str, ...] = ALL, period: Period = PERIOD, **scope: Any) -> None:
    request = Request(period, figures, **{"stores": CNY, **scope})
    wanted = asked(duck, request)
    assert differences(wanted, asked(spark, request)) == []
    assert any(value is not None for name in figures for value in wanted["columns"][name])


@pytest.mark.parametrize("scope", SCOPES)
def test_all_figures(duck, spark, scope) -> None:
    same(duck, spark, **SCOPES[scope])


@pytest.mark.parametrize("cut", KINDS)
def test_sales_by_cuts_that_are_made_in_sql(duck, spark, cut) -> None:
    same(duck, spark, ("gmv", "buyers", "new_gmv", "refunded_gmv", "units"), by=(cut,), basis="orders")


def test_a_long_question_is_a_table_of_its_own(duck, spark) -> None:
    """As many rows of scales as nobody writes into a statement."""
    same(duck, spark, ("gmv", "cogs"), Period(*LOADED), stores=(), currency="CNY")


@pytest.mark.soak
@pytest.mark.parametrize(("cut", "compared"), list(product(CUT, range(len(COMPARED)))))
def test_every_figure_by_every_cut_and_comparison(duck, spark, cut, compared) -> None:
    if cut in ("source", "source_group"):  # told for exactly the days of a row
        same(duck, spark, tuple(name for name in ALL if "source" in name), by=("day", cut), **COMPARED[compared])
        return
    for time in ((), ("month",)):
        same(duck, spark, by=(*time, cut), **COMPARED[compared])


@pytest.mark.soak
@pytest.mark.parametrize("time", sorted(TIME_CUTS))
def test_every_figure_by_every_stretch_of_time(duck, spark, time) -> None:
    for compared in COMPARED:
        same(duck, spark, by=(time,), **compared)


@pytest.mark.soak
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_every_figure_counted_in_every_way(duck, spark, way) -> None:
    same(duck, spark, **WAYS[way])
