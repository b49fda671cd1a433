"""What is read from files that come with this package, kept between two runs as Python keeps its compiled modules.

A compiled value lies beside those of the modules (`__pycache__`), is trusted as they are, and holds as long as size and
time of change of all its sources stay the same. Where that folder cannot be written, the sources are read each time.
"""

from __future__ import annotations

import importlib.util
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def compiled(place: Path, sources: Sequence[Path], make: Callable[[], T]) -> T:
    """What `make` returns, from the compiled file of `place` (a path beside the sources, as of a module) if that is of
    these sources as they are now; otherwise made, and kept for the next run."""
    try:
        kept = Path(importlib.util.cache_from_source(str(place))).with_suffix(".pickle")
    except NotImplementedError:  # an interpreter that keeps nothing
        return make()
    states = [(str(file), state.st_size, state.st_mtime_ns) for file in sources for state in [file.stat()]]
    try:
        before, made = pickle.loads(kept.read_bytes())
        if before == states:
            return made
    except Exception:  # none yet, half a file, of an older program: the sources decide
        pass
    value = make()
    if not sys.dont_write_bytecode:
        _keep(kept, pickle.dumps((states, value), protocol=5))
    return value


def _keep(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all; nothing rests on it."""
    import tempfile  # rarely needed

    try:
        path.parent.mkdir(exist_ok=True)
        number, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except OSError:
        return
