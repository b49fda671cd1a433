"""Why a file is refused, one function per reason, so that each sentence and code stands in one place."""

from __future__ import annotations

from pathlib import Path

from goldloop.core.errors import GoldloopError, WorkFailed

KINDS = ("CSV", "TSV", "TXT", "ZIP of these", "XLS", "XLSX", "Parquet")


def missing(path: Path) -> GoldloopError:
    """There is no such file."""
    return GoldloopError(
        "file_missing",
        f"There is no file '{path}'.",
        given=str(path),
        todo="Check the name and the folder.",
        file=str(path),
    )


def folder(path: Path) -> GoldloopError:
    """A folder stands where a file is expected."""
    return GoldloopError(
        "file_is_folder",
        f"'{path}' is a folder.",
        given=str(path),
        allowed="files",
        todo=f"Name the files in it, for example: goldloop import {path}/*",
        file=str(path),
    )


def unreadable(path: Path, reason: str) -> WorkFailed:
    """The system does not let us read it."""
    return WorkFailed(
        "file_unreadable",
        f"The file '{path}' cannot be read: {reason}.",
        given=str(path),
        todo="Close it elsewhere and check that you may read it.",
        file=str(path),
        reason=reason,
    )


def empty(label: str) -> GoldloopError:
    """It has no bytes, or an archive has no members."""
    return GoldloopError(
        "file_empty",
        f"The file '{label}' is empty.",
        given=label,
        todo="Export it again.",
        file=label,
    )


def no_rows(label: str) -> GoldloopError:
    """It opens, but no sheet has a word in it."""
    return GoldloopError(
        "sheet_empty",
        f"There is not one filled row in '{label}'.",
        given=label,
        todo="Export it again and look at it in a spreadsheet.",
        file=label,
    )


def broken(label: str, reason: str) -> GoldloopError:
    """It is of a kind we read, but damaged."""
    return GoldloopError(
        "file_broken",
        f"The file '{label}' is damaged: {reason}.",
        given=label,
        todo="Export or download it again.",
        file=label,
        reason=reason,
    )


def locked(label: str) -> GoldloopError:
    """It is protected by a password."""
    return GoldloopError(
        "file_encrypted",
        f"The file '{label}' is protected by a password.",
        given=label,
        todo="Save it without a password and import that.",
        file=label,
    )


def not_a_table(label: str) -> GoldloopError:
    """It is of a kind that holds no table we can read (a picture, a document, another kind of archive)."""
    return GoldloopError(
        "file_kind_unknown",
        f"'{label}' is not a file with a table that can be read.",
        given=label,
        allowed=list(KINDS),
        todo="Export it as CSV or XLSX.",
        file=label,
    )


def nested(label: str) -> GoldloopError:
    """An archive inside an archive."""
    return GoldloopError(
        "archive_nested",
        f"There is an archive inside the archive: '{label}'.",
        given=label,
        allowed="one level of ZIP",
        todo="Unpack the outer one and import what is in it.",
        file=label,
    )


def too_large(label: str, what: str, given: int, allowed: int) -> GoldloopError:
    """An archive or workbook whose inside is beyond the limits; `what` is entries, unpacked or ratio."""
    return GoldloopError(
        "archive_too_large",
        f"What is packed in '{label}' is too large ({what}).",
        given=given,
        allowed=allowed,
        todo="Split it, or unpack it and import the files one by one.",
        file=label,
        what=what,
    )


def sheet_too_large(label: str, rows: int, columns: int, allowed: str) -> GoldloopError:
    """A worksheet that spans more rows or columns than any real one."""
    return GoldloopError(
        "sheet_too_large",
        f"A sheet of '{label}' spans {rows} rows and {columns} columns.",
        given=f"{rows} x {columns}",
        allowed=allowed,
        todo="Delete what stands far outside the table, or save it as CSV.",
        file=label,
        rows=rows,
        columns=columns,
    )


def too_heavy(label: str, memory: int, seconds: int) -> GoldloopError:
    """The reader took more memory or time than it may, as damaged and hostile files make it do."""
    return GoldloopError(
        "file_too_heavy",
        f"Reading '{label}' takes more than {memory // 1_000_000} MB of memory or {seconds} s: it is damaged or far too large.",
        given=label,
        allowed=f"{memory // 1_000_000} MB, {seconds} s",
        todo="Open it in a spreadsheet, save it as CSV and import that.",
        file=label,
        memory=memory // 1_000_000,
        seconds=seconds,
    )
