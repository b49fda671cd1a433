"""What all readers do with the table they have read: number its rows and leave out the blank ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors.readers.sheet import RawSheet, column_names
from goldloop.core.errors import GoldloopError


def header_of(sheet: RawSheet, header_row: int) -> list[str]:
    """Column names of the sheet with its header in this row (from 1); raises `header_missing` when there are none."""
    rows = sheet.first_rows(header_row)
    names = list(column_names(rows[header_row - 1])) if 0 < header_row <= len(rows) else []
    if not names:
        raise GoldloopError(
            "header_missing",
            f"Row {header_row} of '{sheet.file}' holds no column names.",
            given=header_row,
            todo=f"goldloop profile check {sheet.file}",
            file=sheet.file,
            row=header_row,
        )
    return names


def finished(table: pa.Table, *, first_row: int, names: Sequence[str] | None) -> pa.Table:
    """The wanted columns of the rows that are not blank, and `_row`, where the first row of `table` is `first_row`."""
    rows = pa.array(np.arange(first_row, first_row + table.num_rows, dtype=np.int64))
    blank = _blank_rows(table)
    wanted = table.column_names if names is None else [c for c in table.column_names if c in set(names)]
    table = table.select(wanted).append_column("_row", rows)
    if len(blank):
        keep = np.ones(table.num_rows, dtype=bool)
        keep[blank] = False
        table = table.filter(pa.array(keep))
    return table


def text_column(values: Sequence[str | None]) -> pa.Array:
    """A text column; empty cells are null."""
    cells = pa.array(values, pa.string())
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)


def _blank_rows(table: pa.Table) -> np.ndarray:
    """Positions of the rows without a word; looks at a column only where all columns before it are blank."""
    left: np.ndarray | None = None
    for column in table.columns:
        blank = _is_blank(column if left is None else column.take(pa.array(left)))
        found = np.flatnonzero(blank.to_numpy())
        left = found if left is None else left[found]
        if not len(left):
            break
    return np.array([], dtype=np.int64) if left is None else left


def _is_blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_string(column.type):
        return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
    return pc.is_null(column)
