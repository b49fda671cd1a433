"""How a job tells whoever started it how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from goldloop.core.errors import GoldloopError


class Progress(Protocol):
    """Called with the stage (files, hash, keep, read, wait, load), the file, and what is done of a total, if known.

    Bytes or rows are counted; for `files`, with which each of many files begins, files.
    """

    def __call__(self, stage: str, file: str, done: int | None = None, total: int | None = None) -> None: ...


def silent(stage: str, file: str, done: int | None = None, total: int | None = None) -> None:
    """Tell nobody."""


class Cancelled(GoldloopError):
    """Raised by a progress function: somebody wants the work to end, here, between two of its steps."""

    def __init__(self) -> None:
        super().__init__("job_cancelled", "The work was cancelled; nothing was loaded by half.")


class Later(Exception):
    """Raised by a kind of work that can only go on at a later moment, `until`; what it has done so far stays done."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until
