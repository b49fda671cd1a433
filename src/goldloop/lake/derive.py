"""From several statements about one key to the one row that holds, field by field.

Statements are ordered by moment; where two were true at the same moment the one whose content is greater, column by
column in the order of the schema with nulls first, counts as the newer one. Nothing in that order depends on which file
a statement came from, so files may be split, shuffled, repeated and imported in any order.
"""

from __future__ import annotations

from collections.abc import Sequence

from goldloop.core.table import Column, Table
from goldloop.lake.work import Work, quoted

EVERYTHING = -1  # `_set` of a row that stands for a fact: it carries every column


def derive(work: Work, table: Table, sets: Sequence[Sequence[str]], source: str, into: str) -> None:
    """Table `into`: one row per key of table `source`: stated columns and `_said`.

    `source` has the stated columns, _said, _set (position in `sets`, the carried columns; or EVERYTHING), lo and hi: the
    first and the last moment of that content. newest: newest statement that carries the column; known: newest non-null;
    first: earliest non-null. `_said` is the hash of the newest statement if the result agrees with all of it, else null.
    """
    keys = quoted(table.key)
    first = [c for c in table.stated if c.merge == "first"]
    ties = work.some(
        f"(SELECT 1 FROM {source} GROUP BY {keys}, hi HAVING count(*) > 1 UNION ALL "
        f"SELECT 1 FROM {source} GROUP BY {keys}, lo HAVING count(*) > 1)"
    )
    content = "".join(f', "{c.name}" NULLS FIRST' for c in table.stated if c.name not in table.key) if ties else ""
    down = f", row_number() OVER (PARTITION BY {keys} ORDER BY lo{content}) AS _down" if first else ""
    fields = ", ".join(f'{_merged(c, sets)} AS "{c.name}"' for c in table.stated if c.name not in table.key)
    top = "".join(f', arg_max_null("{c.name}", _up) AS "_top_{c.name}"' for c in first)
    agrees = " AND ".join(f'("_top_{c.name}" IS NULL OR "_top_{c.name}" = "{c.name}")' for c in first) or "true"
    drop = f"EXCLUDE ({quoted('_top_' + c.name for c in first)})" if first else ""
    work.run(
        f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT * {drop} REPLACE (CASE WHEN {agrees} THEN _said END AS _said) "
        f"FROM (SELECT {keys}, {fields}{top}, arg_max_null(_said, _up) AS _said FROM (SELECT *, "
        f"row_number() OVER (PARTITION BY {keys} ORDER BY hi{content}) AS _up{down} FROM {source}) GROUP BY {keys})"
    )


def _merged(column: Column, sets: Sequence[Sequence[str]]) -> str:
    """SQL for one field out of the ordered statements of a key."""
    if column.merge == "first":
        return f'arg_min("{column.name}", _down)'
    if column.merge == "known":
        return f'arg_max("{column.name}", _up)'
    silent = [str(i) for i, carried in enumerate(sets) if column.name not in carried]
    only = f" FILTER (WHERE _set NOT IN ({', '.join(silent)}))" if silent else ""
    return f'arg_max_null("{column.name}", _up){only}'


def differs(table: Table, one: str, other: str) -> str:
    """SQL: whether two rows of a table differ in a stated column."""
    names = [c.name for c in table.stated if c.name not in table.key]
    return "(" + " OR ".join(f'{one}."{n}" IS DISTINCT FROM {other}."{n}"' for n in names) + ")" if names else "false"
