from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.connectors import marks as module
from goldloop.connectors.profile import Profile, profile_from
from goldloop.core.errors import GoldloopError
from tests.connectors.support import IMPORT, RETAIL, SHOPIFY, TMALL, Rows, accounted, at, day, rows, said

# A small format of our own in which every rule can be tried.
OWN: dict[str, Any] = {
    "id": "own",
    "title": {"zh": "自有", "en": "Own"},
    "store_name": "店铺",
    "recognise": {"required": ["单号"]},
    "aliases": {"单号": ["订单号"]},
    "drop": [{"rule": "total_row", "when": [{"column": "单号", "in": ["总计"]}], "control": ["金额"]}],
    "currency": {"column": "币种"},
    "maps": {
        "status": {
            "words": {"已付": "paid", "关闭，未付款": "closed_unpaid"},
            "prefixes": {"(删除)": "deleted", "(锁定)": "locked"},
        }
    },
    "into": [
        {
            "table": "orders",
            "counted": [
                {"column": "付款", "basis": "paid"},
                {"column": "下单", "basis": "inferred_day", "when": [{"column": "状态", "in": ["已付"]}]},
            ],
            "columns": {
                "order_id": "单号",
                "placed_at": "下单",
                "paid_at": "付款",
                "status": {"from": "状态", "map": "status"},
                "goods_amount": "金额",
                "quantity": "件数",
            },
        }
    ],
}
HEADER = "单号 | 下单 | 付款 | 状态 | 金额 | 件数 | 币种 | 店铺"
GOOD = "A1 | 2026-10-01 10:00 | 2026-10-01 10:01 | 已付 | 10.00 | 1 | CNY | 测试旗舰店"


def own(**more: Any) -> Profile:
    return profile_from(OWN | more, "own.toml")


def table(*lines: str, header: str = HEADER, **more: Any) -> Rows:
    return Rows("\n".join((header, *lines)), **more)


def test_a_good_row() -> None:
    found = said(table(GOOD), own())
    accounted(found)
    assert rows(found, "orders") == [
        {
            "store": 1, "order_id": "A1", "placed_at": at("2026-10-01 10:00"), "paid_at": at("2026-10-01 10:01"),
            "counted_at": at("2026-10-01 10:01"), "moment_basis": "paid", "status": "paid", "currency": "CNY", "goods_amount": 1000,
            "quantity": 1, "_row": 2, "_moment": at("2026-10-01 10:01"),
        }
    ]  # fmt: skip
    assert found.statements[0].carried == frozenset(rows(found, "orders")[0]) - {"_row", "_moment"} | {"flags"}
    assert (found.first_day, found.last_day) == (day("2026-10-01"), day("2026-10-01"))


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ("A2 | 2026-10-01 | | 已付 | 1O.00 | 1 | CNY |", "金额", "bad_number"),
        ("A2 | 2026-02-30 | | 已付 | 10 | 1 | CNY |", "下单", "bad_date"),
        ("A2 | 2027-02-01 | | 已付 | 10 | 1 | CNY |", "下单", "future_date"),
        ("A2 | 2026-10-01 | | 已付 | 10 | -1 | CNY |", "件数", "negative_number"),
        ("A2 | 2026-10-01 | | 已付 | 10 | 1.5 | CNY |", "件数", "not_whole"),
        ("- | 2026-10-01 | | 已付 | 10 | 1 | CNY |", "单号", "missing_value"),
        ("3.5E+16 | 2026-10-01 | | 已付 | 10 | 1 | CNY |", "单号", "id_damaged"),
        ("A2 | 2026-10-01 | | 已付 | 10 | 1 | USD |", "币种", "currency_mismatch"),
        ("A2 | 2026-10-01 | | 已付 | 10 | 1 | 金币 |", "币种", "currency_unknown"),
        ("A2 | 2026-10-01 | | 已付 | $10 | 1 | CNY |", "金额", "bad_number"),
    ],
)
def test_a_bad_row_goes_to_quarantine_whole(cells: str, column: str, code: str) -> None:
    found = said(table(GOOD, cells), own())
    accounted(found)
    assert [(i.row, i.column, i.code) for i in found.issues] == [(3, column, code)]
    assert [r["order_id"] for r in rows(found, "orders")] == ["A1"]
    issue = found.issues[0]
    assert issue.raw_row["金额"] and len(issue.content_hash) == 64 and issue.text and issue.suggestion
    assert issue.raw is None or issue.raw in issue.text or code == "missing_value"


def test_all_mistakes_of_a_row_stand_together() -> None:
    found = said(table("A2 | x | y | 已付 | z | -1 | CNY |", GOOD), own())
    assert {(i.column, i.code) for i in found.issues} == {
        ("下单", "bad_date"),
        ("付款", "bad_date"),
        ("金额", "bad_number"),
        ("件数", "negative_number"),
    }
    assert found.quarantined == 1 and found.read == 2
    accounted(found)


def test_a_correction_is_remembered_by_the_rows_content() -> None:
    sheet = table(GOOD, "A2 | 2026-10-01 | | 已付 | 1O.00 | 1 | CNY |")
    issue = said(sheet, own()).issues[0]
    fixes = {issue.content_hash: {"金额": "10.00"}}
    shuffled = table("A2 | 2026-10-01 | | 已付 | 1O.00 | 1 | CNY |", GOOD)
    wider = table("A2 | 2026-10-01 | | 已付 | 1O.00 | 1 | CNY | | ", header=HEADER + " | 备注")
    for again in (sheet, shuffled, wider):
        found = said(again, own(), fixes=fixes)
        assert (
            not found.issues and next(r for r in rows(found, "orders") if r["order_id"] == "A2")["goods_amount"] == 1000
        )
        accounted(found)
    other = said(sheet, own(), fixes={"0" * 64: {"金额": "10.00"}})
    assert len(other.issues) == 1


def test_a_correction_of_a_column_under_another_name() -> None:
    sheet = Rows("订单号 | 金额\n3.5E+16 | 5")
    issue = said(sheet, own()).issues[0]
    assert issue.column == "订单号"
    for column in ("订单号", "单号"):
        found = said(sheet, own(), fixes={issue.content_hash: {column: "35000000000000001"}})
        assert [r["order_id"] for r in rows(found, "orders")] == ["35000000000000001"]


def test_total_rows_are_dropped_and_compared() -> None:
    found = said(
        table(GOOD, "A2 | 2026-10-01 | | 已付 | 5.50 | 1 | CNY |", "总计 | | | | 15.50 | | |", "总计 | | | | 16 | | |"),
        own(),
    )
    accounted(found)
    assert found.dropped == {"total_row": 2} and found.dropped_rows.to_pylist() == [
        {"_row": 4, "rule": "total_row"},
        {"_row": 5, "rule": "total_row"},
    ]
    assert [(c.name, c.stated, c.computed, c.ok) for c in found.control] == [
        ("total_row: 金额", Decimal("15.5"), Decimal("15.5"), True), ("total_row: 金额", Decimal(16), Decimal("15.5"), False),
    ]  # fmt: skip


def test_unknown_words_are_loaded_and_told() -> None:
    found = said(
        table(
            "A1 | 2026-10-01 | | 飞走了 | 1 | 1 | CNY |",
            "A2 | 2026-10-01 | | (删除)(锁定)已付 | 1 | 1 | CNY |",
            "A3 | 2026-10-01 | | 关闭,未付款 | 1 | 1 | CNY |",
        ),
        own(),
    )
    accounted(found)
    assert [(r["status"], r.get("flags")) for r in rows(found, "orders")] == [
        ("unknown", None),
        ("paid", "deleted locked"),
        ("closed_unpaid", None),
    ]
    assert [(n.code, n.params["words"]) for n in found.notes] == [("words_unknown", ["飞走了"])]


def test_words_can_be_refused() -> None:
    refuse = {"status": {"words": {"已付": "paid"}, "otherwise": "refuse"}}
    found = said(table(GOOD, GOOD.replace("A1", "A2").replace("已付", "飞走了")), own(maps=refuse))
    assert [(i.row, i.column, i.code) for i in found.issues] == [(3, "状态", "word_unknown")]


def test_the_moment_that_counts_has_a_basis() -> None:
    found = said(table(GOOD, "A2 | 2026-10-02 | | 已付 | 1 | 1 | CNY |", "A3 | 2026-10-03 | | | 1 | 1 | CNY |"), own())
    assert [(r.get("counted_at"), r.get("moment_basis")) for r in rows(found, "orders")] == [
        (at("2026-10-01 10:01"), "paid"), (at("2026-10-02"), "inferred_day"), (None, None),
    ]  # fmt: skip
    assert found.coverage is not None and (found.coverage.with_key, found.coverage.orders) == (0, 2)


def test_the_moment_of_a_statement() -> None:
    def moments(profile: Profile, **more: Any) -> list[datetime]:
        return [
            r["_moment"]
            for r in rows(said(table(GOOD, "A2 | 2026-09-30 | | 已付 | 1 | 1 | CNY |"), profile, **more), "orders")
        ]

    stamped = {"moment": {"file_name": ["stamp"]}}
    assert moments(own()) == [at("2026-10-01 10:01")] * 2  # the latest time in the file
    assert moments(own(**stamped), file_name="x_20261005_101010.csv") == [at("2026-10-05 10:10:10")] * 2
    assert (
        moments(own(**stamped), file_name="x_20271005_101010.csv") == [at("2026-10-01 10:01")] * 2
    )  # later than the import
    assert moments(own(moment={"column": "付款"})) == [at("2026-10-01 10:01")] * 2
    assert moments(own(moment={"column": "下单"})) == [at("2026-10-01 10:00"), at("2026-09-30")]
    nothing = {"into": [{"table": "orders", "columns": {"order_id": "单号"}}]}
    assert moments(own(**nothing)) == [IMPORT] * 2
    aware = datetime(2026, 10, 20, 12, tzinfo=UTC)
    assert moments(own(**nothing), import_moment=aware) == [at("2026-10-20 20:00")] * 2


def test_a_file_of_another_store_is_refused() -> None:
    sheet = table(GOOD.replace("测试旗舰店", "另一家店"))
    with pytest.raises(GoldloopError) as error:
        said(sheet, own(), other_store_names=["另一家店"])
    assert error.value.code == "store_mismatch" and error.value.given == "另一家店"
    found = said(sheet, own(), other_store_names=["第三家"])  # nobody we know: a note
    assert [n.code for n in found.notes] == ["store_name_differs"]


def test_one_store_out_of_a_file_of_several() -> None:
    sheet = table(GOOD, GOOD.replace("A1", "B1").replace("测试旗舰店", "另一家店"))
    found = said(sheet, own(), other_store_names=["另一家店"], only=("店铺", "测试旗舰店"))
    assert found.read == 1 and [r["order_id"] for r in rows(found, "orders")] == ["A1"]


def test_a_whole_file_in_another_currency_is_refused() -> None:
    for profile, more in (
        (own(currency={"fixed": "GBP"}), {}),
        (own(currency={}), {"currency": "USD"}),
        (own(currency={"header": r"\(([A-Z]{3})\)"}, aliases={"金额": ["金额 (USD)"]}), {}),
    ):
        sheet = Rows("单号 | 金额 (USD)\nA1 | 5")
        with pytest.raises(GoldloopError) as error:
            said(sheet, profile, **more)
        assert error.value.code == "currency_mismatch" and error.value.allowed == "CNY"


def test_columns_that_a_profile_cannot_do_without() -> None:
    with pytest.raises(GoldloopError) as error:
        said(Rows("号 | 金额\nA1 | 5"), own())
    assert error.value.code == "columns_missing" and error.value.allowed == ["单号"]


def test_a_column_the_file_lacks_is_not_carried() -> None:
    found = said(Rows("单号 | 金额\nA1 | 5"), own())
    assert found.statements[0].carried == {"store", "order_id", "currency", "goods_amount"}


PERIOD = {
    "into": [
        {
            "table": "traffic",
            "unique": True,
            "columns": {
                "unit": {"value": "visitors"}, "scope_kind": {"value": "product"}, "scope_id": "单号", "report": {"value": "own"},
                "first_day": {"from": ["日期", "@period_first"], "part": "first"}, "last_day": {"from": ["日期", "@period_last"], "part": "last"},
                "visitors": "访客",
            },
        }
    ],
    "period": {"file_name": True, "preamble": True},
}  # fmt: skip


def test_where_a_period_comes_from() -> None:
    def days(sheet: Rows, **more: Any) -> set[tuple[Any, Any]]:
        return {(r["first_day"], r["last_day"]) for r in rows(said(sheet, own(**PERIOD), **more), "traffic")}

    bare = "单号 | 访客\nP1 | 5"
    with pytest.raises(GoldloopError) as error:
        said(Rows(bare), own(**PERIOD))
    assert error.value.code == "period_needed"
    first, week = (day("2026-10-01"), day("2026-10-01")), (day("2026-10-01"), day("2026-10-07"))
    assert days(Rows(bare, file="x_2026-10-01.csv")) == {first}
    assert days(Rows(bare, member="x_2026-10-01_2026-10-07.csv", file="y_2026-09-01.zip")) == {week}
    assert days(Rows(bare, above=["报表", "统计日期：2026-10-01"], file="x_2026-09-01.csv")) == {first}
    assert days(Rows(bare), period=week) == {week}
    assert days(Rows("单号 | 日期 | 访客\nP1 | 2026-10-01 | 5"), period=week) == {first}
    assert days(Rows("单号 | 日期 | 访客\nP1 | 2026-10-01~2026-10-07 | 5")) == {week}
    with pytest.raises(GoldloopError) as error:  # one row has no day of its own
        said(Rows("单号 | 日期 | 访客\nP1 | 2026-10-01 | 5\nP2 | - | 5"), own(**PERIOD))
    assert error.value.code == "period_needed"
    for wrong in ((week[1], week[0]), (day("2027-10-01"), day("2027-10-01"))):
        with pytest.raises(GoldloopError) as error:
            said(Rows(bare), own(**PERIOD), period=wrong)
        assert error.value.code == "period_wrong"


def test_two_rows_that_disagree_about_one_thing() -> None:
    found = said(
        Rows("单号 | 日期 | 访客\nP1 | 2026-10-01 | 5\nP1 | 2026-10-01 | 6\nP2 | 2026-10-01 | 7\nP2 | 2026-10-01 | 7"),
        own(**PERIOD),
    )
    accounted(found)
    assert {(i.row, i.code) for i in found.issues} == {(2, "key_twice"), (3, "key_twice")}
    assert [r["scope_id"] for r in rows(found, "traffic")] == ["P2", "P2"]


def test_rows_that_belong_nowhere() -> None:
    into = [OWN["into"][0] | {"when": [{"column": "单号", "starts": ["A"]}]}]
    found = said(table(GOOD, GOOD.replace("A1", "B1")), own(into=into))
    accounted(found)
    assert [(i.row, i.code) for i in found.issues] == [(3, "row_unplaced")]


def test_conditions_look_at_numbers_before_rounding() -> None:
    into = [OWN["into"][0] | {"when": [{"column": "金额", "above": 0}]}]
    found = said(table(GOOD.replace("10.00", "0.001"), GOOD.replace("A1", "A2").replace("10.00", "0")), own(into=into))
    assert [(r["order_id"], r["goods_amount"]) for r in rows(found, "orders")] == [("A1", 0)]
    assert [(i.row, i.code) for i in found.issues] == [(3, "row_unplaced")]


def test_ids_cut_to_fifteen_digits_by_a_spreadsheet() -> None:
    cut = table(*(GOOD.replace("A1", n) for n in ("3500000000000010000", "3500000000000020000", "3500000000000030001")))
    found = said(cut, own())
    assert {(i.row, i.code) for i in found.issues} == {(2, "id_damaged"), (3, "id_damaged")}
    whole = table(
        *(GOOD.replace("A1", n) for n in ("3500000000000010000", "3500000000000020001", "3500000000000030002"))
    )
    assert not said(whole, own()).issues  # one of many can end so by chance


def test_a_file_that_is_wrong_as_a_whole_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BAD_ROWS", 2)
    with pytest.raises(GoldloopError) as error:
        said(table(*[GOOD.replace("10.00", "x")] * 3), own())
    assert error.value.code == "rows_unreadable" and error.value.params["column"] == "金额"


def test_an_empty_sheet_says_nothing() -> None:
    found = said(table(), own())
    assert (found.read, found.statements, found.issues) == (0, [], [])
    accounted(found)


def test_day_starts_moves_the_days_only() -> None:
    late = type(TMALL)(1, "测试旗舰店", "tmall", day_starts=6 * 60)
    found = said(table(GOOD.replace("10:00", "03:00").replace("10:01", "03:01")), own(), store=late)
    assert found.first_day == day("2026-09-30") and rows(found, "orders")[0]["placed_at"] == at("2026-10-01 03:00")


# --- lines without a number

SHOP_HEADER = "Name | Created at | Paid at | Financial Status | Currency | Subtotal | Lineitem quantity | Lineitem name | Lineitem price | Lineitem sku"
LINES = [
    ("#1", "2", "Linen Shirt", "10.00", "LS"),
    ("#1", "2", "Linen Shirt", "10", "LS"),
    ("#1", "1", "Linen Shirt", "10.00", "LS"),
    ("#1", "1", "Bag", "5.00", ""),
    ("#2", "2", "Linen Shirt", "10.00", "LS"),
]


def shop(lines: list[tuple[str, ...]]) -> Rows:
    first: set[str] = set()
    text = [SHOP_HEADER]
    for name, quantity, title, price, sku in lines:
        head = (
            " | | | | " if name in first else "2026-10-01 10:00:00 -0400 | 2026-10-01 10:00:30 -0400 | paid | USD | 50"
        )
        first.add(name)
        text.append(f"{name} | {head} | {quantity} | {title} | {price} | {sku}")
    return Rows("\n".join(text))


def keys(sheet: Rows) -> dict[tuple[str, str], tuple[Any, ...]]:
    found = said(sheet, "shopify-orders", SHOPIFY)
    accounted(found)
    lines = rows(found, "order_lines")
    keyed = {
        (r["order_id"], r["line_key"]): (r["quantity"], r["title"], r["goods_amount"], r["placed_at"]) for r in lines
    }
    assert len(keyed) == len(lines)
    return keyed


def test_equal_lines_are_counted_within_their_order() -> None:
    assert sorted(keys(shop(LINES))) == [
        ("#1", "Bag|5#1"),
        ("#1", "LS|10#1"),
        ("#1", "LS|10#2"),
        ("#1", "LS|10#3"),
        ("#2", "LS|10#1"),
    ]


@settings(deadline=None, max_examples=25)
@given(st.permutations(LINES))
def test_shuffling_a_file_changes_no_key(lines: list[tuple[str, ...]]) -> None:
    assert keys(shop(lines)) == keys(shop(LINES))


def test_splitting_a_file_between_orders_changes_no_key() -> None:
    assert keys(shop(LINES[:4])) | keys(shop(LINES[4:])) == keys(shop(LINES))


def test_a_mistake_on_the_orders_first_row_holds_its_other_rows() -> None:
    sheet = shop(LINES)
    broken = Rows(
        sheet.table(1).drop_columns(["_row"]).set_column(5, "Subtotal", pa.array(["5O", None, None, None, "50"]))
    )
    found = said(broken, "shopify-orders", SHOPIFY)
    accounted(found)
    assert [(i.row, i.code) for i in found.issues] == [
        (2, "bad_number"),
        (3, "held_by_order"),
        (4, "held_by_order"),
        (5, "held_by_order"),
    ]
    assert found.issues[1].params["origin"] == 2 and "Row 2" in found.issues[1].text
    fixed = said(broken, "shopify-orders", SHOPIFY, fixes={found.issues[0].content_hash: {"Subtotal": "50"}})
    assert not fixed.issues and len(rows(fixed, "order_lines")) == 5


def test_mistaken_rows_take_no_place_among_their_equals() -> None:
    header = "Invoice | StockCode | Description | Quantity | InvoiceDate | Price | CustomerID | Country"
    line = "5 | 85123A | HEART | 1 | 2010-12-01 08:26 | 2.55 | 17850 | United Kingdom"
    found = said(Rows(f"{header}\n{line.replace('2010', '2010x')}\n{line}"), "online-retail-ii", RETAIL)
    assert [r["line_key"] for r in rows(found, "order_lines")] == ["85123A|1|2.55#1"]
    accounted(found)


def test_typed_columns_and_text_say_the_same() -> None:
    text = Rows(
        "Invoice | StockCode | Description | Quantity | InvoiceDate | Price | CustomerID | Country\n"
        "1 | 85123A | HEART | 3 | 2010-12-01 08:26:00 | 0.005 | 17850 | France\n1 | 85123A | nan | -3 | 2010-12-01 08:26:00 | 0 | nan | France"
    )
    typed = Rows(
        pa.table(
            {
                "Invoice": pa.array(["1", "1"], pa.large_string()),
                "StockCode": pa.array(["85123A", "85123A"], pa.large_string()),
                "Description": pa.array(["HEART", None], pa.large_string()),
                "Quantity": pa.array([3, -3], pa.int32()),
                "InvoiceDate": pa.array([datetime(2010, 12, 1, 8, 26)] * 2, pa.timestamp("ms")),
                "Price": pa.array([0.005, 0.0]),
                "CustomerID": pa.array([17850, None], pa.int32()),
                "Country": pa.array(["France", "France"], pa.large_string()),
            }
        )
    )
    one, two = said(text, "online-retail-ii", RETAIL), said(typed, "online-retail-ii", RETAIL)
    for table_name in ("orders", "order_lines"):
        assert rows(one, table_name) == rows(two, table_name)
    assert [r["kind"] for r in rows(one, "order_lines")] == ["sale", "write_off"]
    assert [r["goods_amount"] for r in rows(one, "order_lines")] == [2, 0]  # 0.015 is rounded half up


def test_dates_beside_summer_time_and_another_zone() -> None:
    sheet = Rows(
        "Name | Created at | Paid at | Financial Status | Lineitem quantity | Lineitem name | Lineitem price | Subtotal\n#1 | 2026-03-08T06:59:59Z | 2026-03-08 03:00:00 -0400 | paid | 1 | A | 1 | 1"
    )
    row = rows(said(sheet, "shopify-orders", SHOPIFY), "orders")[0]
    assert (row["placed_at"], row["paid_at"]) == (at("2026-03-08 01:59:59"), at("2026-03-08 03:00:00"))


def test_columns_as_other_programs_write_parquet() -> None:
    found = said(
        Rows(
            pa.table(
                {
                    "单号": pa.array(["A1", "A2"]).dictionary_encode(),
                    "下单": pa.array([46023.5, 46024.0]),
                    "金额": pa.array([Decimal("10.00"), None], pa.decimal128(10, 2)),
                    "件数": pa.array([1.0, float("nan")]),
                    "状态": pa.array(["已付", "已付"], pa.string_view()),
                }
            )
        ),
        own(),
    )
    accounted(found)
    assert [
        (r["order_id"], r["placed_at"], r.get("goods_amount"), r.get("quantity"), r["status"])
        for r in rows(found, "orders")
    ] == [
        ("A1", at("2026-01-01 12:00"), 1000, 1, "paid"),
        ("A2", at("2026-01-02"), None, None, "paid"),
    ]
