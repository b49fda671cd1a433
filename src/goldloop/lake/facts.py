"""What changes in a fact table when an import is told: new rows, updated rows, the rows they replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from goldloop.core.table import Table
from goldloop.lake import seen
from goldloop.lake.arrow import SAID, empty, numbered, stacked, stated_schema, valued
from goldloop.lake.derive import EVERYTHING, derive, differs
from goldloop.lake.told import Told, rows_at
from goldloop.lake.work import Work, quoted

NEW, UPDATED, UNCHANGED = 2, 1, 0
MANY = 50_000  # rows

# Columns of an order that are filled from its lines where its own files do not state them; `_filled` has one bit for
# each, in this order (append only: the bits stand in files).
FILLS = (
    "status",
    "goods_amount",
    "user_paid",
    "list_value",
    "platform_discount",
    "merchant_discount",
    "merchant_received",
    "quantity",
)
PAID_SINCE = 1 << 32  # bit of `_filled`: the order's own files still say unpaid, its lines say that it was paid since


@dataclass(frozen=True)
class TableCount:
    """How many facts of a table an operation made, changed, left as they were, took away."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Change:
    """The rows of one table that a write changes in stated columns.

    `after` has the stated columns that have values, and `_said`, one row per new or updated key; SQL sees it as `after_<table>` with `_at`
    (its position). SQL table `gone_<table>` (_file, _at, key, day, ...) holds the old rows of updated and removed keys.
    """

    table: Table
    after: pa.Table
    count: TableCount


def after_schema(table: Table) -> pa.Schema:
    """Stated columns and `_said`."""
    return stated_schema(table).append(SAID)


def unfilled(name: str) -> str:
    """SQL for a column of facts/orders as the order's own files state it: what its lines filled in is taken out again."""
    if name not in FILLS:
        return f'"{name}"'
    said = f'CASE WHEN _filled & {1 << FILLS.index(name)} = 0 THEN "{name}" END'
    if name == "status":
        said = f"CASE WHEN _filled & {PAID_SINCE} = 0 THEN {said} ELSE 'unpaid' END"
    return f'{said} AS "{name}"'


def old_columns(table: Table) -> str:
    """Columns of an old row of facts for `old_<table>`: the stated values, its day, numbers of lines, hash and place."""
    stated = [unfilled(c.name) if table.name == "orders" else f'"{c.name}"' for c in table.stated]
    derived = [n for n in ("day", "line_count", "lines_aside") if n in table.names and table.column(n).derived]
    return ", ".join([*stated, *derived, "_said", "_file", "_at"])


def made(work: Work, table: Table, after: pa.Table, count: TableCount) -> Change:
    """A change of which SQL sees the rows; `gone_<table>` stands already."""
    after = valued(after, keep=(*table.key, SAID.name))
    work.hold(f"after_{table.name}", numbered(after, "_at"))
    return Change(table, after, count)


def nothing(work: Work, table: Table) -> Change:
    """A change without rows, so that SQL finds all its tables."""
    work.none(f"gone_{table.name}", table)
    return made(work, table, empty(after_schema(table)), TableCount())


def change(work: Work, told: Told) -> Change:
    """Compare what was told with the facts: build `after_<table>`, `gone_<table>` and `fate_<table>` (_row, state)."""
    table, name = told.table, told.name
    mixed = _split(work, told)
    simple = work.arrow(f"SELECT _pos, _said FROM content_{name} WHERE NOT known AND NOT mixed ORDER BY _pos")
    known = work.one(f"SELECT count(*) FROM content_{name} WHERE known AND NOT mixed")
    states = {NEW: simple.num_rows, UPDATED: 0, UNCHANGED: known}
    rows = [rows_at(told, simple["_pos"]).append_column(SAID, simple["_said"])] if simple.num_rows else []
    fate = f"SELECT _row, _said, CASE WHEN known THEN {UNCHANGED} ELSE {NEW} END AS state FROM content_{name} WHERE NOT mixed"
    if mixed:
        rows.append(_derive_mixed(work, told))
        for state in states:
            states[state] += work.one(f"SELECT count(*) FROM now_{name} WHERE state = {state}")
        keys = quoted(table.key)
        fate += f" UNION ALL SELECT m._row, m._said, n.state FROM mixed_{name} m JOIN now_{name} n USING ({keys})"
    else:
        work.none(f"gone_{name}", table)
    if told.several:
        fate = f"SELECT t._row, state FROM told_{name} t JOIN (SELECT _said, state FROM ({fate})) f USING (_said)"
    work.run(f"CREATE TEMP VIEW fate_{name} AS SELECT _row, state FROM ({fate})")
    schema = after_schema(table)
    after = stacked(rows, schema)
    return made(work, table, after, TableCount(states[NEW], states[UPDATED], states[UNCHANGED]))


def _split(work: Work, told: Told) -> bool:
    """Find the old rows (`old_<table>`), mark in `content` the keys that have one as `mixed`; whether any is mixed."""
    table, name, keys = told.table, told.name, quoted(told.table.key)
    fresh = work.one(f"SELECT count(*) FROM content_{name} WHERE NOT known")
    if not work.parts(f"facts/{name}") or not fresh:
        work.none(f"old_{name}", table)
        return work.some(f"(SELECT 1 FROM content_{name} WHERE mixed)")
    months = {0, *work.numbers(f"SELECT DISTINCT mon FROM content_{name} WHERE NOT known OR mixed")}
    rows = f"rows_{name}"
    if fresh > MANY and len(table.key) > 2 and table.key[1] == "order_id":
        # Lines by the thousand, but perhaps few orders that we have: look for the orders first.
        work.run(f"CREATE TEMP TABLE orders_of_{name} AS SELECT DISTINCT store, order_id FROM {rows}")
        select, on = "store, order_id", ("store", "order_id")
        work.find(f"facts/{name}", into="had", keys=f"orders_of_{name}", on=on, select=select, months=months)
        rows = f"(SELECT * FROM {rows} SEMI JOIN had USING (store, order_id))"
    work.run(
        f"CREATE TEMP TABLE keys_{name} AS SELECT {quoted(table.key, 'r.')}, _pos, mixed "
        f"FROM (SELECT _pos, mixed FROM content_{name} WHERE NOT known OR mixed) c JOIN {rows} r USING (_pos)"
    )
    work.find(
        f"facts/{name}", into=f"old_{name}", keys=f"keys_{name}", on=table.key, select=old_columns(table), months=months
    )
    work.run(
        f"UPDATE content_{name} SET mixed = true WHERE _pos IN "
        f"(SELECT _pos FROM keys_{name} k SEMI JOIN old_{name} o USING ({keys}) WHERE NOT mixed)"
    )
    return work.some(f"(SELECT 1 FROM content_{name} WHERE mixed)")


def _derive_mixed(work: Work, told: Told) -> pa.Table:
    """The new and updated rows of mixed keys; builds `now_<table>` (with `state`) and `gone_<table>`.

    A statement that is newer than everything said before meets the fact as it stands; an older one, or one of the same
    moment, takes all statements about its key into account, and so does every one in a store whose sources have several ranks.
    """
    table, name, keys = told.table, told.name, quoted(told.table.key)
    columns = quoted(c.name for c in table.stated)
    stated = work.columns(f"rows_{name}", table, [c.name for c in table.stated])
    work.run(
        f"CREATE TEMP TABLE mixed_{name} AS SELECT {stated}, _row, _said, _set, lo, hi FROM rows_{name} r "
        f"JOIN (SELECT * EXCLUDE (store) FROM content_{name} WHERE mixed) c USING (_pos)"
    )
    sets = _sources(work, told, columns)
    derive(work, table, sets, f"source_{name}", f"derived_{name}")
    work.run(
        f"CREATE TEMP TABLE now_{name} AS SELECT d.*, CASE WHEN o._file IS NULL THEN {NEW} "
        f"WHEN {differs(table, 'd', 'o')} THEN {UPDATED} ELSE {UNCHANGED} END AS state "
        f"FROM derived_{name} d LEFT JOIN old_{name} o USING ({keys})"
    )
    work.run(
        f"CREATE TEMP TABLE gone_{name} AS SELECT o.* FROM old_{name} o "
        f"SEMI JOIN (SELECT {keys} FROM now_{name} WHERE state = {UPDATED}) n USING ({keys})"
    )
    fields = quoted(after_schema(table).names)
    changed = work.arrow(f"SELECT {fields} FROM now_{name} WHERE state <> {UNCHANGED} ORDER BY {keys}")
    return changed.cast(after_schema(table))


def _sources(work: Work, told: Told, columns: str) -> list[Sequence[str]]:
    """Build `source_<table>`, all that the mixed keys are derived from; the column sets to which its `_set` points."""
    table, name, keys = told.table, told.name, quoted(told.table.key)
    sets: list[Sequence[str]] = [s.carried for s in told.sheets]
    stores = work.numbers(f"SELECT DISTINCT store FROM mixed_{name}")
    ranks, told_ranks = seen.ranks(work, table), {s.rank for s in told.sheets}
    ends = seen.latest(work, table, stores)
    newest = {i: f"lo > {end}" if len(ranks[i] | told_ranks) == 1 else "false" for i, end in ends.items() if end}
    whens = "".join(f" WHEN {store} THEN {test}" for store, test in newest.items())
    newer = f"CASE store{whens} ELSE true END" if whens else "true"
    work.run(
        f"CREATE TEMP TABLE late_{name} AS SELECT {keys} FROM mixed_{name} GROUP BY {keys} HAVING NOT bool_and({newer})"
    )
    infinity = "TIMESTAMP '-infinity'"
    source = (
        f"SELECT {columns}, _said, _set, lo, hi FROM mixed_{name} UNION ALL "
        f"SELECT {columns}, _said, {EVERYTHING}, {infinity}, {infinity} FROM old_{name} o ANTI JOIN late_{name} l USING ({keys})"
    )
    if work.some(f"(SELECT 1 FROM late_{name} l SEMI JOIN old_{name} o USING ({keys}))"):
        held = seen.groups(work, table)
        seen.statements(work, table, held, keys=f"late_{name}", into=f"before_{name}")
        source += f" UNION ALL SELECT {columns}, _said, _set + {len(sets)}, lo, hi FROM before_{name}"
        sets += [g.carried for g in held]
    work.run(f"CREATE TEMP TABLE source_{name} AS {source}")
    return sets
