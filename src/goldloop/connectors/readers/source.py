"""Opening a file: what it is, told by its content and never by its name, and the sheets it holds."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import DEFAULT_LIMITS, Limits, RawSheet, shown

if TYPE_CHECKING:
    from zipfile import ZipInfo

    import pyarrow as pa

    from goldloop.connectors.readers.archive import Archive
    from goldloop.connectors.readers.stream import Opening

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and an XLSX with a password
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_NO_TABLE = (
    b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd",  # other archives
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3",
)  # fmt: skip
_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*[{\]])')  # no delimited text begins so
_START = 256  # bytes by which the kind is told
_OFFICE = "[Content_Types].xml"
_WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin"}  # XLSX, XLSB
_OPEN_DOCUMENT = "mimetype"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_MACROS = ("vbaproject.bin", "basic/script-lc.xml")


def sheets(path: Path | str, *, name: str = "", limits: Limits = DEFAULT_LIMITS) -> Iterator[RawSheet]:
    """Every sheet of a file, one per archive member and worksheet; empty ones are left out.

    `name` is what the file is called, if not as on disk.

    The file is opened at once, its sheets one by one as they are asked for: take them all before using the first where
    nothing may be done by half. Raises the errors of `refusals`, and `encoding_unknown`.
    """
    path = Path(path)
    data, label = _opened(path), shown(name or path.name)
    found = _sheets_of(data, file=label, member="", limits=limits, opening=lambda: path.open("rb"))
    return _filled(found, label)


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
            raise refusals.empty(shown(path.name))
        return pa.memory_map(os.fsencode(path)).read_buffer()  # a name need not be UTF-8
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


def _sheets_of(
    data: pa.Buffer, *, file: str, member: str, limits: Limits, opening: Opening | None = None
) -> Iterator[RawSheet]:
    """The sheets of one file or archive member; heavy readers are loaded here, when the kind is known."""
    start, label = data.slice(0, min(_START, data.size)).to_pybytes(), member or file
    if start.startswith((*_ZIP, _COMPOUND, _GZIP)) and data.size > limits.packed:
        raise refusals.file_too_large(label, data.size, limits.packed, "GOLDLOOP_PACKED_MB")
    if start.startswith(_ZIP):
        yield from _sheets_of_zip(data, file=file, member=member, limits=limits)
    elif start.startswith(_GZIP):
        yield from _sheets_of_gzip(data, file=file, member=member, limits=limits)
    elif start.startswith(_COMPOUND):
        from goldloop.connectors.readers.workbook import has_macros, workbook_sheets

        if has_macros(data):
            raise refusals.macros(label)
        yield from workbook_sheets(data, file=file, member=member, limits=limits)
    elif start.startswith(_PARQUET):
        from goldloop.connectors.readers.columnar import ParquetSheet

        yield ParquetSheet(data, file=file, member=member, limits=limits)
    elif start.startswith(_NO_TABLE):
        raise refusals.not_a_table(label)
    elif _is_json(start):
        from goldloop.connectors.readers.json_text import JsonSheet

        yield JsonSheet(data, file=file, member=member, limits=limits)
    elif data.size:
        yield _delimited(data, opening, file=file, member=member, limits=limits)


def _delimited(data: pa.Buffer, opening: Opening | None, *, file: str, member: str, limits: Limits) -> RawSheet:
    """Delimited text, in one piece or, where it is too large for that, to be read as a stream."""
    from goldloop.connectors.readers.delimited import DelimitedSheet
    from goldloop.connectors.readers.text import more_lines

    if data.size > limits.text:
        raise refusals.file_too_large(member or file, data.size, limits.text)
    if opening is not None and (data.size > limits.whole or more_lines(data, limits.whole_rows)):
        return _streamed(opening, file=file, member=member, limits=limits)
    return DelimitedSheet(data, file=file, member=member)


def _streamed(opening: Opening, *, file: str, member: str, limits: Limits) -> RawSheet:
    from goldloop.connectors.readers.stream import long_text
    from goldloop.connectors.readers.streamed import StreamedSheet

    return StreamedSheet(long_text(opening, member or file, limits), file=file, member=member, limits=limits)


def _is_json(start: bytes) -> bool:
    """Whether a text begins like JSON; in UTF-16 too, as some shells write it."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", errors="ignore").encode()
    return bool(_JSON.match(start))


def _sheets_of_gzip(data: pa.Buffer, *, file: str, member: str, limits: Limits) -> Iterator[RawSheet]:
    """The one text in a GZ file."""
    from goldloop.connectors.readers.gzipped import Gzipped

    packed = Gzipped(data, file=member or file, limits=limits)
    with packed.opening() as stream:
        start = stream.read(_START)
    if member or start.startswith((*_ZIP, _GZIP, _COMPOUND)):
        raise refusals.nested(member or file)
    content = packed.content(limits.whole)
    if content is None:
        yield _long_member(start, packed.opening, file=file, member="", limits=limits)
    else:
        yield from _sheets_of(content, file=file, member="", limits=limits, opening=packed.opening)


def _long_member(start: bytes, opening: Opening, *, file: str, member: str, limits: Limits) -> RawSheet:
    """A packed file too large for memory: it can only be delimited text."""
    if start.startswith((*_NO_TABLE, _PARQUET)):
        raise refusals.not_a_table(member or file)
    if _is_json(start):
        raise refusals.too_large(member or file, "unpacked", limits.whole + 1, limits.whole)
    return _streamed(opening, file=file, member=member, limits=limits)


def _sheets_of_zip(data: pa.Buffer, *, file: str, member: str, limits: Limits) -> Iterator[RawSheet]:
    """A workbook's worksheets, or the sheets of every member of an archive."""
    from goldloop.connectors.readers import archive as zips

    label = member or file
    archive = zips.Archive(data, file=label, limits=limits)
    names = archive.names()
    if _is_workbook(archive):
        from goldloop.connectors.readers.workbook import workbook_sheets

        archive.check(limits.parts)
        if any(name.lower().endswith(_MACROS) for name in names):
            raise refusals.macros(label)
        yield from workbook_sheets(data, file=file, member=member, limits=limits)
    elif _OFFICE in names or _OPEN_DOCUMENT in names:
        raise refusals.not_a_table(label)
    elif member:
        raise refusals.nested(member)
    else:
        archive.check(limits.entries)
        entries = zips.files(archive)
        if not entries:
            raise refusals.empty(file)
        for entry in entries:
            yield from _sheets_of_member(archive, entry, file, limits)


def _is_workbook(archive: Archive) -> bool:
    names = archive.names()
    kind = [entry for entry in archive.entries if entry.filename == _OPEN_DOCUMENT]
    return bool(names & _WORKBOOKS) or bool(kind and archive.start(kind[0], len(_ODS)) == _ODS)


def _sheets_of_member(archive: Archive, entry: ZipInfo, file: str, limits: Limits) -> Iterator[RawSheet]:
    from goldloop.connectors.readers import archive as zips

    opening, member = partial(archive.opening, entry), zips.label(entry)
    start = archive.start(entry, _START)
    if entry.file_size > limits.whole and not start.startswith((*_ZIP, _GZIP, _COMPOUND)):
        yield _long_member(start, opening, file=file, member=member, limits=limits)
    else:
        content = zips.content(archive, entry)
        yield from _sheets_of(content, file=file, member=member, limits=limits, opening=opening)
