"""Column mapping: a file that nobody knows, its columns on the left, what they are on the right."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.cli.words import Words
from goldloop.connectors.guess_words import KINDS
from goldloop.core.errors import GoldloopError
from goldloop.jobs.uploaded import Upload
from goldloop.web import frame
from goldloop.web.fields import place_name
from goldloop.web.receipts import problem
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop
from goldloop.web.words import word

TITLE = 60  # characters of a format's name


def page(request: Request, id: int, file: int) -> HttpResponse:
    """The columns with a guess for each; when it is sent, the description is kept and the file looked at by it."""
    from goldloop.jobs import describing, queue

    upload, arguments = _upload(request, id, file)
    if request.method == "POST":
        kind, columns = _described(request)
        title = request.POST.get("title", "").strip()[:TITLE]
        describing.describe(whole_shop().home, upload, kind=kind, title=title, columns=columns)
        wish = {**arguments, "files": [upload.as_dict()], "profile": "", "described": True}
        return HttpResponseRedirect(reverse("job", args=[queue.enqueue("look", wish, user=request.user.pk).id]))
    kind = request.GET.get("kind", "")
    sketch = describing.guessed(whole_shop().home, upload, kind=kind if kind in KINDS else "")
    return frame.page(request, "web/data_columns.html", _context(request, id, upload, sketch))


def attempt(request: Request, id: int, file: int) -> HttpResponse:
    """What the chosen columns make of the first rows: a part of the page."""
    from goldloop.jobs import describing, failures

    upload, arguments = _upload(request, id, file)
    kind, columns = _described(request)
    lang = request.lang
    stores = request.shop.stores()
    store = next((one for one in stores if one.name == arguments.get("store")), stores[0] if stores else None)
    context: dict[str, Any] = {}
    try:
        found = describing.attempt(whole_shop().home, upload, kind=kind, columns=columns, store=store)
        words = Words(lang)
        context["attempt"] = found
        context["fine"] = found.read - found.failed - found.dropped
        context["issues"] = [
            {**issue, "said": words.issue(issue["code"], issue["text"], **issue["params"])} for issue in found.issues
        ]
    except GoldloopError as error:
        if error.code == "field_needed":
            error.params["field"] = _field_name(kind, str(error.params["field"]), lang)
        context["problem"] = problem(failures.as_stored(error), lang)
    return frame.page(request, "web/data_attempt.html", context)


def _upload(request: Request, id: int, number: int) -> tuple[Upload, dict[str, Any]]:
    """The file of a look of this person, and what was said about it. Raises `job_unknown`."""
    from goldloop.apps.queue import api as jobs
    from goldloop.jobs import uploaded

    job = jobs.job_show(user=request.user.pk, id=id)
    files = uploaded.files(job.arguments) if job.kind == "look" else []
    if number >= len(files):
        raise GoldloopError("job_unknown", f"There is no job {id}.", given=id, id=id)
    return files[number], job.arguments


def _described(request: Request) -> tuple[str, dict[str, str]]:
    """Kind of file, and field -> column; of two columns for one field the first counts."""
    kind = request.POST.get("kind", "")
    columns: dict[str, str] = {}
    for column, field in zip(request.POST.getlist("column"), request.POST.getlist("field"), strict=False):
        if field:
            columns.setdefault(field, column)
    return kind, columns


def _context(request: Request, id: int, upload: Upload, sketch: Any) -> dict[str, Any]:
    from goldloop.connectors.guess import needed_fields
    from goldloop.jobs.looking import SAMPLES
    from goldloop.jobs.personal import MASK

    lang = request.lang
    chosen = {guess.header: (name, guess.sureness) for name, guess in sketch.guesses.items()}
    columns = []
    for content in sketch.contents:
        field, sureness = chosen.get(content.header, ("", ""))
        columns.append({
            "column": content.header,
            "kind": content.kind,
            "samples": [MASK] if content.personal and content.distinct else content.distinct[:SAMPLES],
            "field": field if sureness != "unsure" else "",
            "maybe": field if sureness == "unsure" else "",
            "maybe_name": _field_name(sketch.kind, field, lang) if sureness == "unsure" else "",
            "sureness": sureness,
        })  # fmt: skip
    must = [names[0] for names in needed_fields(sketch.kind)]
    return {
        "job_id": id,
        "file": upload,
        "columns": columns,
        "kind": sketch.kind,
        "kinds": [(kind, word(f"data.kind_{kind}", lang)) for kind in KINDS],
        "fields": [
            (field.name, place_name(f"{field.table}.{field.name}", lang), field.name in must)
            for field in KINDS[sketch.kind]
        ],
        "title": upload.label.rpartition(".")[0] or upload.label,
        "header_row": sketch.header_row,
    }


def _field_name(kind: str, name: str, lang: str) -> str:
    field = next((one for one in KINDS[kind] if one.name == name), None)
    return place_name(f"{field.table}.{name}", lang) if field else name
