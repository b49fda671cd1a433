"""Why a file is refused, one function per reason, so that each sentence and code stands in one place."""

from __future__ import annotations

from pathlib import Path

from goldloop.core.errors import GoldloopError, WorkFailed

KINDS = ("CSV", "TSV", "TXT", "JSON", "ZIP or GZ of these", "XLS", "XLSX", "XLSB", "ODS", "Parquet")


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


def name_unsafe(label: str, name: str) -> GoldloopError:
    """A member of an archive whose name leads out of the folder into which people unpack it."""
    return GoldloopError(
        "archive_name_unsafe",
        f"'{label}' holds a file whose name leads out of the archive.",
        given=name,
        allowed="names below the archive's own folder",
        todo="Do not unpack it. Get it again from where it came from.",
        file=label,
    )


def link(label: str, name: str) -> GoldloopError:
    """A member of an archive that is no file but points at one."""
    return GoldloopError(
        "archive_link",
        f"'{label}' holds a link instead of a file.",
        given=name,
        todo="Pack the file itself, or get the archive again from where it came from.",
        file=label,
    )


def macros(label: str) -> GoldloopError:
    """A workbook with a program in it."""
    return GoldloopError(
        "file_has_macros",
        f"The workbook '{label}' contains a program (macros).",
        given=label,
        allowed="workbooks without macros",
        todo="Save it as XLSX or CSV, without macros, and import that.",
        file=label,
    )


def file_too_large(label: str, given: int, allowed: int, setting: str = "GOLDLOOP_TEXT_MB") -> GoldloopError:
    """More bytes than the limit that `setting` sets."""
    return GoldloopError(
        "file_too_large",
        f"The file '{label}' is larger than {_mb(allowed)} MB.",
        given=f"{_mb(given)} MB",
        allowed=f"{_mb(allowed)} MB",
        todo=f"Export fewer days at once, or set {setting}.",
        file=label,
        most=_mb(allowed),
        setting=setting,
    )


def file_too_long(label: str, given: int, allowed: int) -> GoldloopError:
    """More rows than the limit for text."""
    return GoldloopError(
        "file_too_long",
        f"The file '{label}' has more than {allowed} rows.",
        given=given,
        allowed=allowed,
        todo="Export fewer days at once, or set GOLDLOOP_TEXT_ROWS.",
        file=label,
        most=allowed,
    )


def not_in_pieces(label: str, profile: str, limit: int) -> GoldloopError:
    """Too large for memory, and of a format whose rows depend on all the others."""
    return GoldloopError(
        "file_not_in_pieces",
        f"The rows of '{label}' can only be read all at once, and it is too large for that.",
        given=profile,
        allowed=f"{_mb(limit)} MB",
        todo="Export fewer days at once, or set GOLDLOOP_WHOLE_MB and GOLDLOOP_WHOLE_ROWS.",
        file=label,
        profile=profile,
    )


def _mb(size: int) -> int:
    return -(-size // 1_000_000)


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


def json_too_large(label: str, what: str, given: int, allowed: int) -> GoldloopError:
    """A JSON file beyond the limits; `what` is bytes, rows, columns or depth (levels inside one another)."""
    return GoldloopError(
        "json_too_large",
        f"The JSON file '{label}' is too large ({what}).",
        given=given,
        allowed=allowed,
        todo="Fetch fewer records at once, and import several files.",
        file=label,
        what=what,
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
