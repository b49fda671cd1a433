"""What a source states beyond its rules: rows that one side does not have, rounding, and the rest that nothing explains.

Each function adds to `effects` what one source states less what its rules give (`sign` 1), or the other way round (-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goldloop.lake.work import text
from goldloop.metrics import reconcile
from goldloop.metrics.bridge_counts import Counts, Declared
from goldloop.metrics.bridge_pivot import Pivot
from goldloop.metrics.bridge_sources import BY_REPORT, Stated
from goldloop.metrics.reconcile import Scope

if TYPE_CHECKING:
    import duckdb

MISSING, ROUNDING, UNEXPLAINED, FEE = "missing_rows", "rounding", "unexplained", "fee"
BREAK = "\x1f"  # between the parts of a key


def add_rests(con: duckdb.DuckDBPyConnection, scope: Scope, pivot: Pivot, side: Stated, sign: int) -> None:
    """Add the rests of one side; the pivot itself has none."""
    if side.source.level == BY_REPORT:
        _of_report(con, scope, pivot, side, sign)
    elif side.source.name in ("erp", "settlements"):
        _expect(con, pivot, side.counts)
        (_of_erp if side.source.name == "erp" else _of_settlements)(con, scope, side.declared, sign)


def _add(con: duckdb.DuckDBPyConnection, rows: str, sign: int) -> None:
    """Rows of (line, detail, tab, key, day, amount), those of nothing left out."""
    con.execute(
        f"INSERT INTO effects SELECT line, detail, tab, key, day, ({sign} * amount)::BIGINT FROM ({rows}) WHERE amount <> 0"
    )


def _fits(difference: str, rows: str, said: Declared) -> str:
    """SQL: rounding when each of so many rows may be half a rounded unit off, else unexplained."""
    return f"CASE WHEN 2 * abs({difference}) <= {said.rounded_to} * {rows} THEN '{ROUNDING}' ELSE '{UNEXPLAINED}' END"


# --- a report: one figure a day --------------------------------------------------------------------------------------
def _of_report(con: duckdb.DuckDBPyConnection, scope: Scope, pivot: Pivot, side: Stated, sign: int) -> None:
    cells, table = f"cells_{side.number}", side.source.feed
    expected = f"SELECT day, sum(amount)::BIGINT AS amount FROM ({pivot.entries(side.counts)}) WHERE day BETWEEN {scope.days} GROUP BY day"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE compared_{side.number} AS SELECT c.*, coalesce(sum(e.amount), 0)::BIGINT AS expected "
        f"FROM {cells} c LEFT JOIN ({expected}) e ON e.day BETWEEN c.day AND c.last_day GROUP BY ALL"
    )
    _add(
        con,
        f"SELECT '{MISSING}' AS line, '{side.source.name}' AS detail, 'day' AS tab, day::VARCHAR AS key, day, -amount AS amount "
        f"FROM ({expected}) e WHERE NOT EXISTS (SELECT 1 FROM {cells} c WHERE e.day BETWEEN c.day AND c.last_day)",
        sign,
    )
    _add(
        con,
        f"SELECT CASE WHEN NOT ({pivot.known}) THEN '{MISSING}' ELSE {_fits('amount - expected', 'rows', side.declared)} END AS line, "
        f"CASE WHEN NOT ({pivot.known}) THEN '{pivot.name}' END AS detail, '{table}' AS tab, "
        f"concat_ws('{BREAK}', day, last_day, report) AS key, day, amount - expected AS amount FROM compared_{side.number} c",
        sign,
    )


# --- an ERP: orders as it tells them ---------------------------------------------------------------------------------
def _expect(con: duckdb.DuckDBPyConnection, pivot: Pivot, counts: Counts) -> None:
    """Orders as the rules of a source that names orders give them, as `platform`: the side that `reconcile` compares."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE platform AS SELECT n.order_id, e.key IS NOT NULL AS counts, coalesce(e.day, n.day) AS day, "
        "coalesce(e.amount, 0) AS gmv, n.units, n.status FROM near n LEFT JOIN (SELECT key, max(day) AS day, "
        f"sum(amount)::BIGINT AS amount FROM ({pivot.entries(counts)}) WHERE tab = 'orders' GROUP BY key) e ON e.key = n.order_id"
    )


_REFUSED = (
    "CASE WHEN n.exclusion IS NOT NULL THEN 'exclusions' WHEN n.status LIKE 'closed%' OR m.status_erp LIKE 'closed%' "
    "THEN 'cancelled' ELSE 'unpaid' END"
)


def _of_erp(con: duckdb.DuckDBPyConnection, scope: Scope, said: Declared, sign: int) -> None:
    """Order by order: told by one side only, counted by one only, on another day, by another amount."""
    reconcile.meet(con, scope)
    con.execute(
        "CREATE TEMP TABLE apart AS SELECT m.*, CASE WHEN NOT told_e OR NOT told_p THEN 'missing_rows' "
        f"WHEN differs[1] = 'counted' THEN {_REFUSED} END AS whole, "
        "CASE WHEN NOT told_e THEN 'erp' WHEN NOT told_p THEN 'orders' WHEN differs[1] = 'counted' THEN n.exclusion END AS detail, "
        f"coalesce(day_platform BETWEEN {scope.days}, false) AS from_here, coalesce(day_erp BETWEEN {scope.days}, false) AS to_here, "
        "greatest(n.line_count, 1) AS lines FROM met m LEFT JOIN near n USING (order_id)"
    )
    order = "'orders' AS tab, order_id AS key"
    other_day = "whole IS NULL AND day_platform <> day_erp"
    _add(
        con,
        f"SELECT whole AS line, detail, {order}, day_platform AS day, -amount_platform AS amount FROM apart WHERE whole IS NOT NULL AND in_p "
        f"UNION ALL SELECT whole, detail, {order}, day_erp, amount_erp FROM apart WHERE whole IS NOT NULL AND in_e "
        f"UNION ALL SELECT 'date', NULL, {order}, day_platform, -gmv_platform FROM apart WHERE {other_day} AND from_here "
        f"UNION ALL SELECT 'date', NULL, {order}, day_erp, gmv_platform FROM apart WHERE {other_day} AND to_here "
        f"UNION ALL SELECT {_fits('gmv_erp - gmv_platform', 'lines', said)}, NULL, {order}, day_erp, gmv_erp - gmv_platform "
        "FROM apart WHERE whole IS NULL AND to_here",
        sign,
    )


# --- settlements: money booked for orders ----------------------------------------------------------------------------
def _of_settlements(con: duckdb.DuckDBPyConnection, scope: Scope, said: Declared, sign: int) -> None:
    """Fees by kind, bookings without a loaded order, orders without a booking, bookings on another day than the order's."""
    goods = " OR ".join(f"contains(component, {text(word)})" for word in said.goods) or "false"
    con.execute(
        f"CREATE TEMP TABLE money AS SELECT *, {goods} AS goods, "
        f"concat_ws('{BREAK}', settlement_id, row_key, component) AS key FROM booked"
    )
    con.execute(
        "CREATE TEMP TABLE paid AS SELECT p.order_id, p.counts, p.status, p.gmv, p.day, "
        f"p.counts AND p.day BETWEEN {scope.days} AS inside, b.amount AS booked FROM platform p LEFT JOIN "
        "(SELECT order_id, sum(amount)::BIGINT AS amount FROM money WHERE goods GROUP BY order_id) b USING (order_id)"
    )
    row = "'settlements' AS tab, key"
    order = "'orders' AS tab, order_id AS key"
    uncounted = "CASE WHEN p.status LIKE 'closed%' THEN 'cancelled' ELSE 'unpaid' END"
    _add(
        con,
        f"SELECT '{FEE}' AS line, component AS detail, {row}, booked_on AS day, amount FROM money WHERE now AND NOT goods "
        f"UNION ALL SELECT '{MISSING}', 'orders', {row}, booked_on, amount FROM money WHERE now AND goods AND loose "
        f"UNION ALL SELECT '{MISSING}', 'settlements', {order}, day, -gmv FROM paid WHERE inside AND booked IS NULL "
        f"UNION ALL SELECT 'date', NULL, {order}, day, -booked FROM paid WHERE inside AND booked IS NOT NULL "
        f"UNION ALL SELECT CASE WHEN p.counts THEN 'date' ELSE {uncounted} END, NULL, 'orders', order_id, booked_on, amount "
        "FROM money JOIN paid p USING (order_id) WHERE now AND goods AND NOT loose "
        f"UNION ALL SELECT {_fits('booked - gmv', '1', said)}, NULL, {order}, day, booked - gmv FROM paid WHERE inside AND booked IS NOT NULL",
        sign,
    )
