"""Annotations: written over days from any chart, and taken away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.web.request import Request
from goldloop.web.words import word


def add(request: Request) -> HttpResponse:
    """Write an annotation over the days of the form, of one store or of all."""
    said = request.POST
    stores = {str(store.id): store.name for store in request.shop.stores()}
    chosen = said.get("store", "")
    if chosen and chosen not in stores:
        raise GoldloopError("store_unknown", f"There is no store '{chosen}'.", given=chosen, name=chosen)
    first = parse_day(said.get("from", ""))
    last = parse_day(said["to"]) if said.get("to") else first
    note = request.shop.note_add(
        said.get("text", ""), first=first, last=last, store=stores.get(chosen), kind=said.get("kind") or "note"
    )
    request.audit.note(target=f"annotation {note.id}", stores=[note.store] if note.store else [])
    messages.success(request, word("explore.note_added", request.lang))
    return HttpResponseRedirect(back(request))


def remove(request: Request, id: int) -> HttpResponse:
    """Take an annotation away."""
    note = request.shop.note_remove(id)
    request.audit.note(target=f"annotation {note.id}", stores=[note.store] if note.store else [])
    messages.success(request, word("explore.note_removed", request.lang))
    return HttpResponseRedirect(back(request))


def back(request: Request) -> str:
    """The page that a form was sent from; the start page where it names none of ours."""
    goal = request.POST.get("next", "")
    return goal if url_has_allowed_host_and_scheme(goal, allowed_hosts=None) and goal.startswith("/") else "/"
