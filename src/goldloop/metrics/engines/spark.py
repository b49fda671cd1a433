"""Spark, the engine beyond one machine: the same lake, read as the Parquet files of one version, and the same expressions.

Statements carry the question and the fact tables as common table expressions, so that threads of one session never meet.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from goldloop.core.errors import WorkFailed
from goldloop.lake.schema import TABLES
from goldloop.metrics.engines import engine as shared
from goldloop.metrics.engines.patience import within_patience
from goldloop.metrics.rates import DAY_OF
from goldloop.metrics.types import PERIOD_COLUMNS, QUESTION, People, Result, SmallTable

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.rates import Rates
    from goldloop.metrics.rollups.spark_sums import Sums
    from goldloop.metrics.shape import Shape

# What answers depend on; everything else is the cluster's own (spark-defaults.conf, or that of a Spark Connect server).
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
TYPES = {
    "text": "STRING", "int": "BIGINT", "money": "BIGINT", "price": "DECIMAL(18, 6)", "rate": "DOUBLE",
    "time": "TIMESTAMP_NTZ", "date": "DATE", "bool": "BOOLEAN", "float": "DOUBLE",
}  # fmt: skip
KINDS = {"int64": "BIGINT", "string": "STRING", "date": "DATE"}
WRITTEN_DOWN = 500  # rows up to which a table of the question stands in the statement
_NUMBERS = itertools.count()


class SparkError(WorkFailed):
    """Spark cannot be used."""


@lru_cache(maxsize=4)
def session(url: str) -> SparkSession:
    """The session on a cluster (`spark://`, `local[..]`) or on a Spark Connect server (`sc://`), opened once for the process.

    Raises `SparkError` spark_missing, spark_unreachable.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise _missing(url, str(error)) from None
    builder = SparkSession.builder.appName("goldloop").config("spark.ui.showConsoleProgress", "false")
    try:
        opened = (builder.remote(url) if url.startswith("sc://") else builder.master(url)).getOrCreate()
        for name, value in SESSION.items():
            opened.conf.set(name, value)
    except ImportError as error:  # what Spark Connect needs besides
        raise _missing(url, str(error)) from None
    except (PySparkException, OSError) as error:
        if getattr(error, "getCondition", lambda: "")() == "JAVA_GATEWAY_EXITED":
            raise _missing(url, "Java 17 did not start") from None
        raise _unreachable(url, error) from None
    except Exception as error:  # of the Java side and of the connection, which have no common base
        raise _unreachable(url, error) from None
    return opened


class Engine(shared.Engine):
    """One version of the lake in Spark."""

    dialect = "pyspark"

    def __init__(self, snapshot: Snapshot, *, url: str, files: _Files | None = None, **kept: Any) -> None:
        super().__init__(snapshot, **kept)
        self.url, self.rolled = url, None  # rollups are arrays of one machine
        self.sums: Sums | None = None  # made of just the files of this version
        self._session = session(url)
        self._files = files or _Files(self._session, snapshot, url, self.in_memory)

    def converting(self, rates: Rates) -> Engine:
        """An engine on the same version that reads amounts in one currency."""
        return self._again(rates)

    def plain(self) -> Engine:
        """An engine on the same version that reads amounts as they are."""
        return self if self.rates is None else self._again(None)

    @cached_property
    def _beside(self) -> shared.Engine:
        from goldloop.metrics.engines import duckdb

        return duckdb.Engine(self.snapshot)

    def beside(self) -> shared.Engine:
        """DuckDB on the same version, which reads the files of the lake from this machine."""
        return self._beside

    def _again(self, rates: Rates | None) -> Engine:
        other = Engine(self.snapshot, url=self.url, files=self._files, rates=rates, **self.kept())
        other.sums = self.sums
        return other

    def compiled(self, group: str, shape: Shape) -> str:
        """The SQL of one group of parts: from sums by day where they tell it, else from the facts."""
        kept = self.sums.statement(group, shape) if self.sums is not None and self.rates is None else None
        return kept or self.from_facts(group, shape)

    def from_facts(self, group: str, shape: Shape) -> str:
        """The SQL of one group of parts over the facts."""
        return super().compiled(group, shape)

    def summed(self, group: str, shape: Shape) -> str | None:
        """The table of sums by day that the SQL of a group reads; '' where it reads the facts, None without such tables."""
        if self.sums is None:
            return None
        return next(iter(_sums_in(self.compiled(group, shape))), "")

    def columns(self, sql: str, question: Mapping[str, SmallTable]) -> dict[str, str]:
        """The columns of a statement and their types, without running it."""
        with self._asked(sql, question) as frame:
            return {field.name: field.dataType.simpleString() for field in frame.schema.fields}

    def write(self, sql: str, question: Mapping[str, SmallTable], folder: str) -> None:
        """Let the cluster write the statement's rows into a folder that all of its machines reach, as Parquet."""
        with self._asked(sql, question) as frame:
            frame.coalesce(1).write.mode("overwrite").parquet(folder)

    def run(self, sql: str, question: Mapping[str, SmallTable]) -> Result:
        """The statement's columns and rows, with the small tables of the question in place."""
        found = self.table(sql, question)
        columns = [_plain(column) for column in found.columns]
        return Result(found.column_names, list(zip(*columns, strict=True)))

    def table(self, sql: str, question: Mapping[str, SmallTable]) -> pa.Table:
        """The statement's rows as an Arrow table."""
        with self._asked(sql, question) as frame:
            return frame.toArrow()

    @contextmanager
    def _asked(self, sql: str, question: Mapping[str, SmallTable]) -> Iterator[DataFrame]:
        """The statement with what it reads; large tables of the question are views of its own for that long."""
        views: dict[str, str] = {}
        try:
            for name, table in question.items():
                if f'"{name}"' in sql and (
                    isinstance(table, People) or (len(table) > WRITTEN_DOWN and name != "buckets")
                ):
                    views[name] = f"question_{name}_{next(_NUMBERS)}"
                    self._session.createDataFrame(_arrow(name, table)).createOrReplaceTempView(views[name])
            parts = {name: f"SELECT * FROM {view}" for name, view in views.items()}
            with within_patience(_Tag(self._session, self.url)):
                yield self._session.sql(self._whole(sql, question, parts, self._files.view))
        finally:
            for view in views.values():
                self._session.catalog.dropTempView(view)

    def _whole(self, sql: str, question: Mapping[str, SmallTable], parts: dict[str, str], source: Any) -> str:
        """The statement behind a WITH of everything that it reads: `parts` are there already, `source` reads fact files."""
        found = {name: self.definition(name, source) for name in self.tables_of(sql)}
        if self.sums is not None:
            found |= {n: f"SELECT * FROM parquet.`{self.sums.file(n)}`" for n in _sums_in(sql)}
        found |= {n: parts.get(n) or small_table_sql(n, t) for n, t in question.items() if f'"{n}"' in sql}
        listed = ",\n".join(f'"{name}" AS ({body})' for name, body in found.items())
        if not listed:
            return sql
        inner = re.match(r"\s*WITH\s", sql)
        return f"WITH {listed},\n{sql[inner.end() :]}" if inner else f"WITH {listed}\n{sql}"

    def definition(self, table: str, source: Any = None) -> str:
        """The statement that reads a fact table: its Parquet files with each person's keys as one, or no rows."""
        source = source or self._files.listed
        columns = TABLES[table].columns
        if not self.snapshot.parts(f"facts/{table}"):
            empty = ", ".join(f'CAST(NULL AS {TYPES[c.type]}) AS "{c.name}"' for c in columns)
            return f"SELECT {empty} WHERE false"
        found = f"SELECT * FROM {source(f'facts/{table}')}"
        if "buyer_key" in TABLES[table].names and self.snapshot.parts("ref/persons"):
            names = ", ".join(
                'coalesce(p.person, f.buyer_key) AS "buyer_key"' if c.name == "buyer_key" else f'f."{c.name}"'
                for c in columns
            )
            found = (
                f"SELECT {names} FROM {source(f'facts/{table}')} f "
                f"LEFT JOIN {source('ref/persons')} p ON p.buyer_key = f.buyer_key"
            )
        return found if self.rates is None or table not in DAY_OF else _converted(self.rates, table, found)

    def script(self, sql: str, question: Mapping[str, SmallTable]) -> str:
        """The same as text that runs in a Spark SQL shell with the settings of `SESSION`."""
        parts = {name: table.script for name, table in question.items() if isinstance(table, People)}
        return self._whole(sql, question, parts, self._files.listed) + ";"

    def divided(self, column: str, step: int) -> str:
        """SQL of a whole number over `step`, rounded half up."""
        return f'("{column}" + {step // 2}) DIV {step}'


class _Files:
    """The Parquet files of a version as views of the session; the same ones for engines that convert and that do not."""

    def __init__(self, session: SparkSession, snapshot: Snapshot, url: str, in_memory: bool) -> None:
        self._session, self._in_memory = session, in_memory
        self._places = snapshot.files if url.startswith("local") else snapshot.addresses
        self._views: dict[str, str] = {}
        self._lock = Lock()
        weakref.finalize(self, _drop, session, self._views)

    def view(self, name: str) -> str:
        """The view of a lake table, made at its first use."""
        with self._lock:
            if name not in self._views:
                view = f"{name.replace('/', '_')}_{next(_NUMBERS)}"
                reader = self._session.read.schema(_schema(name)).option("recursiveFileLookup", "true")
                try:
                    frame = reader.parquet(*(_literal_path(file) for file in self._places(name)))
                except Exception as error:  # of the Java side, which has no common base with others
                    raise _no_storage(error) or error from None
                (frame.cache() if self._in_memory else frame).createOrReplaceTempView(view)
                self._views[name] = view
            return self._views[name]

    def listed(self, name: str) -> str:
        """The files as a table expression that any Spark reads."""
        files = " UNION ALL ".join(f"SELECT * FROM parquet.`{file}`" for file in self._places(name))
        return f"({files})"


class _Tag:
    """What one thread runs, under a name by which another one can end it."""

    def __init__(self, session: SparkSession, url: str) -> None:
        self._name = f"goldloop-{next(_NUMBERS)}"
        self._end: Callable[[str], object]
        if url.startswith("sc://"):
            session.clearTags()
            session.addTag(self._name)
            self._end = session.interruptTag
            return
        # A session's own tags do not reach the thread from which Arrow tables are served; those of jobs do.
        context = session.sparkContext
        context.clearJobTags()
        context.addJobTag(self._name)
        context.setInterruptOnCancel(True)
        self._end = context.cancelJobsWithTag

    def interrupt(self) -> None:
        """End it."""
        self._end(self._name)


def small_table_sql(name: str, table: SmallTable) -> str:
    """The rows of one small table; `buckets` grows from its periods to one row per day."""
    columns = PERIOD_COLUMNS if name == "buckets" else QUESTION.get(name, {"value": "string"})
    if table:
        kinds = ", ".join(f'CAST("{c}" AS {KINDS[k]}) AS "{c}"' for c, k in columns.items())
        rows = ", ".join("(" + ", ".join(_literal(v) for v in row) + ")" for row in table)
        names = ", ".join(f'"{c}"' for c in columns)
        body = f"SELECT {kinds} FROM VALUES {rows} AS v({names})"
    else:
        body = "SELECT " + ", ".join(f'CAST(NULL AS {KINDS[k]}) AS "{c}"' for c, k in columns.items()) + " WHERE false"
    if name != "buckets":
        return body
    return (
        "SELECT bucket, explode(sequence(first_day, last_day)) AS bday, first_day, last_day, new_before, is_new_rule "
        f"FROM ({body})"
    )


def _converted(rates: Rates, table: str, source: str) -> str:
    """The rows of a fact table with their money in the target currency (see `metrics.rates`)."""
    rows = [
        f"('{one.currency}', DATE '{one.day}', DATE '{after.day if after and after.currency == one.currency else date.max}', {one.scale()})"
        for one, after in itertools.zip_longest(rates.rates, rates.rates[1:])
    ]
    columns = TABLES[table].columns
    picked = {c.name: f't."{c.name}"' for c in columns}
    picked |= {c.name: f'CAST(t."{c.name}" AS DECIMAL(38, 0)) * r.scale' for c in columns if c.type == "money"}
    picked["currency"] = f"'{rates.into}'"
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in picked.items())
    return (
        f"SELECT {listed} FROM (SELECT *, {DAY_OF[table]} AS rate_day FROM ({source})) t "
        f"LEFT JOIN (SELECT * FROM VALUES {', '.join(rows)} AS v(currency, since, until, scale)) r "
        "ON t.currency = r.currency AND t.rate_day >= r.since AND t.rate_day < r.until"
    )


def _sums_in(sql: str) -> set[str]:
    """Names of sums by day that a statement reads."""
    return set(re.findall(r'"(sums_\w+)"', sql))


def _schema(name: str) -> str:
    """The columns of a lake table as Spark's reader wants them."""
    if name == "ref/persons":
        return "buyer_key STRING, person STRING"
    return ", ".join(f"`{c.name}` {TYPES[c.type]}" for c in TABLES[name.removeprefix("facts/")].columns)


def _arrow(name: str, table: SmallTable) -> pa.Table:
    """A large table of the question with its types."""
    import pyarrow as pa

    if isinstance(table, People):
        return table.table.select(list(QUESTION[name]))
    kinds = {"int64": pa.int64(), "string": pa.string(), "date": pa.date32()}
    columns = QUESTION.get(name, {"value": "string"})
    values = zip(*table, strict=True)
    return pa.table({c: pa.array(list(v), kinds[k]) for (c, k), v in zip(columns.items(), values, strict=True)})


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Python values as DuckDB gives them: whole numbers are int whatever their width."""
    import pyarrow as pa

    values: list[Any] = column.to_pylist()
    if pa.types.is_decimal(column.type) and column.type.scale == 0:
        return [None if value is None else int(value) for value in values]
    return values


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"DATE '{text}'" if isinstance(value, date) else f"'{text}'"


def _literal_path(path: str) -> str:
    """A path in which nothing is a pattern of names."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def _drop(session: SparkSession, views: Mapping[str, str]) -> None:
    """Views that no engine reads any more leave the session, if it still stands."""
    for view in views.values():
        try:
            session.catalog.dropTempView(view)
        except Exception:  # the session has ended, at the end of the program, and all views with it
            return


def _missing(url: str, said: str) -> SparkError:
    return SparkError(
        "spark_missing", "The engine Spark is not installed.", given=url, allowed="pyspark 4.0 and Java 17",
        todo=f"Install Java 17 and run: pip install 'goldloop[spark]' ({said})", said=said,
    )  # fmt: skip


def _no_storage(error: Exception) -> SparkError | None:
    """What it means where a cluster cannot read object storage; None for any other failure."""
    if "S3AFileSystem" not in str(error):
        return None
    return SparkError(
        "spark_no_storage", "This Spark cannot read object storage.", allowed="hadoop-aws",
        todo="Put hadoop-aws of the cluster's Hadoop and its AWS SDK among the cluster's jars (spark.jars.packages).",
    )  # fmt: skip


def _unreachable(url: str, error: BaseException) -> SparkError:
    said = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return SparkError(
        "spark_unreachable", "Spark does not answer.", given=url,
        todo=f"Look after the cluster of GOLDLOOP_ENGINE. It says: {said}", said=said,
    )  # fmt: skip
