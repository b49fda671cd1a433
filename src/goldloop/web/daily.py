"""日报: one store's day as lines to paste."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from django.http import HttpResponse, HttpResponseRedirect

from goldloop.core import formatting
from goldloop.core.store import Store
from goldloop.web import asked, downloads, frame
from goldloop.web.request import Request
from goldloop.web.scope import Scope

if TYPE_CHECKING:
    from goldloop.jobs.daily import Daily


def page(request: Request) -> HttpResponse:
    """The report of the scope's last day; of several stores the first, with the others one click away."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.last is None or not scope.stores:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    store, day = scope.stores[0], scope.last
    found = report_of(request, store, day)
    context = {
        **bar,
        "store": store.name,
        "day": formatting.days(day, day, lang),
        "text": found.text(lang),
        "file": scope.address("/daily/file", store=str(store.id)),
        "why": scope.address("/why", store=str(store.id), figure="gmv", **{"from": str(day), "to": str(day)}),
        "stores": [
            frame.Choice(s.name, scope.address("/daily", store=str(s.id)), s.id == store.id) for s in scope.visible
        ],
    }
    return frame.page(request, "web/daily.html", context)


def file(request: Request) -> HttpResponse:
    """The report as a text file."""
    scope = frame.scope_of(request)
    if scope.last is None or not scope.stores:
        return HttpResponseRedirect("/daily")
    store, day = scope.stores[0], scope.last
    text = report_of(request, store, day).text(request.lang)
    own = replace(scope, stores=(store,), first=day)
    return downloads.send(
        request, "daily", own, "txt", text.count("\n") + 1, lambda path: path.write_text(f"{text}\n", encoding="utf-8")
    )


def report_of(request: Request, store: Store, day: date) -> Daily:
    """The daily report of a store."""
    return asked.remembered(request, ("daily", store.id, day), lambda shop: shop.daily(store.name, day=day))
