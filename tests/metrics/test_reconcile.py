"""Sources against each other, worked out by hand: every difference is a line, and the lines sum to the difference."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.lake.builders import STORE, Shop, said

from goldloop.core.errors import GoldloopError
from goldloop.metrics.reconcile import Reconciliation, Scope, reconcile

PAID = datetime(2026, 6, 1, 12)


def order(order_id: str, amount: int | None, **columns: Any) -> dict[str, Any]:
    return {"order_id": order_id, "placed_at": PAID, "counted_at": PAID, "status": "paid", "goods_amount": amount,
            "user_paid": amount, "quantity": 1, **columns}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "lake")


def compared(shop: Shop, between: str, *, last: date = date(2026, 6, 1), limit: int | None = None) -> Reconciliation:
    found = reconcile(Scope(shop.snapshot, STORE, shop.rules, date(2026, 6, 1), last), between, limit=limit)
    assert found.closes
    assert sum(k["count"] for k in found.kinds) == found.count
    return found


def lines(found: Reconciliation, *columns: str) -> set[tuple[Any, ...]]:
    return {tuple(row[c] for c in ("order_id", "kind", *columns)) for row in found.rows}


def test_platform_and_erp(shop: Shop) -> None:
    next_day = PAID + timedelta(days=1)
    shop.load(said("orders", [
        order("same", 1000), order("amount", 500, quantity=2), order("status", 70), order("day", 40), order("alone", 9),
        order("paid here only", 8), order("tomorrow", 5, counted_at=next_day),
    ]))  # fmt: skip
    shop.load(said("orders", [
        order("same", 1000), order("amount", 450), order("status", 70, status="shipped"),
        order("day", 40, counted_at=next_day), order("manual", 30), order("paid here only", 8, counted_at=None),
        order("tomorrow", 6, counted_at=next_day),
    ], rank="erp"))  # fmt: skip
    found = compared(shop, "platform,erp")
    assert {name: value for name, (value, _) in found.totals.items()} == {
        "figure_platform": 1627, "figure_erp": 1550, "difference": -77, "orders_platform": 6, "orders_erp": 4, "orders_agree": 1,
    }  # fmt: skip
    assert lines(found, "amount_platform", "amount_erp", "difference", "differs") == {
        ("amount", "amount", 500, 450, -50, "amount units"),
        ("status", "status", 70, 70, 0, "status"),
        ("day", "day", 40, None, -40, "day"),
        ("alone", "only_platform", 9, None, -9, None),
        ("manual", "only_erp", None, 30, 30, None),
        ("paid here only", "counted", 8, None, -8, "counted"),
    }
    few = compared(shop, "platform,erp", limit=2)
    assert [r["order_id"] for r in few.rows] == ["amount", "day"] and few.count == 6
    wide = compared(shop, "platform,erp", last=date(2026, 6, 2))
    assert wide.totals["difference"][0] == -36 and ("tomorrow", "amount") in lines(wide)
    # figures count the platform's word, and of the ERP the order that nobody else knows
    assert sum(r["gmv"] for r in shop.rows("orders") if r["day"] == date(2026, 6, 1)) == 1627 + 30


def test_amounts_of_both_sides_may_come_from_lines(shop: Shop) -> None:
    head = {"order_id": "A", "placed_at": PAID, "counted_at": PAID}
    own = [{"order_id": "A", "line_key": k, "kind": "sale", "goods_amount": 10, "quantity": 1} for k in "xyz"]
    shop.load(said("orders", [head]), said("order_lines", own))
    shop.load(
        said("orders", [head], rank="erp"),
        said("order_lines", [{**own[0], "line_key": "e", "quantity": 2}], rank="erp"),
    )
    found = compared(shop, "platform,erp")
    assert lines(found, "amount_platform", "amount_erp", "units_platform", "units_erp") == {
        ("A", "amount", 30, 10, 3, 2)
    }


def test_what_two_bills_state_of_a_sub_order_is_counted_once(shop: Shop) -> None:
    at = datetime(2026, 6, 1, 18)

    def moved(number: str, sub_order: str, scene: str, amount: int) -> dict[str, Any]:
        return {
            "settlement_id": number,
            "row_key": sub_order,
            "component": scene,
            "order_id": "o",
            "settled_at": at,
            "amount": amount,
        }

    def billed(sub_order: str, component: str, amount: int) -> dict[str, Any]:
        return moved(sub_order, "2026-06-01|已结算", component, amount)

    funds = [
        moved("M1", "s1", "货款结算入账", 180),
        moved("M2", "s1", "退款-结算后退款-退用户", -20),
        moved("M3", "s2", "货款结算入账", 50),
    ]
    shop.load(said("orders", [order("o", 260)]))
    shop.load(said("settlements", funds))
    alone = compared(shop, "orders,settlements").totals
    assert (alone["booked_in_period"][0], alone["booked_twice"][0]) == (210, 0)
    shop.load(said("settlements", [billed("s1", "收入合计", 210), billed("s1", "支出合计", -30)]))
    both = compared(shop, "orders,settlements")
    assert (both.totals["booked_in_period"][0], both.totals["booked_twice"][0]) == (210, 180)
    assert both.totals["settled_of_orders"][0] == 210
    assert both.closes


def test_orders_and_settlements(shop: Shop) -> None:
    day = datetime(2026, 6, 1, 18)

    def settled(row_key: str, order_id: str | None, component: str, amount: int, at: datetime = day) -> dict[str, Any]:
        return {
            "settlement_id": "S",
            "row_key": row_key,
            "component": component,
            "order_id": order_id,
            "settled_at": at,
            "amount": amount,
        }

    shop.load(said("orders", [
        order("fees", 1000), order("equal", 300), order("waits", 200), order("unknown", None, goods_amount=7),
        order("of may", 50, counted_at=PAID - timedelta(days=9)),
    ]))  # fmt: skip
    shop.load(said("settlements", [
        settled("1", "fees", "income", 1000), settled("1", "fees", "commission", -50, day + timedelta(days=40)),
        settled("2", "equal", "income", 300), settled("3", "unknown", "income", 7), settled("4", "of may", "income", 50),
        settled("5", "strange", "income", 11), settled("6", None, "rent", -99), settled("7", None, "rent", -1, day - timedelta(days=5)),
    ]))  # fmt: skip
    found = compared(shop, "orders,settlements")
    assert {name: value for name, (value, _) in found.totals.items()} == {
        "paid": 1500, "settled_of_orders": 1257, "settled_without_order": -88, "difference": -331, "orders": 4,
        "orders_unsettled": 1, "booked_in_period": 1269, "booked_of_orders": 1307, "booked_of_other_orders": 50,
        "booked_without_order": -88, "booked_twice": 0,
    }  # fmt: skip
    assert lines(found, "settlement", "paid", "settled", "difference") == {
        ("fees", "settled_otherwise", None, 1000, 950, -50),
        ("waits", "unsettled", None, 200, None, -200),
        ("unknown", "paid_unknown", None, None, 7, 7),
        ("strange", "order_not_loaded", "S 5", None, 11, 11),
        (None, "no_order_named", "S 6", None, -99, -99),
    }
    assert found.components == [
        {"component": "commission", "of_orders": -50, "without_order": 0},
        {"component": "income", "of_orders": 1307, "without_order": 11},
        {"component": "rent", "of_orders": 0, "without_order": -99},
    ]
    fees = next(r for r in found.rows if r["order_id"] == "fees")
    assert (fees["component:income"], fees["component:commission"], fees["component:rent"]) == (1000, -50, None)


def test_orders_and_refunds(shop: Shop) -> None:
    shop.load(
        said(
            "orders",
            [
                order("both", 100, refund_stated=40),
                order("stated", 100, refund_stated=30),
                order("listed", 100),
                order("apart", 100, refund_stated=5),
                order("lines", 100),
            ],
        ),
        said("order_lines", [{"order_id": "lines", "line_key": k, "kind": "sale", "refund_stated": 6} for k in "xy"]),
    )
    shop.load(said("refunds", [
        {"refund_id": n, "order_id": o, "status": s, "refunded_at": PAID + timedelta(days=d), "amount": a}
        for n, o, s, d, a in (("1", "both", "done", 9, 40), ("2", "listed", "done", 0, 20), ("3", "apart", "done", 0, 4),
                              ("4", "apart", "open", 0, 9), ("5", "lines", "done", 0, 12), ("6", "else", "done", 0, 3),
                              ("7", None, "done", 0, 2), ("8", None, "done", 3, 1000))
    ]))  # fmt: skip
    found = compared(shop, "orders,refunds")
    assert {name: value for name, (value, _) in found.totals.items()} == {
        "stated": 87, "aftersale_of_orders": 76, "aftersale_without_order": 5, "difference": -6, "orders": 5,
        "orders_stated": 4, "orders_aftersale": 4,
    }  # fmt: skip
    assert lines(found, "refund_id", "stated", "aftersale", "difference") == {
        ("stated", "only_stated", None, 30, None, -30),
        ("listed", "only_aftersale", None, None, 20, 20),
        ("apart", "amount", None, 5, 4, -1),
        ("else", "order_not_loaded", "6", None, 3, 3),
        (None, "no_order_named", "7", None, 2, 2),
    }


@pytest.mark.parametrize(
    ("between", "code"),
    [("platform,erp", "side_missing"), ("orders,refunds", "side_missing"), ("a,b", "reconcile_unknown")],
)
def test_what_cannot_be_compared_says_why(shop: Shop, between: str, code: str) -> None:
    shop.load(said("orders", [order("A", 1)]))
    with pytest.raises(GoldloopError) as caught:
        compared(shop, between)
    assert caught.value.code == code
