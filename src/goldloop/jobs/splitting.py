"""One sheet that holds the rows of several stores, as one sheet per store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from goldloop.connectors.readers import RawSheet, clean_name
from goldloop.connectors.recognise import Recognition
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    import pyarrow as pa


class StoreRows(RawSheet):
    """The rows of a sheet that belong to one store; row numbers stay those of the file."""

    def __init__(self, whole: RawSheet, rows: pa.Array) -> None:
        super().__init__(file=whole.file, member=whole.member, sheet=whole.sheet)
        self._whole, self._rows = whole, rows.to_numpy()
        self.large = whole.large

    @property
    def extent(self) -> tuple[int, int]:
        """That of the whole sheet."""
        return self._whole.extent

    def first_rows(self, n: int) -> list[list[str]]:
        """The first rows of the whole sheet: preamble and header belong to every store."""
        return self._whole.first_rows(n)

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """The store's own rows."""
        return self._own(self._whole.table(header_row, names))

    def tables(self, header_row: int) -> Iterator[pa.Table]:
        """The store's own rows, a piece at a time."""
        return map(self._own, self._whole.tables(header_row))

    def _own(self, table: pa.Table) -> pa.Table:
        import numpy as np
        import pyarrow as pa

        numbers = table["_row"].to_numpy()
        at = np.minimum(np.searchsorted(self._rows, numbers), len(self._rows) - 1)  # both go up
        return table.filter(pa.array(self._rows[at] == numbers))


def stores_named(sheet: RawSheet, recognition: Recognition, stores: Collection[str]) -> list[str]:
    """The stores that the rows name in the profile's own store column; [] unless every name there is one of `stores`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = recognition.profile.store_name if recognition.profile is not None else None
    if column is None or column not in sheet.columns(recognition.header_row):
        return []
    cells = sheet.table(recognition.header_row, [column])[column].cast(pa.string())
    named = [name for name in pc.unique(pc.utf8_trim_whitespace(cells)).to_pylist() if name]
    return named if set(named) <= set(stores) else []


def split_by_store(sheet: RawSheet, header_row: int, column: str) -> Iterator[tuple[RawSheet, str]]:
    """The rows of each store and the name that stands on them, in the order in which the names first appear.

    A blank cell belongs to the store of the row above it (an order's further lines), at the top to the first store.
    Raises `column_missing`, or `store_column_empty` when no row names a store.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    name = clean_name(column)
    columns = sheet.columns(header_row)
    if name not in columns:
        raise GoldloopError(
            "column_missing",
            f"There is no column '{column}' in '{sheet.file}'.",
            given=column,
            allowed=list(columns),
            column=column,
            file=sheet.file,
        )
    table = sheet.table(header_row, [name])
    cells = pc.utf8_trim_whitespace(table[name].combine_chunks().cast(pa.string()))
    filled = pc.fill_null_forward(pc.if_else(pc.equal(cells, ""), None, cells))
    named = pc.fill_null_backward(filled)
    for value in pc.unique(named).to_pylist():
        if value is None:
            raise GoldloopError(
                "store_column_empty", f"No row of '{sheet.file}' names a store in '{column}'.", given=column, todo="Use --store NAME.",
                column=column, file=sheet.file,
            )  # fmt: skip
        yield StoreRows(sheet, table["_row"].filter(pc.equal(named, value)).combine_chunks()), value
