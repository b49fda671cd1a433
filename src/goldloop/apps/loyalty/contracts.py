"""What others see of points, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

FIELDS = {"start": "", "per_unit": "1", "expires": "365", "tier_by": "points", "tiers": ""}
TIER_DAYS = 365


@dataclass(frozen=True, slots=True)
class Program:
    """Rules of points: `rates` by the day from which they hold, `tiers` with their limits (points, or minor units), lowest first."""

    id: int
    name: str
    stores: frozenset[int]
    currency: str
    start: date
    rates: tuple[tuple[date, str], ...]
    expires: int
    tier_by: str
    tiers: tuple[tuple[str, int], ...]
    booked_to: date | None

    def tier(self, value: int) -> str:
        """The highest tier whose limit is reached; '' below all of them."""
        return next((name for name, limit in reversed(self.tiers) if value >= limit), "")

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "name": self.name, "stores": sorted(self.stores), "currency": self.currency, "start": str(self.start),
            "rates": [[str(day), rate] for day, rate in self.rates], "expires": self.expires, "tier_by": self.tier_by,
            "tiers": [list(one) for one in self.tiers],
            "booked_to": None if self.booked_to is None else str(self.booked_to),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger."""

    kind: str
    points: int
    day: date
    by: str
    at: datetime
    reason: bytes


@dataclass(frozen=True, slots=True)
class Balance:
    """A person's points: what she can spend, what she owes, what counts for her tier, and the ledger, newest first."""

    person: str
    points: int
    owed: int
    tier: str
    tier_value: int
    lines: tuple[Line, ...]
