"""What is done to events: made and changed in a form, taken into the calendar or not, their checklist ticked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from goldloop.apps.calendar.api import EVENT_OWNERS, Event
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError
from goldloop.core.event import FIELDS, KINDS, PHASES, problems
from goldloop.core.event_words import kept, title, why
from goldloop.web import calendar as pages
from goldloop.web import errors, frame, plan_fields
from goldloop.web.plans import chosen_stores
from goldloop.web.request import Request
from goldloop.web.words import word

ENDS = ("from", "opens", "to", "closes")  # of a phase: first day and hour, last day and hour
FEWEST, SPARE = 2, 1  # rows for phases: at least, and beyond those that are filled in
PLAIN = ("name", "kind", "products", "fee", "target", "target_new_buyers", "margin", "hypothesis")


def new(request: Request) -> HttpResponse:
    """The form of a new event; sent, it is made, or comes back with what is wrong beside each field."""
    if request.method != "POST":
        return frame.page(request, "web/calendar_form.html", form(request, request.GET, {}))
    said = request.POST
    try:
        stores = chosen_stores(request, said)
        owner = said.get("owner", "")
        if not request.access.viewer(f"sign_{owner}").stores >= {store.id for store in stores}:
            return errors.not_yours(request)
        event = request.shop.event_new(
            given(said, request), stores=[store.name for store in stores], owner=owner, note=said.get("note", "")
        )
    except GoldloopError as error:
        return frame.page(
            request, "web/calendar_form.html", form(request, said, wrong(request, said, error)), status=400
        )
    request.audit.note(target=f"event {event.id} v1", stores=sorted(event.stores))
    messages.success(request, word("calendar.made", request.lang, name=event.content.name))
    return HttpResponseRedirect(reverse("event_show", args=[event.id]))


def edit(request: Request, id: int) -> HttpResponse:
    """The form of an event; sent, it gets another version, unless somebody was faster."""
    event = request.shop.event_show(id)
    if request.method != "POST":
        return frame.page(request, "web/calendar_form.html", form(request, filled(request, event), {}, event))
    said = request.POST
    try:
        event = request.shop.event_change(
            id, kept(given(said, request), event.content, request.lang), seen=_seen(said), note=said.get("note", "")
        )
    except GoldloopError as error:
        context = form(request, said, wrong(request, said, error, event), event)
        moved = error.code == "event_moved"
        if moved:
            context |= {"conflict": _conflict(error, request.lang), "seen": event.current}
        return frame.page(request, "web/calendar_form.html", context, status=409 if moved else 400)
    request.audit.note(target=f"event {id} v{event.current}", stores=sorted(event.stores))
    messages.success(request, word("calendar.changed", request.lang, number=event.current))
    return _back(id)


def say(request: Request, id: int) -> HttpResponse:
    """Take a proposed event into the calendar or not, which operations does, or call one off."""
    said = request.POST.get("said", "")
    event = request.shop.event_show(id)
    if said != "cancelled" and not pages.may(request, event, "sign_operations"):
        return errors.not_yours(request)
    event = request.shop.event_answer(id, said, seen=_seen(request.POST), why=request.POST.get("why", ""))
    request.audit.note(target=f"event {id} v{event.current}", stores=sorted(event.stores), said=said)
    return _back(id)


def task_add(request: Request, id: int) -> HttpResponse:
    """Add a task of one's own."""
    said = request.POST
    days = said.get("days", "")
    event = request.shop.event_task_add(
        id, said.get("text", ""), owner=said.get("owner", ""), days=int(days) if _is_number(days) else 0
    )
    request.audit.note(target=f"event {id}", stores=sorted(event.stores))
    return HttpResponseRedirect(reverse("event_show", args=[id]) + "#tasks")


def task(request: Request, id: int, task: int) -> HttpResponse:
    """Tick a task, or open it again: by who answers for it."""
    event = request.shop.event_show(id)
    owners = [one.owner for one in event.tasks if one.id == task]
    if owners and not pages.may(request, event, f"sign_{owners[0]}"):
        return errors.not_yours(request)
    said = request.POST
    try:
        event = request.shop.event_task_set(id, task, said.get("state", ""), seen=said.get("seen") or None)
    except GoldloopError as error:
        if error.code != "event_task_moved":
            raise
        messages.warning(request, Words(request.lang).error(error))
    request.audit.note(target=f"event {id} task {task}", stores=sorted(event.stores))
    return HttpResponseRedirect(reverse("event_show", args=[id]) + "#tasks")


def given(said: QueryDict, request: Request) -> dict[str, str]:
    """The fields of an event as the form says them; one that is masked for this reader is not among them."""
    from goldloop.jobs.events import MASKED

    found = {name: said.get(name, "") for name in PLAIN}
    for field, figure in MASKED.items():
        if request.viewer.hides(figure):
            found.pop(field)
    rows = zip(*(said.getlist(f"phase_{part}") for part in ("kind", *ENDS, "name")), strict=False)
    return {**found, "phases": "\n".join(_phase(*row) for row in rows if any(row[1:]))}


def filled(request: Request, event: Event) -> QueryDict:
    """The form of an event as it stands."""
    from goldloop.jobs.events import visible

    found = QueryDict(mutable=True)
    found.update({name: text for name, text in visible(event, request.viewer).items() if name != "phases"})
    found["name"], found["hypothesis"] = title(event.content, request.lang), why(event.content, request.lang)
    for phase in event.content.phases:
        hours = ("", "") if phase.whole_days else (f"{phase.first:%H:%M}", f"{phase.last:%H:%M}")
        parts = (phase.kind, str(phase.first.date()), hours[0], str(phase.last.date()), hours[1], phase.name)
        for part, text in zip(("kind", *ENDS, "name"), parts, strict=True):
            found.appendlist(f"phase_{part}", text)
    return found


def form(request: Request, said: QueryDict, found: Mapping[str, str], event: Event | None = None) -> dict[str, Any]:
    """The form as it is filled in, with what is wrong by field."""
    from goldloop.jobs.events import MASKED

    names = ("kind", *ENDS, "name")
    rows = [
        dict(zip(names, row, strict=True))
        for row in zip(*(said.getlist(f"phase_{part}") for part in names), strict=False)
    ]
    rows = [one for one in rows if any(text for name, text in one.items() if name != "kind")]
    if not rows and said.get("day"):
        rows = [{"kind": "sale", "from": said["day"], "opens": "", "to": said["day"], "closes": "", "name": ""}]
    blank = dict.fromkeys(names, "") | {"kind": "sale"}
    rows += [dict(blank) for _ in range(max(SPARE, FEWEST - len(rows)))]
    stores = list(event.stores) if event else [store.id for store in _chosen(request, said)]
    own = [owner for owner in EVENT_OWNERS if request.access.viewer(f"sign_{owner}").stores]
    return {
        "event": event,
        "values": {name: said.get(name, "") for name in PLAIN},
        "phases": rows,
        "kinds": KINDS,
        "phase_kinds": PHASES,
        "owners": own,
        "owner": said.get("owner", ""),
        "hidden": [field for field, figure in MASKED.items() if request.viewer.hides(figure)],
        "stores": [(store, store.id in stores) for store in request.shop.stores()],
        "note": said.get("note", ""),
        "seen": said.get("seen") or (event.current if event else 0),
        "wrong": found,
        "wrong_all": found.get("", ""),
    }


def wrong(request: Request, said: QueryDict, error: GoldloopError, event: Event | None = None) -> dict[str, str]:
    """What is wrong, by field, in the reader's words; '' holds what is of no field."""
    currency = event.currency if event else "CNY"
    if event is None and (stores := _chosen(request, said)):
        currency = stores[0].currency
    lang = request.lang
    names = {field: word(f"calendar.{field}", lang) for field in FIELDS}
    found = {
        field: plan_fields.refused(one, lang, names) for field, one in problems(given(said, request), currency).items()
    }
    field = str(error.params.get("field", ""))
    if field not in found and (field not in FIELDS or not found):
        found[field] = plan_fields.refused(error, lang, names)
    return found


def _chosen(request: Request, said: QueryDict) -> list[Any]:
    try:
        return chosen_stores(request, said)
    except GoldloopError:
        return []


def _phase(kind: str, first: str, opens: str, last: str, closes: str, name: str) -> str:
    """A phase as one types it; an end without a day is the other end's."""
    ends = [(first or last).strip(), (last or first).strip()]
    hours = [f"T{text}" if text else "" for text in (opens.strip(), closes.strip())]
    return f"{kind or 'sale'} {ends[0]}{hours[0]}..{ends[1]}{hours[1]} {name.replace(';', ',')}".rstrip()


def _conflict(error: GoldloopError, lang: str) -> list[dict[str, str]]:
    return [
        {"name": word(f"calendar.{row['name']}", lang)} | {side: row[side] or "--" for side in ("seen", "now", "yours")}
        for row in error.params["conflict"]
    ]


def _seen(said: QueryDict) -> int:
    text = said.get("seen", "")
    return int(text) if _is_number(text) and not text.startswith("-") else 0


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 9


def _back(id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("event_show", args=[id]))
