"""What the workers of a run make once for all of them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def of_the_run(folders: pytest.TempPathFactory) -> Path:
    """A folder that is the same for all workers of this run."""
    base = folders.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "of-the-run"
    shared.mkdir(exist_ok=True)
    return shared


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Only one worker at a time is in a block over this folder."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
