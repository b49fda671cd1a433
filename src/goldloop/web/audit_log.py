"""审计日志: who did what, newest first, and whether anything of it was changed afterwards."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from goldloop.apps.shops import api as shops
from goldloop.jobs import auditing
from goldloop.web import frame
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop

PAGE = 100


def page(request: Request) -> HttpResponse:
    """Lines by person and action."""
    return _page(request)


def check(request: Request) -> HttpResponse:
    """The same, with every line checked against its seal."""
    count, broken = auditing.verify(whole_shop().home)
    return _page(request, checked=count, broken=broken)


def _page(request: Request, **more: Any) -> HttpResponse:
    given = request.GET
    actor, before = (
        int(text) if text.isdigit() and len(text) < 18 else None
        for text in (given.get("actor", ""), given.get("before", ""))
    )
    action = given.get("action", "")
    lines = list(shops.audit_lines(actor=actor, action=action, before=before)[: PAGE + 1])
    context = {
        "tab": "audit",
        "zone": frame.zone(request),
        "lines": lines[:PAGE],
        "older": lines[PAGE - 1].number if len(lines) > PAGE else None,
        "actions": shops.audit_actions(),
        "action": action,
        "actor": actor,
        "people": shops.people(),
        "names": {store.id: store.name for store in shops.store_list()},
    }
    return frame.page(request, "account/audit.html", context | more)
