"""Errors of the API: one object with code, text, given, allowed and todo, and the status that fits."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse

from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from ninja import NinjaAPI

STATUSES = {
    "log_in_needed": 401,
    **dict.fromkeys(("right_needed", "forged", "figure_hidden", "group_right_needed", "role_not_yours"), 403),
    "address_unknown": 404,
    "method_not_allowed": 405,
    **dict.fromkeys(
        (
            "key_used",
            "job_over",
            "job_not_failed",
            "import_not_done",
            "quarantine_not_open",
            "upload_gone",
            "plan_moved",
            "plan_signed",
            "plan_not_accepted",
            "plan_four_eyes",
            "event_moved",
            "segment_moved",
            "event_closed",
            "event_task_moved",
            "wave_moved",
            "wave_out",
            "wave_not_checked",
            "wave_not_out",
            "wave_contacted",
            "wave_over_budget",
            "action_over",
        ),
        409,
    ),
    **dict.fromkeys(("upload_too_large", "body_too_large"), 413),
    **dict.fromkeys(("parameter_bad", "parameter_unknown"), 422),
    **dict.fromkeys(("too_fast", "uploads_full"), 429),
    "internal_error": 500,
}


def answer(request: HttpRequest, error: GoldloopError, status: int | None = None) -> HttpResponse:
    """An error as the command line's `--json` says it; steps that are commands are left out."""
    from goldloop.cli.imported import as_error
    from goldloop.cli.output import plain
    from goldloop.cli.words import Words
    from goldloop.web.receipts import is_command

    said = as_error(Words(getattr(request, "lang", "en")), error)
    if said["todo"] and is_command(said["todo"]):
        said["todo"] = None
    status = status or status_of(error)
    audit = getattr(request, "audit", None)
    if audit is not None:
        audit.note(code=error.code)
    text = json.dumps({"error": said}, ensure_ascii=False, default=lambda value: _plain(plain, value))
    response = HttpResponse(
        text.encode(errors="replace"), status=status, content_type="application/json; charset=utf-8"
    )
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _plain(plain: Any, value: Any) -> Any:
    try:
        return plain(value)
    except TypeError:
        return str(value)


def status_of(error: GoldloopError) -> int:
    """The status of an error: what is missing and what is somebody else's alike."""
    from goldloop.web.errors import MISSING

    if error.code in MISSING:
        return 404
    return STATUSES.get(error.code, 503 if error.exit_code == 1 else 400)


def check_parameters(request: HttpRequest, known: Collection[str]) -> None:
    """Raise `parameter_unknown` for a name in the query that the operation does not know."""
    for name in request.GET:
        if name not in known:
            raise GoldloopError(
                "parameter_unknown",
                f"There is no parameter '{name}' here.",
                given=name,
                allowed=sorted(known),
                name=name,
            )


def handled_by(api: NinjaAPI) -> None:
    """Answer what the library finds wrong with a request like every other error."""
    from ninja.errors import HttpError, Throttled, ValidationError

    api.add_exception_handler(GoldloopError, lambda request, error: answer(request, cast(GoldloopError, error)))
    api.add_exception_handler(
        ValidationError, lambda request, error: _invalid(request, cast(ValidationError, error).errors)
    )
    api.add_exception_handler(Throttled, _too_fast)
    api.add_exception_handler(HttpError, _unread)


def _invalid(request: HttpRequest, found: Any) -> HttpResponse:
    """The first parameter that is wrong; `allowed` says of each one what it must be."""
    allowed = {_name(one["loc"]): one["msg"] for one in found}
    name = next(iter(allowed))
    return answer(
        request, GoldloopError("parameter_bad", f"'{name}' cannot be used.", given=name, allowed=allowed, name=name)
    )


def _name(place: Any) -> str:
    """Where a value stands: the name of the parameter or field, without the models it is read into."""
    parts = [str(part) for part in place if part not in ("query", "path", "body", "asked", "said")]
    return ".".join(parts) or "body"


def _too_fast(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(
        request, GoldloopError("too_fast", "These are too many requests.", todo="Wait as long as Retry-After says.")
    )


def _unread(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(
        request,
        GoldloopError("body_bad", "The body of the request is not what its type says.", allowed="application/json"),
    )


def is_asked(request: HttpRequest) -> bool:
    """Whether a request is one to the API."""
    from goldloop.web.shops import API

    return request.path.startswith(API)


def log_in_needed() -> GoldloopError:
    """The error of a request without a key that holds."""
    return GoldloopError(
        "log_in_needed",
        "This needs a key that holds, or somebody who is signed in.",
        allowed="Authorization: Bearer gl_...",
    )
