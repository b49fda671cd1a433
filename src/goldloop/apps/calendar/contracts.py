"""What others see of annotations, as frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation of business days `first` to `last`, both inside; `store` is None where it holds for all stores."""

    id: int
    store: int | None
    first: date
    last: date
    text: str
    made_by: str
    made_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """As `goldloop note list --json` carries it."""
        return asdict(self)
