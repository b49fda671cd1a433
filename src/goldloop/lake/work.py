"""One write in progress: the engine, what the base snapshot holds, and the files added and removed so far."""

from __future__ import annotations

import errno
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.core.exclusion import ExclusionRule
from goldloop.core.store import Store
from goldloop.core.table import Table
from goldloop.lake.arrow import SQL_TYPES, empty, facts_schema
from goldloop.lake.delta import Part, commit, log_files
from goldloop.lake.durable import force
from goldloop.lake.schema import TABLES
from goldloop.lake.snapshot import Snapshot

ROW_GROUP = 122_880  # rows; the engine reads row groups in parallel and skips them by their bounds
# Nothing is known of the size of Arrow rows, so joins stay as written here: the smaller side to the right.
_AS_WRITTEN = "join_order,build_side_probe_side"
ALONE = 10_000_000  # rows; below that one thread costs less time of the machine than several
# Columns by which files and row groups are skipped: keys, days and the times of partitions (bounds cost time to write).
BOUNDED = {n for t in TABLES.values() for n in (*t.key, t.month_of)} | {"day"}
_SAMPLE = 2000  # rows from which it is told whether the texts of a column repeat
SPILL = ".spill-"  # folders of the engine
UNKNOWN = "unknown"  # the partition of rows without a month

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SHUT = {errno.EROFS, errno.EACCES, errno.EPERM}


def quoted(names: Iterable[str], prefix: str = "") -> str:
    """Column names as a SQL list, quoted because `window`, `into` and others are words of SQL."""
    return ", ".join(f'{prefix}"{n}"' for n in names)


def text(value: str) -> str:
    """A SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def month_text(number: int) -> str:
    """The partition value of a month number: 202603 -> '2026-03', 0 -> 'unknown'."""
    return f"{number // 100:04d}-{number % 100:02d}" if number else UNKNOWN


def month_number(value: str | None) -> int:
    """The month number of a partition value: '2026-03' -> 202603, 'unknown' -> 0."""
    return 0 if value is None or value == UNKNOWN else int(value.replace("-", ""))


def month_sql(moment: str) -> str:
    """SQL for the month number of a time or date: year x 100 + month, 0 when it is null."""
    return f"coalesce(year({moment}) * 100 + month({moment}), 0)::INTEGER"


@dataclass
class Edit:
    """What one Delta table gains and loses in this write."""

    schema: pa.Schema
    partition: str | None
    add: list[Part] = field(default_factory=list)
    remove: list[Part] = field(default_factory=list)


class Work:
    """The engine and the pending files of one write on top of a base snapshot."""

    def __init__(
        self, base: Snapshot, stores: Mapping[int, Store], rules: Sequence[ExclusionRule], *, anew: bool = False
    ) -> None:
        self.base = base
        self.root = Path(base.root)
        self.stores = stores
        self.rules = rules
        self.anew = anew  # facts are made anew: those of the base are not looked at
        self.aside: Collection[str] = ()  # paths of facts files that speak of other orders
        self.edits: dict[str, Edit] = {}
        self.valued: dict[str, set[str]] = {}  # columns of held Arrow rows
        spill = self.root / f"{SPILL}{uuid.uuid4().hex}"  # made by the engine when memory does not suffice
        self.con = duckdb.connect(config={"temp_directory": str(spill)})
        self.con.execute("SET enable_progress_bar = false")  # it would draw over our own
        self.con.execute(f"SET disabled_optimizers = '{_AS_WRITTEN},join_filter_pushdown'")
        self._spill = spill

    def expect(self, rows: int) -> None:
        """Tell the engine how many rows are at stake: for few of them threads cost more than they bring."""
        if rows < ALONE:
            self.con.execute("SET threads = 1")

    def close(self) -> None:
        """Let the engine go, and what it spilled to disk."""
        self.con.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def run(self, sql: str) -> None:
        """Run one statement for its effect."""
        self.con.execute(sql)

    def run_pruned(self, sql: str) -> None:
        """Run a statement whose joins keep rows of files by few keys: other files and row groups are not read.

        The engine hands the keys down to the scan; it cannot do so for Arrow rows (DuckDB 1.5: "BLOOM_FILTER is not
        currently supported in PyArrow Scans"), so that is off for all other statements.
        """
        self.con.execute(f"SET disabled_optimizers = '{_AS_WRITTEN}'")
        self.con.execute(sql)
        self.con.execute(f"SET disabled_optimizers = '{_AS_WRITTEN},join_filter_pushdown'")

    def arrow(self, sql: str) -> pa.Table:
        """The rows of a query."""
        return self.con.execute(sql).to_arrow_table()

    def one(self, sql: str) -> int:
        """The single number of a query (0 for null)."""
        row = self.con.execute(sql).fetchone()
        return int(row[0] or 0) if row else 0

    def some(self, table: str) -> bool:
        """Whether a table or query in brackets has any row."""
        return self.con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None

    def numbers(self, sql: str) -> list[int]:
        """The first column of a query, as integers without nulls."""
        return [int(r[0]) for r in self.con.execute(sql).fetchall() if r[0] is not None]

    def hold(self, name: str, rows: pa.Table) -> None:
        """Let SQL see Arrow rows under a name; nothing is copied."""
        self.con.register(name, rows)
        self.valued[name] = set(rows.column_names)

    def columns(self, name: str, table: Table, names: Iterable[str]) -> str:
        """SQL list of columns of held rows of a table; one that they lack is null."""
        held = self.valued[name]
        return ", ".join(
            f'"{n}"' if n in held else f'NULL::{SQL_TYPES[table.column(n).type]} AS "{n}"' for n in dict.fromkeys(names)
        )

    # files of the base ------------------------------------------------------------------------------------------

    def parts(self, name: str) -> list[Part]:
        """The files of a table in the base snapshot."""
        if not name.startswith("facts/"):
            return self.base.parts(name)
        parts = [] if self.anew else self.base.parts(name)
        return [p for p in parts if p.path not in self.aside] if self.aside else parts

    def parts_in(self, name: str, months: Collection[int]) -> list[int]:
        """Numbers of the files of a facts table that hold these months (as numbers, 0 for unknown)."""
        near = {month_text(m) for m in months}
        return [i for i, p in enumerate(self.parts(name)) if p.partition in near]

    def none(self, name: str, table: Table) -> None:
        """Let SQL see a table `name` without rows, in the shape of facts of `table` with `_file` and `_at`."""
        self.hold(
            name, empty(facts_schema(table).append(pa.field("_file", pa.int32())).append(pa.field("_at", pa.int64())))
        )

    def scan(self, name: str, which: Sequence[int] | None = None) -> str:
        """SQL for the rows of a table's files (by their number; None: all), with `_file` and `_at` (row in the file)."""
        parts = self.parts(name)
        chosen = range(len(parts)) if which is None else which
        if not chosen:
            view = "none_" + name.replace("/", "_")
            self.none(view, TABLES[name.removeprefix("facts/")])
            return view
        files = ", ".join(map(text, self.base.places(name, [parts[i] for i in chosen])))
        numbers = ", ".join(str(i) for i in chosen)
        return (
            f"(SELECT *, list_value({numbers})[file_index::BIGINT + 1]::INTEGER AS _file, file_row_number AS _at "
            f"FROM read_parquet([{files}], hive_partitioning = false))"
        )

    def find(
        self,
        name: str,
        *,
        into: str,
        keys: str,
        on: Sequence[str],
        select: str,
        months: Collection[int],
        enough: str | None = None,
    ) -> None:
        """Table `into`: the rows of a facts table whose columns `on` stand in table `keys`.

        `select` must bring `on` along. Files of the `months` in which the keys are expected are read first, the others
        only for keys without `enough` (SQL for the keys that need no further look; by default those found).
        """
        if not self.parts(name) or not self.some(keys):
            self.run(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT {select} FROM {self.scan(name, ())}")
            return
        first = self.parts_in(name, months)
        second = [i for i in range(len(self.parts(name))) if i not in set(first)]
        if not first:
            first, second = second, []
        using = quoted(on)
        self.run_pruned(
            f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT {select} FROM {self.scan(name, first)} f "
            f"SEMI JOIN {keys} k USING ({using})"
        )
        if not second:
            return
        done = enough or f"SELECT {using} FROM {into}"
        self.run(
            f"CREATE OR REPLACE TEMP TABLE missing AS SELECT DISTINCT {using} FROM {keys} k ANTI JOIN ({done}) d USING ({using})"
        )
        if self.some("missing"):
            self.run_pruned(
                f"INSERT INTO {into} SELECT {select} FROM {self.scan(name, second)} f SEMI JOIN missing k USING ({using})"
            )

    def rows(self, name: str) -> pa.Table:
        """All rows of a small table, with the columns that its files have."""
        return pa.concat_tables(pq.ParquetFile(p).read() for p in self.base.places(name, self.parts(name)))

    # files to come ----------------------------------------------------------------------------------------------

    def edit(self, name: str, schema: pa.Schema, partition: str | None) -> Edit:
        """The pending changes of a table; its Delta schema is `schema` and the partition column."""
        if name not in self.edits:
            kind = pa.int64() if partition == "import_id" else pa.string()
            whole = schema if partition is None else schema.append(pa.field(partition, kind))
            self.edits[name] = Edit(whole, partition)
        return self.edits[name]

    def write(
        self, name: str, rows: pa.Table, value: str | None, *, kind: str = "part", bounds: Sequence[str] = ()
    ) -> None:
        """Write one Parquet file of a table and note it as added; `value` is that of the partition column."""
        self.write_all(name, rows.schema, [rows], value, kind=kind, bounds=bounds)

    def write_all(
        self,
        name: str,
        schema: pa.Schema,
        pieces: Iterable[pa.Table],
        value: str | None,
        *,
        kind: str = "part",
        bounds: Sequence[str] = (),
    ) -> None:
        """As `write`, from several pieces that need not be in memory at once."""
        edit = self.edits[name]
        folder = f"{edit.partition}={value}/" if edit.partition else ""
        path = f"{folder}{kind}-{uuid.uuid4().hex}.parquet"
        place = self.root / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        edit.add.append(Part(path, value, 0, 0))  # noted before it is written, so that half a file is taken away too
        bounded = [n for n in schema.names if n in BOUNDED]
        ends: dict[str, list[Any]] = {n: [] for n in bounds}
        count, writer = 0, None
        try:
            for rows in pieces:
                writer = writer or pq.ParquetWriter(place, schema, write_statistics=bounded, **_encoding(rows))
                writer.write_table(rows, row_group_size=ROW_GROUP)
                count += rows.num_rows
                for bound, found in ends.items():
                    found += [v for v in pc.min_max(rows.column(bound)).as_py().values() if v is not None]
        finally:
            if writer is not None:
                writer.close()
        held = place.stat()
        known = {n: (min(found), max(found)) for n, found in ends.items() if found}
        edit.add[-1] = Part(path, value, count, held.st_size, held.st_mtime_ns // 1_000_000, known)

    def drop_old_facts(self) -> None:
        """Note every facts file of the base as removed; what stands in the lake then is what this write adds."""
        for name in self.base.versions:
            if name.startswith("facts/"):
                self.edit(name, facts_schema(TABLES[name.removeprefix("facts/")]), "month")
                self.edits[name].remove = list(self.base.parts(name))

    def commit(self) -> dict[str, int]:
        """Commit every changed table, what was said before what holds; all versions of the new snapshot.

        All of it is on the disk then: a database row that names these versions never outlives their files.
        """
        versions = dict(self.base.versions)
        written: list[Path] = []
        for name in sorted(self.edits, key=lambda n: (not n.startswith("seen/"), n)):
            edit = self.edits[name]
            if edit.add or edit.remove:
                base = self.base.versions.get(name)
                versions[name] = commit(
                    self.root / name, edit.schema, edit.partition, base, edit.add, edit.remove, self.base.table(name)
                )
                written += [self.root / name / part.path for part in edit.add]
                written += log_files(self.root / name, base, versions[name])
        force([*written, *_folders(written, self.root)])
        return versions

    def only_new(self, names: Iterable[str]) -> frozenset[str]:
        """Paths of the files added to those of these tables from which none is removed."""
        edits = [self.edits[name] for name in names if name in self.edits]
        return frozenset(part.path for edit in edits if not edit.remove for part in edit.add)

    def discard(self) -> None:
        """Take away the files written so far; no version names them."""
        for name, edit in self.edits.items():
            for part in edit.add:
                (self.root / name / part.path).unlink(missing_ok=True)


def _folders(files: Iterable[Path], root: Path) -> list[Path]:
    """The folders between these files and the root, which may be new as well."""
    return list({above: None for file in files for above in file.parents if root in above.parents})


def _encoding(rows: pa.Table) -> dict[str, Any]:
    """How a file that begins with these rows is written: words that repeat once each, numbers by their steps."""
    texts = [f.name for f in rows.schema if pa.types.is_string(f.type)]
    heads = {n: rows.column(n).slice(0, _SAMPLE) for n in texts}
    numbers = [f.name for f in rows.schema if pa.types.is_integer(f.type) or pa.types.is_timestamp(f.type)]
    plain = {n: "none" if n == "_said" else "zstd" for n in rows.column_names}  # nothing is smaller than a hash
    return {
        "use_dictionary": [n for n, head in heads.items() if 2 * len(head.unique()) <= len(head)],
        "column_encoding": dict.fromkeys((n for n in numbers if n != "_said"), "DELTA_BINARY_PACKED"),
        "compression": plain,
        "store_decimal_as_integer": True,
    }


@contextmanager
def looking(snapshot: Snapshot) -> Iterator[Work]:
    """The engine on a snapshot from which is only read."""
    work = Work(snapshot, {}, ())
    try:
        yield work
    finally:
        work.close()


@contextmanager
def working(
    base: Snapshot, stores: Mapping[int, Store], rules: Sequence[ExclusionRule], *, anew: bool = False
) -> Iterator[Work]:
    """A write that leaves nothing behind when it fails; raises `disk_full`, `lake_not_writable` or `lake_failed`."""
    work = None
    try:
        Path(base.root).mkdir(parents=True, exist_ok=True)
        work = Work(base, stores, rules, anew=anew)
        yield work
    except GoldloopError:
        _give_up(work)
        raise
    except Exception as error:
        _give_up(work)
        failed = _work_failed(error, base.root)
        if failed is None:
            raise
        raise failed from error
    finally:
        if work is not None:
            work.close()


def _give_up(work: Work | None) -> None:
    if work is not None:
        try:
            work.discard()
        except OSError:
            pass  # the disk that failed may refuse this too; the files are invisible anyway


def _work_failed(error: Exception, root: str) -> WorkFailed | None:
    """What a failed write means to a person; None when it is a fault of ours."""
    number = error.errno if isinstance(error, OSError) else None
    words = str(error).lower()
    if number in _FULL or "no space left" in words or "quota exceeded" in words or "file too large" in words:
        return WorkFailed(
            "disk_full",
            "The disk is full; nothing was changed.",
            given=root,
            todo="Make room on the disk, then do the same again.",
        )
    if number in _SHUT or "read-only file system" in words or "permission denied" in words:
        return WorkFailed(
            "lake_not_writable",
            "The lake folder cannot be written; nothing was changed.",
            given=root,
            todo="Give yourself the right to write in this folder.",
        )
    if number is not None:
        return WorkFailed(
            "lake_failed",
            f"The lake could not be written: {error}; nothing was changed.",
            given=root,
            todo="Check the disk, then do the same again.",
            reason=str(error),
        )
    return None
