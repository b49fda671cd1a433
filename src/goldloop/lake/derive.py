"""From several statements about one key to the one row that holds, field by field.

Statements are ordered by moment; where two were true at the same moment the one whose content is greater, column by
column in the order of the schema with nulls first, counts as the newer one. Nothing in that order depends on which file
a statement came from, so files may be split, shuffled, repeated and imported in any order.

A statement of a better source (`told_by`) comes after those of lesser ones, whatever its moment. Columns OF_ONE_SOURCE
hear the lesser ones only where the better ones do not speak of sales at all: of an order, where none of them says when it
counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from goldloop.core.statements import RANKS
from goldloop.core.table import Column, Table
from goldloop.lake.arrow import TOLD_BY
from goldloop.lake.schema import OF_ONE_SOURCE
from goldloop.lake.work import Work, quoted, text

EVERYTHING = -1  # `_set` of a row that stands for a fact: it carries every column


def rank_sql(column: str = TOLD_BY) -> str:
    """SQL: the place of a source among RANKS, higher is better."""
    cases = "".join(f" WHEN {text(word)} THEN {place}" for place, word in enumerate(RANKS))
    return f"CASE coalesce({column}, {text(RANKS[-1])}){cases} END"


def ranked(sets: Iterable[Collection[str]]) -> bool:
    """Whether statements with these carried columns may come from several ranks of sources."""
    return any(TOLD_BY in carried for carried in sets)


def derive(work: Work, table: Table, sets: Sequence[Sequence[str]], source: str, into: str) -> None:
    """Table `into`: one row per key of table `source`: stated columns and `_said`.

    `source` has the stated columns, _said, _set (position in `sets`, the carried columns; or EVERYTHING), lo and hi: the
    first and the last moment of that content. newest: newest statement that carries the column; known: newest non-null;
    first: earliest non-null; best: that of the newest. `_said` is the hash of the newest statement if the result agrees
    with all of it, else null. A better source counts as newer, and for `first` as earlier, than a lesser one.
    """
    keys = quoted(table.key)
    first = [c for c in table.stated if c.merge == "first"]
    several = ranked(sets)
    if several:
        source = _with_ranks(table, sets, source)
    ties = work.some(
        f"(SELECT 1 FROM {source} GROUP BY {keys}, hi HAVING count(*) > 1 UNION ALL "
        f"SELECT 1 FROM {source} GROUP BY {keys}, lo HAVING count(*) > 1)"
    )
    content = "".join(f', "{c.name}" NULLS FIRST' for c in table.stated if c.name not in table.key) if ties else ""
    up, down = ("_rank, hi", "_rank DESC, lo") if several else ("hi", "lo")
    places = f"row_number() OVER (PARTITION BY {keys} ORDER BY {up}{content}) AS _up"
    if first:
        places += f", row_number() OVER (PARTITION BY {keys} ORDER BY {down}{content}) AS _down"
    fields = ", ".join(f'{_merged(c, sets, several)} AS "{c.name}"' for c in table.stated if c.name not in table.key)
    top = "".join(f', arg_max_null("{c.name}", _up) AS "_top_{c.name}"' for c in first)
    agrees = " AND ".join(f'("_top_{c.name}" IS NULL OR "_top_{c.name}" = "{c.name}")' for c in first) or "true"
    drop = f"EXCLUDE ({quoted('_top_' + c.name for c in first)})" if first else ""
    work.run(
        f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT * {drop} REPLACE (CASE WHEN {agrees} THEN _said END AS _said) "
        f"FROM (SELECT {keys}, {fields}{top}, arg_max_null(_said, _up) AS _said FROM (SELECT *, {places} FROM {source}) "
        f"GROUP BY {keys})"
    )


def _with_ranks(table: Table, sets: Sequence[Sequence[str]], source: str) -> str:
    """SQL: the statements with `_rank` and `_teller`, the rank below which nothing is heard of OF_ONE_SOURCE."""
    best = f"max(_rank) OVER (PARTITION BY {quoted(table.key)})"
    if "counted_at" in table.names:
        telling = ", ".join(str(i) for i, carried in enumerate(sets) if "counted_at" in carried) or "-2"
        best = (
            f"coalesce(max(_rank) FILTER (WHERE _set IN ({telling})) OVER (PARTITION BY {quoted(table.key)}), {best})"
        )
    return f"(SELECT *, {best} AS _teller FROM (SELECT *, {rank_sql()} AS _rank FROM {source}))"


def _merged(column: Column, sets: Sequence[Sequence[str]], several: bool) -> str:
    """SQL for one field out of the ordered statements of a key."""
    tests = ["_rank >= _teller"] if several and column.name in OF_ONE_SOURCE else []
    silent = [str(i) for i, carried in enumerate(sets) if column.name not in carried]
    if column.merge == "newest" and silent:
        tests.append(f"_set NOT IN ({', '.join(silent)})")
    only = f" FILTER (WHERE {' AND '.join(tests)})" if tests else ""
    if column.merge == "first":
        return f'arg_min("{column.name}", _down){only}'
    if column.merge == "known":
        return f'arg_max("{column.name}", _up){only}'
    return f'arg_max_null("{column.name}", _up){only}'


def differs(table: Table, one: str, other: str) -> str:
    """SQL: whether two rows of a table differ in a stated column."""
    names = [c.name for c in table.stated if c.name not in table.key]
    return "(" + " OR ".join(f'{one}."{n}" IS DISTINCT FROM {other}."{n}"' for n in names) + ")" if names else "false"
