"""Files that are brought, their receipts, and taking them back."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpResponse
from ninja import Query
from ninja.errors import ValidationError

from goldloop.core.errors import GoldloopError
from goldloop.web import data, uploads
from goldloop.web.api import answers
from goldloop.web.api.asked import Id, ImportsAsked, UploadSaid
from goldloop.web.api.jobs import asked_for
from goldloop.web.api.operations import operation, page, written
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop

FILES = {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}


def _form() -> dict[str, Any]:
    """The parts of an upload, for the document; a field that is left blank says nothing."""
    fields = UploadSaid.model_json_schema()["properties"]
    said = {name: {**one, "anyOf": [*one["anyOf"], {"const": ""}]} for name, one in fields.items()}
    form = {"type": "object", "required": ["files"], "properties": {"files": FILES, **said}}
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


@operation(answers.Imports)
def imports(request: Request, asked: Query[ImportsAsked]) -> HttpResponse:
    """Receipts, newest first."""
    found = request.shop.imports(store=asked.store, undone=asked.every, limit=asked.limit + 1, offset=asked.offset)
    receipts = [receipt.as_dict() for receipt in found[: asked.limit]]
    return written({"imports": receipts, "page": page(found, asked.limit, asked.offset)})


@operation(answers.Import)
def show(request: Request, id: Id) -> HttpResponse:
    """One receipt."""
    receipt, later = request.shop.import_show(id)
    return written({**receipt.as_dict(), "fixed_by": [one.as_dict() for one in later]})


@operation(answers.Job, status=202)
def undo(request: Request, id: Id) -> HttpResponse:
    """Take an import back, in a job."""
    data.check_loaded(request, id)
    return asked_for(request, "undo", {"import": id})


@operation(answers.Job, status=202, requestBody=_form())
def upload(request: Request) -> HttpResponse:
    """Bring files and import them, in a job."""
    files = uploads.taken(request)
    answer = asked_for(request, "import", {"files": [one.as_dict() for one in files], **_said(request)})
    uploads.receiving(request).claimed = True
    return answer


def _said(request: Request) -> dict[str, Any]:
    """Store, format and days as the form says them. Raises `store_unknown` or `profile_unknown`."""
    from goldloop.cli.parse import period
    from goldloop.jobs import profiles

    given = {name: text for name, text in request.POST.items() if text and name != "csrfmiddlewaretoken"}
    try:
        said = UploadSaid.model_validate(given)
    except ValueError as error:
        raise ValidationError(cast(Any, error).errors()) from error
    found: dict[str, Any] = {
        "store": request.shop.store(said.store).name if said.store else "",
        "profile": said.profile or "",
    }
    known = {one.id for one in profiles.known_profiles(whole_shop().home.profiles)}
    if said.profile and said.profile not in known:
        raise GoldloopError("profile_unknown", f"There is no profile '{said.profile}'.", given=said.profile, allowed=sorted(known), profile=said.profile)  # fmt: skip
    if said.first or said.last:
        days = period(f"{said.first or said.last}..{said.last or said.first}")
        found["period"] = [day.isoformat() for day in days]
    return found
