"""人员: who works with the shop group, in which roles, and the links with which they take over their accounts."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from goldloop.apps.shops import api as people
from goldloop.apps.shops.api import Scope
from goldloop.core.errors import GoldloopError
from goldloop.web import frame
from goldloop.web.request import Request, person_of


def page(request: Request) -> HttpResponse:
    """Everybody with an account."""
    return _page(request)


def invite(request: Request) -> HttpResponse:
    """A new account; its one-time link is shown on this answer and never again."""
    secret = secrets.token_urlsafe(32)
    user = people.person_invite(
        giver=request.access,
        by=person_of(request),
        name=request.POST.get("name", ""),
        role_name=request.POST.get("role", ""),
        scope=_scope(request),
        secret=secret,
        now=datetime.now(UTC),
    )
    _note(request, user.username, role=request.POST.get("role", ""))
    return _page(request, link=_link(request, secret), invited=user.username)


def link_renew(request: Request, id: int) -> HttpResponse:
    """A new one-time link for somebody who lost her password or her second step; both no longer work."""
    secret = secrets.token_urlsafe(32)
    user = people.link_renew(
        giver=request.access,
        by=person_of(request),
        user=id,
        secret=secret,
        now=datetime.now(UTC),
    )
    Authenticator.objects.filter(user_id=user.pk).delete()
    _note(request, user.username)
    return _page(request, link=_link(request, secret), invited=user.username)


def end(request: Request, id: int) -> HttpResponse:
    """Close an account."""
    user = people.person_end(giver=request.access, user=id)
    _note(request, user.username)
    return redirect("people")


def give(request: Request, id: int) -> HttpResponse:
    """One more role for a person."""
    grant = people.grant_give(
        giver=request.access,
        by=person_of(request),
        user=id,
        role_name=request.POST.get("role", ""),
        scope=_scope(request),
        now=datetime.now(UTC),
    )
    _note(request, grant.user.username, role=grant.role, stores=_stores(grant))
    return redirect("people")


def take(request: Request, id: int) -> HttpResponse:
    """Take a role from a person."""
    grant = people.grant_take(giver=request.access, id=id)
    _note(request, grant.user.username, role=grant.role, stores=_stores(grant))
    return redirect("people")


def _page(request: Request, **more: Any) -> HttpResponse:
    access, lang = request.access, request.lang
    names = {name: one.zh if lang == "zh" else one.en for name, one in people.roles().items()}
    everybody = people.people()
    for grant in (grant for one in everybody for grant in one["grants"]):
        grant.text = names[grant.role]
    context = {
        "tab": "people",
        "people": everybody,
        "gives": access.gives,
        "zone": frame.zone(request),
        "names": names,
        "offered": [(name, names[name]) for name in access.gives],
        "roles": [
            {
                "text": names[one.name],
                "may": [r for r in people.rights() if r in one.rights | one.group_rights],
                "masks": [m for m in people.masks() if m in one.hidden],
            }
            for one in people.roles().values()
        ],
        "units": people.unit_tree(),
        "stores": people.store_list(),
        "now": datetime.now(UTC),
    }
    return frame.page(request, "account/people.html", context | more)


def _scope(request: Request) -> Scope:
    """Where a role shall hold: `everything`, `store:ID` or `unit:ID`."""
    kind, _, id = request.POST.get("where", "").partition(":")
    if kind == "everything":
        return Scope()
    if kind in ("store", "unit") and id.isdigit():
        return Scope(**{kind: int(id)})
    raise GoldloopError(
        "choice_bad",
        f"'{kind}' is no choice for where.",
        given=kind,
        allowed=["everything", "store", "unit"],
        name="where",
    )


def _stores(grant: Any) -> list[int]:
    return [grant.store_id] if grant.store_id else []


def _note(request: Request, target: str, **detail: Any) -> None:
    request.audit.note(action="people", target=target, **detail)


def _link(request: Request, secret: str) -> str:
    return request.build_absolute_uri(reverse("link", args=[secret]))
