"""What others see of decisions, consents and notes, as frozen values; sealed words stay sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["merge", "split", "apart"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about keys; `other` is empty for a split. Taken back where `undone_at` is set.

    `joined_by`: the number of the standing merge that joined a pair after it was said to be apart; 0: none.
    """

    id: int
    kind: Kind
    one: str
    other: str
    reason: bytes
    by: str
    at: datetime
    undone_by: str = ""
    undone_at: datetime | None = None
    joined_by: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent to be written to; withdrawn where `withdrawn_at` is set."""

    key: str
    kind: str
    address: bytes
    source: str
    given_at: datetime
    withdrawn_at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about a person."""

    id: int
    key: str
    text: bytes
    by: str
    at: datetime
