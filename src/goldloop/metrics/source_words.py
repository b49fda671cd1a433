"""Where figures come from, in words: the tool whose shop-day rows are the root, and the window of attributed ad sales."""

from __future__ import annotations

from collections.abc import Set

REPORTS = {"tmall": "sycm", "taobao": "sycm", "douyin": "compass", "jd": "jd"}  # who makes a platform's shop-day row
SOURCES = {
    "sycm": ("Business Advisor (生意参谋)", "生意参谋"),
    "compass": ("Douyin Compass (罗盘)", "抖音电商罗盘"),
    "jd": ("JD Shangzhi (商智)", "京东商智"),
    "platform": ("platform's shop-day rows", "平台店铺日数据"),
    "orders": ("orders", "订单"),
    "mixed": ("platform's rows and orders, by days", "平台店铺日数据与订单"),
    "none": ("no data", "无数据"),
}


def source_name(source: str | None, platforms: Set[str], lang: str) -> str:
    """An answer's source (`platform`, `orders`, `mixed` or None) in the words of the platforms of its stores.

    >>> source_name("platform", {"tmall"}, "zh"), source_name("orders", {"tmall"}, "en")
    ('生意参谋', 'orders')
    """
    if source == "platform":
        tools = {REPORTS.get(platform, "platform") for platform in platforms}
        source = tools.pop() if len(tools) == 1 else "platform"
    return SOURCES[source or "none"][lang == "zh"]


def window_words(window: str) -> tuple[str, str]:
    """An attribution window (`15d`, `platform`) in English and Chinese.

    >>> window_words("15d"), window_words("1d")
    (('15 days', '15 天'), ('1 day', '1 天'))
    """
    if window == "platform":
        return "the platform's own window", "（平台自身口径）"
    if not (window.endswith("d") and window[:-1].isdigit()):
        return window, window
    days = int(window[:-1])
    return f"{days} day{'s' * (days != 1)}", f"{days} 天"
