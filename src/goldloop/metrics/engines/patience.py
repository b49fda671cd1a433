"""How long the statements of one request may take together: what is still running then is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, Timer
from time import monotonic
from typing import Protocol

from goldloop.core.errors import WorkFailed


class Running(Protocol):
    """Where statements run: a cursor of DuckDB, or a tag of Spark's work."""

    def interrupt(self) -> None:
        """End what runs there, from another thread."""


class QueryTooLong(WorkFailed):
    """A question whose statements took longer than they may."""


class Patience:
    """The seconds that the statements of one thread may take together; what happens between them does not count."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._spent = 0.0
        self._began = 0.0
        self._running: Running | None = None
        self._ended = False
        self._lock = Lock()
        self._timer: Timer | None = None

    @contextmanager
    def over(self, running: Running) -> Iterator[None]:
        """Run statements; raises `QueryTooLong` query_too_long."""
        self._begin(running)
        try:
            yield
        except Exception:  # every engine has its own for what was interrupted
            if not self._ended:
                raise
            raise self._refusal() from None
        finally:
            with self._lock:
                self._spent += monotonic() - self._began
                self._running = None

    def end(self) -> None:
        """Watch no longer."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _begin(self, running: Running) -> None:
        with self._lock:
            if self._spent >= self.seconds:
                raise self._refusal()
            self._running, self._began, self._ended = running, monotonic(), False
            if self._timer is None:
                self._watch(self.seconds)

    def _watch(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        """Interrupt what runs if the time is over; else look again at the earliest moment when it can be."""
        with self._lock:
            spent = self._spent + (monotonic() - self._began if self._running is not None else 0.0)
            if spent < self.seconds:
                self._watch(self.seconds - spent)
            elif self._running is not None:
                self._ended = True
                self._running.interrupt()

    def _refusal(self) -> QueryTooLong:
        return QueryTooLong(
            "query_too_long",
            f"The question took longer than {self.seconds:g} seconds and was given up.",
            todo="Ask for fewer days, stores or segments at once.",
            seconds=f"{self.seconds:g}",
        )


_now: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Within it, statements of this thread may take so long together."""
    found = Patience(seconds)
    token = _now.set(found)
    try:
        yield
    finally:
        _now.reset(token)
        found.end()


@contextmanager
def within_patience(running: Running) -> Iterator[None]:
    """Run statements, as long as there is patience for them; for ever where nobody set an end."""
    found = _now.get()
    if found is None:
        yield
        return
    with found.over(running):
        yield
