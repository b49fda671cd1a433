"""Whether a file names somebody: looked for in its bytes, unpacked if need be, or in the cells of what is no text."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from goldloop.connectors.readers import Limits
from goldloop.connectors.readers.sheet import DEFAULT_LIMITS

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
AROUND = " \t\r\n\"'=\ufeff"  # what may stand around a word in a cell
_PACKED = (b"PK", b"\xd0\xcf\x11\xe0", b"PAR1", b"\x1f\x8b")


def mentions(path: Path, terms: Iterable[str], limits: Limits = DEFAULT_LIMITS) -> bool:
    """Whether one of the terms stands in a file, in any encoding, in capitals or not; in workbooks as a whole cell.

    What is packed is unpacked within `limits`; raises as the readers do where it does not fit.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:8].startswith(_PACKED):
            return _in_sheets(path, set(terms), limits)
        return any(pattern.search(data) for term in terms for pattern in _patterns(term))


def _patterns(term: str) -> Iterator[re.Pattern[bytes]]:
    """The term in every encoding, and as JSON may spell it."""
    for encoding in ENCODINGS:
        yield _pattern(term, encoding)
    if not term.isascii():
        yield _pattern(json.dumps(term)[1:-1], "ascii")


def _pattern(term: str, encoding: str) -> re.Pattern[bytes]:
    words = re.escape(term.encode(encoding, "replace"))
    if encoding.startswith("utf-16") or not term.isascii():
        return re.compile(words, re.IGNORECASE)
    # Not a piece of a longer number or word; but the second byte of a Chinese character may look like a letter.
    return re.compile(rb"(?:(?<![0-9A-Za-z])|(?<=[\x81-\xfe][A-Za-z]))" + words + rb"(?![0-9A-Za-z])", re.IGNORECASE)


def _in_sheets(path: Path, terms: set[str], limits: Limits) -> bool:
    from goldloop.connectors import readers
    from goldloop.connectors.readers.streamed import StreamedSheet

    patterns, words = [_pattern(term, "utf-8") for term in terms], {term.casefold() for term in terms}
    limits = replace(limits, whole_rows=0)  # text comes in blocks, however long
    for sheet in readers.sheets(path, limits=limits):
        if isinstance(sheet, StreamedSheet):
            if any(pattern.search(block) for block in sheet.text.blocks() for pattern in patterns):
                return True
        elif any(cell.strip(AROUND).casefold() in words for row in sheet.first_rows(1 << 30) for cell in row):
            return True
    return False
