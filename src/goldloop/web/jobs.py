"""Jobs: what a person asked for, how far it is, what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.apps.queue.api import Job
from goldloop.core.errors import GoldloopError
from goldloop.web import frame, preview, receipts
from goldloop.web.pages import Paged, paged
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop

PAGE = 30
AGAIN = ("look", "import", "undo", "store_set", "demo", "demo_end")  # kinds that can be asked for again as they were


def page(request: Request) -> HttpResponse:
    """The reader's own jobs, newest first."""
    from goldloop.apps.queue import api as jobs

    place: Paged = paged(request, PAGE)
    found = jobs.job_list(user=request.user.pk, limit=PAGE + 1, offset=place.offset)
    return frame.page(request, "web/data_jobs.html", {"jobs": found[:PAGE], "pages": place.of(len(found))})


def show(request: Request, id: int) -> HttpResponse:
    """One job: its progress while it goes on, then its outcome.

    A page that asks how far it is gets that part alone, in one line with `brief`.
    """
    from goldloop.apps.queue import api as jobs

    job = jobs.job_show(user=request.user.pk, id=id)
    if "brief" in request.GET:
        problem = receipts.problem(job.error, request.lang) if job.error else None
        return frame.page(request, "web/data_brief.html", {"job": job, "problem": problem})
    asks_progress = request.headers.get("HX-Request") == "true"
    if asks_progress and job.is_over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context: dict[str, Any] = {"job": job, "title": _title(job)}
    if not job.is_over:
        return frame.page(request, "web/data_progress.html" if asks_progress else "web/data_job.html", context)
    if job.kind == "look" and job.state == "done":
        try:
            found = preview.of(request, job)
            if found["describes"] and len(found["files"]) == 1 and "stay" not in request.GET:
                return HttpResponseRedirect(reverse("columns", args=[id, 0]))  # nothing else can be done with it
            return frame.page(request, "web/data_preview.html", context | found)
        except GoldloopError as error:
            if error.code != "upload_gone":
                raise
            context["gone"] = True
    return frame.page(request, "web/data_job.html", context | _outcome(request, job))


def cancel(request: Request, id: int) -> HttpResponse:
    """End a job of the reader's."""
    from goldloop.jobs import queue

    queue.cancel(id, user=request.user.pk)
    return HttpResponseRedirect(reverse("job", args=[id]))


def again(request: Request, id: int) -> HttpResponse:
    """Try a failed or cancelled job of the reader's again."""
    from goldloop.jobs import queue

    queue.again(id, user=request.user.pk)
    return HttpResponseRedirect(reverse("job", args=[id]))


def _title(job: Job) -> str:
    """The file it is about; of several the first."""
    files = job.arguments.get("files") or [{"label": ""}]
    return str(files[0]["label"]) + (f" + {len(files) - 1}" if len(files) > 1 else "")


def _outcome(request: Request, job: Job) -> dict[str, Any]:
    """What the page of a job that is over shows."""
    from goldloop.jobs import uploaded

    lang = request.lang
    result = job.result or {}
    found: list[dict[str, Any]] = [
        {
            "file": outcome["file"],
            "receipts": [receipts.shown(receipt, lang) for receipt in outcome["receipts"]],
            "problem": receipts.problem(outcome["error"], lang) if outcome["error"] else None,
        }
        for outcome in result.get("outcomes", ())
    ]
    found += [
        {"file": "", "receipts": [receipts.shown(one, lang)], "problem": None} for one in result.get("receipts", ())
    ]
    files = uploaded.files(job.arguments) if "files" in job.arguments else []
    return {
        "outcomes": found,
        "problem": receipts.problem(job.error, lang) if job.error else None,
        "can_again": job.state in ("failed", "cancelled") and job.kind in AGAIN and (not files or _are_here(files)),
    }


def _are_here(files: list[Any]) -> bool:
    from goldloop.jobs import uploaded

    try:
        return all(uploaded.file(whole_shop().home, one) for one in files)
    except GoldloopError:
        return False
