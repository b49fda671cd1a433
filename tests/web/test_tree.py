"""The tree of today's page: parts that make their root, contributions that sum to it, what is missing and why."""

from __future__ import annotations

import math
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from goldloop.metrics.answer import Answer
from goldloop.web import tree
from goldloop.web.identity import identity

FUNNEL = tree.PLANS["funnel"]


def answer(now: dict[str, Any], was: dict[str, Any] | None = None, **data: Any) -> Answer:
    """One row of figures, with those of the compared days."""
    columns = {name: [value] for name, value in now.items()}
    columns |= {f"{name}__compared": [value] for name, value in (was or {}).items()}
    scope = {"stores": data.pop("stores", ["A"])}
    return Answer((), tuple(now), columns, ["CNY"], [], scope, {"feeds": [], **data}, [])


def account(root: str, change: int, **drivers: int) -> Any:
    """What the account of a change says, as far as the tree reads it."""
    lines = [SimpleNamespace(driver=name, amount=amount) for name, amount in drivers.items()]
    return SimpleNamespace(found=SimpleNamespace(figure=root, change=change, drivers=lines))


def funnel(**changes: Any) -> dict[str, Any]:
    whole = {
        "visitors": 1003, "conversion": 27 / 1003, "buyer_value": Decimal(241_567) / 27, "orders_per_buyer": 31 / 27,
        "identified_order_value": Decimal(241_567) / 31, "gmv": 243_000, "unidentified_gmv": 1_433,
    }  # fmt: skip
    return whole | changes


# --- identity ---------------------------------------------------------------------------------------------------------
def test_a_tree_whose_parts_make_the_root_holds() -> None:
    assert identity(FUNNEL, answer(funnel()), "en").kind == "holds"
    day = {"visitor_days": 1146, "day_conversion": 78 / 1146, "day_buyer_value": Decimal(943_064) / 78}
    assert identity(tree.BY_DAY, answer({**day, "gmv": 1_363_725, "unidentified_gmv": 420_661}), "zh").kind == "holds"
    profit = {
        "contribution": 590, "net": 900, "gmv": 1000, "refunded_gmv": 100, "subsidy_kept": 0, "goods_cost": 200, "ad_cost": 50,
        "labour_cost": 40, "other_costs": 20,
    }  # fmt: skip
    plan = tree.settled(tree.PLANS["net"], answer(profit))
    assert identity(plan, answer(profit), "en").kind == "holds"
    assert "subsidy_kept" not in tree.figures_of(plan)
    paid = answer(profit | {"subsidy_kept": 30, "contribution": 620})  # a store whose gmv is what buyers paid
    assert identity(tree.settled(tree.PLANS["net"], paid), paid, "en").kind == "holds"


@pytest.mark.parametrize("gap", [1, -1, 80_000])
def test_a_gap_of_one_minor_unit_is_shown(gap: int) -> None:
    found = identity(FUNNEL, answer(funnel(gmv=243_000 + gap)), "zh")
    assert found.kind == "gap" and "等式差" in found.text
    assert ("-" in found.text) == (gap > 0)  # the parts make so much less than the root


def test_what_is_missing_is_named_and_nothing_is_claimed() -> None:
    found = identity(FUNNEL, answer(funnel(visitors=None, conversion=None)), "zh")
    assert found.kind == "unknown" and found.text == "客单价的等式成立，分毫不差；其余缺访客数、支付转化率"
    lower = identity(FUNNEL, answer(funnel(orders_per_buyer=None)), "en")
    assert lower.kind == "holds" and lower.text == "The formula holds to the cent for GMV; not known: orders per buyer"


def test_sales_of_nobody_known_are_a_node_only_where_there_are_some() -> None:
    figures = [list(tree.figures_of(tree.settled(FUNNEL, answer(funnel(unidentified_gmv=n))))) for n in (0, 5, None)]
    assert ["unidentified_gmv" in one for one in figures] == [False, True, True]


# --- contributions ----------------------------------------------------------------------------------------------------
def test_a_node_the_account_does_not_split_is_split_by_the_same_method() -> None:
    now = {"units_per_order": 1.82, "unit_price": Decimal("9234"), "order_value": Decimal("16763")}
    was = {"units_per_order": 1.55, "unit_price": Decimal("12790"), "order_value": Decimal("19825")}
    both = answer({**now, "orders": 92, "gmv": 1_542_159}, {**was, "orders": 125, "gmv": 2_478_063})
    found = tree.contributions(tree.BY_ORDERS, both, account("gmv", -935_904, orders=-604_853, order_value=-331_051))
    assert found["orders"] == -604_853 and found["units_per_order"] + found["unit_price"] == found["order_value"]
    logs = [math.log(float(now[name]) / float(was[name])) for name in ("units_per_order", "unit_price")]
    assert found["units_per_order"] == round(-331_051 * logs[0] / sum(logs))
    assert "visitors" not in found  # not known, so nothing is said of it


def test_parts_of_a_split_node_make_the_node() -> None:
    drivers = {
        "visitors": 30,
        "conversion": -10,
        "orders_per_buyer": 5,
        "identified_order_value": 7,
        "unidentified_gmv": 1,
    }
    found = tree.contributions(FUNNEL, answer(funnel(), funnel()), account("gmv", 33, **drivers))
    assert found["buyer_value"] == 12 and found["gmv"] == 33
    assert sum(found[part.figure] for part in FUNNEL.parts) == 33


@pytest.mark.parametrize(
    ("drivers", "plan"),
    [
        ({"visitors", "conversion", "buyer_value"}, FUNNEL),
        ({"buyers", "orders_per_buyer", "identified_order_value"}, tree.BY_BUYERS),
        ({"visitor_days", "day_conversion", "day_buyer_value"}, tree.BY_DAY),
        ({"visitors", "order_conversion", "order_value"}, tree.BY_ORDERS),
        ({"orders", "order_value"}, tree.BY_ORDERS),
    ],
)
def test_the_funnel_has_the_shape_that_the_data_allows(drivers: set[str], plan: tree.Plan) -> None:
    assert tree.plan_for("funnel", account("gmv", 1, **dict.fromkeys(drivers, 1))) is plan
    assert tree.plan_for("customers", account("gmv", 1, new_buyers=1)) is tree.PLANS["customers"]


# --- what is missing, partial, marked -----------------------------------------------------------------------------------
def feed(store: str, name: str, last: str) -> dict[str, str]:
    return {"store": store, "feed": name, "first_day": "2026-01-01", "last_day": last}


def test_stores_that_lack_a_feed_are_named() -> None:
    loaded = answer(
        {}, stores=["A", "B"], feeds=[feed("A", "store_day", "2026-10-31"), feed("B", "orders", "2026-10-31")]
    )
    assert tree.stores_without(("store_day",), loaded) == ["B"]
    assert tree.stores_without(("store_day|orders",), loaded) == []


def test_days_that_data_does_not_reach_make_a_node_partial() -> None:
    from datetime import date

    scope: Any = SimpleNamespace(last=date(2026, 10, 31))
    feeds = [feed("A", "orders", "2026-10-31"), feed("A", "ads", "2026-10-29"), feed("A", "refunds", "2026-10-01")]
    loaded = answer({}, feeds=feeds)
    assert tree.partial(("orders",), loaded, scope, "en") == ""
    assert (
        tree.partial(("refunds", "orders"), loaded, scope, "en") == ""
    )  # no refund on a day is not a day without data
    assert "10-29" in tree.partial(("ads", "orders"), loaded, scope, "zh")
    assert tree.partial(("store_day|orders",), loaded, scope, "en") == ""


def test_ticks_stand_below_their_days() -> None:
    assert tree.ticks([(0, 0), (13, 13)], 14) == "M1.0 26H3.0M93.0 26H95.0"
    assert tree.ticks([], 14) == ""
    assert tree.spark([1, None, 3, 2]).count("M") == 2
    assert tree.spark([None, 5]) == ""
