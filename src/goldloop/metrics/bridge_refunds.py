"""What a source would say of refunds by its rules, worked out from the after-sale list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goldloop.metrics.bridge_counts import Counts

if TYPE_CHECKING:
    import duckdb

    from goldloop.metrics.reconcile import Scope

RULES = {
    "unsettled": ("out", "in"),  # asked for and still open, by the day of asking
    "date": ("refunded", "paid"),  # the day of the refund, or that of its order
    "cut": ("store", "midnight"),  # when a day begins
    "postage": ("out", "in"),  # postage given back
    "platform_part": ("in", "out"),  # what goes back to the platform
}
SHOWS = {"postage": ("postage",)}
TABLES = ("refunds", "orders")
# SQL: whether the list reaches the days of a report's row `c`; a day without a refund is nothing unusual.
KNOWN = "c.last_day >= (SELECT min(day) FROM pieces) AND c.day <= (SELECT max(day) FROM pieces)"


def prepare(con: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    """Make `pieces`, one row per refund that is settled or open, and `sums`, the same added up."""
    asked = f"(r.requested_at - to_minutes({scope.store.day_starts}))::DATE"
    con.execute(
        "CREATE TEMP TABLE pieces AS SELECT refund_id, r.status = 'open' AS open, coalesce(r.amount, 0) AS amount, "
        "coalesce(r.postage, 0) AS postage, coalesce(r.amount_platform, 0) AS platform_part, "
        f"CASE WHEN r.status = 'open' THEN {asked} ELSE r.day END AS day, "
        "CASE WHEN r.status = 'open' THEN r.requested_at ELSE r.refunded_at END::DATE AS day0, o.day AS paid, "
        "o.counted_at::DATE AS paid0 FROM refunds_here r LEFT JOIN orders_here o USING (order_id) WHERE r.status IN ('done', 'open')"
    )
    con.execute(
        "CREATE TEMP TABLE sums AS SELECT NULL::VARCHAR AS refund_id, open, day, day0, paid, paid0, sum(amount)::BIGINT AS amount, "
        "sum(postage)::BIGINT AS postage, sum(platform_part)::BIGINT AS platform_part FROM pieces GROUP BY ALL"
    )


def entries(counts: Counts, table: str = "pieces") -> str:
    """SQL for what a source with these rules counts, as in `bridge_orders.entries`."""
    day = ("day" if counts["date"] == "refunded" else "paid") + ("" if counts["cut"] == "store" else "0")
    amount = "amount" + (" + postage" if counts["postage"] == "in" else "")
    amount += "" if counts["platform_part"] == "in" else " - platform_part"
    kept = "true" if counts["unsettled"] == "in" else "NOT open"
    return f"SELECT 'refunds' AS tab, refund_id AS key, {day} AS day, {amount} AS amount, NULL::VARCHAR AS code FROM {table} WHERE {kept}"
