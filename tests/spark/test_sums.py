"""Sums by day that Spark makes: the same answers as from the facts, also after days came and went; and imports beside a cluster."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldloop.core.calendar import Period
from goldloop.metrics.engines import opened
from goldloop.metrics.query import Request, figures
from goldloop.metrics.rollups import spark_sums
from tests.metrics.facts import START, Facts
from tests.spark.conftest import LOCAL
from tests.spark.parity import CNY, OWNER, PERIOD, STORES, asked, differences

SUMMED = (
    "gmv",
    "gmv_all",
    "orders",
    "units",
    "order_value",
    "refunded_gmv",
    "refunds",
    "ordered_amount",
    "presale_orders",
)
SCOPES: dict[str, dict[str, Any]] = {
    "of a group, compared": {"compare": "previous"},
    "of stores by week": {"by": ("week", "store"), "basis": "orders"},
    "of channels": {"by": ("channel",)},
    "of categories, two of them": {"by": ("category",), "where": (("category", "cat1"), ("category", ""))},
    "of two categories together": {"where": (("category", "cat1"), ("category", "cat2"))},
    "of one channel by month": {"by": ("month",), "where": (("channel", "app"),), "stores": CNY[:1]},
    "of price bands, last year": {"by": ("price_band",), "compare": "last-year", "same_age": True},
    "in one currency": {"stores": (), "currency": "CNY"},
    "by currency": {"stores": (), "by": ("currency",)},
}
FEW = {"of stores by week", "of two categories together", "in one currency"}
FROM_SUMS = {"of a group, compared", "of stores by week", "of channels", "of one channel by month", "by currency"}


@pytest.fixture(scope="module")
def summed(facts: Facts, spark, tmp_path_factory: pytest.TempPathFactory):
    """An engine with sums of all days."""
    engine = opened(LOCAL, facts, in_memory=True)
    engine.sums = spark_sums.brought_up_to_date(engine, STORES, tmp_path_factory.mktemp("sums"))
    return engine


@pytest.mark.parametrize(
    "scope", [name if name in FEW else pytest.param(name, marks=pytest.mark.soak) for name in SCOPES]
)
def test_sums_say_the_same(duck, summed, scope) -> None:
    request = Request(PERIOD, SUMMED, **{"stores": CNY, **SCOPES[scope]})
    assert differences(asked(duck, request), asked(summed, request)) == []
    ways = {way["parts"]: way for way in figures(summed, OWNER, STORES, request).ways()}
    assert (ways["order_parts"]["from"] == "table") == (scope in FROM_SUMS or scope.startswith("of categories"))
    if scope in FROM_SUMS:
        assert ways["placed_parts"]["from"] == "table" and 'FROM "sums_' in figures(summed, OWNER, STORES, request).sql


def test_they_hold_for_their_files_only(summed, facts: Facts, tmp_path: Path) -> None:
    assert spark_sums.holds(summed.sums, summed)
    assert spark_sums.brought_up_to_date(summed, STORES, summed.sums.folder.parent) == summed.sums
    other = replace(summed.sums.about, files={**summed.sums.about.files, "orders": []})
    assert not spark_sums.holds(replace(summed.sums, about=other), summed)
    assert spark_sums.opened(tmp_path) is None


def test_an_import_beside_a_cluster_is_loaded_summed_and_refreshed(spark, tmp_path: Path, monkeypatch) -> None:
    """Loading writes the lake that the cluster reads; the sums of the days it touched are made anew by the cluster."""
    from goldloop import home as homes

    homes.connect(homes.locate(tmp_path / "nowhere"))
    from goldloop.shop import Shop
    from tests.apps.homes import fresh_home
    from tests.jobs.mini import many, stock, write

    there = replace(fresh_home(tmp_path / "home"), engine=LOCAL)
    stock(there)
    shop, plain = Shop(there), Shop(replace(there, engine="duckdb"))
    shop.import_files([write(tmp_path / "a.csv", many(range(150)))])
    assert not (there.lake / "sums").exists()  # not before they are wanted
    made = shop.lake_rollups()
    assert made["rollups"] and "order_parts_by_category" in made["tables"]

    def same() -> spark_sums.Sums:
        days = {"first": "2026-01-05", "last": "2026-03-20", "basis": "orders"}
        ours, theirs = (one.figures(("gmv", "orders", "units"), by="month", **days) for one in (shop, plain))
        assert differences(theirs.columns, ours.columns) == [] and sum(ours.columns["orders"]) > 100
        assert {way["from"] for way in ours.ways() if way["parts"] == "order_parts"} == {"table"}
        return spark_sums.opened(there.lake / "sums")

    before = same()
    asked_for: list[int] = []
    whole = spark_sums.day_tables
    monkeypatch.setattr(spark_sums, "day_tables", lambda s, d: asked_for.append(len(d)) or whole(s, d))
    late = [("L1", "cup", 3, "5.00", f"2026-02-{day:02d} 09:00:00", "b1", "A") for day in (3, 4, 5)]
    second = shop.import_files([write(tmp_path / "b.csv", late)])[0]
    after = same()
    assert after.folder != before.folder and 0 < max(asked_for) < after.about.span[1] - after.about.span[0]
    asked_for.clear()
    shop.import_undo([second.id])
    assert same().about.files == before.about.files or max(asked_for) > 0
    assert shop.lake_rollups(drop=True) == {"rollups": False} and not (there.lake / "sums").exists()


@pytest.mark.soak
@pytest.mark.parametrize("start", range(0, 420, 70))
@pytest.mark.parametrize("by", [(), ("day",), ("store",), ("month", "channel"), ("category",), ("store", "price_band")])
def test_sums_of_any_days_say_the_same(duck, summed, start, by) -> None:
    if len(by) == 2 and by[0] == "store":
        by = ("week", by[1])
    first = START + timedelta(days=start)
    period = Period(first, first + timedelta(days=33))
    for compare in (None, "previous"):
        request = Request(period, SUMMED, by=by, stores=CNY, compare=compare)
        assert differences(asked(duck, request), asked(summed, request)) == []
