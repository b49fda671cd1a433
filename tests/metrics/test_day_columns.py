"""Daily sums of many stores in one question are what each store answers day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.metrics.facts import START, Facts, dice, order

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.day_columns import SUMS, day_columns
from goldloop.metrics.day_values import day_values
from goldloop.metrics.engines.duckdb import Engine, small_table_sql
from goldloop.metrics.query import bucket_table

STORES = {
    1: Store(1, "甲店", "tmall"), 2: Store(2, "乙店", "taobao"),
    3: Store(3, "Shop C", "shopify", currency="USD", timezone="America/New_York"), 4: Store(4, "empty", "tmall"),
}  # fmt: skip
OWNER = Viewer(stores=frozenset(STORES))
D = date(2026, 6, 1)


def check(engine: Engine, stores: dict[int, Store], period: Period) -> None:
    found = day_columns(engine, OWNER, stores, list(stores), period)
    for id, store in stores.items():
        told = day_values(engine, OWNER, stores, store, SUMS, period).values
        for name in SUMS:
            assert np.array_equal(found[id].values[name], told[name], equal_nan=True), (store.name, name)


def test_random_groups(tmp_path) -> None:
    engine = Engine(Facts(tmp_path, dice(7)), cache=tmp_path / "sql")
    check(engine, STORES, Period(START - timedelta(days=9), START + timedelta(days=60)))
    check(
        engine, {i: replace(s, gmv_amount="paid") for i, s in STORES.items()}, Period(START, START + timedelta(days=30))
    )


def shop_day(store: int, n: int, **more: object) -> dict:
    day = D + timedelta(days=n)
    return {"store": store, "first_day": day, "last_day": day, "report": "sycm", "currency": "CNY", **more}


def test_every_rule_of_the_root(tmp_path) -> None:
    """Platform rows with and without gmv, buyers and visitors, beside orders that tie, differ, name nobody, or are excluded."""
    days = [
        shop_day(1, 0, gmv=100, buyers=1, visitors=9), shop_day(1, 1, gmv=150, visitors=9), shop_day(1, 2, visitors=7),
        shop_day(1, 3, gmv=100, buyers=4), shop_day(1, 4, gmv=100), shop_day(2, 1, gmv=70, buyers=2, visitors=3),
    ]  # fmt: skip
    orders = [order(1, f"{n}", D + timedelta(days=n), 100, buyer=None if n == 5 else f"b{n}") for n in range(7)]
    orders.append({**order(1, "out", D, 30, buyer="x", counts=False), "exclusion": "gift", "day": D, "gmv_all": 30})
    check(Engine(Facts(tmp_path, {"orders": orders, "store_day": days})), STORES, Period(D, D + timedelta(days=9)))


def test_what_a_viewer_may_not_see_is_unknown(tmp_path) -> None:
    engine = Engine(Facts(tmp_path, {"orders": [order(1, "a", D, 100, buyer="x")]}))
    period = Period(D, D)
    hidden = replace(OWNER, hidden=frozenset({"gmv"}))
    assert np.isnan(day_columns(engine, hidden, STORES, [1], period)[1].values["gmv"]).all()
    with pytest.raises(GoldloopError) as refused:
        day_columns(engine, Viewer(stores=frozenset({2})), STORES, [1], period)
    assert refused.value.code == "store_unknown"


def test_days_are_given_as_a_range_and_mean_the_same(tmp_path) -> None:
    engine = Engine(Facts(tmp_path, {}))
    numbered = [(n, Period(D + timedelta(days=n), D + timedelta(days=n))) for n in range(40)]
    compared = [(1_000_000 + n, Period(D + timedelta(days=n - 366), D + timedelta(days=n - 366))) for n in range(40)]
    for given in (numbered, [*numbered, *compared], numbered[::7], [(0, Period(D, D + timedelta(days=3)))]):
        table = bucket_table(given, new="platform365")
        wanted = [
            (n, p.first + timedelta(days=k), p.first, p.last, p.first - timedelta(days=365), 0)
            for n, p in given for k in range(p.days)
        ]  # fmt: skip
        assert engine.run('SELECT * FROM "buckets" ORDER BY ALL', {"buckets": table}).rows == wanted
    assert "range(40)" in small_table_sql("buckets", bucket_table(numbered, new="platform365"))
