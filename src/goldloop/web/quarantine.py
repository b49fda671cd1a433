"""Rows that could not be loaded: what is wrong, and putting it right, one by one or all alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header

from goldloop.cli import row_files
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError
from goldloop.jobs.personal import MASK
from goldloop.web import frame, receipts
from goldloop.web.pages import paged
from goldloop.web.request import Request
from goldloop.web.reveal import check_revealed
from goldloop.web.shops import whole_shop
from goldloop.web.words import catalogue, word

if TYPE_CHECKING:
    from goldloop.apps.queue.api import Job

PAGE = 50
ALIKE = ("", "value", "reason")
STATES = ("open", "fixed", "ignored")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REASON = 500  # characters of a reason


def page(request: Request) -> HttpResponse:
    """Groups of rows that fail alike, and the rows of the chosen one."""
    from goldloop.jobs import quarantine

    home, viewer = whole_shop().home, request.viewer
    import_id, store = _number(request, "import"), _store_name(request)
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    place = paged(request, PAGE)
    first, trouble = _number(request, "like"), (request.GET.get("column", ""), request.GET.get("code", ""))
    if first is not None and state == "open":
        rows = quarantine.rows_of_group(home, viewer, first, trouble, limit=PAGE + 1, offset=place.offset)
    else:
        rows = quarantine.rows(home, viewer, states=[state], import_id=import_id, store=store, limit=PAGE + 1, offset=place.offset)  # fmt: skip
    groups = quarantine.groups(viewer, import_id=import_id, store=store)
    lang = request.lang
    context = {
        "groups": [_group(request, one, lang) for one in groups],
        "rows": [_row(one, lang) for one in rows[:PAGE]],
        "pages": place.of(len(rows)),
        "state": state,
        "states": [frame.Choice(one, _narrowed(request, state=one, like=None), one == state) for one in STATES],
        "chosen": first,
        "everything": _narrowed(request, like=None),
        "import_id": import_id,
        "store": store or "",
        "stores": request.shop.stores(),
        "one_report": len({(one.store, one.profile) for one in groups}) == 1,
        "narrowed": bool(import_id or store or first or state != "open"),
    }
    return frame.page(request, "web/data_quarantine.html", context)


def show(request: Request, id: int) -> HttpResponse:
    """One row with all of its cells; those that may name a person are covered."""
    return _show(request, id, revealed=False)


def reveal(request: Request, id: int) -> HttpResponse:
    """The same row uncovered, for a reason that is written down."""
    row = _quarantine().row(whole_shop().home, request.viewer, id)
    stores = [one.id for one in request.shop.stores() if one.name == row.store]
    check_revealed(request, f"row {id}", stores)
    return _show(request, id, revealed=True)


def fix(request: Request, id: int) -> HttpResponse:
    """Correct columns of a row, and where it is wished of all alike, in a job."""
    values = {
        name.removeprefix("column:"): str(text) for name, text in request.POST.items() if name.startswith("column:")
    }
    job = ask_fix(request, id, values, {"alike": _alike(request)})
    if request.headers.get("HX-Request") == "true":  # in the list: what comes of it is told beside the row
        return frame.page(request, "web/data_brief.html", {"job": job})
    return HttpResponseRedirect(reverse("job", args=[job.id]))


def ask_fix(request: Request, id: int, values: Mapping[str, str], more: Mapping[str, Any]) -> Job:
    """Ask for a job that corrects columns of a row; `more` are its other arguments. Raises `column_missing`."""
    from goldloop.jobs import quarantine, queue, uploaded

    home = whole_shop().home
    row = quarantine.row(home, request.viewer, id)
    wrong = [column for column in values if column not in row.raw_row]
    if wrong or not values:
        raise GoldloopError("column_missing", f"There is no column '{', '.join(wrong)}' in '{row.file}'.", given=wrong, allowed=sorted(row.raw_row), column=", ".join(wrong), file=row.file)  # fmt: skip
    token = uploaded.new(home)
    uploaded.note(home, token, "values", dict(values))
    request.audit.note(target=f"row {id}", columns=len(values))
    return queue.enqueue("fix", {"row": id, "values": token, **more}, user=request.user.pk)


def ignore(request: Request, id: int) -> HttpResponse:
    """Set a row, or all alike, aside for a reason."""
    count = _quarantine().ignore(whole_shop().home, request.viewer, [id], _reason(request), alike=_alike(request))
    request.audit.note(target=f"row {id}", rows=count)
    return HttpResponseRedirect(reverse("quarantine"))


def again(request: Request) -> HttpResponse:
    """Try rows again, all that are open or those that are named, in a job."""
    from goldloop.jobs import queue

    named = [int(text) for text in request.POST.getlist("row") if text.isascii() and text.isdigit()]
    for id in named:
        _quarantine().row(whole_shop().home, request.viewer, id)
    job = queue.enqueue("retry", {"rows": named}, user=request.user.pk)
    return HttpResponseRedirect(reverse("job", args=[job.id]))


def file(request: Request) -> HttpResponse:
    """The open rows of an import or a report as a workbook to mend, without the columns that the reader may not see.

    What is left out stays as it is when the file comes back.
    """
    from goldloop.jobs import mended

    home = whole_shop().home
    import_id, store = _number(request, "import", request.POST), request.POST.get("store") or None
    bad = mended.bad_rows(home, request.viewer, import_id=import_id, store=store)
    words = Words(request.lang)
    heads = [*bad.columns.values(), bad.name_column, *(f"{bad.prefix}{words(key)}" for key in ("what", "todo"))]
    rows = [
        [*(row.raw_row.get(column, "") for column in bad.columns), name, *_in_one_cell(row, words)]
        for row, name in zip(bad.rows, bad.names, strict=True)
    ]
    request.audit.note(action="export", target=f"import {bad.rows[0].import_id}", rows=len(rows))
    response = HttpResponse(row_files.as_bytes("xlsx", heads, rows), content_type=XLSX)
    name = f"goldloop-{'DEMO-' if frame.is_demo() else ''}quarantine-{bad.rows[0].import_id}.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _quarantine() -> Any:
    from goldloop.jobs import quarantine

    return quarantine


def _show(request: Request, id: int, *, revealed: bool) -> HttpResponse:
    home, viewer, lang = whole_shop().home, request.viewer, request.lang
    row = _quarantine().row(home, viewer, id)
    alike = _quarantine().alike_counts(home, viewer, id) if row.state == "open" else {}
    failing = {issue["column"] for issue in row.issues}
    context = {
        "row": row,
        "title": receipts.profile_title(row.profile, lang),
        "issues": _issues(row, lang),
        "fields": [
            column for column in dict.fromkeys(issue["column"] for issue in row.issues) if column in row.raw_row
        ],
        "cells": [(column, cell, column in failing) for column, cell in row.raw_row.items()],
        "covered": not revealed and MASK in row.raw_row.values(),
        "alike_value": min((one["value"] for one in alike.values()), default=1),
        "alike_reason": min((one["reason"] for one in alike.values()), default=1),
    }
    return frame.page(request, "web/data_row.html", context)


def _issues(row: Any, lang: str) -> list[dict[str, Any]]:
    """What is wrong with a row, in words; a sentence that is covered gives way to the bare reason."""
    words = Words(lang)
    return [
        {
            "column": issue["column"],
            "raw": issue["raw"] or "",
            "text": kind_of(issue["code"], lang) if issue["text"] == MASK else words.issue(issue["code"], issue["text"], **issue["params"]),
            "todo": issue["suggestion"] and words.suggestion(issue["code"], issue["suggestion"], **issue["params"]),
        }
        for issue in row.issues
    ]  # fmt: skip


def kind_of(code: str, lang: str) -> str:
    """What is wrong, without the values of a row; the code itself for a reason that has no words yet."""
    key = f"data.issue_{code}"
    return word(key, lang) if key in catalogue() else code


def _row(row: Any, lang: str) -> dict[str, Any]:
    where = " / ".join(part for part in (row.file, row.member, row.sheet) if part)
    fields = any(issue["column"] in row.raw_row for issue in row.issues)
    return {"row": row, "where": where, "issues": _issues(row, lang), "fields": fields}


def _group(request: Request, group: Any, lang: str) -> dict[str, Any]:
    return {
        "group": group,
        "title": receipts.profile_title(group.profile, lang),
        "what": kind_of(group.code, lang),
        "address": _narrowed(request, like=group.first, column=group.column, code=group.code, state=None),
        "chosen": request.GET.get("like") == str(group.first)
        and (request.GET.get("column"), request.GET.get("code")) == (group.column, group.code),
    }


def _in_one_cell(row: Any, words: Words) -> tuple[str, str]:
    said = [(words.issue(i["code"], i["text"], **i["params"]), words.suggestion(i["code"], i["suggestion"], **i["params"])) for i in row.issues]  # fmt: skip
    return " | ".join(text for text, _ in said), " | ".join(dict.fromkeys(todo for _, todo in said))


def _narrowed(request: Request, **changes: Any) -> str:
    """The address of this list with some of its narrowing changed; None takes one away."""
    query = request.GET.copy()
    changes = {"page": None, **changes}
    if changes.get("like", "") is None:
        changes |= {"column": None, "code": None}
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _number(request: Request, name: str, given: Any = None) -> int | None:
    text = (request.GET if given is None else given).get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _store_name(request: Request) -> str | None:
    """The name of the store that the address narrows to; an unknown id is passed on, and is unknown there."""
    asked = request.GET.get("store", "")
    stores = request.shop.stores()
    return next((one.name for one in stores if str(one.id) == asked), f"#{asked}") if asked else None


def _alike(request: Request) -> Any:
    alike = request.POST.get("alike", "")
    if alike not in ALIKE:
        raise GoldloopError(
            "choice_bad", f"'{alike}' is no choice for alike.", given=alike, allowed=list(ALIKE), name="alike"
        )
    return alike


def _reason(request: Request) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise GoldloopError("reason_needed", "Say why these rows do not matter.", todo="Add --reason TEXT.")
    return reason[:REASON]
