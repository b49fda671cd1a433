"""Finishing: amounts, days, exclusions and refunds of orders and their lines, by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goldloop.core.exclusion import ExclusionRule
from goldloop.core.store import Store
from tests.lake.builders import NOON, Shop, said

PAID = datetime(2026, 6, 1, 0, 30)
LATER = NOON + timedelta(days=1)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "lake")


def order(order_id: str = "A", **columns: Any) -> dict[str, Any]:
    return {"order_id": order_id, "placed_at": PAID, "counted_at": PAID, "status": "paid", **columns}


def line(key: str, order_id: str = "A", **columns: Any) -> dict[str, Any]:
    return {"order_id": order_id, "line_key": key, "kind": "sale", **columns}


def test_amount_is_the_sum_of_the_lines_when_the_order_states_none(shop: Shop) -> None:
    shop.load(
        said("orders", [order(postage=7)]),
        said("order_lines", [
            line("x", goods_amount=100, user_paid=90, quantity=1, list_value=120),
            line("y", goods_amount=50, user_paid=50, quantity=2, list_value=60),
            line("z", kind="gift", goods_amount=9, user_paid=9, quantity=5, list_value=9),
        ]),
    )  # fmt: skip
    row = shop.one("orders")
    assert (row["goods_amount"], row["user_paid"], row["list_value"], row["quantity"]) == (150, 147, 180, 3)
    assert (row["gmv_all"], row["gmv"], row["units"], row["line_count"], row["counts"]) == (150, 150, 3, 3, True)
    assert [r["gmv_all"] for r in shop.rows("order_lines")] == [100, 50, 0]
    assert [r["counts"] for r in shop.rows("order_lines")] == [True, True, False]


def test_header_amounts_win_and_are_split_by_list_value(shop: Shop) -> None:
    shop.load(
        said("order_lines", [line(k, list_value=v, goods_amount=40) for k, v in (("a", 100), ("b", 100), ("c", 100))])
    )
    assert [r["gmv_all"] for r in shop.rows("order_lines")] == [None, None, None]  # nobody knows whether it was paid
    shop.load(said("orders", [order(goods_amount=100)]))
    assert [r["gmv_all"] for r in shop.rows("order_lines")] == [34, 33, 33]
    shop.load(said("orders", [order(goods_amount=120)], moment=LATER))
    assert [r["gmv_all"] for r in shop.rows("order_lines")] == [40, 40, 40]  # as stated, when that is the sum


def test_a_filled_amount_follows_its_lines(shop: Shop) -> None:
    shop.load(said("orders", [order()]), said("order_lines", [line("x", goods_amount=10)]))
    shop.load(said("order_lines", [line("y", goods_amount=5)], moment=LATER))
    assert shop.one("orders")["goods_amount"] == 15
    again = shop.load(said("orders", [order()], moment=LATER))
    assert again.tables["orders"].unchanged == 1  # what was filled in is no statement
    shop.load(said("order_lines", [line("y", goods_amount=None)], moment=LATER + timedelta(days=1)))
    row = shop.one("orders")
    assert (row["goods_amount"], row["gmv_all"], row["gmv"]) == (None, None, None)  # not known is not zero
    assert [r["gmv_all"] for r in shop.rows("order_lines")] == [None, None]


def test_amount_from_what_was_paid(shop: Shop) -> None:
    shop.load(said("orders", [order(user_paid=110, postage=10, platform_discount=20)]))
    assert shop.one("orders")["gmv_all"] == 120
    assert shop.one("orders")["goods_amount"] is None


@pytest.mark.parametrize(
    ("change", "gmv"),
    [
        ({"counted_at": None}, 0),
        ({"status": "unpaid"}, 0),
        ({"status": "closed_unpaid"}, 0),
        ({"status": "closed_refunded"}, 100),
    ],
)
def test_when_an_order_counts(shop: Shop, change: dict[str, Any], gmv: int) -> None:
    shop.load(said("orders", [{**order(goods_amount=100), **change}]), said("order_lines", [line("x", quantity=3)]))
    row = shop.one("orders")
    assert (row["gmv_all"], row["gmv"], row["counts"], row["units"]) == (gmv, gmv, gmv > 0, 3 if gmv else 0)
    assert shop.one("order_lines")["gmv_all"] == gmv


@pytest.mark.parametrize("first", ["orders", "order_lines"])
def test_an_order_that_an_older_file_shows_unpaid_counts_when_its_lines_were_paid(shop: Shop, first: str) -> None:
    """The list of orders was exported before the payment, the file of its lines after it; loaded in any order."""
    unpaid = said("orders", [order(status="unpaid", counted_at=None, goods_amount=100)])
    pay_time = said("orders", [{"order_id": "A", "placed_at": PAID, "counted_at": PAID}], moment=LATER)
    sent = said("order_lines", [line("x", goods_amount=100, quantity=2, status="shipped")], moment=LATER)
    shop.load(*([unpaid] if first == "orders" else [pay_time, sent]))
    shop.load(*([pay_time, sent] if first == "orders" else [unpaid]))
    row = shop.one("orders")
    assert (row["status"], row["counts"], row["gmv"], row["units"]) == ("shipped", True, 100, 2)
    assert shop.load(unpaid).tables["orders"].unchanged == 1
    assert shop.rebuild().tables.get("orders") is None or shop.one("orders") == row
    shop.undo(2 if first == "orders" else 1)
    row = shop.one("orders")
    assert (row["status"], row["counts"], row["gmv"]) == ("unpaid", False, 0)


def test_an_order_whose_deposit_was_paid_does_not_count_yet(shop: Shop) -> None:
    """In a pre-sale the time of payment stands there with the deposit, while order and lines are unpaid."""
    shop.load(
        said("orders", [order(status="unpaid", goods_amount=100)]),
        said("order_lines", [line("x", goods_amount=100, status="unpaid")], moment=LATER),
    )
    assert (shop.one("orders")["counts"], shop.one("orders")["gmv"]) == (False, 0)
    shop.load(said("order_lines", [line("x", goods_amount=100, status="paid")], moment=LATER + timedelta(days=9)))
    assert (shop.one("orders")["counts"], shop.one("orders")["gmv"]) == (True, 100)


def test_an_order_of_gifts_only_does_not_count(shop: Shop) -> None:
    shop.load(
        said("orders", [order(goods_amount=100)]), said("order_lines", [line("x", kind="zero_price", goods_amount=0)])
    )
    assert (shop.one("orders")["counts"], shop.one("orders")["gmv_all"]) == (False, 0)


def test_status_from_the_lines(shop: Shop) -> None:
    shop.load(
        said("orders", [{"order_id": "A", "counted_at": PAID}]),
        said(
            "order_lines", [line("x", status="shipped"), line("y", status="paid"), line("z", status="closed_refunded")]
        ),
    )
    assert shop.one("orders")["status"] == "part_shipped"
    shop.load(said("orders", [order(status="finished")], moment=LATER))
    assert shop.one("orders")["status"] == "finished"


def test_business_day(tmp_path: Path) -> None:
    store = Store(id=1, name="A", platform="other", day_starts=120)
    shop = Shop(tmp_path / "lake", {1: store})
    shop.load(
        said("orders", [order(placed_at=datetime(2026, 5, 31, 2))]),
        said("order_lines", [line("x")]),
        said("refunds", [
            {"refund_id": "1", "status": "done", "refunded_at": datetime(2026, 7, 1, 1, 59)},
            {"refund_id": "2", "status": "open", "refunded_at": datetime(2026, 7, 1, 2)},
        ]),
        said("visits", [{"visitor_key": "v", "visited_at": datetime(2026, 1, 1, 1)}]),
    )  # fmt: skip
    row = shop.one("orders")
    assert (row["day"], row["placed_day"], row["hour"]) == (date(2026, 5, 31), date(2026, 5, 31), 0)
    assert shop.one("order_lines")["day"] == date(2026, 5, 31)
    assert [r["day"] for r in shop.rows("refunds")] == [date(2026, 6, 30), None]
    assert shop.one("visits")["day"] == date(2025, 12, 31)


def test_settings_and_rules_that_change(shop: Shop) -> None:
    rows = [line("x", goods_amount=10, title="邮费补差"), line("y", goods_amount=5, title="cup")]
    shop.load(
        said("orders", [order()]),
        said("order_lines", rows),
        said("refunds", [{"refund_id": "1", "status": "done", "refunded_at": PAID}]),
        said("visits", [{"visitor_key": "v", "visited_at": PAID}]),
    )
    before = shop.state()
    versions = shop.versions
    assert shop.refinish().versions == versions  # nothing is another now: nothing is written
    shop.stores = {1: Store(id=1, name="A", platform="other", day_starts=60)}
    shop.rules = (ExclusionRule("postage", "title_words", ("补差",)),)
    result = shop.refinish()
    assert shop.one("orders")["day"] == date(2026, 5, 31) == shop.one("refunds")["day"] == shop.one("visits")["day"]
    assert (shop.one("orders")["gmv"], shop.one("orders")["gmv_all"]) == (5, 15)
    assert result.touched_days["day"].to_pylist() == [date(2026, 5, 31), date(2026, 6, 1)]
    shop.stores, shop.rules = {1: Store(id=1, name="A", platform="other")}, ()
    shop.refinish()
    assert shop.state() == before


@pytest.mark.parametrize(
    ("rule", "excluded"),
    [
        (ExclusionRule("r", "product", ("p1",)), ["x"]),
        (ExclusionRule("r", "sku", ("s2",)), ["y"]),
        (ExclusionRule("r", "title_words", ("CUP",)), ["x"]),
        (ExclusionRule("r", "amount", ("0.05",)), ["y"]),
        (ExclusionRule("r", "amount", ("0.05",), frozenset({2})), []),
        (ExclusionRule("r", "note_words", ("sample",)), ["x", "y"]),
        (ExclusionRule("r", "buyer", ("b", "c")), ["x", "y"]),
        (ExclusionRule("r", "order_source", ("u先试用",)), ["x", "y"]),
        (ExclusionRule("r", "flag", ("fake",)), ["x", "y"]),
        (ExclusionRule("r", "flag", ("fak",)), []),
        (ExclusionRule("r", "product", ()), []),
    ],
)
def test_rules(tmp_path: Path, rule: ExclusionRule, excluded: list[str]) -> None:
    shop = Shop(tmp_path / "lake", rules=(rule,))
    shop.load(
        said("orders", [order(seller_note="A Sample", buyer_key="b", order_source="u先试用", flags="new fake")]),
        said("order_lines", [
            line("x", product_id="p1", sku="s1", title="red cup", goods_amount=100, quantity=1),
            line("y", product_id="p2", sku="s2", title="o'clock", goods_amount=15, quantity=3),
        ]),
    )  # fmt: skip
    rows = {r["line_key"]: r for r in shop.rows("order_lines")}
    assert [k for k, r in rows.items() if r["exclusion"] == "r"] == excluded
    assert [k for k, r in rows.items() if not r["counts"]] == excluded
    whole = len(excluded) == 2
    kept = sum(r["gmv_all"] for k, r in rows.items() if k not in excluded)
    head = shop.one("orders")
    assert (head["gmv_all"], head["gmv"], head["counts"], head["exclusion"]) == (
        115,
        kept,
        not whole,
        "r" if whole else None,
    )
    assert head["units"] == sum(r["quantity"] for k, r in rows.items() if k not in excluded)
    assert head["gmv"] == sum(r["gmv"] for r in rows.values())


def test_order_of_which_every_sale_line_is_excluded(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "lake", rules=(ExclusionRule("cent", "amount", ("0.01",)),))
    shop.load(
        said("orders", [order()]),
        said(
            "order_lines", [line("x", goods_amount=1, quantity=1), line("y", kind="gift", goods_amount=0, quantity=1)]
        ),
    )
    row = shop.one("orders")
    assert (row["counts"], row["exclusion"], row["gmv"], row["gmv_all"], row["units"]) == (False, "cent", 0, 1, 0)


def refund(refund_id: str, amount: int | None, **columns: Any) -> dict[str, Any]:
    return {"refund_id": refund_id, "order_id": "A", "status": "done", "refunded_at": PAID, "amount": amount, **columns}


def test_refunds_of_the_after_sale_list(shop: Shop) -> None:
    shop.load(
        said("orders", [order(refund_stated=99, refund_basis="known")]),
        said("order_lines", [line("x", line_id="1", goods_amount=60), line("y", line_id="2", goods_amount=40)]),
    )
    row = shop.one("orders")
    assert (row["refunded"], row["refunded_basis"]) == (99, "stated")
    assert [r["refunded"] for r in shop.rows("order_lines")] == [59, 40]
    shop.load(said("refunds", [refund("1", 40, line_id="2"), refund("2", 6), refund("3", 50, status="open")]))
    row = shop.one("orders")
    assert (row["refunded"], row["refunded_basis"]) == (46, "aftersale")
    assert [r["refunded"] for r in shop.rows("order_lines")] == [6, 40]  # y has nothing left to refund
    shop.load(said("refunds", [refund("2", 6, order_id="B")], moment=LATER))
    assert shop.one("orders")["refunded"] == 40


def test_a_refund_of_unknown_size_on_one_line_makes_the_orders_unknown(shop: Shop) -> None:
    shop.load(
        said("orders", [order(goods_amount=100)]),
        said("order_lines", [
            line("x", refund_stated=20, refund_basis="known"), line("y", refund_stated=None, refund_basis="unknown"),
        ]),
    )  # fmt: skip
    row = shop.one("orders")
    assert (row["refunded"], row["refunded_basis"]) == (None, "unknown")


def test_an_order_of_which_only_the_day_is_known_has_no_hour(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "lake", {1: Store(1, "A", "pdd", day_starts=360)})
    midnight = datetime(2026, 6, 1)
    known = {"placed_at": midnight, "counted_at": midnight}
    shop.load(said("orders", [
        order("A", moment_basis="inferred_day", **known), order("B", moment_basis="paid", **known),
    ]))  # fmt: skip
    assert [(r["day"], r["placed_day"], r["hour"]) for r in shop.rows("orders")] == [
        (date(2026, 6, 1), date(2026, 6, 1), None), (date(2026, 5, 31), date(2026, 5, 31), 0),
    ]  # fmt: skip


def test_refund_is_never_above_the_goods_sold(shop: Shop) -> None:
    shop.load(said("orders", [order(goods_amount=100, postage=10)]), said("refunds", [refund("1", 500)]))
    assert shop.one("orders")["refunded"] == 100  # refunded postage stands apart


@pytest.mark.parametrize(
    ("stated", "basis", "lines", "wanted"),
    [
        (30, "inferred", [None], (30, "inferred")),
        (None, "unknown", [5], (None, "unknown")),
        (None, None, [5, 7], (12, "stated")),
        (None, None, [None, None], (None, None)),
        (0, "known", [5], (0, "stated")),
    ],
)
def test_basis_of_refunds(
    shop: Shop, stated: int | None, basis: str | None, lines: list[int | None], wanted: tuple[int | None, str | None]
) -> None:
    shop.load(
        said("orders", [order(goods_amount=100, refund_stated=stated, refund_basis=basis)]),
        said("order_lines", [line(str(i), refund_stated=r) for i, r in enumerate(lines)]),
    )
    row = shop.one("orders")
    assert (row["refunded"], row["refunded_basis"]) == wanted
    if wanted[0] is not None:
        assert sum(r["refunded"] for r in shop.rows("order_lines")) == wanted[0]


def test_refund_that_arrives_before_its_order(shop: Shop) -> None:
    shop.load(said("refunds", [refund("1", 7)]))
    shop.load(said("orders", [order(goods_amount=100)]))
    assert shop.one("orders")["refunded"] == 7


def test_amounts_beyond_64_bits_on_the_way(shop: Shop) -> None:
    huge = 4_000_000_000_000_000_000
    shop.load(
        said("orders", [order(goods_amount=huge)]),
        said("order_lines", [line("x", list_value=huge // 3), line("y", list_value=huge // 7)]),
    )
    parts = [r["gmv_all"] for r in shop.rows("order_lines")]
    assert sum(parts) == huge
    from goldloop.core.money import split

    assert parts == split(huge, [huge // 3, huge // 7])
