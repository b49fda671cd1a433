"""Answers that every process asks a version of the lake for, such as what is loaded: kept in a folder between processes.

An answer's name is a digest of the whole script that gives it, with the files it reads; files of the lake never change.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from goldloop.metrics.types import Result

MOST_ROWS = 20_000  # of an answer that is kept
MOST_KEPT = 400  # answers; where there are more, the older half goes
_KINDS: dict[str, tuple[type, Callable[[str], Any]]] = {  # datetime before date, which it is one of
    "time": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
    "decimal": (Decimal, Decimal),
}


def told(cache: Path | None, script: str, run: Callable[[], Result]) -> Result:
    """What a script gave before, or gives when it is `run` now; without a `cache` nothing is kept."""
    if cache is None:
        return run()
    file = cache / "told" / f"{hashlib.sha256(script.encode()).hexdigest()[:32]}.json"
    held = _held(file)
    if held is not None:
        return held
    found = run()
    if len(found.rows) <= MOST_ROWS:
        _keep(file, found)
    return found


def _held(file: Path) -> Result | None:
    """What was kept; None where it is not there, or not whole."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"), object_hook=_read)
        names, rows = list(held["names"]), [tuple(row) for row in held["rows"]]
        os.utime(file)  # what is asked for stays
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return None
    return Result(names, rows) if all(len(row) == len(names) for row in rows) else None


def _keep(file: Path, found: Result) -> None:
    part = file.with_suffix(f".{os.getpid()}")
    try:
        text = json.dumps({"names": found.names, "rows": found.rows}, default=_written)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(file)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        others = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in others[: len(others) // 2] if len(others) > MOST_KEPT else ():
            old.unlink(missing_ok=True)
    except (OSError, TypeError):
        pass  # a folder that cannot be written, or an answer that cannot, only costs time


def _written(value: object) -> dict[str, str]:
    for name, (kind, _) in _KINDS.items():
        if isinstance(value, kind):
            return {name: str(value)}
    raise TypeError


def _read(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        [(name, text)] = found.items()
        if name in _KINDS:
            return _KINDS[name][1](text)
    return found
