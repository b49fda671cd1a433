"""What others see of a job, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: who asked for what, how far it is, and its result or error.

    `state`: queued, running, done, failed or cancelled. `stage`, `file`, `done` and `total` as in `jobs.progress`;
    `not_before`: it goes on then; `cancel`: somebody wants it to end; `stops`: how often the process at work on it ended in the middle; `error` has
    code, text, given, allowed, todo and params.
    """

    id: int
    kind: str
    arguments: dict[str, Any]
    state: str
    asked_by: int | None
    asked_at: datetime
    not_before: datetime | None = None
    cancel: bool = False
    stops: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stage: str = ""
    file: str = ""
    done: int | None = None
    total: int | None = None
    result: dict[str, Any] | None = field(default=None)
    error: dict[str, Any] | None = field(default=None)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.state in ("done", "failed", "cancelled")
