"""Why a file is refused, one function per reason, so that each sentence and code stands in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goldloop.core.errors import GoldloopError, WorkFailed

KINDS = ("CSV", "TSV", "TXT", "JSON", "ZIP or GZ of these", "XLS", "XLSX", "XLSB", "ODS", "Parquet")


class FileError(GoldloopError):
    """A file that is refused; what was given is its name, unless it is something in it."""

    def __init__(self, code: str, text: str, *, file: str, given: Any = None, **more: Any) -> None:
        super().__init__(code, text, given=file if given is None else given, file=file, **more)


def missing(path: Path) -> FileError:
    """There is no such file."""
    return FileError(
        "file_missing", f"There is no file '{path}'.", file=str(path), todo="Check the name and the folder."
    )


def folder(path: Path) -> FileError:
    """A folder stands where a file is expected."""
    return FileError(
        "file_is_folder",
        f"'{path}' is a folder.",
        file=str(path),
        allowed="files",
        todo=f"Name the files in it, for example: goldloop import {path}/*",
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


def empty(label: str) -> FileError:
    """It has no bytes, or an archive has no members."""
    return FileError("file_empty", f"The file '{label}' is empty.", file=label, todo="Export it again.")


def no_rows(label: str) -> FileError:
    """It opens, but no sheet has a word in it."""
    return FileError(
        "sheet_empty",
        f"There is not one filled row in '{label}'.",
        file=label,
        todo="Export it again and look at it in a spreadsheet.",
    )


def broken(label: str, reason: str) -> FileError:
    """It is of a kind we read, but damaged."""
    return FileError(
        "file_broken",
        f"The file '{label}' is damaged: {reason}.",
        file=label,
        todo="Export or download it again.",
        reason=reason,
    )


def locked(label: str) -> FileError:
    """It is protected by a password."""
    return FileError(
        "file_encrypted",
        f"The file '{label}' is protected by a password.",
        file=label,
        todo="Save it without a password and import that.",
    )


def not_a_table(label: str) -> FileError:
    """It is of a kind that holds no table we can read (a picture, a document, another kind of archive)."""
    return FileError(
        "file_kind_unknown",
        f"'{label}' is not a file with a table that can be read.",
        file=label,
        allowed=list(KINDS),
        todo="Export it as CSV or XLSX.",
    )


def nested(label: str) -> FileError:
    """An archive inside an archive."""
    return FileError(
        "archive_nested",
        f"There is an archive inside the archive: '{label}'.",
        file=label,
        allowed="one level of ZIP",
        todo="Unpack the outer one and import what is in it.",
    )


def too_large(label: str, what: str, given: int, allowed: int) -> FileError:
    """An archive or workbook whose inside is beyond the limits; `what` is entries, unpacked or ratio."""
    return FileError(
        "archive_too_large",
        f"What is packed in '{label}' is too large ({what}).",
        file=label,
        given=given,
        allowed=allowed,
        todo="Split it, or unpack it and import the files one by one.",
        what=what,
    )


def name_unsafe(label: str, name: str) -> FileError:
    """A member of an archive whose name leads out of the folder into which people unpack it."""
    return FileError(
        "archive_name_unsafe",
        f"'{label}' holds a file whose name leads out of the archive.",
        file=label,
        given=name,
        allowed="names below the archive's own folder",
        todo="Do not unpack it. Get it again from where it came from.",
    )


def link(label: str, name: str) -> FileError:
    """A member of an archive that is no file but points at one."""
    return FileError(
        "archive_link",
        f"'{label}' holds a link instead of a file.",
        file=label,
        given=name,
        todo="Pack the file itself, or get the archive again from where it came from.",
    )


def macros(label: str) -> FileError:
    """A workbook with a program in it."""
    return FileError(
        "file_has_macros",
        f"The workbook '{label}' contains a program (macros).",
        file=label,
        allowed="workbooks without macros",
        todo="Save it as XLSX or CSV, without macros, and import that.",
    )


def file_too_large(label: str, given: int, allowed: int, setting: str = "GOLDLOOP_TEXT_MB") -> FileError:
    """More bytes than the limit that `setting` sets."""
    return FileError(
        "file_too_large",
        f"The file '{label}' is larger than {_mb(allowed)} MB.",
        file=label,
        given=f"{_mb(given)} MB",
        allowed=f"{_mb(allowed)} MB",
        todo=f"Export fewer days at once, or set {setting}.",
        most=_mb(allowed),
        setting=setting,
    )


def file_too_long(label: str, given: int, allowed: int) -> FileError:
    """More rows than the limit for text."""
    return FileError(
        "file_too_long",
        f"The file '{label}' has more than {allowed} rows.",
        file=label,
        given=given,
        allowed=allowed,
        todo="Export fewer days at once, or set GOLDLOOP_TEXT_ROWS.",
        most=allowed,
    )


def not_in_pieces(label: str, profile: str, limit: int) -> FileError:
    """Too large for memory, and of a format whose rows depend on all the others."""
    return FileError(
        "file_not_in_pieces",
        f"The rows of '{label}' can only be read all at once, and it is too large for that.",
        file=label,
        given=profile,
        allowed=f"{_mb(limit)} MB",
        todo="Export fewer days at once, or set GOLDLOOP_WHOLE_MB and GOLDLOOP_WHOLE_ROWS.",
        profile=profile,
    )


def _mb(size: int) -> int:
    return -(-size // 1_000_000)


def sheet_too_large(label: str, rows: int, columns: int, allowed: str) -> FileError:
    """A worksheet that spans more rows or columns than any real one."""
    return FileError(
        "sheet_too_large",
        f"A sheet of '{label}' spans {rows} rows and {columns} columns.",
        file=label,
        given=f"{rows} x {columns}",
        allowed=allowed,
        todo="Delete what stands far outside the table, or save it as CSV.",
        rows=rows,
        columns=columns,
    )


def json_too_large(label: str, what: str, given: int, allowed: int) -> FileError:
    """A JSON file beyond the limits; `what` is bytes, rows, columns or depth (levels inside one another)."""
    return FileError(
        "json_too_large",
        f"The JSON file '{label}' is too large ({what}).",
        file=label,
        given=given,
        allowed=allowed,
        todo="Fetch fewer records at once, and import several files.",
        what=what,
    )


def too_heavy(label: str, memory: int, seconds: int) -> FileError:
    """The reader took more memory or time than it may, as damaged and hostile files make it do."""
    return FileError(
        "file_too_heavy",
        f"Reading '{label}' takes more than {memory // 1_000_000} MB of memory or {seconds} s: it is damaged or far too large.",
        file=label,
        allowed=f"{memory // 1_000_000} MB, {seconds} s",
        todo="Open it in a spreadsheet, save it as CSV and import that.",
        memory=memory // 1_000_000,
        seconds=seconds,
    )
