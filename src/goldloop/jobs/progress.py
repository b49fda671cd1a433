"""How a job tells whoever started it how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the stage (hash, keep, read, wait, load), the file, and bytes or rows done of a total, if known."""

    def __call__(self, stage: str, file: str, done: int | None = None, total: int | None = None) -> None: ...


def silent(stage: str, file: str, done: int | None = None, total: int | None = None) -> None:
    """Tell nobody."""
