"""A request as views get it: with its person's rights and the shop as she may see it (see `shops.attach`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest

if TYPE_CHECKING:
    from goldloop.apps.shops.api import Access, User
    from goldloop.core.viewer import Viewer
    from goldloop.shop import Shop
    from goldloop.web.audit import Record
    from goldloop.web.routes import Route
    from goldloop.web.scope import Scope


class Request(HttpRequest):
    """Django's request and what our middleware adds to it."""

    lang: str
    access: Access
    rights: frozenset[str]
    viewer: Viewer
    shop: Shop
    audit: Record
    route: Route
    scope_read: Scope | None


def person_of(request: Request) -> User:
    """Who is signed in; of requests that have passed the guard of their route."""
    return cast("User", request.user)
