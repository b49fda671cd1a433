"""Opening a file: what it is, told by its content and never by its name, and the sheets it holds."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import DEFAULT_LIMITS, Limits, RawSheet

if TYPE_CHECKING:
    import pyarrow as pa

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and an XLSX with a password
_PARQUET = b"PAR1"
_NO_TABLE = (
    b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd",  # other archives
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3",
)  # fmt: skip
_OFFICE = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"


def sheets(path: Path | str, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[RawSheet]:
    """Every sheet of a file, one per archive member and worksheet; empty ones are left out.

    The file is opened at once, its sheets one by one as they are asked for: take them all before using the first where
    nothing may be done by half. Raises `file_missing`, `file_is_folder`, `file_empty`, `file_unreadable`, `file_broken`, `file_encrypted`,
    `file_too_heavy`,
    `file_kind_unknown`, `archive_nested`, `archive_too_large`, `sheet_too_large`, `encoding_unknown`, `sheet_empty`.
    """
    path = Path(path)
    data = _opened(path)
    return _filled(_sheets_of(data, file=path.name, member="", limits=limits), path.name)


def content_hash(path: Path | str) -> str:
    """SHA-256 of the bytes of a file, as 64 hexadecimal digits; raises as `sheets` does when it cannot be read."""
    path = Path(path)
    _check_file(path)
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise refusals.unreadable(path, error.strerror or str(error)) from None


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise refusals.missing(path) from None
    except (OSError, ValueError) as error:
        raise refusals.unreadable(path, getattr(error, "strerror", None) or str(error)) from None
    if stat.S_ISDIR(mode):
        raise refusals.folder(path)
    if not stat.S_ISREG(mode):
        raise refusals.unreadable(path, "it is not a regular file")


def _opened(path: Path) -> pa.Buffer:
    """The bytes of the file, mapped and not copied."""
    import pyarrow as pa

    _check_file(path)
    try:
        if path.stat().st_size == 0:
            raise refusals.empty(path.name)
        return pa.memory_map(str(path)).read_buffer()
    except OSError as error:
        raise refusals.unreadable(path, error.strerror or str(error)) from None


def _filled(found: Iterator[RawSheet], file: str) -> Iterator[RawSheet]:
    any_filled = False
    for sheet in found:
        if not sheet.is_empty():
            any_filled = True
            yield sheet
    if not any_filled:
        raise refusals.no_rows(file)


def _sheets_of(data: pa.Buffer, *, file: str, member: str, limits: Limits) -> Iterator[RawSheet]:
    """The sheets of one file or archive member; heavy readers are loaded here, when the kind is known."""
    start = data.slice(0, min(16, data.size)).to_pybytes()
    if start.startswith(_ZIP):
        yield from _sheets_of_zip(data, file=file, member=member, limits=limits)
    elif start.startswith(_COMPOUND):
        from goldloop.connectors.readers.workbook import workbook_sheets

        yield from workbook_sheets(data, file=file, member=member, limits=limits)
    elif start.startswith(_PARQUET):
        from goldloop.connectors.readers.columnar import ParquetSheet

        yield ParquetSheet(data, file=file, member=member)
    elif start.startswith(_NO_TABLE):
        raise refusals.not_a_table(member or file)
    elif data.size:
        from goldloop.connectors.readers.delimited import DelimitedSheet

        yield DelimitedSheet(data, file=file, member=member)


def _sheets_of_zip(data: pa.Buffer, *, file: str, member: str, limits: Limits) -> Iterator[RawSheet]:
    """A workbook's worksheets, or the sheets of every member of an archive."""
    from goldloop.connectors.readers import archive as zips

    archive = zips.Archive(data, file=member or file, limits=limits)
    names = archive.names()
    if _WORKBOOK in names:
        from goldloop.connectors.readers.workbook import workbook_sheets

        archive.check(limits.parts)
        yield from workbook_sheets(data, file=file, member=member, limits=limits)
    elif _OFFICE in names:
        raise refusals.not_a_table(member or file)
    elif member:
        raise refusals.nested(member)
    else:
        archive.check(limits.entries)
        entries = zips.files(archive)
        if not entries:
            raise refusals.empty(file)
        for entry in entries:
            yield from _sheets_of(zips.content(archive, entry), file=file, member=zips.label(entry), limits=limits)
