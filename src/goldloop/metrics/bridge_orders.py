"""What a source would say of gmv by its rules, worked out from orders: amounts that count, and the day they count on.

`pieces` holds, for each order near the period, one row for what the store's own rules leave in and one for what each
of them takes out. A source's rules choose rows, amounts and days of it, so every rule's effect is a sum of orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goldloop.lake.schema import BETTER_SOURCE
from goldloop.metrics.bridge_counts import Counts

if TYPE_CHECKING:
    import duckdb

    from goldloop.metrics.reconcile import Scope

# First what orders do themselves. In the order in which a bridge applies them: first which orders count, then when, last how much of them.
RULES = {
    "exclusions": ("out", "in"),  # what the store's exclusion rules name
    "unpaid": ("out", "in"),  # placed, not paid (yet), with the amount and day of placing
    "cancelled": ("out", "in"),  # closed without payment, likewise
    "closed": ("in", "out"),  # paid, and closed after a refund
    "presale": ("paid_up", "deposit"),  # a staged order when it is paid in full, or its deposit when that is paid
    "date": ("paid", "placed"),  # the moment that decides the day
    "cut": ("store", "midnight"),  # when a day begins
    "postage": ("out", "in"),
    "platform_discount": ("in", "out"),  # discounts borne by the platform; the other way round by the store's setting
    "refunds": ("kept", "by_order", "by_refund"),  # taken off on the order's day, or on that of the refund
}
# Figures that a viewer must be allowed to see before a rule is named.
SHOWS = {
    "presale": ("deposit",), "postage": ("postage",), "platform_discount": ("platform_discount",),
    "refunds": ("refunds", "refunded_gmv"),
}  # fmt: skip
# The column of an order that a rule takes; an order that does not state it counts as 0, and the bridge says how many do so.
TAKES = {"presale": "deposit", "postage": "postage", "platform_discount": "platform_discount", "refunds": "refunded"}
TABLES = ("orders", "order_lines", "refunds")
# SQL: whether anything is loaded for the days of a report's row `c`.
KNOWN = "EXISTS (FROM loaded d WHERE d.day BETWEEN c.day AND c.last_day)"
_MARGIN = 2  # days around the period in which another cut or moment of the day may put an order into it


def prepare(con: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    """Make `pieces` (and added up `sums`), `given` (refunds of the period) and `loaded` (days of orders).

    `wanted` names orders that other sources speak of, wherever their day lies.
    """
    near = f"DATE '{scope.first}' - {_MARGIN} AND DATE '{scope.last}' + {_MARGIN}"
    given = f"r.day BETWEEN {near} AND r.status = 'done'"
    borne, beside = "coalesce(platform_discount, 0)", ""
    if scope.store.gmv_amount == "paid":  # goods are the merchant amount under both settings
        borne = f"CASE WHEN counts THEN coalesce(subsidy, 0) ELSE {borne} END"
        beside = f" + CASE WHEN paid THEN {borne} ELSE 0 END"
    con.execute(
        f"CREATE TEMP TABLE near AS SELECT * FROM orders_here WHERE day BETWEEN {near} OR placed_day BETWEEN {near} "
        f"OR order_id IN (SELECT order_id FROM wanted UNION ALL SELECT order_id FROM refunds_here r WHERE {given})"
    )
    con.execute(
        "CREATE TEMP TABLE pieces AS WITH o AS (SELECT *, counts OR (exclusion IS NOT NULL AND coalesce(gmv_all, 0) <> 0) AS paid "
        "FROM near), one AS (SELECT order_id, exclusion AS code, "
        "CASE WHEN paid THEN CASE WHEN status = 'closed_refunded' THEN 'closed' ELSE 'paid' END "
        "WHEN status LIKE 'closed%' THEN 'cancelled' WHEN status = 'unpaid' OR counted_at IS NULL THEN 'unpaid' END AS state, "
        "coalesce(presale AND deposit <> 0, false) AS staged, "
        f"coalesce(CASE WHEN counts THEN gmv WHEN paid THEN gmv_all ELSE coalesce(ordered_amount, goods_amount) END, 0){beside} AS goods, "
        f"coalesce(postage, 0) AS postage, {borne} AS platform_discount, coalesce(deposit, 0) AS deposit, "
        "CASE WHEN paid THEN coalesce(refunded, 0) ELSE 0 END AS refunded, "
        "CASE WHEN paid THEN coalesce(subsidy_refunded, 0) ELSE 0 END AS back, CASE WHEN paid THEN day ELSE placed_day END AS day, "
        "placed_day AS placed, CASE WHEN paid THEN counted_at ELSE placed_at END::DATE AS day0, placed_at::DATE AS placed0 FROM o) "
        "SELECT *, true AS whole FROM one WHERE state IS NOT NULL UNION ALL "
        "SELECT order_id, l.exclusion, state, false, sum(l.gmv_all + coalesce(l.subsidy, 0))::BIGINT, 0, sum(coalesce(l.subsidy, 0))::BIGINT, "
        "0, 0, 0, one.day, placed, day0, placed0, false "
        "FROM one JOIN order_lines_here l USING (order_id) WHERE one.code IS NULL AND state IN ('paid', 'closed') "
        f"AND l.exclusion IS NOT NULL AND l.exclusion <> '{BETTER_SOURCE}' AND coalesce(l.gmv_all, 0) <> 0 GROUP BY ALL"
    )
    con.execute("CREATE TEMP TABLE loaded AS SELECT day FROM pieces UNION SELECT placed FROM pieces")
    con.execute(
        "CREATE TEMP TABLE given AS SELECT r.refund_id, r.day, r.refunded_at::DATE AS day0, r.amount, p.state, p.code "
        f"FROM refunds_here r LEFT JOIN (FROM pieces WHERE whole) p USING (order_id) WHERE {given}"
    )
    con.execute(
        "CREATE TEMP TABLE sums AS SELECT NULL::VARCHAR AS order_id, code, state, staged, day, placed, day0, placed0, "
        "sum(goods)::BIGINT AS goods, sum(postage)::BIGINT AS postage, sum(platform_discount)::BIGINT AS platform_discount, "
        "sum(deposit)::BIGINT AS deposit, sum(refunded)::BIGINT AS refunded, sum(back)::BIGINT AS back FROM pieces GROUP BY ALL"
    )


def entries(counts: Counts, table: str = "pieces") -> str:
    """SQL for what a source with these rules counts: tab and key of the row, day, amount, and the exclusion rule it falls under."""
    states = ["paid", *(["closed"] if counts["closed"] == "in" else [])]
    states += [state for state in ("unpaid", "cancelled") if counts[state] == "in"]
    kept = "true" if counts["exclusions"] == "in" else "code IS NULL"
    cut = "" if counts["cut"] == "store" else "0"
    placed, day = f"placed{cut}", f"{'day' if counts['date'] == 'paid' else 'placed'}{cut}"
    amount = "goods"
    amount += " + postage" if counts["postage"] == "in" else ""
    whole = counts["platform_discount"] == "in"
    amount += "" if whole else " - platform_discount"
    if counts["refunds"] == "by_order":
        # What the platform gets back is no refund of what was paid.
        amount += " - refunded - back" if whole else " - refunded"
    staged = counts["presale"] == "deposit"
    amount += " - CASE WHEN staged THEN deposit ELSE 0 END" if staged else ""
    known = f"state IN ({', '.join(map(repr, states))})"
    parts = [
        f"SELECT 'orders' AS tab, order_id AS key, {day} AS day, {amount} AS amount, code FROM {table} WHERE {known} AND {kept}"
    ]
    if staged:
        parts.append(f"SELECT 'orders', order_id, {placed}, deposit, code FROM {table} WHERE staged AND {kept}")
    if counts["refunds"] == "by_refund":
        parts.append(
            f"SELECT 'refunds', refund_id, day{cut}, -amount, code FROM given WHERE (state IS NULL OR {known}) AND {kept}"
        )
    return " UNION ALL ".join(parts)
