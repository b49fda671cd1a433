"""What every file said: append-only files per import, from which any fact can be derived again.

A `said-<digest>` file holds rows with exactly the columns that their profile carried (the digest names that set, and the
rank of a source that is not the platform itself), so an absent column is never taken for a null. A row that only says again what the fact says already is kept as its hash in an
`again` file (store, _row, _moment, _said): daily exports of the last 90 days cost almost nothing, and undoing one import
still leaves what another one said. Every hash of an `again` file stands in a `said` file of an import that holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from goldloop.core.table import Table
from goldloop.lake.arrow import MOMENT, ROW, SAID, SQL_TYPES, empty, field_of, stated_schema
from goldloop.lake.delta import Part
from goldloop.lake.told import Told, kept_rows, rank_of
from goldloop.lake.work import Work, quoted

BOUNDS = ("store", "_moment")


def seen_schema(table: Table) -> pa.Schema:
    """Delta schema of seen/<table> without the partition column: every column may be absent from a file."""
    # Bounds are kept for the first 32 columns only, and that of _moment is needed.
    return pa.schema([ROW, MOMENT, SAID, *stated_schema(table)])


def said_schema(table: Table, carried: Sequence[str]) -> pa.Schema:
    """Columns of a said file whose profile carried these."""
    return pa.schema([*(field_of(table.column(n)) for n in (*table.key, *carried)), ROW, MOMENT, SAID])


def keep(work: Work, told: Told, import_id: int) -> None:
    """Write what this import said about one table."""
    name = f"seen/{told.name}"
    work.edit(name, seen_schema(told.table), "import_id")
    for number, sheet in enumerate(told.sheets):
        first = work.arrow(
            f"SELECT _pos, _said FROM content_{told.name} WHERE NOT known AND _set = {number} ORDER BY _pos"
        )
        if first.num_rows:
            rows = kept_rows(sheet, first["_pos"], first["_said"])
            schema, kind = said_schema(told.table, sheet.carried), f"said-{sheet.digest}"
            work.write_all(name, schema, rows, str(import_id), kind=kind, bounds=BOUNDS)
    fresh = work.one(f"SELECT count(*) FROM content_{told.name} WHERE NOT known")
    if work.one(f"SELECT count(*) FROM told_{told.name}") == fresh:
        return
    first = f"ANTI JOIN (SELECT _pos FROM content_{told.name} WHERE NOT known) c USING (_pos)" if fresh else ""
    again = work.arrow(f"SELECT store, _row, _moment, _said FROM told_{told.name} {first} ORDER BY _pos")
    work.write(name, again, str(import_id), kind="again", bounds=BOUNDS)


@dataclass(frozen=True)
class Group:
    """The said files of a table that carry the same columns, by their numbers."""

    digest: str
    carried: tuple[str, ...]
    files: tuple[int, ...]

    @property
    def rank(self) -> str:
        """The rank of the sources of these files."""
        return rank_of(self.digest)


def groups(work: Work, table: Table) -> list[Group]:
    """Said files by the columns they carry."""
    name, by_digest = f"seen/{table.name}", dict[str, list[int]]()
    for i, part in enumerate(work.parts(name)):
        if part.name.startswith("said-"):
            by_digest.setdefault(_digest(part), []).append(i)
    result = []
    for digest, files in sorted(by_digest.items()):
        held = pq.read_schema(work.base.places(name, [work.parts(name)[files[0]]])[0]).names
        carried = tuple(n for n in held if n not in table.key and not n.startswith("_"))
        result.append(Group(digest, carried, tuple(files)))
    return result


def _digest(part: Part) -> str:
    return part.name.removeprefix("said-").rpartition("-")[0]


def ranks(work: Work, table: Table) -> dict[int, set[str]]:
    """Ranks of the sources that spoke of each store in this table."""
    found: dict[int, set[str]] = defaultdict(set)
    for part in work.parts(f"seen/{table.name}"):
        if part.name.startswith("said-"):
            low, high = part.bounds["store"]
            for store in range(low, high + 1):
                found[store].add(rank_of(_digest(part)))
    return found


def again_files(work: Work, table: Table, without: Collection[str] = ()) -> list[int]:
    """Numbers of the again files of a table, imports `without` (partition values) left out."""
    parts = work.parts(f"seen/{table.name}")
    return [i for i, p in enumerate(parts) if p.name.startswith("again-") and p.partition not in without]


def said_rows(work: Work, table: Table, held: Sequence[Group], semi: str = "") -> str:
    """SQL for said rows with all stated columns (null where not carried), `_set` (position in `held`) and file place.

    `semi` is a join that narrows them, such as `SEMI JOIN keys k USING (...)`.
    """
    branches = []
    for number, group in enumerate(held):
        have = {*table.key, *group.carried}
        columns = ", ".join(
            f'"{c.name}"' if c.name in have else f'NULL::{SQL_TYPES[c.type]} AS "{c.name}"' for c in table.stated
        )
        branches.append(
            f"SELECT {columns}, _row, _moment, _said, _file, _at, {number}::INTEGER AS _set "
            f"FROM {work.scan(f'seen/{table.name}', group.files)} s {semi}"
        )
    return "(" + " UNION ALL ".join(branches) + ")"


def statements(
    work: Work,
    table: Table,
    held: Sequence[Group],
    *,
    keys: str | None,
    into: str,
    without: Collection[str] = (),
    on: Sequence[str] = (),
) -> None:
    """Table `into`: every different content said about the keys of table `keys` (None: about every key).

    `keys` has the table's key columns, or those that `on` names.

    Columns: the stated ones, _said, _set (position in `held`), lo and hi (first and last moment at which it was said);
    what only the imports `without` say is left out.
    """
    name, using = f"seen/{table.name}", quoted(on or table.key)
    semi = f"SEMI JOIN {keys} k USING ({using})" if keys else ""
    work.run_pruned(f"CREATE OR REPLACE TEMP TABLE said AS SELECT * FROM {said_rows(work, table, held, semi)}")
    off = [str(i) for i, p in enumerate(work.parts(name)) if p.partition in without]
    moments = f"SELECT _said, _moment FROM said WHERE _file NOT IN ({', '.join(off or ['-1'])})"
    again = again_files(work, table, without)
    if again:
        moments += f" UNION ALL SELECT _said, _moment FROM {work.scan(name, again)} a SEMI JOIN said s USING (_said)"
    columns = quoted((c.name for c in table.stated), "s.")
    work.run(
        f"CREATE OR REPLACE TEMP TABLE {into} AS "
        f"WITH m AS (SELECT _said, min(_moment) AS lo, max(_moment) AS hi FROM ({moments}) GROUP BY _said), "
        f"one AS (SELECT _said, min({_PLACE}) AS place FROM said GROUP BY _said) "
        f"SELECT {columns}, s._said, s._set, lo, hi FROM (SELECT *, {_PLACE} AS place FROM said) s "
        "JOIN one o ON o._said = s._said AND o.place = s.place JOIN m ON m._said = s._said"
    )
    work.run("DROP TABLE said")


_PLACE = "_file * 4294967296 + _at"


def spoken(work: Work, table: Table, keys: pa.Table) -> pa.Table:
    """All rows said about `keys` (some or all key columns), with import_id, _row and _moment, oldest first."""
    name, held = f"seen/{table.name}", groups(work, table)
    schema = pa.schema([*stated_schema(table), pa.field("import_id", pa.int64()), ROW, MOMENT])
    if not held:
        return empty(schema)
    work.hold("asked", keys.cast(pa.schema([field_of(table.column(n)) for n in keys.column_names])))
    semi = f"SEMI JOIN asked k USING ({quoted(keys.column_names)})"
    work.run_pruned(f"CREATE TEMP TABLE said AS SELECT * FROM {said_rows(work, table, held, semi)}")
    rows = "SELECT _said, _row, _moment, _file FROM said"
    again = again_files(work, table)
    if again:
        rows += f" UNION ALL SELECT _said, _row, _moment, _file FROM {work.scan(name, again)} a SEMI JOIN said s USING (_said)"
    imports = ", ".join(f"({i}, {p.partition})" for i, p in enumerate(work.parts(name)))
    columns = quoted(c.name for c in table.stated)
    found = work.arrow(
        f"SELECT {columns}, v.import_id, r._row, r._moment FROM ({rows}) r JOIN (VALUES {imports}) v (_file, import_id) "
        f"USING (_file) JOIN (SELECT {columns}, _said FROM said QUALIFY row_number() OVER (PARTITION BY _said "
        "ORDER BY _file, _at) = 1) USING (_said) ORDER BY r._moment, v.import_id, r._row"
    )
    return found.cast(schema)


def latest(work: Work, table: Table, stores: Collection[int]) -> dict[int, str | None]:
    """For each store a moment (SQL literal) after which nothing was said about it in this table; None: nothing at all."""
    result: dict[int, str | None] = {}
    for store in stores:
        ends = []
        for part in work.parts(f"seen/{table.name}"):
            (low, high), (_, moment) = part.bounds["store"], part.bounds["_moment"]
            if low <= store <= high:
                ends.append(moment)
        result[store] = f"TIMESTAMP '{max(ends)}'" if ends else None
    return result
