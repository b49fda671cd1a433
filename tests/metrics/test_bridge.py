"""Bridges between two sources: every rule by hand, random orders under random rules, and rows that one side lacks."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lake.builders import Shop, said
from tests.metrics.facts import Facts

from goldloop.core.errors import GoldloopError
from goldloop.core.exclusion import ExclusionRule
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import bridge_counts
from goldloop.metrics.bridge import Bridge, bridge
from goldloop.metrics.bridge_orders import RULES
from goldloop.metrics.bridge_pivot import PIVOTS
from goldloop.metrics.bridge_sources import SOURCES
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.reconcile import Scope

STORE = Store(1, "A", "other", day_starts=120)  # a business day begins at 2 o'clock
OWNER = Viewer(frozenset({1}))
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 4)
REPORT = "r"


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch):
    """Declares what the platform's row (or another source) counts, in place of the file."""

    def call(source: str = "platform-overview", figure: str = "gmv", sure: str = "likely", **lines: Any) -> None:
        rules = {
            name: value if name in ("rounded_to", "attributed", "goods") else [value, sure]
            for name, value in lines.items()
        }
        monkeypatch.setattr(bridge_counts, "_file", lambda: {source: {figure: rules}})

    return call


def built(snapshot: Any, left: str = "orders", right: str = "platform-overview", figure: str = "gmv", viewer: Viewer = OWNER,
          first: date = FIRST, last: date = LAST, rules: Any = (), **asked: Any) -> Bridge:  # fmt: skip
    """The bridge with all its rows; checks what holds for every bridge."""
    scope = Scope(snapshot, STORE, rules, first, last)
    asked = {"rows": "all", "limit": None, "by_day": True, **asked}
    found = bridge(Engine(snapshot), viewer, scope, figure, left, right, **asked)
    assert found.residual == 0
    assert found.difference == sum(line.amount for line in found.lines)
    sums: Counter[str] = Counter()
    if asked["by_day"]:
        assert (
            sum(d[1] for d in found.days) == found.left.amount and sum(d[2] for d in found.days) == found.right.amount
        )
        for _, a, b, parts in found.days:
            assert b - a == sum(parts.values())
            sums.update(parts)
        assert {k: v for k, v in sums.items() if v} == {x.name: x.amount for x in found.lines if x.amount}
    for line in found.lines if asked["rows"] == "all" else ():
        assert line.amount == sum(r["amount"] for r in found.rows if r["line"] == line.name)
    return found


def amounts(found: Bridge) -> dict[str, int]:
    return {line.name: line.amount for line in found.lines}


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 6, day, hour)


def order(
    number: str,
    goods: int,
    *,
    placed: datetime | None = None,
    paid: datetime | None = None,
    unpaid: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """One order as facts hold it; paid at noon of 1 June unless said otherwise."""
    placed = placed or paid or at(1)
    paid = None if unpaid else paid or placed
    cut = timedelta(minutes=STORE.day_starts)
    counts = not unpaid and not more.get("exclusion")
    found = {
        "store": 1, "order_id": number, "placed_at": placed, "counted_at": paid, "placed_day": (placed - cut).date(),
        "day": None if paid is None else (paid - cut).date(), "counts": counts, "gmv_all": 0 if unpaid else goods,
        "gmv": goods if counts else 0, "ordered_amount": goods, "status": "unpaid" if unpaid else "finished", "line_count": 1,
        "refunded": 0, "postage": 0, "platform_discount": 0, "units": 1,
    }  # fmt: skip
    return {**found, **more}


def row(day: int, gmv: int | None, *, last: int | None = None, report: str = REPORT, **more: Any) -> dict[str, Any]:
    """The platform's row of a day, or of several."""
    return {
        "store": 1,
        "first_day": date(2026, 6, day),
        "last_day": date(2026, 6, last or day),
        "report": report,
        "gmv": gmv,
        **more,
    }


# --- one rule after the other, by hand -------------------------------------------------------------------------------
OTHER = at(2, 1)  # still the first business day, already the second calendar day
CASES: dict[str, tuple[dict[str, str], list[dict[str, Any]], dict[int, int], dict[str, int]]] = {
    # rule: what the platform counts, further orders, its rows by day, the lines
    "exclusions": ({"exclusions": "in"}, [order("x", 30, exclusion="trial", paid=at(2))], {1: 1000, 2: 30}, {"exclusions:trial": 30}),
    "unpaid": ({"unpaid": "in"}, [order("x", 30, unpaid=True, placed=at(2))], {1: 1000, 2: 30}, {"unpaid": 30}),
    "cancelled": ({"cancelled": "in"}, [order("x", 30, unpaid=True, status="closed_unpaid")], {1: 1030}, {"cancelled": 30}),
    "closed": ({"closed": "out"}, [order("x", 30, status="closed_refunded", refunded=30)], {1: 1000}, {"closed": -30}),
    "presale": (
        {"presale": "deposit"},
        [order("x", 90, placed=at(1), paid=at(3), presale=True, deposit=20), order("lost", 50, unpaid=True, presale=True, deposit=5)],
        {1: 1025, 3: 70},
        {"presale": 5},  # the lost order's deposit; that of the other moves between two days
    ),
    "date": ({"date": "placed"}, [order("x", 30, placed=at(4), paid=at(5))], {1: 1000, 4: 30}, {"date": 30}),
    "cut": ({"cut": "midnight"}, [order("x", 30, paid=OTHER)], {1: 1000, 2: 30}, {}),  # both days are in the period
    "postage": ({"postage": "in"}, [order("x", 30, postage=8)], {1: 1038}, {"postage": 8}),
    "platform_discount": ({"platform_discount": "out"}, [order("x", 30, platform_discount=7)], {1: 1023}, {"platform_discount": -7}),
    "refunds": ({"refunds": "by_order"}, [order("x", 30, refunded=12)], {1: 1018}, {"refunds": -12}),
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_is_a_line_of_its_orders(rule: str, declare: Any, tmp_path: Path) -> None:
    said_by, further, days, lines = CASES[rule]
    declare(**said_by)
    facts = Facts(tmp_path, {
        "orders": [order("same", 1000), *further], "store_day": [row(day, gmv) for day, gmv in days.items()], "order_lines": [],
        "refunds": [],
    })  # fmt: skip
    found = built(facts)
    assert amounts(found) == lines
    assert all(line.sure == "likely" for line in found.lines)
    assert {r["key"] for r in found.rows if r["line"].startswith(rule)} <= {"x", "lost"}
    assert found.ties == []


def test_a_rule_that_is_not_declared_is_no_line_but_a_proposal(declare: Any, tmp_path: Path) -> None:
    """What would tie is named with its days; the rest stays unexplained, day by day."""
    declare(exclusions="in")
    orders = [order(f"{d}", 1000, paid=at(d), postage=8 * d, platform_discount=d) for d in (1, 2, 3, 4)]
    facts = Facts(tmp_path, {
        "orders": orders, "store_day": [row(d, 1000 + 7 * d + (9 if d == 4 else 0)) for d in (1, 2, 3, 4)], "order_lines": [], "refunds": [],
    })  # fmt: skip
    found = built(facts)
    assert amounts(found) == {"unexplained": 7 + 14 + 21 + 28 + 9}
    assert [(r["table"], r["key"].split("\x1f")[0], r["amount"]) for r in found.rows] == [
        ("store_day", "2026-06-04", 37), ("store_day", "2026-06-03", 21), ("store_day", "2026-06-02", 14), ("store_day", "2026-06-01", 7),
    ]  # fmt: skip
    (tie,) = found.ties
    assert tie.changes == (("postage", "out", "in"), ("platform_discount", "in", "out"))
    assert (tie.ties, tie.of, tie.now) == (3, 4, 0)
    declare(exclusions="in", postage="in", platform_discount="in", sure="certain")
    assert built(facts).ties == []  # what is certain is not doubted
    assert built(facts, viewer=Viewer(frozenset({1}), frozenset({"units"}))).ties == []


def test_what_is_hidden_is_neither_shown_nor_guessed(declare: Any, tmp_path: Path) -> None:
    facts = Facts(tmp_path, {
        "orders": [order("a", 1000, postage=8)], "store_day": [row(1, 1008)], "order_lines": [], "refunds": [],
    })  # fmt: skip
    declare()
    assert built(facts).ties[0].changes == (("postage", "out", "in"),)
    assert built(facts, viewer=Viewer(frozenset({1}), frozenset({"postage"}))).ties == []
    declare(postage="in")
    for hidden in ("postage", "gmv"):
        with pytest.raises(GoldloopError) as caught:
            built(facts, viewer=Viewer(frozenset({1}), frozenset({hidden})))
        assert caught.value.code == "figure_hidden"


def test_days_that_one_side_lacks_are_missing_rows(declare: Any, tmp_path: Path) -> None:
    declare(postage="in")
    facts = Facts(tmp_path, {
        "orders": [order("a", 1000, postage=8), order("b", 70, paid=at(2))], "store_day": [row(1, 1008), row(4, 55)], "order_lines": [], "refunds": [],
    })  # fmt: skip
    found = built(facts)
    assert amounts(found) == {"postage": 8, "missing_rows:platform-overview": -70, "missing_rows:orders": 55}
    assert {(r["line"], str(r["day"])) for r in found.rows} == {
        ("postage", "2026-06-01"), ("missing_rows:platform-overview", "2026-06-02"), ("missing_rows:orders", "2026-06-04"),
    }  # fmt: skip
    turned = built(facts, "platform-overview", "orders", rows=None)
    assert amounts(turned) == {name: -amount for name, amount in amounts(found).items()}


def test_rounding_is_a_line_only_where_it_is_declared_and_small_enough(declare: Any, tmp_path: Path) -> None:
    shape = {"unit": "visitors", "scope_kind": "product"}
    orders = [order("a", 1000), order("b", 500, paid=at(2))]
    sold = [(1, "p", 499), (1, "q", 502), (2, "p", 510)]
    traffic = [{**row(day, gmv), **shape, "scope_id": product} for day, product, gmv in sold]
    facts = Facts(tmp_path, {"orders": orders, "traffic": traffic, "order_lines": [], "refunds": []})
    declare("product-report", rounded_to=1)
    assert amounts(built(facts, right="product-report")) == {"rounding": 1, "unexplained": 10}
    declare("product-report")
    assert amounts(built(facts, right="product-report")) == {"unexplained": 11}


def test_a_row_of_the_whole_period_stands_for_its_days(declare: Any, tmp_path: Path) -> None:
    declare(postage="in")
    rows = [row(1, 1075, last=4), row(1, 999, last=9), row(3, 1, report="other", last=4)]
    facts = Facts(tmp_path, {
        "orders": [order("a", 1000, postage=8), order("b", 70, paid=at(2))], "store_day": rows, "order_lines": [], "refunds": [],
    })  # fmt: skip
    found = built(facts, by_day=False)
    assert amounts(found) == {"postage": 8, "unexplained": -3}
    assert [code for code, _ in found.notes] == ["bridge_whole_period"]
    with pytest.raises(GoldloopError) as caught:
        built(facts)
    assert caught.value.code == "bridge_by_day"


def test_of_two_reports_one_is_looked_at(declare: Any, tmp_path: Path) -> None:
    declare()
    shape = {"unit": "visitors", "scope_kind": "product", "scope_id": "p"}
    traffic = [{**row(day, 100, report=report), **shape} for day, report in ((1, "a"), (1, "b"), (2, "b"))]
    facts = Facts(tmp_path, {"orders": [order("a", 200)], "traffic": traffic, "order_lines": [], "refunds": []})
    found = built(facts, right="product-report")
    assert (found.right.report, found.right.amount) == ("b", 200)
    assert ("bridge_one_report", {"report": "b", "others": "a"}) in found.notes


def test_refunds_of_the_platform_and_of_the_list(declare: Any, tmp_path: Path) -> None:
    refunds = [
        {"store": 1, "refund_id": n, "order_id": "a", "status": status, "amount": amount, "postage": postage, "day": day,
         "requested_at": at(2), "refunded_at": None if day is None else datetime.combine(day, at(1).time())}
        for n, status, amount, postage, day in (("1", "done", 40, 8, date(2026, 6, 2)), ("2", "open", 9, 0, None), ("3", "closed", 70, 0, None))
    ]  # fmt: skip
    facts = Facts(tmp_path, {"orders": [order("a", 1000)], "refunds": refunds, "store_day": [row(2, None, refunds=58)]})
    declare(figure="refunds", unsettled="in", postage="in")
    found = built(facts, "refunds", figure="refunds")
    assert amounts(found) == {"unsettled": 9, "postage": 8, "unexplained": 1}
    declare(figure="refunds", date="paid")
    found = built(facts, "refunds", figure="refunds")  # the order's day is the 1st, of which the platform has no row
    assert amounts(found) == {"missing_rows:platform-overview": -40, "unexplained": 58}
    assert {(r["line"], r["day"].day, r["amount"]) for r in found.rows if r["line"] == "date"} == {
        ("date", 1, 40),
        ("date", 2, -40),
    }


# --- random orders, random rules -------------------------------------------------------------------------------------
def worked_out(o: dict[str, Any], refunds: list[dict[str, Any]], rules: dict[str, str]) -> list[tuple[date, int]]:
    """What a source with these rules counts of one order, worked out row by row."""
    cut = timedelta(minutes=STORE.day_starts if rules["cut"] == "store" else 0)
    paid = o["counts"] or (o["exclusion"] is not None and o["gmv_all"] != 0)
    if o["exclusion"] is not None and rules["exclusions"] == "out":
        return []
    closed = o["status"].startswith("closed")
    state = ("closed" if closed else "paid") if paid else "cancelled" if closed else "unpaid"
    placed = (o["placed_at"] - cut).date()
    day = placed if rules["date"] == "placed" or not paid else (o["counted_at"] - cut).date()
    goods = (
        (o["gmv_all"] if rules["exclusions"] == "in" or o["exclusion"] else o["gmv"]) if paid else o["ordered_amount"]
    )
    counted = state == "paid" or rules[state] == "in"
    staged = o["presale"] and rules["presale"] == "deposit"
    found = [(placed, o["deposit"])] if staged else []
    if counted:
        amount = (
            goods
            + (o["postage"] if rules["postage"] == "in" else 0)
            - (o["platform_discount"] if rules["platform_discount"] == "out" else 0)
        )
        amount -= o["refunded"] if rules["refunds"] == "by_order" and paid else 0
        found.append((day, amount - (o["deposit"] if staged else 0)))
        if rules["refunds"] == "by_refund":
            found += [
                ((r["refunded_at"] - cut).date(), -r["amount"]) for r in refunds if r["order_id"] == o["order_id"]
            ]
    return found


def dice(rng: np.random.Generator, count: int) -> dict[str, list[dict[str, Any]]]:
    """Random orders of some days in and around the period, some with an excluded line, with their refunds."""
    tables: dict[str, list[dict[str, Any]]] = {"orders": [], "order_lines": [], "refunds": []}
    for n in range(count):
        placed = datetime(2026, 5, 31) + timedelta(minutes=int(rng.integers(0, 6 * 1440)))
        paid = placed + timedelta(minutes=int(rng.choice([1, 300, 2000])))
        kind = rng.choice(["paid", "paid", "paid", "closed", "unpaid", "cancelled", "excluded", "part"])
        goods, unpaid = int(rng.integers(0, 5000)), kind in ("unpaid", "cancelled")
        status = {"unpaid": "unpaid", "cancelled": "closed_unpaid", "closed": "closed_refunded"}.get(
            str(kind), "finished"
        )
        more = {"exclusion": "trial" if kind == "excluded" else None, "status": status, "presale": bool(rng.random() < 0.2),
                "deposit": int(rng.integers(1, 50)), "postage": int(rng.integers(0, 20)), "platform_discount": int(rng.integers(0, 9))}  # fmt: skip
        found = order(f"o{n}", goods, placed=placed, paid=paid, unpaid=unpaid, **more)
        if kind == "part":
            part = goods // 3
            found["gmv"] -= part
            tables["order_lines"].append(
                {"store": 1, "order_id": f"o{n}", "line_key": "1", "exclusion": "gift", "gmv_all": part}
            )
        if not unpaid and rng.random() < 0.3:
            found["refunded"] = int(rng.integers(1, goods + 2))
            settled = paid + timedelta(days=int(rng.integers(0, 3)))
            tables["refunds"].append({"store": 1, "refund_id": f"r{n}", "order_id": f"o{n}", "status": "done", "amount": found["refunded"],
                                      "refunded_at": settled, "day": (settled - timedelta(minutes=STORE.day_starts)).date()})  # fmt: skip
        tables["orders"].append(found)
    return tables


rule_sets = st.fixed_dictionaries({name: st.sampled_from(ways) for name, ways in RULES.items()})


@settings(max_examples=4, deadline=None)
@given(rules=rule_sets, seed=st.integers(0, 10_000), off=st.sampled_from([0, 17]))
def test_lines_sum_to_the_difference_whatever_the_rules(rules: dict[str, str], seed: int, off: int) -> None:
    """A source that keeps its declared rules leaves nothing unexplained; one that is off by an amount on a day says so there."""
    any_rules(rules, seed, off)


@pytest.mark.soak
@settings(max_examples=200, deadline=None)
@given(rules=rule_sets, seed=st.integers(0, 10_000), off=st.sampled_from([0, 0, 0, 17, -3]))
def test_lines_sum_to_the_difference_at_length(rules: dict[str, str], seed: int, off: int) -> None:
    any_rules(rules, seed, off)


def any_rules(rules: dict[str, str], seed: int, off: int) -> None:
    """One random shop whose platform counts by these rules, and is `off` on the last day."""
    tables = dice(np.random.default_rng(seed), 40)
    totals = {FIRST + timedelta(days=n): 0 for n in range(4)}
    for o in tables["orders"]:
        for day, amount in worked_out(o, tables["refunds"], rules):
            if day in totals:
                totals[day] += amount
    totals[LAST] += off
    tables["store_day"] = [
        {"store": 1, "first_day": d, "last_day": d, "report": REPORT, "gmv": gmv} for d, gmv in totals.items()
    ]
    declared = {"platform-overview": {"gmv": {rule: [way, "likely"] for rule, way in rules.items()}}}
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(bridge_counts, "_file", lambda: declared)
        found = built(Facts(Path(folder), tables))
    assert found.unexplained == off
    assert [r["day"] for r in found.rows if r["line"] == "unexplained"] == ([LAST] if off else [])
    assert {x.code for x in found.lines} <= {name for name in RULES if rules[name] != RULES[name][0]} | {"unexplained"}


# --- sources that name orders ----------------------------------------------------------------------------------------
def stated(number: str, amount: int | None, day: int = 1, **more: Any) -> dict[str, Any]:
    """An order as a file states it."""
    return {"order_id": number, "placed_at": at(day), "counted_at": at(day), "status": "paid", "goods_amount": amount,
            "user_paid": amount, "quantity": 1, **more}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    rules = [ExclusionRule("internal", "note_words", ("staff",))]
    return Shop(tmp_path / "lake", {1: STORE}, rules)


def test_an_erp_is_followed_order_by_order(shop: Shop) -> None:
    shop.load(said("orders", [
        stated("same", 1000), stated("lost", 70), stated("later", 40), stated("off", 500), stated("cent", 30), stated("gone", 20),
        stated("waits", 10), stated("staff", 5, seller_note="staff"), stated("away", 60),
    ]))  # fmt: skip
    shop.load(said("orders", [
        stated("same", 1000), stated("later", 40, 3), stated("off", 450), stated("cent", 30), stated("gone", 20, counted_at=None, status="closed_unpaid"),
        stated("waits", 10, counted_at=None, status="unpaid"), stated("staff", 5), stated("away", 61, 9),
    ], rank="erp"))  # fmt: skip
    found = built(shop.snapshot, right="erp", rules=shop.rules)
    assert amounts(found) == {
        "missing_rows:erp": -70, "unexplained": -50, "cancelled": -20, "unpaid": -10, "exclusions:internal": 5, "date": -60,
    }  # fmt: skip
    assert {(r["line"], r["key"], r["amount"]) for r in found.rows if r["line"] != "date"} == {
        ("missing_rows:erp", "lost", -70), ("unexplained", "off", -50), ("cancelled", "gone", -20), ("unpaid", "waits", -10),
        ("exclusions:internal", "staff", 5),
    }  # fmt: skip
    assert [
        (r["key"], r["amount"])
        for r in built(shop.snapshot, right="erp", rules=shop.rules, by_day=False, rows="date").rows
    ] == [("away", -60)]


@pytest.mark.parametrize("seed", range(2))
def test_a_planted_missing_order_is_named(shop: Shop, seed: int) -> None:
    rng = np.random.default_rng(seed)
    orders = [stated(f"o{n}", int(rng.integers(1, 9000)), int(rng.integers(1, 5))) for n in range(80)]
    missing = set(rng.choice(80, 5, replace=False).tolist())
    told = [
        {**o, "goods_amount": o["goods_amount"] + int(rng.choice([0, 0, 0, 25]))}
        for n, o in enumerate(orders)
        if n not in missing
    ]
    shop.load(said("orders", orders))
    shop.load(said("orders", told, rank="erp"))
    found = built(shop.snapshot, "erp", "orders", rules=shop.rules)
    assert {r["key"] for r in found.rows if r["line"] == "missing_rows:erp"} == {f"o{n}" for n in missing}
    assert {abs(r["amount"]) for r in found.rows if r["line"] == "unexplained"} <= {25}


def test_settlements_are_orders_with_postage_less_refunds_and_fees(shop: Shop) -> None:
    def booked(number: str, order_id: str | None, component: str, amount: int, day: int = 2) -> dict[str, Any]:
        return {
            "settlement_id": number,
            "row_key": "1",
            "component": component,
            "order_id": order_id,
            "settled_at": at(day),
            "amount": amount,
        }

    shop.load(said("orders", [
        stated("paid", 1000, postage=8, user_paid=1008), stated("waits", 70), stated("late", 300), stated("back", 50, refund_stated=50, status="closed_refunded"),
        stated("off", 20), stated("staff", 5, seller_note="staff"), stated("never", 9, counted_at=None, status="unpaid"), stated("before", 80, 1, counted_at=at(1) - timedelta(days=9)),
    ]))  # fmt: skip
    shop.load(said("settlements", [
        booked("1", "paid", "在线支付", 1008), booked("2", "paid", "技术服务费", -50), booked("3", "late", "在线支付", 300, 20), booked("4", "back", "在线支付", 50),
        booked("5", "back", "交易退款", -50, 3), booked("6", "off", "货款", 18), booked("7", "staff", "货款", 5), booked("8", "strange", "货款", 11),
        booked("9", None, "提现", -99), booked("10", "never", "货款", 9), booked("11", "before", "货款", 80),
    ]))  # fmt: skip
    found = built(shop.snapshot, right="settlements", rules=shop.rules)
    assert amounts(found) == {
        "exclusions:internal": 5, "postage": 8, "refunds": -50, "date": -300 + 80, "unpaid": 9, "missing_rows:settlements": -70,
        "missing_rows:orders": 11, "fee:技术服务费": -50, "fee:提现": -99, "unexplained": -2,
    }  # fmt: skip
    assert [r["key"] for r in found.rows if r["line"] == "unexplained"] == ["off"]
    across = built(shop.snapshot, "settlements", "orders", rules=shop.rules)
    assert across.difference == -found.difference


# --- what is asked wrongly, and what is declared ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("left", "right", "figure", "code"),
    [
        ("orders", "orders", "gmv", "bridge_same"), ("orders", "nobody", "gmv", "bridge_source_unknown"),
        ("orders", "refunds", "gmv", "bridge_figure"), ("orders", "erp", "units", "bridge_figure"),
        ("orders", "product-report", "gmv", "bridge_feeds_missing"), ("orders", "platform-overview", "gmv", "bridge_days_missing"),
    ],
)  # fmt: skip
def test_an_impossible_pair_says_what_is_missing(left: str, right: str, figure: str, code: str, tmp_path: Path) -> None:
    facts = Facts(tmp_path, {"orders": [order("a", 1)], "store_day": [row(9, 5)], "order_lines": [], "refunds": []})
    with pytest.raises(GoldloopError) as caught:
        built(facts, left, right, figure)
    assert caught.value.code == code
    if code == "bridge_feeds_missing":
        assert caught.value.given == ["traffic"]
    if code == "bridge_days_missing":
        assert caught.value.allowed == "2026-06-09..2026-06-09"


def test_a_line_that_is_not_there_cannot_be_followed(declare: Any, tmp_path: Path) -> None:
    declare(postage="in")
    facts = Facts(
        tmp_path, {"orders": [order("a", 1, postage=3)], "store_day": [row(1, 4)], "order_lines": [], "refunds": []}
    )
    with pytest.raises(GoldloopError) as caught:
        built(facts, rows="date")
    assert (caught.value.code, caught.value.allowed) == ("bridge_line_unknown", ["postage", "all"])


def test_declarations_name_rules_that_exist() -> None:
    for name, figures in bridge_counts._file().items():
        assert set(figures) <= set(SOURCES[name].figures)
        for figure, lines in figures.items():
            for report in ["", *(k for k, v in lines.items() if isinstance(v, dict))]:
                said_so = bridge_counts.declared(name, figure, report)
                for rule, (way, sure) in said_so.rules.items():
                    assert way in PIVOTS[figure].rules[rule] and sure in bridge_counts.SURE
    for name in ("erp", "settlements"):  # one row per order: nothing that splits an order over days
        counts = bridge_counts.declared(name, "gmv").counts(RULES)
        assert counts["presale"] == "paid_up" and counts["refunds"] != "by_refund"
    assert {f for s in SOURCES.values() for f in s.figures} == set(PIVOTS)
