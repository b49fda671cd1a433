"""Parquet: columns keep their type, the header counts as row 1."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import DEFAULT_LIMITS, Limits, RawSheet
from goldloop.connectors.readers.tables import finished, header_of


class ParquetSheet(RawSheet):
    """A Parquet file; its column names are row 1, its first record is row 2.

    It is read all at once: raises `sheet_too_large`, and `file_too_large` where its values take too much memory.
    """

    def __init__(self, data: pa.Buffer, *, file: str, member: str = "", limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(file=file, member=member)
        self._limits = limits
        try:
            held = pq.read_metadata(pa.BufferReader(data))
            # Texts that are listed once and named by numbers stay so, until it is known how long they are written out.
            self._parquet = pq.ParquetFile(pa.BufferReader(data), read_dictionary=_listed(held))
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from None
        if held.num_rows > limits.rows or held.num_columns > limits.columns:
            allowed = f"{limits.rows} x {limits.columns}"
            raise refusals.sheet_too_large(member or file, held.num_rows, held.num_columns, allowed)
        self._check_size(sum(held.row_group(n).total_byte_size for n in range(held.num_row_groups)))

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
        self._check_size(sum(map(_written_out, table.columns)))
        arrays = [_plain(table.column(i)) for i in range(len(columns))]
        return finished(pa.table(arrays, names=columns), first_row=header_row + 1, names=names)

    def _check_size(self, size: int) -> None:
        if size > self._limits.whole:
            raise refusals.file_too_large(self.member or self.file, size, self._limits.whole, "GOLDLOOP_WHOLE_MB")

    def _broken(self, error: Exception) -> Exception:
        return refusals.broken(self.member or self.file, str(error))


def _listed(held: pq.FileMetaData) -> list[str]:
    """The columns whose values stand in lists of different ones."""
    groups = [held.row_group(n) for n in range(held.num_row_groups)]
    chunks = [group.column(n) for group in groups for n in range(held.num_columns)]
    listed = {chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page}
    return sorted(listed.intersection(held.schema.to_arrow_schema().names))


def _written_out(column: pa.ChunkedArray) -> int:
    """Bytes that the values take once each stands for itself."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    kind = column.type.value_type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        return 8 * len(column)
    lengths = (pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() for chunk in column.chunks)
    return sum(length or 0 for length in lengths)


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
