"""How work behind the pages says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from goldloop.apps.queue import api as queue
from goldloop.jobs.progress import Cancelled

PAUSE = 0.5  # seconds between two notes in one stage


class Telling:
    """Progress that is noted in the job's row, and the place where a wish to cancel is heard.

    `so_far` is what stays of a job that ends before all is done, `afterwards` what is called once its outcome is noted.
    """

    def __init__(self, id: int) -> None:
        self.so_far: dict[str, Any] | None = None
        self.afterwards: list[Callable[[], None]] = []
        self._id, self._stage, self._at = id, "", 0.0

    def __call__(self, stage: str, file: str, done: int | None = None, total: int | None = None) -> None:
        now = monotonic()
        if stage == self._stage and now - self._at < PAUSE:
            return
        self._stage, self._at = stage, now
        if queue.job_tell(id=self._id, stage=stage, file=file, done=done, total=total):
            raise Cancelled
