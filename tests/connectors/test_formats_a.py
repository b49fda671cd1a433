"""Traps of the Taobao, Sycm, Alimama, Alipay, Douyin and Qianchuan formats that no sample file shows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from goldloop.connectors import readers
from goldloop.connectors.normalise import Normalised
from goldloop.connectors.profile import load_profiles
from goldloop.connectors.readers.delimited import DelimitedSheet
from goldloop.connectors.recognise import Recognition, recognise
from goldloop.connectors.templates import template_profiles
from goldloop.core.errors import GoldloopError
from goldloop.lake.schema import FILLED
from tests.connectors.support import DOUYIN, SAMPLES, Rows, accounted, at, day, rows, said

ALL = [*template_profiles(FILLED), *load_profiles(None)]


def recognised(text: str, file: str = "any.csv", encoding: str = "utf-8") -> Recognition:
    return recognise(DelimitedSheet(pa.py_buffer(text.encode(encoding)), file=file), ALL)


def told(text: str, profile: str, **more: Any) -> Normalised:
    found = said(Rows(text), profile, **more)
    accounted(found)
    return found


def wrong(found: Normalised) -> set[tuple[int, str, str]]:
    return {(i.row, i.column, i.code) for i in found.issues}


# --- Taobao


@pytest.mark.parametrize(
    ("file", "columns"),
    [("ExportOrderList_legacy.csv", 46), ("ExportOrderList_2018.csv", 56), ("ExportOrderList_2020.xlsx", 61)],
)
def test_the_order_list_in_all_its_widths(file: str, columns: int) -> None:
    (sheet,) = readers.sheets(SAMPLES / f"taobao_{file}")
    found = recognise(sheet, ALL)
    assert found.profile is not None and found.profile.id == "taobao-order-list"
    assert len(sheet.columns(1)) == columns and not found.unused


DETAILS = "订单编号 | 标题 | 价格 | 购买数量 | 外部系统编号 | 商品属性 | 套餐信息 | 备注 | 订单状态 | 商家编码"


def test_lines_without_numbers_are_told_apart_by_their_content() -> None:
    found = told(
        f"{DETAILS}\n1 | 衬衫 | 50 | 1 | null | 白 | | | 交易成功 | S-W\n1 | 衬衫 | 50 | 1 | null | 白 | | | 交易成功 | S-W\n"
        "1 | 衬衫 | 50 | 2 | null | 黑 | | | 交易成功 | \n1 | 手提袋 | 0.00 | 1 | null | | | 请张三签收 | 交易成功 |",
        "taobao-order-details",
    )
    lines = rows(found, "order_lines")
    assert [(r["line_key"], r.get("sku"), r["list_value"], r["kind"]) for r in lines] == [
        ("S-W|白|50#1", "S-W", 5000, "sale"), ("S-W|白|50#2", "S-W", 5000, "sale"),
        ("衬衫|黑|50#1", None, 10000, "sale"), ("手提袋||0#1", None, 0, "gift"),
    ]  # fmt: skip
    assert not found.issues and "张三" not in str(lines) and not any("goods_amount" in r for r in lines)
    assert [s.table for s in found.statements] == ["order_lines"]  # no order is made up without a time


def test_closed_lines_do_not_say_whether_they_were_paid() -> None:
    found = told(
        f"{DETAILS} | 订单创建时间\n1 | 衬衫 | 50 | 1 | | | | | 交易关闭 | S | 2026-10-01 10:00:00\n"
        "2 | 衬衫 | 50 | 1 | | | | | 等待买家付款 | S | 2026-10-01 11:00:00\n3.5E+16 | 衬衫 | 50 | 1 | | | | | 交易成功 | S | 2026-10-01",
        "taobao-order-details",
    )
    assert [(r.get("status"), r["status_raw"], r["placed_at"]) for r in rows(found, "order_lines")] == [
        (None, "交易关闭", at("2026-10-01 10:00")), ("unpaid", "等待买家付款", at("2026-10-01 11:00")),
    ]  # fmt: skip
    assert wrong(found) == {(4, "订单编号", "id_damaged")}


def test_the_thirteen_columns_of_sub_orders_are_enough() -> None:
    header = "子订单编号,主订单编号,商品ID,商品标题,购买数量,商品价格,商品属性,订单状态,支付单号,买家实付金额,退款金额,订单创建时间,订单付款时间"
    found = recognised(f"{header}\n11,1,7,衬衫,1,30,白,交易成功,T,30,无退款申请,2026-10-01,2026-10-01\n")
    assert found.profile is not None and (found.profile.id, found.unused) == ("taobao-suborders", ())


# --- Sycm


def test_days_of_one_product_are_no_days_of_the_shop() -> None:
    header = "统计日期,商品访客数,支付金额,支付买家数,支付转换率"
    assert recognised(f"{header}\n2026年07月06日,10,5.00,1,10%\n").profile is None
    found = recognised(f"{header},商品ID\n2026年07月06日,10,5.00,1,10%,680000000001\n")
    assert found.profile is not None and found.profile.id == "sycm-product"


def test_days_as_the_product_page_writes_them() -> None:
    found = told(
        "统计日期 | 商品ID | 商品访客数 | 支付金额 | 支付买家数 | 支付转换率\n2026年07月06日 | 7 | 1,020 | 5.00 | 1 | 9.99%",
        "sycm-product",
    )
    assert [(r["first_day"], r["visitors"]) for r in rows(found, "traffic")] == [(day("2026-07-06"), 1020)]


def test_skus_have_the_days_of_their_file_and_no_visitors() -> None:
    sheet = Rows("skuId | sku名称 | 支付金额 | 支付买家数 | 支付件数 | 加购件数\n51 | 白;S | 1,200.00 | 5 | 6 | -", file="SKU_2026-10-01_2026-10-03.xls")  # fmt: skip
    found = said(sheet, "sycm-sku")
    (row,) = rows(found, "traffic")
    assert (row["scope_kind"], row["scope_id"], row["first_day"], row["last_day"]) == (
        "sku", "51", day("2026-10-01"), day("2026-10-03"),
    )  # fmt: skip
    assert (row["gmv"], row["buyers"], row["units"]) == (120000, 5, 6) and "visitors" not in row
    with pytest.raises(GoldloopError) as error:
        said(Rows("skuId | sku名称 | 支付金额 | 支付件数\n51 | 白 | 1 | 1"), "sycm-sku")
    assert error.value.code == "period_needed"


# --- Douyin

ORDERS = "主订单编号 | 子订单编号 | 选购商品 | 商品数量 | 商品ID | 商品单价 | 订单应付金额 | 运费 | 收件人 | 平台实际承担优惠金额 | 商家实际承担优惠金额 | 达人实际承担优惠金额 | 订单提交时间 | 支付完成时间 | 订单状态 | 售后状态"


def test_several_goods_in_one_cell_stand_for_no_price() -> None:
    found = told(
        f"{ORDERS}\n1 | 11 | 衬衫;帆布包 | 3 | 7;8 | 50.00;20.00 | 120.00 | 0 | ##密文 | 0 | 0 | 0 | 2026-10-01 | 2026-10-01 | 已发货 | -\n"
        "2 | 21 | 衬衫;帆布包 | 1;2 | 7;8 | 50.00;20.00 | 90.00 | 0 | ##密文 | 0 | 0 | 0 | 2026-10-01 | 2026-10-01 | 已发货 | -",
        "douyin-orders",
        store=DOUYIN,
    )
    (line,) = rows(found, "order_lines")
    assert (line["quantity"], line["goods_amount"]) == (3, 12000)
    assert not {"unit_price", "list_value", "product_id", "sku"} & set(line)
    assert wrong(found) == {(3, "商品数量", "bad_number")}  # quantities joined too: nobody can tell them apart


def test_what_a_creator_gives_away_is_no_part_of_the_sale() -> None:
    found = told(
        f"{ORDERS}\n1 | 11 | 衬衫 | 1 | 7 | 100.00 | 85.00 | 5.00 | 测试人 | 10.00 | 6.00 | 4.00 | 2026-10-01 | 2026-10-01 | 已完成 | -",
        "douyin-orders",
        store=DOUYIN,
    )
    (line,) = rows(found, "order_lines")
    assert (line["goods_amount"], line["user_paid"], line["platform_discount"], line["merchant_discount"]) == (
        9000, 8500, 1000, 600,
    )  # fmt: skip
    (order,) = rows(found, "orders")
    assert "buyer_key" not in order and "测试人" not in str(order) + str(line)


COMPASS = "店铺名称 | 成交金额 | 用户支付金额 | 成交订单数 | 成交人数 | 净成交金额"


def test_a_range_is_never_one_day() -> None:
    found = told(f"统计日期 | {COMPASS}\n20260725-20260729 | 抖音店 | 500 | 480 | 9 | 8 | 450", "douyin-shop-day", store=DOUYIN)  # fmt: skip
    (row,) = rows(found, "store_day")
    assert (row["first_day"], row["last_day"], row["gmv"]) == (day("2026-07-25"), day("2026-07-29"), 50000)
    found = told(
        f"统计日期 | 日期 | {COMPASS}\n20260725-20260729 | 20260726 | 抖音店 | 100 | 98 | 3 | 3 | 90",
        "douyin-shop-day",
        store=DOUYIN,
    )
    (row,) = rows(found, "store_day")
    assert (row["first_day"], row["last_day"], row["buyers"], row["orders"]) == (day("2026-07-26"), day("2026-07-26"), 3, 3)  # fmt: skip


@pytest.mark.parametrize("name", ["直播间ID", "视频标题", "商品ID", "达人昵称"])
def test_the_same_export_by_something_else_is_no_row_of_the_shop(name: str) -> None:
    found = recognised(
        f"统计日期,{name},店铺名称,成交金额,用户支付金额,成交订单数,成交人数\n20260725-20260729,x,s,1,1,1,1\n"
    )
    assert found.profile is None or found.profile.id != "douyin-shop-day"


def test_seven_columns_of_after_sales_know_no_day() -> None:
    found = told(
        "售后单号 | 订单号 | 商品单号 | 售后类型 | 售后状态 | 售后申请时间 | 退商品金额(元)\n"
        "\t1 | 10 | 11 | 未发货仅退款 | 退款成功 | 2026-10-01 10:00:00 | 50.00\n2 | 20 | 21 | 维修 | 没见过的词 | 2026-10-01 10:00:00 | -",
        "douyin-aftersale",
        store=DOUYIN,
    )
    first, second = rows(found, "refunds")
    assert (first["refund_id"], first["status"], first["kind"], first["amount"], first["amount_basis"]) == (
        "1", "done", "before_shipping", 5000, "known",
    )  # fmt: skip
    assert "refunded_at" not in first and first["requested_at"] == at("2026-10-01 10:00")
    assert (second["status"], second["status_raw"], second["kind"], second["amount_basis"]) == (
        "unknown", "没见过的词", "unknown", "unknown",
    )  # fmt: skip
    assert [n.params["words"] for n in found.notes if n.code == "words_unknown"] == [["维修"], ["没见过的词"]]


FUNDS = "动账时间 | 动帐流水号 | 动账方向 | 动账金额 | 动账场景 | 子订单号 | 订单号"


def test_the_direction_of_money_decides_about_its_sign() -> None:
    time = "2026-10-08 02:00:00"
    found = told(
        f"{FUNDS}\n{time} | '1 | 入账 | 8.17 | 货款 | '11 | '10\n{time} | '2 | 出账 | 8.17 | 运费 | '11 | '10\n{time} | '3 | 出账 | -8.17 | 运费 | |\n"
        f"{time} | '4 | 入账 | -8.17 | 货款 | '11 | '10\n{time} | '5 | 未知 | 8.17 | 运费 | |\n{time} | '6 | 出账 | 1.00 | 运费 | | \n{time} | '6 | 出账 | 2.00 | 运费 | |",
        "douyin-funds",
        store=DOUYIN,
    )
    assert [(r["settlement_id"], r["row_key"], r["amount"], r.get("order_id")) for r in rows(found, "settlements")] == [
        ("1", "11", 817, "10"), ("2", "11", -817, "10"), ("3", "", -817, None),
    ]  # fmt: skip
    assert {(row, code) for row, _, code in wrong(found)} == {
        (5, "row_unplaced"), (6, "row_unplaced"), (7, "key_twice"), (8, "key_twice"),
    }  # fmt: skip


def test_settlements_without_their_two_sums_state_the_outcome() -> None:
    found = told(
        "结算时间 | 订单号 | 子订单号 | 结算金额 | 结算单类型\n平台计算说明 | | | | \n2026-10-08 | '10 | '11 | 180.60 | 已结算",
        "douyin-settlement",
        store=DOUYIN,
    )
    (row,) = rows(found, "settlements")
    assert (row["component"], row["amount"], row["order_id"]) == ("结算金额", 18060, "10")
    assert found.dropped == {"description_row": 1} and not found.issues


# --- Qianchuan and Wanxiangtai

PROMOTED = "整体消耗 | 整体成交金额 | 整体成交订单数 | 净成交金额 | 净成交金额结算率"


def test_totals_of_whole_store_promotion_whatever_they_are_called() -> None:
    data = "2026-10-01 | 36 | 衬衫 | 1,000.00 | 3,000.00 | 20 | 2,700.00 | 90.00%"
    for total in ("- | 全部 | 全部", "全部 | - | 全部", "全部 | - | -", " | | "):
        found = told(
            f"日期 | 商品ID | 商品名称 | {PROMOTED}\n{total} | 1,000.00 | 3,000.00 | 20 | 2,700.00 | 90.00%\n{data}",
            "qianchuan",
            store=DOUYIN,
        )
        assert found.dropped == {"total_row": 1} and [c.ok for c in found.control] == [True, True, True], total
        (sale,) = rows(found, "ad_sales")
        assert (sale["gmv"], sale["net_gmv"], sale["orders"]) == (300000, 270000, 20)


def test_promotion_that_is_not_split_by_day() -> None:
    text = f"日期 | 计划ID | 计划名称 | {PROMOTED}\n全部 | 18 | 甲 | 10 | 30 | 2 | 27 | 90%\n- | 19 | 乙 | 5 | 9 | 1 | - | -"
    found = said(Rows(text, file="全域推广数据_计划_2026-10-01 00_00_00-2026-10-07 23_59_59.csv"), "qianchuan", DOUYIN)
    accounted(found)
    assert {(r["first_day"], r["last_day"], r["subject_kind"], r["whole_store"]) for r in rows(found, "ads")} == {
        (day("2026-10-01"), day("2026-10-07"), "plan", True)
    }
    with pytest.raises(GoldloopError) as error:
        said(Rows(text), "qianchuan", DOUYIN)
    assert error.value.code == "period_needed"


def test_rows_longer_than_the_header_lose_only_what_has_no_name() -> None:
    text = "日期,商品ID,商品名称,整体消耗,整体成交金额\n-,全部,全部,5.00,9.00\n2026-10-01,36,衬衫,5.00,9.00,多,余\n"
    sheet = DelimitedSheet(pa.py_buffer(text.encode("gbk")), file="a.csv")
    found = recognise(sheet, ALL)
    assert found.profile is not None and found.profile.id == "qianchuan"
    table = sheet.table(1)
    assert table["整体成交金额"].to_pylist() == ["9.00", "9.00"] and table["_row"].to_pylist() == [2, 3]


def test_a_total_of_plans_stands_under_any_column() -> None:
    header = "场景ID | 场景名字 | 计划ID | 计划名字 | 展现量 | 点击量 | 花费 | 总成交金额"
    for total in ("合计 | | | ", " | 合计 | | ", " | | 合计 | ", " | | | "):
        text = f"{header}\n371 | 关键词推广 | 8 | 甲 | 10 | 1 | 1.50 | 5\n{total} | 10 | 1 | 1.50 | 5"
        found = said(Rows(text, file="计划报表_20261001.csv"), "wanxiangtai")
        accounted(found)
        assert found.dropped == {"total_row": 1} and all(c.ok for c in found.control), total
        assert [r["cost"] for r in rows(found, "ads")] == [150]


def test_the_old_form_names_plans_and_products_without_numbers() -> None:
    header = "状态 | 商品名称 | 推广单元类型 | 计划名称 | 默认出价 | 展现量 | 点击量 | 点击率 | 花费 | 平均点击花费 | 点击转化率 | 投入产出比 | 总成交金额"
    lines = "推广中 | 衬衫 | 普通 | 老计划 | ￥1.20 | 10 | 1 | 10% | ￥1,234.50 | - | - | 2.1 | ￥2,592.45\n推广中 | 包 | 普通 | 老计划 | ￥1.20 | 10 | 1 | 10% | - | - | - | - | -"
    found = said(Rows(f"{header}\n{lines}", file="直通车_2026-10-09.csv"), "wanxiangtai")
    assert [(r["campaign_id"], r["subject_kind"], r["subject_id"], r["cost"]) for r in rows(found, "ads")] == [
        ("老计划", "product", "衬衫", 123450)
    ]
    assert wrong(found) == {(3, "花费", "missing_value")}  # no spend is not a spend of zero


# --- Alipay

LEDGER = (
    "账务流水号 | 发生时间 | 收入金额(+元) | 支出金额(-元) | 业务类型 | 业务描述 | 业务基础订单号 | 商户订单号 | 备注"
)


def test_orders_behind_numbers_of_payments() -> None:
    time = "2026-10-01 01:02:03"
    found = told(
        f"{LEDGER}\n1 | {time} | 25.60\t | | 交易 | 收入 | | T200P35000000000000001\t | 张三\n2 | {time} | | -1.00 | 收费 | | 35000000000000001 | |\n"
        f"3 | {time} | | -5.00 | 提现 | | | TX20261001 |\n4 | {time} | 0.00 | 0.00 | 冻结 | | | |\n#导出时间 | | | | | | | |",
        "alipay-ledger",
    )
    assert [(r["settlement_id"], r["row_key"], r["component"], r["amount"], r.get("order_id")) for r in rows(found, "settlements")] == [
        ("1", "income", "交易/收入", 2560, "35000000000000001"), ("2", "expense", "收费", -100, "35000000000000001"),
        ("3", "expense", "提现", -500, None),
    ]  # fmt: skip
    assert found.dropped == {"comment_line": 1, "nothing_booked": 1} and not found.issues


def test_amounts_on_the_wrong_side_are_not_guessed() -> None:
    time = "2026-10-01 01:02:03"
    found = told(
        f"{LEDGER}\n1 | {time} | -5.00 | | 交易 | | | |\n2 | {time} | | 5.00 | 交易 | | | |\n3 | {time} | 7.00 | 5.00 | 交易 | | | |\n4 | {time} | | | 交易 | | | |",
        "alipay-ledger",
    )
    assert {(i.row, i.code) for i in found.issues} == {(n, "row_unplaced") for n in (2, 3, 4, 5)}


def test_a_header_below_any_number_of_comments() -> None:
    names = "账务流水号,发生时间,收入金额（+元）,支出金额（-元）,业务类型,商户订单号"
    for count in (1, 4, 9):
        text = "\n".join(
            [*(f"#第{n}行，说明" for n in range(count)), names, "1\t,2026-10-01 01:02:03\t,5.00\t,\t,交易\t,\t"]
        )
        found = recognised(text, encoding="gb18030")
        assert found.profile is not None
        assert (found.profile.id, found.header_row) == ("alipay-ledger", count + 1)
