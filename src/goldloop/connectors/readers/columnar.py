"""Parquet: columns keep their type, the header counts as row 1."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import RawSheet
from goldloop.connectors.readers.tables import finished, header_of


class ParquetSheet(RawSheet):
    """A Parquet file; its column names are row 1, its first record is row 2."""

    def __init__(self, data: pa.Buffer, *, file: str, member: str = "") -> None:
        super().__init__(file=file, member=member)
        try:
            self._parquet = pq.ParquetFile(pa.BufferReader(data))
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from None

    def first_rows(self, n: int) -> list[list[str]]:
        """Column names, then the first records; values as text."""
        rows = [list(self._parquet.schema_arrow.names)]
        if n > 1:
            try:
                batch = next(self._parquet.iter_batches(batch_size=n - 1), None)
            except (pa.ArrowException, OSError) as error:
                raise self._broken(error) from None
            cells = [] if batch is None else [column.to_pylist() for column in batch.columns]
            rows += [["" if cell is None else str(cell) for cell in row] for row in zip(*cells, strict=True)]
        return rows[:n]

    def table(self, header_row: int = 1, names: Sequence[str] | None = None) -> pa.Table:
        """All records; columns keep their Arrow type, dictionaries are decoded, nested values are JSON text."""
        columns = header_of(self, header_row)
        try:
            table = self._parquet.read()
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from None
        arrays = [_plain(table.column(i)) for i in range(len(columns))]
        return finished(pa.table(arrays, names=columns), first_row=header_row + 1, names=names)

    def _broken(self, error: Exception) -> Exception:
        return refusals.broken(self.member or self.file, str(error))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_nested(kind):
        values = (None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist())
        return pa.chunked_array([pa.array(values, pa.string())])
    return column
