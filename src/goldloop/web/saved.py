"""Saved views: opened at their own address, kept under a name, taken away."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from goldloop.apps.shops import api as shops
from goldloop.web import scope as scopes
from goldloop.web.request import Request, person_of
from goldloop.web.words import word

KEPT = ("figures", "by", "sort")  # of the page's own choices, beside those of its scope


def show(request: Request, key: str) -> HttpResponse:
    """Go to a saved view: the page with its choices, its days as they were or up to the newest loaded one."""
    view = shops.view_show(user=person_of(request), viewer=request.viewer, key=key)
    query = QueryDict(view.query, mutable=True)
    if view.rolling:
        now = scopes.read(query, request.shop.stores(), request.shop.loaded_days())
        if now.newest is not None and now.period is not None:
            first = now.newest - timedelta(days=now.period.days - 1)
            query["from"], query["to"] = str(first), str(now.newest)
    query["view"] = view.key
    return HttpResponseRedirect(f"/explore?{query.urlencode()}")


def save(request: Request) -> HttpResponse:
    """Keep the page that the form speaks of; sharing it takes the right to write for others."""
    said = request.POST
    given = QueryDict(said.get("query", ""))
    now = scopes.read(given, request.shop.stores(), request.shop.loaded_days())
    own = {name: ",".join(given.getlist(name)) for name in KEPT if name in given}
    view = shops.view_save(
        user=person_of(request),
        viewer=request.viewer,
        name=said.get("name", ""),
        query=urlencode(now.query(**own), doseq=True),
        stores=[store.id for store in now.stores],
        rolling="rolling" in said,
        shared="shared" in said and "annotate" in request.rights,
        key=secrets.token_urlsafe(9),
        now=datetime.now(UTC),
    )
    request.audit.note(target=f"view {view.key}", stores=[store.id for store in now.stores])
    messages.success(request, word("explore.view_saved", request.lang, name=view.name))
    return HttpResponseRedirect(f"/explore/views/{view.key}")


def remove(request: Request, key: str) -> HttpResponse:
    """Take one of her own views away."""
    view = shops.view_remove(user=person_of(request), viewer=request.viewer, key=key)
    request.audit.note(target=f"view {view.key}")
    messages.success(request, word("explore.view_removed", request.lang, name=view.name))
    return HttpResponseRedirect("/explore")
