"""GZ files: one text, unpacked into memory or read from its start, counted against the limits of archives."""

from __future__ import annotations

import gzip
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager

import pyarrow as pa

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.archive import BROKEN, Blocks, check_unpacked
from goldloop.connectors.readers.sheet import Limits
from goldloop.core.errors import GoldloopError

_BLOCK = 1 << 20


class Gzipped:
    """What is packed in a GZ file; raises `file_broken` and `archive_too_large` while it is read."""

    def __init__(self, data: pa.Buffer, *, file: str, limits: Limits) -> None:
        self._data, self._file, self._limits = data, file, limits

    @contextmanager
    def opening(self) -> Iterator[Blocks]:
        """The unpacked bytes from their start."""
        with closing(self._blocks()) as blocks:
            yield Blocks(blocks)

    def content(self, most: int) -> pa.Buffer | None:
        """All of it in memory; None when it has more than `most` bytes."""
        with self.opening() as stream:
            found = stream.read(most + 1)
        return None if len(found) > most else pa.py_buffer(found)

    def _blocks(self) -> Generator[bytes, None, None]:
        done = 0
        try:
            with gzip.GzipFile(fileobj=pa.BufferReader(self._data)) as stream:
                while block := stream.read(_BLOCK):
                    done += len(block)
                    check_unpacked(self._file, done, self._data.size, self._limits)
                    yield block
        except GoldloopError:
            raise
        except BROKEN as error:
            raise refusals.broken(self._file, str(error)) from None
