"""How the schema's types look in Arrow, and bringing stated rows into exactly that shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.core.errors import GoldloopError
from goldloop.core.statements import PLATFORM, Statements
from goldloop.core.table import Column, Table

TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "money": pa.int64(),
    "price": pa.decimal128(18, 6),
    "rate": pa.float64(),
    "float": pa.float64(),
    "time": pa.timestamp("us"),
    "date": pa.date32(),
    "bool": pa.bool_(),
}

SQL_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "money": "BIGINT",
    "price": "DECIMAL(18,6)",
    "rate": "DOUBLE",
    "float": "DOUBLE",
    "time": "TIMESTAMP",
    "date": "DATE",
    "bool": "BOOLEAN",
}

# Hidden columns of the files. `said` is the hash of a statement's content; `filled` tells which amounts of an order
# come from its lines (bits in the order of finish.FILLS).
SAID = pa.field("_said", pa.int64())
ROW = pa.field("_row", pa.int64())
MOMENT = pa.field("_moment", pa.timestamp("us"))
FILLED = pa.field("_filled", pa.int64())
TOLD_BY = "told_by"


def field_of(column: Column) -> pa.Field:
    """The Arrow field of one column."""
    return pa.field(column.name, TYPES[column.type])


def arrow_schema(table: Table, extra: Sequence[pa.Field] = ()) -> pa.Schema:
    """Arrow schema of a fact table in the order of its declaration, followed by `extra`.

    text string, int and money int64, price decimal128(18, 6), rate and float float64, time timestamp[us] without zone,
    date date32, bool bool.
    """
    return pa.schema([*(field_of(c) for c in table.columns), *extra])


def facts_schema(table: Table) -> pa.Schema:
    """What a Parquet file of facts/<table> holds: the declared columns and the hidden ones of facts."""
    return arrow_schema(table, (SAID, FILLED) if table.name == "orders" else (SAID,))


def stated_schema(table: Table) -> pa.Schema:
    """The columns that files state, without the derived ones."""
    return pa.schema([field_of(c) for c in table.stated])


def empty(schema: pa.Schema) -> pa.Table:
    """A table of that schema without rows."""
    return schema.empty_table()


def with_nulls(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """`rows` in the order of `schema`; a column that it lacks is null throughout."""
    names = set(rows.column_names)
    columns = [rows.column(f.name) if f.name in names else pa.nulls(rows.num_rows, f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def carried_columns(table: Table, statements: Statements) -> tuple[str, ...]:
    """The stated columns besides the key that these rows carry, in order; a null in one of them is a statement."""
    stated = {c.name for c in table.fillable} - set(table.key)
    wrong = statements.carried - stated - set(table.key)
    if wrong:
        raise GoldloopError(
            "column_not_stated",
            f"No file states these columns of {table.name}.",
            given=sorted(wrong),
            allowed=sorted(stated),
            table=table.name,
        )
    outside = stated.intersection(statements.rows.column_names) - statements.carried
    if outside:
        raise GoldloopError(
            "column_not_carried",
            f"Rows of {table.name} hold columns that their profile is not said to carry.",
            given=sorted(outside),
            todo="Name them in `carried`.",
            table=table.name,
        )
    return tuple(c.name for c in table.stated if c.name in statements.carried and c.name in stated)


def shaped(table: Table, statements: Statements) -> tuple[pa.Table, tuple[str, ...]]:
    """Key, carried columns, `_row` and `_moment` of these statements with the schema's types, and what they carry.

    A first-seen amount (`user_paid_first`) that the profile does not state itself is the amount of the same name. Where
    the source is not the platform's own file its rank is carried as `told_by`.
    Raises `column_not_stated`, `column_not_carried` and `row_key_missing`.
    """
    carried = carried_columns(table, statements)
    rows, source = statements.rows, {}
    for column in table.stated:
        plain = column.name.removesuffix("_first")
        if column.merge == "first" and column.name not in carried and plain in carried and plain != column.name:
            source[column.name] = plain
    if statements.rank != PLATFORM and TOLD_BY in table.names:
        rows = rows.append_column(TOLD_BY, pa.repeat(pa.scalar(statements.rank), rows.num_rows))
        carried = (*carried, TOLD_BY)
    names = tuple(c.name for c in table.stated if c.name in carried or c.name in source)
    fields = [field_of(table.column(n)) for n in (*table.key, *names)] + [ROW, MOMENT]
    held = set(rows.column_names)
    columns = []
    for field in fields:
        name = source.get(field.name, field.name)
        if name in held:
            columns.append(rows.column(name).cast(field.type))
        elif name in table.key or field in (ROW, MOMENT):
            raise _key_missing(table, name)
        else:
            columns.append(pa.nulls(rows.num_rows, field.type))
    result = pa.Table.from_arrays(columns, schema=pa.schema(fields))
    for name in (*table.key, ROW.name, MOMENT.name):
        if result.column(name).null_count:
            raise _key_missing(table, name)
    return result, names


def _key_missing(table: Table, name: str) -> GoldloopError:
    return GoldloopError(
        "row_key_missing",
        f"Every row of {table.name} needs {name}.",
        given=None,
        allowed=[*table.key, ROW.name, MOMENT.name],
        table=table.name,
        column=name,
    )


def numbered(rows: pa.Table, name: str = "_pos", start: int = 0) -> pa.Table:
    """`rows` with a column that counts them, so that SQL can name a row without carrying it."""
    return rows.append_column(name, pa.array(np.arange(start, start + rows.num_rows, dtype=np.int64)))


def stacked(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """All rows under one another, in the order of `schema`; columns that none of the tables has stay away."""
    held = [t for t in tables if t.num_rows]
    names = {n for t in held for n in t.column_names}
    lean = pa.schema([f for f in schema if f.name in names]) if held else schema
    return pa.concat_tables([with_nulls(t, lean) for t in held]) if held else empty(lean)


def picked(rows: pa.Table, positions: pa.Array) -> pa.Table:
    """The rows at these positions, in their order.

    Positions that lie close together are looked up in the stretch of rows around them: only that is copied.
    """
    if not len(positions):
        return rows.slice(0, 0)
    ends = pc.min_max(positions).as_py()
    window = rows.slice(ends["min"], ends["max"] - ends["min"] + 1).combine_chunks()
    return window if len(positions) == 1 else window.take(pc.subtract(positions, ends["min"]))


def valued(rows: pa.Table, keep: Iterable[str] = ()) -> pa.Table:
    """`rows` without the columns that have no value at all, but for those to `keep`."""
    stay = set(keep)
    return rows.select([n for n in rows.column_names if n in stay or rows.column(n).null_count < rows.num_rows])
