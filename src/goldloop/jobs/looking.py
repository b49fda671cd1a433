"""A file before it is imported: what it is taken for, where its columns go, what its rows hold, and what would come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from goldloop.connectors import readers
from goldloop.connectors.guess_content import Content, content_of
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import recognise
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures, mended, profiles
from goldloop.jobs.import_file import import_file
from goldloop.jobs.personal import MASK
from goldloop.jobs.progress import Cancelled, Progress

ROWS = 20  # shown of each sheet
SAMPLES = 3  # different values shown of each column
LONGEST = 60  # characters of a cell that are shown


def look(
    home: Home, viewer: Viewer, path: Path, name: str, said: Mapping[str, Any], *, progress: Progress
) -> dict[str, Any]:
    """What a file would be imported as: its sheets, the receipts of a dry run, and the error that stands in the way.

    Cells of columns that may name a person are not in it. An error that `ready` does not exclude leaves the sheets.
    """
    seen: dict[str, Any] = {"file": name, "sheets": [], "receipts": [], "error": None}
    try:
        with failures.explained():
            seen["sheets"] = list(sheets_of(home, path, name, said.get("profile")))
            dry = import_file(home, viewer, path, name=name, dry_run=True, progress=progress, **said)
            seen["receipts"] = [receipt.as_dict() for receipt in dry]
    except Cancelled:
        raise
    except GoldloopError as error:
        seen["error"] = failures.as_stored(error)
    return seen


def sheets_of(home: Home, path: Path, name: str, chosen: str | None) -> Iterable[dict[str, Any]]:
    """Each sheet as it is understood; `profile` is empty for one that nobody knows."""
    known, only = profiles.chosen_profiles(home.profiles, chosen)
    by_id = {profile.id: profile for profile in known}
    for sheet in readers.sheets(path, name=name, limits=home.limits):
        if mended.is_mended(sheet):
            yield {"member": sheet.member, "sheet": sheet.sheet, "profile": "", "mended": True, "columns": []}
            continue
        recognition = recognise(sheet, known, only=only)
        found = profiles.checked(sheet, recognition)
        profile = by_id.get(found.profile)
        row = recognition.header_row or _header_of(sheet)
        columns = contents(sheet, row) if row else []
        yield {
            **asdict(found),
            "mended": False,
            "title": dict(profile.title) if profile else None,
            "needs_period": bool(profile and profile.needs_period),
            "columns": [_column(one, found.mapped, found.unused, profile) for one in columns],
            "rows": _rows(columns, profile),
        }


def contents(sheet: RawSheet, header_row: int, rows: int = ROWS) -> list[Content]:
    """The columns of a sheet with their first cells."""
    cells = sheet.first_rows(header_row + rows)[header_row:]
    filled = [row for row in cells if any(cell.strip() for cell in row)]
    return [
        content_of(column, [row[place] if place < len(row) else "" for row in filled])
        for place, column in enumerate(sheet.columns(header_row))
    ]


def is_personal(content: Content, profile: Profile | None) -> bool:
    """Whether the cells of a column may name a person: by its header, by its cells, or because the format says so."""
    if content.personal:
        return True
    if profile is None:
        return False
    return content.header in personal_columns(profile)


def personal_columns(profile: Profile) -> frozenset[str]:
    """The columns that a format reads persons from, and those it leaves out because they name them."""
    from_persons = {one.column for block in profile.into for rule in block.columns.values() for one in rule.identity}
    return frozenset(profile.ignored) | from_persons


def _header_of(sheet: RawSheet) -> int:
    from goldloop.connectors.guess import find_header

    try:
        return find_header(sheet)
    except GoldloopError:
        return 0


def _column(
    content: Content, mapped: Mapping[str, list[str]], unused: Iterable[str], profile: Profile | None
) -> dict[str, Any]:
    covered = is_personal(content, profile) and content.distinct
    samples = [MASK] if covered else [_short(cell) for cell in content.distinct[:SAMPLES]]
    return {
        "column": content.header,
        "places": mapped.get(content.header, []),
        "unused": content.header in unused,
        "personal": content.personal,
        "kind": content.kind,
        "samples": samples,
    }


def _rows(columns: list[Content], profile: Profile | None) -> list[list[str]]:
    """The first rows, those cells hidden that may name a person."""
    shown = [[MASK if cell and is_personal(one, profile) else _short(cell) for cell in one.values] for one in columns]
    return [list(row) for row in zip(*shown, strict=True)] if shown else []


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…"
