"""Files that come back for waves: answers of those who were called, and lists of contacts; each one file, read at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from django.http import HttpResponse
from ninja import Schema
from ninja.errors import ValidationError

from goldloop.apps.campaigns.api import CHANNELS
from goldloop.core.errors import GoldloopError
from goldloop.web import uploads
from goldloop.web.api import answers
from goldloop.web.api.asked import Id, Text
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop

FILE = {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "string", "format": "binary"}}


class NothingSaid(Schema):
    """A file alone."""

    model_config = {"extra": "forbid"}


class ContactsSaid(Schema):
    """Whose buyers a list of contacts names."""

    model_config = {"extra": "forbid"}
    store: Text


def _form(said: type[Schema]) -> dict[str, Any]:
    """The parts of the request, for the document."""
    schema = said.model_json_schema()
    form = {
        "type": "object", "required": ["files", *schema.get("required", ())],
        "properties": {"files": FILE, **schema["properties"]},
    }  # fmt: skip
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


@operation(answers.WaveReasons, requestBody=_form(NothingSaid))
def reasons_file(request: Request, id: Id) -> HttpResponse:
    """Keep why people of a wave no longer buy, from the list to call as it came back filled: CSV or Excel."""
    request.shop.wave_show(id)
    told = request.shop.wave_reasons(id, _one(request, NothingSaid)[0])
    request.audit.note(target=f"wave {id} reasons", rows=told["kept"])
    return written(told)


@operation(answers.WaveContacts, requestBody=_form(ContactsSaid))
def contacts(request: Request) -> HttpResponse:
    """Keep a list of contacts with consent of a store, sealed: CSV or Excel with buyer, phone, consented_at, source, stopped_at."""
    path, said = _one(request, ContactsSaid)
    told = request.shop.wave_contacts(path, store=said["store"])
    request.audit.note(target="contacts", rows=sum(told[name] for name in CHANNELS))
    return written(told)


def _one(request: Request, said: type[Schema]) -> tuple[Path, dict[str, Any]]:
    """The one file of a request and the fields beside it; the file is gone once the request is answered. Raises `upload_one`."""
    from goldloop.jobs import uploaded

    files = uploads.taken(request)
    if len(files) != 1:
        raise GoldloopError("upload_one", "Send one file.", given=len(files), allowed="1")
    given = {name: text for name, text in request.POST.items() if name != "csrfmiddlewaretoken"}
    try:
        fields = said.model_validate(given).model_dump()
    except ValueError as error:
        raise ValidationError(cast(Any, error).errors()) from error
    return uploaded.file(whole_shop().home, files[0]), fields
