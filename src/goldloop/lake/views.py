"""The fact tables as SQL views with described columns, for a DuckDB that is not goldloop's own.

A view lists the Parquet files of one version. They stay for an hour after a newer one is there (`lake tidy`), so views that
were written into a file are written again after an import.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from goldloop.core.table import Column, Table
from goldloop.lake.arrow import SQL_TYPES
from goldloop.lake.schema import TABLES
from goldloop.lake.snapshot import Snapshot

STORES = Table(
    "stores",
    "The stores, with the settings by which their facts are read.",
    key=("id",),
    month_of=None,
    columns=(
        Column("id", "int", "What `store` means in all other views."),
        Column("name", "text", "Its name."),
        Column("platform", "text", "Where it sells."),
        Column("currency", "text", "ISO 4217 code of its amounts."),
        Column("timezone", "text", "Zone of its times."),
        Column("day_starts", "int", "When its business day begins.", "minutes"),
        Column("opened_on", "date", "When it opened, if that is known."),
        Column("identity_limit", "float", "Share of paid orders with a buyer below which buyers are not counted."),
        Column("gmv_amount", "text", "Which amount of a sale is gmv: merchant or paid."),
    ),
)
VIEWS = (STORES, *TABLES.values())
UNITS = {"money": "minor units of the row's currency", "price": "major units", "rate": "0.01 = 1 %"}


def statements(snapshot: Snapshot) -> Iterator[str]:
    """The SQL that makes every view and says what it and each of its columns is; a table without rows is an empty view."""
    for table in VIEWS:
        yield f'CREATE OR REPLACE VIEW "{table.name}" AS {_rows(snapshot, table)}'
        yield f'COMMENT ON VIEW "{table.name}" IS {_quoted(table.doc)}'
        for column in table.columns:
            yield f'COMMENT ON COLUMN "{table.name}"."{column.name}" IS {_quoted(described(column))}'


def described(column: Column) -> str:
    """What a column is, and its unit."""
    unit = UNITS.get(column.type, column.unit)
    return f"{column.doc} [{unit}]" if unit else column.doc


def folder(snapshot: Snapshot) -> Path:
    """The folder below which all files of the views lie."""
    return Path(snapshot.root).absolute()


def _rows(snapshot: Snapshot, table: Table) -> str:
    files = snapshot.files("ref/stores" if table is STORES else f"facts/{table.name}")
    if files:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        return f"SELECT {columns} FROM read_parquet([{', '.join(map(_quoted, files))}], hive_partitioning = false)"
    empty = ", ".join(f'NULL::{SQL_TYPES[column.type]} AS "{column.name}"' for column in table.columns)
    return f"SELECT {empty} WHERE false"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
