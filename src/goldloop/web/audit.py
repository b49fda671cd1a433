"""Every unsafe request, download, reveal and refused look goes into the audit log; no view has to think of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from goldloop.web.middleware import Answer

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SECRET_PARTS = frozenset({"secret"})  # parts of addresses that must not be written down


@dataclass(slots=True)
class Record:
    """What the log will say of one request; a view may say more with `note`."""

    action: str = ""
    target: str = ""
    result: str = ""
    stores: Sequence[int] = ()
    detail: dict[str, Any] = field(default_factory=dict)

    def note(
        self, *, action: str = "", target: str = "", result: str = "", stores: Sequence[int] = (), **detail: Any
    ) -> None:
        """Say what was done to what, with which result, in which stores; `detail` are names and numbers, nothing personal."""
        self.action, self.target = action or self.action, target or self.target
        self.result, self.stores = result or self.result, tuple(stores) or self.stores
        self.detail |= detail


def audited(answer: Answer) -> Answer:
    """Write the line of a request once its answer is known. A line that cannot be written fails the request."""

    def with_record(request: HttpRequest) -> HttpResponse:
        request.id = secrets.token_hex(8)  # type: ignore[attr-defined]
        record = request.audit = Record()  # type: ignore[attr-defined]
        before = request.user
        response = answer(request)
        response.headers["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        action = record.action or _action(request, response)
        if action and request.resolver_match is not None:
            actor = request.user if request.user.is_authenticated else before
            _write(request, response, action, record, actor)
        return response

    return with_record


def address_of(request: HttpRequest) -> str:
    """The reader's own network address: behind our proxy what it adds at the end of X-Forwarded-For, else the peer's."""
    passed = request.headers.get("X-Forwarded-For", "") if getattr(settings, "BEHIND_PROXY", False) else ""
    return (passed.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR") or "0.0.0.0")[:45]


def _action(request: HttpRequest, response: HttpResponse) -> str:
    if request.method not in SAFE:
        return "change"
    if response.status_code == 403 or (response.status_code == 404 and "code" in request.audit.detail):  # type: ignore[attr-defined]
        return "refused"
    route = getattr(request, "route", None)
    return "export" if route is not None and route.right == "export" else ""


def _write(request: HttpRequest, response: HttpResponse, action: str, record: Record, actor: Any) -> None:
    from goldloop.apps.shops.api import Line
    from goldloop.jobs import auditing
    from goldloop.web.shops import whole_shop

    match = request.resolver_match
    assert match is not None
    parts = [str(value) for name, value in match.kwargs.items() if name not in SECRET_PARTS]
    signed_in = actor.is_authenticated
    auditing.write(
        whole_shop().home,
        Line(
            moment=datetime.now(UTC),
            action=action,
            result=record.result or _result(response.status_code),
            actor=actor.pk if signed_in else None,
            actor_name=actor.get_username() if signed_in else "",
            route=match.url_name or "",
            target=record.target or " ".join(parts),
            stores=record.stores,
            request_id=request.id,  # type: ignore[attr-defined]
            address=address_of(request),
            detail={"status": response.status_code, **_by_key(request), **record.detail},
        ),
    )


def _by_key(request: HttpRequest) -> dict[str, str]:
    """The beginning of the key that was sent, as the list of keys shows it."""
    hint = getattr(request, "key_hint", "")
    return {"key": hint} if hint else {}


def _result(status: int) -> str:
    return "done" if status < 400 else "refused" if status < 500 else "failed"
