"""The lake against the plain computation of `oracle`, over random histories of imports."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldloop.core.exclusion import ExclusionRule
from goldloop.core.statements import RANKS, Statements
from goldloop.core.store import GMV_AMOUNTS, Store
from tests.lake.builders import Shop, said
from tests.lake.oracle import expected

STORES = {
    1: Store(id=1, name="A", platform="tmall", day_starts=120),
    2: Store(id=2, name="B", platform="other", currency="JPY"),
}
RULES = (
    ExclusionRule("gift", "product", ("p1",)),
    ExclusionRule("cent", "amount", ("0.01", "3"), frozenset({1})),
    ExclusionRule("test", "note_words", ("Test",)),
    ExclusionRule("words", "title_words", ("补差", "邮费")),
)
_DAYS = [datetime(2026, 5, 30, 22) + timedelta(hours=7 * i) for i in range(12)]
_ORDERS = tuple(f"A{i}" for i in range(7))
_AMOUNTS = (None, 0, 1, 3, 7, 50, 99, 100, 333, -5)
_STATUS = (None, "unpaid", "paid", "shipped", "part_shipped", "finished", "closed_unpaid", "closed_refunded", "locked")
_COLUMNS: dict[str, dict[str, tuple[Any, ...]]] = {
    "orders": {
        "placed_at": (None, *_DAYS), "counted_at": (None, *_DAYS), "status": _STATUS, "goods_amount": _AMOUNTS,
        "user_paid": _AMOUNTS, "list_value": _AMOUNTS, "postage": (None, 0, 10), "platform_discount": (None, 0, 5),
        "quantity": (None, 1, 4), "refund_stated": (None, None, 0, 20, 400), "seller_note": (None, "a test", "gut"),
        "refund_basis": (None, "known", "inferred", "unknown"), "buyer_key": (None, "b1", "b2"),
        "moment_basis": (None, "paid", "inferred_day"),
    },
    "order_lines": {
        "placed_at": (None, *_DAYS), "status": _STATUS, "kind": (None, "sale", "sale", "gift"), "line_id": (None, "1", "2"),
        "quantity": (None, 1, 2, 3), "list_value": (None, 0, 10, 100, 33), "goods_amount": (None, *_AMOUNTS),
        "user_paid": (None, *_AMOUNTS), "platform_discount": (None, 0, 5), "refund_stated": (None, None, 0, 3, 60),
        "refund_basis": (None, "known", "inferred", "unknown"), "product_id": (None, "p1", "p2", "p3"),
        "title": (None, "cup", "补差价 cup"),
    },
    "refunds": {
        "order_id": (None, *_ORDERS), "line_id": (None, "1", "2"), "status": (None, "done", "done", "open"),
        "refunded_at": (None, *_DAYS), "amount": (None, 1, 7, 40, 200),
        "amount_platform": (None, 0, 3, 50),
    },
    "visits": {"source": (None, "s"), "page_views": (None, 1)},
    "touches": {"coupon": (None, "c1", "c2"), "day": (None, *(moment.date() for moment in _DAYS[:4]))},
}  # fmt: skip
_KEYS: dict[str, dict[str, tuple[Any, ...]]] = {
    "orders": {"order_id": _ORDERS},
    "order_lines": {"order_id": _ORDERS, "line_key": ("x", "y", "z", "a")},
    "refunds": {"refund_id": ("R1", "R2", "R3", "R4")},
    "visits": {"visitor_key": ("v",), "visited_at": tuple(_DAYS[:2])},
    "touches": {
        "campaign_id": ("8",),
        "buyer_key": ("b1", "b2"),
        "kind": ("sent", "used"),
        "touch_key": ("", "c1"),
    },
}
_MOMENTS = [datetime(2026, 6, 20) + timedelta(days=i) for i in range(4)]


def _file(draw: random.Random) -> list[Statements]:
    """One random import: some tables, each with some columns and some keys, stated at one or several moments."""
    found = []
    rank = draw.choice((*RANKS, *["platform"] * 3))
    for table in draw.sample(sorted(_COLUMNS), draw.randint(1, 3)):
        for _ in range(draw.choice((1, 1, 1, 2))):
            columns = draw.sample(sorted(_COLUMNS[table]), draw.randint(1, len(_COLUMNS[table])))
            moment = draw.choice(_MOMENTS)
            rows = []
            for _ in range(draw.randint(1, 25)):
                row: dict[str, Any] = {n: draw.choice(v) for n, v in _KEYS[table].items()}
                row |= {n: draw.choice(_COLUMNS[table][n]) for n in columns}
                row |= {"store": draw.choice((1, 1, 1, 2)), "_row": draw.randint(2, 30)}
                row["_moment"] = draw.choice(_MOMENTS) if draw.random() < 0.2 else moment
                rows.append(row)
            found.append(said(table, rows, carried=columns, rank=rank))
    return found


def _shop(folder: str, name: str, stores: dict[int, Store] = STORES) -> Shop:
    return Shop(Path(folder) / name, stores, RULES)


def _check(shop: Shop, files: list[list[Statements]]) -> None:
    assert shop.state() == expected([s for file in files for s in file], shop.stores, RULES)


def _stores(draw: random.Random) -> dict[int, Store]:
    """The two stores, each with one of both amounts as its gmv."""
    return {i: replace(store, gmv_amount=draw.choice(GMV_AMOUNTS)) for i, store in STORES.items()}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_any_history_gives_what_the_statements_say(seed: int) -> None:
    """Order, splitting, repeats, undo and rebuild never matter: the facts are a function of what is said."""
    any_history(seed)


@pytest.mark.soak
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_any_history_at_length(seed: int) -> None:
    """The same with many more histories."""
    any_history(seed)


def any_history(seed: int) -> None:
    """One random history of files, repeats, and rebuild, other order, other settings or undo, against the plain-Python oracle."""
    draw = random.Random(seed)
    stores = _stores(draw)
    files = [_file(draw) for _ in range(draw.randint(1, 3))]
    if draw.random() < 0.5:  # the same content again, in part
        files.append([replace(s, rows=s.rows.slice(0, 9)) for s in draw.choice(files)])
    with tempfile.TemporaryDirectory() as folder:
        shop = _shop(folder, "one", stores)
        for file in files:
            shop.load(*file)
        _check(shop, files)
        act = draw.choice(("rebuild", "shuffle", "shuffle", "undo", "amounts"))
        if act == "rebuild":
            shop.rebuild()
            _check(shop, files)
        elif act == "amounts":
            shop.stores = _stores(draw)
            shop.refinish()
            _check(shop, files)
        elif act == "shuffle":
            other = _shop(folder, "two", stores)
            for number in draw.sample(range(len(files)), len(files)):
                other.load(*_split(files[number], draw))
            _check(other, files)
        else:
            gone = draw.sample(range(len(files)), draw.randint(1, len(files)))
            shop.undo(*(n + 1 for n in gone))
            left = [file for n, file in enumerate(files) if n not in gone]
            _check(shop, left)
            back = draw.choice(files)
            shop.load(*back)
            _check(shop, [*left, back])


def _split(file: list[Statements], draw: random.Random) -> list[Statements]:
    """The same rows in another order and in several sheets."""
    found = []
    for one in file:
        rows = one.rows.take(draw.sample(range(one.rows.num_rows), one.rows.num_rows))
        cut = draw.randint(0, rows.num_rows)
        found += [replace(one, rows=part) for part in (rows.slice(0, cut), rows.slice(cut)) if part.num_rows]
    return found


def test_thousands_of_orders() -> None:
    """One larger history, with many months, lines and refunds: lines sum to their orders, and all is as computed plainly."""
    draw = random.Random(7)
    ids = [f"{n:019d}" for n in draw.sample(range(10**18), 900)]
    files = []
    for moment in _MOMENTS[:3]:
        orders, lines, refunds = [], [], []
        for order_id in draw.sample(ids, 600):
            placed = datetime(2025, 1, 1) + timedelta(hours=int(order_id) % 9000)
            amount = draw.choice((None, draw.randint(0, 99999)))
            orders.append({"order_id": order_id, "placed_at": placed, "counted_at": placed, "goods_amount": amount,
                           "status": draw.choice(_STATUS), "postage": draw.choice((None, 0, 800))})  # fmt: skip
            for number in range(draw.randint(0, 4)):
                lines.append({"order_id": order_id, "line_key": f"{order_id}-{number}", "line_id": str(number),
                              "list_value": draw.randint(0, 9999), "goods_amount": draw.choice((None, draw.randint(1, 9999))),
                              "quantity": draw.randint(1, 3), "product_id": f"p{draw.randint(1, 20)}"})  # fmt: skip
            if draw.random() < 0.1:
                refunds.append({"refund_id": order_id, "order_id": order_id, "status": "done", "amount": draw.randint(1, 9999),
                                "refunded_at": placed + timedelta(days=20), "line_id": draw.choice((None, "0"))})  # fmt: skip
        tables = (("orders", orders), ("order_lines", lines), ("refunds", refunds))
        files.append([said(name, rows, moment=moment) for name, rows in tables])
    with tempfile.TemporaryDirectory() as folder:
        shop = _shop(folder, "one")
        for number in (1, 0, 2):
            shop.load(*files[number])
        _check(shop, files)
        sums: dict[str, int | None] = {}
        for line in shop.rows("order_lines"):
            held = sums.get(line["order_id"], 0)
            sums[line["order_id"]] = None if held is None or line["gmv_all"] is None else held + line["gmv_all"]
        heads = {r["order_id"]: r["gmv_all"] for r in shop.rows("orders") if r["line_count"]}
        assert heads == sums
        shop.undo(2)
        _check(shop, files[1:])
