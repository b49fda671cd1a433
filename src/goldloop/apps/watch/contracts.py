"""What others see of watching: rules, outcomes of a day, alarms and their history, as frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from goldloop.core.alarm import Direction, Side

Kind = Literal["figure", "feed"]
Turned = Literal["opened", "kept", "cleared", "quiet", "past"]
DIRECTIONS = ("down", "up", "both")
WIDTHS = {"low": 4.5, "normal": 3.3, "high": 2.5}  # sensitivity -> half the interval in robust sigmas
STATES = ("open", "acknowledged", "cleared")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is applied.

    `stores`: ids, empty for all; `where`: (cut, value) pairs; `rate` a share of the expectation, `amount` in major units
    (of a feed rule: days late), 0 for no such limit; `least` the sample it needs; `quiet`: minutes after midnight from
    and to, None for none.
    """

    id: int
    code: str
    kind: Kind
    figure: str
    stores: frozenset[int]
    where: tuple[tuple[str, str], ...]
    direction: Direction
    rate: float
    amount: Decimal
    least: int
    sensitivity: str
    quiet: tuple[int, int] | None
    enabled: bool

    @property
    def width(self) -> float:
        """Half the interval in robust sigmas."""
        return WIDTHS[self.sensitivity]

    def is_quiet(self, minute: int) -> bool:
        """Whether a minute of the day (0 to 1439) lies in the quiet hours, which may reach over midnight."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= minute < end if start <= end else minute >= start or minute < end


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day came to for a rule and a store, ready to be recorded.

    `verdict`: judged, or the reason why not; `excess` of a judged day; `numbers`, `said` (language -> sentence) and
    `account` are kept with an alarm that opens by it.
    """

    rule: Rule
    store: int
    day: date
    verdict: str
    excess: float | None = None
    subject: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    account: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm as a reader may see it.

    `state`: open, acknowledged or cleared; `side`: down or up (of a feed: up, its lateness); `numbers`: value, expected,
    low, high (as JSON carries figures), unit, currency, sample, like; `said`: language -> one sentence; `account`:
    against, before, after, change, drivers, checks and text, None where none could be made.
    """

    id: int
    rule: str
    kind: Kind
    figure: str
    store: str
    store_id: int
    where: tuple[tuple[str, str], ...]
    subject: str
    side: Side
    state: str
    opened_on: date
    last_on: date
    cleared_on: date | None
    opened_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str
    numbers: dict[str, Any]
    said: dict[str, str]
    account: dict[str, Any] | None

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The alarm as `goldloop watch list --json` prints it; `text` in the language."""
        return {
            **asdict(self),
            "where": [f"{cut}={value}" for cut, value in self.where],
            "text": self.said.get(lang, ""),
        }


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an alarm's history."""

    day: date
    verdict: str
    excess: float | None
    numbers: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The day as `goldloop watch show --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """What recording a day did: opened, kept (still open), cleared, quiet (nothing rings), past (a later day is known)."""

    turned: Turned
    alarm: Alarm | None = None
    cleared: Alarm | None = None
