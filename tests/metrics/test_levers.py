"""Levers of loaded data: what was learned of a past with a known truth, and what is missing said in words."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import parse_period
from goldloop.core.errors import GoldloopError
from goldloop.core.levers import best, cheapest, what_if
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.levers import known
from goldloop.metrics.levers_text import LeversAnswer, WhatIf, moves_of
from goldloop.metrics.query import Request

FIRST, MONTH = date(2024, 1, 1), parse_period("2025-06")
STORES = {
    1: Store(1, "S", "other", opened_on=FIRST), 2: Store(2, "bare", "other", opened_on=FIRST),
    3: Store(3, "abroad", "other", currency="USD", opened_on=FIRST),
}  # fmt: skip
VIEWER = Viewer(stores=frozenset(STORES))
POWER, SIZE = 0.6, 3.0  # new buyers a day = 3 x (spend / 100)^0.6, spend in major units


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    rng = np.random.default_rng(3)
    tables = {name: [] for name in ("orders", "ads", "ad_sales", "store_day")}
    days = (MONTH.last - FIRST).days + 1
    spend = np.repeat(rng.choice([0.5, 0.8, 1.0, 1.5, 2.2], days // 7 + 1), 7)[:days] * 100
    for n in range(days):
        day = FIRST + timedelta(days=n)
        new = int(rng.poisson(SIZE * (spend[n] / 100) ** POWER))
        key = {
            "store": 1,
            "first_day": day,
            "last_day": day,
            "tool": "t",
            "campaign_id": "c",
            "subject_kind": "product",
            "subject_id": "p",
        }
        tables["ads"].append({**key, "currency": "CNY", "cost": int(spend[n] * 100), "impressions": 9, "clicks": 5})
        tables["ad_sales"].append(
            {**key, "window": "15d", "currency": "CNY", "gmv": 900, "orders": new, "new_buyers": new}
        )
        tables["store_day"].append(
            {"store": 1, "first_day": day, "last_day": day, "report": "r", "currency": "CNY", "visitors": 500}
        )
        off = rng.choice([0.0, 0.1])
        for k in range(new + 1):
            old = k == new
            listed = 8000
            gmv = round(listed * (1 - off))
            buyer = f"old{n % 7}" if old else f"n{n}-{k}"
            tables["orders"].append(order(1, f"{n}-{k}", day, gmv, buyer=buyer, list_value=listed))
        for store, currency in ((2, "CNY"), (3, "USD")):
            tables["orders"].append(order(store, f"{store}-{n}", day, 5000, buyer=f"b{n}", currency=currency))
    months = {d.replace(day=1) for d in (FIRST + timedelta(days=n) for n in range(days))}
    for first in months:
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        tables["store_day"].append(
            {"store": 1, "first_day": first, "last_day": last, "report": "m", "currency": "CNY", "visitors": 9000}
        )
    folder = tmp_path_factory.mktemp("levers")
    return Engine(Facts(folder, tables), cache=folder / "sql")


def learn(engine, store="S", **more):
    return known(engine, VIEWER, STORES, Request(MONTH, stores=(store,), basis="orders"), **more)


def test_the_ad_curve_of_the_past_is_learned_with_its_range(engine):
    found = learn(engine)
    curve, ads = found.state.curve, found.levers[0]
    truth = 7 * SIZE * POWER * 1.0 / 10_000 / 7  # new buyers per minor unit more a day at the usual spend
    assert found.attributed and curve.cases > 60
    assert curve.marginal(7 * 10_000) / truth == pytest.approx(1, abs=0.2)
    assert ads.name == "ad_budget" and ads.now == found.state.ad_budget and ads.least <= ads.now <= ads.most
    assert found.state.reach["visitors"].months == 14 and "second_rate" in found.state.reach
    assert found.state.visitors == 9000 and found.state.handed > 0


def test_a_gap_is_closed_by_the_cheapest_lever_or_the_largest_reachable_is_said(engine):
    found = learn(engine)
    value = found.state.value("new_buyer_value")
    small = LeversAnswer(found, cheapest(found.state.books, found.levers, round(2 * value)))
    data = small.as_dict("zh")
    assert data["feasible"] and "最省的做法" in data["text"] and float(data["gain"]) >= 2 * value / 100
    budget = round(found.levers[0].now * 1.1)
    used = LeversAnswer(found, best(found.state.books, found.levers, budget), budget).as_dict("zh")
    assert float(used["gain"]) > 0 and "预算" in used["text"] and float(used["moves"][0]["to"]) <= budget / 100
    large = LeversAnswer(found, cheapest(found.state.books, found.levers, 10**10)).as_dict("en")
    assert not large["feasible"] and "at most" in large["text"] and float(large["short"]) > 0
    further = learn(engine, beyond=True)
    reached = LeversAnswer(further, cheapest(further.state.books, further.levers, 10**10)).as_dict("en")
    assert float(reached["gain"]) > float(large["gain"]) and "never done so far" in reached["text"]


def test_what_if_is_asked_in_words_and_kept(engine):
    found = learn(engine)
    moves = moves_of(found, {"visitors": "+5%", "ad-budget": "4000", "second_rate": "50%"})
    assert moves["visitors"] == pytest.approx(9450) and moves["ad_budget"] == 400_000 and moves["second_rate"] == 0.5
    answer = WhatIf(found, moves, what_if(found.state, moves))
    data = answer.as_dict("zh")
    assert "过去没做到过" in data["text"] and "second_rate" in data["beyond"]
    assert sum(float(v) for v in data["owners"].values()) == pytest.approx(float(data["change"]))
    started = time.process_time()
    again = learn(engine)
    WhatIf(again, moves, what_if(again.state, moves)).as_dict("en")
    assert time.process_time() - started < 0.1 and again is found


NO_NUMBERS = ({"visitors": "many"}, {"visitors": "5%"}, {"visitors": ""}, {"ad_budget": "+x%"}, {"visitors": "1e30"})
TOO_FAR = ({"visitors": "-5"}, {"visitors": "-101%"}, {"buyer_value": "9" * 30}, {"visitors": f"+{10**20}%"})


@pytest.mark.parametrize(
    ("given", "code"), [*((one, "driver_text") for one in NO_NUMBERS), *((one, "driver_bad") for one in TOO_FAR)]
)
def test_moves_that_cannot_be_are_refused(engine, given, code):
    with pytest.raises(GoldloopError) as caught:
        moves_of(learn(engine), given)
    assert caught.value.code == code


def test_a_store_without_traffic_and_ads_says_what_is_missing(engine):
    found = learn(engine, "bare")
    names = {one.name for one in found.missing}
    assert {"ad_budget", "visitors", "gross_margin", "coupons"} <= names and found.state.visitors is None
    data = WhatIf(found, {}, what_if(found.state, {})).as_dict("zh")
    assert "visitors" not in {d["driver"] for d in data["drivers"]} and all(m["text"] for m in data["missing"])
    with pytest.raises(GoldloopError) as caught:
        what_if(found.state, {"visitors": 5})
    assert caught.value.code == "driver_not_known"
    with pytest.raises(GoldloopError) as caught:
        cheapest(found.state.books, found.levers, 100)
    assert caught.value.code == "levers_none"


def test_two_currencies_are_refused_and_hidden_costs_stay_hidden(engine):
    with pytest.raises(GoldloopError) as caught:
        known(engine, VIEWER, STORES, Request(MONTH, basis="orders"))
    assert caught.value.code == "mixed_currency"
    veiled = replace(VIEWER, hidden=frozenset({"gross_margin", "ad_cost"}))
    found = known(engine, veiled, STORES, Request(MONTH, stores=("S",), basis="orders"))
    assert found.state.ad_budget is None and found.state.margin is None and found.state.curve is None


def coupon_facts(cost: bool) -> dict[str, list[dict]]:
    """90 weeks in which repeat buyers follow the coupon cost of their week: 20 + 6 x (cost / 100)^0.5 a week."""
    rng, tables = np.random.default_rng(5), {"orders": [], "costs": []}
    spend = rng.choice([50.0, 100.0, 200.0, 400.0], 95)
    for week, spent in enumerate(spend):
        first = MONTH.first + timedelta(days=7 * (week - 90))
        if cost:
            tables["costs"].append({
                "store": 1, "kind": "coupon", "cost_id": "", "first_day": first, "last_day": first + timedelta(days=6), "currency": "CNY",
                "amount": round(spent * 100),
            })  # fmt: skip
        back = round(20 + 6 * (spent / 100) ** 0.5)
        for k in range(back + 5):
            day = first + timedelta(days=k % 7)
            buyer = f"n{week}-{k}" if k >= back else f"o{(week % 5) * 40 + k}"
            tables["orders"].append(order(1, f"{week}-{k}", day, 9000, buyer=buyer))
    return tables


def test_coupons_bring_buyers_back_as_their_costs_say(tmp_path):
    engine = Engine(Facts(tmp_path, coupon_facts(True)), cache=tmp_path / "sql")
    found = known(engine, VIEWER, STORES, Request(MONTH, stores=("S",), basis="orders"))
    [lever] = [one for one in found.levers if one.name == "coupons"]
    assert lever.target == "repeat_buyers" and lever.proven and lever.now == found.state.coupons > 0
    truth = 6 * 0.5 / 10_000  # repeat buyers per minor unit more at 100.00 a week
    assert lever.response.marginal(10_000) / truth == pytest.approx(1, abs=0.35)
    data = LeversAnswer(found, cheapest(found.state.books, found.levers, 20_000)).as_dict("zh")
    assert data["feasible"] and "券成本" in data["text"] and data["moves"][0]["buyers"] > 0
    veiled = replace(VIEWER, hidden=frozenset({"other_costs"}))
    blind = known(engine, veiled, STORES, Request(MONTH, stores=("S",), basis="orders"))
    assert blind.state.coupons is None and {one.name: one.reason.code for one in blind.missing}["coupons"] == "hidden"


@pytest.mark.parametrize(
    ("costs", "code"), [([], "no_feed"), ([("labour", 5)], "not_stated"), ([("coupon", 5)], "lever_few")]
)
def test_coupon_costs_that_are_not_there_are_said(tmp_path, costs, code):
    tables = coupon_facts(False)
    for kind, amount in costs:
        tables["costs"].append({
            "store": 1, "kind": kind, "cost_id": "", "first_day": MONTH.first, "last_day": MONTH.last, "currency": "CNY", "amount": amount,
        })  # fmt: skip
    found = known(Engine(Facts(tmp_path, tables)), VIEWER, STORES, Request(MONTH, stores=("S",), basis="orders"))
    assert {one.name: one.reason.code for one in found.missing}["coupons"] == code
    assert "coupons" not in {one.name for one in found.levers}
