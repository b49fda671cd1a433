"""One sheet that holds the rows of several stores, as one sheet per store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from goldloop.connectors.readers import RawSheet, clean_name
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    import pyarrow as pa


class StoreRows(RawSheet):
    """The rows of a sheet that belong to one store; row numbers stay those of the file."""

    def __init__(self, whole: RawSheet, rows: pa.Array) -> None:
        super().__init__(file=whole.file, member=whole.member, sheet=whole.sheet)
        self._whole, self._rows = whole, rows

    def first_rows(self, n: int) -> list[list[str]]:
        """The first rows of the whole sheet: preamble and header belong to every store."""
        return self._whole.first_rows(n)

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """The store's own rows."""
        import pyarrow.compute as pc

        table = self._whole.table(header_row, names)
        return table.filter(pc.is_in(table["_row"], value_set=self._rows))


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
