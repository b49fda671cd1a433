"""Whether a file names somebody: looked for in its bytes, or in its cells where those are packed."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable
from pathlib import Path

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
AROUND = " \t\r\n\"'=\ufeff"  # what may stand around a word in a cell
_PACKED = (b"PK", b"\xd0\xcf\x11\xe0", b"PAR1")


def mentions(path: Path, terms: Iterable[str]) -> bool:
    """Whether one of the terms stands in a file, in any encoding, in capitals or not; in workbooks as a whole cell."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:8].startswith(_PACKED):
            return _in_cells(path, {term.casefold() for term in terms})
        return any(re.search(_pattern(term, encoding), data) for term in terms for encoding in ENCODINGS)


def _pattern(term: str, encoding: str) -> re.Pattern[bytes]:
    words = re.escape(term.encode(encoding, "replace"))
    if encoding.startswith("utf-16") or not term.isascii():
        return re.compile(words, re.IGNORECASE)
    # Not a piece of a longer number or word; but the second byte of a Chinese character may look like a letter.
    return re.compile(rb"(?:(?<![0-9A-Za-z])|(?<=[\x81-\xfe][A-Za-z]))" + words + rb"(?![0-9A-Za-z])", re.IGNORECASE)


def _in_cells(path: Path, terms: set[str]) -> bool:
    from goldloop.connectors import readers

    cells = (cell for sheet in readers.sheets(path) for row in sheet.first_rows(1 << 30) for cell in row)
    return any(cell.strip(AROUND).casefold() in terms for cell in cells)
