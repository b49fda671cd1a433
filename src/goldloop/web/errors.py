"""Pages that say what went wrong: what was given, what is allowed, what to do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goldloop.core.errors import GoldloopError

# Something that is not there and something that is not the reader's answer alike.
MISSING = frozenset(
    {
        "store_unknown", "import_unknown", "quarantine_unknown", "alarm_unknown", "view_unknown", "job_unknown",
        "account_unknown", "grant_unknown", "token_unknown", "session_unknown", "unit_unknown", "link_bad",
    }
)  # fmt: skip


def error_page(request: HttpRequest, error: GoldloopError, *, status: int | None = None) -> HttpResponse:
    """The page of a known error: its sentence in the reader's language, what is allowed, and the next step."""
    from goldloop.cli.words import Words

    words = Words(getattr(request, "lang", "en"))
    context: dict[str, Any] = {"error": error, "text": words.error(error), "todo": words.todo(error)}
    if isinstance(error.allowed, list | tuple):
        context["allowed"] = [str(one) for one in error.allowed]
    request.audit.note(code=error.code)  # type: ignore[attr-defined]
    if status is None:
        status = 404 if error.code in MISSING else 500 if error.exit_code == 1 else 400
    return render(request, "web/error.html", context, status=status)


def not_yours(request: HttpRequest) -> HttpResponse:
    """A page that the reader has no right to."""
    return render(request, "web/not_yours.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page."""
    return render(request, "web/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed that nobody foresaw; a plain page, because the frame may be what failed."""
    from goldloop.web.words import word

    lang = getattr(request, "lang", "en")
    return HttpResponse(word("frame.broken", lang), status=500, content_type="text/plain; charset=utf-8")
