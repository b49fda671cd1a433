"""What others see of kept segments, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goldloop.core.members.segments import Segment


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept segment in one of its versions; `current` is the newest, `text` its canonical (English) words."""

    id: int
    name: str
    stores: frozenset[int]
    number: int
    current: int
    text: str
    segment: Segment
    saved_at: datetime
    saved_by: str
