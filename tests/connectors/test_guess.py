"""Guessed profiles: they load as they are, use what is sure, comment out what is not, and import the file they are for."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from goldloop.connectors.guess import find_header, guess_profile
from goldloop.connectors.guess_content import content_of
from goldloop.connectors.normalise import Normalised, normalise
from goldloop.connectors.profile import Profile, check_profile, read_profile
from goldloop.connectors.readers import RawSheet, sheets
from goldloop.connectors.readers.delimited import DelimitedSheet
from goldloop.connectors.recognise import recognise
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.lake.schema import TABLES

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
STORE = Store(id=7, name="A", platform="other")

ORDERS = """\
2026年10月 订单明细,,,,,,,,,,,
单号,下单日期,付款时间,客户,手机号,商品,货号,数量,单价,金额,订单状态,预计发货时间
1001,2026-10-01 10:00:00,2026-10-01 10:05:00,张三三,13800000001,亚麻衬衫,LS-1,2,199.00,398.00,已完成,2026-10-02
1001,2026-10-01 10:00:00,2026-10-01 10:05:00,张三三,13800000001,帆布包,CB-1,1,89.00,89.00,已完成,2026-10-02
1002,2026-10-02 11:00:00,,李四四,13800000002,帆布包,CB-1,1,89.00,89.00,待付款,
1003,2026-10-03 12:00:00,2026-10-03 12:01:00,张三三,13800000001,围巾,WS-1,1,"1,149.50","1,149.50",已取消,2026-10-04
合计,,,,,,,5,,"1,725.50",,
"""

SHOP = """\
Date;Store;Visitors;Page views;Total sales;Orders;Customers;Bounce rate;Mood
13/10/2026;A;1.200;3400;1.234,50;30;28;45,5%;good
14/10/2026;A;1.100;3300;999,00;25;25;44%;bad
"""


def sheet_of(text: str, file: str = "made.csv") -> RawSheet:
    return DelimitedSheet(pa.py_buffer(text.encode()), file=file)


def loaded(sheet: RawSheet, folder: Path) -> tuple[Profile, str]:
    text = guess_profile(sheet, profile_id="mine")
    (folder / "mine.toml").write_text(text, "utf-8")
    profile = read_profile(folder / "mine.toml")
    check_profile(profile, TABLES)
    return profile, text


def imported(sheet: RawSheet, profile: Profile, **more: Any) -> Normalised:
    recognition = recognise(sheet, [profile])
    assert recognition.profile is profile
    return normalise(
        sheet,
        recognition,
        store=STORE,
        tables=TABLES,
        secret=b"k",
        file_name=sheet.file,
        import_moment=datetime(2026, 12, 1),
        **more,
    )


def rows_of(found: Normalised, table: str) -> list[dict[str, Any]]:
    return [row for s in found.statements if s.table == table for row in s.rows.to_pylist()]


def test_an_order_file_is_guessed_and_imported(tmp_path: Path) -> None:
    sheet = sheet_of(ORDERS)
    profile, text = loaded(sheet, tmp_path)
    assert (profile.id, profile.tables) == ("mine", ("orders", "order_lines"))
    found = imported(sheet, profile)
    assert (found.read, found.dropped, found.issues) == (5, {"total_row": 1}, [])
    orders = {row["order_id"]: row for row in rows_of(found, "orders")}
    assert {k: (o["status"], o["counted_at"]) for k, o in orders.items()} == {
        "1001": ("finished", datetime(2026, 10, 1, 10, 5)),
        "1002": ("unpaid", None),
        "1003": ("closed_refunded", datetime(2026, 10, 3, 12, 1)),
    }
    assert all(order["buyer_key"] for order in orders.values())
    assert orders["1001"]["buyer_key"] == orders["1003"]["buyer_key"]
    lines = [
        (r["_row"], r["sku"], r["quantity"], r["goods_amount"], r["list_value"]) for r in rows_of(found, "order_lines")
    ]
    assert sorted(lines) == [
        (3, "LS-1", 2, 39800, 39800), (4, "CB-1", 1, 8900, 8900), (5, "CB-1", 1, 8900, 8900), (6, "WS-1", 1, 114950, 114950),
    ]  # fmt: skip


def test_unsure_guesses_are_commented_out_and_persons_are_not_shown() -> None:
    text = guess_profile(sheet_of(ORDERS), profile_id="mine")
    (unsure,) = [line for line in text.splitlines() if "预计发货时间" in line]
    assert unsure.startswith("# shipped_at = ")
    assert "unsure" in unsure
    (listed,) = [line for line in text.splitlines() if "手机号" in line]
    assert listed == '#   "手机号": id, values not shown'
    assert "张三三" not in text
    assert "13800000001" not in text


def test_a_daily_shop_file_is_guessed_and_imported(tmp_path: Path) -> None:
    sheet = sheet_of(SHOP)
    profile, text = loaded(sheet, tmp_path)
    assert (profile.tables, profile.date_order, profile.decimal, profile.store_name) == (
        ("store_day",),
        "dmy",
        ",",
        "Store",
    )
    assert '#   "Mood": text, such as good | bad' in text
    found = imported(sheet, profile)
    assert found.issues == []
    rows = [
        (
            r["first_day"],
            r["last_day"],
            r["visitors"],
            r["page_views"],
            r["gmv"],
            r["orders"],
            r["buyers"],
            r["bounce_rate"],
        )
        for r in rows_of(found, "store_day")
    ]
    assert rows == [
        (date(2026, 10, 13), date(2026, 10, 13), 1200, 3400, 123450, 30, 28, 0.455),
        (date(2026, 10, 14), date(2026, 10, 14), 1100, 3300, 99900, 25, 25, 0.44),
    ]


def test_amounts_of_the_order_that_repeat_on_its_lines_are_counted_once(tmp_path: Path) -> None:
    text = "order id,order date,sku,quantity,total\n1,2026-10-01,A,1,30\n1,2026-10-01,B,2,30\n2,2026-10-01,A,1,10\n"
    profile, _ = loaded(sheet_of(text), tmp_path)
    found = imported(sheet_of(text), profile)
    assert {(r["order_id"], r["user_paid"]) for r in rows_of(found, "orders")} == {("1", 3000), ("2", 1000)}
    assert all("user_paid" not in row for row in rows_of(found, "order_lines"))


def test_a_refund_file_an_ad_file_and_a_product_file_are_told_apart(tmp_path: Path) -> None:
    refund = "退款编号,订单编号,退款状态,退款金额,退款完结时间\nR1,1,退款成功,9.90,2026-10-02\nR2,2,退款关闭,5,\n"
    profile, _ = loaded(sheet_of(refund), tmp_path)
    rows = rows_of(imported(sheet_of(refund), profile), "refunds")
    assert [(r["refund_id"], r["status"], r["amount"]) for r in rows] == [("R1", "done", 990), ("R2", "closed", 500)]
    ads = "计划名称,展现量,点击量,花费\n甲,100,10,9.99\n"
    profile, _ = loaded(sheet_of(ads), tmp_path)
    found = imported(sheet_of(ads), profile, period=(date(2026, 10, 1), date(2026, 10, 1)))
    assert [(r["campaign"], r["cost"], r["first_day"]) for r in rows_of(found, "ads")] == [
        ("甲", 999, date(2026, 10, 1))
    ]
    products = "商品编码,商品名称,售价,品牌,季节\nA1,衬衫,199.00,金,夏\n"
    profile, _ = loaded(sheet_of(products), tmp_path)
    found = imported(sheet_of(products), profile)
    assert [(r["item_kind"], r["item_id"], r["brand"]) for r in rows_of(found, "products")] == [("sku", "A1", "金")]
    assert ("季节", "夏") in {(r["attribute"], r["value"]) for r in rows_of(found, "product_attributes")}


def test_a_file_of_products_by_day_is_no_shop_day(tmp_path: Path) -> None:
    text = "日期,商品ID,访客数,支付金额\n2026-10-01,1,10,5.00\n2026-10-01,2,20,6.00\n"
    profile, _ = loaded(sheet_of(text), tmp_path)
    rows = rows_of(imported(sheet_of(text), profile), "traffic")
    assert [(r["scope_kind"], r["scope_id"], r["visitors"]) for r in rows] == [
        ("product", "1", 10),
        ("product", "2", 20),
    ]


def test_a_file_with_words_nobody_knows_still_gives_a_profile_that_loads(tmp_path: Path) -> None:
    text = "甲乙,丙丁,戊己\nx1,2026-10-01,5\nx2,2026-10-01,6\n"
    profile, toml = loaded(sheet_of(text), tmp_path)
    assert 'order_id = "甲乙"  # CHECK THIS' in toml
    assert 'placed_at = "丙丁"  # CHECK THIS' in toml
    assert imported(sheet_of(text), profile).issues == []


def test_the_header_is_found_below_a_preamble_and_a_sheet_without_one_is_refused(tmp_path: Path) -> None:
    assert find_header(sheet_of("Report\n\nfrom,to\n2026-10-01,2026-10-02\n订单号,金额,状态\n1,2,3\n")) == 5
    with pytest.raises(GoldloopError) as error:
        guess_profile(sheet_of("1,2\n3,4\n"), profile_id="mine")
    assert error.value.code == "header_not_found"
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_row(2, 0, ["order id", "amount"])
    (sheet,) = sheets(tmp_path / "a.xlsx")
    assert find_header(sheet) == 3
    loaded(sheet, tmp_path)


@pytest.mark.parametrize(
    "file", sorted(p.name for p in SAMPLES.iterdir() if p.suffix in {".csv", ".tsv", ".xls", ".xlsx", ".zip"})
)
def test_every_sample_gives_a_profile_that_loads_and_recognises_it(file: str, tmp_path: Path) -> None:
    for sheet in sheets(SAMPLES / file):
        profile, text = loaded(sheet, tmp_path)
        found = recognise(sheet, [profile])
        assert (found.profile, found.header_row) == (profile, find_header(sheet))
        for name in sheet.columns(found.header_row):
            assert f'"{name}"'.replace("\\", "\\\\") in text


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("t", ["2026-10-01 10:00", "2026/10/2 13:41:05"], "time"),
        ("t", ["2026-10-01T08:04:21+00:00", ""], "time"),
        ("t", ["20261001", "20261002"], "date"),
        ("t", ["2026年07月06日"], "date"),
        ("n", ["1,234", "12"], "int"),
        ("n", ["1,234.50", "12"], "money"),
        ("n", ["￥1,234.50", "0.10"], "money"),
        ("n", ["9.99%", "-"], "share"),
        ("n", ["350000000001"], "id"),
        ("n", ['="350000000001"'], "id"),
        ("n", ["1,5", "2"], "comma"),
        ("n", ["a@b.co"], "email"),
        ("n", ["-", "", "nan"], "empty"),
        ("n", ["x", "1"], "text"),
    ],
)
def test_contents_are_told_from_the_cells(header: str, cells: list[str], kind: str) -> None:
    assert content_of(header, cells).kind == kind


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(names=st.lists(NAMES, min_size=2, max_size=6), cells=st.lists(NAMES, min_size=2, max_size=6))
def test_whatever_the_names_are_the_profile_loads(
    names: list[str], cells: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["订单号", "金额", *names], ["1", "2", *cells]])
    try:
        sheet = sheet_of(out.getvalue().replace("\0", ""))
        loaded(sheet, tmp_path_factory.getbasetemp())
    except GoldloopError as error:
        assert error.code in {"header_not_found", "encoding_unknown"}
