"""Undoing imports and making facts anew: both derive from what remains said."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from goldloop.core.statements import RANKS
from goldloop.core.table import Table
from goldloop.lake import seen
from goldloop.lake.derive import derive, differs
from goldloop.lake.facts import Change, TableCount, after_schema, made, nothing, old_columns
from goldloop.lake.work import Work, quoted


def taken_back(work: Work, table: Table, without: Collection[str]) -> Change:
    """The change of one table when the imports `without` (partition values of seen) had never been."""
    name, keys = table.name, quoted(table.key)
    held = seen.groups(work, table)
    _keys_of(work, table, held, without)
    _adopt(work, table, held, without)
    edit = work.edit(f"seen/{name}", seen.seen_schema(table), "import_id")
    edit.remove.extend(p for p in work.parts(f"seen/{name}") if p.partition in without and p not in edit.remove)
    work.find(
        f"facts/{name}", into=f"old_{name}", keys=f"lost_{name}", on=table.key, select=old_columns(table), months=()
    )
    seen.statements(work, table, held, keys=f"lost_{name}", into=f"left_{name}", without=without)
    derive(work, table, [g.carried for g in held], f"left_{name}", f"now_{name}")
    # A fact must not name a hash that nobody says any more, so a row with another hash is written again too.
    work.run(
        f"CREATE TEMP TABLE gone_{name} AS SELECT o.*, n.store IS NULL AS removed, {differs(table, 'n', 'o')} AS updated "
        f"FROM old_{name} o LEFT JOIN now_{name} n USING ({keys}) "
        f"WHERE n.store IS NULL OR n._said IS DISTINCT FROM o._said OR {differs(table, 'n', 'o')}"
    )
    fields = quoted(after_schema(table).names)
    after = work.arrow(f"SELECT {fields} FROM now_{name} SEMI JOIN gone_{name} USING ({keys}) ORDER BY {keys}")
    removed = work.one(f"SELECT count(*) FROM gone_{name} WHERE removed")
    updated = work.one(f"SELECT count(*) FROM gone_{name} WHERE updated AND NOT removed")
    touched = work.one(f"SELECT count(*) FROM old_{name}")
    count = TableCount(updated=updated, unchanged=touched - removed - updated, removed=removed)
    return made(work, table, after.cast(after_schema(table)), count)


def _keys_of(work: Work, table: Table, held: list[seen.Group], without: Collection[str]) -> None:
    """Make `lost_<table>`: the keys about which these imports said something."""
    name, keys = f"seen/{table.name}", quoted(table.key)
    sources = []
    lost = [i for g in held for i in g.files if work.parts(name)[i].partition in without]
    if lost:
        sources.append(f"SELECT {keys} FROM {work.scan(name, lost)}")
    again = [i for i in seen.again_files(work, table) if work.parts(name)[i].partition in without]
    if again:
        said = " UNION ALL ".join(f"SELECT {keys}, _said FROM {work.scan(name, g.files)}" for g in held)
        sources.append(f"SELECT {keys} FROM ({said}) SEMI JOIN {work.scan(name, again)} a USING (_said)")
    work.run(f"CREATE TEMP TABLE lost_{table.name} AS SELECT DISTINCT {keys} FROM ({' UNION ALL '.join(sources)})")


def _adopt(work: Work, table: Table, held: list[seen.Group], without: Collection[str]) -> None:
    """Give a content that goes, but that another import still says, to the earliest import that does."""
    name = f"seen/{table.name}"
    parts = work.parts(name)
    again = seen.again_files(work, table, without)
    lost = [i for g in held for i in g.files if parts[i].partition in without]
    if not again or not lost:
        return
    left = [i for g in held for i in g.files if parts[i].partition not in without]
    still = f"ANTI JOIN (SELECT _said FROM {work.scan(name, left)}) s USING (_said)" if left else ""
    imports = ", ".join(f"({i}, {parts[i].partition})" for i in again)
    work.run(
        f"CREATE OR REPLACE TEMP TABLE heirs AS SELECT a.* FROM (SELECT a.*, import_id FROM {work.scan(name, again)} a "
        f"JOIN (VALUES {imports}) v (_file, import_id) USING (_file)) a "
        f"SEMI JOIN (SELECT _said FROM {work.scan(name, lost)}) l USING (_said) {still} "
        "QUALIFY row_number() OVER (PARTITION BY a._said ORDER BY import_id, a._row) = 1"
    )
    edit = work.edit(name, seen.seen_schema(table), "import_id")
    for group in held:
        gone = [i for i in group.files if parts[i].partition in without]
        columns = [*table.key, *group.carried]
        if not gone:
            continue
        source = f"(SELECT *, row_number() OVER (PARTITION BY _said ORDER BY _file, _at) AS nth FROM {work.scan(name, gone)})"
        for import_id in work.numbers("SELECT DISTINCT import_id FROM heirs ORDER BY 1"):
            rows = work.arrow(
                f"SELECT {quoted(columns, 'c.')}, h._row, h._moment, h._said FROM {source} c JOIN heirs h USING (_said) "
                f"WHERE nth = 1 AND import_id = {import_id} ORDER BY h._row"
            )
            if rows.num_rows:
                schema = seen.said_schema(table, group.carried)
                work.write(name, rows.cast(schema), str(import_id), kind=f"said-{group.digest}", bounds=seen.BOUNDS)
    for number in work.numbers("SELECT DISTINCT _file FROM heirs ORDER BY 1"):
        rows = work.arrow(
            f"SELECT store, _row, _moment, _said FROM {work.scan(name, [number])} a "
            f"ANTI JOIN (SELECT _at FROM heirs WHERE _file = {number}) h USING (_at) ORDER BY _at"
        )
        edit.remove.append(parts[number])
        if rows.num_rows:
            work.write(name, rows, parts[number].partition, kind="again", bounds=seen.BOUNDS)


def rebuilt(
    work: Work, table: Table, *, ranks: Collection[str] = RANKS, about: str | None = None, on: Sequence[str] = ()
) -> Change:
    """All facts of one table, derived from everything that was said by sources of these `ranks`.

    `about` is a table of keys (its columns `on`) outside of which nothing is derived.
    """
    name, keys = table.name, quoted(table.key)
    held = [g for g in seen.groups(work, table) if g.rank in ranks]
    if not held:
        return nothing(work, table)
    fields = quoted(after_schema(table).names)
    work.run(f"CREATE TEMP TABLE gone_{name} AS SELECT {old_columns(table)} FROM {work.scan(f'facts/{name}', ())}")
    seen.statements(work, table, held, keys=about, into=f"all_{name}", on=on)
    work.run(
        f"CREATE TEMP TABLE several_{name} AS SELECT a.* FROM all_{name} a "
        f"SEMI JOIN (SELECT {keys} FROM all_{name} GROUP BY {keys} HAVING count(*) > 1) s USING ({keys})"
    )
    derive(work, table, [g.carried for g in held], f"several_{name}", f"now_{name}")
    after = work.arrow(
        f"SELECT {fields} FROM all_{name} ANTI JOIN now_{name} USING ({keys}) UNION ALL SELECT {fields} FROM now_{name}"
    )
    return made(work, table, after.cast(after_schema(table)), TableCount(new=after.num_rows))
