"""Levers of the scope asked for: a month in its drivers, curves from its past, and how far each driver ever moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from goldloop.core.calendar import Period, whole
from goldloop.core.levers import Curve, Lever, LeversError, Reach, Slope, State, fit_curve, fit_slope
from goldloop.core.owners import Books, summed
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.answer import Answer, Reason
from goldloop.metrics.coupon_costs import by_day, coupon_costs
from goldloop.metrics.owners import books_of
from goldloop.metrics.query import Request, figures

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

NOW = ("gmv", "visitors", "refund_rate", "gross_margin", "ad_cost", "list_value")
PAST = (
    "visitors", "conversion", "buyer_value", "new_buyers", "new_buyer_value", "repeat_buyers", "repeat_buyer_value",
    "refund_rate", "ad_cost", "month_new_buyers", "second_buyers",
)  # fmt: skip
BY_DAY = ("ad_cost", "ad_new_buyers", "list_value", "gmv", "orders")
WEEKS = 104
MONTHS = 14  # of which the newest two are too young for second purchases
LEAST_MONTHS = 6
BEYOND = 1.5  # a lever may go this many times as far as ever, when that is asked for


@dataclass(frozen=True, slots=True)
class Missing:
    """A lever or driver that is not there, and why."""

    name: str
    reason: Reason | LeversError


@dataclass(frozen=True)
class Known:
    """What was learned of a scope: its month as a `State`, the levers that its past allows, and what is missing.

    `attributed`: the ad curve counts the new buyers that the platform attributes to ads; else all new buyers.
    """

    state: State
    levers: tuple[Lever, ...]
    missing: tuple[Missing, ...]
    attributed: bool
    currency: str | None
    answer: Answer


def known(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, *, beyond: bool = False
) -> Known:
    """The drivers and levers of a month (or a part of one), kept for the next question to the same version.

    `beyond` lets levers go 1.5 times as far as they ever went; without it up to the 90 % point of the past. Raises
    `levers_no_new` where it is not known who is new, `owners_first`, `mixed_currency` and what a question raises.
    """
    key = ("levers", repr(request), repr(viewer), beyond)
    if key not in engine.learned:
        engine.learned[key] = _learn(engine, viewer, stores, request, beyond)
    found: Known = engine.learned[key]
    return found


def _learn(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, beyond: bool) -> Known:
    chosen = [
        s.id for s in stores.values() if viewer.may_see(s.id) and (not request.stores or s.name in request.stores)
    ]

    def ask(names: Sequence[str], period: Period, by: tuple[str, ...]) -> Answer:
        shown = tuple(name for name in names if not viewer.hides(name, chosen))
        return figures(engine, viewer, stores, replace(request, figures=shown, period=period, by=by, compare=None))

    now = ask(NOW, request.period, ())
    last = request.period.first - timedelta(days=1)
    first = last
    for _ in range(MONTHS):
        first = whole("month", first).first - timedelta(days=1)
    past = ask(PAST, Period(first + timedelta(days=1), last), ("month",))
    period_of_weeks = Period(last - timedelta(days=7 * WEEKS - 1), last)
    days = ask(BY_DAY, period_of_weeks, ("day",))
    events = _event_days(engine, stores, chosen, days)
    weeks = _weeks(days, events)
    if "ad_cost" in weeks and not np.isfinite(weeks.get("ad_new_buyers", np.zeros(0))).any():
        weeks |= _weeks(ask(("month_new_buyers",), period_of_weeks, ("day",)), events)
    missing: list[Missing] = []
    curve, attributed = _ad_curve(weeks, missing)
    slope = _discount(weeks, missing)
    books = _books(engine, viewer, stores, request)
    state = _state(books, now, past, curve, request.period, missing)
    levers = _levers(state, curve, slope, now, beyond)
    costs = _coupon_costs(engine, viewer, [stores[i] for i in chosen], missing)
    if costs:
        state = replace(state, coupons=round(float(np.nansum(by_day(costs, request.period)))))
        returned = _weeks(ask(("month_repeat_buyers",), period_of_weeks, ("day",)), events)["month_repeat_buyers"]
        spent = _sevens(by_day(costs, period_of_weeks), _usual(days, events))
        levers += _coupons(state, spent, returned, beyond, missing)
    return Known(state, levers, tuple(missing), attributed, now.currencies[0], now)


# --- the past ---------------------------------------------------------------------------------------------------------
def _event_days(engine: Engine, stores: Mapping[int, Store], chosen: Iterable[int], days: Answer) -> set[str]:
    """Days that are not normal days in any of the stores: what came then came for more reasons than the lever."""
    mine = {i: stores[i] for i in chosen}
    dates = [date.fromisoformat(d) for d in days.columns["day"]]
    if not dates:
        return set()
    found = calendar_events.day_types(calendar_events.store_phases(engine, mine), [Period(dates[0], dates[-1])])
    return {str(day) for _, day, _ in found}


def _weeks(days: Answer, events: set[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Sums of every run of seven days without an event, NaN where a day of it is not known; oldest first."""
    usual = _usual(days, events)
    columns = {n: np.array([np.nan if v is None else float(v) for v in days.columns[n]], float) for n in days.figures}
    return {name: _sevens(values, usual) for name, values in columns.items()}


def _usual(days: Answer, events: set[str]) -> np.ndarray[Any, Any]:
    """Which days are no event days."""
    return np.array([day not in events for day in days.columns["day"]])


def _sevens(values: np.ndarray[Any, Any], usual: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Sums of runs of seven days, counted from the end, all of which are `usual`."""
    whole_weeks = len(usual) // 7
    keep = usual[len(usual) - 7 * whole_weeks :].reshape(whole_weeks, 7).all(axis=1)
    found: np.ndarray[Any, Any] = values[len(values) - 7 * whole_weeks :].reshape(whole_weeks, 7).sum(axis=1)[keep]
    return found


def _coupon_costs(
    engine: Engine, viewer: Viewer, stores: Sequence[Store], missing: list[Missing]
) -> list[Mapping[str, Any]]:
    """What coupons cost, as far as it is loaded and may be seen; else `missing` says why not."""
    hidden = viewer.hides("other_costs", [store.id for store in stores])
    found = Reason(0, "coupons", "hidden", {}) if hidden else coupon_costs(engine, stores)
    if isinstance(found, Reason):
        missing.append(Missing("coupons", found))
        return []
    return found


def _coupons(
    state: State, spent: np.ndarray[Any, Any], returned: np.ndarray[Any, Any], beyond: bool, missing: list[Missing]
) -> tuple[Lever, ...]:
    """Repeat buyers against coupon cost by week, over what comes by itself."""
    try:
        curve = fit_curve(spent, returned, based=True)
    except LeversError as error:
        missing.append(Missing("coupons", error))
        return ()
    now, size = float(state.coupons or 0), state.periods
    usual = curve.low * size, curve.high * size
    most = BEYOND * curve.most * size if beyond else usual[1]
    return (Lever("coupons", "repeat_buyers", curve, now, min(now, usual[0]), max(now, most), usual, size),)


def _ad_curve(weeks: Mapping[str, np.ndarray[Any, Any]], missing: list[Missing]) -> tuple[Curve | None, bool]:
    """New buyers against ad cost by week: those attributed to ads, or all of them over what comes by itself."""
    for name in ("ad_new_buyers", "month_new_buyers"):
        attributed = name == "ad_new_buyers"
        if name not in weeks or "ad_cost" not in weeks:
            continue
        known_weeks = np.isfinite(weeks[name]) & np.isfinite(weeks["ad_cost"])
        if not known_weeks.any():
            continue
        try:
            return fit_curve(weeks["ad_cost"], weeks[name], based=not attributed), attributed
        except LeversError as error:
            missing.append(Missing("ad_budget", error))
            return None, attributed
    missing.append(Missing("ad_budget", Reason(0, "ad_cost", "no_feed", {"feed": "ads"})))
    return None, False


def _discount(weeks: Mapping[str, np.ndarray[Any, Any]], missing: list[Missing]) -> Slope | None:
    """Value per order against the discount rate by week; what an order is worth carries over to a buyer."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, value = 1 - weeks["gmv"] / weeks["list_value"], weeks["gmv"] / weeks["orders"]
    try:
        return fit_slope(np.where(rate < 0, np.nan, rate), value)
    except LeversError as error:
        missing.append(Missing("discount", error))
        return None


# --- the month --------------------------------------------------------------------------------------------------------
def _books(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request) -> Books:
    """The scope's books, as the account of three owners has them; stores that do not know who is new are unidentified."""
    _, books, reasons = books_of(engine, viewer, stores, request)
    found = summed(books.values())
    if not found.split:
        why = next(iter(reasons.values()))
        raise LeversError(
            "levers_no_new", f"It is not known which buyers are new: {why.as_dict()['text']}", given=str(request.period),
            todo="Other days, --basis orders, or --new first-in-data.", why=why.as_dict("zh")["text"],
        )  # fmt: skip
    return found


def _state(
    books: Books, now: Answer, past: Answer, curve: Curve | None, period: Period, missing: list[Missing]
) -> State:
    values = {name: now.value(name) if name in now.figures else None for name in NOW}
    for name in ("visitors", "gross_margin", "refund_rate"):
        if values[name] is None:
            reason = next((r for r in now.reasons if r.figure == name), Reason(0, name, "hidden", {}))
            missing.append(Missing(name, reason))
    handed, rate = _handed(past)
    visitors, refunds, margin, cost = (values[n] for n in ("visitors", "refund_rate", "gross_margin", "ad_cost"))
    return State(
        books=books, visitors=None if visitors is None else float(visitors), refund_rate=None if refunds is None else float(refunds),
        margin=None if margin is None else float(margin), ad_budget=None if cost is None else round(Decimal(cost)), handed=handed,
        second_rate=rate, curve=curve, periods=period.days / 7, reach=_reach(past),
    )  # fmt: skip


def _handed(past: Answer) -> tuple[int | None, float | None]:
    """New buyers of the month before, and the pooled second-purchase rate of the months before that are ripe."""
    pairs = [(past.value("month_new_buyers", i), past.value("second_buyers", i)) for i in range(len(past))]
    ripe = [(float(a), float(b)) for a, b in pairs[:-1] if a and b is not None]
    if not pairs or pairs[-1][0] is None or not ripe:
        return None, None
    return int(pairs[-1][0]), sum(b for _, b in ripe) / sum(a for a, _ in ripe)


def _reach(past: Answer) -> dict[str, Reach]:
    """10 % and 90 % points of every driver over the months before; nothing of fewer than six."""
    found = {}
    series = {name: [past.value(name, i) for i in range(len(past))] for name in past.figures}
    if {"month_new_buyers", "second_buyers"} <= series.keys():
        pairs = zip(series.pop("month_new_buyers")[:-1], series.pop("second_buyers")[:-1], strict=True)
        series["second_rate"] = [float(b) / float(a) for a, b in pairs if a and b is not None]
    if "ad_cost" in series:
        series["ad_budget"] = series.pop("ad_cost")
    for name, values in series.items():
        numbers = [float(v) for v in values if v is not None]
        if len(numbers) >= LEAST_MONTHS:
            low, high = np.quantile(numbers, [0.1, 0.9])
            found[name] = Reach(float(low), float(high), len(numbers))
    return found


def _levers(state: State, curve: Curve | None, slope: Slope | None, now: Answer, beyond: bool) -> tuple[Lever, ...]:
    """The levers that the past allows, up to the 90 % point of its months (or weeks, where months tell nothing)."""
    found = []
    if curve is not None and state.ad_budget is not None:
        size, spent = state.periods, float(state.ad_budget)
        reach = state.reach.get("ad_budget")
        usual = (curve.low * size, curve.high * size) if reach is None else (reach.low, reach.high)
        most = BEYOND * max(curve.most * size, usual[1]) if beyond else usual[1]
        found.append(
            Lever("ad_budget", "new_buyers", curve, spent, min(spent, usual[0]), max(spent, most), usual, size)
        )
    listed = now.value("list_value") if "list_value" in now.figures else None
    if slope is not None and listed:
        rate = 1 - state.books.gmv / float(listed)
        low, high = (slope.least, slope.most) if beyond else (slope.low, slope.high)
        usual = slope.low, slope.high
        found.append(
            Lever("discount", "value", slope, rate, min(rate, low), max(rate, high), usual, price=float(listed))
        )
    return tuple(found)
