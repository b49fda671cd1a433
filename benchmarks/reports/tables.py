"""One month of the simulated group as fact tables: what was said and what finishing derives from it, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from benchmarks.reports.world import STORES, Scale, own, stores_of

from goldloop.lake.arrow import facts_schema
from goldloop.lake.schema import TABLES
from goldloop.simulate.arrays import DAY, Array, Bools, Floats, Ints, draw, ranks, split, sums
from goldloop.simulate.exports.places import CHINA
from goldloop.simulate.large import MICRO, decimals, digits, hashes, hex_texts, nullable, words

CURRENCY = "CNY"
PRODUCTS, CATEGORIES = 150, 40  # products of each store
UNLISTED = 0.02  # products that no product file names
LINES_PER_ORDER = 2.5
PAID, UNKNOWN_BUYER, REFUNDED, WHOLE_REFUND = 0.95, 0.03, 0.08, 0.6
CHANNELS = ("手机淘宝", "电脑端", "直播", "短视频", "小程序", "门店")
CHANNEL_SHARES = np.array([46, 5, 24, 13, 8, 4.0])
SOURCES = ("搜索", "推荐", "直播间", "关键词推广", "人群推广", "活动", "购物车", "站外")
SOURCE_GROUPS = ("free", "free", "content", "paid", "paid", "event", "private", "off_site")
STATUSES = ("finished", "closed_unpaid", "closed_refunded")
FIRST_ORDER = 2_300_000_000_000_000_000  # order numbers have 19 digits
VISITOR_KEYS = 7  # keys of visitors are others than those of buyers


@dataclass(frozen=True, slots=True)
class Goods:
    """The products of all stores, those of one store after the other; prices in minor units."""

    ids: list[str]
    category: Ints
    price: Ints
    weight: Floats  # of the products of a store
    listed: Bools


@cache
def goods(seed: int) -> Goods:
    """The same products for a seed: prices by category, a few best sellers."""
    rng = np.random.default_rng([seed, 3])
    count = STORES * PRODUCTS
    category = rng.integers(0, CATEGORIES, count)
    level = np.exp(rng.normal(np.log(9000), 0.9, CATEGORIES))
    price = np.clip(level[category] * np.exp(rng.normal(0, 0.5, count)), 500, 400_000)
    ids = [str(680_000_000_000 + 7919 * i) for i in range(count)]
    return Goods(
        ids,
        category,
        price.astype(np.int64) // 10 * 10,
        1 / (np.arange(PRODUCTS) + 3.0),
        rng.random(count) >= UNLISTED,
    )


def product_rows(seed: int) -> pa.Table:
    """The product files: id, title, price and category."""
    found = goods(seed)
    at = np.flatnonzero(found.listed)
    return _table("products", len(at), {
        "store": at // PRODUCTS + 1, "item_kind": pa.repeat("product", len(at)), "item_id": words(found.ids, at),
        "title": pa.array([f"商品 {i}" for i in at.tolist()]), "currency": pa.repeat(CURRENCY, len(at)),
        "price": decimals(found.price[at]), "category": pa.array([f"类目 {c + 1:02d}" for c in found.category[at].tolist()]),
    })  # fmt: skip


@dataclass(slots=True)
class Month:
    """The orders of a month as plain arrays, sorted as files of the lake are, and their lines."""

    number: Ints
    store: Ints
    placed: Ints
    paid_at: Ints
    paid: Bools
    buyer: Ints
    known: Bools
    channel: Ints
    order: Ints  # of each line
    product: Ints
    quantity: Ints
    list_value: Ints
    amount: Ints
    refund: Ints  # of each line
    whole: Bools  # orders refunded as a whole

    @property
    def size(self) -> int:
        """Number of orders."""
        return len(self.number)

    def of_orders(self, values: Ints) -> Ints:
        """Line values added up by order."""
        return sums(self.order, values, self.size)


def month(scale: Scale, index: int, first: int, placed: Ints, buyer: Ints) -> Month:
    """The orders placed in month `index`, numbered from `first` on."""
    rng, size = scale.rng(4, index), len(placed)
    store = stores_of(buyer, rng) + 1
    if index == 0:  # every store sells from the first day on
        store[:STORES] = np.arange(STORES) + 1
    paid = rng.random(size) < PAID
    paid_at = placed + rng.integers(5, 1000, size)
    order = np.lexsort((placed, np.where(paid, paid_at // DAY, 0), store))
    store, placed, paid, paid_at, buyer = store[order], placed[order], paid[order], paid_at[order], buyer[order]
    line_order = np.repeat(np.arange(size), 1 + rng.poisson(LINES_PER_ORDER - 1, size))
    found = goods(scale.seed)
    product = (store[line_order] - 1) * PRODUCTS + draw(rng, found.weight, len(line_order))
    quantity = 1 + (rng.random(len(line_order)) < 0.1) * rng.integers(1, 4, len(line_order))
    listed = quantity * found.price[product]
    total = sums(line_order, listed, size)
    off = (total * rng.choice([0, 500, 1000, 2000], size) + 5000) // 10_000
    amount = split(total - off, line_order, listed)
    gone, whole = paid & (rng.random(size) < REFUNDED), rng.random(size) < WHOLE_REFUND
    first_line = ranks(line_order) == 0
    refund = np.where(gone[line_order] & (whole[line_order] | first_line), amount, 0)
    numbers = FIRST_ORDER + (first + order) * 100
    known = rng.random(size) >= UNKNOWN_BUYER
    channel = draw(rng, CHANNEL_SHARES, size)
    return Month(
        numbers, store, placed, paid_at, paid, buyer, known, channel, line_order, product, quantity, listed, amount,
        refund, gone & whole,
    )  # fmt: skip


def order_rows(of: Month) -> pa.Table:
    """The orders of a month."""
    size, paid = of.size, of.paid
    amount, listed, quantity = of.of_orders(of.amount), of.of_orders(of.list_value), of.of_orders(of.quantity)
    paid_at = nullable(of.paid_at * MICRO, paid, pa.timestamp("us"))
    refund, sold = of.of_orders(of.refund), np.where(paid, amount, 0)
    status = words(list(STATUSES), np.where(of.whole, 2, np.where(paid, 0, 1)))
    region = own(of.buyer, np.ones(len(CHINA)), 2)
    return _table("orders", size, {
        "store": of.store, "order_id": digits(of.number), "placed_at": of.placed * MICRO, "paid_at": paid_at,
        "counted_at": paid_at, "moment_basis": pa.repeat("paid", size),
        "shipped_at": nullable((of.paid_at + DAY) * MICRO, paid, pa.timestamp("us")), "status": status, "status_raw": status,
        "currency": pa.repeat(CURRENCY, size), "goods_amount": amount, "user_paid": sold, "user_paid_first": sold,
        "list_value": listed, "postage": np.zeros(size, np.int64), "platform_discount": np.zeros(size, np.int64),
        "merchant_discount": listed - amount, "ordered_amount": amount, "quantity": quantity,
        "refund_stated": np.zeros(size, np.int64), "refund_basis": pa.repeat("known", size),
        "buyer_key": pc.if_else(pa.array(of.known), _keys(of.buyer, 0), pa.scalar(None, pa.string())),
        "buyer_kind": pc.if_else(pa.array(of.known), "platform_id", pa.scalar(None, pa.string())),
        "region": words([c[0] for c in CHINA], region), "channel": words(list(CHANNELS), of.channel),
        "day": _days(of.paid_at, paid), "placed_day": _days(of.placed), "hour": nullable(of.paid_at % DAY // 3600, paid, pa.int64()),
        "counts": paid, "gmv_all": sold, "gmv": sold, "line_count": sums(of.order, None, size), "lines_aside": np.zeros(size, np.int64),
        "units": np.where(paid, quantity, 0), "refunded": refund,
        "refunded_basis": words(["stated", "aftersale"], (refund > 0).astype(np.int64)),
        "_said": hashes(of.number).view(np.int64), "_filled": np.zeros(size, np.int64),
    })  # fmt: skip


def line_rows(of: Month, seed: int) -> pa.Table:
    """The order lines of a month."""
    size, at, found = len(of.order), of.order, goods(seed)
    key = digits(of.number[at] + 1 + ranks(at))
    paid = of.paid[at]
    status = words(list(STATUSES), np.where(of.refund > 0, 2, np.where(paid, 0, 1)))
    sold = np.where(paid, of.amount, 0)
    return _table("order_lines", size, {
        "store": of.store[at], "order_id": digits(of.number).take(pa.array(at)), "line_key": key, "line_id": key,
        "placed_at": (of.placed * MICRO)[at], "status": status, "status_raw": status, "kind": pa.repeat("sale", size),
        "product_id": words(found.ids, of.product), "sku": words([f"SKU-{i:05d}" for i in range(len(found.ids))], of.product),
        "title": words([f"商品 {i}" for i in range(len(found.ids))], of.product), "quantity": of.quantity,
        "unit_price": decimals(found.price[of.product]), "currency": pa.repeat(CURRENCY, size), "list_value": of.list_value,
        "goods_amount": of.amount, "user_paid": sold, "platform_discount": np.zeros(size, np.int64),
        "merchant_discount": of.list_value - of.amount, "day": _days(of.paid_at[at], paid), "counts": paid, "gmv_all": sold,
        "gmv": sold, "refunded": of.refund, "_said": hashes(of.number[at] + 1 + ranks(at)).view(np.int64),
    })  # fmt: skip


def refund_rows(of: Month, rng: np.random.Generator) -> pa.Table:
    """The after-sale list of a month's orders: one row for an order that came back whole, else for the line that did."""
    back = of.of_orders(of.refund)
    at = np.flatnonzero(back > 0)
    size, when = len(at), of.paid_at[back > 0] + rng.integers(DAY // 2, 20 * DAY, int((back > 0).sum()))
    line = digits(of.number[at] + 1)
    return _table("refunds", size, {
        "store": of.store[at], "refund_id": digits(of.number[at] + 99), "order_id": digits(of.number[at]),
        "line_id": pc.if_else(pa.array(of.whole[at]), pa.scalar(None, pa.string()), line), "status": pa.repeat("done", size),
        "status_raw": pa.repeat("退款成功", size), "kind": pa.repeat("return_refund", size), "requested_at": (when - DAY // 4) * MICRO,
        "refunded_at": when * MICRO, "currency": pa.repeat(CURRENCY, size), "amount": back[at],
        "postage": np.zeros(size, np.int64), "amount_basis": pa.repeat("known", size), "day": _days(when),
        "_said": hashes(of.number[at] + 99).view(np.int64),
    })  # fmt: skip


def visit_rows(placed: Ints, who: Ints, rng: np.random.Generator) -> pa.Table:
    """The visits of a month."""
    size = len(placed)
    of_day = ranks(placed // DAY)
    store = np.where(of_day < STORES, of_day, stores_of(who, rng)) + 1  # every store has visitors every day
    order = np.lexsort((placed, store))
    source = rng.integers(0, len(SOURCES), size)
    at = placed[order] * MICRO + rng.integers(0, MICRO, size)
    return _table("visits", size, {
        "store": store[order], "visitor_key": _keys(who[order], VISITOR_KEYS), "visited_at": at,
        "source": words(list(SOURCES), source), "source_group": words(list(SOURCE_GROUPS), source),
        "page_views": rng.integers(1, 9, size), "day": _days(placed[order]), "_said": hashes(at * 32 + store[order]).view(np.int64),
    })  # fmt: skip


def _keys(person: Ints, salt: int) -> pa.Array:
    """32 hexadecimal digits for each person."""
    return hex_texts(np.stack([hashes(person * 1024 + salt), hashes(person * 1024 + salt + 512)], axis=1))


def _days(moments: Ints, known: Bools | None = None) -> pa.Array:
    days = (moments // DAY).astype(np.int32)
    return pa.array(days, mask=None if known is None else ~known).cast(pa.date32())


def _table(name: str, rows: int, columns: dict[str, Any]) -> pa.Table:
    """A table as files of facts hold it; columns that are not given are null."""
    schema = facts_schema(TABLES[name])
    held = []
    for field in schema:
        value: Array | pa.Array | None = columns.get(field.name)
        held.append(pa.nulls(rows, field.type) if value is None else pa.array(value).cast(field.type))
    return pa.Table.from_arrays(held, schema=schema)
