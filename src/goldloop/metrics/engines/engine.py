"""What every engine shares: the SQL of figures, made once for each shape of question, and the state of one version of the lake."""

from __future__ import annotations

import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from goldloop.lake.schema import TABLES
from goldloop.metrics.engines.told import told
from goldloop.metrics.types import Result, Saved, SmallTable

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.calendar_events import Phase
    from goldloop.metrics.rates import Rates
    from goldloop.metrics.rollups.rolled import Rolled
    from goldloop.metrics.shape import Shape

WIDE = {"duckdb": "HUGEINT", "pyspark": "DECIMAL(38, 0)"}  # dialect -> its whole numbers beyond 64 bits


@lru_cache(maxsize=2000)
def compiled(group: str, shape: Shape, dialect: str, cache: Path | None = None) -> str:
    """The SQL of one group of parts for one shape of question. Values are not in it, so it is made once.

    `cache` is a folder that keeps it between processes: a command that finds all of its SQL there never loads Ibis.
    """
    if cache is None:
        return _compile(group, shape, dialect)
    key = f"{source_mark()}|{group}|{shape!r}|{dialect}"
    file = cache / (hashlib.sha256(key.encode()).hexdigest()[:32] + ".sql")
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        sql = _compile(group, shape, dialect)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(sql, encoding="utf-8")
        part.replace(file)
    except OSError:
        pass  # a cache that cannot be written only costs time
    return sql


@lru_cache(maxsize=2000)  # for all homes of a process
def _compile(group: str, shape: Shape, dialect: str) -> str:
    from goldloop.metrics import groups
    from goldloop.metrics.engines.dialects import written

    sql = written(getattr(groups, group)(shape), dialect)
    return sql.replace(" AS BIGINT)", f" AS {WIDE[dialect]})") if shape.converted else sql  # see `metrics.rates`


@lru_cache(maxsize=1)
def source_mark() -> str:
    """A digest of the code that makes SQL: a cached statement of other code is never used."""
    from importlib.metadata import version

    folder = Path(__file__).parent.parent
    files = [Path(__file__), Path(__file__).with_name("dialects.py")]
    files += [folder / n for n in ("relations.py", "shape.py", "types.py", "cuts.py")]
    files += [*sorted((folder / "groups").glob("*.py")), folder.parent / "lake" / "schema.py"]
    files += [folder.parent / "core" / "members" / f"{n}.py" for n in ("segments", "rfm", "lifecycle")]
    digest = hashlib.sha256(version("ibis-framework").encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


class Engine(ABC):
    """One version of the lake, opened for reading; safe to use from several threads.

    `run` gives the SQL's result. Fact tables without files are empty tables. `cache` is a folder
    for compiled statements; `in_memory` copies a table at its first use, for many questions to a small lake; `rates`
    reads amounts in one currency (see `metrics.rates`); `planned` are the phases of events that people planned, by store;
    `saved` knows the segments that people kept.
    """

    dialect: ClassVar[str]

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        cache: Path | None = None,
        in_memory: bool = False,
        rates: Rates | None = None,
        planned: Mapping[int, Sequence[Phase]] = MappingProxyType({}),
        saved: Saved | None = None,
        rolled: Rolled | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.cache = cache
        self.in_memory = in_memory
        self.rates = rates
        self.planned = planned
        self.saved = saved
        self.rolled = rolled
        self._kept: dict[tuple[str, str], Result] = {}
        self.learned: dict[tuple[Any, ...], Any] = {}  # from this version, for the next question

    def kept(self) -> dict[str, Any]:
        """What an engine on the same version is made with, besides rates."""
        return {"cache": self.cache, "in_memory": self.in_memory, "planned": self.planned, "saved": self.saved}

    @property
    def version(self) -> str:
        """The engine's own version: another one may answer otherwise."""
        return ""

    @property
    def wide(self) -> str:
        """The SQL type of whole numbers that 64 bits do not hold."""
        return WIDE[self.dialect]

    def compiled(self, group: str, shape: Shape) -> str:
        """The engine's SQL of one group of parts for one shape of question."""
        return compiled(group, shape, self.dialect, self.cache)

    def summed(self, group: str, shape: Shape) -> str | None:
        """The table of sums by day that the SQL of a group reads; '' where it reads the facts, None without such tables."""
        return None

    @abstractmethod
    def converting(self, rates: Rates) -> Engine:
        """An engine on the same version that reads amounts in one currency."""

    @abstractmethod
    def plain(self) -> Engine:
        """An engine on the same version that reads amounts as they are."""

    @abstractmethod
    def beside(self) -> Engine:
        """The engine of this machine on the same version, for rows of one store that are held against each other."""

    def tables_of(self, sql: str) -> list[str]:
        """Fact tables that a statement reads."""
        words = set(re.findall(r'"(\w+)"', sql))
        return [name for name in TABLES if name in words]

    @abstractmethod
    def run(self, sql: str, question: Mapping[str, SmallTable]) -> Result:
        """The statement's columns and rows, with the small tables of the question in place."""

    def run_once(self, sql: str, question: Mapping[str, SmallTable]) -> Result:
        """The same, remembered beyond this process: for what many questions to one version ask alike, such as what is loaded."""
        key = sql, repr([table for name, table in question.items() if f'"{name}"' in sql])
        if key not in self._kept:
            script = f"-- {self.dialect} {self.version}\n{self.script(sql, question)}"
            self._kept[key] = told(self.cache, script, lambda: self.run(sql, question))
        return self._kept[key]

    @abstractmethod
    def table(self, sql: str, question: Mapping[str, SmallTable]) -> pa.Table:
        """The statement's rows as an Arrow table: for the many rows that only arrays are made of."""

    @abstractmethod
    def script(self, sql: str, question: Mapping[str, SmallTable]) -> str:
        """The same as text that runs in the engine's own shell: tables, question, statement."""

    @abstractmethod
    def divided(self, column: str, step: int) -> str:
        """SQL of a whole number over `step`, rounded half up."""
