"""The benchmark's statement tables: the columns of the lake, whole days, sums that close, the same for a seed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from goldloop import simulate
from goldloop.lake.schema import TABLES
from goldloop.simulate import large

LAST_DAY, LINES = date(2026, 10, 31), 60_000
TYPES = {
    "text": pa.string(), "int": pa.int64(), "money": pa.int64(), "price": pa.decimal128(18, 6), "rate": pa.float64(),
    "time": pa.timestamp("us"), "date": pa.date32(), "bool": pa.bool_(), "float": pa.float64(),
}  # fmt: skip


@pytest.fixture(scope="module")
def parts() -> list[dict[str, pa.Table]]:
    return list(simulate.large_statements(seed=11, lines=LINES, last_day=LAST_DAY))


def whole(parts: list[dict[str, pa.Table]], table: str) -> pa.Table:
    return pa.concat_tables([p[table] for p in parts])


@pytest.mark.parametrize("table", ["orders", "order_lines", "store_day"])
def test_columns_are_the_stated_ones_of_the_lake(parts: list[dict[str, pa.Table]], table: str) -> None:
    stated = [c for c in TABLES[table].stated if c.name != "told_by"]  # the platform's own rows name no rank
    wanted = [(c.name, TYPES[c.type]) for c in stated] + [("_row", pa.int64()), ("_moment", pa.timestamp("us"))]
    assert [(f.name, f.type) for f in whole(parts, table).schema] == wanted


def test_size_range_and_keys(parts: list[dict[str, pa.Table]]) -> None:
    orders, lines = whole(parts, "orders"), whole(parts, "order_lines")
    assert lines.num_rows == pytest.approx(LINES, rel=0.02)
    assert len(parts) == 26
    placed = pc.min_max(orders["placed_at"]).as_py()
    assert placed["min"].date() == date(2024, 9, 1) and placed["max"].date() == LAST_DAY
    assert pc.count_distinct(orders["order_id"]).as_py() == orders.num_rows
    assert pc.count_distinct(lines["line_key"]).as_py() == lines.num_rows
    assert set(orders["store"].to_pylist()) == {1, 2, 3, 4}
    for name in TABLES["order_lines"].key:
        assert lines[name].null_count == 0


def test_parts_never_cross_a_month(parts: list[dict[str, pa.Table]]) -> None:
    for part in parts:
        assert len({(t.year, t.month) for t in part["orders"]["placed_at"].to_pylist()}) == 1


def test_lines_sum_to_their_orders(parts: list[dict[str, pa.Table]]) -> None:
    for column in ("goods_amount", "platform_discount", "list_value", "refund_stated", "merchant_discount"):
        lines = whole(parts, "order_lines").group_by("order_id").aggregate([(column, "sum")])
        found = dict(zip(lines["order_id"].to_pylist(), lines[f"{column}_sum"].to_pylist(), strict=True))
        orders = whole(parts, "orders")
        assert found == dict(zip(orders["order_id"].to_pylist(), orders[column].to_pylist(), strict=True))


def test_prices_are_list_value_by_quantity(parts: list[dict[str, pa.Table]]) -> None:
    lines = whole(parts, "order_lines").slice(0, 2000)
    for price, quantity, value in zip(
        *(lines[n].to_pylist() for n in ("unit_price", "quantity", "list_value")), strict=True
    ):
        assert price * quantity * 100 == value


def test_shop_rows_are_the_orders_and_know_new_buyers(parts: list[dict[str, pa.Table]]) -> None:
    """The keys of all buyers are known to the shop; an order in a hundred does not name hers, so `>=`."""
    orders, days = whole(parts, "orders").to_pylist(), whole(parts, "store_day").to_pylist()
    gmv: dict[tuple[int, date], int] = defaultdict(int)
    buyers: dict[tuple[int, date], set[str]] = defaultdict(set)
    for order in orders:
        if order["paid_at"]:
            assert order["paid_at"].date() == order["placed_at"].date()
            gmv[order["store"], order["paid_at"].date()] += order["goods_amount"]
            if order["buyer_key"]:
                buyers[order["store"], order["paid_at"].date()].add(order["buyer_key"])
    assert len(days) == 4 * 791
    for row in days:
        key = row["store"], row["first_day"]
        assert row["gmv"] == gmv[key] and row["first_day"] == row["last_day"]
        assert row["new_buyers"] + row["repeat_buyers"] == row["buyers"] >= len(buyers[key])
        assert row["visitors"] >= row["ordered_buyers"] >= row["buyers"]
    known = sum(len(b) for b in buyers.values())
    assert sum(r["buyers"] for r in days) == pytest.approx(known, rel=0.02)
    assert all(r["repeat_buyers"] == 0 for r in days if r["first_day"] == date(2024, 9, 1))


def test_statuses_fit_payment_and_refund(parts: list[dict[str, pa.Table]]) -> None:
    for order in whole(parts, "orders").to_pylist():
        assert (order["status"] == "closed_unpaid") == (order["paid_at"] is None)
        assert (order["status"] == "closed_refunded") == (order["refund_stated"] > 0)
        assert order["counted_at"] == order["paid_at"] and order["currency"] == "CNY"


def test_the_same_seed_gives_the_same_tables(parts: list[dict[str, pa.Table]]) -> None:
    again = simulate.large_statements(seed=11, lines=LINES, last_day=LAST_DAY)
    assert all(a[t].equals(b[t]) for a, b in zip(again, parts, strict=True) for t in a)
    other = next(simulate.large_statements(seed=12, lines=LINES, last_day=LAST_DAY))
    assert not other["orders"].equals(parts[0]["orders"])


def test_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "PART_LINES", 3000)
    sizes = [
        p["order_lines"].num_rows for p in simulate.large_statements(seed=1, lines=50_000, last_day=date(2025, 3, 31))
    ]
    assert max(sizes) < 3300 and len(sizes) > 20
