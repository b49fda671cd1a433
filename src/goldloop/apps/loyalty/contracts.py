"""What others see of points, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goldloop.core.money import to_text

FIELDS = {
    "start": "", "per_unit": "1", "expires": "365", "tier_by": "points", "tiers": "",
    "refer_points": "0",  # to who brings a friend
    "friend_points": "0",  # to the friend
    "refer_days": "15",  # after the friend's first order, in which it may still come back
    "refer_least": "0",  # what that order has to be worth, less refunds, in major units
    "refer_most": "10",  # friends of one person within 30 days
}  # fmt: skip
TIER_DAYS = 365
SOON_DAYS = 30  # ahead, of points that are going to expire
REFUSALS = ("self", "shared", "ring", "not_new", "taken", "late")  # why a friend who was claimed brings nothing
REFERRALS = ("waiting", "rewarded", "refused", "taken_back")


@dataclass(frozen=True, slots=True)
class Referring:
    """What bringing a friend is worth, to both, and what it takes; `least` in minor units."""

    points: int
    friend_points: int
    days: int
    least: int
    most: int


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
    referring: Referring
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
            "refer_points": self.referring.points, "friend_points": self.referring.friend_points,
            "refer_days": self.referring.days, "refer_least": to_text(self.referring.least, self.currency),
            "refer_most": self.referring.most,
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
    """A person's points: what she can spend, what of it expires within SOON_DAYS unless she spends it, what she owes, what
    counts for her tier, and the ledger, newest first."""

    person: str
    points: int
    expiring: int
    owed: int
    tier: str
    tier_value: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """All accounts of a program: how many, points that can be spent, those of them that expire soon, points owed."""

    accounts: int
    points: int
    expiring: int
    owed: int


@dataclass(frozen=True, slots=True)
class Referral:
    """A friend whom somebody brought, by the keys under which she may buy; `reason` says why nobody is rewarded, `bought_on`
    the day of her first order."""

    id: int
    code: str
    referrer: str
    friend: str
    also: tuple[str, ...]
    state: str
    reason: str
    claimed_on: date
    bought_on: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a friend: rewarded where there is no `reason`; of one who was rewarded, why that is taken back."""

    id: int
    referrer: str
    friend: str
    reason: str
    bought_on: date | None
