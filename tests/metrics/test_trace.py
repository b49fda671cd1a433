"""The rows behind a figure are the very ones that it is made of: their sum is the figure, to the minor unit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.metrics.facts import START, Facts, dice, order

from goldloop.core.calendar import Period, parse_period, whole
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request
from goldloop.metrics.trace import trace, traceable_parts
from goldloop.metrics.trace_sums import TRACEABLE

STORES = {
    1: Store(1, "甲店", "tmall", identity_limit=0.7),
    2: Store(2, "乙店", "taobao"),
    3: Store(3, "Shop C", "shopify", currency="USD", timezone="America/New_York"),
}
OWNER = Viewer(stores=frozenset(STORES))
JUNE = parse_period("2026-06")
D = date(2026, 6, 10)


def line(number: str, key: str, gmv: int, sku: str, units: int = 1, **more: object) -> dict[str, object]:
    return {
        "store": 1, "order_id": number, "line_key": key, "sku": sku, "quantity": units, "currency": "CNY", "kind": "sale",
        "day": D, "counts": True, "gmv": gmv, "gmv_all": gmv, "refunded": 0, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """June of one store: x bought a year before and twice in June, y comes in June; nobody knows who bought d."""
    ad = {
        "store": 1,
        "first_day": D,
        "last_day": D,
        "tool": "search",
        "subject_kind": "plan",
        "subject_id": "",
        "currency": "CNY",
    }
    facts = Facts(tmp_path_factory.mktemp("june"), {
        "orders": [
            order(1, "long ago", date(2024, 1, 1), 100, buyer="z"),
            order(1, "before", date(2026, 1, 5), 4_000, buyer="x"),
            order(1, "a", D, 10_000, buyer="x", line_count=2, units=3, refunded=3_000),
            order(1, "b", D + timedelta(1), 2_000, buyer="x", units=2),
            order(1, "c", D, 7_000, buyer="y"),
            order(1, "d", D, 500),
        ],
        "order_lines": [line("a", "1", 7_000, "cup", 2), line("a", "2", 3_000, "hat", refunded=3_000)],
        "refunds": [
            {"store": 1, "refund_id": "in June", "order_id": "before", "currency": "CNY", "status": "done", "amount": 900, "day": D},
            {"store": 1, "refund_id": "in July", "order_id": "a", "currency": "CNY", "status": "done", "amount": 3_000, "day": date(2026, 7, 2)},
        ],
        "ads": [{**ad, "campaign_id": "1", "cost": 600}, {**ad, "campaign_id": "2", "cost": 150}],
        "ad_sales": [{**ad, "campaign_id": "1", "window": "15d", "gmv": 5_000}, {**ad, "campaign_id": "1", "window": "1d", "gmv": 100}],
        "costs": [
            {"store": 1, "kind": "labour", "cost_id": "ann", "first_day": date(2026, 5, 31), "last_day": date(2026, 6, 30), "currency": "CNY", "amount": 31_001},
            {"store": 1, "kind": "freight", "cost_id": "", "first_day": date(2026, 6, 1), "last_day": date(2026, 6, 30), "currency": "CNY", "amount": 77},
            {"store": 1, "kind": "freight", "cost_id": "", "first_day": date(2026, 7, 1), "last_day": date(2026, 7, 1), "currency": "CNY", "amount": 5_555},
        ],
        "products": [{"store": 1, "item_kind": "sku", "item_id": sku, "cost": Decimal("1.5")} for sku in ("cup", "hat")],
    })  # fmt: skip
    return Engine(facts)


@pytest.mark.parametrize(
    ("name", "total", "rows"),
    [
        ("gmv", 19_500, ["a", "c", "b", "d"]),
        ("orders", 4, ["a", "b", "c", "d"]),
        ("units", 7, ["a", "b", "c", "d"]),
        ("identified_gmv", 19_000, ["a", "c", "b"]),
        ("identified_orders", 3, ["a", "b", "c"]),
        ("unidentified_gmv", 500, ["d"]),
        ("buyers", 2, ["a", "c"]),  # each buyer by her first order
        ("buyer_days", 3, ["a", "b", "c"]),
        ("new_gmv", 7_000, ["c"]),
        ("new_buyers", 1, ["c"]),
        ("repeat_gmv", 12_000, ["a", "b"]),
        ("repeat_buyers", 1, ["a"]),
        ("refunded_gmv", 3_000, ["a"]),  # by the day of the order
        ("refunds", 900, ["in June"]),  # by the day of the refund
        ("ad_cost", 750, ["1", "2"]),
        ("ad_gmv", 5_000, ["1"]),  # the longest window only
        ("labour_cost", 30_000, ["ann"]),  # 30 of its 31 days; the odd unit falls on the first
        ("other_costs", 77, [""]),
    ],
)
def test_rows_are_those_of_the_figures_own_condition(june, name, total, rows):
    found = trace(june, OWNER, STORES, Request(JUNE, (name,), stores=("甲店",)))
    keys = ("order_id", "refund_id", "campaign_id", "cost_id")
    shown = [next(row["key"][key] for key in keys if key in row["key"]) for row in found.rows]
    assert (found.value, found.total, found.count, shown) == (total, total, len(rows), rows)


def test_a_figure_without_a_value_has_no_rows_but_a_reason(june):
    """b, c and d have no lines and so no unit cost."""
    found = trace(june, OWNER, STORES, Request(JUNE, ("goods_cost",), stores=("甲店",)))
    assert (found.value, found.total, found.rows) == (None, None, [])
    assert found.reason is not None and found.reason.code == "no_cost"


def test_cost_of_goods_is_traced_to_the_lines_kept_or_to_the_costs_loaded(tmp_path):
    """cup 1.50 x 2 is kept, hat went back; of the other store its loaded cost counts, one day of five in the period."""
    cost = {
        "store": 2,
        "kind": "cogs",
        "cost_id": "",
        "first_day": D,
        "last_day": D + timedelta(4),
        "currency": "CNY",
        "amount": 1_000,
    }
    facts = Facts(tmp_path, {
        "orders": [order(1, "a", D, 10_000, line_count=2), order(2, "b", D, 700)],
        "order_lines": [line("a", "1", 7_000, "cup", 2), line("a", "2", 3_000, "hat", refunded=3_000)],
        "products": [{"store": 1, "item_kind": "sku", "item_id": sku, "cost": Decimal("1.5")} for sku in ("cup", "hat")],
        "costs": [cost],
    })  # fmt: skip
    found = trace(Engine(facts), OWNER, STORES, Request(Period(D, D), ("goods_cost",), stores=("甲店", "乙店")))
    assert (found.value, found.total) == (500, 500)
    assert [(row["table"], row["contribution"]) for row in found.rows] == [("costs", 200), ("order_lines", 300)]


@pytest.mark.parametrize(
    ("where", "name", "total"),
    [
        ((("sku", "cup"),), "gmv", 7_000),
        ((("sku", "cup"), ("sku", "hat")), "orders", 1),
        ((("buyer_type", "new"),), "gmv", 7_000),
    ],
)
def test_rows_keep_the_filters_of_their_figure(june, where, name, total):
    found = trace(june, OWNER, STORES, Request(JUNE, (name,), stores=("甲店",), where=where))
    assert found.value == found.total == total


def test_a_page_of_rows_goes_on_where_the_one_before_ended(june):
    asked = Request(JUNE, ("other_costs",), stores=("甲店",))
    assert trace(june, OWNER, STORES, asked, offset=1).rows == []
    gmv = Request(JUNE, ("gmv",), stores=("甲店",))
    pages = [trace(june, OWNER, STORES, gmv, limit=1, offset=n).rows[0]["key"]["order_id"] for n in range(4)]
    assert pages == ["a", "c", "b", "d"]


def test_a_ratio_names_the_figures_that_have_rows(june):
    with pytest.raises(GoldloopError) as caught:
        trace(june, OWNER, STORES, Request(JUNE, ("ad_rate",), stores=("甲店",)))
    assert (caught.value.code, caught.value.allowed) == ("trace_parts", ["ad_cost", "gmv"])


def platform_row(last: date = D, **more: object) -> dict[str, object]:
    return {"store": 1, "first_day": D, "last_day": last, "report": "shop", "currency": "CNY", "visitors": 90, **more}


@pytest.mark.parametrize(
    ("name", "total"),
    [("visitors", 90), ("buyers", 7), ("new_gmv", 8_000), ("repeat_gmv", 2_000), ("new_buyers", 5), ("repeat_buyers", 2), ("identified_gmv", 10_000), ("refunds", 300)],
)  # fmt: skip
@pytest.mark.parametrize("last", [D, date(2026, 6, 20)])
def test_persons_come_from_the_platforms_row_of_exactly_the_period(tmp_path, name, total, last):
    """The platform states all buyers and the repeat ones; a row of several days beside rows of its days."""
    stated = platform_row(last, gmv=10_000, orders=8, buyers=7, repeat_buyers=2, repeat_gmv=2_000, refunds=300)
    days = [] if last == D else [
        {**platform_row(day, gmv=10_000 * (day == D), orders=0, refunds=300 * (day == D), visitors=40), "first_day": day}
        for day in (D + timedelta(n) for n in range(11))
    ]  # fmt: skip
    engine = Engine(Facts(tmp_path, {"orders": [order(1, "a", D, 9_000, buyer="x")], "store_day": [stated, *days]}))
    found = trace(engine, OWNER, STORES, Request(Period(D, last), (name,), stores=("甲店",)), limit=99)
    assert found.value == found.total == total == sum(row["contribution"] for row in found.rows)


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Facts(tmp_path_factory.mktemp("facts"), dice(11)))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 30))])
def test_rows_of_random_scopes_sum_to_their_figures(group, seed):
    rng = np.random.default_rng(seed)
    compared = 0
    for _ in range(3):
        first = START + timedelta(days=int(rng.integers(0, 480)))
        period = (
            Period(first, first + timedelta(days=int(rng.integers(0, 40))))
            if rng.random() < 0.5
            else whole("month", first)
        )
        wheres = (
            (),
            (("region", "O'Hara"),),
            (("sku", "sku3"), ("sku", "sku4")),
            (("buyer_type", "repeat"), ("channel", "app")),
        )
        where = wheres[int(rng.integers(0, 8)) % 5 % 4]
        ids = [[1], [2], [3], [1, 2]][int(rng.integers(0, 4))]
        for name in rng.choice(TRACEABLE, 8, replace=False):
            asked = Request(
                period, (str(name),), stores=tuple(STORES[i].name for i in ids), where=where,
                basis=str(rng.choice(["auto", "orders"])), new=str(rng.choice(["platform365", "first-in-data"])),
            )  # fmt: skip
            found = trace(group, OWNER, STORES, asked, limit=100_000)
            assert found.total == found.value, asked
            assert sum(row["contribution"] for row in found.rows) == (found.value or 0), asked
            compared += found.value is not None
    assert compared > 8


def test_every_part_of_the_trees_can_be_followed_to_rows():
    from goldloop.web.tree import BY_BUYERS, BY_DAY, BY_ORDERS, PLANS, figures_of

    for plan in (*PLANS.values(), BY_DAY, BY_BUYERS, BY_ORDERS):
        for name in figures_of(plan):
            assert traceable_parts(name), name
            assert set(traceable_parts(name)) <= set(TRACEABLE)
