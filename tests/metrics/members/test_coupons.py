"""The coupon calendar from orders: the May and June case, tiers, margins from unit costs, rights, and what is not known."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.metrics.facts import START, Facts, dice, order

from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.coupons import calendar

STORES = {
    n: Store(id=n, name=f"s{n}", platform="tmall", currency="USD" if n == 3 else "CNY", timezone="Asia/Shanghai")
    for n in (1, 2, 3)
}
MAY = date(2026, 5, 1)
BOUGHT = """
WITH days AS (SELECT {key} AS who, day, sum(gmv) AS gmv FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN ({stores}) GROUP BY 1, 2)
SELECT day, CAST(gmv AS BIGINT) FROM days QUALIFY day = min(day) OVER (PARTITION BY who) AND day BETWEEN '2024-02-01' AND '2024-02-29'
"""


def ask(facts: Facts, *names: str, day: date = date(2026, 5, 31), **asked) -> Ask:
    viewer = asked.pop("viewer", Viewer(stores=frozenset(STORES)))
    return Ask(Engine(facts), viewer, STORES, (START, day), names, day, basis=asked.pop("basis", "orders"), **asked)


@pytest.fixture(scope="module")
def may(tmp_path_factory) -> Facts:
    """10,000 new buyers of May, 2,000 of them from an event on the 30th; old buyers too. First orders of 40, 100 and 300."""
    orders, lines = [], []
    for n in range(10_000):
        day = date(2026, 5, 30) if n < 2000 else MAY + timedelta(days=n % 31)
        orders.append(order(1, f"{n}", day, (4000, 10_000, 30_000)[n % 3], buyer=f"b{n}", line_count=1))
    for day in (MAY - timedelta(days=40), MAY):
        orders += [order(1, f"old{n}-{day}", day, 9900, buyer=f"old{n}") for n in range(50)]
    for n in range(10_000):
        lines.append({"store": 1, "order_id": f"{n}", "line_key": "1", "sku": f"sku{n % 3}", "quantity": 1, "day": orders[n]["day"],
                      "counts": True, "gmv": orders[n]["gmv"], "gmv_all": orders[n]["gmv"], "refunded": 0, "currency": "CNY"})  # fmt: skip
    costs = ("24", "40", "150")  # margins of 40, 60 and 50 %
    products = [
        {"store": 1, "item_kind": "sku", "item_id": f"sku{k}", "cost": Decimal(cost)} for k, cost in enumerate(costs)
    ]
    return Facts(
        tmp_path_factory.mktemp("may"), {"orders": orders, "order_lines": lines, "products": products}
    )  # fmt: skip


def test_may_proposes_the_event_in_week_4_of_june(may) -> None:
    told = calendar(ask(may, "s1"), step="1")
    block = told.blocks[0]
    assert block.people == 10_000 and told.scope["month"] == "2026-06"
    assert block.about["event"] == {
        "week": 4, "from": "2026-06-22", "to": "2026-06-30", "people": 4322, "peak": "2026-06-29", "at_peak": 2258,
    }  # fmt: skip
    by_week = Counter()
    for row in told.rows():
        by_week[row["week"]] += row["people"]
    assert sum(by_week.values()) == 10_000 and max(by_week, key=by_week.get) == 4
    assert {(r["week"], r["send"], r["until"], r["remind"], r["with_event"]) for r in told.rows()} == {
        (1, "2026-06-06", "2026-06-30", "2026-06-28", False), (2, "2026-06-13", "2026-06-30", "2026-06-28", False),
        (3, "2026-06-20", "2026-06-30", "2026-06-28", False), (4, "2026-06-22", "2026-06-30", None, True),
    }  # fmt: skip
    # 30 % of 16.00, 60.00 and 150.00 gross margin, in whole units
    assert [(t["usual"], t["margin"], t["off"]) for t in block.about["tiers"]] == [
        ("40.00", 0.4, "4.00"), ("100.00", 0.6, "18.00"), ("300.00", 0.5, "45.00"),
    ]  # fmt: skip
    assert all(Decimal(row["cost"]) == Decimal(row["off"]) * row["people"] for row in told.rows())


def test_a_margin_by_hand_and_bounds_by_hand(may) -> None:
    told = calendar(ask(may, "s1"), tiers="100, 250", margin="0.2", give="0.5", step="5").blocks[0].about["tiers"]
    assert [(t["usual"], t["off"], t["minimum"]) for t in told] == [
        ("40.00", None, None), ("100.00", "10.00", "100.00"), ("300.00", "30.00", "300.00")
    ]  # fmt: skip


def test_who_may_not_see_costs_gets_no_margin(may) -> None:
    viewer = Viewer(stores=frozenset({1}), hidden=frozenset({"cogs"}))
    told = calendar(ask(may, "s1", viewer=viewer))
    assert {row["off"] for row in told.rows()} == {None} and "No face value" in told.as_dict()["notes"][1]
    with pytest.raises(GoldloopError, match="is not shown"):
        calendar(ask(may, "s1", viewer=Viewer(stores=frozenset({1}), hidden=frozenset({"gmv"}))))


def test_half_a_month_says_so_and_knows_nobody_of_later(may) -> None:
    told = calendar(ask(may, "s1", day=date(2026, 5, 20)), month="2026-06")
    assert told.blocks[0].people == sum(date(2026, 5, 20) >= MAY + timedelta(days=n % 31) for n in range(2000, 10_000))
    assert any("loaded up to 2026-05-20 only" in note for note in told.as_dict()["notes"])


@pytest.mark.parametrize(("names", "stores"), [(("s1",), "1"), (("s1", "s2"), "1, 2")])
def test_new_buyers_are_those_of_the_check_query(tmp_path, names, stores) -> None:
    facts = Facts(tmp_path, dice(3, orders=3000))
    rows = facts.connection().execute(BOUGHT.format(key="buyer_key", stores=stores)).fetchall()
    told = calendar(ask(facts, *names, day=date(2024, 2, 29)), tiers="200")
    wanted = Counter((min((day.day - 1) // 7, 3) + 1, 1 + (gmv >= 20_000)) for day, gmv in rows)
    assert {(r["week"], r["tier"]): r["people"] for r in told.rows() if r["people"]} == wanted
    apart = calendar(ask(facts, *names, day=date(2024, 2, 29), by_store=True), tiers="200")
    for name, block in zip(names, apart.blocks, strict=True):
        alone = calendar(ask(facts, name, day=date(2024, 2, 29)), tiers="200").blocks[0]
        assert (block.people, block.rows) == (alone.people, alone.rows)


def test_too_little_is_said(tmp_path) -> None:
    facts = Facts(tmp_path, {"orders": [order(1, f"{n}", MAY, 100, buyer=f"b{n}") for n in range(29)]})
    assert calendar(ask(facts, "s1")).as_dict()["stores"][0]["reason"]["code"] == "members_few"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"month": "2026-06-03"}, "coupons_when_whole"), ({"month": "2026-08"}, "coupons_when"), ({"tiers": "300,100"}, "coupons_number"),
        ({"give": "much"}, "coupons_number"), ({"give": "1e99999999"}, "coupons_number"), ({"give": "0", "margin": "0.5"}, "coupons_give"),
        ({"margin": "2"}, "coupons_margin"), ({"step": "0", "margin": "0.5"}, "coupons_step"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(may, asked, code) -> None:
    with pytest.raises(GoldloopError) as error:
        calendar(ask(may, "s1"), **asked)
    assert error.value.code == code
