"""What the lake and the figures need to know of a store: its currency, zone and where its day starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

PLATFORMS = (
    "taobao", "tmall", "jd", "douyin", "pdd", "shopify", "amazon", "tiktok", "woocommerce", "other",
)  # fmt: skip

# Which amount of a sale is gmv: with the discounts that the platform bears, or what buyers paid for the goods.
GmvAmount = Literal["merchant", "paid"]
GMV_AMOUNTS: tuple[GmvAmount, ...] = ("merchant", "paid")


@dataclass(frozen=True, slots=True)
class Store:
    """One store's settings as `apps.shops` publishes them.

    `timezone` is an IANA name; `day_starts` the minutes after midnight at which its business day begins; `opened_on`
    the day it opened, if known; `identity_limit` the share of paid orders that need a usable buyer before buyers are
    counted by identity; `gmv_amount` the amount of a sale that counts as gmv.

    >>> Store(id=1, name="A", platform="tmall").currency
    'CNY'
    """

    id: int
    name: str
    platform: str
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    day_starts: int = 0
    opened_on: date | None = None
    identity_limit: float = 0.95
    gmv_amount: GmvAmount = "merchant"
