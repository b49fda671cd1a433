"""Shop, product, source and ad reports and product files: sample files against counts made by hand, and their traps."""

from decimal import Decimal

import pytest

from goldloop.core.errors import GoldloopError
from tests.connectors.support import SHOPIFY, Rows, accounted, day, rows, said, sample

OCTOBER_1 = day("2026-10-01")

SHOP_DAY = "统计日期 | 访客数 | 浏览量 | 跳失率 | 新访客数 | 老访客数 | 下单买家数 | 下单金额 | 支付金额 | 支付买家数 | 支付父订单数 | 支付转化率 | 老买家支付金额 | 成功退款金额 | 店铺页访客数"


def test_shop_by_day_in_any_order_and_choice_of_columns() -> None:
    found = said(
        Rows(
            f"{SHOP_DAY}\n2026-10-01 | 1,961 | 5,381 | 66.70% | 1,500 | 461 | 60 | 6,100.00 | 5,047.50 | 50 | 55 | 2.55% | 1,000.00 | 120.00 | 300\n"
            "2026-10-02 | 2,000 | 6,000 | 50% | - | - | 61 | 6,200.00 | 5,100.00 | 51 | 56 | 2.55% | - | 0 | 310\n汇总 | 3,900 | | | | | | | 10,147.50 | | | | | |",
            above=["生意参谋", "统计日期：2026-10-01~2026-10-02", ""],
        ),
        "sycm-shop-day",
    )
    accounted(found)
    assert found.dropped == {"total_row": 1} and found.control[0].ok and found.control[0].stated == Decimal("10147.5")
    first, second = rows(found, "store_day")
    assert (first["first_day"], first["last_day"], first["report"]) == (OCTOBER_1, OCTOBER_1, "sycm_shop_day")
    assert (first["visitors"], first["page_views"], first["buyers"], first["orders"], first["gmv"]) == (
        1961,
        5381,
        50,
        55,
        504750,
    )
    assert (first["bounce_rate"], first["new_visitors"], first["repeat_gmv"], first["refunds"]) == (
        0.667,
        1500,
        100000,
        12000,
    )
    assert "new_visitors" not in second and second["refunds"] == 0  # nothing is not zero
    assert first["_row"] == 5  # three lines above the header

    few = said(Rows("支付买家数 | 支付金额 | 日期\n50 | 5047.5 | 20261001"), "sycm-shop-day")
    assert [(r["first_day"], r["buyers"], r["gmv"]) for r in rows(few, "store_day")] == [(OCTOBER_1, 50, 504750)]
    assert "visitors" not in few.statements[0].carried


def test_shop_rows_of_a_month() -> None:
    found = said(Rows("统计日期 | 访客数\n2026-09-01 ~ 2026-09-30 | 50,000\n2026-08 | 40,000"), "sycm-shop-day")
    assert [(r["first_day"], r["last_day"]) for r in rows(found, "store_day")] == [
        (day("2026-09-01"), day("2026-09-30")),
        (day("2026-08-01"), day("2026-08-31")),
    ]


def test_products_sample() -> None:
    (found,) = sample("【生意参谋平台】商品_全部_2026-10-01_2026-10-01.xls", "sycm-product")
    accounted(found)
    assert (found.read, found.issues) == (2, [])
    first, second = rows(found, "traffic")
    assert (first["scope_kind"], first["scope_id"], first["first_day"], first["last_day"], first["unit"]) == (
        "product",
        "680000000001",
        OCTOBER_1,
        OCTOBER_1,
        "visitors",
    )
    assert (
        first["visitors"],
        first["page_views"],
        first["buyers"],
        first["units"],
        first["gmv"],
        first["refunds"],
    ) == (1961, 5381, 196, 228, 828620, 158555)
    assert (
        first["ordered_buyers"],
        first["ordered_amount"],
        first["new_buyers"],
        first["repeat_buyers"],
        first["repeat_gmv"],
    ) == (199, 860630, 174, 22, 85560)
    assert (first["bounce_rate"], first["stay_seconds"], first["title"], first["_row"]) == (0.667, 17.02, "亚麻衬衫", 6)
    assert (second["visitors"], second["gmv"]) == (12, 0)


def test_product_overview_sample_mixes_numbers_and_text() -> None:
    (found,) = sample("【生意参谋平台】商品_宏观监控_2026-10.xls", "sycm-macro")
    accounted(found)
    (row,) = rows(found, "traffic")
    assert (row["scope_kind"], row["visitors"], row["page_views"], row["buyers"], row["units"], row["gmv"], row["refunds"]) == (
        "store_products", 877, 2133, 2, 5, 1009500, 1441400,
    )  # fmt: skip


def test_sources_sample_keeps_parents_as_parents() -> None:
    shop, carriers = sample("【生意参谋平台】店铺来源_2026-10-01.xls", "sycm-sources")
    accounted(shop)
    accounted(carriers)
    assert (shop.read, carriers.read) == (4, 1)
    assert [
        (r["scope_id"], r["level"], r["is_parent"], r["source_group"], r["visitors"], r["gmv"])
        for r in rows(shop, "traffic")
    ] == [
        ("付费推广", 1, True, "paid", 652, 120300),
        ("付费推广/关键词推广", 2, False, "paid", 400, 80000),
        ("付费推广/人群推广", 2, False, "paid", 252, 40300),
        ("平台流量", 1, False, "free", 1310, 205000),  # its children are not in the file
    ]
    assert {(r["first_day"], r["report"], r.get("carrier")) for r in rows(shop, "traffic")} == {
        (OCTOBER_1, "sycm_sources", None)  # the whole shop is no carrier: carriers show its visits again
    }
    assert [
        (r["scope_id"], r["level"], r["source_group"], r["report"], r["visitors"]) for r in rows(carriers, "traffic")
    ] == [("手机淘宝/平台流量/手淘搜索", 2, "free", "sycm_sources_by_carrier", 900)]


def test_sources_of_several_days_and_unknown_names() -> None:
    found = said(
        Rows(
            "统计日期 | 一级来源 | 二级来源 | 三级来源 | 访客数 | 支付金额\n2026-10-01 | 新渠道 | 汇总 | 汇总 | 10 | 1\n2026-10-02 | 新渠道 | 某某 | 汇总 | 8 | 1\n"
            "2026-10-02 | 新渠道 | 汇总 | 汇总 | 9 | 1\n2026-10-02 | 平台流量 | 聚划算 | 会场 | 5 | 1"
        ),
        "sycm-sources",
    )
    accounted(found)
    assert [(r["scope_id"], r["is_parent"], r["source_group"]) for r in rows(found, "traffic")] == [
        ("新渠道", False, "unmapped"), ("新渠道/某某", False, "unmapped"), ("新渠道", True, "unmapped"), ("平台流量/聚划算/会场", False, "event"),
    ]  # fmt: skip


def test_ads_sample_counts_the_spend_once() -> None:
    (found,) = sample("商品报表_20261002_101010.zip", "wanxiangtai")
    accounted(found)
    assert (found.read, found.issues) == (2, [])
    (ad,) = rows(found, "ads")
    assert (ad["cost"], ad["impressions"], ad["clicks"], ad["subject_kind"], ad["subject_id"], ad["tool"], ad["campaign_id"]) == (
        12050, 1000, 50, "product", "680000000001", "关键词推广", "82000000001",
    )  # fmt: skip
    assert [(s["window"], s["gmv"], s["direct_gmv"], s["orders"], s["new_buyers"], s["buyers"]) for s in rows(found, "ad_sales")] == [
        ("1d", 3000, 2000, 1, 1, 2), ("15d", 5000, 2000, 2, 1, 2),
    ]  # fmt: skip
    assert ad["whole_store"] is False and {s["_row"] for s in rows(found, "ad_sales")} == {2, 3}


ADS = "计划ID | 计划名字 | 场景名字 | 展现量 | 点击量 | 花费 | 总成交金额"


def test_ads_whose_day_stands_in_the_name() -> None:
    sheet = f"{ADS}\n1 | 计划A | 全站推广 | 10 | 1 | ￥1.50 | -\n合计 | | | 10 | 1 | 1.50 | "
    found = said(Rows(sheet, file="商品报表_20261001.csv"), "wanxiangtai")
    accounted(found)
    (ad,) = rows(found, "ads")
    assert (ad["first_day"], ad["cost"], ad["subject_kind"], ad["subject_id"], ad["whole_store"]) == (
        OCTOBER_1,
        150,
        "plan",
        "",
        True,
    )
    (sale,) = rows(found, "ad_sales")
    assert sale["window"] == "platform" and "gmv" not in sale
    assert found.dropped == {"total_row": 1} and [c.ok for c in found.control] == [True]
    with pytest.raises(GoldloopError) as error:
        said(Rows(sheet, file="商品报表_20261002_101010.csv"), "wanxiangtai")
    assert error.value.code == "period_needed"


def test_ads_by_keyword_and_rows_that_disagree() -> None:
    found = said(
        Rows(
            "日期 | 计划ID | 计划名字 | 主体ID | 主体类型 | 词名字 | 转化周期 | 展现量 | 点击量 | 花费 | 总成交金额\n"
            "2026-10-01 | 1 | A | 680 | 商品 | 衬衫 | 3天转化 | 10 | 1 | 1.50 | 5\n2026-10-01 | 1 | A | 680 | 商品 | 亚麻 | 3天转化 | 10 | 1 | 2.50 | 5\n"
            "2026-10-01 | 1 | A | 680 | 商品 | 围巾 | 3天转化 | 10 | 1 | 1.00 | 5\n2026-10-01 | 1 | A | 680 | 商品 | 围巾 | 3天转化 | 20 | 1 | 9.00 | 7"
        ),
        "wanxiangtai",
    )
    accounted(found)
    assert [(a["subject_kind"], a["subject_id"], a["cost"]) for a in rows(found, "ads")] == [
        ("keyword", "衬衫", 150),
        ("keyword", "亚麻", 250),
    ]
    assert {(i.row, i.code) for i in found.issues} == {
        (4, "key_twice"),
        (5, "key_twice"),
    }  # never one of two spends in silence


PRODUCTS = "Handle | Title | Body (HTML) | Vendor | Type | Tags | Option1 Value | Variant SKU | Variant Price | Cost per item | Season | Image Src"


def test_shopify_products_and_all_their_columns() -> None:
    found = said(
        Rows(
            f"{PRODUCTS}\nlinen | Linen Shirt | <p>x</p> | Own | Shirts | summer | S | LS-S | 199.00 | 60.005 | SS26 | http://x/1\nlinen | | | | | | M | LS-M | 199.00 | 60 | | \n"
            "linen | | | | | | | | | | | http://x/2\nbag | Canvas Bag | | Own | Bags | | Default | | 89.00 | 20 | | "
        ),
        "shopify-products",
        SHOPIFY,
    )
    accounted(found)  # the row that holds nothing but a picture belongs to its product
    items = {(r["item_kind"], r["item_id"]): r for r in rows(found, "products")}
    assert set(items) == {("product", "linen"), ("product", "bag"), ("sku", "LS-S"), ("sku", "LS-M")}
    sku = items["sku", "LS-M"]
    assert (sku["product_id"], sku["title"], sku["brand"], sku["category"], sku["price"], sku["cost"]) == (
        "linen",
        "Linen Shirt / M",
        "Own",
        "Shirts",
        Decimal("199"),
        Decimal("60"),
    )
    assert items["sku", "LS-S"]["cost"] == Decimal("60.005") and "price" not in items["product", "linen"]
    told = {(r["item_kind"], r["item_id"], r["attribute"]): r["value"] for r in rows(found, "product_attributes")}
    assert (
        told["sku", "LS-M", "Vendor"] == "Own"
        and told["product", "linen", "Season"] == "SS26"
        and told["sku", "LS-M", "Option1 Value"] == "M"
    )
    assert ("sku", "LS-M", "Season") not in told  # it stood on the other variant's row
    assert not any(a in ("Body (HTML)", "Image Src", "Variant Price") for _, _, a in told)
    assert {r["valid_from"] for r in rows(found, "product_attributes")} == {day("1970-01-01")}


def test_the_newer_product_template() -> None:
    found = said(
        Rows(
            "URL handle | Title | Vendor | Type | SKU | Price | Status\nlinen | Linen Shirt | Own | Shirts | LS-S | 199.00 | Active",
            file="products_20261001_080000.csv",
        ),
        "shopify-products",
        SHOPIFY,
    )
    accounted(found)
    assert {(r["item_kind"], r["item_id"]) for r in rows(found, "products")} == {("product", "linen"), ("sku", "LS-S")}
    told = {(r["item_kind"], r["attribute"]): (r["value"], r["valid_from"]) for r in rows(found, "product_attributes")}
    assert told["sku", "Handle"] == ("linen", OCTOBER_1) and told["product", "Status"] == ("Active", OCTOBER_1)


def test_two_spends_without_sales_are_still_two() -> None:
    found = said(
        Rows(
            f"日期 | {ADS}\n2026-10-01 | 1 | A | 关键词推广 | 10 | 1 | 1.50 | 0\n2026-10-01 | 1 | A | 关键词推广 | 10 | 1 | 2.50 | 0"
        ),
        "wanxiangtai",
    )
    accounted(found)
    assert {(i.row, i.code) for i in found.issues} == {(2, "key_twice"), (3, "key_twice")}


def test_a_month_in_the_name_does_not_matter_where_rows_have_days() -> None:
    sheet = "统计日期 | 商品ID | 商品访客数 | 支付金额 | 支付件数\n2026-10-01 | 680000000001 | 5 | 1.00 | 1"
    found = said(Rows(sheet, file="商品_2026-10.xls"), "sycm-product")  # its end lies after the import
    assert [r["first_day"] for r in rows(found, "traffic")] == [OCTOBER_1]
