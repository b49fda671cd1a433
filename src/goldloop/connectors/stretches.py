"""A sheet too large for memory, read once and stretch by stretch: enough where rows that depend on one another are neighbours.

Exports list an order's rows under one another. Whether a file does so is seen while it is read: when a key comes back in a
later stretch the sheet is `Scattered` and has to be cut on disk (see `pieces`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from goldloop.connectors.grouping import Columns
from goldloop.connectors.pieces import key_hashes
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet


class Scattered(Exception):
    """Rows that depend on one another stand far apart."""


class Stretch(RawSheet):
    """Neighbouring rows of a sheet, held in memory, with their numbers in the file."""

    def __init__(self, whole: RawSheet, rows: pa.Table) -> None:
        super().__init__(file=whole.file, member=whole.member, sheet=whole.sheet)
        self._whole, self._table = whole, rows

    def first_rows(self, n: int) -> list[list[str]]:
        """The first rows of the whole sheet: preamble and header belong to every stretch."""
        return self._whole.first_rows(n)

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """The rows of the stretch, in the order of the file."""
        if names is None:
            return self._table
        return self._table.select([n for n in self._table.column_names if n in set(names) or n == "_row"])

    def drop(self) -> None:
        """Let go of the rows when they are no longer needed."""
        self._table = self._table.schema.empty_table()  # a slice would hold all of them


def stretches(
    sheet: RawSheet, header_row: int, profile: Profile, *, by: Columns, rows: int, most: int
) -> Iterator[Stretch]:
    """The rows below the header, about `rows` at a time and `most` at most; `by` are the columns that `grouping` found.

    Raises `Scattered` when rows of one key do not stand in one stretch.
    """
    seen, count = _Seen(), 0
    held: list[pa.Table] = []
    keys = np.empty(0, dtype=np.uint64)
    for table in sheet.tables(header_row):
        held.append(table)
        fresh = (
            key_hashes(table, profile, by) if by else np.arange(len(keys), len(keys) + table.num_rows, dtype=np.uint64)
        )
        keys = np.concatenate([keys, fresh])
        while (end := _next_key(keys, rows)) is not None:
            whole = pa.concat_tables(held)
            if by:
                seen.add(keys[:end])
            yield Stretch(sheet, whole.slice(0, end))
            count += end
            held, keys = [whole.slice(end)], keys[end:]
        if len(keys) > most:
            raise Scattered
    if len(keys) or (held and not count):  # of a sheet without rows a stretch without rows
        if by:
            seen.add(keys)
        yield Stretch(sheet, pa.concat_tables(held))


def _next_key(keys: np.ndarray, start: int) -> int | None:
    """Where the first new key begins at `start` or behind it."""
    if len(keys) <= start:
        return None
    changes = np.flatnonzero(keys[start:] != keys[start - 1 : -1])
    return start + int(changes[0]) if len(changes) else None


class _Seen:
    """Which keys have come; one that comes back is the end of it."""

    def __init__(self) -> None:
        self._keys = np.empty(0, dtype=np.uint64)

    def add(self, keys: np.ndarray) -> None:
        """Take in the keys of a stretch; raises `Scattered` when an earlier one had one of them."""
        fresh = np.sort(keys)
        last = np.flatnonzero(np.append(fresh[1:] != fresh[:-1], True)[: len(fresh)])
        both = np.concatenate([self._keys, fresh[last]])
        both.sort()
        if (both[1:] == both[:-1]).any():
            raise Scattered
        self._keys = both
