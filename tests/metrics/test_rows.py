"""Rows filled by column say what rows filled one by one say; and what no feed tells by a cut is not 0 where a value is absent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.metrics.facts import START, Facts, dice
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period
from goldloop.metrics.definitions import FIGURES, parts_of
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.whole_rows import BY_ORDERS, WholeRows

NAMES = tuple(name for name in FIGURES if parts_of((name,)) <= BY_ORDERS)
QUARTER = Period(START + timedelta(days=400), START + timedelta(days=489))
PERIODS = (
    QUARTER,
    Period(START - timedelta(days=20), START + timedelta(days=10)),
    Period(date(2031, 1, 1), date(2031, 1, 3)),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    return Engine(Facts(folder, dice(11)), cache=folder / "sql")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The same shops without rows of the platform."""
    folder = tmp_path_factory.mktemp("bare")
    tables = {name: rows for name, rows in dice(11).items() if name != "store_day"}
    return Engine(Facts(folder, tables), cache=folder / "sql")


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    """Shops without rows of the platform, one without orders, the others with what many files leave out."""
    folder = tmp_path_factory.mktemp("sparse")
    tables = {name: rows for name, rows in dice(11).items() if name != "store_day"}
    for name in ("orders", "order_lines"):
        tables[name] = [row for row in tables[name] if row["store"] != 2]
    for n, order in enumerate(tables["orders"]):
        order |= {"units": None, "user_paid": None} if order["store"] == 3 else {"refunded": None} if n % 2 else {}
    for line in tables["order_lines"]:
        line["quantity"] = None
    return Engine(Facts(folder, tables), cache=folder / "sql")


def asked(engine, by, period, **more):
    request = Request(period, NAMES, by=by, compare="previous", **more)
    return figures(engine, OWNER, STORES, request).as_dict()


@pytest.mark.parametrize("which", ["engine", "bare", "sparse"])
@pytest.mark.parametrize("by", [("store",), ("month", "store"), ("day", "currency"), ("platform", "store")])
@pytest.mark.parametrize("basis", ["auto", "orders"])
def test_orders_alone_say_the_same_by_column_and_row_by_row(which, by, basis, request, monkeypatch):
    engine = request.getfixturevalue(which)
    for period in PERIODS:
        columns = asked(engine, by, period, basis=basis)
        with monkeypatch.context() as patch:
            patch.setattr(WholeRows, "_by_orders_alone", lambda self, scope: False)
            rows = asked(engine, by, period, basis=basis)
        assert columns == rows


def test_a_part_unknown_by_a_cut_is_null_in_rows_that_sold_nothing_too(engine):
    days = Period(QUARTER.first, QUARTER.first + timedelta(days=1))
    request = Request(days, ("gmv", "user_paid", "list_value"), by=("product",), stores=("甲店",), compare="previous")
    answer = figures(engine, OWNER, STORES, request)
    assert 0 in answer.columns["gmv__compared"] or 0 in answer.columns["gmv"]
    for name in ("user_paid", "list_value", "user_paid__compared", "list_value__compared"):
        assert set(answer.columns[name]) == {None}, name
    assert {r.code for r in answer.reasons if r.figure == "user_paid"} == {"not_by_this_cut"}


@pytest.mark.parametrize("by", [("store",), ("channel", "store")])
def test_nobody_is_told_as_bought_twice_by_new_buyers_without_history(engine, by):
    request = Request(Period(START, START + timedelta(days=60)), ("new_buyers", "same_month_second_buyers"), by=by)
    answer = figures(engine, OWNER, STORES, request)
    assert set(answer.columns["new_buyers"]) == set(answer.columns["same_month_second_buyers"]) == {None}
    told = {r.code for r in answer.reasons if r.figure == "same_month_second_buyers"}
    assert "history_too_short" in told


def test_what_orders_do_not_state_is_null_whatever_else_is_asked(sparse):
    for names in (("units",), ("units", "labour_cost")):
        answer = figures(sparse, OWNER, STORES, Request(QUARTER, names, stores=("Shop C",)))
        assert answer.value("units") is None
        assert next(r.code for r in answer.reasons if r.figure == "units") == "not_stated"


@pytest.mark.parametrize("by", [(), ("category",)])
def test_goods_without_quantities_have_no_known_cost(sparse, by):
    answer = figures(sparse, OWNER, STORES, Request(QUARTER, ("cogs",), by=by, stores=("甲店",)))
    assert set(answer.columns["cogs"]) == {None}
    assert {r.code for r in answer.reasons} <= {"not_stated", "no_cost"}


def test_a_product_without_a_row_of_visits_is_unknown_not_nobody_while_its_sales_are_none(engine):
    day = Period(QUARTER.first, QUARTER.first)
    request = Request(day, ("product_visitors", "gmv"), by=("product",), stores=("甲店",), compare="previous")
    answer = figures(engine, OWNER, STORES, request)
    visits, sales = answer.columns["product_visitors"], answer.columns["gmv"]
    absent = [place for place, told in enumerate(visits) if told is None]
    assert absent and len(absent) < len(visits) and 0 not in visits
    assert any(sales[place] for place in absent) and 0 in sales
    assert {r.code for r in answer.reasons if r.figure == "product_visitors"} == {"no_data"}


@pytest.mark.parametrize("by", [("day",), ("day", "product")])
def test_days_beyond_a_shorter_compared_range_stand_beside_nothing(engine, by):
    days = Period(QUARTER.first, QUARTER.first + timedelta(days=4))
    before = Period(QUARTER.first - timedelta(days=30), QUARTER.first - timedelta(days=29))
    request = Request(days, ("gmv",), by=by, stores=("甲店",), compare=f"{before.first}..{before.last}")
    answer = figures(engine, OWNER, STORES, request)
    compared = dict(zip(answer.columns["day"], answer.columns["gmv__compared"], strict=True))
    labels = [str(days.first + timedelta(days=n)) for n in range(5)]
    assert [compared[label] is None for label in labels] == [False, False, True, True, True]
    assert None not in answer.columns["gmv"]
    for change in ("gmv__change", "gmv__change_rate"):
        told = zip(answer.columns["day"], answer.columns[change], strict=True)
        assert {value for label, value in told if label in labels[2:]} == {None}


def test_rows_stand_by_time_then_the_largest_first_figure_then_the_cuts_own_text(engine):
    days = Period(QUARTER.first, QUARTER.first + timedelta(days=60))
    answer = figures(engine, OWNER, STORES, Request(days, ("refunded_gmv",), by=("month", "product"), stores=("甲店",)))
    rows = list(zip(*(answer.columns[name] for name in ("month", "refunded_gmv", "product")), strict=True))
    assert len({month for month, _, _ in rows}) > 1 and len({size for _, size, _ in rows}) > 2
    known = [(month, -size, product) for month, size, product in rows if size is not None and product is not None]
    assert known == sorted(known)
