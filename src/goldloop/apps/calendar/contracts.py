"""What others see of annotations and events, as frozen values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from goldloop.core.calendar import Period
from goldloop.core.event import FIELDS, Content

NOTE_KINDS = ("note", "arrival", "leave")  # what people say of days: anything, goods that arrive, someone who is away
EVENT_OWNERS = ("operations", "traffic", "members")
TASK_STATES = ("open", "done", "dropped")
CHECKLIST = Path(__file__).with_name("checklist.toml")


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
    kind: str = "note"

    def as_dict(self) -> dict[str, Any]:
        """As `goldloop note list --json` carries it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class EventVersion:
    """An event as somebody proposed it. `baseline`: store -> day -> normal sales (minor units), frozen when it was made."""

    number: int
    content: Content
    baseline: Mapping[int, Mapping[date, int]]
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be ready by `due`; `state` is open, done or dropped, `by` and `at` who said so last (None: nobody yet)."""

    id: int
    code: str
    words: Mapping[str, str]
    owner: str
    due: date
    state: str
    by: str | None
    at: datetime | None

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "id": self.id,
            "code": self.code or None,
            "text": self.words[lang],
            "owner": self.owner,
            "due": str(self.due),
            "state": self.state,
            "by": self.by,
            "at": None if self.at is None else self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Review:
    """What version `number` brought a store, as the data up to `known` told it at `at`."""

    number: int
    store: int
    known: date
    told: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of an event's history: `what` is made, changed, accepted, declined, cancelled, done, open, dropped or reviewed.

    `about`: field, task or store; `before` and `after` only of a changed field.
    """

    at: datetime
    by: str
    what: str
    about: str = ""
    before: str | None = None
    after: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Event:
    """An event of some stores in one of its versions; `current` is the number of its newest one."""

    id: int
    stores: frozenset[int]
    currency: str
    owner: str
    state: str
    current: int
    version: EventVersion
    tasks: tuple[Task, ...]
    reviews: tuple[Review, ...]

    @property
    def key(self) -> str:
        """What its days are called in the calendar of the figures."""
        return f"event-{self.id}"

    @property
    def content(self) -> Content:
        """What the event is to be."""
        return self.version.content

    @property
    def days(self) -> Period:
        """From its first phase to its last."""
        return self.content.days

    @property
    def stands(self) -> bool:
        """Whether it takes place, as far as one knows: neither declined nor cancelled."""
        return self.state in ("proposed", "accepted")

    def normal(self, days: Period) -> int | None:
        """Normal sales of these days by the frozen baseline, in minor units; None where it does not tell them all."""
        wanted = [days.first + timedelta(days=n) for n in range(days.days)]
        told = [self.version.baseline.get(store, {}).get(day) for store in self.stores for day in wanted]
        known = [value for value in told if value is not None]
        return sum(known) if len(known) == len(told) else None

    def newest_reviews(self) -> list[Review]:
        """The newest review of each store, of the version in force."""
        mine = [one for one in self.reviews if one.number == self.version.number]
        return list({one.store: one for one in sorted(mine, key=lambda one: one.known)}.values())


def differences(left: EventVersion, right: EventVersion) -> list[tuple[str, str | None, str | None]]:
    """The fields that two versions have differently, each with what stands left and right (None: nothing)."""
    said = left.content.said, right.content.said
    return [(f, said[0].get(f), said[1].get(f)) for f in FIELDS if said[0].get(f) != said[1].get(f)]


@dataclass(frozen=True, slots=True)
class Usual:
    """A task of the checklist; `days` before the opening or (negative) after the end, `kinds` the events that need it."""

    code: str
    owner: str
    days: int
    kinds: tuple[str, ...]
    words: Mapping[str, str]


@cache
def checklist() -> tuple[Usual, ...]:
    """The tasks that events usually need, the earliest first."""
    rows = tomllib.loads(CHECKLIST.read_text(encoding="utf-8"))["task"]
    return tuple(
        Usual(
            row["code"],
            row["owner"],
            row["before"] if "before" in row else -row["after"],
            tuple(row.get("kinds", ())),
            {"zh": row["zh"], "en": row["en"]},
        )
        for row in rows
    )
