"""New by order: only the very first order of a new buyer is new."""

from __future__ import annotations

from datetime import date

import pytest
from tests.metrics.facts import Facts, dice, order
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures

NAMES = ("gmv", "new_gmv", "repeat_gmv", "unidentified_gmv", "new_buyers", "repeat_buyers", "buyers")
STORE = {1: Store(1, "A", "other")}
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture
def engine(tmp_path):
    rows = [
        order(1, "1", date(2026, 6, 3), 1000, buyer="a", hour=20),
        order(1, "2", date(2026, 6, 3), 500, buyer="a", hour=9),  # the first one, though its number is higher
        order(1, "3", date(2026, 6, 9), 200, buyer="a"),
        order(1, "4", date(2026, 5, 1), 100, buyer="b"),
        order(1, "5", date(2026, 6, 2), 70, buyer="b"),
        order(1, "6", date(2026, 6, 2), 30),
    ]
    return Engine(Facts(tmp_path, {"orders": rows}))


def ask(engine, **more):
    request = Request(JUNE, NAMES, basis="orders", new="first-in-data", **more)
    return figures(engine, Viewer(stores=frozenset(STORE)), STORE, request)


def test_only_the_first_order_is_new(engine):
    by_buyer, by_order = ask(engine), ask(engine, new_by="order")
    assert [by_buyer.value(n) for n in NAMES] == [1800, 1700, 70, 30, 1, 1, 2]
    assert [by_order.value(n) for n in NAMES] == [1800, 500, 1270, 30, 1, 2, 2]  # buyer a is on both sides


def test_the_cut_says_the_same(engine):
    request = Request(JUNE, ("gmv", "orders"), by=("buyer_type",), basis="orders", new="first-in-data", new_by="order")
    found = figures(engine, Viewer(stores=frozenset(STORE)), STORE, request).rows()
    assert {(r["buyer_type"], r["gmv"], r["orders"]) for r in found} == {
        ("new", "5.00", 1), ("repeat", "12.70", 3), ("unidentified", "0.30", 1)
    }  # fmt: skip


def test_it_closes_on_random_facts_and_never_exceeds_the_split_by_buyer(tmp_path):
    engine = Engine(Facts(tmp_path, dice(3)))
    for month in (5, 8, 11):
        period = Period(date(2024, month, 1), date(2024, month, 28))
        answers = [
            figures(
                engine,
                OWNER,
                STORES,
                Request(period, NAMES, stores=("甲店",), basis="orders", new="first-in-data", new_by=how),
            )
            for how in ("buyer", "order")
        ]
        whole, first = ({n: a.value(n) for n in NAMES} for a in answers)
        assert first["new_gmv"] + first["repeat_gmv"] + first["unidentified_gmv"] == first["gmv"]
        assert first["new_gmv"] <= whole["new_gmv"] and first["new_buyers"] == whole["new_buyers"]


def test_an_unknown_way_is_refused(engine):
    with pytest.raises(GoldloopError) as caught:
        ask(engine, new_by="week")
    assert caught.value.code == "new_by_unknown" and caught.value.allowed == ("buyer", "order")
