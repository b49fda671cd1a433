"""Which source is the root: the platform's shop row of a day, orders for other days; one row, one basis."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import Period, parse_period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import QuestionError, Request, figures
from goldloop.metrics.trace import trace

D = date(2026, 6, 1)
SHOP = Store(1, "旗舰店", "tmall", opened_on=date(2026, 6, 1))
OTHER = Store(2, "分店", "taobao", opened_on=date(2026, 6, 1))
ABROAD = Store(3, "Abroad", "shopify", currency="USD")
STORES = {s.id: s for s in (SHOP, OTHER, ABROAD)}
OWNER = Viewer(stores=frozenset(STORES))
NAMES = (
    "visitors",
    "conversion",
    "buyers",
    "buyer_value",
    "orders",
    "gmv",
    "new_gmv",
    "repeat_gmv",
    "unidentified_gmv",
    "visitor_days",
    "buyer_days",
)


def shop_day(store, day, *, gmv, buyers, orders, visitors, last=None, repeat=0, **more):
    return {"store": store, "first_day": day, "last_day": last or day, "report": "sycm", "currency": "CNY", "gmv": gmv, "buyers": buyers,
            "orders": orders, "visitors": visitors, "new_buyers": buyers, "repeat_buyers": 0, "repeat_gmv": repeat, **more}  # fmt: skip


def ask(facts, period, names=NAMES, **more):
    return figures(Engine(facts), OWNER, STORES, Request(parse_period(period), names, **more))


@pytest.fixture
def facts(tmp_path):
    """Store 1: platform rows for 1 and 2 June, orders on 1, 2 and 3 June (the platform counts 5.00 more on the 2nd)."""
    return Facts(tmp_path, {
        "orders": [
            order(1, "a", D, 10_000, buyer="x"),
            order(1, "b", D + timedelta(1), 20_000, buyer="y"),
            order(1, "c", D + timedelta(1), 5_000, buyer="x"),
            order(1, "d", D + timedelta(2), 7_000, buyer="z"),
            order(2, "e", D, 3_000, buyer=None),
            order(3, "f", D, 9_900, buyer="m", currency="USD"),
        ],
        "store_day": [
            shop_day(1, D, gmv=10_000, buyers=1, orders=1, visitors=50),
            shop_day(1, D + timedelta(1), gmv=25_500, buyers=2, orders=2, visitors=80, repeat=5_000),
        ],
    })  # fmt: skip


def test_a_day_takes_the_platforms_row(facts):
    row = ask(facts, "2026-06-02", stores=("旗舰店",)).rows()[0]
    assert (row["gmv"], row["buyers"], row["visitors"], row["orders"]) == ("255.00", 2, 80, 2)
    assert (row["repeat_gmv"], row["new_gmv"], row["unidentified_gmv"]) == ("50.00", "205.00", "0.00")
    assert row["conversion"] == 0.025
    assert row["buyer_value"] == "127.500000"


def test_orders_answer_where_they_are_asked_for(facts):
    row = ask(facts, "2026-06-02", stores=("旗舰店",), basis="orders", new="first-ever").rows()[0]
    assert (row["gmv"], row["buyers"]) == ("250.00", 2)
    assert (row["new_gmv"], row["repeat_gmv"]) == ("200.00", "50.00")


def test_a_month_sums_each_days_root_and_counts_no_people_across_sources(facts):
    answer = ask(facts, "2026-06-01..2026-06-03", stores=("旗舰店",))
    row = answer.rows()[0]
    assert row["gmv"] == "425.00"  # 100.00 + 255.00 by the platform, 70.00 by orders
    assert answer.data["sources"] == ["mixed"]
    assert row["visitors"] is None and row["visitor_days"] == 130
    assert row["buyers"] is None
    codes = {r.figure: r.code for r in answer.reasons}
    assert codes["buyers"] == "platform_period_missing"
    assert codes["visitors"] == "not_additive"
    assert ask(facts, "2026-06-01..2026-06-03", stores=("旗舰店",), basis="orders").rows()[0]["buyers"] == 3


def test_people_are_counted_by_identity_where_orders_tie_to_the_platform(tmp_path):
    tied = Facts(tmp_path, {
        "orders": [order(1, "a", D, 10_000, buyer="x"), order(1, "b", D + timedelta(1), 20_000, buyer="x")],
        "store_day": [shop_day(1, D + timedelta(i), gmv=g, buyers=1, orders=1, visitors=9) for i, g in enumerate((10_000, 20_000))],
    })  # fmt: skip
    answer = ask(tied, "2026-06-01..2026-06-02", stores=("旗舰店",))
    assert answer.rows()[0]["buyers"] == 1
    assert answer.data["buyer_basis"] == ["identity"]


def test_the_platforms_row_of_exactly_the_period_counts_people(tmp_path):
    facts = Facts(tmp_path, {
        "orders": [order(1, "a", D, 10_000)],
        "store_day": [shop_day(1, D, last=date(2026, 6, 30), gmv=90_000, buyers=7, orders=8, visitors=300)],
    })  # fmt: skip
    row = ask(facts, "2026-06", stores=("旗舰店",), by=("month",)).rows()[0]
    assert (row["gmv"], row["buyers"], row["visitors"]) == ("900.00", 7, 300)


def test_without_identity_buyers_are_null_and_nothing_is_lost(facts):
    answer = ask(facts, "2026-06-01", stores=("分店",))
    row = answer.rows()[0]
    assert row["gmv"] == row["unidentified_gmv"] == "30.00"
    assert row["buyers"] is None and row["new_gmv"] is None
    assert {r.figure: r.code for r in answer.reasons}["buyers"] == "no_buyer_identity"
    assert ask(facts, "2026-06-01", stores=("分店",), basis="orders").rows()[0]["buyers"] == 0


def test_no_data_is_not_zero(facts):
    inside = ask(facts, "2026-06-01..2026-06-03", ("gmv",), stores=("Abroad",), by=("day",)).rows()
    assert [r["gmv"] for r in inside] == ["99.00", None, None]  # its feed ends on 1 June
    shop = ask(facts, "2026-06-03..2026-06-04", ("gmv", "refunds"), stores=("旗舰店",), by=("day",))
    assert [r["gmv"] for r in shop.rows()] == ["70.00", None]
    assert {r.code for r in shop.reasons if r.figure == "refunds"} == {"no_feed"}


def test_short_history_makes_new_unknown(tmp_path):
    facts = Facts(
        tmp_path,
        {
            "orders": [
                order(3, str(i), date(2025, 1, 1) + timedelta(i), 100, buyer=f"b{i % 40}", currency="USD")
                for i in range(400)
            ]
        },
    )
    early = ask(facts, "2025-06", stores=("Abroad",), basis="orders")
    assert {r.figure: r.code for r in early.reasons}["new_gmv"] == "history_too_short"
    late = ask(facts, "2026-01", stores=("Abroad",), basis="orders")
    assert late.rows()[0]["new_gmv"] is not None
    loaded = ask(facts, "2025-01", stores=("Abroad",), basis="orders", new="first-in-data")
    assert loaded.rows()[0]["new_gmv"] == "31.00"


def test_currencies_are_not_added(facts):
    with pytest.raises(QuestionError) as caught:
        ask(facts, "2026-06-01")
    assert caught.value.code == "mixed_currency"
    by_store = ask(facts, "2026-06-01", ("gmv",), by=("store",))
    assert {r["store"]: r["gmv"] for r in by_store.rows()} == {"旗舰店": "100.00", "分店": "30.00", "Abroad": "99.00"}
    assert ask(facts, "2026-06-01", ("gmv",), where=(("currency", "CNY"),)).rows()[0]["gmv"] == "130.00"


def test_a_foreign_store_is_one_that_does_not_exist(facts):
    stranger = Viewer(stores=frozenset({2}))
    for asked in ("旗舰店", "没有"):
        with pytest.raises(QuestionError) as caught:
            figures(Engine(facts), stranger, STORES, Request(Period(D, D), ("gmv",), stores=(asked,)))
        assert (caught.value.code, caught.value.allowed) == ("store_unknown", ["分店"])
    assert figures(Engine(facts), stranger, STORES, Request(Period(D, D), ("gmv",))).value("gmv") == 3_000


def test_hidden_figures_are_refused(facts):
    blind = Viewer(stores=frozenset({1}), hidden=frozenset({"contribution"}))
    with pytest.raises(GoldloopError, match="contribution"):
        figures(Engine(facts), blind, STORES, Request(Period(D, D), ("contribution",)))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"by": ("month", "day")}, "too_many_cuts"),
        ({"by": ("nonsense",)}, "cut_unknown"),
        ({"basis": "x"}, "basis_unknown"),
        ({"new": "x"}, "new_unknown"),
        ({"compare": "x"}, "compare_unknown"),
        ({"where": (("month", "2026-06"),)}, "where_time"),
        ({"stores": ("nobody",)}, "store_unknown"),
        ({"where": (("platform", "jd"),)}, "scope_empty"),
    ],
)
def test_bad_questions_are_refused_with_a_code(facts, more, code):
    with pytest.raises(GoldloopError) as caught:
        ask(facts, "2026-06-01", ("gmv",), **{"stores": ("旗舰店",), **more} if "where" not in more else more)
    assert caught.value.code == code


def test_comparison_prints_its_dates_and_changes(facts):
    answer = ask(facts, "2026-06-02", ("gmv", "conversion"), stores=("旗舰店",), compare="previous", by=("day",))
    row = answer.rows()[0]
    assert answer.scope["compared"] == ["2026-06-01"]
    assert (row["gmv__compared"], row["gmv__change"], row["gmv__change_rate"]) == ("100.00", "155.00", 1.55)
    assert row["conversion__change"] == pytest.approx(0.025 - 0.02)


@pytest.mark.parametrize("name", ["gmv", "orders", "visitor_days", "identified_gmv", "unidentified_gmv", "gmv_all"])
def test_traced_rows_sum_to_the_figure(facts, name):
    found = trace(
        Engine(facts),
        OWNER,
        STORES,
        Request(parse_period("2026-06-01..2026-06-03"), (name,), stores=("旗舰店",)),
        limit=2,
    )
    assert found.total == found.value
    assert len(found.rows) <= 2


@pytest.fixture
def excluding(tmp_path):
    """Platform rows for 1 and 2 June, that of the 2nd without gmv; orders taken out by a rule on the 1st and the 2nd."""
    out = {"counts": False, "exclusion": "price_difference", "gmv": 0, "units": 0}
    return Facts(tmp_path, {
        "orders": [
            order(1, "a", D, 10_000, buyer="x"),
            {**order(1, "b", D, 2_000, buyer="y"), **out},
            {**order(1, "c", D, 3_000, buyer="y"), "gmv": 2_900},
            order(1, "d", D + timedelta(1), 7_000, buyer="x"),
            {**order(1, "e", D + timedelta(1), 500, buyer="x"), **out},
        ],
        "store_day": [
            shop_day(1, D, gmv=15_000, buyers=3, orders=3, visitors=50),
            shop_day(1, D + timedelta(1), gmv=None, buyers=0, orders=0, visitors=80),
        ],
    })  # fmt: skip


@pytest.mark.parametrize("basis", ["auto", "orders"])
def test_a_period_is_the_sum_of_its_days_where_a_platform_row_states_no_gmv(excluding, basis):
    names, one = ("gmv", "gmv_all", "orders"), {"stores": ("旗舰店",), "basis": basis}
    whole = ask(excluding, "2026-06-01..2026-06-02", names, **one).rows()[0]
    days = ask(excluding, "2026-06-01..2026-06-02", names, by=("day",), **one).rows()
    assert (whole["gmv"], whole["gmv_all"]) == ("199.00", "225.00")
    assert whole["orders"] == sum(row["orders"] for row in days) == (3 if basis == "orders" else 4)


@pytest.mark.parametrize("name", ["gmv", "gmv_all", "orders"])
@pytest.mark.parametrize("basis", ["auto", "orders"])
def test_traced_rows_sum_to_the_figure_where_rules_exclude(excluding, name, basis):
    for period in ("2026-06-01", "2026-06-02", "2026-06-01..2026-06-02"):
        asked = Request(parse_period(period), (name,), stores=("旗舰店",), basis=basis)
        found = trace(Engine(excluding), OWNER, STORES, asked)
        assert found.total == found.value == sum(row["contribution"] for row in found.rows)


def test_refunds_whose_day_no_file_states_are_unknown_and_not_zero(tmp_path):
    refund = {
        "store": 1,
        "refund_id": "r",
        "order_id": "a",
        "currency": "CNY",
        "status": "done",
        "amount": 900,
        "day": None,
    }
    undated = Facts(tmp_path, {"orders": [order(1, "a", D, 10_000, refunded=900)], "refunds": [refund]})
    answer = ask(undated, "2026-06-01", ("refunds", "refunded_gmv"), stores=("旗舰店",))
    assert answer.rows() == [{"refunds": None, "refunded_gmv": "9.00"}]
    assert [(r.figure, r.code) for r in answer.reasons] == [("refunds", "not_stated")]


def test_sql_of_an_answer_runs_by_itself(facts):
    import duckdb

    answer = ask(facts, "2026-06-01", ("gmv",), stores=("旗舰店",), where=(("region", "O'Hara"),), by=("hour",))
    assert duckdb.connect().execute(answer.sql).fetchall() == []
    assert "read_parquet" in answer.sql


@pytest.mark.parametrize(("days_before", "is_new"), [(365, False), (366, True)])
def test_new_means_no_payment_in_the_365_days_before_the_period(tmp_path, days_before, is_new):
    first = date(2026, 6, 1)
    facts = Facts(tmp_path, {
        "orders": [
            order(3, "history", date(2024, 1, 1), 100, buyer="other", currency="USD"),
            order(3, "before", first - timedelta(days_before), 100, buyer="x", currency="USD"),
            order(3, "now", date(2026, 6, 20), 700, buyer="x", currency="USD"),
        ],
    })  # fmt: skip
    names = ("new_buyers", "new_gmv", "repeat_gmv", "month_new_gmv", "month_repeat_gmv")
    row = ask(facts, "2026-06", names, stores=("Abroad",), basis="orders").rows()[0]
    new, repeat = ("7.00", "0.00") if is_new else ("0.00", "7.00")
    assert (row["new_buyers"], row["new_gmv"], row["repeat_gmv"]) == (int(is_new), new, repeat)
    assert (row["month_new_gmv"], row["month_repeat_gmv"]) == (new, repeat)
    second = ask(facts, "2026-06", ("second_rate",), stores=("Abroad",), basis="orders").value("second_rate")
    assert second == (0.0 if is_new else None)


def test_a_store_without_data_for_the_days_is_named(facts):
    answer = ask(facts, "2026-06-03", ("gmv",), stores=("旗舰店", "分店"))
    assert answer.rows()[0]["gmv"] == "70.00"
    assert [(n.code, n.params["store"]) for n in answer.notes if n.code == "store_left_out"] == [
        ("store_left_out", "分店")
    ]
