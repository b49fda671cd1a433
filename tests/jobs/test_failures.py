"""What the machine does to us is said in our words, whoever reports it."""

from __future__ import annotations

import errno

import pytest

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.jobs import failures


class EngineError(Exception):
    """Stands for an engine that wraps the system's words."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "disk_full"),
        (EngineError("IO Error: No space left on device"), "disk_full"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), "not_writable"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "not_writable"),
        (EngineError("Generic error: Read-only file system (os error 30)"), "not_writable"),
        (OSError(errno.EIO, "Input/output error", "/x"), "file_failed"),
        (MemoryError(), "memory_full"),
    ],
)
def test_failures_of_the_machine_are_named(error: Exception, code: str) -> None:
    with pytest.raises(WorkFailed) as caught, failures.explained():
        raise error
    assert (caught.value.code, caught.value.exit_code) == (code, 1)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("database is locked", "database_busy"),
        ("malformed", "database_failed"),
        ("attempt to write a readonly database", "not_writable"),
    ],
)
def test_failures_of_the_database_are_named(home, words: str, code: str) -> None:
    from django.db import OperationalError

    with pytest.raises(WorkFailed) as caught, failures.explained():
        raise OperationalError(words)
    assert caught.value.code == code


def test_our_own_errors_and_our_own_faults_pass() -> None:
    with pytest.raises(GoldloopError, match="x"), failures.explained():
        raise GoldloopError("x", "x")
    with pytest.raises(ZeroDivisionError), failures.explained():
        1 / 0  # noqa: B018
