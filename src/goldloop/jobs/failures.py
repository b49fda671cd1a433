"""What went wrong with the machine, said in our own words: disk full, folder read-only, database locked."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from goldloop.core.errors import GoldloopError, WorkFailed

FULL = ("no space left", "disk is full", "disk full", "quota exceeded", "file too large", "enospc")
READ_ONLY = ("read-only file system", "readonly database", "permission denied", "operation not permitted")


@contextmanager
def explained() -> Iterator[None]:
    """Turn failures of disk, folders and database inside the block into `WorkFailed`; anything else passes."""
    try:
        yield
    except GoldloopError:
        raise
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        raise known from error


def as_stored(error: GoldloopError) -> dict[str, Any]:
    """The error as it is kept with a refused import: what JSON cannot say becomes text."""
    whole = {**error.as_dict(), "params": error.params}
    return cast(dict[str, Any], json.loads(json.dumps(whole, ensure_ascii=False, default=str)))


def explain(error: BaseException) -> WorkFailed | None:
    """The error in our words; None when it is not one of the machine's.

    The engines below wrap the system's message in classes of their own, so its words are looked for as well.
    """
    words = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    where = str(error.filename) if isinstance(error, OSError) and error.filename else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or any(text in words for text in FULL):
        return WorkFailed(
            "disk_full", "The disk is full; nothing was loaded.", given=where, todo="Free some space and start again."
        )
    if number in (errno.EROFS, errno.EACCES, errno.EPERM) or any(text in words for text in READ_ONLY):
        return WorkFailed(
            "not_writable",
            "A folder or file may not be written.",
            given=where,
            todo="Give yourself the right to write there, or use another --home.",
        )
    if isinstance(error, OSError):
        return WorkFailed(
            "file_failed", f"A file could not be read or written: {error.strerror}.", given=where, reason=error.strerror
        )
    if isinstance(error, MemoryError):
        return WorkFailed(
            "memory_full", "There is not enough memory for this.", todo="Split the file, or close other programs."
        )
    return _database(error, words)


def _database(error: BaseException, words: str) -> WorkFailed | None:
    import sys

    django = sys.modules.get("django.db")
    if django is None or not isinstance(error, django.Error):
        return None
    if "locked" in words:
        return WorkFailed(
            "database_busy", "The database is locked by another process.", todo="Start the command again in a moment."
        )
    return WorkFailed(
        "database_failed",
        "The database could not be used.",
        given=str(error).strip(),
        todo="Check GOLDLOOP_DATABASE_URL and the home folder.",
    )
