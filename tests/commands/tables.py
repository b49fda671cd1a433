"""New homes on SQLite begin with a copy of the tables of the first one: to make them takes longer than most tests."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any


def copied(make: Callable[[Any], None], first: Path) -> Callable[[Any], None]:
    """A `make` of a home's tables that keeps what it made the first time in the file `first`."""

    def migrate(home: Any) -> None:
        file = Path(home.database["NAME"])
        if not home.database["ENGINE"].endswith("sqlite3") or file.exists():
            make(home)
            return
        with first.with_suffix(".lock").open("w") as lock:  # what one makes the others wait for
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not first.exists():
                make(home)
                keep(file, first)
                return
        shutil.copyfile(first, file)
        file.chmod(0o600)

    return migrate


def keep(file: Path, first: Path) -> None:
    part = first.with_suffix(f".{os.getpid()}")
    with sqlite3.connect(file) as made, sqlite3.connect(part) as kept:
        made.backup(kept)
    part.replace(first)
