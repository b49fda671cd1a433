"""The four stores of the simulated group: every parameter of their behaviour, which is also the known truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from goldloop.simulate.manifest import StoreSpec

Identity = Literal["named", "masked", "none", "email"]


@dataclass(frozen=True, slots=True)
class Source:
    """A free source of visits: `base` new visitors a day at scale 1, the share that buys, and its share of repeats.

    `words` are what the export calls it: two source levels (Taobao) or 流量体裁, 流量渠道, 流量来源 (Douyin).
    """

    words: tuple[str, ...]
    group: str
    base: float
    conversion: float
    returning: float


@dataclass(frozen=True, slots=True)
class Plan:
    """An advertising plan: visits = a x spend^b a day (spend in major units), and the share of visits that buys.

    `spend` is the usual daily spend at scale 1; at scale f it is spend x f and a x f^(1-b), so visits grow with f.
    """

    name: str
    campaign_id: str
    tool: str
    tool_id: str
    subject: int
    spend: float
    a: float
    b: float
    conversion: float
    words: tuple[str, ...]
    whole_store: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """BG/NBD in operational time (days of the demand index): rate ~ Gamma(r, 1/alpha), drop-out ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class StoreModel:
    """One store: settings, traffic, customers, prices and promotions. Discounts in basis points, money in minor units.

    `volume` scales all visits; `extra_lines` is the mean of further lines in a basket; `refunds` scales the products'
    own return shares; `strength` is the lift of demand at the opening of an event; `years_open` is how long before
    the first exported day the store opened (0: on that day).
    """

    slug: str
    name: str
    platform: str
    identity: Identity
    order_base: int
    product_base: int
    products: int
    sources: tuple[Source, ...]
    plans: tuple[Plan, ...]
    retention: Retention
    strength: dict[str, float]
    discount: dict[str, int]
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    day_starts: int = 0
    years_open: int = 0
    volume: float = 1.0
    growth: float = 0.08
    extra_lines: float = 0.3
    refunds: float = 1.0
    own_event: bool = False
    labour: int = 0  # a month
    freight: int = 0  # an order
    fee: int = 0  # platform fee in basis points of gmv
    commission: int = 0  # of sales by creators, in basis points
    feeds: tuple[str, ...] = field(default=())

    @property
    def abroad(self) -> bool:
        """Whether the store sells outside China: another week, other hours and holidays."""
        return self.currency != "CNY"

    def spec(self, first_day: date) -> StoreSpec:
        """The store's settings, given the first exported day."""
        opened = first_day.replace(year=first_day.year - self.years_open)
        return StoreSpec(self.name, self.platform, self.currency, self.timezone, self.day_starts, opened)


_CHINA_STRENGTH = {"38": 1.4, "618": 2.8, "double11": 4.5, "double12": 1.3, "店庆": 2.2}
_CHINA_DISCOUNT = {"38": 1200, "618": 1800, "double11": 2000, "double12": 1000, "店庆": 1500}

TMALL = StoreModel(
    slug="tmall",
    name="金环演示旗舰店",
    platform="tmall",
    identity="named",
    order_base=3_500_000_000_000_000_000,
    product_base=680_000_000_000,
    products=24,
    years_open=3,
    volume=0.60,
    extra_lines=0.36,
    own_event=True,
    labour=4_200_000,
    freight=420,
    fee=500,
    sources=(
        Source(("平台流量", "手淘搜索"), "free", 180, 0.024, 0.26),
        Source(("平台流量", "手淘推荐"), "free", 150, 0.012, 0.10),
        Source(("平台流量", "我的淘宝"), "free", 12, 0.020, 0.34),
        Source(("平台流量", "购物车"), "free", 8, 0.030, 0.20),
        Source(("内容流量", "淘宝直播"), "content", 25, 0.028, 0.10),
    ),
    plans=(
        Plan("计划A 衬衫", "82000000001", "关键词推广", "371", 0, 120, 2.6, 0.62, 0.026, ("付费推广", "关键词推广")),
        Plan("计划B 包", "82000000002", "关键词推广", "371", 5, 60, 5.0, 0.50, 0.021, ("付费推广", "关键词推广")),
        Plan("计划C 新客", "82000000003", "人群推广", "372", 2, 80, 4.0, 0.55, 0.016, ("付费推广", "人群推广")),
        Plan("计划D 全站", "82000000004", "全站推广", "436", 4, 150, 1.6, 0.70, 0.025, ("付费推广", "全站推广"), True),
    ),
    retention=Retention(0.38, 120.0, 0.85, 1.4),
    strength=_CHINA_STRENGTH,
    discount=_CHINA_DISCOUNT,
    feeds=("orders", "order_lines", "refunds", "store_day", "traffic", "ads", "products", "costs", "events"),
)
TAOBAO = StoreModel(
    slug="taobao",
    name="金环演示淘宝店",
    platform="taobao",
    identity="masked",
    order_base=3_700_000_000_000_000_000,
    product_base=690_000_000_000,
    products=14,
    years_open=2,
    volume=0.72,
    extra_lines=0.30,
    labour=1_500_000,
    freight=430,
    sources=(
        Source(("平台流量", "手淘搜索"), "free", 150, 0.022, 0.40),
        Source(("平台流量", "手淘推荐"), "free", 120, 0.012, 0.15),
        Source(("平台流量", "我的淘宝"), "free", 10, 0.020, 0.45),
    ),
    plans=(),
    retention=Retention(0.33, 130.0, 0.9, 1.2),
    strength={k: 0.6 * v for k, v in _CHINA_STRENGTH.items()},
    discount={k: v // 2 for k, v in _CHINA_DISCOUNT.items()},
    feeds=("orders", "order_lines", "store_day", "products", "costs"),
)
DOUYIN = StoreModel(
    slug="douyin",
    name="金环演示抖音店",
    platform="douyin",
    identity="none",
    order_base=6_900_000_000_000_000_000,
    product_base=36_000_000_000,
    products=10,
    day_starts=120,
    volume=0.75,
    extra_lines=0.05,
    refunds=1.6,
    labour=2_400_000,
    freight=400,
    fee=300,
    commission=2000,
    sources=(
        Source(("直播", "直播间", "自营直播"), "content", 200, 0.018, 0.35),
        Source(("直播", "直播间", "达人直播"), "content", 150, 0.020, 0.15),
        Source(("短视频", "短视频", "自营短视频"), "content", 110, 0.008, 0.10),
        Source(("短视频", "短视频", "达人短视频"), "content", 70, 0.009, 0.05),
        Source(("商品卡", "商城", "搜索"), "free", 120, 0.015, 0.35),
    ),
    plans=(
        Plan("全域推广A", "93000000001", "全域推广", "qc", 1, 100, 3.5, 0.60, 0.020, ("直播", "直播间", "千川"), True),
    ),
    retention=Retention(0.16, 120.0, 1.2, 1.1),
    strength={"38": 0.7, "618": 1.6, "double11": 2.2, "double12": 0.7},
    discount={"38": 800, "618": 1500, "double11": 1500, "double12": 800},
    feeds=("orders", "order_lines", "ads", "products", "costs"),
)
SHOPIFY = StoreModel(
    slug="shopify",
    name="Goldloop Demo US",
    platform="shopify",
    identity="email",
    order_base=1000,
    product_base=7_000_000_000_000,
    products=16,
    currency="USD",
    timezone="America/New_York",
    volume=0.72,
    growth=0.15,
    extra_lines=0.42,
    labour=900_000,
    freight=650,
    fee=290,
    sources=(
        Source(("web", "organic search"), "free", 90, 0.018, 0.25),
        Source(("web", "direct"), "free", 50, 0.020, 0.30),
        Source(("web", "email"), "private", 4, 0.030, 0.35),
        Source(("web", "social"), "free", 40, 0.010, 0.10),
    ),
    plans=(
        Plan("Search brand", "61000000001", "search ads", "search", 0, 40, 4.0, 0.60, 0.025, ("web", "search ads")),
        Plan(
            "Social prospecting", "61000000002", "social ads", "social", 2, 40, 6.0, 0.55, 0.014, ("web", "social ads")
        ),
    ),
    retention=Retention(0.36, 110.0, 0.9, 1.5),
    strength={"black_friday": 5.0, "cyber_monday": 4.0},
    discount={"black_friday": 2500, "cyber_monday": 2000},
    feeds=("orders", "order_lines", "ads", "products", "costs"),
)
GROUP = (TMALL, TAOBAO, DOUYIN, SHOPIFY)
