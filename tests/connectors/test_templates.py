"""Templates: recognised, explained, empty when empty, and read back to exactly what was written."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from goldloop.connectors.normalise import Normalised, normalise
from goldloop.connectors.profile import check_profile, load_profiles
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.readers.delimited import DelimitedSheet
from goldloop.connectors.recognise import recognise
from goldloop.connectors.templates import template_columns, template_csv, template_profile, template_profiles
from goldloop.core.store import Store
from goldloop.lake.schema import FILLED, TABLES

STORE = Store(id=7, name="A", platform="tmall")
PROFILES = [*load_profiles(None), *template_profiles(FILLED)]


def sheet_of(data: bytes) -> RawSheet:
    return DelimitedSheet(pa.py_buffer(data), file="mine.csv")


def filled(table: str, *rows: dict[str, str], only: tuple[str, ...] | None = None) -> bytes:
    """The template with these rows below; `only` names the columns that are kept."""
    with io.StringIO(template_csv(template_columns(TABLES[table])).decode("utf-8-sig"), newline="") as text:
        header, about = list(csv.reader(text))
    names = [*header, *dict.fromkeys(k for row in rows for k in row if k not in header)]
    names = names if only is None else list(only)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerow(dict(zip(header, about, strict=True)))
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def read(data: bytes, table: str, **more: Any) -> Normalised:
    recognition = recognise(sheet_of(data), PROFILES)
    assert recognition.profile is not None
    assert recognition.profile.id == f"goldloop-{table}"
    moment = datetime(2026, 11, 1)
    return normalise(
        sheet_of(data),
        recognition,
        store=STORE,
        tables=TABLES,
        secret=b"k",
        file_name="mine.csv",
        import_moment=moment,
        **more,
    )


def rows_of(found: Normalised, table: str) -> list[dict[str, Any]]:
    return [row for s in found.statements if s.table == table for row in s.rows.to_pylist()]


# ------------------------------------------------------------------------------------------------------ every table


@pytest.mark.parametrize("table", FILLED)
def test_every_table_has_a_template_that_is_recognised_and_empty(table: str) -> None:
    data = template_csv(template_columns(TABLES[table]))
    check_profile(template_profile(TABLES[table]), TABLES)
    recognition = recognise(sheet_of(data), PROFILES)
    assert recognition.profile is not None
    assert (recognition.profile.id, recognition.confidence, recognition.unused) == (f"goldloop-{table}", 1.0, ())
    found = read(data, table)
    assert (found.read, found.dropped, found.statements, found.issues) == (1, {"description_row": 1}, [], [])


@pytest.mark.parametrize("table", FILLED)
def test_a_template_names_the_schema_s_columns_and_explains_each(table: str) -> None:
    data = template_csv(template_columns(TABLES[table]))
    assert data.startswith(b"\xef\xbb\xbf")
    header, about = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(header) == len(about) == len(set(header))
    assert all(text.startswith("# ") and len(text) > 5 for text in about)
    assert not {"buyer_key", "visitor_key", "counted_at"} & set(header)
    stated = {c.name for c in TABLES[table].fillable}
    extra = {"buyer", "visitor", "updated_at", "valid_from", *template_columns(TABLES["orders"])}
    assert set(header) <= stated | extra


VALUES = {
    "int": "3", "money": "12.34", "price": "0.005", "rate": "5%", "float": "1.5", "time": "2026-10-01 13:41:00",
    "date": "2026-10-01", "bool": "yes", "text": "x",
}  # fmt: skip
EXPECTED = {
    "int": 3, "money": 1234, "price": Decimal("0.005"), "rate": 0.05, "float": 1.5, "time": datetime(2026, 10, 1, 13, 41),
    "date": date(2026, 10, 1), "bool": True, "text": "x",
}  # fmt: skip
WORDS = {
    "status": "paid",
    "currency": "CNY",
    "kind": "sale",
    "store": "A",
    "buyer": "someone",
    "visitor": "someone",
    "into": "CNY",
}


@pytest.mark.parametrize("table", FILLED)
def test_a_full_row_is_loaded_with_every_column_as_it_was_written(table: str) -> None:
    stated = {c.name: c.type for c in TABLES[table].fillable}
    row = {name: WORDS.get(name) or VALUES[stated.get(name, "text")] for name in template_columns(TABLES[table])}
    row |= {name: VALUES["time"] for name in ("updated_at", "paid_at") if name in row}
    row |= {"valid_from": VALUES["date"]} if "valid_from" in row else {}
    row |= {"postage": VALUES["money"]} if "postage" in row else {}
    row |= {"day": "2026-10-01", "currency": "USD"} if table == "fx" else {}
    found = read(filled(table, row), table)
    assert found.issues == []
    assert (found.read, found.dropped) == (2, {"description_row": 1})
    (loaded,) = rows_of(found, table)
    assert (loaded["_row"], loaded["_moment"], loaded["store"]) == (3, EXPECTED["time"], 7)
    for name, kind in stated.items():
        if name in row and name not in WORDS and name != "refund_basis":
            assert loaded[name] == EXPECTED[kind], name
    if table != "fx" and "currency" in stated:
        assert loaded["currency"] == "CNY"


# ---------------------------------------------------------------------------------------------------- single tables


def test_a_touch_may_be_told_in_chinese_and_words_nobody_knows_stay() -> None:
    kinds = ("已发送", "已领取", "已核销", "退订", "used", "forwarded")
    rows = [{"campaign_id": "W1", "buyer": f"account{n}", "kind": kind} for n, kind in enumerate(kinds)]
    found = read(filled("touches", *rows, only=("campaign_id", "buyer", "kind")), "touches")
    loaded = [row["kind"] for row in rows_of(found, "touches")]
    assert loaded == ["sent", "claimed", "used", "stopped", "used", "forwarded"]
    assert {(row["touch_key"], row.get("day")) for row in rows_of(found, "touches")} == {("", None)}


def test_an_order_counts_when_it_is_paid_else_by_its_status() -> None:
    only = ("order_id", "placed_at", "paid_at", "status", "goods_amount", "buyer")
    rows = [
        {
            "order_id": "#1001",
            "placed_at": "2026-10-01",
            "paid_at": "2026-10-02 01:00:00",
            "goods_amount": "10",
            "buyer": "a@b.co",
        },
        {
            "order_id": "#1002",
            "placed_at": "2026-10-01",
            "status": "finished",
            "goods_amount": "20.005",
            "buyer": "one",
        },
        {"order_id": "#1003", "placed_at": "2026-10-01", "goods_amount": "30", "buyer": "1**"},
        {"order_id": "#1004", "placed_at": "2026-10-01", "status": "closed_unpaid", "goods_amount": "40"},
    ]
    found = read(filled("orders", *rows, only=only), "orders")
    orders = rows_of(found, "orders")
    assert [o["order_id"] for o in orders] == ["#1001", "#1002", "#1003", "#1004"]
    assert [o["status"] for o in orders] == ["paid", "finished", "unpaid", "closed_unpaid"]
    assert [o["counted_at"] for o in orders] == [datetime(2026, 10, 2, 1), datetime(2026, 10, 1), None, None]
    assert [o["moment_basis"] for o in orders] == ["paid", "placed", None, None]
    assert [o["goods_amount"] for o in orders] == [1000, 2001, 3000, 4000]
    assert [bool(o["buyer_key"]) for o in orders] == [True, True, False, False]
    assert [o["buyer_kind"] for o in orders] == ["email", "platform_id", None, None]
    assert found.coverage is not None
    assert (found.coverage.with_key, found.coverage.orders) == (2, 2)


def test_lines_state_their_order_too_and_are_known_by_number_or_content() -> None:
    only = (
        "order_id",
        "line_id",
        "placed_at",
        "paid_at",
        "sku",
        "quantity",
        "unit_price",
        "goods_amount",
        "buyer",
        "postage",
    )
    common = {
        "order_id": "1",
        "placed_at": "2026-10-01",
        "paid_at": "2026-10-01 08:00:00",
        "buyer": "one",
        "postage": "5",
    }
    rows = [
        {**common, "line_id": "11", "sku": "A", "quantity": "2", "unit_price": "1.255"},
        {**common, "sku": "B", "quantity": "1", "unit_price": "3", "goods_amount": "2.5"},
        {**common, "sku": "B", "quantity": "1", "unit_price": "3", "goods_amount": "2.5"},
        {**common, "sku": "C", "quantity": "-1", "unit_price": "3"},
        {**common, "sku": "D", "quantity": "1", "unit_price": "0"},
    ]
    found = read(filled("order_lines", *rows, only=only), "order_lines")
    assert found.issues == []
    lines = {row["_row"]: row for row in rows_of(found, "order_lines")}
    assert [lines[i]["line_key"] for i in sorted(lines)] == ["11", "B||3#1", "B||3#2", "C||3#1", "D||0#1"]
    assert [lines[i]["kind"] for i in sorted(lines)] == ["sale", "sale", "sale", "write_off", "zero_price"]
    assert [lines[i]["goods_amount"] for i in sorted(lines)] == [251, 250, 250, -300, 0]
    (order,) = {(o["order_id"], o["counted_at"], o["postage"], bool(o["buyer_key"])) for o in rows_of(found, "orders")}
    assert order == ("1", datetime(2026, 10, 1, 8), 500, True)


def test_lines_or_orders_that_can_never_count_are_not_taken_for_a_template() -> None:
    for names in (b"order_id,placed_at,goods_amount\n", b"order_id,sku,quantity,unit_price\n"):
        recognition = recognise(sheet_of(names), PROFILES)
        assert recognition.profile is None
        assert recognition.alternatives[0].profile.id.startswith("goldloop-order")
        assert recognition.alternatives[0].missing == ("paid_at",)


def test_columns_of_a_product_file_that_are_not_the_template_s_become_attributes() -> None:
    rows = [
        {"item_id": "A", "title": "Shirt", "price": "19.9", "Season": "summer", "款式": "宽松"},
        {"item_id": "B", "Season": ""},
    ]
    found = read(filled("products", *rows), "products")
    products = rows_of(found, "products")
    assert [(p["item_kind"], p["item_id"], p["price"]) for p in products] == [
        ("product", "A", Decimal("19.9")),
        ("product", "B", None),
    ]
    attributes = {
        (a["item_id"], a["attribute"], a["value"], a["valid_from"]) for a in rows_of(found, "product_attributes")
    }
    assert attributes == {("A", "Season", "summer", date(1970, 1, 1)), ("A", "款式", "宽松", date(1970, 1, 1))}


def test_a_day_needs_its_first_day_only() -> None:
    found = read(
        filled("store_day", {"first_day": "2026-10-01", "visitors": "1,200"}, only=("first_day", "visitors")),
        "store_day",
    )
    (row,) = rows_of(found, "store_day")
    assert (row["first_day"], row["last_day"], row["report"], row["visitors"]) == (
        date(2026, 10, 1),
        date(2026, 10, 1),
        "goldloop",
        1200,
    )


def test_two_rows_of_one_key_that_differ_are_both_held_back() -> None:
    rows = [
        {"first_day": "2026-10-01", "visitors": "1"},
        {"first_day": "2026-10-01", "visitors": "2"},
        {"first_day": "2026-10-02"},
    ]
    found = read(filled("store_day", *rows), "store_day")
    assert {(i.row, i.code) for i in found.issues} == {(3, "key_twice"), (4, "key_twice")}


def test_the_store_column_tells_stores_apart() -> None:
    rows = [
        {"store": "A", "first_day": "2026-10-01", "gmv": "1"},
        {"store": "B", "first_day": "2026-10-01", "gmv": "2"},
    ]
    found = read(filled("store_day", *rows), "store_day", only=("store", "A"))
    assert [row["gmv"] for row in rows_of(found, "store_day")] == [100]


def test_future_events_and_rates_are_no_mistake() -> None:
    event = {"event": "618", "phase": "sale", "first_at": "2027-06-18", "last_at": "2027-06-20"}
    assert read(filled("events", event), "events").issues == []
