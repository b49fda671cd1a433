"""Alarms in words of both languages, made of computed numbers only: what happened, by how much, mainly by which drivers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from goldloop.core.money import exponent
from goldloop.metrics.answer import shown, write
from goldloop.metrics.cut_words import scope_name
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.expected import Judged
from goldloop.metrics.reasons import FEEDS, text
from goldloop.metrics.why_text import Account, driver_name

MOST = 2  # drivers that the sentence names

# Why a figure of a day is not judged.
REASONS = {
    "weekdays": ("Not enough yet: {days} earlier same weekdays outside events, 4 are needed.", "数据不足：活动之外的同星期历史只有 {days} 天，需要 4 天。"),
    "level": ("Not enough yet: fewer than 4 ordinary days in the last 28.", "数据不足：最近 28 天里的日销日不到 4 天。"),
    "interval": ("Not enough yet: {misses} earlier days show how far it strays, more are needed.", "数据不足：能说明正常波动的历史只有 {misses} 天，还不够。"),
    "partners": ("The same day of this event or festival is not loaded for an earlier year.", "没有往年同一活动或节日同一天的数据，无法比较。"),
    "zero": ("Nothing is expected on this day.", "这一天的预期为零，无从下降。"),
    "late": ("Late data: {feed} ends on {day}.", "数据迟到：{feed}只到 {day}。"),
    "hole": ("No orders at all on a day that always has some: is a file missing?", "这一天完全没有订单，而同星期通常都有：是否缺文件？"),
    "source": ("Other data than usual: {source} instead of {usual}.", "口径来源与平时不同：平时是{usual}，这一天是{source}。"),
    "no_value": ("{why}", "{why}"),
    "sample": ("Not enough yet: it rests on {sample}, {least} are needed.", "样本不足：只有 {sample}，需要 {least}。"),
    "partial": ("The day is not over in the data: its files were loaded before it ended.", "这一天的数据还不完整：文件在当天结束前导入。"),
    "not_over": ("The day is not over yet.", "这一天还没有结束。"),
    "feed_never": ("{profile} is declared but has never come.", "{profile} 已登记，但从未导入。"),
}  # fmt: skip
SOURCES = {
    "platform": ("the platform's shop rows", "平台店铺数据"),
    "orders": ("orders", "订单"),
    "none": ("nothing", "无数据"),
}
Pair = dict[str, str]


def not_judged(reason: str, params: Mapping[str, Any]) -> Pair:
    """Why there is no judgement, in both languages."""
    words = REASONS[reason]
    return {lang: words[zh].format(**_worded(params, zh)) for zh, lang in enumerate(("en", "zh"))}


def _worded(params: Mapping[str, Any], zh: int) -> dict[str, Any]:
    found: dict[str, Any] = dict(params)
    if "code" in found:
        rest = {name: value for name, value in params.items() if name != "code"}
        found["why"] = text(str(params["code"]), rest, ("en", "zh")[zh])
    if "feed" in found:
        found["feed"] = FEEDS.get(str(found["feed"]), (found["feed"],) * 2)[zh]
    for name in ("usual", "source"):
        if name in found:
            found[name] = SOURCES.get(str(found[name]), (found[name],) * 2)[zh]
    return found


def alarm_sentence(judged: Judged, account: Account | None = None) -> Pair:
    """One sentence per language: the value, how far it is from what was expected, and the drivers that did most of it."""
    return {lang: _value(judged, zh=lang == "zh") + _because(account, zh=lang == "zh") for lang in ("en", "zh")}


def late_sentence(profile: str, last: date | None, days: int) -> Pair:
    """A feed that is late, in both languages."""
    if last is None:
        return not_judged("feed_never", {"profile": profile})
    return {
        "en": f"{profile} is {days} days late: its last day is {last}.",
        "zh": f"{profile} 迟到 {days} 天：最新数据是 {last}。",
    }


def numbers(judged: Judged) -> dict[str, Any]:
    """Value, expectation and interval as JSON carries figures; null where they are not known."""
    definition, expected = FIGURES[judged.figure], judged.expected
    ends = {name: None if expected is None else getattr(expected, name) for name in ("value", "low", "high")}
    return {
        "value": write(judged.value, definition.unit, judged.currency),
        "expected": write(_round(ends["value"], definition.unit), definition.unit, judged.currency),
        "low": write(_round(ends["low"], definition.unit), definition.unit, judged.currency),
        "high": write(_round(ends["high"], definition.unit), definition.unit, judged.currency),
        "unit": definition.unit,
        "currency": judged.currency if definition.unit.startswith("money") else None,
        "sample": judged.sample,
        "counted": judged.counted,
        "like": [str(day) for day in judged.like],
    }


def in_minor(amount: float, figure: str, currency: str) -> float:
    """A limit in major units (of a rate in shares) in the unit in which values are judged."""
    return amount * 10 ** exponent(currency) if FIGURES[figure].unit.startswith("money") else amount


def _round(value: float | None, unit: str) -> Any:
    return round(value) if value is not None and unit in ("money", "count") else value


def _value(judged: Judged, *, zh: bool) -> str:
    definition, expected = FIGURES[judged.figure], judged.expected
    if expected is None or expected.value is None:
        raise ValueError(f"{judged.figure} of {judged.day} was not judged")
    name = definition.zh if zh else definition.en
    scope = "".join(f" {scope_name({cut: value}, zh=zh)}" for cut, value in judged.where)
    value, middle, low, high = (
        shown(_round(v, definition.unit), definition.unit, judged.currency)
        for v in (judged.value, expected.value, expected.low, expected.high)
    )
    money = f" {judged.currency}" if definition.unit.startswith("money") else ""
    below, share = float(judged.value) < expected.value, _share(float(judged.value), expected.value)
    if zh:
        than = f"比预期 {middle} {'低' if below else '高'}{share}"
        return f"{judged.day}{scope} {name}为 {value}{money}，{than}（正常区间 {low} 至 {high}）"
    than = f"{share} {'below' if below else 'above'} the expected {middle} ({low} to {high})"
    return f"{name[:1].upper()}{name[1:]} of {judged.day}{scope} is {value}{money}, {than}"


def _share(value: float, expected: float) -> str:
    return f"{abs(value - expected) / abs(expected):.0%}" if expected else ""


def _because(account: Account | None, *, zh: bool) -> str:
    end = "。" if zh else "."
    if account is None:
        return end
    ranked = sorted((line for line in account.found.drivers if line.amount), key=lambda line: -abs(line.amount))[:MOST]
    if not ranked:
        return end
    parts = [f"{driver_name(line.driver, zh=zh)} {account.amount(line.amount, sign=True)}" for line in ranked]
    if zh:
        return f"；与 {account.against()} 相比，主要因素：{'，'.join(parts)}。"
    return f"; against {account.against()} mainly {', '.join(parts)}."
