"""What a simulated shop group consists of: its stores, its files in import order, and where the truth stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """One store as it has to be added before its files are imported.

    `day_starts` is in minutes after midnight; `opened_on` may lie before the first exported day.
    """

    name: str
    platform: str
    currency: str
    timezone: str
    day_starts: int
    opened_on: date


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One export file: where it is, whose it is, and the period (first and last day) if the file needs one."""

    path: Path
    store: str
    period: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A written group: `stores` and `files` in a sensible import order, `truth` the JSON file of exact numbers."""

    stores: tuple[StoreSpec, ...]
    files: tuple[FileSpec, ...]
    truth: Path
