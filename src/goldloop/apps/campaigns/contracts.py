"""What others see of waves, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from goldloop.core.money import to_text
from goldloop.core.wave import Wave, campaign, planned

FILES = ("list", "reminder")
BY_FILE = "file"  # somebody took the list to whoever sends it; every other way is a gateway's
MESSAGES = ("waiting", "sending", "sent", "unclear", "failed", "left_out")
CHANNELS = ("phone", "platform")  # of reach A and B
REASONS = (
    "price", "quality", "size", "delivery", "service", "elsewhere", "no_need", "unreached", "other",
)  # fmt: skip
TOTALS = ("pushed", "claimed", "used", "expired", "stopped")
RULES = {
    "contact_days": "7",  # nobody gets two waves within so many days
    "refund_days": "30",  # nobody gets one so soon after a refund
    "global_holdout": "0",  # share of all people that no wave ever reaches
    "message_price": "0.05",  # of one message, in major units
    "signature": "",  # 【...】 before every message
    "unsubscribe": "拒收请回复R",
    "hours": "09:00-20:00",  # in which messages may go out
}


@dataclass(frozen=True, slots=True)
class File:
    """The receipt of a file that went out; `cost`: what it may cost at most, in minor units."""

    kind: str
    sha256: str
    lines: int
    cost: int
    by: str
    at: datetime
    way: str = BY_FILE

    def as_dict(self, currency: str) -> dict[str, Any]:
        """As JSON carries it, its cost in major units of the wave's currency."""
        return {**asdict(self), "cost": to_text(self.cost, currency), "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Seen:
    """A wave in its newest version. `told`: what its check said; `results`: what it brought, newest first, with `known`."""

    id: int
    stores: frozenset[int]
    state: str
    number: int
    wave: Wave
    salt: str
    told: Mapping[str, Any] | None
    files: tuple[File, ...]
    totals: Mapping[str, int] | None
    results: tuple[Mapping[str, Any], ...]
    reason: str
    by: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "id": self.id, "campaign": campaign(self.id), "state": self.state, "version": self.number, "currency": self.wave.currency,
            "fields": dict(self.wave.said), "planned": planned(self.wave.said["name"]), "check": None if self.told is None else dict(self.told),
            "files": [one.as_dict(self.wave.currency) for one in self.files],
            "totals": None if self.totals is None else dict(self.totals),
            "result": dict(self.results[0]) if self.results else None, "reason": self.reason, "by": self.by,
            "at": self.at.isoformat(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reached:
    """How one person may be reached: `sealed` holds her phone or platform id."""

    person: str
    channel: str
    sealed: bytes
    consented_at: datetime | None
    source: str
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """A line of a wave that a gateway is to send; the receiver knows it again by its `key`."""

    id: int
    person: str
    key: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Why a person no longer buys; `note` is sealed."""

    person: str
    code: str
    note: bytes = b""


@dataclass(frozen=True, slots=True)
class MonthBudget:
    """What a month's waves may cost at most and what exported ones took of it, in minor units."""

    month: date
    currency: str
    amount: int
    taken: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it, amounts in major units."""
        amounts = {name: to_text(getattr(self, name), self.currency) for name in ("amount", "taken")}
        return {"month": f"{self.month:%Y-%m}", "currency": self.currency, **amounts}
