"""Pace of a month's targets: where they should be by now, and what the remaining days need of each driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.money import to_minor
from goldloop.core.pace import Pace, PaceError, Respread, needed_ratio, pace, respread
from goldloop.core.plan.plan import read_value
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.answer import Answer
from goldloop.metrics.query import QuestionError, Request, figures

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

# What a target can be set for -> its figure. Buyers are booked as in `metrics.owners`: new in their month, month by month.
PACED = {
    "gmv": "gmv", "new_buyers": "new_buyers", "new_gmv": "new_gmv", "repeat_buyers": "repeat_buyers", "repeat_gmv": "repeat_gmv",
    "orders": "orders", "ad_budget": "ad_cost",
}  # fmt: skip
MONEY = frozenset({"gmv", "new_gmv", "repeat_gmv", "ad_budget"})
SHAPES = ("even", "weekday", "learned")
WEEKS = 8


@dataclass(frozen=True)
class Paced:
    """The pace of every target, and the proposal for each; `needed_value`: what a new or repeat buyer of the rest must bring.

    `shape` even, weekday, learned, given, or plan: a kept plan's own days; `until` the last day that counts as done.
    """

    paces: Mapping[str, Pace]
    proposals: Mapping[str, Respread]
    needed_value: Mapping[str, float]
    shape: str
    until: date
    period: Period
    currency: str | None
    answer: Answer


def paces(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    request: Request,
    targets: Mapping[str, Any],
    *,
    until: date,
    shape: str | Sequence[float] = "even",
    most: float | None = None,
) -> Paced:
    """How targets of the request's period stand after the day `until`.

    `targets`: name of `PACED` -> amount in major units, or count; `shape`: even, weekday (mean sales of each weekday over
    the eight weeks before, days of events left out), learned (as forecasts know the days: weekday, season, festivals, events) or weights of all days; `most`: how far a day may be raised by the proposal, as
    a multiple of its plan. Raises `pace_nothing`, `pace_unknown` (no such target), `pace_until`, `pace_no_data` (a
    month's figure is not known), `plan_number_bad`, `plan_value_out_of_range`, `owners_first` (targets of new or repeat buyers that do not begin with a month), what `core.pace.pace` raises and what a question raises.
    """
    period = request.period
    unknown = next((name for name in targets if name not in PACED), None)
    if unknown is not None or not targets:
        raise PaceError(
            "pace_unknown", "A pace needs a target for something that adds up over days.", given=unknown, allowed=list(PACED),
            todo="goldloop plan pace --gmv 2400000",
        )  # fmt: skip
    if not period.first - timedelta(days=1) <= until <= period.last:
        raise PaceError(
            "pace_until", "The last day done lies outside the target's days.", given=str(until), allowed=str(period)
        )
    amounts = {name: read_value(value, name) for name, value in targets.items()}
    weights, label = _weights(engine, viewer, stores, request, shape)
    done, answer = _done(engine, viewer, stores, request, tuple(targets), until)
    currency = answer.currencies[0] if answer.currencies else None
    wanted = {name: to_minor(a, currency or "") if name in MONEY else int(a) for name, a in amounts.items()}
    elapsed = (until - period.first).days + 1
    found = {name: pace(wanted[name], done[name], weights, elapsed=elapsed) for name in targets}
    needed = {}
    for kind in ("new", "repeat"):
        over, under = f"{kind}_gmv", f"{kind}_buyers"
        if {over, under} <= found.keys():
            value = needed_ratio((wanted[over], wanted[under]), (found[over].done, found[under].done))
            if value is not None:
                needed[f"{kind}_buyer_value"] = value
    proposals = {name: respread(one, most=most) for name, one in found.items()}
    return Paced(found, proposals, needed, label, until, period, currency, answer)


def _done(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, names: Sequence[str], until: date
) -> tuple[dict[str, int], Answer]:
    """What is done of every target; the answer also tells the currency when no day is done yet."""
    first = request.period.first
    if first.day != 1 and any(name.startswith(("new_", "repeat_")) for name in names):
        raise QuestionError(
            "owners_first", "An account of three owners begins on the first day of a month.",
            given=str(request.period), allowed="2026-06-01..2026-06-30",
        )  # fmt: skip
    figures_of = tuple(PACED[name] for name in names)
    asked = replace(request, figures=figures_of, period=Period(first, max(until, first)), by=("month",), compare=None)
    answer = figures(engine, viewer, stores, asked)
    found = dict.fromkeys(names, 0)
    for name in names if until >= first else ():
        values = answer.columns[PACED[name]]
        if None in values:
            row = values.index(None)
            reason = next((r for r in answer.reasons if r.row == row and r.figure == PACED[name]), None)
            month = answer.columns["month"][row]
            raise QuestionError(
                "pace_no_data", f"'{name}' of {month} is not known: {reason.as_dict()['text'] if reason else ''}", given=month,
                todo="Load its data, or set the target for something else.", name=name, month=month,
                why=reason.as_dict("zh")["text"] if reason else "",
            )  # fmt: skip
        found[name] = sum(round(Decimal(v)) for v in values)
    return found, answer


def _weights(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, shape: str | Sequence[float]
) -> tuple[list[float], str]:
    """Weights of the period's days, and what to call them."""
    days = request.period.days
    if not isinstance(shape, str):
        weights = [float(w) for w in shape]
        if len(weights) != days:
            raise PaceError(
                "pace_shape_days",
                "The shape needs a weight for each day of the target.",
                given=len(weights),
                allowed=days,
            )
        return weights, "given"
    if shape not in SHAPES:
        raise PaceError(
            "pace_shape_unknown", f"There is no shape '{shape}'.", given=shape, allowed=list(SHAPES), shape=shape
        )
    if shape == "even":
        return [1.0] * days, "even"
    if shape == "learned":
        return _learned(engine, viewer, stores, request)
    before = Period(request.period.first - timedelta(days=7 * WEEKS), request.period.first - timedelta(days=1))
    answer = figures(
        engine, viewer, stores, replace(request, figures=("gmv",), period=before, by=("day",), compare=None)
    )
    means = _weekdays(answer, _events(engine, viewer, stores, request, before), before)
    if means is None:
        return [1.0] * days, "even"
    return [means[(request.period.first + timedelta(days=i)).weekday()] for i in range(days)], "weekday"


def _learned(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request) -> tuple[list[float], str]:
    """What the days before tell of the days of the period, store by store, each by its sales of the eight weeks before."""
    from goldloop.metrics.day_weights import day_weights
    from goldloop.metrics.forecast import BACK

    period, last = request.period, request.period.first - timedelta(days=1)
    chosen = [s for i, s in stores.items() if viewer.may_see(i) and (not request.stores or s.name in request.stores)]
    before = Period(period.first - timedelta(days=7 * WEEKS), last)
    answer = figures(
        engine, viewer, stores, replace(request, figures=("gmv",), period=before, by=("store",), compare=None)
    )
    size = dict(zip(answer.columns["store"], answer.columns["gmv"], strict=True))
    total = np.zeros(period.days)
    chosen = [store for store in chosen if size.get(store.name)]
    span = (last - timedelta(days=BACK), last)
    for one in day_weights(engine, viewer, stores, chosen, period=period, loaded=span, drivers=("gmv",)):
        if (known := one.shapes["gmv"]).basis != "even":
            total += known.weights * float(size[one.store.name])
    return (total.tolist(), "learned") if total.all() else ([1.0] * period.days, "even")


def _events(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, period: Period) -> set[date]:
    chosen = {i: s for i, s in stores.items() if viewer.may_see(i) and (not request.stores or s.name in request.stores)}
    return {day for _, day, _ in calendar_events.day_types(calendar_events.store_phases(engine, chosen), [period])}


def _weekdays(answer: Answer, events: set[date], period: Period) -> list[float] | None:
    """Mean sales of each weekday; None where one of them has no normal day with sales."""
    values = [(period.first + timedelta(days=i), v) for i, v in enumerate(answer.columns["gmv"])]
    by_weekday: list[list[float]] = [[] for _ in range(7)]
    for day, value in values:
        if value is not None and day not in events:
            by_weekday[day.weekday()].append(float(value))
    return [float(np.mean(one)) for one in by_weekday] if all(sum(one) > 0 for one in by_weekday) else None
