"""Parts that another question to the same version has read already: rows of a bucket do not depend on the question's other buckets.

So a day that stands in a trend is not read again for the tree, nor each side of a comparison for its account.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from goldloop.metrics.types import QUESTION, Result, SmallTable

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

MOST_ROWS = 2_000  # of an answer that is kept: larger ones cost more to hold than to ask for
MOST_KEPT = 100_000  # rows and buckets in all; those of the statement that was asked longest ago go first
BY_BUCKET = frozenset(name for name, columns in QUESTION.items() if any(one.endswith("bucket") for one in columns))
Days = tuple[Any, ...]  # a bucket without its number: what its rows depend on


@dataclass(slots=True)
class _Statement:
    """What is kept of one statement: column names, and the rows of each bucket without its number."""

    names: list[str] = field(default_factory=list)
    rows: dict[Days, list[tuple[Any, ...]]] = field(default_factory=dict)
    size: int = 0  # rows, and buckets that have none


class KeptParts:
    """The kept rows of one engine; safe to use from several threads."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, _Statement] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def run(self, engine: Engine, sql: str, question: Mapping[str, SmallTable]) -> Result:
        """The same as `engine.run` for a statement whose rows each have a `bucket`, but only buckets that are not kept are read."""
        others = {name: table for name, table in question.items() if f'"{name}"' in sql}
        buckets = others.pop("buckets")
        if BY_BUCKET & set(others):  # rows that are about bucket numbers
            return engine.run(sql, question)
        key = sql, repr(sorted(others.items()))
        with self._lock:
            kept = self._found.get(key, _Statement())
            known = {days: kept.rows[days] for _, *rest in buckets if (days := tuple(rest)) in kept.rows}
        new = {days: (number, *days) for number, *rest in buckets if (days := tuple(rest)) not in known}
        names = kept.names
        if new:
            fresh = engine.run(sql, {**question, "buckets": list(new.values())})
            names = fresh.names
            read = _by_bucket(fresh, list(new.values()))
            known |= read
            if len(fresh.rows) <= MOST_ROWS:
                self._keep(key, names, read)
        place = names.index("bucket")
        rows = [(*row[:place], number, *row[place + 1 :]) for number, *days in buckets for row in known[tuple(days)]]
        return Result(names, rows)

    def _keep(self, key: Hashable, names: list[str], read: Mapping[Days, list[tuple[Any, ...]]]) -> None:
        with self._lock:
            kept = self._found.setdefault(key, _Statement(names))
            new = {days: rows for days, rows in read.items() if days not in kept.rows}
            size = sum(max(len(rows), 1) for rows in new.values())
            kept.rows |= new
            kept.size += size
            self._size += size
            self._found.move_to_end(key)
            while self._size > MOST_KEPT:
                self._size -= self._found.popitem(last=False)[1].size


def _by_bucket(found: Result, buckets: Sequence[tuple[Any, ...]]) -> dict[Days, list[tuple[Any, ...]]]:
    """The rows of each bucket, by its days; none for those without rows."""
    days = {number: tuple(rest) for number, *rest in buckets}
    place = found.names.index("bucket")
    rows: dict[Days, list[tuple[Any, ...]]] = {one: [] for one in days.values()}
    for row in found.rows:
        rows[days[row[place]]].append(row)
    return rows


def kept_parts(engine: Engine) -> KeptParts:
    """What is kept of an engine's version."""
    found: KeptParts = engine.learned.setdefault(("kept parts",), KeptParts())
    return found
