"""日历: months by lanes or weeks with their events, festivals and targets, one event with its checklist, its review and its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.calendar import Period, parse_period, whole
from goldloop.core.event_words import why
from goldloop.core.money import exponent, to_minor
from goldloop.metrics.stretches import festival_days
from goldloop.web import asked, calendar_bars, calendar_lanes, downloads, frame, tree, waves_together
from goldloop.web.calendar_bars import Bar
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.words import catalogue, word

if TYPE_CHECKING:
    from goldloop.apps.calendar.api import Event, Happened, Task
    from goldloop.jobs.events import Reviewed

FORMS = ("xlsx", "csv", "ics")
PARTS = ("waiting", "inside", "between", "dip", "whole")
WEEK, QUARTER = 7, 3  # days, months


def page(request: Request) -> HttpResponse:
    """A month (`?month=2026-06`; the one after the newest loaded day) or a quarter (`?months=3`) by lanes, or by weeks (`?view=weeks`)."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    by_week = request.GET.get("view") == "weeks"
    count = QUARTER if request.GET.get("months") == str(QUARTER) and not by_week else 1
    span = _span(request, scope, count)
    shown = _whole_weeks(span) if by_week else span
    names = [store.name for store in scope.stores]
    events = request.shop.events(first=shown.first, last=shown.last, stores=names)
    marks = request.shop.marks(first=shown.first, last=shown.last, stores=names)
    days = _days(request, scope, span, shown)
    chosen = {store.id for store in scope.stores}
    waves = [seen for seen in request.shop.waves() if seen.stores & chosen]
    bars = [
        *calendar_bars.own(events, request.lang),
        *calendar_bars.others(marks, events, request.lang),
        *calendar_bars.coupons(request, waves),
    ]
    first, last = f"{span.first:%Y-%m}", f"{span.last:%Y-%m}"
    context = {
        **bar,
        "title": first if count == 1 else f"{first} ~ {last}",
        "month": first,
        "view": "weeks" if by_week else "quarter" if count > 1 else "month",
        "earlier": _at(request, scope, span.first - timedelta(days=1), count, back=True),
        "later": _at(request, scope, span.last + timedelta(days=1), count),
        "days": days,
        **(_by_week(bars, days, shown, request.lang) if by_week else _by_lane(request, scope, bars, days, span)),
        "rows": [row(event, request) for event in events if _touches(event, span)],
        "others": [
            {"text": calendar_bars.named(one, request.lang), "days": formatting.days(one.first, one.last, request.lang), "id": one.id}
            for one in marks
            if one.kind == "note" and one.first <= span.last and one.last >= span.first
        ],
        "together": waves_together.cards(request, [seen for seen in waves if span.first <= seen.wave.send <= span.last]),
        "to_come": calendar_bars.to_come(request, scope, span.first),
    }  # fmt: skip
    return frame.page(request, "web/calendar.html", context)


def _by_week(bars: list[Bar], days: list[dict[str, Any]], shown: Period, lang: str) -> dict[str, Any]:
    """The month as rows of seven days."""
    return {
        "weekdays": word("calendar.weekdays", lang).split(),
        "legend": dict.fromkeys(one.kind.split()[0] for one in bars if one.kind != "off"),
        "weeks": [
            {"days": days[at : at + WEEK], "bars": calendar_bars.in_week(bars, shown.first + timedelta(days=at))}
            for at in range(0, shown.days, WEEK)
        ],
    }


def _by_lane(
    request: Request, scope: Scope, bars: list[Bar], days: list[dict[str, Any]], span: Period
) -> dict[str, Any]:
    """The days as columns, what is alike as rows."""
    return {
        "months": calendar_lanes.months(span),
        "festivals": calendar_lanes.festivals(days, span),
        "lanes": calendar_lanes.lanes(bars, span),
        "batches": calendar_lanes.batches(request, scope, span),
        "targets": any(day["target"] for day in days),
    }


def show(request: Request, id: int) -> HttpResponse:
    """One event; `?version=` shows an older version."""
    text = request.GET.get("version", "")
    event = request.shop.event_show(
        id, number=int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
    )
    found = request.shop.event_reviews(id, number=event.version.number)
    context = {
        **head(request, event),
        "phases": _phases(event, request.lang),
        "goals": _goals(request, event),
        "products": event.content.products,
        "tasks": [_task(request, event, one) for one in event.tasks],
        "late": sum(_late(request, one) for one in event.tasks),
        "reviews": [_review(request, event, one) for one in found],
        "history": [_line(one, event, request.lang) for one in reversed(request.shop.event_history(id))],
    }
    return frame.page(request, "web/calendar_event.html", context)


def file(request: Request) -> HttpResponse:
    """The events of the scope's stores as a table to edit and bring back, or (`?format=ics`) for another calendar."""
    from goldloop.cli import list_files
    from goldloop.jobs import events, ics

    form = downloads.form_of(request, FORMS)
    stores = frame.scope_of(request).stores
    found = request.shop.events(stores=[store.name for store in stores])
    columns, rows = events.rows(request.viewer, found)

    def write(path: Any) -> None:
        if form == "ics":
            path.write_bytes(ics.calendar(found, request.lang))
        else:
            list_files.write(path, form, dict.fromkeys(columns, "text"), rows, {"events": len(rows)})

    ids = [store.id for store in stores]
    return downloads.send_named(request, downloads.named(("events",), form), form, ids, len(rows), write)


def head(request: Request, event: Event) -> dict[str, Any]:
    """What every page of an event needs: its name, days, stores and state, and what the reader may say of it."""
    names = {store.id: store.name for store in request.shop.stores()}
    newest = event.version.number == event.current
    plans = may(request, event, "plan") and newest and event.stands
    return {
        "event": event,
        "content": event.content,
        "why": why(event.content, request.lang),
        "version": event.version,
        "newest": newest,
        "days": formatting.days(event.days.first, event.days.last, request.lang),
        "stores": [names[store] for store in sorted(event.stores)],
        "may_plan": plans,
        "may_take": newest and event.state == "proposed" and may(request, event, "sign_operations"),
    }


def may(request: Request, event: Event, right: str) -> bool:
    """Whether this person has a right in all stores of an event."""
    viewer = request.access.viewer(right)
    return all(viewer.may_see(store) for store in event.stores)


def row(event: Event, request: Request) -> dict[str, Any]:
    """An event in the list of a month."""
    names = {store.id: store.name for store in request.shop.stores()}
    target = event.content.amount("target")
    return {
        "event": event,
        "address": reverse("event_show", args=[event.id]),
        "days": formatting.days(event.days.first, event.days.last, request.lang),
        "stores": [names[store] for store in sorted(event.stores)],
        "target": "" if target is None else _money(to_minor(target, event.currency), event, request.lang),
        "done": sum(task.state != "open" for task in event.tasks),
        "all": len(event.tasks),
        "late": sum(_late(request, task) for task in event.tasks) if event.stands else 0,
    }


def _span(request: Request, scope: Scope, count: int) -> Period:
    """So many months from the one that is asked for."""
    text = request.GET.get("month", "")
    day = parse_period(text).first if text else scope.newest + timedelta(days=1) if scope.newest else date(2026, 1, 1)
    first = last = whole("month", day)
    for _ in range(count - 1):
        last = whole("month", last.last + timedelta(days=1))
    return Period(first.first, last.last)


def _whole_weeks(month: Period) -> Period:
    return Period(
        month.first - timedelta(days=month.first.weekday()), month.last + timedelta(days=6 - month.last.weekday())
    )


def _at(request: Request, scope: Scope, day: date, count: int, *, back: bool = False) -> str:
    """The address of the months before or after, in the same view."""
    for _ in range(count - 1 if back else 0):
        day = whole("month", day).first - timedelta(days=1)
    kept = {name: request.GET[name] for name in ("view", "months") if name in request.GET}
    return str(scope.address(reverse("calendar"), month=f"{day:%Y-%m}", **kept))


def _touches(event: Event, period: Period) -> bool:
    return event.days.first <= period.last and event.days.last >= period.first


def _days(request: Request, scope: Scope, month: Period, shown: Period) -> list[dict[str, Any]]:
    """Every day of the weeks: its number, festivals, the plan's target of sales and what came."""
    lang, currency = request.lang, scope.currency
    targets: Mapping[date, Any] = {}
    actual: dict[str, Any] = {}
    names = [store.name for store in scope.stores]
    if currency is not None:
        targets = request.shop.plan_day_targets(first=shown.first, last=shown.last, stores=names)
        if targets and scope.newest is not None and scope.newest >= shown.first:
            until = min(scope.newest, shown.last)
            answer = asked.figures(
                request, ("gmv",), by="day", first=shown.first, last=until, stores=names, basis=scope.basis
            )
            actual = dict(zip(answer.columns["day"], answer.columns["gmv"], strict=True))
    platforms = dict.fromkeys(store.platform for store in scope.stores)
    festivals: dict[date, list[str]] = {}
    for day, name in sorted({one for platform in platforms for one in festival_days(platform, shown)}):
        festivals.setdefault(day, []).append(_festival(name, lang))
    found, letters = [], word("calendar.weekday_letters", lang).split()
    for n in range(shown.days):
        day = shown.first + timedelta(days=n)
        target, came = targets.get(day), actual.get(str(day))
        found.append(
            {
                "date": str(day),
                "number": day.day,
                "label": formatting.day(day, lang),
                "weekday": letters[day.weekday()],
                "weekend": day.weekday() > 4,
                "monday": day.weekday() == 0,
                "newest": day == scope.newest,
                "outside": not month.first <= day <= month.last,
                "festivals": festivals.get(day, ()),
                "target": "" if target is None else _whole(target, currency, lang),
                "share": "" if came is None or not target else f"{round(100 * came / target)}%",
                "short": came is not None and bool(target) and came < target,
            }
        )
    return found


def _whole(target: Any, currency: str | None, lang: str) -> str:
    """A day's target without its minor units."""
    return formatting.compact(round(target / 10 ** exponent(currency or "")), "count", None, lang)


def _festival(name: str, lang: str) -> str:
    key = f"calendar.festival_{name}"
    return word(key, lang) if key in catalogue() else name


def _phases(event: Event, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": phase.kind,
            "name": phase.name,
            "days": formatting.days(phase.first.date(), phase.last.date(), lang)
            if phase.whole_days
            else f"{phase.first:%Y-%m-%d %H:%M} ~ {phase.last:%m-%d %H:%M}",
        }
        for phase in event.content.phases
    ]


def _goals(request: Request, event: Event) -> list[dict[str, str]]:
    """What is to come of it: target beside the frozen normal sales of its open days, cost, and what is left of a sale."""
    from goldloop.jobs.events import MASKED

    content, lang = event.content, request.lang
    parts = [event.normal(wave) for wave in content.waves]
    usual = None if None in parts else sum(part or 0 for part in parts)
    found = []
    if (target := content.amount("target")) is not None:
        goal = to_minor(target, event.currency)
        times = "" if not usual else word("calendar.times", lang, times=f"{goal / usual:.2f}")
        found.append({"name": "target", "value": _money(goal, event, lang), "beside": times})
    frozen = word("calendar.frozen", lang, day=formatting.day(event.version.at.date(), lang))
    found.append({"name": "normal", "value": _money(usual, event, lang), "beside": frozen if usual is not None else ""})
    if (buyers := content.amount("target_new_buyers")) is not None:
        found.append(
            {"name": "target_new_buyers", "value": formatting.compact(int(buyers), "count", None, lang), "beside": ""}
        )
    if (fee := content.amount("fee")) is not None:
        found.append({"name": "fee", "value": _money(to_minor(fee, event.currency), event, lang), "beside": ""})
    if content.amount("margin") is not None and not request.viewer.hides(MASKED["margin"], event.stores):
        share = formatting.exact(content.amount("margin"), "rate", None, lang)
        found.append({"name": "margin", "value": share, "beside": ""})
    return found


def _task(request: Request, event: Event, task: Task) -> dict[str, Any]:
    return {
        "task": task,
        "text": task.words[request.lang],
        "due": formatting.day(task.due, request.lang),
        "late": _late(request, task),
        "mine": event.stands and may(request, event, f"sign_{task.owner}"),
    }


def _late(request: Request, task: Task) -> bool:
    """Whether a task should have been done by the newest loaded day."""
    newest = frame.scope_of(request).newest
    return task.state == "open" and newest is not None and task.due <= newest


def _review(request: Request, event: Event, one: Reviewed) -> dict[str, Any]:
    """What an event brought a store, in the reader's words."""
    lang = request.lang
    context: dict[str, Any] = {"store": one.store, "final": one.final}
    if one.told is None:
        return {**context, "problem": Words(lang).error(one.problem) if one.problem else ""}
    from goldloop.jobs.events import MASKED

    told = one.told

    def said(value: Any) -> str:
        return _money(None if value is None else to_minor(value, event.currency), event, lang)

    def moved(value: Any) -> str:
        return formatting.change(
            None if value is None else to_minor(value, event.currency), "money", event.currency, lang
        )

    rows = [
        {
            "name": part,
            "days": told[part]["days"],
            "actual": said(told[part]["actual"]),
            "normal": said(told[part]["normal"]),
            "effect": moved(told[part]["effect"]),
            "tone": tree.tone(to_minor(told[part]["effect"], event.currency)),
            "range": f"{moved(told[part]['low'])} .. {moved(told[part]['high'])}" if told[part]["low"] else "",
        }
        for part in PARTS
        if told[part]["days"]
    ]
    hidden = request.viewer.hides(MASKED["margin"], event.stores)
    target = event.content.amount("target")
    came = to_minor(told["inside"]["actual"], event.currency)
    share = formatting.share(came, to_minor(target, event.currency)) if target and len(event.stores) == 1 else ""
    return {
        **context,
        "known": "" if one.known is None else formatting.day(one.known, lang),
        "verdict": told["verdict"] or "open",
        "tone": {"gain": "good", "loss": "bad"}.get(told["verdict"] or "", "warn"),
        "rows": rows,
        "attained": share,
        "new_buyers": "" if told["new_buyers"] is None else formatting.compact(told["new_buyers"], "count", None, lang),
        "second": second_of(told.get("second"), lang),
        "cost": said(told["cost"]),
        "margin": "" if hidden else formatting.exact(told["margin"], "rate", None, lang),
        "enrolled": moved(told["enrolled"]["inside"]["effect"]) if told["enrolled"] else "",
        "halo": moved(told["halo"]) if told["enrolled"] else "",
        "sides": told["sides"],
        "notes": told["notes"][lang],
    }


def _line(one: Happened, event: Event, lang: str) -> dict[str, Any]:
    """One line of the history in words."""
    known = {task.code or task.words[lang]: task.words[lang] for task in event.tasks}
    about = word(f"calendar.{one.about}", lang) if one.what == "changed" else known.get(one.about, one.about)
    return {
        "at": one.at,
        "by": one.by,
        "what": one.what,
        "about": about,
        "before": (one.before or "--").replace("\n", "; ") if one.what == "changed" else "",
        "after": (one.after or "--" if one.what == "changed" else one.after or "").replace("\n", "; "),
    }


def _money(value: Any, event: Event, lang: str) -> str:
    return formatting.compact(value, "money", event.currency, lang)


def second_of(found: Mapping[str, Any] | None, lang: str) -> dict[str, str]:
    """How many of those who bought first during an event came back; nothing in reviews that do not tell."""
    if not found:
        return {}
    shares = {name: formatting.exact(found[name], "rate", None, lang) for name in ("share", "low", "high")}
    return {"people": formatting.exact(found["people"], "count", None, lang), "days": str(found["days"]), **shares}
