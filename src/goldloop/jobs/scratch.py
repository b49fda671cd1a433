"""Folders for files that are needed for the length of one job; those of killed processes are taken away by the next one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from goldloop.home import Home
from goldloop.jobs import lock

_LOCK = ".lock"  # held as long as its folder is in use; the system frees that of a killed process


@contextmanager
def scratch(home: Home) -> Iterator[Path]:
    """An empty folder of one's own (mode 0700), removed whatever happens."""
    with lock.scratch(home):
        _tidy(home.tmp)
        folder = Path(tempfile.mkdtemp(dir=home.tmp))
        mine = filelock.FileLock(folder / _LOCK)
        mine.acquire()
    try:
        yield folder
    finally:
        mine.release()
        shutil.rmtree(folder, ignore_errors=True)


def tidy(home: Home) -> int:
    """Remove the folders that nobody uses; how many those were."""
    with lock.scratch(home):
        return _tidy(home.tmp)


def _tidy(tmp: Path) -> int:
    gone = 0
    for left in tmp.iterdir():
        held = filelock.FileLock(left / _LOCK)
        try:
            held.acquire(timeout=0)
        except filelock.Timeout:
            continue  # in use
        except OSError:
            pass  # no folder of ours
        held.release()
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
        gone += 1
    return gone
