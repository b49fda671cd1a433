"""DuckDB, the embedded engine: opens the Parquet files of one version and runs figure queries on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from goldloop.lake.schema import TABLES
from goldloop.metrics.engines import engine as shared
from goldloop.metrics.engines.patience import within_patience
from goldloop.metrics.rates import DAY_OF
from goldloop.metrics.types import PERIOD_COLUMNS, QUESTION, SQL_TYPES, People, Result, SmallTable

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.rates import Rates

MOST_RANGES = 4  # stretches of days that a question is given as
DAYS_LISTED = 400  # days of a question, such as two half-years, up to which each is looked for in the bounds of files


class Engine(shared.Engine):
    """One version of the lake in DuckDB."""

    dialect = "duckdb"

    def __init__(self, snapshot: Snapshot, **kept: Any) -> None:
        import duckdb

        super().__init__(snapshot, **kept)
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        # Files of the lake never change: what stands at their ends is read once, not for each of a question's statements.
        self._connection.execute("SET parquet_metadata_cache = true")
        # Days far apart (a month and the same one last year) skip the files between: a list of days, not only its ends.
        self._connection.execute(f"SET GLOBAL dynamic_or_filter_threshold = {DAYS_LISTED}")
        self._opened: set[str] = set()
        self._lock = Lock()

    @property
    def version(self) -> str:
        """DuckDB's."""
        import duckdb

        return duckdb.__version__

    def converting(self, rates: Rates) -> Engine:
        """An engine on the same version that reads amounts in one currency."""
        return self._again(rates)

    def plain(self) -> Engine:
        """An engine on the same version that reads amounts as they are."""
        return self if self.rates is None else self._again(None)

    def beside(self) -> Engine:
        """The engine of this machine on the same version: itself."""
        return self

    def _again(self, rates: Rates | None) -> Engine:
        return Engine(self.snapshot, rates=rates, **self.kept())

    def definition(self, table: str) -> str:
        """The statement that makes a fact table readable: its Parquet files, or an empty table."""
        files = self.snapshot.files(f"facts/{table}")
        if files:
            listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
            kind = "TABLE" if self.in_memory else "VIEW"
            source = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
            if "buyer_key" in TABLES[table].names and (persons := self.snapshot.files("ref/persons")):
                source = _by_person(source, persons)
            if self.rates is not None and table in DAY_OF:
                source = self.rates.view(table, source)
            return f"CREATE OR REPLACE {kind} {table} AS {source}"
        columns = ", ".join(f'"{c.name}" {SQL_TYPES[c.type]}' for c in TABLES[table].columns)
        return f"CREATE OR REPLACE TABLE {table} ({columns})"

    def run(self, sql: str, question: Mapping[str, SmallTable]) -> Result:
        """The statement's columns and rows, with the small tables of the question in place."""
        with self._executed(sql, question) as cursor:
            return Result([column[0] for column in cursor.description], cursor.fetchall())

    def table(self, sql: str, question: Mapping[str, SmallTable]) -> pa.Table:
        """The statement's rows as an Arrow table: for the many rows that only arrays are made of."""
        with self._executed(sql, question) as cursor:
            return cursor.to_arrow_table()

    @contextmanager
    def _executed(self, sql: str, question: Mapping[str, SmallTable]) -> Iterator[DuckDBPyConnection]:
        """A cursor on which the statement was run."""
        with self._lock:
            for name in self.tables_of(sql):
                if name not in self._opened:
                    self._connection.execute(self.definition(name))
                    self._opened.add(name)
        cursor = self._connection.cursor()
        try:
            with within_patience(cursor):
                cursor.execute("SET TimeZone = 'UTC'")
                for name, table in question.items():
                    if f'"{name}"' in sql and isinstance(table, People):
                        cursor.register(name, table.table)
                    elif f'"{name}"' in sql:
                        cursor.execute(small_table_sql(name, table))
                cursor.execute(sql)
                yield cursor
        finally:
            cursor.close()

    def script(self, sql: str, question: Mapping[str, SmallTable]) -> str:
        """The same as text that runs in a plain DuckDB shell: tables, question, statement."""
        parts = [self.definition(name) + ";" for name in self.tables_of(sql)]
        parts += [small_table_sql(name, t) + ";" for name, t in question.items() if f'"{name}"' in sql]
        return "\n".join([*parts, sql + ";"])

    def divided(self, column: str, step: int) -> str:
        """SQL of a whole number over `step`, rounded half up."""
        return f'("{column}" + {step // 2}) // {step}'


def _by_person(source: str, files: Sequence[str]) -> str:
    """The rows of a table with each person's several keys as one (see `lake.persons`)."""
    listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
    return (
        "SELECT f.* REPLACE (coalesce(p.person, f.buyer_key) AS buyer_key) "
        f"FROM ({source}) f LEFT JOIN read_parquet([{listed}]) p ON p.buyer_key = f.buyer_key"
    )


_KINDS = {"int64": "BIGINT", "string": "VARCHAR", "date": "DATE"}


def small_table_sql(name: str, table: SmallTable) -> str:
    """The statement that makes one small table; `buckets` grows from its periods to one row per day."""
    if isinstance(table, People):
        *before, last = table.script.rstrip(";").split(";\n")
        return ";\n".join([*before, f"CREATE OR REPLACE TEMP TABLE {name} AS {last}"])
    if name == "buckets" and (days := _days_sql(table)):
        return f"CREATE OR REPLACE TEMP TABLE {name} AS {days}"
    columns = QUESTION.get(name, {"value": "string"})
    source = PERIOD_COLUMNS if name == "buckets" else columns
    kinds = ", ".join(f'CAST({c} AS {_KINDS[k]}) AS "{c}"' for c, k in source.items())
    if table:
        rows = ", ".join("(" + ", ".join(_literal(v) for v in row) + ")" for row in table)
        body = f"SELECT {kinds} FROM (VALUES {rows}) AS v({', '.join(source)})"
    else:
        body = "SELECT " + ", ".join(f'CAST(NULL AS {_KINDS[k]}) AS "{c}"' for c, k in source.items()) + " WHERE false"
    if name == "buckets":
        body = (
            "SELECT bucket, CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS bday, "
            f"first_day, last_day, new_before, is_new_rule FROM ({body})"
        )
    return f"CREATE OR REPLACE TEMP TABLE {name} AS {body}"


def _days_sql(table: SmallTable) -> str:
    """`buckets` of one day each, one day after the other, as a range: writing and reading hundreds of them takes longer."""
    found: list[str] = []
    at, step = 0, timedelta(days=1)
    while at < len(table):
        end, (number, first, last, before, rule) = at + 1, table[at]
        if first != last:
            return ""
        while end < len(table) and table[end] == (
            number + end - at,
            *(day + (end - at) * step for day in (first, last, before)),
            rule,
        ):
            end += 1
        day = f"CAST(DATE '{first}' + CAST(i AS INTEGER) AS DATE)"
        new = f"CAST(DATE '{before}' + CAST(i AS INTEGER) AS DATE)"
        found.append(
            f"SELECT {number} + i AS bucket, {day} AS bday, {day} AS first_day, {day} AS last_day, {new} AS new_before, "
            f"CAST({rule} AS BIGINT) AS is_new_rule FROM range({end - at}) AS r(i)"
        )
        at = end
        if len(found) > MOST_RANGES:
            return ""
    return " UNION ALL ".join(found)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("'", "''").replace("\0", "' || chr(0) || '")  # a statement cannot hold that character
    return f"DATE '{text}'" if isinstance(value, date) else f"'{text}'"
