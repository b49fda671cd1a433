"""The invented products that the stores sell: attributes, prices, variants, and how much each is wanted when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.simulate.arrays import Floats, Ints

# code, Chinese and English noun, category (zh, en), price in yuan and dollars, cost share, return share, season, sized
_NOUNS = (
    ("LS", "亚麻衬衫", "Linen Shirt", "衬衫", "Shirts", 199, 49, 0.42, 0.12, "summer", True),
    ("CT", "棉T恤", "Cotton Tee", "T恤", "Tees", 129, 32, 0.38, 0.10, "summer", True),
    ("KC", "针织开衫", "Knit Cardigan", "毛衣", "Knitwear", 259, 64, 0.45, 0.14, "winter", True),
    ("WS", "羊毛围巾", "Wool Scarf", "围巾", "Scarves", 149, 38, 0.40, 0.05, "winter", False),
    ("WT", "阔腿裤", "Wide Trousers", "裤子", "Trousers", 189, 47, 0.43, 0.15, "all", True),
    ("CB", "帆布包", "Canvas Bag", "包", "Bags", 89, 24, 0.35, 0.04, "all", False),
    ("BP", "双肩包", "Backpack", "包", "Bags", 219, 56, 0.44, 0.06, "all", False),
    ("CM", "陶瓷杯", "Ceramic Mug", "餐具", "Tableware", 49, 14, 0.30, 0.03, "all", False),
    ("TC", "桌布", "Tablecloth", "家纺", "Home textiles", 79, 22, 0.36, 0.04, "all", False),
    ("SK", "棉袜三双装", "Cotton Socks 3-Pack", "袜子", "Socks", 39, 12, 0.33, 0.02, "all", False),
    ("SH", "遮阳帽", "Sun Hat", "帽子", "Hats", 69, 19, 0.37, 0.05, "summer", False),
    ("BL", "毛毯", "Wool Blanket", "家纺", "Home textiles", 299, 79, 0.46, 0.05, "winter", False),
)
# code, series (zh, en), style (zh, en), price factor in hundredths
_SERIES = (
    ("CL", "云朵", "Cloud", "简约", "Plain", 100),
    ("SL", "青石", "Slate", "复古", "Retro", 115),
)
_SEASONS = {"summer": ("夏季", "Summer"), "winter": ("冬季", "Winter"), "all": ("四季", "All year")}
_COLOURS = (("W", "白色", "White"), ("B", "蓝色", "Blue"))
_SIZES = ("S", "M", "L")
_SEASON_MONTHS = {
    "summer": [0.5, 0.6, 0.9, 1.2, 1.5, 1.7, 1.6, 1.3, 0.9, 0.7, 0.6, 0.5],
    "winter": [1.5, 1.1, 0.8, 0.6, 0.4, 0.3, 0.4, 0.6, 0.9, 1.4, 1.8, 1.8],
    "all": [1.0] * 12,
}
BRAND = ("示例牌", "Sample Brand")
TOP_UP_TITLE = "补差价专用链接"


@dataclass(frozen=True, slots=True)
class Product:
    """One product: words in the store's language, list price in minor units (two price epochs), shares, season."""

    product_id: str
    code: str
    title: str
    category: str
    style: str
    series: str
    season: str
    season_key: str
    prices: tuple[int, int]
    cost: int
    return_share: float
    sized: bool


@dataclass(frozen=True, slots=True)
class Sku:
    """One variant: the product's position, the merchant code, colour and size words ('' when there is no size)."""

    product: int
    code: str
    colour: str
    size: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one store sells; `weights[month, product]` is the wish for a product by calendar month (January first).

    `top_up` is the position of the price-difference link (补差价), which is no product of its own; None without one.
    """

    products: tuple[Product, ...]
    skus: tuple[Sku, ...]
    sku_starts: Ints
    sku_counts: Ints
    weights: Floats
    top_up: int | None


def _product(row: int, number: int, id_base: int, dollars: bool, handle: bool, rng: np.random.Generator) -> Product:
    code, zh, en, cat_zh, cat_en, yuan, dollar, cost, returns, season, sized = _NOUNS[row % len(_NOUNS)]
    s_code, s_zh, s_en, style_zh, style_en, factor = _SERIES[row // len(_NOUNS)]
    price = (dollar if dollars else yuan) * factor // 100 * 100 - (1 if dollars else 10)  # 48.99, 198.90
    later = price + int(rng.choice([0, 0, 0, 5, 10, -5])) * price // 10_000 * 100  # in whole units
    word = 1 if dollars else 0
    return Product(
        product_id=f"{en} {s_en}".lower().replace(" ", "-") if handle else str(id_base + number),
        code=f"{code}-{s_code}",
        title=f"{en} {s_en}" if dollars else f"{zh} {s_zh}款",
        category=(cat_zh, cat_en)[word],
        style=(style_zh, style_en)[word],
        series=(s_zh, s_en)[word],
        season=_SEASONS[season][word],
        season_key=season,
        prices=(price, later),
        cost=int(price * cost),
        return_share=returns,
        sized=sized,
    )


def _skus(products: list[Product], dollars: bool) -> list[Sku]:
    found = []
    for position, product in enumerate(products):
        for key, zh, en in _COLOURS if product.season_key else ():
            for size in _SIZES if product.sized else ("",):
                code = "-".join(part for part in (product.code, size, key) if part)
                found.append(Sku(position, code, en if dollars else zh, size))
        if not product.season_key:
            found.append(Sku(position, product.code, "", ""))
    return found


def catalogue(
    *, count: int, id_base: int, dollars: bool, handle: bool, top_up: bool, rng: np.random.Generator
) -> Catalogue:
    """`count` products (at most 24) with their variants; prices in cents of the store's currency."""
    products = [_product(row, row + 1, id_base, dollars, handle, rng) for row in range(count)]
    base = rng.permutation(1.0 / (np.arange(count) + 1.5) ** 0.8)
    weights = np.array([_SEASON_MONTHS[p.season_key] for p in products]).T * base
    if top_up:
        link = Product(str(id_base + 999), "BCJ", TOP_UP_TITLE, "其他", "", "", "", "", (100, 100), 0, 0.0, False)
        products.append(link)
        weights = np.c_[weights, np.zeros(12)]
    skus = _skus(products, dollars)
    owners = np.array([s.product for s in skus], np.int64)
    counts = np.bincount(owners, minlength=len(products)).astype(np.int64)
    return Catalogue(
        tuple(products),
        tuple(skus),
        np.cumsum(counts) - counts,
        counts,
        weights,
        len(products) - 1 if top_up else None,
    )
