"""The account of three owners over loaded data: a plan against what came, or one period against another.

Every store and month is booked by itself and the accounts are added, so that the group's lines are the sums of its
stores' and a quarter's those of its months. New means new in the month: the lines are those of the `month_*` figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import Period, compared, parse_day, whole
from goldloop.core.money import to_minor, to_text
from goldloop.core.owners import (
    Account,
    Books,
    Handover,
    Investment,
    OwnersError,
    account,
    handover,
    investment,
    merged,
    planned,
    summed,
)
from goldloop.core.pace import pace
from goldloop.core.plan.plan import read_value
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.answer import Answer, Reason
from goldloop.metrics.query import QuestionError, Request, figures

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

BOOKED = ("gmv", "new_buyers", "new_gmv", "repeat_buyers", "repeat_gmv", "unidentified_gmv")
MONTHS = 12  # earlier months from which the members' task is told
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unit:
    """The account of one store (or of the scope, against a plan for all of it) in one month."""

    month: str
    store: str | None
    account: Account
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Task:
    """New buyers of a month on members' task until `due`; `found` is None where `reason` says why."""

    month: str
    due: str
    found: Handover | None
    reason: Reason | None


@dataclass(frozen=True)
class Owned:
    """The answer: `account` is the sum of all `units`.

    `share` is the part of a plan that is due by the last day (1.0 for whole months), None where two periods are compared;
    `even` tells that it was cut evenly by days. `tasks`: the month before (being worked on) and the asked one (next).
    """

    account: Account
    units: tuple[Unit, ...]
    tasks: tuple[Task, ...]
    share: float | None
    even: bool
    against: Period | None
    currency: str | None
    right: Answer
    left: Answer | None


def owners(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    request: Request,
    *,
    against: str = "previous",
    plan: Values | Mapping[str, Values] | None = None,
    shape: Sequence[float] | None = None,
) -> Owned:
    """The gap booked to its owners: of a plan when one is given, else against another period.

    `request` gives period (from the first day of a month), stores, basis and definition of new; `against` previous,
    last-year or FROM..TO with as many months. `plan`: variables of one month (see `core.owners.planned`, amounts in major
    units) for the whole scope, or by store; of a month that is not over, the part due by `shape` (weights of its days,
    even when None). Raises `owners_first`, `owners_months`, `mixed_currency`, what a plan raises and what a question raises.
    """
    right, books, reasons = books_of(engine, viewer, stores, request)
    currency = right.currencies[0]
    if plan is not None:
        share, even = _due(request.period, shape)
        units = _against_plan(_by_store(plan), books, reasons, share, currency or "")
        left, other = None, None
    else:
        share, even = None, False
        other = _other(request.period, against)
        left, earlier, before = books_of(engine, viewer, stores, replace(request, period=other))
        units = _pairs(earlier, books, {**before, **reasons})
    tasks = _tasks(engine, viewer, stores, request)
    return Owned(merged(u.account for u in units), tuple(units), tasks, share, even, other, currency, right, left)


# --- both sides -------------------------------------------------------------------------------------------------------
Key = tuple[str, str]


def books_of(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request
) -> tuple[Answer, dict[Key, Books], dict[Key, Reason]]:
    """The answer by month and store, the books of every one, and why some of them do not know who is new.

    Raises `owners_first` and `mixed_currency`.
    """
    if request.period.first.day != 1:
        raise QuestionError(
            "owners_first", "An account of three owners begins on the first day of a month.",
            given=str(request.period), allowed="2026-06-01..2026-06-30",
        )  # fmt: skip
    answer = figures(engine, viewer, stores, replace(request, figures=BOOKED, by=("month", "store"), compare=None))
    if len(set(answer.currencies)) > 1:  # by store they stand side by side; a question without cuts refuses to add them
        figures(engine, viewer, stores, replace(request, figures=("gmv",), by=(), compare=None))
    months, names = answer.columns["month"], answer.columns["store"]
    why = {r.row: r for r in reversed(answer.reasons) if r.figure.startswith("new_")}
    books: dict[Key, Books] = {}
    reasons: dict[Key, Reason] = {}
    for i, key in enumerate(zip(months, names, strict=True)):
        values = [_minor(answer.value(name, i)) for name in BOOKED]
        if any(v is None for v in values[1:]):
            books[key] = Books.unsplit(values[0] or 0)
            reasons[key] = why.get(i) or Reason(i, "new_buyers", "not_stated", {})
        else:
            new, new_gmv, repeat, repeat_gmv, unidentified = (v or 0 for v in values[1:])
            books[key] = Books(new, new_gmv, repeat, repeat_gmv, unidentified)
    return answer, books, reasons


def _minor(value: Any) -> int | None:
    """Whole minor units; converted amounts hold more digits, and each is rounded before it is booked."""
    return None if value is None else round(Decimal(value))


def _other(period: Period, against: str) -> Period:
    """The period compared with: months shift by months, a part of a month by the same part."""
    one = whole("month", period.first) == whole("month", period.last)
    return compared(period, against, "month" if one and against in ("previous", "last-year") else None)


def _pairs(left: dict[Key, Books], right: dict[Key, Books], reasons: dict[Key, Reason]) -> list[Unit]:
    """Months paired by their place; a store without sales on one side has none there."""
    months = [list(dict.fromkeys(month for month, _ in side)) for side in (left, right)]
    if len(months[0]) != len(months[1]):
        raise QuestionError(
            "owners_months", "Both sides need as many months.", given=len(months[0]), allowed=len(months[1])
        )
    units = []
    for old, new in zip(*months, strict=True):
        names = dict.fromkeys(store for side, month in ((right, new), (left, old)) for m, store in side if m == month)
        for store in names:
            before, after = left.get((old, store)), right.get((new, store))
            reason = reasons.get((new, store)) or reasons.get((old, store))
            units.append(Unit(new, store, account(before or _nothing(after), after or _nothing(before)), reason))
    return units


def _nothing(other: Books | None) -> Books:
    """No sales, known as well as the other side is."""
    return Books(0, 0, 0, 0) if other is None or other.split else Books.unsplit(0)


# --- a plan -----------------------------------------------------------------------------------------------------------
def _by_store(plan: Values | Mapping[str, Values]) -> dict[str | None, Values]:
    if plan and all(isinstance(values, Mapping) for values in plan.values()):
        return {name: values for name, values in plan.items()}
    return {None: plan}


def _due(period: Period, shape: Sequence[float] | None) -> tuple[float, bool]:
    """The part of the month's plan that is due by the period's last day, and whether it was cut evenly."""
    month = whole("month", period.first)
    if period.last > month.last:
        raise OwnersError(
            "plan_month",
            "A plan is held against one month at a time.",
            given=str(period),
            allowed=str(month),
            month=str(month),
        )
    if period == month:
        return 1.0, False
    weights = [1.0] * month.days if shape is None else list(shape)
    if len(weights) != month.days:
        raise OwnersError(
            "plan_days", "The shape needs a weight for each day of the month.", given=len(weights), allowed=month.days
        )
    return pace(10**12, 0, weights, elapsed=period.days).due / 10**12, shape is None


def _against_plan(
    plans: dict[str | None, Values], books: dict[Key, Books], reasons: dict[Key, Reason], share: float, currency: str
) -> list[Unit]:
    units = []
    unknown = [name for name in plans if name is not None and name not in {store for _, store in books}]
    if unknown:
        raise QuestionError(
            "store_unknown", f"There is no store '{unknown[0]}'.", given=unknown[0], allowed=sorted({s for _, s in books}),
            todo="goldloop store list", name=unknown[0],
        )  # fmt: skip
    for name, values in plans.items():
        mine = [key for key in books if name is None or key[1] == name]
        target = _target(values, currency).part(share)
        done = summed([books[key] for key in mine])
        reason = next((reasons[key] for key in mine if key in reasons), None)
        units.append(Unit(mine[0][0] if mine else "", name, account(target, done), reason))
    return units


def _target(values: Values, currency: str) -> Books:
    """The books of a plan in major units; what its error speaks of is in major units, too."""
    try:
        return planned({n: _planned_value(n, v, currency) for n, v in values.items()})
    except OwnersError as error:
        if error.code != "plan_apart":
            raise
        given, allowed = (to_text(int(v), currency) for v in (error.given, error.allowed))
        raise OwnersError(error.code, error.text, given=given, allowed=allowed, **error.params) from None


def _planned_value(name: str, value: Any, currency: str) -> Any:
    if name.endswith("_buyers"):
        return read_value(value, name)
    if name.endswith("_value"):  # may be finer than a minor unit: a sum divided by buyers
        return read_value(value, name) * (to_minor(1, currency) or 1)
    return to_minor(read_value(value, name), currency)


# --- the hand-over ----------------------------------------------------------------------------------------------------
def _tasks(engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request) -> tuple[Task, ...]:
    """Members' task for the month before the period's last, and the one that the last month hands over.

    A buyer of two stores is handed over in each; stores whose buyers are not known are left out.
    """
    now = whole("month", request.period.last)
    before = whole("month", now.first - timedelta(days=1))
    first = now.first
    for _ in range(MONTHS + 2):
        first = whole("month", first - timedelta(days=1)).first
    names = ("month_new_buyers", "second_buyers")
    asked = replace(request, period=Period(first, now.last), figures=names, by=("month", "store"), compare=None)
    answer = figures(engine, viewer, stores, asked)
    found: dict[Key, tuple[int, int]] = {}
    columns = (answer.columns[c] for c in ("month", "store", *names))
    for month, store, new, again in zip(*columns, strict=True):
        if new is not None and again is not None:
            found[month, store] = (int(new), int(again))
    return tuple(_task(answer, found, month, now) for month in (before, now))


def _task(answer: Answer, found: Mapping[Key, tuple[int, int]], month: Period, now: Period) -> Task:
    """The task of one month's new buyers, from months whose following month was over before `now` began."""
    label = f"{month.first:%Y-%m}"
    due = str(whole("month", month.last + timedelta(days=1)).last)
    names = {store for m, store in found if m == label}
    if not names:
        rows = [i for i, m in enumerate(answer.columns["month"]) if m == label]
        reason = next((r for r in answer.reasons if r.row in rows), Reason(0, "second_rate", "not_stated", {}))
        return Task(label, due, None, reason)
    sums: dict[str, tuple[int, int]] = {}
    for (m, store), (new, again) in found.items():
        if store in names:
            so_far = sums.get(m, (0, 0))
            sums[m] = (so_far[0] + new, so_far[1] + again)
    ripe = [m for m in sums if m < label and whole("month", parse_day(f"{m}-01") + timedelta(days=31)).last < now.first]
    earlier = [sums[m] for m in sorted(ripe)][-MONTHS:]
    try:
        return Task(label, due, handover(*sums[label], earlier), None)
    except OwnersError as error:
        return Task(label, due, None, Reason(0, "second_rate", error.code, {"months": len(earlier)}))


# --- an event as an investment ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Event:
    """What an acquisition event left over and brings back; `margin` and `costs` are those it was judged by."""

    found: Investment
    margin: float
    costs: int
    sales: int
    currency: str | None
    right: Answer


def event_return(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    request: Request,
    *,
    costs: Any = None,
    margin: float | None = None,
) -> Event:
    """The request's days as an acquisition event: their sales and new buyers, and what those are expected to bring back.

    `costs` (major units) default to the ad cost of the days, `margin` to the gross margin of the goods sold. Returns rest on
    the second-purchase rates of earlier months, each times the value of a repeat buyer in the month after. Raises
    `event_unknown` where sales, new buyers, costs or margin are not known, `handover_few`, and what a question raises.
    """
    said = None if costs is None else read_value(costs, "cost")
    names = (
        "gmv",
        "new_buyers",
        *(("ad_cost",) if costs is None else ()),
        *(("gross_margin",) if margin is None else ()),
    )
    right = figures(engine, viewer, stores, replace(request, figures=names, by=(), compare=None))
    if right.reasons:
        reason = right.reasons[0]
        raise OwnersError(
            "event_unknown", f"'{reason.figure}' of these days is not known: {reason.as_dict()['text']}", given=reason.figure,
            todo="Say it: --cost AMOUNT, --margin SHARE.", name=reason.figure, why=reason.as_dict("zh")["text"],
        )  # fmt: skip
    currency = right.currencies[0]
    spent = _minor(right.value("ad_cost")) if said is None else to_minor(said, currency or "")
    kept = float(right.value("gross_margin") or 0) if margin is None else margin
    sales = _minor(right.value("gmv")) or 0
    buyers = int(right.value("new_buyers") or 0)
    earlier = _returns(engine, viewer, stores, request)
    found = investment(sales=sales, margin=kept, costs=spent or 0, buyers=buyers, earlier=earlier)
    return Event(found, kept, spent or 0, sales, currency, right)


def _returns(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request
) -> list[tuple[float, float]]:
    """Second-purchase rate of every earlier month, and the value of a repeat buyer in the month after it."""
    last = whole("month", request.period.first).first - timedelta(days=1)
    first = last
    for _ in range(MONTHS + 1):
        first = whole("month", first).first - timedelta(days=1)
    names = ("second_rate", "month_repeat_buyer_value")
    period = Period(first + timedelta(days=1), last)
    answer = figures(
        engine, viewer, stores, replace(request, figures=names, period=period, by=("month",), compare=None)
    )
    rates, values = (answer.columns[name] for name in names)
    return [
        (float(r), float(v)) for r, v in zip(rates[:-1], values[1:], strict=True) if r is not None and v is not None
    ]
