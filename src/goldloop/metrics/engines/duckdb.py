"""DuckDB, the embedded engine: opens the Parquet files of one version and runs figure queries on them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from goldloop.lake.schema import TABLES
from goldloop.metrics.engines.patience import within_patience
from goldloop.metrics.rates import DAY_OF
from goldloop.metrics.types import PERIOD_COLUMNS, QUESTION, SQL_TYPES, People, Result, Saved, SmallTable

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.calendar_events import Phase
    from goldloop.metrics.rates import Rates
    from goldloop.metrics.shape import Shape

DIALECT = "duckdb"
MOST_RANGES = 4  # stretches of days that a question is given as
DAYS_LISTED = 400  # days of a question, such as two half-years, up to which each is looked for in the bounds of files


@lru_cache(maxsize=2000)
def compiled(group: str, shape: Shape, cache: Path | None = None) -> str:
    """The SQL of one group of parts for one shape of question. Values are not in it, so it is made once.

    `cache` is a folder that keeps it between processes: a command that finds all of its SQL there never loads Ibis.
    """
    if cache is None:
        return _compile(group, shape)
    key = f"{source_mark()}|{group}|{shape!r}|{DIALECT}"
    file = cache / (hashlib.sha256(key.encode()).hexdigest()[:32] + ".sql")
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        sql = _compile(group, shape)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(sql, encoding="utf-8")
        part.replace(file)
    except OSError:
        pass  # a cache that cannot be written only costs time
    return sql


@lru_cache(maxsize=2000)  # for all homes of a process
def _compile(group: str, shape: Shape) -> str:
    import ibis

    from goldloop.metrics import groups

    sql = str(ibis.to_sql(getattr(groups, group)(shape), dialect=DIALECT))
    return sql.replace(" AS BIGINT)", " AS HUGEINT)") if shape.converted else sql  # see `metrics.rates`


@lru_cache(maxsize=1)
def source_mark() -> str:
    """A digest of the code that makes SQL: a cached statement of other code is never used."""
    from importlib.metadata import version

    folder = Path(__file__).parent.parent
    files = [Path(__file__), *(folder / n for n in ("relations.py", "shape.py", "types.py", "cuts.py"))]
    files += [*sorted((folder / "groups").glob("*.py")), folder.parent / "lake" / "schema.py"]
    files += [folder.parent / "core" / "members" / f"{n}.py" for n in ("segments", "rfm", "lifecycle")]
    digest = hashlib.sha256(version("ibis-framework").encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


class Engine:
    """One version of the lake, opened for reading; safe to use from several threads.

    `run` gives the SQL's result. Fact tables without files are empty tables. `cache` is a folder
    for compiled statements; `in_memory` copies a table at its first use, for many questions to a small lake; `rates`
    reads amounts in one currency (see `metrics.rates`); `planned` are the phases of events that people planned, by store;
    `saved` knows the segments that people kept.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        cache: Path | None = None,
        in_memory: bool = False,
        rates: Rates | None = None,
        planned: Mapping[int, Sequence[Phase]] = MappingProxyType({}),
        saved: Saved | None = None,
    ) -> None:
        import duckdb

        self.snapshot = snapshot
        self.cache = cache
        self.in_memory = in_memory
        self.rates = rates
        self.planned = planned
        self.saved = saved
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        # Files of the lake never change: what stands at their ends is read once, not for each of a question's statements.
        self._connection.execute("SET parquet_metadata_cache = true")
        # Days far apart (a month and the same one last year) skip the files between: a list of days, not only its ends.
        self._connection.execute(f"SET GLOBAL dynamic_or_filter_threshold = {DAYS_LISTED}")
        self._opened: set[str] = set()
        self._kept: dict[tuple[str, str], Result] = {}
        self.learned: dict[tuple[Any, ...], Any] = {}  # from this version, for the next question
        self._lock = Lock()

    def converting(self, rates: Rates) -> Engine:
        """An engine on the same version that reads amounts in one currency."""
        return self._again(rates)

    def plain(self) -> Engine:
        """An engine on the same version that reads amounts as they are."""
        return self if self.rates is None else self._again(None)

    def _again(self, rates: Rates | None) -> Engine:
        kept = {"cache": self.cache, "in_memory": self.in_memory, "planned": self.planned, "saved": self.saved}
        return Engine(self.snapshot, rates=rates, **kept)  # type: ignore[arg-type]

    def tables_of(self, sql: str) -> list[str]:
        """Fact tables that a statement reads."""
        words = set(re.findall(r'"(\w+)"', sql))
        return [name for name in TABLES if name in words]

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

    def run_once(self, sql: str, question: Mapping[str, SmallTable]) -> Result:
        """The same, remembered: for what many questions to one version ask alike, such as what is loaded."""
        key = sql, repr([table for name, table in question.items() if f'"{name}"' in sql])
        if key not in self._kept:
            self._kept[key] = self.run(sql, question)
        return self._kept[key]

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
