"""Four ways in which a change is not real, or not news: late data, event days, another measure, the calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from goldloop.core.calendar import Period, compared
from goldloop.core.decompose import price_volume_mix
from goldloop.metrics import calendar_events
from goldloop.metrics.answer import Answer, shown, write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.leaves import NoLeaves, leaves
from goldloop.metrics.query import Request
from goldloop.metrics.why import Why
from goldloop.metrics.why_sides import Asking

SMALL = 0.05  # share of the larger side below which an effect is not worth a warning
USUAL = 5.0  # orders on a weekday from which a day without any is a gap
SENTENCES = {
    "feeds_ok": ("All days of both sides are loaded.", "两边的数据都已到齐。"),
    "feeds_late": ("Not all days are loaded: {missing}.", "数据未到齐：{missing}。"),
    "feeds_gap": ("Days without any order where there always are some: {days}.", "有几天完全没有订单，而同星期通常都有：{days}。"),
    "events_ok": ("Both sides have the same event days.", "两边的活动天数相同。"),
    "events": ("Event days differ: {before} before, {after} now.", "活动天数不同：对比期 {before}，本期 {after}。"),
    "events_normal": ("A normal day moved from {before} to {after}.", "日销日均从 {before} 变为 {after}。"),
    "definition_ok": ("Both sides are measured alike.", "两边口径相同。"),
    "source": ("The sides have different sources: {before} before, {after} now.", "两边的口径来源不同：对比期 {before}，本期 {after}。"),
    "range_ok": ("Range and prices hardly moved.", "商品与价格基本未变。"),
    "range": (
        "Prices changed gmv by {price}, products sold only now by {new}, products sold only before by {lost}.",
        "支付金额中：价格变化影响 {price}，仅本期有售的商品影响 {new}，仅对比期有售的商品影响 {lost}。",
    ),
    "season_ok": ("Days and weekdays are alike.", "天数与星期构成相当。"),
    "weekdays": ("Other days and weekdays alone move it by about {effect}.", "仅天数和星期不同就约影响 {effect}。"),
    "season": ("A year before, the same dates moved by {rate}, too.", "上年同期也变化了 {rate}。"),
    "season_other": ("A year before, the same dates moved by {rate}.", "上年同期变化为 {rate}。"),
}  # fmt: skip
DAY_WORDS = {"event": ("event", "活动"), "warm_up": ("warm-up", "预热"), "encore": ("encore", "返场")}
Said = tuple[str, Mapping[str, Any]]
Days = Mapping[date, tuple[Any, Any]]  # the figure and the number of orders


@dataclass(frozen=True, slots=True)
class Check:
    """One of the four checks: feeds, events, definition, season; `ok` when it gives no reason to doubt the change.

    `says`: its sentences as code and words, a pair of words where languages differ; `values`: the numbers in them.
    """

    name: str
    ok: bool
    says: tuple[Said, ...]
    values: dict[str, Any] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """As one or two sentences."""
        zh = lang == "zh"
        said = [
            SENTENCES[code][zh].format(**{k: v[zh] if isinstance(v, tuple) else v for k, v in words.items()})
            for code, words in self.says
        ]
        return ("" if zh else " ").join(said)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As it stands in `checks` of an answer."""
        codes = [code for code, _ in self.says]
        return {"check": self.name, "ok": self.ok, "codes": codes, "text": self.text(lang), "values": self.values}


@dataclass(frozen=True)
class Side:
    """One side of a change as the checks see it: its question, its answer, and its days where the figure adds up."""

    request: Request
    answer: Answer
    event_days: Mapping[date, Sequence[str]]
    days: Days

    @property
    def normal(self) -> dict[date, float]:
        """The figure of every day that is no event day of any store."""
        return {d: float(v) for d, (v, _) in self.days.items() if v is not None and d not in self.event_days}


def checks(both: Asking, found: Why) -> list[Check]:
    """The four checks of a change, always in the same order; each question is asked once."""
    daily = _daily(both, found)
    asked = ((both.left, found.left), (both.right, found.right))
    left, right = (_side(both, *pair, days) for pair, days in zip(asked, daily, strict=True))
    return [
        _feeds(found, left, right),
        _events(found, left, right),
        _definition(both, found),
        _season(both, found, left, right),
    ]


def _side(both: Asking, request: Request, answer: Answer, days: Days) -> Side:
    stores = {i: s for i, s in both.stores.items() if s.name in answer.scope["stores"]}
    types: dict[date, list[str]] = {}
    for _, day, kind in calendar_events.day_types(calendar_events.store_phases(both.engine, stores), [request.period]):
        types.setdefault(day, []).append(kind)
    return Side(request, answer, types, days)


def _daily(both: Asking, found: Why) -> tuple[Days, Days]:
    """The figure and the number of orders of every day before and now, in one question where it can be."""
    names = (found.figure, "orders")
    if FIGURES[found.figure].additive != "yes":
        return {}, {}
    left, right = both.left, both.right
    if not both.same_stores:
        one, two = (both.ask(side, names, by=("day",)) for side in (left, right))
        return _days_of(one, names, left.period), _days_of(two, names, right.period)
    if left.period.days > right.period.days:  # what is compared is never longer than what is asked
        answer = both.ask(left, names, by=("day",), against=right.period)
        return _days_of(answer, names, left.period), _days_of(answer, names, right.period, "__compared")
    answer = both.ask(right, names, by=("day",), against=left.period)
    return _days_of(answer, names, left.period, "__compared"), _days_of(answer, names, right.period)


def _days_of(answer: Answer, names: Sequence[str], period: Period, suffix: str = "") -> Days:
    rows = zip(*(answer.columns[name + suffix] for name in names), strict=True)
    return dict(zip(_days(period), rows, strict=False))


# --- late or missing data ---------------------------------------------------------------------------------------------
def _feeds(found: Why, *both: Side) -> Check:
    """Whether the feeds that the figure is counted from reach over both periods, without a hole in them."""
    late = [text for side in both for text in _late(found, side)]
    if late:
        return Check("feeds", False, (("feeds_late", {"missing": ", ".join(dict.fromkeys(late))}),))
    if gaps := _gaps(both):
        said = ", ".join(map(str, gaps))
        return Check("feeds", False, (("feeds_gap", {"days": said}),), {"days": [str(d) for d in gaps]})
    return Check("feeds", True, (("feeds_ok", {}),))


def _late(found: Why, side: Side) -> list[str]:
    sales = {"platform": {"store_day"}, "orders": {"orders"}}.get(
        side.answer.data["sources"][0], {"orders", "store_day"}
    )
    wanted = sales | {"ads", "costs", "traffic"} & {
        n for need in FIGURES[found.figure].needs for n in need.replace("|", " ").split()
    }
    first, last = str(side.request.period.first), str(side.request.period.last)
    return [
        f"{feed['store']} {feed['feed']} {feed['first_day']}..{feed['last_day']}"
        for feed in side.answer.data["feeds"]
        if feed["feed"] in wanted and feed["first_day"] and (feed["first_day"] > first or feed["last_day"] < last)
    ]


def _gaps(both: Sequence[Side]) -> list[date]:
    """Days without orders whose weekday has `USUAL` of them on at least two other days."""
    orders = {day: count or 0 for side in both for day, (_, count) in side.days.items()}
    by_weekday: dict[int, list[float]] = {}
    for day, count in orders.items():
        if count:
            by_weekday.setdefault(day.weekday(), []).append(float(count))
    return [
        day
        for day, count in sorted(orders.items())
        if not count and len(other := by_weekday.get(day.weekday(), [])) > 1 and np.median(other) >= USUAL
    ]


# --- events -----------------------------------------------------------------------------------------------------------
def _events(found: Why, *both: Side) -> Check:
    """Whether both sides have as many days of every type of event; if not, what a normal day did."""
    counts = [Counter(kind for kinds in side.event_days.values() for kind in kinds) for side in both]
    if counts[0] == counts[1]:
        return Check("events", True, (("events_ok", {}),), {"days": dict(counts[1])})
    words = [_kinds(c) for c in counts]
    says: list[Said] = [("events", {"before": words[0], "after": words[1]})]
    values: dict[str, Any] = {"before": dict(counts[0]), "after": dict(counts[1])}
    normal = [list(side.normal.values()) for side in both]
    if min(map(len, normal)) > 2:
        unit, currency = FIGURES[found.figure].unit, found.currency
        means = [round(float(np.mean(days))) for days in normal]
        says.append(
            ("events_normal", dict(zip(("before", "after"), [shown(m, unit, currency) for m in means], strict=True)))
        )
        values["normal_day"] = [write(m, unit, currency) for m in means]
    return Check("events", False, tuple(says), values)


def _kinds(counts: Mapping[str, int]) -> tuple[str, str]:
    """Days of each type in words of both languages."""
    said = [(DAY_WORDS[kind][0], DAY_WORDS[kind][1], n) for kind, n in sorted(counts.items())]
    return ", ".join(f"{en} {n}" for en, _, n in said) or "0", "，".join(f"{zh} {n} 天" for _, zh, n in said) or "0 天"


# --- the measure, the price list, the range ---------------------------------------------------------------------------
def _definition(both: Asking, found: Why) -> Check:
    """Whether both sides are counted from the same source, and how much of gmv is prices, new and vanished products."""
    sources = [f"{a.data['sources'][0]}/{a.data['buyer_basis'][0] or '-'}" for a in (found.left, found.right)]
    if sources[0] != sources[1]:
        return Check(
            "definition", False, (("source", {"before": sources[0], "after": sources[1]}),), {"sources": sources}
        )
    same: Said = ("definition_ok", {})
    if found.figure not in ("gmv", "net") or not both.same_stores:
        return Check("definition", True, (same,))
    parts = _price_and_range(both)
    if parts is None:
        return Check("definition", True, (same,))
    values = {name: write(amount, "money", found.currency) for name, amount in parts.items()}
    size = max(abs(float(a.value("gmv") or 0)) for a in (found.left, found.right))
    if max(abs(float(part)) for part in parts.values()) < SMALL * size:
        return Check("definition", True, (same, ("range_ok", {})), values)
    return Check(
        "definition", False, (("range", {k: signed(v, "money", found.currency) for k, v in parts.items()}),), values
    )


def _price_and_range(both: Asking) -> dict[str, Any] | None:
    """Effects of prices, of products sold only now and only before on gmv, in minor units; None without products."""
    try:
        products = leaves(both, ("gmv", "units"), ("product",))
    except NoLeaves:
        return None
    gmv, units = ([side.clip(0).astype(float) for side in products.sides[name]] for name in ("gmv", "units"))
    parts = price_volume_mix((units[0], units[1]), (gmv[0], gmv[1]))
    return {name: products.minor(round(float(getattr(parts, name).sum()))) for name in ("price", "new", "lost")}


# --- the calendar -----------------------------------------------------------------------------------------------------
def _season(both: Asking, found: Why, left: Side, right: Side) -> Check:
    """What other days and weekdays alone do to the figure, and what the same dates did a year before."""
    says: list[Said] = []
    values: dict[str, Any] = {}
    ok = True
    effect = _weekday_effect(left, right)
    if effect is not None:
        values["days_and_weekdays"] = write(effect, FIGURES[found.figure].unit, found.currency)
        if abs(effect) >= SMALL * max(abs(float(found.before)), abs(float(found.after))) and effect:
            ok = False
            says.append(("weekdays", {"effect": signed(effect, FIGURES[found.figure].unit, found.currency)}))
    rate = _year_before(both, found)
    if rate is not None:
        values["year_before"] = rate
        seasonal = abs(rate) >= SMALL and rate * float(found.change) > 0
        ok = ok and not seasonal
        says.append(("season" if seasonal else "season_other", {"rate": f"{rate:+.1%}"}))
    if not any(code == "weekdays" for code, _ in says):
        says.insert(0, ("season_ok", {}))
    return Check("season", ok, tuple(says), values)


def _weekday_effect(left: Side, right: Side) -> int | None:
    """Sum over weekdays of (days now - days before) x the mean of that weekday, of normal days where there are any."""
    both = {**left.normal, **right.normal} or {
        day: float(v) for side in (left, right) for day, (v, _) in side.days.items() if v is not None
    }
    if not both:
        return None
    counts = [Counter(day.weekday() for day in _days(side.request.period)) for side in (left, right)]
    means = {
        w: float(np.mean([v for d, v in both.items() if d.weekday() == w] or list(both.values()))) for w in range(7)
    }
    return round(sum((counts[1][w] - counts[0][w]) * means[w] for w in range(7)))


def _days(period: Period) -> list[date]:
    return [date.fromordinal(period.first.toordinal() + n) for n in range(period.days)]


def _year_before(both: Asking, found: Why) -> float | None:
    """By what share the figure moved between the same dates a year before; None where they are not loaded or the question."""
    if not both.same_stores:
        return None
    right, left = (compared(side.period, "last-year", None) for side in (both.right, both.left))
    loaded = [
        f["first_day"] for f in found.right.data["feeds"] if f["feed"] in ("orders", "store_day") and f["first_day"]
    ]
    if right in (both.left.period, left) or not loaded or str(left.first) < min(loaded):
        return None
    answer = both.ask(replace(both.right, period=right), (found.figure,), against=left)
    after, before = answer.value(found.figure), answer.columns[f"{found.figure}__compared"][0]
    if after is None or not before:
        return None
    return round((float(after) - float(before)) / abs(float(before)), 4)


def signed(value: Any, unit: str, currency: str | None) -> str:
    """An amount of a change with its sign; of rates in points."""
    if unit == "rate" and value is not None:
        return f"{float(value) * 100:+,.2f} pt"
    return f"{'+' if value is not None and value > 0 else ''}{shown(value, unit, currency)}"
