"""Rows that could not be loaded: looked at, put right, tried again, set aside."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse
from ninja import Query

from goldloop.cli.quarantine import row_dict
from goldloop.cli.words import Words
from goldloop.web import quarantine
from goldloop.web.api import answers
from goldloop.web.api.asked import Fix, Id, Ignore, QuarantineAsked, Retry
from goldloop.web.api.jobs import asked_for, job_dict, limits
from goldloop.web.api.operations import operation, page, written
from goldloop.web.request import Request


@operation(answers.Quarantine)
def rows(request: Request, asked: Query[QuarantineAsked]) -> HttpResponse:
    """Rows that could not be loaded."""
    shop, words = request.shop, Words(request.lang)
    states = () if asked.state == "all" else (asked.state,)
    of, store = asked.import_id, asked.store
    found = shop.quarantine(states=states, import_id=of, store=store, limit=asked.limit + 1, offset=asked.offset)
    groups = shop.quarantine_groups(import_id=of, store=store)
    return written(
        {
            "rows": [row_dict(words, row) for row in found[: asked.limit]],
            "groups": [asdict(group) for group in groups],
            "page": page(found, asked.limit, asked.offset),
        }
    )


@operation(answers.WholeBadRow)
def show(request: Request, id: Id) -> HttpResponse:
    """One such row with all of its cells."""
    row = request.shop.quarantine_show(id)
    alike = request.shop.quarantine_alike(id) if row.state == "open" else {}
    return written({**row_dict(Words(request.lang), row), "raw_row": row.raw_row, "alike": alike})


@operation(answers.Job, status=202)
def fix(request: Request, id: Id, said: Fix) -> HttpResponse:
    """Correct a row and load it, in a job; the correction is remembered for later files."""
    job = quarantine.ask_fix(request, id, said.values, {"alike": said.alike, **limits(request)})
    return written(job_dict(request, job), status=202)


@operation(answers.Job, status=202)
def retry(request: Request, said: Retry) -> HttpResponse:
    """Try open rows again, in a job."""
    for id in said.rows:
        request.shop.quarantine_show(id)
    return asked_for(request, "retry", {"rows": said.rows})


@operation(answers.Ignored)
def ignore(request: Request, id: Id, said: Ignore) -> HttpResponse:
    """Set a row aside for good, with a reason."""
    count = request.shop.quarantine_ignore([id], said.reason, alike=said.alike)
    request.audit.note(target=f"row {id}", rows=count)
    return written({"ignored": count})
