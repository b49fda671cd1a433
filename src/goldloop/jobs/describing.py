"""A file that nobody knows, described by a person: which column is which, tried on its first rows, kept as a format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.connectors import readers
from goldloop.connectors.guess import described_profile, guess_sketch
from goldloop.connectors.guess_toml import Sketch
from goldloop.connectors.profile import check_profile, profile_from
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import recognise
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs import profiles, reading, uploaded
from goldloop.jobs.recognised import Part
from goldloop.jobs.uploaded import Upload
from goldloop.lake.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 200  # on which a description is tried
SHOWN = 8  # rows of those that fail


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a description makes of the first rows: how many it `read`, how many fail, and why the first of them do."""

    read: int
    failed: int
    dropped: int
    issues: list[dict[str, Any]]


class First(RawSheet):
    """The first rows of a sheet."""

    def __init__(self, sheet: RawSheet) -> None:
        super().__init__(file=sheet.file, member=sheet.member, sheet=sheet.sheet)
        self._sheet = sheet

    def first_rows(self, n: int) -> list[list[str]]:
        """The first `n` rows."""
        return self._sheet.first_rows(n)

    def table(self, header_row: int, names: Any = None) -> pa.Table:
        """The first rows below the header."""
        whole = next(iter(self._sheet.tables(header_row))).slice(0, ROWS)
        return whole if names is None else whole.select([*names, "_row"])


def unknown_sheet(home: Home, upload: Upload) -> RawSheet:
    """The first sheet of an upload that no format knows, or the first one."""
    path = uploaded.file(home, upload)
    sheets = list(readers.sheets(path, name=upload.label, limits=home.limits))
    known = profiles.known_profiles(home.profiles)
    return next((sheet for sheet in sheets if recognise(sheet, known).profile is None), sheets[0])


def guessed(home: Home, upload: Upload, *, kind: str = "") -> Sketch:
    """What is guessed of a file; `kind` is said where the guess was wrong. Raises `header_not_found`."""
    return guess_sketch(First(unknown_sheet(home, upload)), profile_id=_id(home, upload.label), kind=kind)


def attempt(home: Home, upload: Upload, *, kind: str, columns: Mapping[str, str], store: Store | None) -> Attempt:
    """Read the first rows as described (field -> column). Raises `field_needed`, and what reading raises."""
    sheet = First(unknown_sheet(home, upload))
    profile = _profile(described_profile(sheet, profile_id="trial", kind=kind, columns=columns))
    part = Part(sheet, recognise(sheet, [profile]), store or Store(id=0, name="", platform="other"))
    if part.recognition.profile is None:
        return Attempt(0, 0, 0, [])
    now = datetime.now(UTC)
    said = reading.read(
        part,
        file_name=upload.label,
        secret=home.key("identity"),
        moment=now,
        period=(now.date(), now.date()) if profile.needs_period else None,
        currency=None,
        fixes={},
    )
    issues = [
        {"row": issue.row, "column": issue.column, "code": issue.code, "text": issue.text, "params": dict(issue.params)}
        for issue in said.issues[:SHOWN]
    ]
    return Attempt(said.read, said.quarantined, sum(said.dropped.values()), issues)


def describe(home: Home, upload: Upload, *, kind: str, title: str, columns: Mapping[str, str]) -> Path:
    """Write the description down beside the upload: the next look uses it, and the import keeps it for later files."""
    sheet = unknown_sheet(home, upload)
    text = described_profile(First(sheet), profile_id=_id(home, title or upload.label), kind=kind, columns=columns)
    _profile(text)
    path = uploaded.columns_file(home, upload)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(path)
    return path


def _profile(text: str) -> Any:
    import tomllib

    profile = replace(profile_from(tomllib.loads(text), "columns.toml"), origin="")
    check_profile(profile, TABLES)
    return profile


def _id(home: Home, title: str) -> str:
    """An id like the title that no other format has."""
    wanted = profiles.plain_name(Path(title).stem.strip())[:60]
    taken = {profile.id for profile in profiles.known_profiles(home.profiles)}
    number = 1
    while (id := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return id
