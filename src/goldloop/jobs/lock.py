"""Locks between processes. The system frees the lock of a killed process, so none is ever left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import filelock

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.home import Home

PATIENCE = 3600.0  # seconds; longer than the longest import
Waiting = Callable[[], None]


def check_writable(home: Home) -> None:
    """Raise `lake_read_only` where the lake is a published one, before anything of the work has been done."""
    if home.remote is not None:
        raise GoldloopError(
            "lake_read_only",
            "This lake was published by another place and is only read here; nothing was changed.",
            given=str(home.remote),
            todo="Do it where the lake is written (without GOLDLOOP_LAKE=s3://), then: goldloop lake publish",
        )


@contextmanager
def writer(home: Home, waiting: Waiting | None = None) -> Iterator[None]:
    """Be the only writer of the lake of this home; `waiting` is called once when somebody else is.

    Raises `lake_read_only`.
    """
    check_writable(home)
    with _held(home, "lake", waiting):
        yield


@contextmanager
def claim(home: Home, *parts: object, waiting: Waiting | None = None) -> Iterator[None]:
    """Be the only one who works on the import that these parts name (content, member, sheet, store ...).

    There are 256 such locks, so that their files do not pile up; two imports that share one wait for each other.
    """
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()
    with _held(home, f"claim-{digest[:2]}", waiting):
        yield


@contextmanager
def kept_files(home: Home) -> Iterator[None]:
    """Be the only one who adds or removes kept source files."""
    with _held(home, "sources", None):
        yield


@contextmanager
def rollups(home: Home) -> Iterator[None]:
    """Be the only one who makes rollups."""
    with _held(home, "rollups", None):
        yield


@contextmanager
def publishing(home: Home) -> Iterator[None]:
    """Be the only one who publishes the lake."""
    with _held(home, "publish", None):
        yield


@contextmanager
def scratch(home: Home) -> Iterator[None]:
    """Be the only one who makes or tidies folders for jobs."""
    with _held(home, "tmp", None):
        yield


@contextmanager
def _held(home: Home, name: str, waiting: Waiting | None) -> Iterator[None]:
    lock = filelock.FileLock(home.locks / f"{name}.lock")
    try:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if waiting:
                waiting()
            lock.acquire(timeout=PATIENCE)
    except filelock.Timeout as error:
        raise WorkFailed(
            "lock_waited",
            "Another goldloop process has been at work for more than an hour.",
            todo="Wait for it or end it, then start again.",
        ) from error
    try:
        yield
    finally:
        lock.release()
