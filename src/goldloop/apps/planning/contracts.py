"""What others see of plans: versions with their answers and comments, and differences, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Owner = Literal["operations", "traffic", "members"]
OWNERS: tuple[Owner, ...] = ("operations", "traffic", "members")
LockRow = Mapping[str, str]  # figure, value (major units), period and store ("" for all of them)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one owner said of a version."""

    owner: str
    said: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said; `about` a variable or a period of the plan, or nothing in particular."""

    about: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A plan as somebody proposed it.

    `values`: variable -> text in major units; `shapes`: store -> driver -> day -> weight; `sources`: source group -> share
    of the visitors, in any common unit (nothing: visitors are planned as a whole).
    """

    number: int
    state: str
    values: Mapping[str, str]
    locks: tuple[LockRow, ...]
    shapes: Mapping[str, Any]
    sources: Mapping[str, str]
    note: str
    by: str
    at: datetime
    answers: tuple[Answer, ...]
    comments: tuple[Comment, ...]

    def owners_that(self, said: str) -> frozenset[str]:
        """The owners who accepted, countered or signed."""
        return frozenset(answer.owner for answer in self.answers if answer.said == said)

    def as_dict(self) -> dict[str, Any]:
        """The version as `--json` prints it, without the shapes it was spread with."""
        return {
            "number": self.number,
            "state": self.state,
            "values": dict(self.values),
            "locks": [dict(lock) for lock in self.locks],
            "sources": dict(self.sources),
            "note": self.note,
            "by": self.by,
            "at": self.at.isoformat(),
            "answers": [{"owner": a.owner, "said": a.said, "by": a.by, "at": a.at.isoformat()} for a in self.answers],
            "comments": [{"about": c.about, "text": c.text, "by": c.by, "at": c.at.isoformat()} for c in self.comments],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and the version that was asked for; `current` is the number of its newest one, `beside` the plan it is a
    scenario of."""

    id: int
    name: str
    beside: int | None
    stores: frozenset[int]
    first: date
    last: date
    currency: str
    four_eyes_from: Decimal | None
    current: int
    version: Version

    def as_dict(self) -> dict[str, Any]:
        """The plan as `--json` prints it."""
        return {
            "id": self.id,
            "name": self.name,
            "beside": self.beside,
            "from": str(self.first),
            "to": str(self.last),
            "currency": self.currency,
            "four_eyes_from": None if self.four_eyes_from is None else f"{self.four_eyes_from.normalize():f}",
            "current": self.current,
            "version": self.version.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that two versions have differently; None where one of them does not have it."""

    name: str
    left: str | None
    right: str | None


def differences(left: Version, right: Version) -> list[Difference]:
    """What differs between two versions: variables, shares of source groups, then locks."""
    sides = [
        {
            **version.values,
            **{f"visitors:{group}": share for group, share in version.sources.items()},
            **{lock_name(lock): lock["value"] for lock in version.locks},
        }
        for version in (left, right)
    ]
    names = dict.fromkeys([*sides[0], *sides[1]])
    return [Difference(n, sides[0].get(n), sides[1].get(n)) for n in names if sides[0].get(n) != sides[1].get(n)]


def lock_name(lock: LockRow) -> str:
    """What a lock holds, in one word for lists."""
    return " ".join(part for part in (lock["figure"], lock["period"], lock["store"]) if part)
