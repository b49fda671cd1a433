"""A bridge between two sources' figures: which rule makes which part of their difference, to the minor unit.

Both sources are held against one pivot (orders, or the after-sale list), from which the effect of every rule is a sum
of rows: rules change one after the other from the left source's to the right one's (`bridge_counts.toml`). What a source
states beyond its rules is a row that one side does not have, rounding, or the line `unexplained`. Every line's rows stand in
the SQL table `effects` (line, detail, tab, key, day, amount), so lines, days and rows are sums of the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.lake.work import text
from goldloop.metrics import reconcile
from goldloop.metrics.bridge_counts import Counts, Declared
from goldloop.metrics.bridge_pivot import PIVOTS, Pivot
from goldloop.metrics.bridge_rests import BREAK, FEE, MISSING, ROUNDING, UNEXPLAINED, add_rests
from goldloop.metrics.bridge_sources import BY_REPORT, SOURCES, Source, Stated, actual, load, source
from goldloop.metrics.bridge_ties import Tie, ties
from goldloop.metrics.reconcile import Scope

if TYPE_CHECKING:
    import duckdb

    from goldloop.metrics.engines.engine import Engine


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bridge: the rule (`detail` its code, kind or side), its rows, its amount in minor units.

    `sure` tells how sure the source's rule is; None for what is no rule.
    """

    code: str
    detail: str | None
    count: int
    amount: int
    sure: str | None

    @property
    def name(self) -> str:
        """How a line is asked for: its code, and its detail behind a colon."""
        return self.code if self.detail is None else f"{self.code}:{self.detail}"


@dataclass(frozen=True, slots=True)
class Side:
    """One source with its figure for the period, in minor units, and what it says that it counts."""

    source: str
    report: str
    amount: int
    declared: Declared


@dataclass(frozen=True)
class Bridge:
    """Two sources' figures and the lines between them; amounts in minor units, differences right less left.

    `days`: (day, left, right, line name -> amount), asked for by day. `rows`: line name, table, key, day and amount of
    the rows asked for, largest first; `ties`: what would make a source tie. `notes`: (code, values).
    """

    figure: str
    left: Side
    right: Side
    lines: list[Line]
    days: list[tuple[date, int, int, dict[str, int]]]
    rows: list[dict[str, Any]]
    ties: list[Tie]
    notes: list[tuple[str, dict[str, Any]]]

    @property
    def difference(self) -> int:
        """The right source's figure less the left one's."""
        return self.right.amount - self.left.amount

    @property
    def unexplained(self) -> int:
        """What no rule explains."""
        return sum(line.amount for line in self.lines if line.code == UNEXPLAINED)

    @property
    def residual(self) -> int:
        """The difference less all lines: 0."""
        return self.difference - sum(line.amount for line in self.lines)


def bridge(
    engine: Engine, viewer: Viewer, scope: Scope, figure: str, left: str, right: str, *,
    by_day: bool = False, rows: str | None = None, limit: int | None = 20,
) -> Bridge:  # fmt: skip
    """The bridge from one source's figure to another's, for one store and period.

    `rows`: the name of the line whose rows are wanted, or "all"; at most `limit` of each line (None: all). Raises
    `bridge_figure`, `bridge_source_unknown`, `bridge_same`, `bridge_feeds_missing`, `bridge_days_missing`,
    `bridge_by_day`, `bridge_line_unknown`, and `figure_hidden` for what the viewer may not see.
    """
    import duckdb

    sources = [source(name, figure) for name in (left, right)]
    if left == right:
        raise GoldloopError(
            "bridge_same", "A source agrees with itself.", given=left, allowed=[n for n in SOURCES if n != left]
        )
    for name in (figure, *(s.shows for s in sources if s.shows)):
        viewer.check_visible(name, [scope.store.id])
    with duckdb.connect(":memory:") as con:
        con.execute("SET TimeZone = 'UTC'")
        return _built(con, engine, viewer, scope, figure, sources, by_day=by_day, rows=rows, limit=limit)


def _built(
    con: duckdb.DuckDBPyConnection, engine: Engine, viewer: Viewer, scope: Scope, figure: str, sources: Sequence[Source],
    *, by_day: bool, rows: str | None, limit: int | None,
) -> Bridge:  # fmt: skip
    pivot = PIVOTS[figure].of(scope.store)
    feeds = list(dict.fromkeys([pivot.name, *(s.feed for s in sources)]))
    reconcile.view(con, scope, *dict.fromkeys([*pivot.tables, *feeds]))
    _check_feeds(con, scope, feeds)
    con.execute("CREATE TEMP TABLE wanted (order_id VARCHAR)")
    sides = [load(con, engine, scope, pivot, s, figure, number) for number, s in enumerate(sources)]
    _check_sides(viewer, scope.store.id, pivot, sides, by_day=by_day)
    _fill(con, scope, pivot, sides)
    lines = _lines(con, pivot, sides)
    store = [scope.store.id]
    hidden = {rule for rule, shown in pivot.shows.items() if any(viewer.hides(name, store) for name in shown)}
    judged = [s for s in sides if s.source.level == BY_REPORT and not s.declared.attributed]
    left, right = (
        Side(
            s.source.name,
            s.report,
            reconcile.count(con, f"SELECT coalesce(sum(amount), 0) FROM actual_{s.number}"),
            s.declared,
        )
        for s in sides
    )
    return Bridge(
        figure, left, right, lines, _days(con) if by_day else [], _rows(con, rows, limit, by_day),
        [tie for side in judged for tie in ties(con, pivot, side, hidden)],
        [*_notes(sides), *_unstated(con, pivot, sides)],
    )  # fmt: skip


def _fill(con: duckdb.DuckDBPyConnection, scope: Scope, pivot: Pivot, sides: Sequence[Stated]) -> None:
    """Make `effects`: what each rule, and each side beyond its rules, does to every row and day."""
    pivot.prepare(con, scope)
    con.execute(
        "CREATE TEMP TABLE effects (line VARCHAR, detail VARCHAR, tab VARCHAR, key VARCHAR, day DATE, amount BIGINT)"
    )
    for side in sides:
        if side.source.name == pivot.name:
            counted = f"SELECT day, amount FROM ({pivot.entries(side.counts)}) WHERE day BETWEEN {scope.days}"
            con.execute(actual(side.number, counted))
    _add_steps(con, scope, pivot, sides[0].counts, sides[1].counts)
    for side, sign in zip(sides, (-1, 1), strict=True):
        add_rests(con, scope, pivot, side, sign)


# --- what may be asked -----------------------------------------------------------------------------------------------
def _check_feeds(con: duckdb.DuckDBPyConnection, scope: Scope, feeds: Sequence[str]) -> None:
    missing = [f for f in feeds if con.execute(f"SELECT 1 FROM {f}_here LIMIT 1").fetchone() is None]
    if missing:
        raise GoldloopError(
            "bridge_feeds_missing",
            f"Nothing of {', '.join(missing)} is loaded for '{scope.store.name}'.",
            given=missing,
            todo="goldloop import FILE --store NAME; what there is: goldloop bridge --sources",
            missing=", ".join(missing),
            name=scope.store.name,
        )


def _check_sides(viewer: Viewer, store: int, pivot: Pivot, sides: Sequence[Stated], *, by_day: bool) -> None:
    """Raise `figure_hidden` where a line would show what is hidden, `bridge_by_day` where a side has no days."""
    left, right = sides
    for rule, figures in pivot.shows.items():
        for name in figures if left.counts[rule] != right.counts[rule] else ():
            viewer.check_visible(name, [store])
    for side in sides if by_day else ():
        if not side.daily:
            raise GoldloopError(
                "bridge_by_day",
                f"'{side.source.name}' has one row for the whole period and none by day.",
                given=side.source.name,
                todo="without --by day",
                name=side.source.name,
            )


# --- lines -----------------------------------------------------------------------------------------------------------
def _add_steps(con: duckdb.DuckDBPyConnection, scope: Scope, pivot: Pivot, left: Counts, right: Counts) -> None:
    """Change the left source's rules into the right one's, one after the other, and add what each change does to every row."""
    now = dict(left)
    for rule, way in right.items():
        if now[rule] == way:
            continue
        after = {**now, rule: way}
        detail = "code" if rule == "exclusions" else "NULL"
        con.execute(
            f"INSERT INTO effects SELECT '{rule}', {detail}, tab, key, day, sum(amount)::BIGINT FROM ("
            f"SELECT * FROM ({pivot.entries(after)}) UNION ALL SELECT * REPLACE (-amount AS amount) FROM ({pivot.entries(now)})) "
            f"WHERE day BETWEEN {scope.days} GROUP BY ALL HAVING sum(amount) <> 0"
        )
        now = after


def _lines(con: duckdb.DuckDBPyConnection, pivot: Pivot, sides: Sequence[Stated]) -> list[Line]:
    """Lines in the order of the rules, then what is missing, fees, rounding and the rest."""
    order = [*pivot.rules, MISSING, FEE, ROUNDING, UNEXPLAINED]
    found = con.execute(
        "SELECT line, detail, count(*), sum(amount)::BIGINT FROM (SELECT line, detail, tab, key, sum(amount) AS amount FROM effects "
        "GROUP BY ALL HAVING sum(amount) <> 0) GROUP BY line, detail"
    ).fetchall()
    lines = [Line(code, detail, count, amount, _sure(pivot, sides, code)) for code, detail, count, amount in found]
    return sorted(lines, key=lambda line: (order.index(line.code), -abs(line.amount), line.detail or ""))


def _sure(pivot: Pivot, sides: Sequence[Stated], rule: str) -> str | None:
    """How sure a rule is in which the sides differ: that of the one which is not as orders."""
    if rule not in pivot.rules:
        return None
    return next((s.declared.sure(rule) for s in sides if s.counts[rule] != pivot.rules[rule][0]), None)


_NAME = "concat_ws(':', line, detail)"


def _days(con: duckdb.DuckDBPyConnection) -> list[tuple[date, int, int, dict[str, int]]]:
    parts: dict[date, dict[str, int]] = {}
    for day, name, amount in con.execute(
        f"SELECT day, {_NAME} AS name, sum(amount)::BIGINT AS amount FROM effects GROUP BY ALL HAVING sum(amount) <> 0 ORDER BY ALL"
    ).fetchall():
        parts.setdefault(day, {})[name] = amount
    left, right = (dict(con.execute(f"SELECT day, amount FROM actual_{number}").fetchall()) for number in (0, 1))
    return [(d, left.get(d, 0), right.get(d, 0), parts.get(d, {})) for d in sorted({*left, *right, *parts})]


def _rows(con: duckdb.DuckDBPyConnection, asked: str | None, limit: int | None, by_day: bool) -> list[dict[str, Any]]:
    """The rows of one line or of all; in a period, moves from one of its days to another cancel out and are left out."""
    if asked is None:
        return []
    summed = f"SELECT {_NAME} AS name, tab, key, day, sum(amount)::BIGINT AS amount FROM effects GROUP BY ALL HAVING sum(amount) <> 0"
    con.execute(
        f"CREATE TEMP TABLE listed AS SELECT * FROM ({summed}) "
        + ("" if by_day else "QUALIFY sum(amount) OVER (PARTITION BY name, tab, key) <> 0")
    )
    names = [name for (name,) in con.execute("SELECT DISTINCT name FROM listed ORDER BY name").fetchall()]
    if asked != "all" and asked not in names:
        raise GoldloopError(
            "bridge_line_unknown",
            f"The bridge has no line '{asked}'.",
            given=asked,
            allowed=[*names, "all"],
            name=asked,
        )
    only = "" if asked == "all" else f"WHERE name = {text(asked)} "
    first = "QUALIFY row_number() OVER (PARTITION BY name ORDER BY abs(amount) DESC, day, key) <= "
    cut = "" if limit is None else f"{first}{limit} "
    columns = 'name AS line, tab AS "table", key, day, amount'
    return reconcile.dicts(con, f"SELECT {columns} FROM listed {only}{cut}ORDER BY name, abs(amount) DESC, day, key")


def _notes(sides: Sequence[Stated]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for side in sides:
        if side.others:
            found.append(("bridge_one_report", {"report": side.report, "others": ", ".join(side.others)}))
        if side.declared.attributed:
            found.append(("bridge_attributed", {"source": side.source.name}))
        if not side.daily:
            found.append(("bridge_whole_period", {"source": side.source.name}))
    return found


def _unstated(
    con: duckdb.DuckDBPyConnection, pivot: Pivot, sides: Sequence[Stated]
) -> list[tuple[str, dict[str, Any]]]:
    """How many orders of the period do not state what a rule takes, for the rules in which the sides differ."""
    left, right = sides
    found: list[tuple[str, dict[str, Any]]] = []
    for rule, column in pivot.takes.items():
        if left.counts[rule] != right.counts[rule]:
            staged = " AND presale" if rule == "presale" else ""
            rows = reconcile.count(con, f"SELECT count(*) FROM near WHERE inside AND {column} IS NULL{staged}")
            found += [("bridge_unstated", {"line": rule, "rows": rows})] if rows else []
    return found


def key_of(table: str, key: str) -> list[str]:
    """The parts of a row's key: of a report its first day, last day and report; of a settlement its three numbers."""
    return key.split(BREAK) if table not in ("orders", "refunds", "day") else [key]
