"""Placing finished rows: which files of a facts table are written anew, month by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goldloop.core.arrays import array
from goldloop.core.table import Table
from goldloop.lake.arrow import facts_schema, picked, valued, with_nulls
from goldloop.lake.finish import Finished
from goldloop.lake.schema import TABLES
from goldloop.lake.work import Work, month_number, month_text

FILES_PER_MONTH = 8  # more than that are put together
ROWS_PER_FILE = 1_000_000


def place(work: Work, finished: Finished) -> None:
    """Write the new rows of a facts table; files that lose or change rows are replaced, in the touched months only."""
    table, name = TABLES[finished.name], f"facts/{finished.name}"
    work.edit(name, facts_schema(table), "month")
    loose = _replaced(work, finished, table)
    for month, rows in _by_month(finished.add, table):  # one month at a time, so that its memory is used again
        _settle(work, table, month, [*loose.pop(month, []), rows])
    for month in sorted(loose):
        _settle(work, table, month, loose[month])


def _order(table: Table) -> list[tuple[str, str]]:
    """Sort order inside a file: store, day, then what tells rows apart."""
    names = ["store", *(n for n in ("day", table.month_of) if n in table.names), *table.key]
    if table.name == "order_lines":
        names = ["store", "day", "order_id"]
    return [(n, "ascending") for n in dict.fromkeys(names) if n]


def _rough(table: Table, rows: pa.Table) -> list[str]:
    """The columns of the sort order that are numbers: what stands together in a source stays together."""
    names = ["store", "day", *([table.month_of] if table.month_of else [])]
    return [n for n in names if n in rows.column_names and not pa.types.is_string(rows.schema.field(n).type)]


def _number(column: pa.ChunkedArray) -> np.ndarray:
    """Dates, times and integers as integers."""
    kind = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
    return array(column.cast(kind).fill_null(0))


def _by_month(rows: pa.Table, table: Table) -> Iterator[tuple[int, pa.Table]]:
    """Rows sorted and cut at the months of `_mon`; columns without a value come back when they are written."""
    if not rows.num_rows:
        return
    numbers = [_number(rows.column(n)) for n in _rough(table, rows)]
    months = np.array(array(rows.column("_mon")))
    order = np.lexsort([*reversed(numbers), months])
    months = months[order]
    starts = [0, *(np.flatnonzero(np.diff(months)) + 1).tolist(), rows.num_rows]
    plain = valued(rows.drop_columns(["_mon"]))
    spread = np.maximum.reduceat(order, starts[:-1]) - np.minimum.reduceat(order, starts[:-1])
    if spread.sum() > 3 * rows.num_rows:  # the months stand mixed
        plain = plain.combine_chunks()
    for start, end in zip(starts[:-1], starts[1:], strict=True):
        yield int(months[start]), picked(plain, pa.array(order[start:end]))


def _replaced(work: Work, finished: Finished, table: Table) -> dict[int, list[pa.Table]]:
    """Take out the files that lose or change rows; what stays of them, by month."""
    loose: dict[int, list[pa.Table]] = defaultdict(list)
    name = f"facts/{finished.name}"
    gone = _by_file(finished.gone)
    patches = _by_file(finished.patch)
    for number in sorted({*gone, *patches}):
        part = work.parts(name)[number]
        rows = _read(work, table, number)
        month = month_number(part.partition)
        months = np.full(rows.num_rows, month)
        if number in patches:
            patch = patches[number]
            at = array(patch.column("_at"))
            months[at] = array(patch.column("_mon"))
            rows = _patched(rows, patch, at)
        if number in gone:
            months[array(gone[number].column("_at"))] = -1
        for target in np.unique(months).tolist():
            if target >= 0:
                loose[target].append(rows.filter(pa.array(months == target)))
        loose.setdefault(month, [])
        work.edits[name].remove.append(part)
    return loose


def _by_file(places: pa.Table | None) -> dict[int, pa.Table]:
    """Rows with `_file`, sorted by it, cut at its values."""
    if places is None or not places.num_rows:
        return {}
    files = array(places.column("_file"))
    starts = [0, *(np.flatnonzero(np.diff(files)) + 1).tolist(), places.num_rows]
    return {int(files[a]): places.slice(a, b - a) for a, b in zip(starts[:-1], starts[1:], strict=True)}


def _patched(rows: pa.Table, patch: pa.Table, at: np.ndarray) -> pa.Table:
    """`rows` with the values of `patch` at the positions `at`."""
    pick = np.arange(rows.num_rows)
    pick[at] = rows.num_rows + np.arange(len(at))
    index = pa.array(pick)
    for number, column in enumerate(rows.column_names):
        if column in patch.column_names and not column.startswith("_at"):
            old, new = rows.column(column), patch.column(column)
            both = pa.chunked_array([*old.chunks, *new.cast(old.type).chunks], old.type)
            rows = rows.set_column(number, rows.schema.field(column), both.take(index))
    return rows


def _read(work: Work, table: Table, number: int) -> pa.Table:
    """A file of facts, in today's columns."""
    name = f"facts/{table.name}"
    held = pq.ParquetFile(work.root / name / work.parts(name)[number].path).read()
    return with_nulls(held, facts_schema(table))


def _settle(work: Work, table: Table, month: int, rows: list[pa.Table]) -> None:
    """Write the loose rows of a month, together with all its other files when there would be too many."""
    name = f"facts/{table.name}"
    edit = work.edits[name]
    others = [i for i in work.parts_in(name, [month]) if work.parts(name)[i] not in edit.remove]
    if len(others) >= FILES_PER_MONTH:
        rows = [*rows, *(_read(work, table, i) for i in others)]
        edit.remove.extend(work.parts(name)[i] for i in others)
    if not rows:
        return
    whole = pa.concat_tables([with_nulls(r, facts_schema(table)) for r in rows])
    if len(rows) > 1:
        whole = whole.take(pc.sort_indices(whole, _order(table)))
    for start in range(0, whole.num_rows, ROWS_PER_FILE):
        work.write(name, whole.slice(start, ROWS_PER_FILE), month_text(month))
