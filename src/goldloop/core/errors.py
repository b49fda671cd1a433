"""Errors a person can act on: what was given, what is allowed, what to do, and a stable code."""

from __future__ import annotations

from typing import Any


class GoldloopError(ValueError):
    """Something that the user can put right; carries everything needed to say how.

    `code` is stable and meant for machines, `text` is one sentence for people, `given` is what came in,
    `allowed` what would have been accepted, and `todo` the next step.

    >>> str(GoldloopError("store_unknown", "There is no store 'x'.", given="x", allowed=["A"], todo="goldloop store add x"))
    "There is no store 'x'. (given: x; allowed: A; to do: goldloop store add x)"
    """

    exit_code = 2  # bad input; failed work uses 1

    def __init__(
        self,
        code: str,
        text: str,
        *,
        given: Any = None,
        allowed: Any = None,
        todo: str | None = None,
        **params: Any,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.given = given
        self.allowed = allowed
        self.todo = todo
        self.params = params  # named values of the sentence, so that another language can build its own

    def as_dict(self) -> dict[str, Any]:
        """The error as the `error` object of every `--json` answer."""
        return {
            "code": self.code,
            "text": self.text,
            "given": self.given,
            "allowed": self.allowed,
            "todo": self.todo,
        }

    def __str__(self) -> str:
        parts = []
        if self.given is not None:
            parts.append(f"given: {self.given}")
        if self.allowed is not None:
            allowed = self.allowed
            if isinstance(allowed, (list, tuple, set, frozenset)):
                allowed = ", ".join(str(a) for a in allowed)
            parts.append(f"allowed: {allowed}")
        if self.todo is not None:
            parts.append(f"to do: {self.todo}")
        return f"{self.text} ({'; '.join(parts)})" if parts else self.text


class WorkFailed(GoldloopError):
    """The input was fine but the work could not be finished (disk full, file unreadable, database locked)."""

    exit_code = 1
