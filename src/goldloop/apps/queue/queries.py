"""Reads: a person's jobs, and which ones wait to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from goldloop.apps.queue import models
from goldloop.apps.queue.contracts import Job
from goldloop.core.errors import GoldloopError

OPEN = (models.Job.State.QUEUED, models.Job.State.RUNNING)


def job_of(row: models.Job) -> Job:
    """The frozen form of a row."""
    return Job(
        id=row.pk,
        kind=row.kind,
        arguments=row.arguments,
        state=row.state,
        asked_by=row.asked_by_id,
        asked_at=row.asked_at,
        not_before=row.not_before,
        cancel=row.cancel,
        stops=row.stops,
        started_at=row.started_at,
        finished_at=row.finished_at,
        stage=row.stage,
        file=row.file,
        done=row.done,
        total=row.total,
        result=row.result,
        error=row.error,
    )


def jobs_of(user: int | None) -> QuerySet[models.Job]:
    """The rows of a person's jobs; None for those that nobody signed in asked for."""
    return models.Job.objects.filter(asked_by=user)


def job_show(*, user: int | None, id: int) -> Job:
    """A job of this person; somebody else's is `job_unknown` like one that does not exist."""
    row = jobs_of(user).filter(pk=id).first()
    if row is None:
        raise GoldloopError("job_unknown", f"There is no job {id}.", given=id, id=id)
    return job_of(row)


def job_list(
    *,
    user: int | None,
    kinds: Sequence[str] = (),
    states: Sequence[str] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[Job]:
    """A person's jobs, newest first; `limit` of them from `offset` on."""
    rows = jobs_of(user).order_by("-id")
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if states:
        rows = rows.filter(state__in=states)
    return [job_of(row) for row in rows[offset : None if limit is None else offset + limit]]


def jobs_open(*, moment: datetime) -> list[int]:
    """Ids of all jobs that may be begun at a moment or are said to be running, oldest first."""
    due = Q(not_before=None) | Q(not_before__lte=moment)
    return list(models.Job.objects.filter(due, state__in=OPEN).order_by("id").values_list("pk", flat=True))
