"""Insights in one sentence of either language, made of computed numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from goldloop.metrics.answer import shown
from goldloop.metrics.cut_words import cut_name, value_word
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.why_checks import signed
from goldloop.metrics.why_text import driver_name

if TYPE_CHECKING:
    from goldloop.metrics.insights import Insight

SENTENCES = {
    "driver": ("{store}, {dates}: {part} raised {figure} by {amount} ({share} of what it was in {against}).", "{store} {dates}：{part}使{figure}增加 {amount}（相当于对比期 {against} 的 {share}）。"),
    "detractor": ("{store}, {dates}: {part} lowered {figure} by {amount} ({share} of what it was in {against}).", "{store} {dates}：{part}使{figure}减少 {amount}（相当于对比期 {against} 的 {share}）。"),
    "unusual": ("{store}, {dates}: {figure} is unusual: {value}, expected {expected} ({low} to {high}).", "{store} {dates}：{figure}异常：{value}，预期 {expected}（正常区间 {low} 至 {high}）。"),
    "concentration": ("{store}, {dates}: {part} brings {share} of {figure} ({amount}, of {segments} segments).", "{store} {dates}：{part}占{figure}的 {share}（{amount}，共 {segments} 个分组）。"),
    "trend": ("{store}, {dates}: {figure} of a day has {way} steadily by {amount} ({share}) over {sample} weeks.", "{store} {dates}：{figure}的日均水平连续 {sample} 周{way}，共 {amount}（{share}）。"),
    "identity": ("{store}, {dates}: {identity} does not close, {amount} is missing.", "{store} {dates}：{identity} 不平，差 {amount}。"),
}  # fmt: skip


def sentence(one: Insight, *, zh: bool) -> str:
    """The sentence of an insight."""
    definition = FIGURES[one.figure]
    money = f" {one.currency}" if definition.unit.startswith("money") else ""
    signs = one.kind == "identity"
    amount = (signed if signs else shown)(one.amount if signs else abs(one.amount), definition.unit, one.currency)
    words: dict[str, Any] = {
        "store": one.store,
        "dates": str(one.first) if one.first == one.last else f"{one.first}..{one.last}",
        "figure": definition.zh if zh else definition.en,
        "amount": amount + money,
        "share": "" if one.share is None else f"{abs(one.share):.1%}",
        "part": _part(one.scope, zh=zh),
        "sample": one.sample,
        "way": ("上升" if one.amount > 0 else "下降") if zh else ("risen" if one.amount > 0 else "fallen"),
    }
    numbers = {name: value for name, value in one.numbers.items() if name not in words}
    if one.kind in ("driver", "detractor"):
        numbers["against"] = "..".join(dict.fromkeys(one.numbers["against"]))
    if one.kind == "unusual":
        numbers |= {name: _read(one.numbers[name], one) for name in ("expected", "low", "high")}
        numbers["value"] = _read(one.numbers["is"], one)
    return SENTENCES[one.kind][zh].format(**words, **numbers)


def _part(scope: Mapping[str, Any], *, zh: bool) -> str:
    """A driver, or a segment with the name of its cut."""
    if "driver" in scope:
        return driver_name(str(scope["driver"]), zh=zh)
    return ", ".join(f"{cut_name(cut, zh=zh)} {value_word(cut, value, zh=zh)}" for cut, value in scope.items())


def _read(value: Any, one: Insight) -> str:
    """A written number as a person reads it."""
    unit = FIGURES[one.figure].unit
    if unit.startswith("money") and value is not None:
        return f"{float(value):,.2f} {one.currency}"
    return shown(value, unit, one.currency)
