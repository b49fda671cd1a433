"""What others see of actions, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

STATES = ("open", "accepted", "done", "measured", "declined", "duplicate")
ANSWERS = ("accepted", "declined", "later", "duplicate")


@dataclass(frozen=True, slots=True)
class Action:
    """Something proposed: `kind` and `ref` name it where it lives ("wave", 7).

    `predicted` (never changed) and `result` hold money as text in major units with `low` and `high`, cost, hold-out and
    evidence; None: not measured yet. `due`: the day to do it, moved by "later".
    """

    id: int
    kind: str
    ref: int
    title: str
    stores: frozenset[int]
    currency: str
    owner: str
    state: str
    due: date
    predicted: Mapping[str, Any]
    result: Mapping[str, Any] | None
    receipt: str
    reason: str
    by: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "id": self.id, "kind": self.kind, "ref": self.ref, "title": self.title, "currency": self.currency,
            "owner": self.owner, "state": self.state, "due": str(self.due), "predicted": dict(self.predicted),
            "result": None if self.result is None else dict(self.result), "receipt": self.receipt,
            "reason": self.reason, "by": self.by, "at": self.at.isoformat(),
        }  # fmt: skip
