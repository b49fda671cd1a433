"""The sources of a bridge: where each one's own figure stands, day by day or order by order.

Loading a source makes `actual_<n>` (day, amount), what it states for the days of the period. A source of reports also
makes `cells_<n>`: one row per day (or longer period) of its report. Sources that name orders are compared with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.core.statements import ERP
from goldloop.metrics import reconcile
from goldloop.metrics.bridge_counts import Counts, Declared, declared
from goldloop.metrics.bridge_pivot import Pivot
from goldloop.metrics.engines.engine import Engine
from goldloop.metrics.query import bucket_table
from goldloop.metrics.reconcile import Scope
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import SmallTable

if TYPE_CHECKING:
    import duckdb

    from goldloop.core.store import Store

BY_ORDER, BY_REPORT = "order", "report"


@dataclass(frozen=True, slots=True)
class Source:
    """One source: `level` order or report, the fact tables it needs, the figures it states, and the field they show.

    `rows`: SQL for the rows of a report (first_day, last_day, report, amount, rows), of which `{column}` is the figure.
    """

    name: str
    level: str
    feed: str
    figures: tuple[str, ...]
    rows: str = ""
    shows: str = ""
    load: Callable[[duckdb.DuckDBPyConnection, Engine, Scope], None] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Stated:
    """What was loaded of a source: the number of its tables, its report (`daily`: row by row of a day), what it counts.

    `counts`: every rule of the figure with what the source does. `others`: further reports, which are not looked at.
    """

    source: Source
    number: int
    declared: Declared
    counts: Counts
    report: str = ""
    daily: bool = True
    others: tuple[str, ...] = ()


def _traffic(condition: str) -> str:
    return (
        "SELECT first_day, last_day, report, sum({column})::BIGINT AS amount, count({column}) AS rows FROM traffic_here "
        f"WHERE {condition} GROUP BY ALL"
    )


def _ads(con: duckdb.DuckDBPyConnection, engine: Engine, scope: Scope) -> None:
    """Attributed sales as the figure `ad_gmv` has them, by day; of the whole period where no report has days."""
    store, whole = scope.store, Period(scope.first, scope.last)
    days = [Period(d, d) for d in (scope.first + timedelta(days=n) for n in range(whole.days))]
    table: SmallTable = [(store.id, store.name, store.platform, store.currency, 10 ** exponent(store.currency))]
    found: list[tuple[Period, int]] = []
    for periods in (days, [whole]):
        tables = {"scope": table, "buckets": bucket_table(list(enumerate(periods)), new="platform365")}
        rows = engine.run(engine.compiled("ad_parts", Shape()), tables).dicts()
        found = found or [(periods[row["bucket"]], row["ad_gmv"]) for row in rows if row["ad_gmv"] is not None]
    con.execute("CREATE TEMP TABLE ad_rows (first_day DATE, last_day DATE, amount BIGINT)")
    if found:
        con.executemany("INSERT INTO ad_rows VALUES (?, ?, ?)", [(p.first, p.last, int(a)) for p, a in found])


SOURCES = {
    s.name: s
    for s in (
        Source("orders", BY_ORDER, "orders", ("gmv",)),
        Source("refunds", BY_ORDER, "refunds", ("refunds",)),
        Source("erp", BY_ORDER, "orders", ("gmv",)),
        Source("settlements", BY_ORDER, "settlements", ("gmv",)),
        Source(
            "platform-overview", BY_REPORT, "store_day", ("gmv", "refunds"),
            "SELECT first_day, last_day, report, {column} AS amount, 1 AS rows FROM store_day_here "
            "QUALIFY row_number() OVER (PARTITION BY first_day, last_day ORDER BY gmv IS NULL, report) = 1",
        ),
        Source("product-report", BY_REPORT, "traffic", ("gmv", "refunds"), _traffic("scope_kind = 'product'")),
        Source("product-overview", BY_REPORT, "traffic", ("gmv", "refunds"), _traffic("scope_kind = 'store_products'")),
        Source(
            "traffic-sources", BY_REPORT, "traffic", ("gmv",),
            _traffic("scope_kind = 'source' AND NOT coalesce(is_parent, false) AND carrier IS NULL AND unit = 'visitors'"), "source_gmv",
        ),
        Source(
            "ads", BY_REPORT, "ad_sales", ("gmv",),
            "SELECT first_day, last_day, '' AS report, amount, 1 AS rows FROM ad_rows", "ad_gmv", _ads,
        ),
    )
}  # fmt: skip


def source(name: str, figure: str) -> Source:
    """The source of that name; raises `bridge_source_unknown`, or `bridge_figure` where it does not state the figure."""
    if name not in SOURCES:
        raise GoldloopError(
            "bridge_source_unknown",
            f"There is no source '{name}'.",
            given=name,
            allowed=list(SOURCES),
            todo="goldloop bridge --sources",
            name=name,
        )
    found = SOURCES[name]
    if figure not in found.figures:
        allowed = [s.name for s in SOURCES.values() if figure in s.figures]
        raise GoldloopError(
            "bridge_figure",
            f"'{name}' does not state {figure}.",
            given=figure,
            allowed=allowed or [figure for s in SOURCES.values() for figure in s.figures],
            todo="goldloop bridge --sources",
            name=name,
            figure=figure,
        )
    return found


def load(
    con: duckdb.DuckDBPyConnection, engine: Engine, scope: Scope, pivot: Pivot, found: Source, figure: str, number: int
) -> Stated:
    """Load what a source states for the period, and name the orders it speaks of in `wanted`.

    Raises `side_missing`, or `bridge_days_missing` where its report has no row inside the period.
    """
    if found.level == BY_REPORT:
        return _load_report(con, engine, scope, pivot, found, figure, number)
    if found.name == "erp":
        reconcile.tell(con, scope, "erp", (ERP,))
        con.execute("INSERT INTO wanted SELECT order_id FROM erp")
        con.execute(actual(number, f"SELECT day, gmv AS amount FROM erp WHERE counts AND day BETWEEN {scope.days}"))
    elif found.name == "settlements":
        reconcile.book(con, scope)
        con.execute("INSERT INTO wanted SELECT DISTINCT order_id FROM booked WHERE now AND NOT loose")
        con.execute(actual(number, "SELECT booked_on AS day, amount FROM booked WHERE now"))
    said = declared(found.name, figure)
    return Stated(found, number, said, said.counts(pivot.rules))


def actual(number: int, rows: str) -> str:
    """The statement that makes `actual_<number>` from rows of (day, amount)."""
    return f"CREATE TEMP TABLE actual_{number} AS SELECT day, sum(amount)::BIGINT AS amount FROM ({rows}) GROUP BY day"


def _load_report(
    con: duckdb.DuckDBPyConnection, engine: Engine, scope: Scope, pivot: Pivot, found: Source, figure: str, number: int
) -> Stated:
    """The rows of the report that states most of the period, day by day, else of exactly the period."""
    if found.load is not None:
        found.load(con, engine, scope)
    period = f"first_day >= DATE '{scope.first}' AND last_day <= DATE '{scope.last}'"
    con.execute(
        f"CREATE TEMP TABLE stated_{number} AS SELECT * FROM ({found.rows.format(column=figure)}) WHERE amount IS NOT NULL AND {period}"
    )
    ranked = con.execute(
        "SELECT report, first_day = last_day AS daily FROM "
        f"(SELECT * FROM stated_{number} WHERE first_day = last_day OR (first_day = DATE '{scope.first}' AND last_day = DATE '{scope.last}')) "
        "GROUP BY ALL ORDER BY daily DESC, count(*) DESC, report"
    ).fetchall()
    if not ranked:
        raise _no_days(con, scope, found, figure)
    report, daily = ranked[0]
    con.execute(
        f"CREATE TEMP TABLE cells_{number} AS SELECT first_day AS day, last_day, report, amount, rows FROM stated_{number} "
        f"WHERE report = ? AND (first_day = last_day OR (NOT ? AND first_day = DATE '{scope.first}' AND last_day = DATE '{scope.last}'))",
        [report, daily],
    )
    con.execute(actual(number, f"SELECT day, amount FROM cells_{number}"))
    others = tuple(sorted({name for name, _ in ranked} - {report}))
    said = declared(found.name, figure, report)
    return Stated(found, number, said, said.counts(pivot.rules), report, daily, others)


def _no_days(con: duckdb.DuckDBPyConnection, scope: Scope, found: Source, figure: str) -> GoldloopError:
    first, last = con.execute(
        f"SELECT min(first_day), max(last_day) FROM ({found.rows.format(column=figure)}) WHERE amount IS NOT NULL"
    ).fetchone() or (None, None)
    return GoldloopError(
        "bridge_days_missing",
        f"'{found.name}' states no {figure} for any day, nor for exactly all, of {scope.first} to {scope.last}.",
        given=f"{scope.first}..{scope.last}",
        allowed=None if first is None else f"{first}..{last}",
        todo="goldloop import FILE --store NAME, or other --from and --to",
        name=found.name,
        figure=figure,
        first=str(scope.first),
        last=str(scope.last),
    )


def reach(engine: Engine, store: Store, found: Source, figure: str) -> list[tuple[str, date, date]]:
    """(report, first day, last day) of what is loaded of a source; empty where nothing is, report empty but for reports."""
    if found.name == "erp":
        from goldloop.lake.lake import Lake

        if ERP not in Lake(engine.snapshot.root).ranks_of(engine.snapshot, store.id):
            return []
    day = {"orders": "placed_day", "refunds": "day", "settlements": "settled_at::DATE"}.get(found.feed)
    days = "first_day, last_day" if day is None else f"{day} AS first_day, {day} AS last_day"
    told = f"SELECT '' AS report, {days}, 1 AS amount FROM {found.feed}_here"
    if found.rows and found.load is None:
        told = found.rows.format(column=figure)
    sql = (
        f'WITH {found.feed}_here AS (SELECT * FROM "{found.feed}" WHERE store = {store.id}) '
        f"SELECT report, min(first_day), max(last_day) FROM ({told}) WHERE amount IS NOT NULL AND first_day IS NOT NULL GROUP BY report ORDER BY report"
    )
    return [(report, first, last) for report, first, last in engine.beside().run(sql, {}).rows]
