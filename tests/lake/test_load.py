"""Loading: what becomes of rows, field by field, and what a load leaves alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.lake.facts import TableCount
from tests.lake.builders import NOON, Shop, fates, said

LATER = NOON + timedelta(days=1)
EARLIER = NOON - timedelta(days=1)
PLACED = datetime(2026, 5, 31, 23, 30)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "我的 店[1]" / "lake")


def order(order_id: str = "A1", **columns: object) -> dict[str, object]:
    return {"order_id": order_id, "placed_at": PLACED, "counted_at": PLACED, **columns}


def test_new_updated_unchanged(shop: Shop) -> None:
    first = shop.load(said("orders", [order("A1", user_paid=100), order("A2", user_paid=200)]))
    assert first.tables == {"orders": TableCount(new=2)}
    assert fates(first) == {2: "new", 3: "new"}
    second = shop.load(
        said("orders", [order("A1", user_paid=100), order("A2", user_paid=250), order("A3", user_paid=1)], moment=LATER)
    )
    assert second.tables == {"orders": TableCount(new=1, updated=1, unchanged=1)}
    assert fates(second) == {2: "unchanged", 3: "updated", 4: "new"}
    assert [r["user_paid"] for r in shop.rows("orders")] == [100, 250, 1]
    assert [r["user_paid_first"] for r in shop.rows("orders")] == [100, 200, 1]


def test_same_rows_again_touch_no_facts(shop: Shop) -> None:
    shop.load(said("orders", [order(user_paid=100)]))
    before = shop.versions["facts/orders"]
    again = shop.load(said("orders", [order(user_paid=100)], moment=LATER))
    assert again.tables == {"orders": TableCount(unchanged=1)}
    assert shop.versions["facts/orders"] == before
    assert again.touched_days.num_rows == 0


def test_older_export_never_overwrites(shop: Shop) -> None:
    shop.load(said("orders", [order(status="finished", user_paid=90)], moment=LATER))
    late = shop.load(said("orders", [order(status="paid", user_paid=100, region="浙江")], moment=EARLIER))
    assert late.tables["orders"].updated == 1  # it brings a region, and the amount as first seen
    row = shop.one("orders", order_id="A1")
    assert (row["status"], row["user_paid"], row["user_paid_first"], row["region"]) == ("finished", 90, 100, "浙江")


def test_merge_rules(shop: Shop) -> None:
    shop.load(said("orders", [order(status="paid", buyer_key="k", user_paid=100)]))
    shop.load(said("orders", [order(status=None, buyer_key=None, user_paid=None)], moment=LATER))
    row = shop.one("orders", order_id="A1")
    assert row["status"] is None  # newest, also when it says nothing
    assert row["buyer_key"] == "k"  # known: a mask never blanks a buyer
    assert row["user_paid"] is None and row["user_paid_first"] == 100


def test_column_that_is_not_carried_is_not_blanked(shop: Shop) -> None:
    shop.load(said("orders", [order(status="paid", title="cup", user_paid=5)]))
    shop.load(said("orders", [order(status="finished")], moment=LATER))
    row = shop.one("orders", order_id="A1")
    assert (row["status"], row["title"], row["user_paid"]) == ("finished", "cup", 5)


def test_profiles_with_other_columns_in_one_import(shop: Shop) -> None:
    shop.load(
        said("orders", [order(status="paid", title="cup")]),
        said("orders", [order(status="shipped", region="浙江", _row=9)], moment=LATER),
    )
    row = shop.one("orders", order_id="A1")
    assert (row["status"], row["title"], row["region"]) == ("shipped", "cup", "浙江")


def test_key_repeated_in_one_import(shop: Shop) -> None:
    loaded = shop.load(said("orders", [order(user_paid=5), order(user_paid=5), order(user_paid=7, _moment=LATER)]))
    assert loaded.tables == {"orders": TableCount(new=1)}
    assert fates(loaded) == {2: "new", 3: "new", 4: "new"}
    assert shop.one("orders", order_id="A1")["user_paid"] == 7


def test_newer_content_that_repeats_an_older_one_wins(shop: Shop) -> None:
    for day, paid in enumerate((100, 90, 100)):
        shop.load(said("orders", [order(user_paid=paid)], moment=NOON + timedelta(days=day)))
    assert shop.one("orders", order_id="A1")["user_paid"] == 100


def test_known_content_beside_another_in_one_import(shop: Shop) -> None:
    shop.load(said("orders", [order(user_paid=100)]))
    shop.load(
        said("orders", [order(user_paid=90, _moment=LATER), order(user_paid=100, _moment=LATER + timedelta(hours=1))])
    )
    assert shop.one("orders", order_id="A1")["user_paid"] == 100


def test_row_is_as_new_as_its_newest_fact(shop: Shop) -> None:
    line = {"order_id": "A1", "line_key": "x", "goods_amount": 5}
    shop.load(said("orders", [order()]))
    loaded = shop.load(said("orders", [order()], moment=LATER), said("order_lines", [line], moment=LATER))
    assert fates(loaded) == {2: "new"}
    assert loaded.tables == {"orders": TableCount(unchanged=1), "order_lines": TableCount(new=1)}


def test_a_row_that_states_several_facts_of_one_table_has_one_fate(shop: Shop) -> None:
    parts = [{"settlement_id": "S1", "row_key": "1", "component": c, "amount": 5, "_row": 2} for c in ("goods", "fee")]
    loaded = shop.load(said("settlements", parts))
    assert (fates(loaded), loaded.fates.num_rows) == ({2: "new"}, 1)
    more = [{**parts[0], "_row": 3}, {**parts[1], "amount": 6, "_row": 3}]
    loaded = shop.load(said("settlements", more, moment=LATER))
    assert (fates(loaded), loaded.fates.num_rows) == ({3: "updated"}, 1)


def test_month_that_moves_leaves_no_twin(shop: Shop) -> None:
    shop.load(said("orders", [order("A1"), order("A2")]))
    moved = order("A1", placed_at=datetime(2026, 6, 1))
    shop.load(said("orders", [moved], moment=LATER))
    assert [str(r["placed_at"]) for r in shop.rows("orders")] == ["2026-06-01 00:00:00", "2026-05-31 23:30:00"]
    shop.load(said("orders", [{"order_id": "A3"}], moment=LATER))
    assert shop.one("orders", order_id="A3")["placed_at"] is None
    shop.load(said("orders", [order("A3")], moment=LATER + timedelta(days=1)))
    assert shop.one("orders", order_id="A3")["placed_at"] == PLACED


def test_line_without_a_date_stands_with_its_order(shop: Shop) -> None:
    shop.load(said("order_lines", [{"order_id": "A1", "line_key": "x", "goods_amount": 5}]))
    assert shop.one("order_lines", line_key="x")["gmv"] is None
    shop.load(said("orders", [order()]))
    assert shop.one("order_lines", line_key="x")["gmv"] == 5
    assert [Path(f).parent.name for f in shop.snapshot.files("facts/order_lines")] == ["month=2026-05"]
    shop.load(said("orders", [order(placed_at=datetime(2026, 6, 1))], moment=LATER))
    assert [Path(f).parent.name for f in shop.snapshot.files("facts/order_lines")] == ["month=2026-06"]


def test_tables_without_a_month(shop: Shop) -> None:
    product = {"item_kind": "sku", "item_id": "s1", "price": "12.345678", "title": "cup"}
    from decimal import Decimal

    product["price"] = Decimal("12.345678")  # type: ignore[assignment]
    shop.load(said("products", [product]))
    assert shop.one("products", item_id="s1")["price"] == Decimal("12.345678")
    assert [Path(f).parent.name for f in shop.snapshot.files("facts/products")] == ["month=unknown"]


def test_many_small_imports_stay_few_files(shop: Shop) -> None:
    for number in range(30):
        shop.load(said("orders", [order(f"A{number}", user_paid=number)]))
    assert len(shop.rows("orders")) == 30
    assert len(shop.snapshot.files("facts/orders")) <= 9


def test_statements_of(shop: Shop) -> None:
    shop.load(said("orders", [order(user_paid=100)]))
    shop.load(said("orders", [order(user_paid=100, _row=7)], moment=LATER))
    shop.load(said("orders", [order("A2"), order(status="paid", user_paid=50)], moment=EARLIER))
    import pyarrow as pa

    found = shop.lake.statements_of(shop.snapshot, "orders", pa.table({"order_id": ["A1"]}))
    assert found.select(["import_id", "_row", "user_paid", "status"]).to_pylist() == [
        {"import_id": 3, "_row": 3, "user_paid": 50, "status": "paid"},
        {"import_id": 1, "_row": 2, "user_paid": 100, "status": None},
        {"import_id": 2, "_row": 7, "user_paid": 100, "status": None},
    ]
    assert shop.lake.statements_of(shop.snapshot, "refunds", pa.table({"refund_id": ["A1"]})).num_rows == 0


def test_rows_that_do_not_fit_are_refused_and_nothing_changes(shop: Shop) -> None:
    cases = [
        ("row_key_missing", said("orders", [order(None)])),  # type: ignore[arg-type]
        ("column_not_stated", said("orders", [order()], carried={"gmv"})),
        ("store_unknown", said("orders", [order()], store=9)),
    ]
    for code, statements in cases:
        with pytest.raises(GoldloopError) as caught:
            shop.load(statements)
        assert caught.value.code == code
    assert shop.versions == {}
    assert not [p for p in Path(shop.lake.root).rglob("*.parquet")]


def test_rows_outside_what_is_carried_are_refused(shop: Shop) -> None:
    from goldloop.core.statements import Statements

    good = said("orders", [order(status="paid")])
    with pytest.raises(GoldloopError) as caught:
        shop.load(Statements("orders", good.rows, good.carried - {"status"}))
    assert caught.value.code == "column_not_carried"
