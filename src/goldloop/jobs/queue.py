"""Work behind the pages: asked for in a request, done by a worker process, once.

A worker holds the lock of the job it is at. The system frees the lock of a killed process, so a job that is said to be
running while its lock is free has lost its worker, and the next one begins it again: every kind of work can be begun
again (`tasks`), because what it changes becomes visible with one row of the database.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import filelock

from goldloop.apps.queue import api as queue
from goldloop.apps.queue.api import Job
from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.home import Home
from goldloop.jobs import failures, tasks, uploaded
from goldloop.jobs.progress import Cancelled, Later
from goldloop.jobs.telling import Telling

PAUSE = 0.3  # seconds between two looks for work
LOCKS = 64  # jobs share so many lock files, so that they do not pile up
KEPT = timedelta(days=30)  # how long a job that ended is shown
ANSWERS_KEPT = timedelta(days=7)  # how long a request with a key gets its first answer again
TIDY = 3600.0  # seconds between two rounds of tidying


def enqueue(kind: str, arguments: Mapping[str, Any], *, user: int | None, key: str = "") -> Job:
    """Ask for work of a kind (see `tasks.KINDS`); with a `key`, the same wish twice is one job.

    Raises `job_kind_unknown` or `job_key_used`.
    """
    if kind not in tasks.KINDS:
        raise GoldloopError("job_kind_unknown", f"There is no work '{kind}'.", given=kind, allowed=list(tasks.KINDS), kind=kind)  # fmt: skip
    return queue.job_add(kind=kind, arguments=arguments, user=user, moment=datetime.now(UTC), key=key)


def cancel(id: int, *, user: int | None) -> Job:
    """End a job: one that waits at once, a running one at its next step. Raises `job_unknown` or `job_over`."""
    return queue.job_cancel(user=user, id=id, moment=datetime.now(UTC))


def again(id: int, *, user: int | None) -> Job:
    """Try a job that failed or was cancelled again. Raises `job_unknown` or `job_not_failed`."""
    return queue.job_again(user=user, id=id, moment=datetime.now(UTC))


def work(home: Home, *, until: Callable[[], bool]) -> None:
    """Do what is asked for, job after job, until told to stop."""
    tidied = -TIDY
    while not until():
        if monotonic() - tidied >= TIDY:
            tidied = monotonic()
            tidy(home)
        if not work_one(home):
            time.sleep(PAUSE)


def work_one(home: Home) -> bool:
    """Do the oldest job that nobody is at; whether there was one."""
    for id in queue.jobs_open(moment=datetime.now(UTC)):
        held = filelock.FileLock(home.locks / f"job-{id % LOCKS:02d}.lock")
        try:
            held.acquire(timeout=0)
        except filelock.Timeout:
            continue
        try:
            job = queue.job_claim(id=id, moment=datetime.now(UTC))
            if job is not None:
                _do(home, job)
                return True
        finally:
            held.release()
    return False


def tidy(home: Home) -> None:
    """Forget jobs that ended long ago, answers to requests of last week, and uploads that nobody came back to."""
    now = datetime.now(UTC)
    queue.jobs_forget(before=now - KEPT)
    queue.answers_forget(before=now - ANSWERS_KEPT)
    uploaded.tidy(home, now=now)


def _do(home: Home, job: Job) -> None:
    """Do a claimed job and note what came of it; only the end of the process is no outcome."""
    tell = Telling(job.id)
    try:
        with failures.explained():
            result = tasks.KINDS[job.kind](home, job, tell)
        _finish(job, "done", result=result)
    except Later as later:  # no worker is held meanwhile
        queue.job_release(id=job.id, until=later.until)
        return
    except Cancelled:
        _finish(job, "cancelled", result=tell.so_far)
    except GoldloopError as error:
        _finish(job, "failed", result=tell.so_far, error=failures.as_stored(error))
    except Exception as error:
        _finish(job, "failed", result=tell.so_far, error=failures.as_stored(_unforeseen(error)))
        sys.excepthook(type(error), error, error.__traceback__)  # for the log of whoever keeps the server running
    except BaseException:  # this process was told to end
        queue.job_release(id=job.id)
        raise
    for last in tell.afterwards:
        last()


def _finish(job: Job, state: str, **outcome: Any) -> None:
    queue.job_finish(id=job.id, state=state, moment=datetime.now(UTC), **outcome)


def _unforeseen(error: Exception) -> WorkFailed:
    return WorkFailed(
        "internal_error",
        "Something went wrong inside goldloop; nothing was loaded by half.",
        given=type(error).__name__,  # its words may hold cells of the file
        todo="Try again; if it stays, report it with the time.",
    )


def run(home: Home, parent: int | None = None) -> None:
    """Be a worker until SIGTERM or Ctrl-C, or until the process `parent` that started this one is gone."""

    def end(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    _load_engines()
    with suppress(KeyboardInterrupt):
        work(home, until=lambda: parent is not None and os.getppid() != parent)


def _load_engines() -> None:
    """Import what every job needs, before the first one waits for it."""
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import goldloop.jobs.import_file  # noqa: F401
