"""Work that was asked for: how far it is, what came of it, ending it, trying again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query

from goldloop.apps.queue.api import Job
from goldloop.cli.imported import as_error, stored_error
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError
from goldloop.web.api import answers
from goldloop.web.api.asked import Id, JobsAsked
from goldloop.web.api.operations import operation, page, written
from goldloop.web.request import Request, person_of


@operation(answers.Jobs)
def jobs(request: Request, asked: Query[JobsAsked]) -> HttpResponse:
    """The asker's own jobs, newest first."""
    from goldloop.apps.queue import api as queue

    states = (asked.state,) if asked.state else ()
    found = queue.job_list(user=person_of(request).pk, states=states, limit=asked.limit + 1, offset=asked.offset)
    mine = [job_dict(request, job) for job in found[: asked.limit] if _is_within(request, job)]
    return written({"jobs": mine, "page": page(found, asked.limit, asked.offset)})


@operation(answers.Job)
def show(request: Request, id: Id) -> HttpResponse:
    """One job."""
    return written(job_dict(request, _job(request, id)))


@operation(answers.Job)
def cancel(request: Request, id: Id) -> HttpResponse:
    """End a job: one that waits at once, a running one at its next step."""
    from goldloop.jobs import queue

    return written(job_dict(request, queue.cancel(_job(request, id).id, user=person_of(request).pk)))


@operation(answers.Job)
def again(request: Request, id: Id) -> HttpResponse:
    """Try a failed or cancelled job again."""
    from goldloop.jobs import queue

    return written(job_dict(request, queue.again(_job(request, id).id, user=person_of(request).pk)))


def asked_for(request: Request, kind: str, arguments: Mapping[str, Any]) -> HttpResponse:
    """Ask for a job, and say which one it is."""
    from goldloop.jobs import queue

    job = queue.enqueue(kind, {**arguments, **limits(request)}, user=person_of(request).pk)
    request.audit.note(target=f"job {job.id}", job=kind)
    return written(job_dict(request, job), status=202)


def limits(request: Request) -> dict[str, Any]:
    """The stores beyond which a job must not reach: those of the key it is asked for with."""
    return {"stores": sorted(request.viewer.stores)}


def job_dict(request: Request, job: Job) -> dict[str, Any]:
    """A job as JSON shows it; its error in the asker's language."""
    words = Words(request.lang)
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "files": [one["label"] for one in job.arguments.get("files", ())],
        "stage": job.stage,
        "file": job.file,
        "done": job.done,
        "total": job.total,
        "cancel": job.cancel,
        "asked_at": job.asked_at.isoformat(),
        "not_before": job.not_before and job.not_before.isoformat(),
        "started_at": job.started_at and job.started_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
        "result": job.result,
        "error": as_error(words, stored_error(job.error)) if job.error else None,
    }


def _job(request: Request, id: int) -> Job:
    """A job of the asker's within what her key reaches; any other is `job_unknown`."""
    from goldloop.apps.queue import api as queue

    job = queue.job_show(user=person_of(request).pk, id=id)
    if not _is_within(request, job):
        raise GoldloopError("job_unknown", f"There is no job {id}.", given=id, id=id)
    return job


def _is_within(request: Request, job: Job) -> bool:
    """Whether a job reaches no store beyond those of the key it is looked at with."""
    from goldloop.apps.shops import api as people

    reached = job.arguments.get("stores")
    if reached is None:  # asked for in the browser, with all that she may do
        reached = people.access_of(user=person_of(request), now=datetime.now(UTC)).viewer(request.route.right).stores
    return set(reached) <= request.viewer.stores
