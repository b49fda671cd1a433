"""The lake: loading what files say, taking it back, and reading what was said about a key.

Layout below the root: seen/<table> (what each import said), facts/<table> (what holds, one row per key), ref/stores,
ref/persons.
Every operation starts from a named snapshot and gives back the versions of a new one; until somebody names those, nobody
sees them. One writer at a time: whoever calls holds the lock.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from goldloop.core.arrays import array
from goldloop.core.decided import Decided
from goldloop.core.exclusion import ExclusionRule
from goldloop.core.statements import Statements
from goldloop.core.store import Store
from goldloop.core.table import Table
from goldloop.lake import same, seen
from goldloop.lake.arrow import SQL_TYPES
from goldloop.lake.facts import NEW, UNCHANGED, UPDATED, Change, TableCount, change
from goldloop.lake.finish import finish
from goldloop.lake.persons import NAME, moved, persons
from goldloop.lake.place import place
from goldloop.lake.rename import orders_with, renamed
from goldloop.lake.schema import FILLED, TABLES
from goldloop.lake.sides import orders_told
from goldloop.lake.snapshot import Snapshot
from goldloop.lake.take_back import rebuilt, taken_back
from goldloop.lake.told import take_in
from goldloop.lake.work import SPILL, Work, quoted, text, working

FATES = pa.schema([("_row", pa.int64()), ("fate", pa.string())])
DAYS = pa.schema([("store", pa.int64()), ("day", pa.date32())])
STORES = pa.schema(
    [
        ("id", pa.int64()),
        ("name", pa.string()),
        ("platform", pa.string()),
        ("currency", pa.string()),
        ("timezone", pa.string()),
        ("day_starts", pa.int64()),
        ("opened_on", pa.date32()),
        ("identity_limit", pa.float64()),
        ("gmv_amount", pa.string()),
    ]
)


@dataclass(frozen=True)
class Loaded:
    """What an operation did: versions of the new snapshot, facts per table, and the fate of each source row.

    `fates` (_row, fate new | updated | unchanged): a row is new if any of its facts is new, else updated if any changed.
    `touched_days` (store, day): business days of orders, refunds and visits that changed or may have changed.
    `only_new`: paths of the added files of orders and their lines that hold nothing but what was loaded.
    """

    versions: dict[str, int]
    tables: dict[str, TableCount]
    fates: pa.Table = field(default_factory=FATES.empty_table)
    touched_days: pa.Table = field(default_factory=DAYS.empty_table)
    only_new: frozenset[str] = frozenset()


class Lake:
    """The fact tables below one folder."""

    def __init__(self, root: str | Path) -> None:
        self.root = str(root)

    def load(
        self,
        base: Snapshot,
        *,
        import_id: int,
        stores: Mapping[int, Store],
        statements: Sequence[Statements],
        rules: Sequence[ExclusionRule],
        aside: Collection[str] = (),
    ) -> Loaded:
        """Add what one import says and derive the facts it touches.

        `aside`: `only_new` of earlier loads that speak of other orders; those files are not looked at.
        Raises `column_not_stated`, `column_not_carried`, `row_key_missing`, `store_unknown`; `disk_full`,
        `lake_not_writable`, `lake_failed` or `lake_busy` when the work failed: then nothing has changed.
        """
        with working(base, stores, rules) as work:
            work.aside = aside
            work.expect(sum(s.rows.num_rows for s in statements))
            changes: dict[str, Change] = {}
            for name, table in TABLES.items():
                of_table = [s for s in statements if s.table == name and s.rows.num_rows]
                if of_table:
                    told = take_in(work, table, of_table)
                    seen.keep(work, told, import_id)
                    changes[name] = change(work, told)
            told_of = [name for name in changes if name in FILLED]  # what a row is about, not what it says besides
            return _finished(work, changes, fates=_fates(work, told_of))

    def repeat(
        self, base: Snapshot, *, import_id: int, earlier: int, place: np.ndarray, moment: datetime | None
    ) -> Loaded | None:
        """Add an import that says what an `earlier` one said, row `place[n]` of its file what row `n` of the other's said.

        `moment`: when its file was true, if its rows do not say so themselves. None, and nothing has changed, where some
        of it no longer is just what a fact says: only `load` can tell what it changes. Raises as `load`.
        """
        with working(base, {}, ()) as work:
            said = {name: rows for name, table in TABLES.items() if (rows := same.said_by(work, table, earlier))}
            work.expect(sum(rows.num_rows for rows in said.values()))
            if not said or not all(same.holds(work, TABLES[name], rows) for name, rows in said.items()):
                return None
            for name, rows in said.items():
                same.say_again(work, TABLES[name], rows, import_id, place, moment)
            return Loaded(work.commit(), {})

    def undo(
        self,
        base: Snapshot,
        *,
        import_ids: Sequence[int],
        stores: Mapping[int, Store],
        rules: Sequence[ExclusionRule],
    ) -> Loaded:
        """Take imports back: the facts become what they would be had these imports never been.

        Counts tell facts removed and updated. Raises as `load`.
        """
        without = {str(i) for i in import_ids}
        with working(base, stores, rules) as work:
            work.expect(sum(p.rows for n in TABLES for p in work.parts(f"seen/{n}") if p.partition in without))
            changes = {}
            for name, table in TABLES.items():
                if any(p.partition in without for p in work.parts(f"seen/{name}")):
                    changes[name] = taken_back(work, table, without)
            return _finished(work, changes)

    def refinish(self, base: Snapshot, *, stores: Mapping[int, Store], rules: Sequence[ExclusionRule]) -> Loaded:
        """Compute every derived column again, after store settings or exclusion rules changed; raises as `load`."""
        with working(base, stores, rules) as work:
            work.expect(sum(p.rows for n in TABLES for p in work.parts(f"facts/{n}")))
            return _finished(work, {}, everything=True)

    def rebuild(self, base: Snapshot, *, stores: Mapping[int, Store], rules: Sequence[ExclusionRule]) -> Loaded:
        """Make all facts again from what was said; the same rows as the imports one by one gave. Raises as `load`."""
        with working(base, stores, rules, anew=True) as work:
            work.expect(sum(p.rows for n in TABLES for p in work.parts(f"seen/{n}")))
            changes = {n: rebuilt(work, t) for n, t in TABLES.items() if work.parts(f"seen/{n}")}
            return _finished(work, changes)

    def publish_stores(self, base: Snapshot, stores: Mapping[int, Store]) -> Loaded:
        """Write the stores' settings to ref/stores, where readers find them; nothing happens when they are the same."""
        rows = [{f.name: getattr(s, f.name) for f in fields(s)} for _, s in sorted(stores.items())]
        with working(base, stores, ()) as work:
            return _published(work, "ref/stores", pa.Table.from_pylist(rows, schema=STORES))

    def publish_persons(self, base: Snapshot, decided: Decided) -> Loaded:
        """Write whose keys are one person's to ref/persons (see `lake.persons`); nothing happens when it is the same."""
        with working(base, {}, ()) as work:
            found = persons(work, decided)
            if not found.num_rows and NAME not in base.versions:
                return Loaded(dict(base.versions), {})
            return _published(work, NAME, found)

    def persons_moved(self, before: Snapshot, after: Snapshot, decided: Decided) -> bool:
        """Whether whose keys are one person's may differ between states with the same identities (see `lake.persons.moved`)."""
        with working(after, {}, ()) as work:
            return moved(work, before, decided)

    def sweep(self, base: Snapshot, *, keep: Sequence[Snapshot] = (), newer_than: datetime | None = None) -> int:
        """Delete the files that neither `base` nor a snapshot to `keep` names; the number of bytes that became free.

        For replaced files and what killed writers left. Nobody may read any other snapshot from then on. With
        `newer_than`, the moment at which `base` was published, only files written after it go: those of a writer that
        was killed, which no snapshot has ever named.
        """
        since = newer_than.timestamp() if newer_than else 0.0
        freed = 0
        for folder in sorted(p.parent for p in Path(self.root).glob("*/*/_delta_log")):
            name = folder.relative_to(self.root).as_posix()
            named = {part.path for snapshot in (base, *keep) for part in snapshot.parts(name)}
            for file in sorted(folder.rglob("*.parquet")):
                path = file.relative_to(folder).as_posix()
                held = file.stat()
                if not path.startswith("_delta_log/") and path not in named and held.st_mtime > since:
                    freed += held.st_size
                    file.unlink()
        for spilled in Path(self.root).glob(f"{SPILL}*"):
            shutil.rmtree(spilled, ignore_errors=True)
        return freed

    def differences(self, one: Snapshot, other: Snapshot) -> dict[str, int]:
        """Facts that stand in one of two snapshots only, in any column a reader sees: table -> how many; {} when equal."""
        found: dict[str, int] = {}
        work = Work(one, {}, ())
        try:
            for name, table in TABLES.items():
                columns = quoted(c.name for c in table.columns)
                sides = [f"SELECT {columns} FROM {_facts(snapshot, table)}" for snapshot in (one, other)]
                count = work.one(
                    f"SELECT count(*) FROM (({sides[0]} EXCEPT ALL {sides[1]}) UNION ALL ({sides[1]} EXCEPT ALL {sides[0]}))"
                )
                found |= {name: count} if count else {}
        finally:
            work.close()
        return found

    def orders_told(
        self,
        snapshot: Snapshot,
        *,
        store: Store,
        rules: Sequence[ExclusionRule],
        first: date,
        last: date,
        ranks: Collection[str],
    ) -> pa.Table:
        """Orders of a store as the facts would hold them had only sources of these `ranks` spoken (core.statements.RANKS).

        Those that, by any source, count between the days `first` and `last`; refunds of after-sale lists are left out.
        """
        work = Work(snapshot, {store.id: store}, rules, anew=True)
        try:
            return orders_told(work, store.id, first, last, ranks)
        finally:
            work.close()

    def ranks_of(self, snapshot: Snapshot, store: int) -> set[str]:
        """Ranks of the sources that spoke of orders of this store."""
        work = Work(snapshot, {}, ())
        try:
            return seen.ranks(work, TABLES["orders"]).get(store, set())
        finally:
            work.close()

    def rename(self, base: Snapshot, *, columns: Collection[str], names: Mapping[str, str]) -> Loaded:
        """Replace keys of people (old -> new) in these columns of all tables; raises as `load`."""
        with working(base, {}, ()) as work:
            counts = renamed(work, columns, names) if names else {}
            return Loaded(work.commit(), counts)

    def orders_of(self, snapshot: Snapshot, keys: Collection[str]) -> list[str]:
        """The numbers of the orders of these buyer keys."""
        work = Work(snapshot, {}, ())
        try:
            return orders_with(work, keys)
        finally:
            work.close()

    def statements_of(self, snapshot: Snapshot, table: str, keys: pa.Table) -> pa.Table:
        """Every row that any import said about these keys: stated columns, import_id, _row, _moment, oldest first.

        `keys` has some or all of the table's key columns. A row that only repeated known content has it too.
        """
        work = Work(snapshot, {}, ())
        try:
            return seen.spoken(work, TABLES[table], keys)
        finally:
            work.close()


def _published(work: Work, name: str, told: pa.Table) -> Loaded:
    """Put a small table in the place of the one that stands there."""
    edit = work.edit(name, told.schema, None)
    held = work.parts(name)
    if held and work.rows(name).equals(told):
        return Loaded(dict(work.base.versions), {})
    edit.remove.extend(held)
    if told.num_rows:
        work.write(name, told, None)
    return Loaded(work.commit(), {})


def _facts(snapshot: Snapshot, table: Table) -> str:
    """SQL for the facts of a table in a snapshot, with all columns of today."""
    nothing = ", ".join(f'NULL::{SQL_TYPES[c.type]} AS "{c.name}"' for c in table.columns)
    files = ", ".join(text(file) for file in snapshot.files(f"facts/{table.name}"))
    held = f" UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    return f"(SELECT {nothing} WHERE false{held if files else ''})"


def _finished(
    work: Work, changes: Mapping[str, Change], *, everything: bool = False, fates: pa.Table | None = None
) -> Loaded:
    """Finish, place and commit the changes of a write."""
    for finished in finish(work, changes, everything=everything):
        place(work, finished)
    if work.anew:
        work.drop_old_facts()
    days = work.arrow("SELECT DISTINCT store, day FROM days ORDER BY store, day")
    tables = {n: c.count for n, c in changes.items()}
    only_new = work.only_new(("facts/orders", "facts/order_lines"))
    return Loaded(work.commit(), tables, FATES.empty_table() if fates is None else fates, days, only_new)


def _fates(work: Work, names: Sequence[str]) -> pa.Table:
    """The fate of each source row: that of its newest fact."""
    if not names:
        return FATES.empty_table()
    told = [work.arrow(f"SELECT _row, state FROM fate_{n}") for n in names]
    rows = np.concatenate([array(t["_row"]) for t in told])
    states = np.concatenate([array(t["state"]) for t in told])
    newest = np.full(rows.max() + 1, -1, dtype=np.int8)
    for state in (UNCHANGED, UPDATED, NEW):  # each goes over those before
        newest[rows[states == state]] = state
    found = np.flatnonzero(newest >= 0)
    words = pa.array(["unchanged", "updated", "new"]).take(pa.array(newest[found]))
    return pa.Table.from_arrays([pa.array(found), words], schema=FATES)
