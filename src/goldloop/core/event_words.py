"""Events that a coupon calendar proposed: kept as data (month, week, counts), told in the language of whoever reads them."""

from __future__ import annotations

import re

from goldloop.core.event import Content

TITLES = {"en": "Store event, {month} week {week}", "zh": "店铺活动 {month} 第{week}周"}
WHY = {
    "en": "{people} coupons fall due in this week, most of them ({at_peak}) on {peak}.",
    "zh": "这一周有 {people} 张券到期发放，其中最多的一天是 {peak}（{at_peak} 张）。",
}
_NAME = re.compile(r"(?P<month>\d{4}-\d{2}) W(?P<week>\d)")
_DUE = re.compile(r"coupons due people=(?P<people>\d+) at_peak=(?P<at_peak>\d+) peak=(?P<peak>\d{4}-\d{2}-\d{2})")
_SENTENCE = re.compile(  # how it was kept at first
    r"(?P<people>\d+) coupons fall due in this week, most of them \((?P<at_peak>\d+)\) on (?P<peak>\d{4}-\d{2}-\d{2})\."
)


def proposed(month: str, week: int, people: int, at_peak: int, peak: str) -> dict[str, str]:
    """Name and hypothesis of the event of a coupon calendar as they are kept.

    >>> proposed("2026-06", 4, 2000, 900, "2026-06-29")["hypothesis"]
    'coupons due people=2000 at_peak=900 peak=2026-06-29'
    """
    why = f"coupons due people={people} at_peak={at_peak} peak={peak}"
    return {"name": f"{month} W{week}", "hypothesis": why}


def title(content: Content, lang: str) -> str:
    """What an event is called: as people called it, or what its data say."""
    found = _NAME.fullmatch(content.name)
    return content.name if found is None else TITLES[lang].format_map(found.groupdict())


def why(content: Content, lang: str) -> str:
    """Why an event should work: as people wrote it, or what its data say; '' where nobody said."""
    said = content.said.get("hypothesis", "")
    found = _DUE.fullmatch(said) or _SENTENCE.fullmatch(said)
    return said if found is None else WHY[lang].format_map(found.groupdict())


def kept(given: dict[str, str], content: Content, lang: str) -> dict[str, str]:
    """Typed fields, where those that still say what was shown stay the data that they were."""
    shown = {"name": title(content, lang), "hypothesis": why(content, lang)}
    same = {name: content.said[name] for name in shown if name in content.said and given.get(name) == shown[name]}
    return {**given, **same}
