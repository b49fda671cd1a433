"""Which amount of a sale is gmv, by a store's setting: hand-counted numbers of both settings, alone and in one group."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.lake.builders import Shop, said

from goldloop.core.calendar import parse_period
from goldloop.core.store import GmvAmount, Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import bridge_counts
from goldloop.metrics.answer import Answer
from goldloop.metrics.bridge import bridge
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.reconcile import Scope

FIRST = datetime(2026, 6, 1, 12)
STORE = Store(id=1, name="A", platform="douyin", opened_on=date(2026, 6, 1))
NAMES = (
    "gmv",
    "refunded_gmv",
    "net",
    "subsidy",
    "merchant_gmv",
    "gross_profit",
    "contribution",
    "platform_discount",
    "user_paid",
)


def order(number: str, goods: int, borne: int | None, *, store: int = 1, **more: Any) -> dict[str, Any]:
    """A paid order: goods by the merchant amount, of which the platform bears a part; 3.00 postage."""
    return {
        "store": store, "order_id": number, "placed_at": FIRST, "counted_at": FIRST, "status": "finished", "goods_amount": goods,
        "platform_discount": borne, "postage": 300, "user_paid": goods - (borne or 0) + 300, "buyer_key": number, **more,
    }  # fmt: skip


def line(number: str, key: str, goods: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": number,
        "line_key": key,
        "line_id": key,
        "goods_amount": goods,
        "quantity": 1,
        "sku": key,
        **more,
    }


# a: 100.00 of which the platform bears 10.00 and 30.01 / 69.99 are its lines; b: 60.00 with 6.00, refunded in full, the
# platform gets its 6.00 back; c: 40.00 with 4.00, refunded 10.00 of which 1.00 to the platform; d says nothing of it.
ORDERS = [order("a", 10_000, 1_000), order("b", 6_000, 600), order("c", 4_000, 400), order("d", 2_000, None)]
LINES = [
    line("a", "p", 3_001),
    line("a", "q", 6_999),
    line("b", "p", 6_000),
    line("c", "q", 4_000),
    line("d", "q", 2_000),
]
REFUNDS = [
    {"refund_id": "b", "order_id": "b", "status": "done", "refunded_at": FIRST, "amount": 6_000, "amount_platform": 600},
    {"refund_id": "c", "order_id": "c", "status": "done", "refunded_at": FIRST, "amount": 1_000, "amount_platform": 100},
]  # fmt: skip
PRODUCTS = [
    {"item_kind": "sku", "item_id": "p", "cost": Decimal(10)},
    {"item_kind": "sku", "item_id": "q", "cost": Decimal(5)},
]
DAY = {"first_day": FIRST.date(), "last_day": FIRST.date()}
COSTS = [{"kind": "labour", "cost_id": "", **DAY, "amount": 700}]
ADS = [{**DAY, "tool": "t", "campaign_id": "c", "subject_kind": "shop", "subject_id": "", "cost": 300}]
MERCHANT = {
    "gmv": 22_000, "refunded_gmv": 7_000, "net": 15_000, "subsidy": 0, "merchant_gmv": 22_000, "platform_discount": 2_000,
    "gross_profit": 22_000 - 2 * 1_000 - 3 * 500, "user_paid": 21_200, "contribution": 15_000 - 1_000 - 3 * 500 - 700 - 300,
}  # fmt: skip
PAID = {**MERCHANT, "gmv": 20_000, "refunded_gmv": 6_300, "net": 13_700, "subsidy": 2_000}


def lake(folder: Any, stores: dict[int, Store], *more: Any) -> Shop:
    """A lake with the orders above."""
    shop = Shop(folder, stores)
    tables = {
        "orders": ORDERS,
        "order_lines": LINES,
        "refunds": REFUNDS,
        "products": PRODUCTS,
        "costs": COSTS,
        "ads": ADS,
    }
    shop.load(*(said(name, rows) for name, rows in tables.items()), *more)
    return shop


def as_set(amount: GmvAmount) -> dict[int, Store]:
    return {1: replace(STORE, gmv_amount=amount)}


def ask(shop: Shop, names: tuple[str, ...] = NAMES, **more: Any) -> Answer:
    request = Request(parse_period("2026-06-01"), names, **more)
    return figures(Engine(shop.snapshot), Viewer(frozenset(shop.stores)), shop.stores, request)


def values(answer: Answer, row: int = 0) -> dict[str, Any]:
    return {name: answer.value(name, row) for name in answer.figures}


def codes(answer: Answer) -> dict[str, dict[str, Any]]:
    return {n.code: n.params for n in answer.notes}


def test_both_amounts_by_hand(tmp_path: Any) -> None:
    """Sales and refunds follow the setting; profit, and the amounts that stand beside, are the same."""
    shop = lake(tmp_path, as_set("merchant"))
    assert values(ask(shop)) == MERCHANT
    assert not {"gmv_paid", "discount_unstated"} & codes(ask(shop)).keys()
    shop.stores = as_set("paid")
    shop.refinish()
    answer = ask(shop)
    assert values(answer) == PAID
    assert answer.scope["gmv_amount"] == ["paid"]
    assert codes(answer)["gmv_paid"] == {"stores": "A"}
    assert codes(answer)["discount_unstated"] == {"orders": 1}
    shop.stores = as_set("merchant")
    shop.refinish()
    assert values(ask(shop)) == MERCHANT


def test_lines_share_what_the_platform_bears(tmp_path: Any) -> None:
    """10.00 over lines of 30.01 and 69.99 is 3.00 and 7.00; products sum to the store."""
    shop = lake(tmp_path, as_set("paid"))
    names = ("gmv", "refunded_gmv", "subsidy", "gross_profit")
    answer = ask(shop, names, by=("sku",))
    assert {k: list(values(answer, i).values()) for i, k in enumerate(answer.columns["sku"])} == {
        "p": [2_701 + 5_400, 5_400, 300 + 600, 9_001 - 2_000],
        "q": [6_299 + 3_600 + 2_000, 900, 700 + 400, 12_999 - 1_500],
    }
    assert [sum(answer.columns[n]) for n in names] == [PAID[n] for n in names]


def test_lines_that_state_it_keep_it(tmp_path: Any) -> None:
    shop = Shop(tmp_path, as_set("paid"))
    lines = [line("a", "p", 3_000, platform_discount=900), line("a", "q", 7_000, platform_discount=100)]
    shop.load(said("orders", [order("a", 10_000, 1_000)]), said("order_lines", lines))
    assert [(r["gmv_all"], r["subsidy"]) for r in shop.rows("order_lines")] == [(2_100, 900), (6_900, 100)]


def test_two_settings_in_one_group(tmp_path: Any) -> None:
    """A sum over both says so; by store each counts its own."""
    stores = {**as_set("paid"), 2: Store(id=2, name="B", platform="tmall")}
    shop = lake(tmp_path, stores, said("orders", [order("e", 5_000, 500, store=2)]))
    both = ask(shop, ("gmv", "merchant_gmv"))
    assert values(both) == {"gmv": 25_000, "merchant_gmv": 27_000}
    assert codes(both)["gmv_mixed"] == {"paid": "A", "merchant": "B"}
    assert both.scope["gmv_amount"] == ["merchant", "paid"]
    each = ask(shop, ("gmv",), by=("store",))
    assert dict(zip(each.columns["store"], each.columns["gmv"], strict=True)) == {"A": 20_000, "B": 5_000}
    assert codes(each)["gmv_paid"] == {"stores": "A"} and "gmv_mixed" not in codes(each)
    assert "gmv_paid" not in codes(ask(shop, ("orders",)))


@pytest.mark.parametrize("report", ["douyin_shop_day", "sycm_shop_day"])
def test_platform_rows_of_another_amount_are_no_root(tmp_path: Any, report: str) -> None:
    """Rows that hold the platform's discounts, or do not say: orders answer for the money of a store that leaves them out."""
    shop = lake(tmp_path, as_set("paid"), said("store_day", [{**DAY, "report": report, "gmv": 30_000, "visitors": 9}]))
    answer = ask(shop, ("gmv", "visitors", "merchant_gmv"))
    assert values(answer) == {"gmv": 20_000, "visitors": 9, "merchant_gmv": 22_000}
    assert answer.data["sources"] == ["orders"] and codes(answer)["root_amount"] == {"stores": "A"}
    asked = ask(shop, ("gmv", "merchant_gmv"), basis="platform")  # its own number, beside which nothing stands
    assert values(asked) == {"gmv": 30_000, "merchant_gmv": 30_000}
    assert codes(asked)["root_own"] == {"stores": "A"}
    shop.stores = as_set("merchant")
    shop.refinish()
    assert ask(shop).data["sources"] == ["platform"]


def test_platform_rows_of_what_buyers_paid_are_a_root(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {"platform-overview": {"gmv": {"own": {"platform_discount": ["out", "certain"]}}}}
    monkeypatch.setattr(bridge_counts, "_file", lambda: declared)
    shop = lake(tmp_path, as_set("paid"), said("store_day", [{**DAY, "report": "own", "gmv": 20_100}]))
    answer = ask(shop, ("gmv", "merchant_gmv"))
    assert values(answer) == {"gmv": 20_100, "merchant_gmv": 22_100} and answer.data["sources"] == ["platform"]
    shop.stores = as_set("merchant")
    shop.refinish()
    assert ask(shop, ("gmv",)).data["sources"] == ["orders"]


@pytest.mark.parametrize(("amount", "report", "lines"), [
    ("merchant", "douyin_shop_day", {}),
    ("paid", "douyin_shop_day", {"platform_discount": 2_000}),
    ("paid", "sycm_shop_day", {"unexplained": 2_000}),
])  # fmt: skip
def test_the_bridge_names_it_under_both_settings(
    tmp_path: Any, amount: GmvAmount, report: str, lines: dict[str, int]
) -> None:
    """The platform states 220.00; what it does not declare is taken to be as in orders, and proposed."""
    shop = lake(tmp_path, as_set(amount), said("store_day", [{**DAY, "report": report, "gmv": 22_000}]))
    scope = Scope(shop.snapshot, shop.stores[1], (), FIRST.date(), FIRST.date())
    found = bridge(Engine(shop.snapshot), Viewer(frozenset({1})), scope, "gmv", "orders", "platform-overview")
    assert found.left.amount == (22_000 if amount == "merchant" else 20_000)
    assert {x.name: x.amount for x in found.lines} == lines and found.residual == 0
    assert [tie.changes for tie in found.ties] == (
        [(("platform_discount", "out", "in"),)] if "unexplained" in lines else []
    )


def test_the_bridge_to_settlements_takes_back_the_platforms_part(tmp_path: Any) -> None:
    """Money booked holds what the platform bears, and refunds of it: both settings end at the same orders."""
    booked = [
        {"settlement_id": n, "order_id": n, "row_key": n, "component": "货款", "settled_at": FIRST, "amount": amount}
        for n, amount in (("a", 10_300), ("b", 300), ("c", 3_300), ("d", 2_300))
    ]
    lines: dict[str, dict[str, int]] = {}
    for amount in ("merchant", "paid"):
        shop = lake(tmp_path / amount, as_set(amount), said("settlements", booked))  # type: ignore[arg-type]
        scope = Scope(shop.snapshot, shop.stores[1], (), FIRST.date(), FIRST.date())
        found = bridge(Engine(shop.snapshot), Viewer(frozenset({1})), scope, "gmv", "orders", "settlements")
        assert found.residual == 0
        lines[amount] = {x.name: x.amount for x in found.lines}
    assert lines["merchant"] == {"postage": 1_200, "refunds": -7_000}
    assert lines["paid"] == {"postage": 1_200, "platform_discount": 2_000, "refunds": -7_000}
