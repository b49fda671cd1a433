"""From bytes to UTF-8, by a fixed order of encodings: a statistical guess is wrong too often on short Chinese text."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from goldloop.core.errors import GoldloopError

ENCODINGS = ("utf-8", "utf-8 with BOM", "utf-16 with BOM", "gb18030")
_BLOCK = 1 << 20
BINARY = 1 << 16  # a NUL in so many first bytes: this is no text


def as_utf8(data: pa.Buffer, label: str) -> pa.Buffer:
    """The same text in UTF-8 without BOM; untouched (not even copied) when it is that already.

    A BOM decides; otherwise UTF-8, then GB18030, each for the whole text and strictly. Raises `encoding_unknown`
    when neither fits.
    """
    start = data.slice(0, min(4, data.size)).to_pybytes()
    if start.startswith(codecs.BOM_UTF8):
        return _checked(data.slice(3), label)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(_decoded(data, "utf-16", label), label)
    if is_utf8(data):
        return _checked(data, label)
    return _checked(_decoded(data, "gb18030", label), label)


def is_utf8(data: pa.Buffer) -> bool:
    """Whether all of it is valid UTF-8 (looked at as one long Arrow text: several GB a second)."""
    offsets = pa.py_buffer(np.array([0, data.size], dtype=np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, data).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def blocks(data: pa.Buffer) -> Iterator[memoryview]:
    """The bytes in pieces of one megabyte."""
    view = memoryview(data)
    for start in range(0, len(view), _BLOCK):
        yield view[start : start + _BLOCK]


def more_lines(data: pa.Buffer, most: int) -> bool:
    """Whether the text has more than `most` lines."""
    if data.size <= 2 * most:
        return False
    count = 0
    for block in blocks(data):
        count += int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == 10))
        if count > most:
            return True
    return False


def _checked(data: pa.Buffer, label: str) -> pa.Buffer:
    if b"\0" in data.slice(0, min(BINARY, data.size)).to_pybytes() or not is_utf8(data):
        raise unknown_encoding(label)
    return data


def _decoded(data: pa.Buffer, encoding: str, label: str) -> pa.Buffer:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    sink = pa.BufferOutputStream()
    try:
        for block in blocks(data):
            sink.write(decoder.decode(block).encode())
        sink.write(decoder.decode(b"", final=True).encode())
    except UnicodeError:
        raise unknown_encoding(label) from None
    return sink.getvalue()


def unknown_encoding(label: str) -> GoldloopError:
    """The text fits none of ENCODINGS."""
    return GoldloopError(
        "encoding_unknown",
        f"The text of '{label}' is in no known encoding.",
        given=label,
        allowed=list(ENCODINGS),
        todo="Save it again as CSV UTF-8 and import that.",
        file=label,
    )
