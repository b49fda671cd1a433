"""Sample files of shops and advertising abroad in one home: recognised without a hint, every row accounted for, totals as
counted by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import goldloop
from goldloop.core.errors import GoldloopError

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"

pytestmark = pytest.mark.journey

# file: store, profile, rows of the file, dropped rows
FILES = {
    "shopify_orders_export.csv": ("shopify", "shopify-orders", 3, 0),
    "shopify_customers_export.csv": ("shopify", "shopify-customers", 1, 0),
    "shopify_products_export.csv": ("shopify", "shopify-products", 4, 0),
    "amazon_all_orders.tsv": ("amazon", "amazon-orders", 2, 0),
    "amazon_settlement_v2.tsv": ("amazon", "amazon-settlement", 3, 1),
    "amazon_BusinessReport_child.csv": ("amazon", "amazon-business-report", 1, 0),
    "tiktok_orders.csv": ("tiktok", "tiktok-orders", 5, 1),
    "woocommerce_customers_report.csv": ("woocommerce", "woocommerce-customers", 2, 0),
    "woocommerce_order.json": ("woocommerce", "woocommerce-orders", 2, 0),
    "meta_ads.csv": ("woocommerce", "meta-ads", 2, 1),
    "google_ads_campaign.csv": ("woocommerce", "google-ads", 2, 1),
    "ga4_traffic.csv": ("woocommerce", "ga4-traffic", 3, 1),
    "complete_journey_transactions.csv": ("other", "complete-journey", 5, 0),
    "complete_journey_campaigns.csv": ("other", "complete-journey-campaigns", 32, 0),
    "complete_journey_campaign_descriptions.csv": ("other", "complete-journey-descriptions", 3, 0),
    "complete_journey_coupon_redemptions.csv": ("other", "complete-journey-redemptions", 10, 0),
    "visit_log.csv": ("other", "visit-log", 6, 1),
}
WEEK = (date(2026, 10, 1), date(2026, 10, 7))

# store: figures of October 2026 by hand
FIGURES = {
    # 199 + 89 of one paid order with 10 postage, 89 back; the other order was voided
    "shopify": {"gmv": "288.00", "orders": 1, "units": 2, "buyers": 1, "postage": "10.00", "refunded_gmv": "89.00", "net": "199.00"},
    # 199 less 10 promotion; the cancelled order has quantity 0 and no price
    "amazon": {"gmv": "189.00", "orders": 1, "units": 1, "ordered_orders": 2},
    # (199 - 20) + 69 and 2 x 69 with 69 back; the third was cancelled unpaid. Paid: 242 + 138
    "tiktok": {"gmv": "386.00", "orders": 2, "units": 4, "buyers": 2, "user_paid": "380.00", "refunded_gmv": "69.00", "platform_discount": "11.00"},
    # 298 with 10 postage and no taxes, 89 back; ads: 1,234.56 and 412.30, which claim 4,776 and 597
    "woocommerce": {
        "gmv": "288.00", "orders": 1, "units": 1, "buyers": 1, "refunded_gmv": "89.00", "postage": "10.00", "net": "199.00",
        "ad_cost": "1646.86", "ad_gmv": "5373.00", "clicks": 520, "impressions": 27400, "visitors": None,
    },
    # 1.50 + 4.00 + 1.20 + 2.30 in three baskets of two households; one line of quantity 0
    "other": {"gmv": "9.00", "orders": 3, "units": 5, "buyers": 2, "user_paid": "8.00", "visitors": 3},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = goldloop.open(tmp_path_factory.mktemp("abroad") / "home", create=True)
    for platform in FIGURES:
        shop.store_add(platform, platform=platform, currency="USD", timezone="America/New_York")
    return shop


@pytest.fixture(scope="module")
def receipts(shop):
    found = {}
    for name, (store, *_) in FILES.items():
        period = WEEK if "BusinessReport" in name else None
        (found[name],) = shop.import_files([SAMPLES / name], store=store, period=period)
    return found


def test_a_report_without_days_is_refused_until_somebody_says_them(shop):
    with pytest.raises(GoldloopError) as error:
        shop.import_files([SAMPLES / "amazon_BusinessReport_child.csv"], store="amazon")
    assert error.value.code == "period_needed"


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_accounted_for(receipts, name):
    _, profile, rows, dropped = FILES[name]
    receipt = receipts[name]
    assert (receipt.profile, receipt.read, sum(receipt.dropped.values())) == (profile, rows, dropped)
    assert receipt.closes and receipt.quarantined == 0 and receipt.new == rows - dropped


@pytest.mark.parametrize("store", FIGURES)
def test_figures_agree_with_a_count_by_hand(shop, receipts, store):
    expected = FIGURES[store]
    found = shop.figures(list(expected), stores=[store], first="2026-10-01", last="2026-10-31").rows()[0]
    assert {figure: found[figure] for figure in expected} == expected


def test_files_that_come_again_change_nothing(shop, receipts, tmp_path):
    before = shop.figures(["gmv", "orders"], stores=["woocommerce"]).rows()
    again = tmp_path / "again.json"
    again.write_bytes((SAMPLES / "woocommerce_order.json").read_bytes() + b"\n")
    (receipt,) = shop.import_files([again], store="woocommerce")
    assert receipt.new + receipt.updated == 0
    assert shop.figures(["gmv", "orders"], stores=["woocommerce"]).rows() == before
