"""Orders and lines by the million, straight as statement tables: for benchmarks, not through files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.simulate.arrays import DAY, Array, Bools, Ints, draw, ranks, split, sums
from goldloop.simulate.catalogue import Catalogue, catalogue
from goldloop.simulate.exports.places import CHINA
from goldloop.simulate.seasons import CHINA_HOURS, Days, demand, first_day_of
from goldloop.simulate.world import MONTHS, REGION_COUNT

PART_LINES = 400_000  # at most so many lines in a part; a part is whole days, one at least
LINES_PER_ORDER = 1.4
PAID_SHARE, NEW_SHARE, REFUND_SHARE = 0.9, 0.4, 0.08
UNKNOWN_SHARE = 0.01  # orders without a usable buyer
CURRENCY = "CNY"
OPEN_SECONDS = 85_000  # orders are placed so early in the day that they are paid on the same day
MICRO = 1_000_000

_TEXT, _INT, _TIME = pa.string(), pa.int64(), pa.timestamp("us")
ORDERS = pa.schema(
    [("store", _INT), ("order_id", _TEXT)]
    + [(n, _TIME) for n in ("placed_at", "paid_at", "counted_at")]
    + [("moment_basis", _TEXT)]
    + [(n, _TIME) for n in ("shipped_at", "finished_at", "closed_at")]
    + [(n, _TEXT) for n in ("status", "status_raw", "close_reason", "flags", "currency")]
    + [
        (n, _INT)
        for n in ("goods_amount", "user_paid", "user_paid_first", "list_value", "postage", "platform_discount")
    ]
    + [(n, _INT) for n in ("merchant_discount", "merchant_received", "ordered_amount", "deposit")]
    + [("presale", pa.bool_()), ("quantity", _INT), ("refund_stated", _INT)]
    + [
        (n, _TEXT)
        for n in (
            "refund_basis",
            "title",
            "buyer_key",
            "buyer_kind",
            "region",
            "channel",
            "order_source",
            "seller_note",
        )
    ]
    + [("_row", _INT), ("_moment", _TIME)]
)
LINES = pa.schema(
    [("store", _INT), ("order_id", _TEXT), ("line_key", _TEXT), ("line_id", _TEXT), ("placed_at", _TIME)]
    + [(n, _TEXT) for n in ("status", "status_raw", "kind", "product_id", "sku", "title", "variant")]
    + [("quantity", _INT), ("unit_price", pa.decimal128(18, 6)), ("currency", _TEXT)]
    + [(n, _INT) for n in ("list_value", "goods_amount", "user_paid", "merchant_received", "platform_discount")]
    + [(n, _INT) for n in ("merchant_discount", "refund_stated")]
    + [(n, _TEXT) for n in ("refund_basis", "carrier", "seller", "traffic_kind")]
    + [("_row", _INT), ("_moment", _TIME)]
)
_SHOP_COUNTS = (
    "new_visitors",
    "old_visitors",
    "favourites",
    "cart_adders",
    "cart_units",
    "enquirers",
    "searched_visitors",
)
STORE_DAYS = pa.schema(
    [("store", _INT), ("first_day", pa.date32()), ("last_day", pa.date32()), ("report", _TEXT), ("currency", _TEXT)]
    + [("visitors", _INT), ("page_views", _INT), ("bounce_rate", pa.float64()), ("stay_seconds", pa.float64())]
    + [(n, _INT) for n in (*_SHOP_COUNTS, "ordered_buyers", "ordered_amount", "gmv", "buyers", "orders", "units")]
    + [(n, _INT) for n in ("new_buyers", "repeat_buyers", "repeat_gmv", "refunds")]
    + [("_row", _INT), ("_moment", _TIME)]
)


def words(words: list[str], positions: Array) -> pa.Array:
    """The words at these positions."""
    return pa.array(words, pa.string()).take(pa.array(positions))


def digits(numbers: Ints) -> pa.Array:
    """Numbers as text."""
    return pa.array(numbers).cast(pa.string())


def nullable(values: Array, known: Bools, kind: pa.DataType) -> pa.Array:
    """Values of this type, null where they are not known."""
    return pa.array(values, mask=~known).cast(kind)


def decimals(minor: Ints) -> pa.Array:
    """Minor units (exponent 2) as decimal(18,6) of major units, built from the 128-bit buffer."""
    wide = np.zeros((len(minor), 2), np.int64)
    wide[:, 0] = minor * 10_000
    return pa.Array.from_buffers(pa.decimal128(18, 6), len(minor), [None, pa.py_buffer(wide)])


def hashes(numbers: Ints) -> Array:
    """A well mixed 64-bit number for each number (splitmix64)."""
    mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def hex_texts(rows: Array) -> pa.Array:
    """Each row of 64-bit numbers (n x k) as 16 k hexadecimal digits, as a keyed hash would look."""
    pairs = np.frombuffer(b"".join(b"%02x" % i for i in range(256)), np.uint16)
    text = pairs[np.ascontiguousarray(rows).view(np.uint8).reshape(-1)]
    ends = np.arange(0, 16 * rows.size + 1, 16 * rows.shape[1], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(rows), [None, pa.py_buffer(ends), pa.py_buffer(text)])


def _keys(store: Ints, customer: Ints) -> pa.Array:
    """A key of 16 digits per customer of a store."""
    return hex_texts(hashes((customer << 8) + store)[:, None])


class Buyers:
    """Customers of one store over time: who comes again, and on which day everybody paid last (-1000: never)."""

    def __init__(self) -> None:
        self.last = np.full(1024, -1000, np.int32)
        self.count = 0

    def come(self, number: int, rng: np.random.Generator) -> Ints:
        """`number` customers in order of time: new ones get the next number, older ones rather the recent ones."""
        new = rng.random(number) < NEW_SHARE
        known = self.count + np.cumsum(new)
        chosen = np.where(new, known - 1, (np.maximum(known, 1) * rng.random(number) ** 0.6).astype(np.int64))
        self.count = max(int(known[-1]) if number else self.count, 1)
        if self.count > len(self.last):
            more = np.full(self.count * 2 - len(self.last), -1000, np.int32)
            self.last = np.concatenate([self.last, more])
        return chosen

    def paid(self, customer: Ints, day: Ints) -> tuple[Ints, Ints, Bools]:
        """Distinct (customer, day) pairs: day of each pair, pair of each payment, whether the pair is a new buyer."""
        pairs, inverse = np.unique(customer * 2**20 + day, return_inverse=True)
        who, when = pairs >> 20, pairs & (2**20 - 1)
        opens = np.r_[True, who[1:] != who[:-1]][: len(who)]
        before = np.where(opens, self.last[who], np.r_[0, when[:-1]][: len(who)])
        self.last[who] = when  # sorted by day: the last one stays
        return when, inverse.astype(np.int64), before < when - 365


@dataclass(slots=True)
class _Part:
    """One part in plain arrays: orders sorted by the moment of placing, lines sorted by order."""

    store: Ints
    number: Ints
    placed: Ints  # seconds since 1970
    paid: Bools
    customer: Ints
    order: Ints  # of each line
    sku: Ints
    product: Ints
    quantity: Ints
    price: Ints
    list_value: Ints
    goods: Ints
    platform: Ints
    refund: Ints
    status: Ints


_STATUSES = ("unpaid", "paid", "shipped", "finished", "closed_unpaid", "closed_refunded")
_STATUS_WORDS = (
    "等待买家付款",
    "买家已付款，等待卖家发货",
    "卖家已发货，等待买家确认",
    "交易成功",
    "交易关闭",
    "交易关闭",
)


def _part(
    first: int, counts: Ints, number: int, shops: list[Buyers], goods: Catalogue, month: int, rng: np.random.Generator
) -> _Part:
    """Orders of consecutive days: `counts` orders a day from day `first` (days since 1970) on."""
    size = int(counts.sum())
    hour = draw(rng, CHINA_HOURS, size) * 3600 + rng.integers(0, 3600, size)
    placed = np.repeat(first + np.arange(len(counts)), counts) * DAY + np.minimum(hour, OPEN_SECONDS - 1)
    placed.sort()
    store = rng.integers(1, len(shops) + 1, size)
    customer = np.zeros(size, np.int64)
    for shop, buyers in enumerate(shops, 1):
        mine = store == shop
        customer[mine] = buyers.come(int(mine.sum()), rng)
    lines = 1 + np.minimum(3, rng.poisson(LINES_PER_ORDER - 1, size))
    order = np.repeat(np.arange(size), lines)
    product = draw(rng, goods.weights[month - 1], len(order))
    sku = goods.sku_starts[product] + (rng.random(len(order)) * goods.sku_counts[product]).astype(np.int64)
    quantity = 1 + (rng.random(len(order)) < 0.1).astype(np.int64)
    price = np.array([p.prices[0] for p in goods.products], np.int64)[product]
    listed = quantity * price
    total = sums(order, listed, size)
    merchant = (total * rng.choice([0, 500, 1000, 2000], size) + 5000) // 10_000
    platform = np.where(rng.random(size) < 0.2, np.minimum(500, (total - merchant) // 4), 0)
    amounts = split(total - merchant, order, listed)
    paid = rng.random(size) < PAID_SHARE
    gone = paid & (rng.random(size) < REFUND_SHARE)
    refund = np.where(gone[order], amounts, 0)
    status = np.where(paid, np.where(gone, 5, 3), 4)
    numbers = number + np.cumsum(rng.integers(1, 5, size)) * 10
    shares = split(platform, order, amounts)
    return _Part(
        store,
        numbers,
        placed,
        paid,
        customer,
        order,
        sku,
        product,
        quantity,
        price,
        listed,
        amounts,
        shares,
        refund,
        status,
    )


def _table(schema: pa.Schema, columns: dict[str, Any], rows: int, moment: int) -> pa.Table:
    """A table of the schema; columns that are not given are null."""
    columns |= {
        "_row": np.arange(2, rows + 2),
        "_moment": pa.repeat(pa.scalar(moment * MICRO).cast(pa.timestamp("us")), rows),
    }
    found = []
    for field in schema:
        value = columns.get(field.name)
        found.append(pa.nulls(rows, field.type) if value is None else pa.array(value).cast(field.type))
    return pa.Table.from_arrays(found, schema=schema)


def _orders(part: _Part, moment: int, rng: np.random.Generator) -> pa.Table:
    size = len(part.number)
    paid_at = nullable((part.placed + rng.integers(5, 1000, size)) * MICRO, part.paid, pa.timestamp("us"))
    shipped = part.placed + DAY + rng.integers(0, DAY, size)
    total = {name: sums(part.order, values, size) for name, values in _sums(part).items()}
    user_paid = np.where(part.paid, total["goods"] - total["platform"], 0)
    known = pa.array(rng.random(size) >= UNKNOWN_SHARE)
    keys = _keys(part.store, part.customer)
    columns = {
        "store": part.store, "order_id": digits(part.number), "placed_at": part.placed * MICRO, "paid_at": paid_at,
        "counted_at": paid_at, "moment_basis": pa.repeat("paid", size),
        "shipped_at": nullable(shipped * MICRO, part.paid, pa.timestamp("us")),
        "finished_at": nullable((shipped + 7 * DAY) * MICRO, part.status == 3, pa.timestamp("us")),
        "status": words(list(_STATUSES), part.status), "status_raw": words(list(_STATUS_WORDS), part.status),
        "currency": pa.repeat(CURRENCY, size), "goods_amount": total["goods"], "user_paid": user_paid, "user_paid_first": user_paid,
        "list_value": total["list"], "postage": np.zeros(size, np.int64), "platform_discount": total["platform"],
        "merchant_discount": total["list"] - total["goods"], "ordered_amount": total["goods"], "quantity": total["quantity"],
        "refund_stated": total["refund"], "refund_basis": pa.repeat("known", size),
        "buyer_key": pc.if_else(known, keys, pa.scalar(None, pa.string())),
        "buyer_kind": pc.if_else(known, "platform_id", pa.scalar(None, pa.string())),
        "region": words([c[0] for c in CHINA], (part.customer * 7919) % REGION_COUNT),
    }  # fmt: skip
    return _table(ORDERS, columns, size, moment)


def _sums(part: _Part) -> dict[str, Ints]:
    return {
        "goods": part.goods, "platform": part.platform, "list": part.list_value, "quantity": part.quantity,
        "refund": part.refund,
    }  # fmt: skip


def _lines(part: _Part, goods: Catalogue, moment: int) -> pa.Table:
    size = len(part.order)
    order = digits(part.number).take(pa.array(part.order))
    key = digits(part.number[part.order] + 1 + ranks(part.order))
    paid, status = part.paid[part.order], part.status[part.order]
    variants = ["/".join(w for w in (s.colour, s.size) if w) for s in goods.skus]
    columns = {
        "store": part.store[part.order], "order_id": order, "line_key": key, "line_id": key,
        "placed_at": (part.placed * MICRO)[part.order], "status": words(list(_STATUSES), status),
        "status_raw": words(list(_STATUS_WORDS), status), "kind": pa.repeat("sale", size),
        "product_id": words([p.product_id for p in goods.products], part.product),
        "sku": words([s.code for s in goods.skus], part.sku), "title": words([p.title for p in goods.products], part.product),
        "variant": words(variants, part.sku), "quantity": part.quantity, "unit_price": decimals(part.price),
        "currency": pa.repeat(CURRENCY, size), "list_value": part.list_value, "goods_amount": part.goods,
        "user_paid": np.where(paid, part.goods - part.platform, 0), "platform_discount": part.platform,
        "merchant_discount": part.list_value - part.goods, "refund_stated": part.refund, "refund_basis": pa.repeat("known", size),
        "carrier": words(["商品卡", "直播", "短视频"], part.sku % 3), "traffic_kind": words(["自然流量", "付费流量"], part.sku % 2),
    }  # fmt: skip
    return _table(LINES, columns, size, moment)


def _store_days(
    part: _Part, first: int, days: int, shops: list[Buyers], moment: int, rng: np.random.Generator
) -> pa.Table:
    """The shop row of every store and day of a part, exact from its orders; visitors stand 25 to 35 to a buyer."""
    size = len(shops) * days
    day = part.placed // DAY - first
    goods, units = sums(part.order, part.goods, len(part.number)), sums(part.order, part.quantity, len(part.number))
    slot = (part.store - 1) * days + day
    paid = part.paid
    found = {
        "orders": sums(slot[paid], None, size), "gmv": sums(slot[paid], goods[paid], size),
        "units": sums(slot[paid], units[paid], size), "ordered_amount": sums(slot, goods, size),
    }  # fmt: skip
    buyers, new, repeat_gmv, ordered = (np.zeros(size, np.int64) for _ in range(4))
    for shop, known in enumerate(shops):
        mine = paid & (part.store == shop + 1)
        when, pair, fresh = known.paid(part.customer[mine], part.placed[mine] // DAY)
        at = slice(shop * days, (shop + 1) * days)
        buyers[at] = sums(when - first, None, days)
        new[at] = sums(when - first, fresh, days)
        repeat_gmv[at] = sums(day[mine], np.where(fresh[pair], 0, goods[mine]), days)
        all_mine = part.store == shop + 1
        ordered[at] = sums(np.unique(part.customer[all_mine] * days + day[all_mine]) % days, None, days)
    visitors = (ordered * rng.uniform(25, 35, size)).astype(np.int64)
    store = np.repeat(np.arange(1, len(shops) + 1), days)
    dates = pa.array(np.tile(first + np.arange(days), len(shops)).astype(np.int32)).cast(pa.date32())
    columns = {
        "store": store, "first_day": dates, "last_day": dates, "report": pa.repeat("simulated_shop_day", size),
        "currency": pa.repeat(CURRENCY, size), "visitors": visitors, "page_views": visitors * 3, "ordered_buyers": ordered,
        "buyers": buyers, "new_buyers": new, "repeat_buyers": buyers - new, "repeat_gmv": repeat_gmv, **found,
    }  # fmt: skip
    return _table(STORE_DAYS, columns, size, moment)


def large_statements(*, seed: int, lines: int, last_day: date, stores: int) -> Iterator[dict[str, pa.Table]]:
    """See `goldloop.simulate.large_statements`; parts are whole days and never cross the end of a month."""
    rng = np.random.default_rng([seed, 99])
    begins = first_day_of(last_day, MONTHS)
    days = Days(begins, (last_day - begins).days + 1, 0)
    goods = catalogue(count=24, id_base=680_000_000_000, dollars=False, handle=False, top_up=False, rng=rng)
    wish = demand(days, False) * 1.1 ** (np.arange(days.count) / 365.25)
    mean = 1 + float(np.minimum(3, rng.poisson(LINES_PER_ORDER - 1, 1_000_000)).mean())
    orders = np.rint(lines / mean * wish / wish.sum()).astype(np.int64)
    moment = (int(days.numbers[-1]) + 1) * DAY + 9 * 3600
    shops = [Buyers() for _ in range(stores)]
    number, start = 10**18, 0
    while start < days.count:
        stop = start + 1
        while (
            stop < days.count
            and days.months[stop] == days.months[start]
            and orders[start : stop + 1].sum() * mean <= PART_LINES
        ):
            stop += 1
        first = int(days.numbers[start])
        part = _part(first, orders[start:stop], number, shops, goods, int(days.months[start] % 12) + 1, rng)
        number = int(part.number[-1]) if len(part.number) else number
        yield {
            "orders": _orders(part, moment, rng),
            "order_lines": _lines(part, goods, moment),
            "store_day": _store_days(part, first, stop - start, shops, moment, rng),
        }
        start = stop
