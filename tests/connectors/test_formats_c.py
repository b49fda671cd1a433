"""Formats of shops and advertising abroad: each one's traps, in small files with the true headers and invented rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goldloop.connectors import readers
from goldloop.connectors.normalise import Normalised, normalise
from goldloop.connectors.recognise import recognise
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.lake.schema import TABLES
from tests.connectors.support import IMPORT, PROFILES, SAMPLES, SECRET, SHOPIFY, accounted, at, day, rows

AMAZON = Store(11, "A", "amazon", "USD", "America/New_York")
TIKTOK = Store(12, "T", "tiktok", "USD", "America/Chicago")
WOO = Store(13, "W", "woocommerce", "USD", "America/New_York")
OTHER = Store(14, "O", "other", "USD", "America/New_York")
EURO = Store(15, "E", "amazon", "EUR", "Europe/Berlin")


def loaded(file: Path | str, store: Store, profile: str, **more: Any) -> Normalised:
    """The only sheet of a file, recognised without a hint as `profile`."""
    path = SAMPLES / file
    (sheet,) = readers.sheets(path)
    recognition = recognise(sheet, PROFILES.values())
    assert recognition.profile is not None and recognition.profile.id == profile
    settings: dict[str, Any] = {"tables": TABLES, "secret": SECRET, "file_name": path.name, "import_moment": IMPORT}
    found = normalise(sheet, recognition, store=store, **settings | more)
    accounted(found)
    return found


class Write:
    """Writes a file of the test and loads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, store: Store, profile: str, *, encoding: str = "utf-8", **more: Any) -> Normalised:
        path = self.folder / "test.txt"
        path.write_text(text, encoding=encoding)
        return loaded(path, store, profile, **more)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return Write(tmp_path)


def without(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in found.items() if k not in ("store", "currency", "_row", "_moment", *names)}


# --- Shopify


def test_shopify_orders_know_all_79_columns_and_a_payment_where_one_is_named(write: Write) -> None:
    (sheet,) = readers.sheets(SAMPLES / "shopify_orders_export.csv")
    found = recognise(sheet, PROFILES.values())
    assert (len(found.found), found.unused, found.missing) == (79, (), ())
    header = "Name,Financial Status,Created at,Paid at,Subtotal,Total,Outstanding Balance,Payment Method,Payment ID,Currency,Lineitem quantity,Lineitem name,Lineitem price\n"
    time = "2026-10-01 10:00:00 -0400"
    text = header + "".join(
        f"{name},{status},{time},{paid},50.00,55.00,0.00,Card,{payment},USD,1,Shirt,50.00\n"
        for name, status, paid, payment in (
            ("#1", "paid", time, "rP1.1"),
            ("#2", "paid", time, "rP2.1 + rP2.2"),
            ("#3", "pending", "", "rP3.1"),
            ("#4", "paid", time, ""),
        )
    )
    said = write(text, SHOPIFY, "shopify-orders")
    assert [without(p) for p in rows(said, "payments")] == [
        {"payment_id": "rP1.1", "order_id": "#1", "paid_at": at("2026-10-01 10:00"), "stage": "whole", "method": "Card", "amount": 5500}
    ]  # fmt: skip
    assert rows(said, "shipments") == []


def test_shopify_customers_are_keys_and_meet_their_orders() -> None:
    found = loaded("shopify_customers_export.csv", SHOPIFY, "shopify-customers")
    (customer,) = rows(found, "customers")
    orders = rows(loaded("shopify_orders_export.csv", SHOPIFY, "shopify-orders"), "orders")
    assert customer["buyer_key"] == orders[0]["buyer_key"]
    assert (customer["region"], customer["orders"], customer["spent"]) == ("Illinois", 1, 29800)
    assert not any(word in str(customer) for word in ("buyer1", "Buyer", "Springfield", "Test Road"))


def test_shopify_customers_of_the_newer_form_and_without_contact(write: Write) -> None:
    header = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
    found = write(
        header
        + "'1,Test,One,a@example.com,no,,,,,IL,US,'01930,,,no,10.00,1,,no,\n"
        + "'2,Test,One,A@Example.com,no,,,,,,US,,,,no,30.00,2,,no,\n"
        + "'3,Test,Two,,no,,,,,,US,,,'+13125550100,no,5.00,1,,no,\n"
        + "'4,Test,Three,,no,,,,,,US,,,,no,0.00,0,,no,\n",
        SHOPIFY,
        "shopify-customers",
    )
    customers = rows(found, "customers")
    assert found.dropped == {"no_identity": 1} and found.read == 4
    by_key = {c["buyer_key"]: (c["region"], c["orders"], c["spent"]) for c in customers}
    assert sorted(by_key.values()) == [("IL", 2, 3000), ("US", 1, 500)]


def test_woocommerce_customers_say_who_joined_and_meet_their_orders() -> None:
    joined, guest = rows(loaded("woocommerce_customers_report.csv", WOO, "woocommerce-customers"), "customers")
    assert (str(joined["joined_at"]), joined["region"], joined["orders"], joined["spent"]) == (
        "2026-09-30 09:15:00",
        "IL",
        2,
        9650,
    )
    assert (guest.get("joined_at"), guest["region"], guest["spent"]) == (None, "DE", 2000)
    assert not any(word in str((joined, guest)) for word in ("shopper", "Shopper", "Springfield"))


def test_shopify_products_fill_a_products_own_columns_down() -> None:
    found = loaded("shopify_products_export.csv", SHOPIFY, "shopify-products")
    skus = {p["item_id"]: p for p in rows(found, "products") if p["item_kind"] == "sku"}
    assert {s: (p["title"], p["brand"], p["status"], p["category"]) for s, p in skus.items()} == {
        "LS-S-W": ("Linen Shirt / S / White", "North Mill", "active", "Apparel & Accessories"),
        "LS-M-W": ("Linen Shirt / M / White", "North Mill", "active", "Apparel & Accessories"),
        "CB-NAT": ("Canvas Bag / Default Title", "North Mill", "draft", "Bags"),
    }
    told = {(a["item_id"], a["attribute"]): a["value"] for a in rows(found, "product_attributes")}
    assert told["LS-M-W", "Tags"] == "linen, summer" and told["LS-M-W", "Option1 Value"] == "M"
    assert "https" not in str(told)


@pytest.mark.parametrize("handle", ["Handle", "URL handle", "URL Handle"])
def test_shopify_products_of_both_templates_and_their_own_columns(write: Write, handle: str) -> None:
    newer = handle != "Handle"
    sku, price = ("SKU", "Price") if newer else ("Variant SKU", "Variant Price")
    found = write(
        f"Title,{handle},Vendor,{sku},{price},Fabric (product.metafields.custom.fabric)\nShirt,shirt,Mill,S-1,9.00,linen\n,shirt,,S-2,9.50,\n",
        SHOPIFY,
        "shopify-products",
    )
    told = {(a["item_id"], a["attribute"]): a["value"] for a in rows(found, "product_attributes")}
    assert told["S-2", "Fabric (product.metafields.custom.fabric)"] == "linen"
    assert {p["item_id"] for p in rows(found, "products")} == {"shirt", "S-1", "S-2"}


# --- Amazon

ORDERS = "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tsales-channel\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\tshipping-price\titem-promotion-discount\tship-promotion-discount\tship-state\n"


def order(
    number: str, status: str, item: str, quantity: int, price: str, discount: str = "", channel: str = "Amazon.com"
) -> str:
    moments = "2026-10-01T08:04:21+00:00\t2026-10-02T22:07:59+00:00"
    currency = "USD" if price else ""
    return f"{number}\t{moments}\t{status}\t{channel}\tShirt\tS-1\tB000000001\t{item}\t{quantity}\t{currency}\t{price}\t5.00\t{discount}\t2.00\tIL\n"


def test_amazon_prices_are_of_the_line_and_unknown_while_pending(write: Write) -> None:
    found = write(
        ORDERS
        + order("1", "Shipped", "Shipped", 2, "398.00", "10.00")
        + order("1", "Shipped", "Cancelled", 0, "", "10.00")
        + order("2", "Pending", "Unshipped", 1, "")
        + order("3", "Cancelled", "Cancelled", 0, "")
        + order("4", "Complete", "Shipped", 1, "", channel="Non-Amazon US"),
        AMAZON,
        "amazon-orders",
    )
    orders = {o["order_id"]: o for o in rows(found, "orders")}
    assert {k: (o["status"], o.get("counted_at"), o["postage"]) for k, o in orders.items()} == {
        "1": ("shipped", at("2026-10-01 04:04:21"), 600),
        "2": ("unpaid", None, 300),
        "3": ("closed_unpaid", None, 300),
        "4": ("finished", None, 300),
    }
    lines = sorted(
        (n["order_id"], n["kind"], n["quantity"], n.get("goods_amount"), n.get("list_value"))
        for n in rows(found, "order_lines")
    )
    assert lines[:2] == [("1", "cancelled", 0, 0, 0), ("1", "sale", 2, 38800, 39800)]
    assert len({n["line_key"] for n in rows(found, "order_lines") if n["order_id"] == "1"}) == 2
    pending = next(n for n in rows(found, "order_lines") if n["order_id"] == "2")
    assert "goods_amount" not in pending and pending["kind"] == "sale"


SETTLEMENT = "settlement-id\tsettlement-start-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\tadjustment-id\tshipment-id\tamount-type\tamount-description\tamount\tposted-date\tposted-date-time\torder-item-code\tsku\tquantity-purchased\tpromotion-id\n"


def component(kind: str, what: str, amount: str, day: str, order: str = "111-1", promotion: str = "") -> str:
    type, description = what.split("/")
    return f"189\t\t\tUSD\t{kind}\t{order}\t\tS1\t{type}\t{description}\t{amount}\t{day}\t{day} 14:23:00 UTC\t77\tS-1\t1\t{promotion}\n"


def test_amazon_settlement_total_is_control_and_equal_rows_stay_apart(write: Write) -> None:
    lines = [
        component("Order", "ItemPrice/Principal", "199.00", "2026-10-02"),
        component("Order", "ItemFees/Commission", "-29.85", "2026-10-02"),
        component("Order", "ItemFees/Commission", "-29.85", "2026-10-02"),
        component("Refund", "ItemPrice/Principal", "-199.00", "2026-10-05"),
        component("Refund", "Promotion/Principal", "10.00", "2026-10-05", promotion="P"),
    ]
    total = "189\t2026-10-01\t-49.70\tUSD" + "\t" * 13 + "\n"
    found = write(SETTLEMENT + total + "".join(lines), AMAZON, "amazon-settlement")
    assert found.dropped == {"total_row": 1} and [c.ok for c in found.control] == [True]
    parts = rows(found, "settlements")
    assert len({p["row_key"] for p in parts}) == 5 and sum(p["amount"] for p in parts) == -4970
    assert parts[0]["settled_at"] == at("2026-10-02 10:23") and parts[0]["component"] == "Order/ItemPrice/Principal"
    (refund,) = {r["refund_id"]: r for r in rows(found, "refunds")}.values()
    assert (refund["order_id"], refund["amount"], refund["status"]) == ("111-1", 18900, "done")
    shuffled = rows(write(SETTLEMENT + "".join(lines[::-1]), AMAZON, "amazon-settlement"), "settlements")
    assert {(p["row_key"], p["amount"]) for p in shuffled} == {(p["row_key"], p["amount"]) for p in parts}


def test_amazon_settlement_as_german_files_write_it(write: Write) -> None:
    line = component("Order", "ItemPrice/Principal", "1.199,00", "02.10.2026").replace("USD", "EUR")
    (part,) = rows(write(SETTLEMENT + line, EURO, "amazon-settlement"), "settlements")
    assert (part["amount"], part["settled_at"]) == (119900, at("2026-10-02 16:23"))


def test_amazon_business_report_needs_its_period_and_adds_up_children(write: Write) -> None:
    name = "amazon_BusinessReport_child.csv"
    with pytest.raises(GoldloopError) as error:
        loaded(name, AMAZON, "amazon-business-report")
    assert error.value.code == "period_needed"
    period = (date(2026, 10, 1), date(2026, 10, 7))
    (found,) = rows(loaded(name, AMAZON, "amazon-business-report", period=period), "traffic")
    assert without(found) == {
        "unit": "sessions", "scope_kind": "product", "scope_id": "B000000001", "first_day": day("2026-10-01"), "last_day": day("2026-10-07"),
        "report": "amazon_business_report", "title": "Linen Shirt", "visitors": 1500, "page_views": 2200, "units": 30, "gmv": 597000,
    }  # fmt: skip
    older = (
        "(Parent) ASIN,(Child) ASIN,Title,Sessions - Total,Page Views - Total,Units Ordered,Ordered Product Sales,Buy Box Percentage\n"
        'P1,B1,Shirt,"1,500","2,200",30,"$5,970.00",98%\nP2,B1,Shirt,100,150,2,$398.00,90%\nP2,B2,Bag,7,9,0,$0.00,\n'
    )
    sums = {t["scope_id"]: t for t in rows(write(older, AMAZON, "amazon-business-report", period=period), "traffic")}
    assert {k: (t["visitors"], t["page_views"], t["units"], t["gmv"]) for k, t in sums.items()} == {
        "B1": (1600, 2350, 32, 636800),
        "B2": (7, 9, 0, 0),
    }


# --- TikTok Shop

TIKTOK_HEADER = "Order ID,Order Status,SKU ID,Seller SKU,Quantity,SKU Subtotal Before Discount,SKU Platform Discount,SKU Seller Discount,Order Amount,Order Refund Amount,Created Time,Paid Time\n"
DESCRIBED = (
    "Platform unique order ID.,Current order status.,Platform unique SKU ID.,x,x,x,x,x,x,x,The time.,The time.\n"
)


def tiktok(
    amount: str, paid: str, refund: str = "", status: str = "Completed", created: str = "", discount: str = "0"
) -> str:
    return f'576000000000000001\t,{status}\t,1729000000000000001\t,S-1\t,1\t,"{amount}\t",0\t,"{discount}\t","{amount}\t","{refund}\t",{created or paid}\t,{paid}\t\n'


@pytest.mark.parametrize(
    ("currency", "amount", "discount", "paid", "expected", "moment"),
    [
        ("USD", "$1,234.50", "$34.50", "10/13/2026 1:05:00 PM", 120000, "2026-10-13 13:05"),
        ("BRL", "BRL 1.234,50", "BRL 34,50", "13/10/2026 13:05:00", 120000, "2026-10-13 13:05"),
        ("IDR", "IDR 12.000", "IDR 2.000", "13/10/2026 13:05:00", 1000000, "2026-10-13 13:05"),
        ("VND", "12.000", "2.000", "02/10/2026 13:05:00", 10000, "2026-10-02 13:05"),
    ],
)
def test_tiktok_markets_write_money_and_dates_their_own_way(
    write: Write, currency: str, amount: str, discount: str, paid: str, expected: int, moment: str
) -> None:
    store = Store(12, "T", "tiktok", currency, "Asia/Jakarta")
    found = write(TIKTOK_HEADER + DESCRIBED + tiktok(amount, paid, discount=discount), store, "tiktok-orders")
    assert not found.issues and found.dropped == {"description_row": 1}
    (line,), (header,) = rows(found, "order_lines"), rows(found, "orders")
    assert (line["goods_amount"], header["paid_at"], line["product_id"]) == (
        expected,
        at(moment),
        "1729000000000000001",
    )
    early = [n.code for n in found.notes if n.code == "date_order_by_currency"]
    assert early == (["date_order_by_currency"] if paid.startswith("02") else [])


def test_tiktok_money_of_another_currency_is_refused(write: Write) -> None:
    found = write(TIKTOK_HEADER + tiktok("BRL 12,50", "13/10/2026 13:05:00"), TIKTOK, "tiktok-orders")
    assert {i.code for i in found.issues} == {"bad_number"} and not found.statements


def test_tiktok_cancelled_orders_were_never_paid_or_are_refunded(write: Write) -> None:
    paid = "13/10/2026 13:05:00"
    (unpaid,) = rows(
        write(TIKTOK_HEADER + tiktok("$20.00", "", status="Canceled", created=paid), TIKTOK, "tiktok-orders"), "orders"
    )
    assert (unpaid["status"], unpaid["user_paid"], unpaid["refund_stated"]) == ("closed_unpaid", 0, 0)
    (back,) = rows(write(TIKTOK_HEADER + tiktok("$20.00", paid, status="Canceled"), TIKTOK, "tiktok-orders"), "orders")
    assert (back["status"], back["refund_stated"], back["refund_basis"]) == ("closed_refunded", 2000, "inferred")
    (part,) = rows(write(TIKTOK_HEADER + tiktok("$20.00", paid, "$5.00"), TIKTOK, "tiktok-orders"), "orders")
    assert (part["status"], part["refund_stated"], part["refund_basis"]) == ("finished", 500, "known")


def test_tiktok_sample() -> None:
    found = loaded("tiktok_orders.csv", TIKTOK, "tiktok-orders")
    assert (found.read, found.dropped, found.issues) == (5, {"description_row": 1}, [])
    assert [n["goods_amount"] for n in rows(found, "order_lines")] == [17900, 6900, 13800, 19900]
    assert [(s["shipment_id"], s["carrier"]) for s in rows(found, "shipments")[:2]] == [
        ("TRK0001", "USPS"),
        ("TRK0002", "USPS"),
    ]
    assert found.coverage is not None and (found.coverage.with_key, found.coverage.orders) == (2, 2)
    assert not any(word in str(found.statements) for word in ("buyer.one", "***", "T** B**"))


# --- WooCommerce


def test_woocommerce_sample_reads_utc_negative_refunds_and_no_person() -> None:
    found = loaded("woocommerce_order.json", WOO, "woocommerce-orders")
    (header,), (line,), (refund,) = rows(found, "orders"), rows(found, "order_lines"), rows(found, "refunds")
    assert (header["placed_at"], header["paid_at"]) == (at("2026-10-01 10:00:01"), at("2026-10-01 10:00:31"))
    assert (header["status"], header["goods_amount"], header["postage"], header["user_paid"]) == (
        "paid",
        28800,
        1000,
        29800,
    )
    assert (line["line_key"], line["goods_amount"], line["quantity"], line["sku"]) == ("1", 19900, 1, "LS-S-W")
    assert (refund["refund_id"], refund["amount"], refund["order_id"]) == ("800", 8900, "727")
    assert header["_moment"] == at("2026-10-01 10:05:01")
    assert "example.com" not in str(found.statements) and header["buyer_kind"] == "email"


def test_woocommerce_lists_coupons_statuses_and_the_sites_own_clock(write: Write) -> None:
    def woo(number: int, status: str, paid: str, *lines: str) -> str:
        items = ", ".join(lines)
        return (
            f'{{"id": {number}, "status": "{status}", "currency": "USD", "date_created": "2026-10-01T10:00:00", "total": "30.00", '
            f'"shipping_total": "5.00", "total_tax": "1.00", "discount_total": "10.00", "date_paid": {paid}, "billing": {{"first_name": "Test", "email": ""}}, '
            f'"meta_data": [{{"id": 1, "key": "k", "value": "v"}}], "line_items": [{items}], "refunds": []}}'
        )

    shirt = '{"id": 1, "name": "Shirt", "product_id": 5, "variation_id": 0, "quantity": 2, "subtotal": "30.00", "total": "20.00", "sku": "S-1", "taxes": [{"id": 1}]}'
    bag = '{"id": 2, "name": "Bag", "product_id": 6, "quantity": 1, "subtotal": "5.00", "total": "5.00", "sku": null}'
    paid = '"2026-10-01T10:05:00"'
    text = (
        "["
        + ", ".join(
            (
                woo(1, "completed", paid, shirt, bag),
                woo(2, "cancelled", "null", shirt),
                woo(3, "refunded", paid, bag),
                woo(4, "on-hold", "null", bag),
                woo(5, "wc-lost", paid, bag),
            )
        )
        + "]"
    )
    found = write(text, WOO, "woocommerce-orders")
    assert (found.read, found.issues) == (6, [])
    orders = {o["order_id"]: o for o in rows(found, "orders")}
    assert {k: (o["status"], o["goods_amount"], o["user_paid"], o.get("counted_at")) for k, o in orders.items()} == {
        "1": ("finished", 2400, 3000, at("2026-10-01 10:05")),
        "2": ("closed_unpaid", 2400, 0, None),
        "3": ("closed_refunded", 2400, 3000, at("2026-10-01 10:05")),
        "4": ("unpaid", 2400, 0, None),
        "5": ("unknown", 2400, 3000, at("2026-10-01 10:05")),
    }
    assert [n.params["words"] for n in found.notes if n.code == "words_unknown"] == [["wc-lost"]]
    lines = rows(found, "order_lines")
    assert (lines[0]["list_value"], lines[0]["merchant_discount"], lines[0]["goods_amount"]) == (3000, 1000, 2000)
    assert [n["refund_stated"] for n in lines if n["order_id"] in "13"] == [0, 0, 500]


def test_woocommerce_orders_as_lines(write: Write) -> None:
    one = '{"id": %d, "status": "processing", "currency": "USD", "date_created_gmt": "2026-10-01T14:00:00", "date_paid_gmt": "2026-10-01T14:00:00", "total": "5.00", "line_items": [{"id": %d, "quantity": 1, "subtotal": "5.00", "total": "5.00"}]}'
    found = write("\n".join(one % (n, n) for n in (1, 2)), WOO, "woocommerce-orders")
    assert [o["placed_at"] for o in rows(found, "orders")] == [at("2026-10-01 10:00")] * 2


# --- advertising and traffic


def test_meta_in_french_with_decimal_comma(write: Write) -> None:
    text = (
        "Début des rapports;Fin des rapports;Nom de la campagne;Nom de l'ensemble de publicités;Nom de la publicité;Montant dépensé (EUR);Impressions;Couverture;Clics sur un lien;Achats;Valeur de conversion des achats\n"
        "2026-10-01;2026-10-07;Lancement;Large;Vidéo 1;1\u202f234,56;26\u202f400;21000;480;24;4\u202f776,00\n"
        "2026-10-01;2026-10-07;;;;1\u202f234,56;26\u202f400;;480;24;4\u202f776,00\n"
    )
    found = write(text, EURO, "meta-ads")
    (ad,), (sale,) = rows(found, "ads"), rows(found, "ad_sales")
    assert (ad["first_day"], ad["last_day"], ad["cost"], ad["impressions"], ad["clicks"]) == (
        day("2026-10-01"), day("2026-10-07"), 123456, 26400, 480,
    )  # fmt: skip
    assert (sale["gmv"], sale["orders"], ad["subject_id"]) == (477600, 24, "Large / Vidéo 1")
    assert found.dropped == {"total_row": 1} and [c.ok for c in found.control] == [True] * 3


@pytest.mark.parametrize(
    "header",
    [
        "Día,Nombre de la campaña,Nombre del anuncio,Importe gastado (USD),Impresiones,Clics en el enlace,Compras,Valor de conversión de compras",
        "单日,广告系列名称,广告名称,已花费金额 (USD),展示次数,链接点击量,购物次数,购物转化价值",
        "Day,Campaign name,Ad name,Amount spent (USD),Impressions,Link clicks,Purchases,Purchases conversion value",
        "day,campaign name,ad name,amount spent (USD),impressions,link clicks,purchases,purchases conversion value",
    ],
)
def test_meta_speaks_the_language_of_its_user(write: Write, header: str) -> None:
    row = "2026-10-01,Launch,{},10.50,100,5,1,20.00\n"
    found = write(f"{header}\n" + row.format("A") + row.format("A") + row.format("B"), OTHER, "meta-ads")
    assert {a["subject_id"]: (a["cost"], a["clicks"]) for a in rows(found, "ads")} == {"A": (2100, 10), "B": (1050, 5)}
    assert sum(s["gmv"] for s in {s["subject_id"]: s for s in rows(found, "ad_sales")}.values()) == 6000


def test_meta_in_another_currency_than_the_stores_is_refused() -> None:
    with pytest.raises(GoldloopError) as error:
        loaded("meta_ads.csv", EURO, "meta-ads")
    assert error.value.code == "currency_mismatch"


def test_meta_total_that_does_not_agree_is_shown(write: Write) -> None:
    text = "Day,Campaign name,Amount spent (USD),Impressions\n2026-10-01,Launch,10.50,100\n,,11.00,100\n"
    found = write(text, OTHER, "meta-ads")
    assert [(c.name, c.ok) for c in found.control] == [
        ("total_row: Amount spent", False),
        ("total_row: Impressions", True),
    ]
    assert [n.code for n in found.notes] == ["control_differs"]


GOOGLE = "Campaign,Campaign status,Currency code,Cost,Impr.,Clicks,Conversions,Conv. value,Search impr. share\n"


def test_google_ads_without_days_takes_the_period_from_the_line_above(write: Write) -> None:
    text = (
        'Campaign report\n"October 1, 2026 - October 7, 2026"\n' + GOOGLE
        + 'Brand,Enabled,USD,"1,412.30","1,000",40,2.50,597.00,< 10%\nShop,Paused,USD, --,0,0,0.00, --, --\n'
        + 'Total: Search, --,USD,"1,412.30","1,000",40,2.50,597.00, --\nTotal: Account, --,USD,"1,500.00","1,000",40,2.50,597.00, --\n'
    )  # fmt: skip
    found = write(text, OTHER, "google-ads")
    ads = rows(found, "ads")
    assert [(a["campaign_id"], a["cost"], a["first_day"], a["last_day"]) for a in ads] == [
        ("Brand", 141230, day("2026-10-01"), day("2026-10-07"))
    ]
    assert [i.code for i in found.issues] == ["missing_value"]  # a cost that is not told is not 0
    assert found.dropped == {"subtotal_row": 1, "total_row": 1}
    assert [(c.name, c.ok) for c in found.control] == [
        ("total_row: Cost", False), ("total_row: Clicks", True), ("total_row: Conv. value", True),
    ]  # fmt: skip
    assert [s["gmv"] for s in rows(found, "ad_sales")] == [59700] and "orders" not in rows(found, "ad_sales")[0]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('Rapport de campagne\n"1 octobre 2026 - 7 octobre 2026"\nJour,Campagne,Coût,Impr.,Clics,Valeur de conv.\n2026-10-01,Marque,"1 412,30","1 000",40,"597,00"\nTotal : compte,,"1 412,30","1 000",40,"597,00"\n', "utf-8"),
        ("Kampagnenbericht\n1. Oktober 2026 - 7. Oktober 2026\nTag\tKampagne\tWährungscode\tKosten\tImpressionen\tKlicks\tConv.-Wert\n2026-10-01\tMarke\tEUR\t1.412,30\t1.000\t40\t597,00\nGesamt: Konto\t\t\t1.412,30\t1.000\t40\t597,00\n", "utf-16"),
        ("广告系列报告\n2026年10月1日 - 2026年10月1日\n广告系列,广告系列状态,展示次数,点击次数,费用,转化价值\n品牌,已启用,1000,40,1412.30,597.00\n总计：广告系列,--,1000,40,1412.30,597.00\n", "utf-8"),
    ],
)  # fmt: skip
def test_google_ads_in_the_language_of_the_account(write: Write, text: str, encoding: str) -> None:
    found = write(text, EURO, "google-ads", encoding=encoding)
    (ad,), (sale,) = rows(found, "ads"), rows(found, "ad_sales")
    assert (ad["first_day"], ad["cost"], ad["impressions"], ad["clicks"], sale["gmv"]) == (
        day("2026-10-01"),
        141230,
        1000,
        40,
        59700,
    )
    assert not found.issues and sum(found.dropped.values()) == 1


def test_ga4_hours_other_and_not_set_add_up_to_the_total(write: Write) -> None:
    text = (
        "# Traffic acquisition\n# Start date: 20261001\n# End date: 20261002\n\n"
        "Date + hour (YYYYMMDDHH),Session source / medium,Sessions,Views,Purchase revenue\n"
        "2026100114,google / cpc,10,20,5\n2026100115,google / cpc,30,40,6.50\n2026100201,(other),1,1,0\n2026100201,(not set),2,2,0\n,,43,63,11.5\n"
    )
    found = write(text, OTHER, "ga4-traffic")
    told = {(t["scope_id"], t["first_day"].isoformat()): t for t in rows(found, "traffic")}
    assert {k: (t["visitors"], t["gmv"], t["source_group"]) for k, t in told.items()} == {
        ("google / cpc", "2026-10-01"): (40, 1150, "paid"),
        ("(other)", "2026-10-02"): (1, 0, "unmapped"),
        ("(not set)", "2026-10-02"): (2, 0, "unmapped"),
    }
    assert [c.ok for c in found.control] == [True, True] and {t["unit"] for t in told.values()} == {"sessions"}


def test_ga4_without_days_takes_the_period_of_the_two_lines_above(write: Write) -> None:
    text = "# ---\n# Start date: 20261001\n# End date: 20261007\nSession primary channel group (Default Channel Group),Sessions\nPaid Search,5\nDirect,7\n"
    found = rows(write(text, OTHER, "ga4-traffic"), "traffic")
    assert [(t["scope_id"], t["source_group"], t["first_day"], t["last_day"]) for t in found] == [
        ("Paid Search", "paid", day("2026-10-01"), day("2026-10-07")),
        ("Direct", "free", day("2026-10-01"), day("2026-10-07")),
    ]


# --- data sets


@pytest.mark.parametrize("sign", ["", "-"])
def test_complete_journey_discounts_and_who_bears_them(write: Write, sign: str) -> None:
    text = (
        "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,transaction_timestamp\n"
        f"7,330,31000000001,1000002,2,4.00,{sign}0.60,{sign}1.00,{sign}0.40,40,2026-10-01 11:53:26\n"
    )
    found = write(text, OTHER, "complete-journey")
    (line,), (basket,) = rows(found, "order_lines"), rows(found, "orders")
    assert [line[c] for c in ("list_value", "goods_amount", "user_paid", "merchant_discount", "platform_discount")] == [
        500,
        400,
        300,
        100,
        100,
    ]
    assert (basket["counted_at"], basket["buyer_kind"], len(basket["buyer_key"])) == (
        at("2026-10-01 11:53:26"),
        "platform_id",
        32,
    )


def test_complete_journey_by_day_numbers_needs_the_days_they_stand_for(write: Write) -> None:
    header = "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID,RETAIL_DISC,TRANS_TIME,WEEK_NO,COUPON_DISC,COUPON_MATCH_DISC\n"
    text = header + "".join(f"2375,2698464156{n},{n},1004906,1,1.39,364,-0.60,1631,1,0,0\n" for n in (1, 7, 8, 0))
    with pytest.raises(GoldloopError) as error:
        write(text, OTHER, "complete-journey")
    assert error.value.code == "period_needed"
    found = write(text, OTHER, "complete-journey", period=(date(2026, 9, 1), date(2026, 9, 7)))
    assert [(o["counted_at"], o["moment_basis"]) for o in rows(found, "orders")] == [
        (at("2026-09-01"), "inferred_day"), (at("2026-09-07"), "inferred_day"),
    ]  # fmt: skip
    assert {(i.row, i.code) for i in found.issues} == {(4, "bad_date"), (5, "bad_date")}
    assert [n["list_value"] for n in rows(found, "order_lines")] == [199, 199]


def test_visits_are_keys_at_moments() -> None:
    found = loaded("visit_log.csv", OTHER, "visit-log")
    visits = {(v["visitor_key"], v["visited_at"]): v for v in rows(found, "visits")}
    assert found.dropped == {"no_visitor": 1} and len({key for key, _ in visits}) == 3
    assert [(moment, v["page_views"], v["source_group"], v.get("product_id")) for (_, moment), v in visits.items()] == [
        (at("2026-10-01 08:00"), 1, "paid", "1000001"),
        (at("2026-10-01 09:00"), 1, "paid", "1000002"),
        (at("2026-10-01 18:00"), 1, "private", None),
        (at("2026-10-02 05:30"), 1, "unmapped", "1000001"),
    ]
    assert "v-000" not in str(found.statements)


def test_visits_as_json_lines(write: Write) -> None:
    text = '{"visitorid": 1, "timestamp": 1790856000, "event": "view", "itemid": 5}\n{"visitorid": 2, "timestamp": "2026-10-01T12:00:00Z", "event": "view"}\n'
    visits = rows(write(text, OTHER, "visit-log"), "visits")
    assert [v["visited_at"] for v in visits] == [at("2026-10-01 08:00")] * 2 and len(
        {v["visitor_key"] for v in visits}
    ) == 2
