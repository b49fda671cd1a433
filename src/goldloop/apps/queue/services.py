"""Writes: a job is asked for, claimed, told of, finished, cancelled, tried again; a request is answered once.

Each change names the state it starts from, so that of two processes only one makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from goldloop.apps.queue import models
from goldloop.apps.queue.contracts import Job
from goldloop.apps.queue.queries import OPEN, job_of, job_show, jobs_of
from goldloop.core.errors import GoldloopError, WorkFailed

State = models.Job.State
MOST_STOPS = 3  # a job in whose middle the process ended so often is given up


def job_add(*, kind: str, arguments: Mapping[str, Any], user: int | None, moment: datetime, key: str = "") -> Job:
    """Ask for a job. With a `key` the same wish of the same person gives the job that is there already.

    Raises `job_key_used` when the key was used for something else.
    """
    values = {"arguments": dict(arguments), "asked_at": moment}
    if not key:
        return job_of(models.Job.objects.create(kind=kind, asked_by_id=user, **values))
    row, made = models.Job.objects.get_or_create(kind=kind, asked_by_id=user, key=key, defaults=values)
    if not made and row.arguments != values["arguments"]:
        raise GoldloopError(
            "job_key_used", "This key was used for another wish.", given=key, todo="Use a new key.", key=key
        )
    return job_of(row)


def job_claim(*, id: int, moment: datetime) -> Job | None:
    """Begin a job; None when there is nothing to begin. The caller holds the job's lock.

    One that is said to be running while its lock was free lost its process: it begins again, is given up after
    `MOST_STOPS` times, or ends where somebody wanted it to.
    """
    with transaction.atomic():
        row = models.Job.objects.select_for_update().filter(pk=id, state__in=OPEN).first()
        if row is None:
            return None
        if row.state == State.RUNNING:
            row.stops += 1
        if row.cancel:
            row.state, row.finished_at = State.CANCELLED, moment
        elif row.stops >= MOST_STOPS:
            row.state, row.finished_at, row.error = State.FAILED, moment, _given_up(row.stops)
        else:
            row.state, row.started_at = State.RUNNING, moment
            row.stage, row.file, row.done, row.total = "", "", None, None
        row.save()
    return job_of(row) if row.state == State.RUNNING else None


def job_tell(*, id: int, stage: str, file: str, done: int | None, total: int | None) -> bool:
    """Note how far a running job is; whether somebody wants it to end."""
    rows = models.Job.objects.filter(pk=id, state=State.RUNNING)
    rows.update(stage=stage[:20], file=file[:500], done=done, total=total)
    return bool(rows.values_list("cancel", flat=True).first())


def job_finish(
    *,
    id: int,
    state: str,
    moment: datetime,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Say what came of a running job: done with a `result`, failed with an `error`, or cancelled."""
    models.Job.objects.filter(pk=id, state=State.RUNNING).update(
        state=state, finished_at=moment, result=result, error=error
    )


def job_release(*, id: int, until: datetime | None = None) -> None:
    """Put a running job back: for another process, when this one is told to end, or for a later moment (`until`)."""
    models.Job.objects.filter(pk=id, state=State.RUNNING).update(state=State.QUEUED, not_before=until)


def job_cancel(*, user: int | None, id: int, moment: datetime) -> Job:
    """End a job of this person: one that waits at once, a running one at its next step. Raises `job_over`."""
    if not jobs_of(user).filter(pk=id, state=State.QUEUED).update(
        state=State.CANCELLED, cancel=True, finished_at=moment
    ) and not jobs_of(user).filter(pk=id, state=State.RUNNING).update(cancel=True):
        job = job_show(user=user, id=id)
        raise GoldloopError("job_over", f"Job {id} has ended already.", given=job.state, id=id)
    return job_show(user=user, id=id)


def job_again(*, user: int | None, id: int, moment: datetime) -> Job:
    """Try a failed or cancelled job of this person again. Raises `job_not_failed`."""
    rows = jobs_of(user).filter(pk=id, state__in=(State.FAILED, State.CANCELLED))
    if not rows.update(
        state=State.QUEUED, cancel=False, stops=0, asked_at=moment, not_before=None, finished_at=None, error=None
    ):
        job = job_show(user=user, id=id)
        raise GoldloopError(
            "job_not_failed",
            f"Job {id} is not one that failed or was cancelled.",
            given=job.state,
            allowed=[State.FAILED.value, State.CANCELLED.value],
            id=id,
        )
    return job_show(user=user, id=id)


def answer_once(
    *, user: int, key: str, asked: str, moment: datetime, work: Callable[[], tuple[int, str]]
) -> tuple[int, str, bool]:
    """Status and body of a request with a key, and whether they are those of an earlier one.

    `work` answers it; what it changes in the database and its answer are kept together or not at all. An answer from 400
    on changes nothing and is not kept: the same request may be tried again. Of several at once one works and the others
    wait for its answer. Raises `key_used` when the key came with another request (`asked` differs).
    """
    with transaction.atomic():
        values = {"asked": asked, "kept_at": moment}
        row, made = models.KeptAnswer.objects.get_or_create(user_id=user, key=key, defaults=values)
        if row.asked != asked:
            raise GoldloopError(
                "key_used", "This Idempotency-Key came with another request.", given=key, todo="Use a new key."
            )
        if not made:
            return row.status, row.body, True
        row.status, row.body = work()
        if row.status >= 400:
            transaction.set_rollback(True)
        else:
            row.save(update_fields=["status", "body"])
        return row.status, row.body, False


def answers_forget(*, before: datetime) -> int:
    """Remove answers that were kept before a moment; how many those were."""
    count, _ = models.KeptAnswer.objects.filter(kept_at__lt=before).delete()
    return count


def jobs_forget(*, before: datetime) -> int:
    """Remove jobs that ended before a moment; how many those were."""
    count, _ = models.Job.objects.exclude(state__in=OPEN).filter(finished_at__lt=before).delete()
    return count


def _given_up(stops: int) -> dict[str, Any]:
    error = WorkFailed(
        "job_given_up",
        f"The work ended {stops} times in the middle, so it was given up; nothing was loaded by half.",
        given=stops,
        todo="Split the file, or give the server more memory.",
        stops=stops,
    )
    return {**error.as_dict(), "params": error.params}
