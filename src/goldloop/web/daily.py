"""日报: one store's day as lines to paste."""

from __future__ import annotations

from django.http import HttpResponse

from goldloop.core import formatting
from goldloop.web import asked, frame
from goldloop.web.request import Request
from goldloop.web.scope import Scope


def page(request: Request) -> HttpResponse:
    """The report of the scope's last day; of several stores the first, with the others one click away."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.last is None or not scope.stores:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    store, day = scope.stores[0], scope.last
    found = asked.remembered(request, ("daily", store.id, day), lambda shop: shop.daily(store.name, day=day))
    context = {
        **bar,
        "store": store.name,
        "day": formatting.days(day, day, lang),
        "text": found.text(lang),
        "why": scope.address("/why", store=str(store.id), figure="gmv", **{"from": str(day), "to": str(day)}),
        "stores": [
            frame.Choice(s.name, scope.address("/daily", store=str(s.id)), s.id == store.id) for s in scope.visible
        ],
    }
    return frame.page(request, "web/daily.html", context)
