"""The shop group of this server, as each signed-in person may see it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from goldloop.web.routes import API_ROOT

if TYPE_CHECKING:
    from goldloop.shop import Shop

MOST_IN_MEMORY = 3_000_000  # fact rows that a server copies into memory: about a gigabyte
API = f"/{API_ROOT}"  # where keys are taken


@cache
def whole_shop() -> Shop:
    """The shop group in the home folder that this process was started on; its engine stays open between requests."""
    from goldloop import home
    from goldloop.shop import Shop

    return Shop(home.find(), most_in_memory=MOST_IN_MEMORY)


def attach(request: HttpRequest) -> None:
    """Give the request its person's access and rights, by session or (below `API`) by key; nobody has none."""
    from goldloop.apps.shops import api as people

    now, user = datetime.now(UTC), request.user
    access = people.access_of(user=user, now=now) if user.is_authenticated else people.Access()
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if request.path.startswith(API) and kind.lower() == "bearer":
        found = people.token_use(secret=secret.strip(), now=now)
        request.user, access = found or (AnonymousUser(), people.Access())
        request.key_hint = people.hint(secret.strip())  # type: ignore[attr-defined]  # for the audit log
        request.csrf_processing_done = True  # type: ignore[attr-defined]  # no other site can send this header
    request.access, request.rights = access, access.rights  # type: ignore[attr-defined]
    look_with(request, people.SIGNED_IN)


def look_with(request: HttpRequest, right: str) -> None:
    """Show the request the shop as its person may see it by virtue of one right: the stores where she has it."""
    viewer = request.access.viewer(right)  # type: ignore[attr-defined]
    request.viewer = viewer  # type: ignore[attr-defined]
    request.shop = whole_shop().seen_by(viewer)  # type: ignore[attr-defined]
