"""Cuts: by what a figure can be split or filtered, and which feeds know each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goldloop.core.calendar import GRAINS
from goldloop.core.errors import GoldloopError

Level = Literal["time", "store", "order", "buyer", "line", "source", "refund"]


class CutUnknown(GoldloopError):
    """A cut that is neither built in nor a column of the product file."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut: `level` says at which grain it is known (an order, one of its lines, its buyer, a traffic source)."""

    name: str
    zh: str
    en: str
    level: Level
    doc: str


_ALL = (
    Cut("day", "日", "day", "time", "Business day, 2026-06-01."),
    Cut("week", "周", "week", "time", "ISO week, 2026-W23."),
    Cut("month", "月", "month", "time", "2026-06."),
    Cut("quarter", "季", "quarter", "time", "2026-Q2."),
    Cut("year", "年", "year", "time", "2026."),
    Cut("store", "店铺", "store", "store", "Store name."),
    Cut("platform", "平台", "platform", "store", "Platform of the store."),
    Cut("currency", "币种", "currency", "store", "Currency of the store."),
    Cut("weekday", "星期", "weekday", "order", "1 Monday to 7 Sunday, of the business day."),
    Cut("day_type", "日类型", "day type", "order", "normal (日销), warm_up (预热), event (活动), encore (返场)."),
    Cut("hour", "小时", "hour", "order", "Hour of payment, 0 to 23."),
    Cut("channel", "下单渠道", "channel", "order", "Where the order was placed."),
    Cut("order_source", "订单来源", "order source", "order", "The platform's word for the order's source."),
    Cut("region", "地区", "region", "order", "Province, state or country."),
    Cut(
        "segment",
        "人群",
        "segment",
        "order",
        "Orders of the people of a kept segment, as of the last loaded day; only to filter by.",
    ),
    Cut("buyer_type", "新老客", "new or repeat", "buyer", "new, repeat, unidentified."),
    Cut(
        "buyer_stage",
        "购买阶段",
        "purchase stage",
        "buyer",
        "new, first_to_second (首购转二购), old (3 or more), unidentified.",
    ),
    Cut("product", "商品", "product", "line", "Product id, else merchant code, else title."),
    Cut("sku", "商家编码", "SKU", "line", "Merchant code."),
    Cut("carrier", "体裁", "carrier", "line", "Product card, live, short video, image-text."),
    Cut("seller", "带货达人", "seller", "line", "Own store or creator (达人)."),
    Cut("traffic_kind", "流量类型", "traffic kind", "line", "Natural or paid, as the order export says."),
    Cut("price_band", "价格带", "price band", "line", "Paid unit price, bounds by currency."),
    Cut("category", "类目", "category", "line", "Category of the product file."),
    Cut("brand", "品牌", "brand", "line", "Brand of the product file."),
    Cut(
        "source_group", "来源分组", "source group", "source", "free, paid, event, content, private, off_site, unmapped."
    ),
    Cut("source", "流量来源", "source", "source", "Source as the platform reports it."),
)

CUTS: dict[str, Cut] = {c.name: c for c in _ALL}
TIME_CUTS = frozenset(GRAINS)
FILTERS_ONLY = frozenset({"segment"})  # whose values overlap
BUYER_CUTS = frozenset({"buyer_type", "buyer_stage"})
STORE_CUTS = frozenset({"store", "platform", "currency"})
# What a refund row knows, itself or by its order; goods only where every refund of the scope names them.
REFUND_CUTS = STORE_CUTS | {"weekday", "region", "channel", "order_source"}
REFUND_GOODS_CUTS = frozenset({"product", "sku", "category", "brand"})


def is_line_cut(name: str) -> bool:
    """Whether a cut is known on order lines only (every product attribute is)."""
    return name not in CUTS or CUTS[name].level == "line"


# Bounds of the paid unit price in minor units by currency exponent-free major values; "1000+" is the last band.
PRICE_BOUNDS: dict[str, tuple[int, ...]] = {
    "CNY": (0, 20, 50, 100, 200, 300, 500, 1000),
    "USD": (0, 5, 10, 20, 50, 100, 200, 500),
    "EUR": (0, 5, 10, 20, 50, 100, 200, 500),
    "GBP": (0, 1, 2, 5, 10, 20, 50, 100),
    "JPY": (0, 500, 1000, 2000, 5000, 10000, 20000, 50000),
}
DEFAULT_BOUNDS = (0, 10, 20, 50, 100, 200, 500, 1000)


_COST_WORDS = (
    "成本",
    "进价",
    "进货价",
    "采购价",
    "供货价",
    "毛利",
    "利润",
    "cost",
    "purchase price",
    "margin",
    "profit",
)


def tells_cost(attribute: str) -> bool:
    """Whether a product column says by its name what goods cost or leave: it is hidden with the costs."""
    return any(word in attribute.casefold() for word in _COST_WORDS)


def cut(name: str, attributes: frozenset[str]) -> Cut:
    """The cut of that name: built in, or a column of the product file (`attributes` lists those loaded)."""
    if name in CUTS:
        return CUTS[name]
    plain = name.removeprefix("attr:")
    if plain in attributes:
        return Cut(name, plain, plain, "line", f"Column '{plain}' of the product file.")
    raise CutUnknown(
        "cut_unknown",
        f"There is no cut '{name}'.",
        given=name,
        allowed=[*CUTS, *sorted(attributes)],
        todo="goldloop figures --list",
        name=name,
    )
