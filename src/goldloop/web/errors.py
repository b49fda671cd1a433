"""Pages (and answers of the API) that say what went wrong: what was given, what is allowed, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.web.api.errors import answer, is_asked, log_in_needed, status_of

# Something that is not there and something that is not the reader's answer alike.
MISSING = frozenset(
    {
        "store_unknown", "import_unknown", "quarantine_unknown", "alarm_unknown", "view_unknown", "note_unknown", "job_unknown",
        "member_unknown", "decision_unknown", "plan_unknown", "plan_version_unknown", "calendar_event_unknown", "wave_unknown", "action_unknown", "event_version_unknown", "event_task_unknown", "account_unknown", "grant_unknown", "token_unknown", "session_unknown", "unit_unknown", "link_bad",
    }
)  # fmt: skip


def error_page(request: HttpRequest, error: GoldloopError, *, status: int | None = None) -> HttpResponse:
    """The page of a known error: its sentence in the reader's language, what is allowed, and the next step.

    A program that asks the API gets the same as JSON.
    """
    from goldloop.cli.words import Words

    if is_asked(request):
        return answer(request, error)
    words = Words(getattr(request, "lang", "en"))
    context: dict[str, Any] = {"error": error, "text": words.error(error), "todo": words.todo(error)}
    if isinstance(error.allowed, list | tuple):
        context["allowed"] = [str(one) for one in error.allowed]
    request.audit.note(code=error.code)  # type: ignore[attr-defined]
    return render(request, "web/error.html", context, status=status or status_of(error))


def log_in_first(request: HttpRequest) -> HttpResponse:
    """The way to log in, for who is not."""
    from django.contrib.auth.views import redirect_to_login

    request.audit.note(result="refused")  # type: ignore[attr-defined]
    if is_asked(request):
        return answer(request, log_in_needed())
    return redirect_to_login(request.get_full_path())


def not_yours(request: HttpRequest) -> HttpResponse:
    """A page that the reader has no right to."""
    if is_asked(request):
        right = request.route.right  # type: ignore[attr-defined]
        rights = sorted(request.rights)  # type: ignore[attr-defined]
        text = f"This needs the right '{right}'."
        return answer(request, GoldloopError("right_needed", text, given=rights, allowed=[right], right=right))
    return render(request, "web/not_yours.html", status=403)


def not_answered(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """A method that the address does not answer."""
    if not is_asked(request):
        return HttpResponseNotAllowed(allowed)
    text = f"This address does not answer {request.method}."
    error = GoldloopError(
        "method_not_allowed", text, given=request.method, allowed=list(allowed), method=request.method
    )
    response = answer(request, error)
    response["Allow"] = ", ".join(allowed)
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A change that does not carry the token of its session."""
    from django.views.csrf import csrf_failure

    if not is_asked(request):
        return csrf_failure(request, reason)
    if not request.user.is_authenticated:
        return log_in_first(request)
    todo = "Send the token of the session as X-CSRFToken, or use a key."
    return answer(request, GoldloopError("forged", "This request does not carry the token of its session.", todo=todo))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django refuses to read."""
    from django.views.defaults import bad_request as plain

    if not is_asked(request):
        return plain(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return answer(request, GoldloopError("body_too_large", "The body of the request is too large."))
    return answer(request, GoldloopError("body_bad", "The body of the request is not what its type says."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page."""
    if is_asked(request):
        text = "There is no such address."
        return answer(
            request, GoldloopError("address_unknown", text, given=request.path, todo="See /api/v1/openapi.json")
        )
    return render(request, "web/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed that nobody foresaw; a plain page, because the frame may be what failed."""
    from goldloop.web.words import word

    if is_asked(request):
        return answer(
            request, WorkFailed("internal_error", "Something went wrong inside goldloop; nothing was loaded by half.")
        )
    lang = getattr(request, "lang", "en")
    return HttpResponse(word("frame.broken", lang), status=500, content_type="text/plain; charset=utf-8")
