"""Samples of Taobao, Sycm, Alimama, Alipay, Douyin and Qianchuan exports, all in one home, against counts made by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import goldloop

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"

# file -> per sheet (profile, rows read, rows in quarantine, dropped)
TMALL = {
    "taobao_ExportOrderList_legacy.csv": [("taobao-order-list", 5, 0, {})],
    "taobao_ExportOrderDetailList.csv": [("taobao-order-details", 5, 0, {})],
    "taobao_ExportOrderList_2018.csv": [("taobao-order-list", 5, 0, {})],
    "taobao_ExportOrderList_2020.xlsx": [("taobao-order-list", 4, 1, {})],  # a number saved as 1.2202E+18
    "天猫_退款单_20261006_080000.xlsx": [("tmall-aftersale", 4, 0, {})],
    "【生意参谋平台】店铺取数_2026-10-01_2026-10-03.xls": [("sycm-shop-day", 3, 0, {})],
    "【生意参谋平台】商品360_2026-10-04_2026-10-05.xls": [("sycm-product", 2, 0, {}), ("sycm-sku", 2, 0, {})],
    "万相台_报表_20261009_091502.zip": [
        ("wanxiangtai", 3, 0, {"total_row": 1}), ("wanxiangtai", 2, 0, {}), ("wanxiangtai", 2, 0, {}),
    ],
    "直通车_宝贝报表_2026-10-09.csv": [("wanxiangtai", 2, 0, {})],
    "alipay_ledger.csv": [("alipay-ledger", 1, 0, {})],
    "支付宝_账务明细_20261005_090000.csv": [("alipay-ledger", 8, 0, {"comment_line": 4})],
}  # fmt: skip
DOUYIN = {
    "1791213782_douyin_orders.csv": [("douyin-orders", 3, 0, {})],
    "抖店_售后单_2026-10-08 00_10_00.xlsx": [("douyin-aftersale", 3, 0, {})],
    "抖音电商罗盘_自助取数_店铺.xlsx": [("douyin-shop-day", 3, 0, {})],
    "1791720000_抖店_动账明细.csv": [("douyin-funds", 5, 1, {})],  # neither in nor out
    "1791800000_抖店_结算账单.csv": [("douyin-settlement", 3, 0, {"description_row": 1})],
    "全域推广数据_商品_2026-10-01 00_00_00-2026-10-01 23_59_59.csv": [("qianchuan", 2, 0, {"total_row": 1})],
    "全域推广数据-视频-2026-10-04 00_00_00-2026-10-05 23_59_59.csv": [("qianchuan", 4, 0, {"total_row": 1})],
    "全域推广数据_计划_2026-10-07 00_00_00-2026-10-08 23_59_59.csv": [("qianchuan", 3, 0, {"total_row": 1})],
}

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    made = goldloop.open(tmp_path_factory.mktemp("samples") / "home", create=True)
    made.store_add("猫店", platform="tmall", currency="CNY", timezone="Asia/Shanghai")
    made.store_add("抖店", platform="douyin", currency="CNY", timezone="Asia/Shanghai")
    return made


@pytest.fixture(scope="module")
def receipts(shop):
    """Sheets of both stores by the name of their file; the detail list goes first, before the orders it belongs to."""
    found = {}
    for store, files in (("猫店", TMALL), ("抖店", DOUYIN)):
        for name in sorted(files, key=lambda n: "Detail" not in n):
            found[name] = shop.import_files([SAMPLES / name], store=store)
    return found


@pytest.mark.parametrize("name", [*TMALL, *DOUYIN])
def test_every_row_has_its_fate(receipts, name):
    found = receipts[name]
    assert [(r.profile, r.read, r.quarantined, r.dropped) for r in found] == (TMALL | DOUYIN)[name]
    assert all(r.closes and r.new == r.read - r.quarantined - sum(r.dropped.values()) for r in found)
    assert all(control["ok"] for r in found for control in r.control)
    assert {c for r in found for c in r.columns_unused} <= {"收件人"}


def of(shop, store, first, last, *names, **more):
    """The figures of one store and span."""
    row = shop.figures(list(names), stores=[store], first=first, last=last, **more).rows()[0]
    return {name: row[name] for name in names}


def test_orders_of_all_three_lists(shop, receipts):
    # 120 + 80 + 60 + 300 paid, 50 + 40 back of the second and third; 45 never paid; 10.00 postage
    assert of(shop, "猫店", "2026-09-01", "2026-09-30", "gmv", "orders", "user_paid", "refunded_gmv", "ordered_amount", "units") == {
        "gmv": "560.00", "orders": 4, "user_paid": "570.00", "refunded_gmv": "90.00", "ordered_amount": "605.00", "units": 5,
    }  # fmt: skip
    # 99 + 150 + 70, of which 70 back; the fourth row has lost the end of its number
    assert of(shop, "猫店", "2026-08-01", "2026-08-31", "gmv", "orders", "user_paid", "refunded_gmv", "units", basis="orders") == {
        "gmv": "319.00", "orders": 3, "user_paid": "327.00", "refunded_gmv": "70.00", "units": 5,
    }  # fmt: skip


def test_a_detail_list_gives_lines_to_the_orders_of_the_order_list(shop, receipts):
    # 199.00 + (199.00 and 89.00 of one order) + 149.00; the list alone gives the sums
    total = of(shop, "猫店", "2026-10-01", "2026-10-02", "gmv", "orders", "units", basis="orders")
    assert total == {"gmv": "636.00", "orders": 3, "units": 4}
    table = shop.figures(
        ["gmv", "units"], stores=["猫店"], first="2026-10-01", last="2026-10-02", by="sku", basis="orders"
    )
    assert {r["sku"]: (r["gmv"], r["units"]) for r in table.rows() if r["units"]} == {
        "LS-S-W": ("199.00", 1), "LS-M-W": ("199.00", 1), "CB-NAT": ("89.00", 1), "WS-01": ("149.00", 1),
    }  # fmt: skip


def test_of_lines_told_twice_those_with_numbers_count(shop, receipts, tmp_path):
    header = "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
    lines = "3500000000000000100,亚麻衬衫,199.00,1,null,,,,交易成功,LS-S-W\n3500000000000000200,帆布包,89.00,2,null,,,,交易关闭,"
    (tmp_path / "ExportOrderDetailList.csv").write_bytes(f"{header}\n{lines}\n".encode("gb18030"))
    shop.store_add("二店", platform="tmall", currency="CNY", timezone="Asia/Shanghai")
    files = [tmp_path / "ExportOrderDetailList.csv", SAMPLES / "taobao_suborders_2026.xlsx"]
    assert all(r.closes and not r.quarantined for r in shop.import_files(files, store="二店"))
    # 199.00 + 2 x 89.00, three units, as the sub-orders alone say
    assert of(shop, "二店", "2026-10-01", "2026-10-02", "gmv", "units", "orders") == {
        "gmv": "377.00",
        "units": 3,
        "orders": 2,
    }


def test_refunds_of_the_tmall_list(shop, receipts):
    # 288.00 on the 3rd, 50.00 on the 5th; one is still open, one was closed
    assert of(shop, "猫店", "2026-10-03", "2026-10-05", "refunds", basis="orders") == {"refunds": "338.00"}
    assert of(shop, "猫店", "2026-10-01", "2026-10-02", "refunded_gmv", basis="orders") == {"refunded_gmv": "338.00"}


def test_the_platforms_own_days(shop, receipts):
    assert of(shop, "猫店", "2026-10-01", "2026-10-01", "visitors", "buyers", "gmv", "refunds") == {
        "visitors": 1961, "buyers": 50, "gmv": "5047.50", "refunds": "120.00",
    }  # fmt: skip
    assert of(shop, "猫店", "2026-10-01", "2026-10-03", "visitor_days", "buyer_days", "gmv") == {
        "visitor_days": 5000, "buyer_days": 130, "gmv": "13000.00",  # 5047.50 + 5100.00 + 2852.50
    }  # fmt: skip
    # 12,345.60 + 10,000.00; the third day says nothing
    assert of(shop, "抖店", "2026-10-01", "2026-10-02", "gmv", "orders", "buyer_days", "visitors") == {
        "gmv": "22345.60", "orders": 218, "buyer_days": 205, "visitors": None,
    }  # fmt: skip


def test_spend_counts_once(shop, receipts):
    names = ("ad_cost", "impressions", "clicks", "ad_gmv")
    days = {
        ("猫店", "2026-10-06"): ("1474.50", 7000, 300, "3360.00"),  # two plans: 240.00 + 1,234.50
        ("猫店", "2026-10-07"): ("80.00", 800, 40, "100.00"),  # one audience in two windows
        ("猫店", "2026-10-08"): ("80.00", 800, 40, "70.00"),  # two keywords: 50 + 30
        ("猫店", "2026-10-09"): ("1274.50", 12000, 350, "2592.45"),  # the old form
        ("抖店", "2026-10-01"): ("1000.00", 10000, 500, "3000.00"),  # products
        ("抖店", "2026-10-04"): ("500.00", 5000, 250, "1500.00"),  # videos
        ("抖店", "2026-10-05"): ("400.00", 4000, 200, "1200.00"),
    }
    for (store, day), expected in days.items():
        assert tuple(of(shop, store, day, day, *names).values()) == expected, (store, day)
    # the plans are not split by day, so no single day has them
    assert of(shop, "抖店", "2026-10-07", "2026-10-08", "ad_cost", "ad_gmv") == {
        "ad_cost": "700.00",
        "ad_gmv": "2100.00",
    }
    assert of(shop, "抖店", "2026-10-07", "2026-10-07", "ad_cost")["ad_cost"] in (None, "0.00")


def test_refunds_of_douyin(shop, receipts):
    assert of(shop, "抖店", "2026-10-06", "2026-10-06", "refunds", basis="orders") == {"refunds": "200.00"}


def held(shop, table):
    """All facts of a table."""
    files = shop.snapshot().files(f"facts/{table}")
    return pa.concat_tables([pq.read_table(f, partitioning=None) for f in files], promote_options="default").to_pylist()


def test_ledgers_and_settlements_meet_their_orders(shop, receipts):
    rows = held(shop, "settlements")
    orders = {(r["store"], r["order_id"]) for r in held(shop, "orders")}
    sums = {}
    for row in rows:
        key = (row["store"], row["order_id"])
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row["amount"]) / 100
    cat, dou = sorted({store for store, _ in sums})
    assert {key: str(value.quantize(Decimal("0.01"))) for key, value in sums.items()} == {
        # 25.60 - 1.00 of the first ledger, 199.00 - 3.98 of the second
        (cat, "35000000000000001"): "219.62", (cat, "35000000000000002"): "-288.00", (cat, None): "-500.00",
        # 199.50 of the funds, 210.00 - 29.40 of the settlement
        (dou, "6900000000000000001"): "380.10", (dou, "6900000000000000002"): "-197.17",
        (dou, "6900000000000000003"): "104.50", (dou, None): "-2.00",
    }  # fmt: skip
    assert {key for key in sums if key[1]} <= orders


def test_nothing_personal_is_held(shop, receipts):
    for name in ("orders", "order_lines", "refunds", "settlements"):
        text = str(held(shop, name))
        assert not any(word in text for word in ("测试会员", "测试收件人", "13800000000", "测试路", "密文")), name
