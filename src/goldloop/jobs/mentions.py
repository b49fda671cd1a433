"""Whether a file names somebody: looked for in its bytes, unpacked if need be, or in the cells of what is no text."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby, takewhile
from pathlib import Path

from goldloop.connectors.readers import Limits
from goldloop.connectors.readers.sheet import DEFAULT_LIMITS

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
AROUND = " \t\r\n\"'=\ufeff"  # what may stand around a word in a cell
_NOTHING = b"(?!)"
_PACKED = (b"PK", b"\xd0\xcf\x11\xe0", b"PAR1", b"\x1f\x8b")


class Needles:
    """Terms to look for in many files, however many terms: bytes are gone through at most twice.

    They are found in any encoding, and as JSON may spell them, in capitals or not. In text of one byte a letter a term
    must not be a piece of a longer number or word.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        words = set(terms)
        whole, loose = set[bytes](), set[bytes]()
        for term in words:
            for encoding in ENCODINGS:
                plain = term.isascii() and not encoding.startswith("utf-16")
                (whole if plain else loose).add(term.encode(encoding, "replace").lower())
            if not term.isascii():
                whole.add(json.dumps(term)[1:-1].encode().lower())
        self._folded = {term.casefold() for term in words}
        self._whole = re.compile((_any_of(sorted(whole)) or _NOTHING) + rb"(?![0-9A-Za-z])", re.IGNORECASE)
        self._loose = re.compile(_any_of(sorted(loose)) or _NOTHING, re.IGNORECASE)
        self._wide = all(b"\0" in word for word in loose)

    def in_cell(self, cell: str) -> bool:
        """Whether the cell is one of the terms."""
        return cell.strip(AROUND).casefold() in self._folded

    def in_bytes(self, data: bytes | mmap.mmap) -> bool:
        """Whether one of the terms stands in a text."""
        at = 0
        while found := self._whole.search(data, at):
            if _begins(data, found.start()):
                return True
            at = found.start() + 1
        if self._wide and data.find(b"\0") < 0:
            return False
        return self._loose.search(data) is not None


def mentions(path: Path, needles: Needles, limits: Limits = DEFAULT_LIMITS) -> bool:
    """Whether one of the needles stands in a file; in workbooks as a whole cell.

    What is packed is unpacked within `limits`; raises as the readers do where it does not fit.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:8].startswith(_PACKED):
            return any(_in_sheets(path, needles, limits))
        return needles.in_bytes(data)


def _in_sheets(path: Path, needles: Needles, limits: Limits) -> Iterator[bool]:
    from goldloop.connectors import readers
    from goldloop.connectors.readers.streamed import StreamedSheet

    for sheet in readers.sheets(path, limits=replace(limits, whole_rows=0)):  # text comes in blocks, however long
        if isinstance(sheet, StreamedSheet):
            yield from map(needles.in_bytes, sheet.text.blocks())
        else:
            yield from (needles.in_cell(cell) for row in sheet.first_rows(1 << 30) for cell in row)


def _any_of(words: list[bytes]) -> bytes:
    """A pattern for any of the words, which are sorted; what several begin with stands once, so that many cost little."""
    rest = [word for word in words if word]
    branches = []
    for _, some in groupby(rest, key=lambda word: word[0]):
        group = list(some)
        same = takewhile(lambda pair: pair[0] == pair[1], zip(group[0], group[-1], strict=False))
        start = bytes(byte for byte, _ in same)
        branches.append(re.escape(start) + _any_of([word[len(start) :] for word in group]))
    if not branches:
        return b""
    return b"(?:" + b"|".join(branches) + b")" + (b"?" if len(rest) < len(words) else b"")


def _begins(data: bytes | mmap.mmap, at: int) -> bool:
    """Whether no longer word has begun before; but the second byte of a Chinese character may look like a letter."""
    before = data[max(at - 2, 0) : at]
    letter = before[-1:]
    return not letter.isalnum() or (letter.isalpha() and len(before) == 2 and 0x81 <= before[0] <= 0xFE)
