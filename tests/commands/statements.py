"""SQL of figures, made once for all homes of a run and all of its processes: a home keeps its own, but each test has a new one."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def kept(make: Callable[..., str], folder: Path) -> Callable[..., str]:
    """A `make` of SQL whose answers are kept in `folder`."""
    folder.mkdir(exist_ok=True)

    @functools.cache
    def made(*of: Any) -> str:
        file = folder / hashlib.sha256(repr(of).encode()).hexdigest()
        if not file.exists():
            part = file.with_suffix(f".{os.getpid()}")
            part.write_text(make(*of), "utf-8")
            part.replace(file)
        return file.read_text("utf-8")

    return made
