"""A text too large for memory: opened as often as it is needed and read from its start in blocks of whole lines, in UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import Limits
from goldloop.connectors.readers.text import BINARY, is_utf8, unknown_encoding

BLOCK = 1 << 24
MOST_OF_A_LINE = 1 << 26  # bytes; no record of any real file is that long
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Readable(Protocol):
    """What is asked of an opened file."""

    def read(self, size: int, /) -> bytes: ...


Opening = Callable[[], AbstractContextManager[Readable]]


@dataclass(frozen=True, slots=True)
class LongText:
    """A long text after a first look at all of it: how it is opened, its name, encoding, bytes and line ends."""

    opening: Opening
    label: str
    encoding: str
    size: int
    lines: int

    def blocks(self) -> Iterator[bytes]:
        """The text in UTF-8 without BOM, cut behind line ends; raises `encoding_unknown` and `file_broken`."""
        rest = b""
        for block in _decoded(self):
            body = rest + block
            end = body.rfind(b"\n") + 1 or body.rfind(b"\r", 0, len(body) - 1) + 1
            if not end and len(body) > MOST_OF_A_LINE:
                raise too_long_a_record(self.label)
            if end:
                yield body[:end]
            rest = body[end:]
        if rest:
            yield rest


def long_text(opening: Opening, label: str, limits: Limits) -> LongText:
    """Look at the whole text once; raises `file_too_large`, `file_too_long` and `encoding_unknown`.

    A BOM decides on the encoding; otherwise UTF-8 when all of it is, else GB18030.
    """
    size = feeds = returns = 0
    encoding, rest, fits = None, b"", True
    with opening() as stream:
        while block := stream.read(BLOCK):
            if not size:
                encoding = next((name for bom, name in _BOMS if block.startswith(bom)), None)
                if encoding != "utf-16" and b"\0" in block[:BINARY]:
                    raise unknown_encoding(label)
            size += len(block)
            if size > limits.text:
                raise refusals.file_too_large(label, size, limits.text)
            octets = np.frombuffer(block, dtype=np.uint8)  # counted faster so than as bytes
            feeds, returns = feeds + int(np.count_nonzero(octets == 10)), returns + int(np.count_nonzero(octets == 13))
            if fits and encoding != "utf-16":
                rest, whole = _cut_character(rest + block)
                fits = is_utf8(pa.py_buffer(whole))
    fits = fits and is_utf8(pa.py_buffer(rest))
    if encoding == "utf-8" and not fits:
        raise unknown_encoding(label)
    lines = max(feeds, returns)
    if lines > limits.text_rows + BINARY:  # a few lines may stand above the table, blank ones do not count
        raise refusals.file_too_long(label, lines, limits.text_rows)
    return LongText(opening, label, encoding or ("utf-8" if fits else "gb18030"), size, lines)


def too_long_a_record(label: str) -> Exception:
    """A record that never ends."""
    return refusals.broken(label, f"one row is longer than {MOST_OF_A_LINE >> 20} MiB")


def _cut_character(block: bytes) -> tuple[bytes, bytes]:
    """The start of a character that goes on after the block, and the block without it."""
    for back in range(1, min(4, len(block)) + 1):
        if block[-back] & 0xC0 != 0x80:  # the first byte of a character
            return (block[-back:], block[:-back]) if block[-back] >= 0xC0 else (b"", block)
    return b"", block


def _decoded(text: LongText) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    with text.opening() as stream:
        first = True
        while block := stream.read(BLOCK):
            if text.encoding == "utf-8":
                yield block.removeprefix(codecs.BOM_UTF8) if first else block
            else:
                yield _as_utf8(decoder, block, text.label)
            first = False
        if text.encoding != "utf-8":
            yield _as_utf8(decoder, b"", text.label)


def _as_utf8(decoder: codecs.IncrementalDecoder, block: bytes, label: str) -> bytes:
    try:
        return decoder.decode(block, final=not block).encode()
    except UnicodeError:
        raise unknown_encoding(label) from None
