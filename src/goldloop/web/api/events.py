"""Events of the calendar: listed, shown with checklist, reviews and history, made, changed, answered and ticked."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from ninja import Query

from goldloop.apps.calendar.api import Event
from goldloop.cli.events import as_dict, review_dicts
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.web import errors
from goldloop.web.api import answers
from goldloop.web.api.asked import (
    EventAnswer,
    EventChange,
    EventNew,
    EventsAsked,
    Id,
    TaskNew,
    TaskSet,
    VersionAsked,
)
from goldloop.web.api.operations import operation, written
from goldloop.web.calendar import may
from goldloop.web.request import Request


@operation(answers.Events)
def events(request: Request, asked: Query[EventsAsked]) -> HttpResponse:
    """The events, the oldest first."""
    first, last = (parse_day(text) if text else None for text in (asked.first, asked.last))
    for name in asked.store:
        request.shop.store(name)
    found = request.shop.events(first=first or date.min, last=last or date.max, stores=asked.store)
    return written({"events": [event_dict(request, event) for event in found]})


@operation(answers.WholeEvent)
def show(request: Request, id: Id, asked: Query[VersionAsked]) -> HttpResponse:
    """One version of an event, with what it brought and what happened to it."""
    event = request.shop.event_show(id, number=asked.version)
    reviews = request.shop.event_reviews(id, number=event.version.number)
    return written(
        {
            **event_dict(request, event),
            "reviews": review_dicts(reviews, event, request.viewer, request.lang),
            "history": [one.as_dict() for one in request.shop.event_history(id)],
        }
    )


@operation(answers.Event)
def new(request: Request, said: EventNew) -> HttpResponse:
    """Put an event into the calendar, for an owner whose part the asker holds."""
    stores = [request.shop.store(name) for name in said.stores] or request.shop.stores()
    if not request.access.viewer(f"sign_{said.owner}").stores >= {store.id for store in stores}:
        return errors.not_yours(request)
    check_open(request, said.margin)
    event = request.shop.event_new(
        said.fields(), stores=[store.name for store in stores], owner=said.owner, note=said.note
    )
    return _done(request, event)


@operation(answers.Event)
def change(request: Request, id: Id, said: EventChange) -> HttpResponse:
    """Give an event another version: what is said is replaced, '' takes it out."""
    request.shop.event_show(id)
    check_open(request, said.margin)
    return _done(request, request.shop.event_change(id, said.fields(), seen=said.seen, note=said.note))


@operation(answers.Event)
def answer(request: Request, id: Id, said: EventAnswer) -> HttpResponse:
    """Take a proposed event in or decline it, for operations; or call one off."""
    event = request.shop.event_show(id)
    if said.said != "cancelled" and not may(request, event, "sign_operations"):
        return errors.not_yours(request)
    return _done(request, request.shop.event_answer(id, said.said, seen=said.seen, why=said.why))


@operation(answers.Event)
def task_add(request: Request, id: Id, said: TaskNew) -> HttpResponse:
    """Add a task."""
    return _done(request, request.shop.event_task_add(id, said.text, owner=said.owner, days=said.days))


@operation(answers.Event)
def task_set(request: Request, id: Id, task: Id, said: TaskSet) -> HttpResponse:
    """Tick a task, or open it again, for the owner who answers for it."""
    event = request.shop.event_show(id)
    owners = [one.owner for one in event.tasks if one.id == task]
    if owners and not may(request, event, f"sign_{owners[0]}"):
        return errors.not_yours(request)
    return _done(request, request.shop.event_task_set(id, task, said.state, seen=said.seen))


def event_dict(request: Request, event: Event) -> dict[str, Any]:
    """An event as JSON carries it, but for what is masked for the asker."""
    names = {store.id: store.name for store in request.shop.stores()}
    return as_dict(event, names, request.viewer, request.lang)


def check_open(request: Request, margin: str | None) -> None:
    """Raise `figure_hidden` where the asker gives a margin and may not see margins."""
    from goldloop.jobs.events import MASKED

    if margin is not None and request.viewer.hides(MASKED["margin"]):
        raise GoldloopError("figure_hidden", f"The figure 'margin' is not shown to {request.viewer.name}.", given="margin", todo="Ask the owner for the right to see it.")  # fmt: skip


def _done(request: Request, event: Event) -> HttpResponse:
    request.audit.note(target=f"event {event.id} v{event.current}", stores=sorted(event.stores))
    return written(event_dict(request, event))
