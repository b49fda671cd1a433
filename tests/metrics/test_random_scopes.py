"""Every figure equals its hand-written query, for random scopes of a random shop group, to the minor unit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.metrics.checks import ESTIMATED, Check, add_rates
from tests.metrics.facts import START, Facts, dice

from goldloop.core.calendar import Period, whole
from goldloop.core.formula import broken
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures

STORES = {
    1: Store(1, "甲店", "tmall"),
    2: Store(2, "乙店", "taobao"),
    3: Store(3, "Shop C", "shopify", currency="USD", timezone="America/New_York"),
}
OWNER = Viewer(stores=frozenset(STORES))
SCOPES = 60
NEEDS_SOURCE = {
    "source_visitors",
    "source_buyers",
    "source_gmv",
    "source_conversion",
    "product_visitors",
    "product_page_views",
}


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    facts = Facts(folder, dice(7))
    engine, connection = Engine(facts, cache=folder / "sql"), facts.connection()
    add_rates(connection, engine, OWNER, STORES)
    return engine, connection


def scope(rng):
    """A random period, store set, definition of new and order filter."""
    first = START + timedelta(days=int(rng.integers(0, 480)))
    kind = rng.random()
    period = Period(first, first + timedelta(days=int(rng.integers(0, 60)))) if kind < 0.5 else whole("month", first)
    stores = [[1], [2], [3], [1, 2]][int(rng.integers(0, 4))]
    new = str(rng.choice(["platform365", "first-ever", "first-in-data"]))
    wheres = [
        ((), "true"),
        ((), "true"),
        ((("region", "O'Hara"),), "o.region = 'O''Hara'"),
        ((("channel", "app"), ("hour", "9"), ("hour", "10")), "o.channel = 'app' AND o.hour IN (9, 10)"),
    ]
    return period, stores, new, wheres[int(rng.integers(0, 4))]


def same(unit, ours, theirs):
    if ours is None:
        return True  # a null carries a reason; that it is justified is tested apart
    if theirs is None:
        return False
    if unit in ("money", "count"):
        return int(ours) == int(theirs)
    return abs(float(ours) - float(theirs)) <= 1e-9 * max(1.0, abs(float(theirs)))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))])
def test_figures_equal_their_check_queries(group, seed):
    engine, connection = group
    rng = np.random.default_rng(seed)
    names = tuple(FIGURES)
    compared = 0
    for _ in range(SCOPES // 6):
        period, ids, new, (where, condition) = scope(rng)
        request = Request(
            period, names, stores=tuple(STORES[i].name for i in ids), where=where, basis="orders", new=new
        )
        answer = figures(engine, OWNER, STORES, request)
        check = Check(connection, ids, period, new=new, where=condition)
        reasons = {r.figure for r in answer.reasons}
        for name in names:
            ours = answer.value(name)
            assert (ours is None) == (name in reasons), name
            if name in NEEDS_SOURCE | ESTIMATED or name == "paid_share":
                continue
            theirs = check.value(name)
            assert same(FIGURES[name].unit, ours, theirs), (name, ours, theirs, request)
            compared += ours is not None
        assert broken({n: answer.value(n) for n in names}) == []
    assert compared > 300


def test_cells_sum_to_the_whole(group):
    engine, _ = group
    period = whole("quarter", START + timedelta(days=400))
    for cut in (
        "product",
        "carrier",
        "region",
        "hour",
        "price_band",
        "category",
        "style",
        "day_type",
        "weekday",
        "buyer_type",
        "buyer_stage",
    ):
        whole_ = figures(
            engine, OWNER, STORES, Request(period, ("gmv", "units", "refunded_gmv"), stores=("甲店",), basis="orders")
        )
        cells = figures(
            engine,
            OWNER,
            STORES,
            Request(period, ("gmv", "units", "refunded_gmv"), by=(cut,), stores=("甲店",), basis="orders"),
        )
        for name in ("gmv", "units", "refunded_gmv"):
            assert sum(cells.columns[name]) == whole_.value(name), cut


def test_line_cuts_count_an_order_once(group):
    engine, connection = group
    period = whole("quarter", START + timedelta(days=400))
    answer = figures(
        engine,
        OWNER,
        STORES,
        Request(period, ("orders", "buyers", "gmv"), by=("category",), stores=("甲店",), basis="orders"),
    )
    rows = connection.execute(
        "SELECT p.category, count(DISTINCT l.order_id), count(DISTINCT o.buyer_key), sum(l.gmv) FROM order_lines l"
        " JOIN orders o USING (store, order_id) JOIN products p ON p.item_id = l.sku AND p.item_kind = 'sku'"
        " WHERE o.counts AND o.store = 1 AND o.day BETWEEN ? AND ? GROUP BY 1",
        [period.first, period.last],
    ).fetchall()
    found = {r["category"]: (r["orders"], r["buyers"], int(Decimal(r["gmv"]) * 100)) for r in answer.rows()}
    assert rows
    for category, orders, buyers, gmv in rows:
        assert found[category] == (orders, buyers, gmv)


def test_sources_and_products_take_the_row_of_exactly_the_period(group):
    engine, connection = group
    day = Period(START, START)
    answer = figures(
        engine, OWNER, STORES, Request(day, ("source_visitors", "source_gmv"), by=("source",), stores=("甲店",))
    )
    rows = connection.execute(
        "SELECT scope_id, visitors FROM traffic WHERE store = 1 AND scope_kind = 'source' AND first_day = ?", [START]
    ).fetchall()
    assert {r["source"]: r["source_visitors"] for r in answer.rows()} == dict(rows)
    share = figures(engine, OWNER, STORES, Request(day, ("paid_share", "source_visitors"), stores=("甲店",)))
    assert share.value("paid_share") == pytest.approx(dict(rows)["直通车"] / sum(dict(rows).values()))
    month = figures(engine, OWNER, STORES, Request(whole("month", START), ("source_visitors",), stores=("甲店",)))
    assert month.value("source_visitors") is None
