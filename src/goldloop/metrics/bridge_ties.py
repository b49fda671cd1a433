"""Which rules would make a source tie: a small search over what it may count, judged by the days on which it then ties.

Never a fact: a combination that ties on many days is proposed, and whoever knows the source decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from goldloop.metrics.bridge_counts import Counts
from goldloop.metrics.bridge_pivot import Pivot
from goldloop.metrics.bridge_sources import Stated
from goldloop.metrics.reconcile import count

if TYPE_CHECKING:
    import duckdb

AT_ONCE = 3  # rules that are changed together
SHOWN = 3  # combinations that are named where days cannot tell them apart


@dataclass(frozen=True, slots=True)
class Tie:
    """A combination of rules by which a source would tie on `ties` of `of` days; now it ties on `now` of them."""

    source: str
    changes: tuple[tuple[str, str, str], ...]  # rule, what is declared or taken, what would tie
    ties: int
    of: int
    now: int


def ties(con: duckdb.DuckDBPyConnection, pivot: Pivot, side: Stated, hidden: Collection[str]) -> list[Tie]:
    """The smallest combinations that tie on most days, if those are more than now and at least half of all.

    Rules that are certain, or `hidden` from the viewer, stay as they are. Days that one side does not have are left out.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT day, last_day, amount FROM compared_{side.number} c WHERE {pivot.known}"
    )
    counts = side.counts
    now = _ties(con, pivot, counts)
    of = count(con, "SELECT count(*) FROM judged")
    if now == of:
        return []
    free = [r for r in pivot.rules if side.declared.sure(r) != "certain" and r not in hidden]
    ways = [(r, way) for r in free for way in pivot.rules[r] if way != counts[r]]
    before = _amounts(con, pivot, counts)
    ways = [(r, way) for r, way in ways if _amounts(con, pivot, {**counts, r: way}) != before]
    best: list[tuple[tuple[str, str], ...]] = []
    most = now
    for chosen in _choices(ways):
        found = _ties(con, pivot, {**counts, **dict(chosen)})
        if found > most:
            best, most = [chosen], found
        elif found == most and best and len(chosen) == len(best[0]):
            best.append(chosen)
    if 2 * most < of:
        return []
    return [
        Tie(side.source.name, tuple((r, counts[r], way) for r, way in chosen), most, of, now) for chosen in best[:SHOWN]
    ]


def _choices(ways: list[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Combinations of changes, small ones first, with one way for each rule."""
    for size in range(1, AT_ONCE + 1):
        for chosen in combinations(ways, size):
            if len({rule for rule, _ in chosen}) == size:
                yield chosen


def _by_cell(pivot: Pivot, counts: Counts) -> str:
    return (
        "SELECT j.day, any_value(j.amount) AS amount, coalesce(sum(e.amount), 0) AS expected FROM judged j LEFT JOIN "
        f"(SELECT day, sum(amount) AS amount FROM ({pivot.entries(counts, 'sums')}) GROUP BY day) e ON e.day BETWEEN j.day AND j.last_day GROUP BY j.day"
    )


def _ties(con: duckdb.DuckDBPyConnection, pivot: Pivot, counts: Counts) -> int:
    return count(con, f"SELECT count(*) FROM ({_by_cell(pivot, counts)}) WHERE amount = expected")


def _amounts(con: duckdb.DuckDBPyConnection, pivot: Pivot, counts: Counts) -> list[tuple[object, ...]]:
    return con.execute(f"SELECT day, expected FROM ({_by_cell(pivot, counts)}) ORDER BY day").fetchall()
