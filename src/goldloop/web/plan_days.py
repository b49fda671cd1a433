"""A plan day by day: what each day was to bring, what came, and how far that is from where the plan should be by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from goldloop.apps.planning.api import Plan
from goldloop.core import formatting
from goldloop.core.calendar import Period
from goldloop.core.money import to_minor
from goldloop.core.pace import Pace, pace
from goldloop.jobs.plans import unit_of
from goldloop.metrics.definitions import FIGURES
from goldloop.web import asked, tree
from goldloop.web.request import Request

SUMS = (
    "gmv",
    "buyers",
    "orders",
    "visitors",
    "new_buyers",
    "new_gmv",
    "repeat_buyers",
    "repeat_gmv",
    "ad_cost",
    "ad_gmv",
    "refunded_gmv",
)
BY_DAY = ("gmv", "visitors", "conversion", "buyer_value")
PACED = {
    "gmv": "gmv",
    "new_buyers": "new_buyers",
    "repeat_buyers": "repeat_buyers",
    "repeat_gmv": "repeat_gmv",
    "ad_budget": "ad_cost",
}
RATIOS = {
    "buyer_value": ("gmv", "buyers"), "new_buyer_value": ("new_gmv", "new_buyers"),
    "repeat_buyer_value": ("repeat_gmv", "repeat_buyers"), "order_value": ("gmv", "orders"), "orders_per_buyer": ("orders", "buyers"),
    "conversion": ("buyers", "visitors"), "blended_cac": ("ad_cost", "new_buyers"), "roas": ("ad_gmv", "ad_cost"), "refund_rate": ("refunded_gmv", "gmv"),
}  # fmt: skip
MOST_DAYS = 92  # of a longer plan the calendar shows months


@dataclass(frozen=True)
class Progress:
    """A plan's days and what came of them; amounts in minor units.

    `targets`: figure -> one value per day (None: the plan does not say); `done`: figure -> sum up to `until` (None: not
    known); `actual`: figure -> value of each elapsed day.
    """

    period: Period
    until: date | None
    targets: Mapping[str, Sequence[Any]]
    done: Mapping[str, Any] = field(default_factory=dict)
    actual: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def elapsed(self) -> int:
        """How many of its days are loaded."""
        return 0 if self.until is None else (self.until - self.period.first).days + 1

    @property
    def drivers(self) -> list[str]:
        """What the plan says of its days beside sales."""
        return [name for name in BY_DAY[1:] if name in self.targets]

    def ratio(self, name: str) -> Any:
        """A ratio of what came so far; None where a side is not known."""
        over, under = (self.done.get(one) for one in RATIOS[name])
        return None if over is None or not under else Decimal(over) / Decimal(under)

    def pace(self, name: str, total: int | None = None) -> Pace | None:
        """Where a target stands by the plan's own days; `total`: of what has no days of its own, which goes by sales."""
        days = self.targets.get(name if total is None else "gmv")
        done = self.done.get(PACED[name]) if self.elapsed else 0
        if days is None or None in days or done is None or not sum(days) or total == 0:
            return None
        return pace(total or sum(days), int(done), [int(day) for day in days], elapsed=self.elapsed)


def progress(request: Request, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> Progress:
    """The days of a plan's version (`rows` of `Shop.plan_split` by day) beside what is loaded of them."""
    period = Period(plan.first, plan.last)
    names = [name for name in (rows[0] if rows else {}) if name not in ("label", "from", "to", "store")]
    targets = {name: [minor(name, row[name], plan.currency) for row in rows] for name in names}
    loaded = request.shop.loaded_days()
    if loaded is None or loaded[1] < plan.first:
        return Progress(period, None, targets)
    until = min(loaded[1], plan.last)
    stores = [store.name for store in request.shop.stores() if store.id in plan.stores]
    days = {"first": plan.first, "last": until, "stores": stores}
    seen = [name for name in SUMS if not request.viewer.hides(name, plan.stores)]
    months = asked.figures(request, tuple(seen), by="month", **days)
    by_day = asked.figures(request, BY_DAY, by="day", **days)
    done = {name: None if None in months.columns[name] else sum(months.columns[name]) for name in seen}
    return Progress(period, until, targets, done, {name: by_day.columns[name] for name in BY_DAY})


def minor(name: str, value: Any, currency: str) -> Any:
    """A target as answers carry figures: money in minor units."""
    if value is None:
        return None
    unit = unit_of(name)
    if unit == "money":
        return to_minor(Decimal(value), currency)
    if unit == "money_per":
        return Decimal(value) * to_minor(1, currency)
    return value


def calendar(now: Progress, plan: Plan, lang: str, *, by_month: bool) -> list[dict[str, Any]]:
    """Months with their totals, each with its days unless only months are asked for."""
    months: dict[str, list[int]] = {}
    for at in range(now.period.days):
        months.setdefault(f"{now.period.first + timedelta(days=at):%Y-%m}", []).append(at)
    running, needed = 0, needs(now) if not by_month else []
    found = []
    for label, places in months.items():
        days = []
        for at in places:
            gone = at < now.elapsed
            if gone:
                running += (now.actual["gmv"][at] or 0) - (now.targets["gmv"][at] or 0)
            if not by_month:
                days.append(_row(now, plan, lang, at, running if gone else None, needed[at] if needed else None))
        found.append({"label": label, "total": _total(now, plan, lang, places), "days": days})
    return found


def needs(now: Progress) -> list[int]:
    """What each day had to bring on its morning, what lay behind spread over all that were left; and what those to come need now.

    Nothing before the plan's first day is loaded, or where a target or what came of a day is not known.
    """
    targets, came = now.targets.get("gmv", ()), list(now.actual.get("gmv", ())[: now.elapsed])
    if not now.elapsed or None in targets or None in came or not sum(targets):
        return []
    days = [int(day) for day in targets]
    found, done = [], 0
    for at in range(now.elapsed):
        found.append(pace(sum(days), done, days, elapsed=at).needed[0] if sum(days[at:]) else 0)
        done += int(came[at])
    return found + list(pace(sum(days), done, days, elapsed=now.elapsed).needed)


def _row(now: Progress, plan: Plan, lang: str, at: int, running: int | None, needed: int | None) -> dict[str, Any]:
    """A day: what was asked of it, what it needs now (or needed on its morning), what came."""
    day, gone = now.period.first + timedelta(days=at), at < now.elapsed
    actual = now.actual["gmv"][at] if gone else None
    target = now.targets["gmv"][at]
    off = None if actual is None else actual - target
    return {
        "day": formatting.day(day, lang),
        "weekend": day.weekday() > 4,
        "next": now.until is not None and at == now.elapsed,
        "target": money(target, plan, lang),
        "parts": [_part(now.targets.get(name, ()), at, name, plan, lang) for name in now.drivers],
        "actual": money(actual, plan, lang) if gone else "",
        "off": change(off, plan, lang) if gone else "",
        "tone": tree.tone(off),
        "rate": formatting.share(actual, target) if actual is not None else "",
        "needed": money(needed, plan, lang) if needed is not None else "",
        "running": change(running, plan, lang) if running is not None else "",
        "running_tone": tree.tone(running),
    }


def _part(days: Sequence[Any], at: int, name: str, plan: Plan, lang: str) -> str:
    return formatting.compact(days[at], FIGURES[name].unit, plan.currency, lang) if days else ""


def _total(now: Progress, plan: Plan, lang: str, places: Sequence[int]) -> dict[str, Any]:
    """A month's target and, of its days that are gone, what was due and what came."""
    targets = now.targets["gmv"]
    whole, gone = sum(targets[at] for at in places), [at for at in places if at < now.elapsed]
    due, came = sum(targets[at] for at in gone), sum(now.actual["gmv"][at] or 0 for at in gone)
    off = came - due if gone else None
    return {
        "target": money(whole, plan, lang),
        "actual": money(came, plan, lang) if gone else "",
        "off": change(off, plan, lang) if gone else "",
        "tone": tree.tone(off),
        "rate": formatting.share(came, whole) if gone else "",
        "parts": [_sum(now, name, places, lang) for name in now.drivers],
    }


def _sum(now: Progress, name: str, places: Sequence[int], lang: str) -> str:
    """A month's sum of a driver that adds up."""
    if name != "visitors":
        return ""
    return formatting.compact(sum(now.targets[name][at] for at in places), "count", None, lang)


def money(value: Any, plan: Plan, lang: str) -> str:
    """An amount of sales."""
    return formatting.compact(value, "money", plan.currency, lang)


def change(value: Any, plan: Plan, lang: str) -> str:
    """A difference of sales."""
    return formatting.change(value, "money", plan.currency, lang)
