"""What others see of imports: receipts, claims, rows in quarantine and the history of feeds, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of every row of one sheet for one store.

    `read` counts the non-blank rows below the header; each is quarantined, dropped by a named rule, new, updated or
    unchanged, so `read == quarantined + sum(dropped) + new + updated + unchanged`. In a dry run nothing is compared
    with what is loaded: `new`, `updated` and `unchanged` are None. `error` says why a refused import was refused (code,
    text, given, allowed, todo, params), `replaced_by` which import read the same sheet again by another form of a profile.
    """

    id: int | None
    file: str
    member: str
    sheet: str
    store: str
    profile: str
    confidence: float
    period: str
    read: int
    new: int | None
    updated: int | None
    unchanged: int | None
    quarantined: int
    dropped: dict[str, int] = field(default_factory=dict)
    control: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, dict[str, int]] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None
    coverage: dict[str, Any] | None = None
    columns_unused: list[str] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    repeated: bool = False
    dry_run: bool = False
    state: str = "done"
    parent: int | None = None
    replaced_by: int | None = None
    error: dict[str, Any] | None = None
    started_at: datetime | None = None
    elapsed: float = 0.0

    @property
    def closes(self) -> bool:
        """Whether every row read has exactly one fate."""
        if self.new is None or self.updated is None or self.unchanged is None:
            return True
        return self.read == self.quarantined + sum(self.dropped.values()) + self.new + self.updated + self.unchanged

    def as_repeated(self, fixed: int) -> Receipt:
        """The same receipt for a file that came again: nothing new; `fixed` rows have left quarantine since."""
        facts = {
            table: {"new": 0, "updated": 0, "unchanged": sum(counts.values())} for table, counts in self.facts.items()
        }
        quarantined = self.quarantined - fixed
        return replace(
            self,
            new=0,
            updated=0,
            unchanged=self.read - quarantined - sum(self.dropped.values()),
            quarantined=quarantined,
            facts=facts,
            repeated=True,
        )

    def as_dict(self) -> dict[str, Any]:
        """The receipt as `goldloop import --json` prints it."""
        return {
            "id": self.id,
            "state": self.state,
            "repeated": self.repeated,
            "dry_run": self.dry_run,
            "file": self.file,
            "member": self.member,
            "sheet": self.sheet,
            "store": self.store,
            "profile": self.profile,
            "confidence": round(self.confidence, 4),
            "period": self.period or None,
            "read": self.read,
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "quarantined": self.quarantined,
            "dropped": self.dropped,
            "control": self.control,
            "facts": self.facts,
            "days": {"first": _iso(self.first_day), "last": _iso(self.last_day)},
            "identity_coverage": self.coverage,
            "columns_unused": self.columns_unused,
            "notes": self.notes,
            "parent": self.parent,
            "replaced_by": self.replaced_by,
            "error": {name: value for name, value in self.error.items() if name != "params"} if self.error else None,
            "started_at": _iso(self.started_at),
            "elapsed": round(self.elapsed, 3),
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to load one sheet for one store: the receipt's id, and the finished receipt when there is one."""

    id: int
    done: Receipt | None


@dataclass(frozen=True, slots=True)
class Version:
    """A state of the lake: id (0 before the first), table versions, digests of the settings it was made by, its moment."""

    id: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RowToKeep:
    """One row for quarantine: `issues` are {column, code} only; everything it held is in `sealed`."""

    row: int
    issues: list[dict[str, str]]
    sealed: bytes
    content_hash: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One quarantined row as it stands, still sealed, with the import it came by."""

    id: int
    row: int
    state: str
    reason: str
    issues: list[dict[str, str]]
    sealed: bytes
    content_hash: str
    receipt: Receipt
    file_hash: str
    store_id: int
    fixed_by: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an import came from, as much as is needed to read it again."""

    id: int
    content_hash: str
    member: str
    sheet: str
    store_id: int
    store_name: str
    store_column: str
    profile: str
    period: str
    file_name: str
    started_at: datetime
    parent: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Open rows of one report of one store that fail at the same column for the same reason; `first` is the oldest."""

    store: str
    profile: str
    column: str
    code: str
    rows: int
    first: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One loaded import as the history of a feed needs it; `control_off` counts totals that do not agree."""

    id: int
    store_id: int
    profile: str
    finished_at: datetime
    first_day: date | None
    last_day: date | None
    read: int
    control_off: int


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
