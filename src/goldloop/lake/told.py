"""What one import says about one table: shaped rows, the hash of each row's content, what of it is new to us."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from goldloop.core.statements import PLATFORM, Statements
from goldloop.core.table import Table
from goldloop.lake.arrow import SAID, numbered, picked, shaped, stacked, stated_schema
from goldloop.lake.work import ROW_GROUP, Work, month_sql, quoted, text


@dataclass(frozen=True)
class Sheet:
    """Rows with one set of carried columns; `carried` leaves the key out, `start` is the position of its first row."""

    carried: tuple[str, ...]
    rows: pa.Table
    start: int
    rank: str = PLATFORM

    @property
    def digest(self) -> str:
        """Short name of the set of carried columns, and of the rank where it is not the platform's."""
        return digest_of(self.carried) + ("" if self.rank == PLATFORM else f"-{self.rank}")


@dataclass(frozen=True)
class Told:
    """All statements of one import about one table.

    SQL sees `rows_<table>` (Arrow: key, the columns that any sheet carries, `_pos`), `told_<table>` (one row
    per source row: _pos, _set, _said, _key, _row, _moment, store, mon) and `content_<table>` (one row per different
    content: its first _pos, lo and hi moment; `known`: the fact says exactly this already; `mixed`: not a plain insert,
    as the import has several contents for the key, or, marked later, the key has a fact).
    """

    table: Table
    sheets: tuple[Sheet, ...]
    rows: pa.Table
    several: bool  # some key stands in more than one row

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.table.name


def digest_of(carried: Sequence[str]) -> str:
    """Short stable name of a set of columns; files with the same columns share it."""
    return hashlib.sha256(",".join(sorted(carried)).encode()).hexdigest()[:8]


def rank_of(digest: str) -> str:
    """The rank of the source in a sheet's digest."""
    return digest.partition("-")[2] or PLATFORM


def said_sql(table: Table, carried: Sequence[str]) -> str:
    """SQL for the hash of a row's content, 64 bits: key and carried columns, and which columns those are.

    The engine's own hash, for its speed. Should another version of it hash differently, repeats are no longer
    recognised at a glance but compared field by field; the facts stay the same.
    """
    columns = quoted([*table.key, *(c.name for c in table.stated if c.name in carried)])
    return f"(hash({text(digest_of(carried))}, {columns})::HUGEINT - 9223372036854775808)::BIGINT"


def take_in(work: Work, table: Table, statements: Sequence[Statements]) -> Told:
    """Shape the statements about one table and let SQL see them."""
    sheets, start = [], 0
    for one in statements:
        rows, carried = shaped(table, one)
        sheets.append(Sheet(carried, rows, start, one.rank))
        start += rows.num_rows
    whole = numbered(stacked([s.rows.drop_columns(["_row", "_moment"]) for s in sheets], stated_schema(table)))
    work.hold(f"rows_{table.name}", whole)
    parts = []
    for number, sheet in enumerate(sheets):
        view = f"sheet_{table.name}_{number}"
        work.hold(view, numbered(sheet.rows, start=sheet.start))
        mon = month_sql(f'"{table.month_of}"') if table.month_of in (*table.key, *sheet.carried) else "0"
        parts.append(
            f"SELECT _pos, {number}::INTEGER AS _set, {said_sql(table, sheet.carried)} AS _said, "
            f"hash({quoted(table.key)}) AS _key, _row, _moment, store, {mon} AS mon FROM {view}"
        )
    work.run(f"CREATE TEMP TABLE told_{table.name} AS {' UNION ALL '.join(parts)}")
    several = bool(work.one(f"SELECT count(*) - count(DISTINCT _key) FROM told_{table.name}"))
    told = Told(table, tuple(sheets), whole, several)
    _contents(work, told)
    return told


def _contents(work: Work, told: Told) -> None:
    """Build `content_<table>`: different contents with the moments between which they were said."""
    name = told.name
    near = work.parts_in(f"facts/{name}", {0, *work.numbers(f"SELECT DISTINCT mon FROM told_{name}")})
    # A fact of another month says another month: it cannot say the same.
    known = (
        f"t._said IN (SELECT _said FROM {work.scan(f'facts/{name}', near)} WHERE _said IS NOT NULL)"
        if near
        else "false"
    )
    source = f"(SELECT *, _moment AS lo, _moment AS hi FROM told_{name})"
    if told.several:
        source = (
            f"(SELECT t.*, lo, hi FROM told_{name} t JOIN (SELECT min(_pos) AS _pos, min(_moment) AS lo, "
            f"max(_moment) AS hi FROM told_{name} GROUP BY _said) USING (_pos))"
        )
    plain = not told.several and not work.parts(f"facts/{name}")  # nothing will be marked
    work.run(
        f"CREATE TEMP {'VIEW' if plain else 'TABLE'} content_{name} AS SELECT _pos, _set, _row, _said, _key, store, mon, lo, hi, {known} AS known, "
        f"false AS mixed FROM {source} t"
    )
    if told.several:
        work.run(
            f"UPDATE content_{name} SET mixed = true WHERE _key IN "
            f"(SELECT _key FROM content_{name} GROUP BY _key HAVING count(*) > 1 AND NOT bool_and(known))"
        )


def rows_at(told: Told, positions: pa.Array) -> pa.Table:
    """Stated columns of the rows at these positions."""
    rows = told.rows.drop_columns(["_pos"])
    return rows if len(positions) == rows.num_rows else picked(rows, positions)


def kept_rows(sheet: Sheet, positions: pa.Array, said: pa.Array) -> Iterator[pa.Table]:
    """Rows of a sheet, by global positions, as the seen files keep them: what was carried, `_row`, `_moment`, `_said`.

    They come in pieces, so that a large import does not stand in memory twice.
    """
    whole = len(positions) == sheet.rows.num_rows
    for start in range(0, len(positions), ROW_GROUP):
        at = positions.slice(start, ROW_GROUP)
        rows = sheet.rows.slice(start, ROW_GROUP) if whole else picked(sheet.rows, pc.subtract(at, sheet.start))
        yield rows.append_column(SAID, said.slice(start, ROW_GROUP))
