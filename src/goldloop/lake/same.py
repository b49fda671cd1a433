"""The same rows in another file: what an import said is said once more, and not a cell of it is read again.

Rows are known by a hash of all their cells. What an import that is repeated said stands in `seen` with the number of the row
that said it; where each of these rows stands in the new file is all that has to be found out.
"""

from __future__ import annotations

import functools
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from goldloop.core.table import Table
from goldloop.lake.arrow import MOMENT, ROW, SAID, field_of
from goldloop.lake.seen import BOUNDS, seen_schema
from goldloop.lake.work import Work, text


@functools.cache
def _hashing() -> duckdb.DuckDBPyConnection:
    """The engine whose function is used, opened once for all files of a process: opening costs as much as a small file."""
    return duckdb.connect(config={"threads": 1})


class RowHashes:
    """Hashes of rows as they stand in a file: 64 bits, equal where every cell is equal, by the engine's own function."""

    def __init__(self) -> None:
        self._engine = _hashing().cursor()

    def of(self, rows: pa.Table) -> np.ndarray:
        """The hash of each row; `_row`, its number, is no part of it, but names and types of the columns are."""
        cells = rows.drop_columns([ROW.name])
        shape = "\x1f".join(f"{field.name}\x1e{field.type}" for field in cells.schema)
        names = [f"c{number}" for number in range(cells.num_columns)]  # what a header holds is no SQL
        self._engine.register("cells", cells.rename_columns(names))
        found = self._engine.execute(f"SELECT hash({text(shape)}, {', '.join(names)}) AS found FROM cells")
        hashes: np.ndarray = found.to_arrow_table().column("found").to_numpy()
        self._engine.unregister("cells")
        return hashes


def said_by(work: Work, table: Table, import_id: int) -> pa.Table | None:
    """All that an import said about a table: `store`, `_row`, `_moment` and `_said`; None when it said nothing."""
    name, schema = f"seen/{table.name}", pa.schema([field_of(table.column("store")), ROW, MOMENT, SAID])
    parts = [part for part in work.parts(name) if part.partition == str(import_id)]
    files = (pq.ParquetFile(work.root / name / part.path) for part in parts)
    found = [file.read(columns=schema.names).select(schema.names).cast(schema) for file in files]
    return pa.concat_tables(found) if found else None


def holds(work: Work, table: Table, said: pa.Table) -> bool:
    """Whether each of these statements still is just what a fact says, so that saying it again changes no fact."""
    if not work.parts(f"facts/{table.name}"):
        return False
    work.hold("said_again", said)
    facts = f"(SELECT _said FROM {work.scan(f'facts/{table.name}')} WHERE _said IS NOT NULL)"
    return not work.some(f"(SELECT 1 FROM said_again ANTI JOIN {facts} USING (_said))")


def say_again(
    work: Work, table: Table, said: pa.Table, import_id: int, place: np.ndarray, moment: datetime | None
) -> None:
    """Write what was said once more, by another import: from row `place[n]` of its file what row `n` said before.

    `moment`: when that file was true; None: every row says so itself, as before.
    """
    rows = pa.array(place[said.column(ROW.name).to_numpy()])
    again = said.set_column(1, ROW, rows)
    if moment is not None:
        again = again.set_column(2, MOMENT, pa.repeat(pa.scalar(moment, MOMENT.type), len(rows)))
    name = f"seen/{table.name}"
    work.edit(name, seen_schema(table), "import_id")
    work.write(name, again, str(import_id), kind="again", bounds=BOUNDS)
