"""Cuts and their values in the reader's words: the one place; answers, files and filters carry the codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goldloop.metrics.cuts import CUTS

UNKNOWN = ("未知", "unknown")
# Values that are codes of ours, as (Chinese, English); what an export says stays as it says it.
VALUES: dict[str, dict[str, tuple[str, str]]] = {
    "buyer_type": {
        "new": ("新客", "new"),
        "repeat": ("老客", "repeat"),
        "unidentified": ("未识别买家", "unidentified"),
    },
    "buyer_stage": {
        "new": ("新客", "new"),
        "first_to_second": ("首购转二购", "first to second"),
        "old": ("老客（3 次及以上）", "old (3 or more)"),
        "unidentified": ("未识别买家", "unidentified"),
    },
    "source_group": {
        "free": ("免费", "free"),
        "paid": ("付费", "paid"),
        "event": ("活动", "event"),
        "content": ("内容直播", "content and live"),
        "private": ("会员私域", "private"),
        "off_site": ("站外", "off-site"),
        "unmapped": ("未归类", "unmapped"),
    },
    "day_type": {
        "normal": ("日销", "normal"),
        "warm_up": ("预热", "warm-up"),
        "event": ("活动", "event"),
        "encore": ("返场", "encore"),
    },
    "weekday": {
        "1": ("周一", "Mon"),
        "2": ("周二", "Tue"),
        "3": ("周三", "Wed"),
        "4": ("周四", "Thu"),
        "5": ("周五", "Fri"),
        "6": ("周六", "Sat"),
        "7": ("周日", "Sun"),
    },
    "hour": {str(hour): (f"{hour} 点", f"{hour:02}:00") for hour in range(24)},
}


def cut_name(cut: str, *, zh: bool) -> str:
    """A cut in the reader's words; a column of the product file as it is called there."""
    if cut in CUTS:
        return CUTS[cut].zh if zh else CUTS[cut].en
    return cut.removeprefix("attr:")


def cut_names(cuts: Sequence[str], *, zh: bool) -> str:
    """Cuts in the reader's words."""
    return " x ".join(cut_name(cut, zh=zh) for cut in cuts)


def value_word(cut: str, value: Any, *, zh: bool) -> str:
    """A value of a cut in the reader's words."""
    if value is None or value == "":
        return UNKNOWN[0 if zh else 1]
    words = VALUES.get(cut, {}).get(str(value))
    return str(value) if words is None else words[0 if zh else 1]


def segment_name(cuts: Sequence[str], values: Sequence[Any], *, zh: bool) -> str:
    """The values of a segment's cuts."""
    return " / ".join(value_word(cut, value, zh=zh) for cut, value in zip(cuts, values, strict=True))


def scope_name(scope: Mapping[str, Any], *, zh: bool) -> str:
    """Cuts that are fixed, each with its value."""
    return " x ".join(f"{cut_name(cut, zh=zh)}={value_word(cut, value, zh=zh)}" for cut, value in scope.items())
