"""The sample export files: recognised without a hint, every row accounted for, totals equal to a count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import goldloop

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"

# file, platform, currency, zone, profile per sheet, rows per sheet, figures by hand
CASES = {
    # 199.00 finished + 288.00 paid and closed with 288.00 back + 149.00 shipped; two more were never paid
    "taobao_ExportOrderList_legacy.csv": (
        "tmall", ["taobao-order-list"], [5],
        {"gmv": "636.00", "orders": 3, "buyers": 1, "buyer_value": "636.000000", "refunded_gmv": "288.00", "net": "348.00",
         "ordered_amount": "874.00", "ordered_orders": 5, "units": 4, "unidentified_gmv": "0.00"},
    ),
    # 199.00 of goods for 189.00 paid + 178.00 with 178.00 back; no buyer in this form
    "taobao_suborders_2026.xlsx": (
        "tmall", ["taobao-suborders"], [2],
        {"gmv": "377.00", "orders": 2, "units": 3, "user_paid": "367.00", "refunded_gmv": "178.00", "buyers": None,
         "unidentified_gmv": "377.00"},
    ),
    # two payments in the four sub-tables: the parent row 652 = 400 + 252 visitors of its children
    "【生意参谋平台】店铺来源_2026-10-01.xls": (
        "tmall", ["sycm-sources", "sycm-sources"], [4, 1], {"visitors": None, "paid_share": 652 / 1962},
    ),
    "【生意参谋平台】商品_全部_2026-10-01_2026-10-01.xls": ("tmall", ["sycm-product"], [2], {"visitors": None}),
    "【生意参谋平台】商品_宏观监控_2026-10.xls": ("tmall", ["sycm-macro"], [1], {"visitors": None}),
    # the same 120.50 stands on both windows and counts once; 50.00 are attributed within 15 days
    "商品报表_20261002_101010.zip": (
        "tmall", ["wanxiangtai"], [2],
        {"ad_cost": "120.50", "clicks": 50, "impressions": 1000, "ad_gmv": "50.00", "cpc": "2.410000", "ctr": 0.05},
    ),
    # 189 + 189 + 89 paid, and 21.00 of platform discount each; one line of 210.00 refunded by its status
    "1791213782_douyin_orders.csv": (
        "douyin", ["douyin-orders"], [3],
        {"gmv": "530.00", "orders": 3, "units": 3, "user_paid": "467.00", "platform_discount": "63.00",
         "refunded_gmv": "210.00", "buyers": None},
    ),
    # 199 + 89 of goods and 10.00 postage; 89.00 back; the second order was voided and never paid
    "shopify_orders_export.csv": (
        "shopify", ["shopify-orders"], [3],
        {"gmv": "288.00", "orders": 1, "units": 2, "buyers": 1, "postage": "10.00", "refunded_gmv": "89.00", "net": "199.00",
         "user_paid": "298.00"},
    ),
}  # fmt: skip

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("name", CASES)
def test_sample(name, tmp_path):
    platform, profiles, rows, expected = CASES[name]
    shop = goldloop.open(tmp_path / "home", create=True)
    abroad = platform == "shopify"
    shop.store_add(
        "店",
        platform=platform,
        currency="USD" if abroad else "CNY",
        timezone="America/New_York" if abroad else "Asia/Shanghai",
    )
    receipts = shop.import_files([SAMPLES / name])
    assert [r.profile for r in receipts] == profiles
    assert [r.read for r in receipts] == rows
    assert all(r.closes and r.new == r.read for r in receipts)
    found = shop.figures(
        list(expected), first="2026-10-01", last="2026-10-02" if "paid_share" not in expected else "2026-10-01"
    ).rows()[0]
    for figure, value in expected.items():
        assert found[figure] == (pytest.approx(value) if isinstance(value, float) else value), figure


def test_header_amounts_and_lines_of_one_order_are_counted_once(tmp_path):
    """The order list and the line form of other orders, and a list that comes twice: one order is one order."""
    shop = goldloop.open(tmp_path / "home", create=True)
    shop.store_add("店", platform="tmall", currency="CNY", timezone="Asia/Shanghai")
    files = [SAMPLES / "taobao_ExportOrderList_legacy.csv", SAMPLES / "taobao_suborders_2026.xlsx"]
    shop.import_files(files)
    once = shop.figures(["gmv", "orders", "units"]).rows()
    (tmp_path / "renamed.csv").write_bytes(files[0].read_bytes())
    again = shop.import_files([tmp_path / "renamed.csv", *files[::-1]])
    assert shop.figures(["gmv", "orders", "units"]).rows() == once
    assert once[0]["gmv"] == "1013.00"  # 636.00 + 377.00
    assert sum(r.new + r.updated for r in again) == 0


def test_sources_of_a_sample_show_parents_apart(tmp_path):
    shop = goldloop.open(tmp_path / "home", create=True)
    shop.store_add("店", platform="tmall", currency="CNY", timezone="Asia/Shanghai")
    shop.import_files([SAMPLES / "【生意参谋平台】店铺来源_2026-10-01.xls"])
    rows = shop.figures(["source_visitors", "source_gmv"], first="2026-10-01", last="2026-10-01", by="source").rows()
    found = {r["source"]: r["source_visitors"] for r in rows}
    assert sum(v for s, v in found.items() if "推广" in s and s != "付费推广") >= 652
    assert 1310 in found.values()
