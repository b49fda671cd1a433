"""Shopify: the order CSV of 79 columns (order fields on an order's first line only) and the product CSV."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from goldloop.simulate.arrays import DAY, Array, Ints, ranks
from goldloop.simulate.catalogue import BRAND
from goldloop.simulate.exports.cells import minimal, moments, money, pick, write_csv
from goldloop.simulate.exports.places import ABROAD
from goldloop.simulate.world import World

HEADER = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing", "Currency",
    "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku",
    "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing Address2", "Billing Company", "Billing City", "Billing Zip", "Billing Province",
    "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street", "Shipping Address1", "Shipping Address2",
    "Shipping Company", "Shipping City", "Shipping Zip", "Shipping Province", "Shipping Country", "Shipping Phone", "Notes",
    "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor",
    "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source", "Lineitem discount",
    "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value", "Tax 3 Name", "Tax 3 Value", "Tax 4 Name", "Tax 4 Value",
    "Tax 5 Name", "Tax 5 Value", "Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name",
    "Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References",
)  # fmt: skip
PRODUCT_HEADER = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published", "Option1 Name",
    "Option1 Value", "Option2 Name", "Option2 Value", "Variant SKU", "Variant Grams", "Variant Inventory Tracker",
    "Variant Inventory Qty", "Variant Inventory Policy", "Variant Fulfillment Service", "Variant Price",
    "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable", "Variant Barcode", "Image Src",
    "Image Position", "Image Alt Text", "Gift Card", "SEO Title", "SEO Description", "Variant Image", "Variant Weight Unit",
    "Variant Tax Code", "Cost per item", "Status", "style", "series", "season",
)  # fmt: skip


@lru_cache(maxsize=64)
def _hours_of(zone: str, year: int) -> tuple[int, ...]:
    """UTC offset in minutes of each wall-clock hour of a year."""
    place, begins = ZoneInfo(zone), datetime(year, 1, 1)
    hours = (datetime(year + 1, 1, 1) - begins) // timedelta(hours=1)
    walls = ((begins + timedelta(hours=h)).replace(tzinfo=place) for h in range(hours))
    return tuple((wall.utcoffset() or timedelta()) // timedelta(minutes=1) for wall in walls)


def offsets(zone: str, walls: Array) -> Ints:
    """UTC offset in minutes of wall-clock moments (0 for NaT); the hour repeated in autumn is taken the first time."""
    found = np.zeros(len(walls), np.int64)
    years = np.where(np.isnat(walls), -1, walls.astype("datetime64[Y]").astype(np.int64))
    for year in np.unique(years[years >= 0]).tolist():
        mine = years == year
        hours = (walls[mine].astype("datetime64[h]") - np.datetime64(year, "Y").astype("datetime64[h]")).astype(
            np.int64
        )
        found[mine] = np.array(_hours_of(zone, 1970 + year), np.int64)[hours]
    return found


def real_walls(zone: str, walls: Array) -> Array:
    """Wall-clock moments with those inside the hour that spring skips set an hour later, as the clock shows them."""
    later = walls + np.timedelta64(3600, "s")
    before = offsets(zone, walls - np.timedelta64(3600, "s"))
    skipped = (offsets(zone, walls) == before) & (offsets(zone, later) == before + 60)
    return np.where(skipped, later, walls)


def stamps(zone: str, walls: Array) -> list[str]:
    """Moments as '2026-10-01 10:00:01 -0400', '' for NaT."""
    shown = real_walls(zone, walls)
    found = []
    for text, offset in zip(moments(shown), offsets(zone, shown).tolist(), strict=True):
        sign, size = ("-", -offset) if offset < 0 else ("+", offset)
        found.append(f"{text} {sign}{size // 60:02d}{size % 60:02d}" if text else "")
    return found


def _statuses(world: World) -> tuple[list[str], list[str], Array]:
    """Financial Status, Fulfillment Status and the moment of cancelling of every order."""
    rows, refunded, total = world.purchases, world.refunded, world.amounts.user_paid
    waiting = ~rows.paid & (rows.at >= world.end - DAY)
    stages = [waiting, ~rows.paid, refunded >= total, refunded > 0]
    financial = np.select(stages, ["pending", "voided", "refunded", "partially_refunded"], "paid").tolist()
    shipped = world.fulfilment.shipped < world.end
    cancelled = np.where(~rows.paid & ~waiting, rows.at + DAY // 2, 2**62)
    return financial, np.where(shipped, "fulfilled", "unfulfilled").tolist(), cancelled


def _order_cells(world: World, zone: str) -> dict[str, list[str]]:
    """The cells that stand on an order's first line, for every order."""
    rows, amounts = world.purchases, world.amounts
    financial, fulfilment, cancelled = _statuses(world)
    places = [ABROAD[r] for r in world.region.tolist()]
    emails = [f"buyer{c:06d}@example.com" for c in rows.customer.tolist()]
    emails = ["" if hide else mail for mail, hide in zip(emails, rows.masked.tolist(), strict=True)]
    rate = amounts.merchant_discount > 0
    channels = [s.words for s in world.model.sources] + [p.words for p in world.model.plans]
    return {
        "Email": emails, "Financial Status": financial, "Paid at": stamps(zone, world.wall(np.where(rows.paid, rows.at, 2**62))),
        "Fulfillment Status": fulfilment, "Fulfilled at": stamps(zone, world.wall(world.fulfilment.shipped)),
        "Currency": [world.model.currency] * len(rate), "Subtotal": money(amounts.goods), "Shipping": money(amounts.postage),
        "Taxes": money(amounts.tax), "Total": money(amounts.user_paid),
        "Discount Code": np.where(rate, "SAVE", "").tolist(), "Discount Amount": money(amounts.merchant_discount),
        "Created at": stamps(zone, world.wall(rows.placed)), "Cancelled at": stamps(zone, world.wall(cancelled)),
        "Refunded Amount": money(np.where(rows.paid, world.refunded, 0)),
        "Id": [str(5_000_000_000_000 + n) for n in world.number.tolist()], "Source": pick([w[0] for w in channels], rows.channel),
        "Shipping City": [p[0] for p in places], "Shipping Zip": ["'" + p[1] for p in places],
        "Shipping Province": [p[2] for p in places], "Shipping Country": ["US"] * len(places),
        "Shipping Province Name": [p[3] for p in places], "Shipping Name": ["Sample Buyer"] * len(places),
    }  # fmt: skip


def write_orders(world: World, mine: Array, path: Path) -> None:
    """The lines at positions `mine`; all lines of an order stand together."""
    zone, lines = world.model.timezone, world.lines.take(mine)
    products, skus = world.catalogue.products, world.catalogue.skus
    first = (ranks(world.lines.order)[mine] == 0).tolist()
    order = lines.order.tolist()
    names = [
        " - ".join(w for w in (products[s.product].title, " / ".join(w for w in (s.size, s.colour) if w)) if w)
        for s in skus
    ]
    done = world.fulfilment.shipped[lines.order] < world.end
    cells = {
        "Name": [f"#{world.number[o]}" for o in order],
        "Lineitem quantity": [str(q) for q in lines.quantity.tolist()],
        "Lineitem name": pick(names, lines.sku),
        "Lineitem price": money(lines.price),
        "Lineitem sku": pick([s.code for s in skus], lines.sku),
        "Lineitem requires shipping": ["true"] * len(order),
        "Lineitem taxable": ["true"] * len(order),
        "Lineitem fulfillment status": np.where(done, "fulfilled", "pending").tolist(),
        "Vendor": [BRAND[1]] * len(order),
        "Lineitem discount": ["0.00"] * len(order),
    }
    for name, values in _order_cells(world, zone).items():
        cells[name] = [values[o] if f else "" for o, f in zip(order, first, strict=True)]
    blank = [""] * len(order)
    write_csv(path, HEADER, [minimal(cells.get(name, blank)) for name in HEADER], encoding="utf-8", end="\n")


def write_products(world: World, path: Path) -> None:
    """The product CSV: product fields on a handle's first row, a row per variant with the own columns at the end."""
    catalogue = world.catalogue
    columns: dict[str, list[str]] = {name: [] for name in PRODUCT_HEADER}
    seen = -1
    for sku in catalogue.skus:
        product = catalogue.products[sku.product]
        row = {
            "Handle": product.product_id, "Option1 Name": "Size" if sku.size else "Color",
            "Option1 Value": sku.size or sku.colour, "Option2 Name": "Color" if sku.size else "",
            "Option2 Value": sku.colour if sku.size else "", "Variant SKU": sku.code, "Variant Grams": "300",
            "Variant Inventory Policy": "deny", "Variant Fulfillment Service": "manual",
            "Variant Price": f"{product.prices[1] / 100:.2f}", "Variant Requires Shipping": "true", "Variant Taxable": "true",
            "Variant Weight Unit": "kg", "Cost per item": f"{product.cost / 100:.2f}",
            "style": product.style, "series": product.series, "season": product.season,
        }  # fmt: skip
        if sku.product != seen:
            row |= {
                "Title": product.title, "Vendor": BRAND[1], "Type": product.category, "Published": "true", "Gift Card": "false",
                "Status": "active",
            }  # fmt: skip
        seen = sku.product
        for name in PRODUCT_HEADER:
            columns[name].append(row.get(name, ""))
    write_csv(path, PRODUCT_HEADER, [minimal(c) for c in columns.values()], encoding="utf-8", end="\n")
