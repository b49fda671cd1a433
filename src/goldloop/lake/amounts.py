"""Amounts of orders and lines: sums of lines where the order states nothing, parts of the order for its lines.

Works on the SQL tables of `touched`; makes `sums` (per order), `parts` (per line), and with the refunds the results
`done_orders` and `done_order_lines`. Money stays an integer: sums and products are taken in 128 bits.
"""

from __future__ import annotations

from goldloop.core.statements import ERP
from goldloop.lake.exclude import amount_rule, code_of
from goldloop.lake.facts import FILLS, PAID_SINCE
from goldloop.lake.refunded import refunded_sql, split_refunds
from goldloop.lake.schema import BETTER_SOURCE
from goldloop.lake.share import share
from goldloop.lake.subsidy import split_subsidies, subsidy_sql
from goldloop.lake.work import Work, text

_TIMED = "coalesce(moment_basis, 'paid') <> 'inferred_day'"  # whether counted_at says a time of day
_SUMMED = ("user_paid", "list_value", "platform_discount", "merchant_discount", "merchant_received", "quantity")
_PAID = "'paid', 'part_shipped', 'shipped', 'finished', 'closed_refunded'"
_OF_GOODS = ("list_value", "quantity")


def finish_amounts(work: Work, present: set[str]) -> None:
    """Make `done_orders` and `done_order_lines`: every derived column of the touched orders and lines.

    `present`: columns in which any line has a value.
    """
    # Orders without a line pass in one go: nothing of them is kept on the way, and what concerns lines is empty.
    lined = work.some("l") or work.some("beaten")
    none = "" if lined else " LIMIT 0"
    _totals(work, present | {"value"}, none)
    _platform_first(work)
    _sums(work, "TABLE" if lined else "VIEW")
    _parts(work, none)
    split_refunds(work, lined)
    _done(work, none)


def _known_sum(column: str) -> str:
    """SQL: sum over the sale lines of an order; null when one of them does not state it, or there is none."""
    only = "FILTER (WHERE sale)"
    return f"CASE WHEN count({column}) {only} = count(*) {only} THEN (sum({column}) {only})::BIGINT END"


def _totals(work: Work, present: set[str], limit: str) -> None:
    sums = ", ".join(f"{_known_sum(c) if c in present else 'NULL::BIGINT'} AS {c}" for c in ("value", *_SUMMED))
    opened = "status NOT IN ('closed_unpaid', 'closed_refunded')"
    sent = "status IN ('shipped', 'finished')"
    status = (
        "CASE WHEN count(status) = 0 THEN NULL "
        f"WHEN NOT bool_or({opened}) THEN CASE WHEN bool_or(status = 'closed_refunded') THEN 'closed_refunded' "
        "ELSE 'closed_unpaid' END "
        "WHEN bool_or(status = 'locked') THEN 'locked' WHEN bool_or(status = 'unpaid') THEN 'unpaid' "
        f"WHEN bool_and(status = 'finished') FILTER (WHERE {opened}) THEN 'finished' "
        f"WHEN bool_and({sent}) FILTER (WHERE {opened}) THEN 'shipped' "
        f"WHEN bool_or({sent} OR status = 'part_shipped') THEN 'part_shipped' "
        "WHEN bool_or(status = 'paid') THEN 'paid' ELSE 'unknown' END"
    )
    work.run(
        "CREATE TEMP TABLE totals AS SELECT no, count(*) AS lines, count(*) FILTER (WHERE sale) AS sales, "
        "coalesce(min(list_value) FILTER (WHERE sale) >= 0, false) AS listed, "
        f"coalesce(min(value) FILTER (WHERE sale) >= 0, false) AS valued, {sums}, "
        f"{status if 'status' in present else 'NULL::VARCHAR'} AS status, sum(refund_stated)::BIGINT AS refund_stated, "
        "bool_or(refund_basis = 'inferred') AS refund_inferred, bool_or(refund_basis = 'unknown') AS refund_unknown FROM l WHERE no IS NOT NULL GROUP BY no"
        + limit
    )


def _platform_first(work: Work) -> None:
    """Lines of an ERP say which goods are in an order that the platform tells, but not what was paid, refunded, or its status."""
    if work.some(f"(SELECT 1 FROM l WHERE told_by = '{ERP}')"):
        paid = ", ".join(f"{c} = NULL" for c in _SUMMED if c not in _OF_GOODS)
        work.run(
            f"UPDATE totals SET {paid}, status = NULL, refund_stated = NULL, refund_inferred = NULL, refund_unknown = NULL WHERE no IN ("
            f"SELECT no FROM l JOIN o USING (no) WHERE l.told_by = '{ERP}' AND o.told_by IS DISTINCT FROM '{ERP}')"
        )


def _sums(work: Work, kind: str) -> None:
    """Orders with the amounts that their lines fill in, whether they are a sale (`sold`), gmv_all and what was refunded."""
    filled = {c: f"t.{c}" for c in FILLS}
    filled["goods_amount"] = "CASE WHEN o.user_paid IS NULL THEN t.value END"
    filled["user_paid"] = "t.user_paid + coalesce(o.postage, 0)"
    values = {c: f"coalesce(o.{c}, {filled[c]})" for c in FILLS}
    # Unpaid becomes paid and never the other way round: lines that say so are of a newer file than the order's own.
    paid_since = f"o.status = 'unpaid' AND o.counted_at IS NOT NULL AND coalesce(t.status IN ({_PAID}), false)"
    values["status"] = f"CASE WHEN {paid_since} THEN t.status ELSE {values['status']} END"
    columns = ", ".join(f"{value} AS {c}" for c, value in values.items())
    bits = " + ".join(
        f"CASE WHEN o.{c} IS NULL AND {filled[c]} IS NOT NULL THEN {1 << i} ELSE 0 END" for i, c in enumerate(FILLS)
    )
    bits += f" + CASE WHEN {paid_since} THEN {PAID_SINCE} ELSE 0 END"
    sold = (
        "counted_at IS NOT NULL AND coalesce(status, 'unknown') NOT IN ('unpaid', 'closed_unpaid') "
        "AND (lines = 0 OR sales > 0)"
    )
    gmv = "coalesce(goods_amount, stated_paid - coalesce(postage, 0) + coalesce(platform_discount, 0), value)"
    work.run(
        f"CREATE TEMP {kind} sums AS SELECT *, {refunded_sql()} "
        f"FROM (SELECT *, whole - coalesce(subsidy, 0) AS gmv_all FROM (SELECT *, {subsidy_sql(work)} AS subsidy "
        f"FROM (SELECT *, CASE WHEN sold THEN {gmv} ELSE 0 END AS whole FROM (SELECT *, {sold} AS sold "
        f"FROM (SELECT o.* EXCLUDE ({', '.join(FILLS)}, refund_stated, refund_basis), {columns}, ({bits})::BIGINT AS _filled, "
        "o.user_paid AS stated_paid, coalesce(t.lines, 0) AS lines, coalesce(t.sales, 0) AS sales, t.value AS value, "
        "t.listed, t.valued, t.list_value AS lines_listed, t.platform_discount AS lines_discount, t.quantity AS line_units, "
        "o.refund_stated, o.refund_basis, t.refund_stated AS lines_refund, t.refund_inferred, t.refund_unknown, day_starts, done, back "
        "FROM o LEFT JOIN totals t USING (no) JOIN store_of USING (store) "
        "LEFT JOIN (SELECT no, sum(amount)::BIGINT AS done, sum(back)::BIGINT AS back FROM r GROUP BY no) USING (no))))))"
    )


def _parts(work: Work, limit: str) -> None:
    """Each line's part of gmv_all: as stated where that sums to the order's amount, else by list value (or value, or equal).

    Where gmv is what buyers paid, the line's part of the merchant amount less that of the platform's discounts.
    """
    weight = (
        "CASE WHEN s.listed AND s.lines_listed > 0 THEN l.list_value "
        "WHEN s.valued AND s.value > 0 THEN l.value ELSE 1 END"
    )
    work.run(
        f"CREATE TEMP TABLE unsplit AS SELECT id, no, whole AS total, {weight} AS w FROM l JOIN sums s USING (no) "
        "WHERE sale AND sold AND whole <> 0 AND s.value IS DISTINCT FROM whole" + limit
    )
    share(work, "unsplit", into="shares")
    part = (
        "CASE WHEN l.no IS NULL OR s.whole IS NULL THEN NULL WHEN NOT (sold AND sale) OR s.whole = 0 THEN 0 "
        "WHEN s.value = s.whole THEN l.value ELSE h.part END"
    )
    subsidy = split_subsidies(work, part)
    work.run(
        "CREATE TEMP TABLE parts AS SELECT id, no, _file, _at, _mon, sale, line_id, quantity, refund_stated, gmv_all, subsidy, "
        f"least(rule, {amount_rule(work.rules, work.stores)}) AS rule FROM (SELECT *, coalesce(user_paid, value, gmv_all) AS paid "
        "FROM (SELECT *, whole - coalesce(subsidy, 0) AS gmv_all FROM "
        f"(SELECT l.*, {part} AS whole, {subsidy} AS subsidy FROM l LEFT JOIN sums s USING (no) LEFT JOIN shares h USING (id) "
        f"LEFT JOIN subsidy_shares b USING (id)))){limit}"
    )


def _done(work: Work, limit: str) -> None:
    work.run(
        "CREATE TEMP TABLE outs AS SELECT no, count(*) AS lines_out, min(rule) AS rule_out, sum(gmv_all)::BIGINT AS gmv_out, sum(subsidy)::BIGINT AS subsidy_out, "
        "sum(quantity)::BIGINT AS units_out FROM parts WHERE sale AND rule IS NOT NULL AND no IS NOT NULL GROUP BY no"
        + limit
    )
    units = (
        "CASE WHEN NOT sold OR x IS NOT NULL THEN 0 WHEN line_units IS NOT NULL THEN line_units - coalesce(units_out, 0) "
        "WHEN lines_out IS NULL THEN quantity END"
    )
    done = work.arrow(
        f"SELECT no, store, _file, _at, _mon, sold, rule, {_day('counted_at')} AS day, "
        f"{_day('placed_at')} AS placed_day, CASE WHEN {_TIMED} THEN hour(counted_at)::BIGINT END AS hour, sold AND x IS NULL AS counts, "
        f"{code_of(work.rules, 'x')} AS exclusion, gmv_all, "
        "CASE WHEN x IS NOT NULL THEN 0 ELSE gmv_all - coalesce(gmv_out, 0) END AS gmv, "
        "CASE WHEN x IS NOT NULL AND subsidy IS NOT NULL THEN 0 ELSE subsidy - coalesce(subsidy_out, 0) END AS subsidy, "
        "lines AS line_count, coalesce(aside, 0) AS lines_aside, "
        f"{units} AS units, refunded, refunded_basis, subsidy_refunded, {', '.join(FILLS)}, _filled "
        "FROM (SELECT s.*, u.*, aside, coalesce(rule, CASE WHEN lines_out = sales THEN rule_out END) AS x "
        "FROM sums s LEFT JOIN outs u USING (no) "
        "LEFT JOIN (SELECT no, count(*) AS aside FROM beaten GROUP BY no) USING (no))"
    )
    work.hold("done_orders", done)
    beaten = ""
    if work.some("beaten"):
        beaten = (
            f" UNION ALL SELECT b._file, b._at, b._mon, o.day, false, {text(BETTER_SOURCE)}, 0, 0, NULL, 0 "
            "FROM beaten b LEFT JOIN done_orders o USING (no)"
        )
    excluded = "(p.rule IS NOT NULL OR o.rule IS NOT NULL)"
    work.run(
        "CREATE TEMP VIEW done_order_lines AS SELECT p._file, p._at, p._mon, o.day, "
        f"coalesce(sale AND sold AND NOT {excluded}, false) AS counts, "
        f"{code_of(work.rules, 'coalesce(o.rule, p.rule)')} AS exclusion, p.gmv_all, "
        f"CASE WHEN {excluded} THEN 0 ELSE p.gmv_all END AS gmv, p.subsidy, "
        "CASE WHEN o.refunded = 0 THEN 0 WHEN o.refunded IS NOT NULL THEN coalesce(f.part, 0) END AS refunded "
        f"FROM parts p LEFT JOIN done_orders o USING (no) LEFT JOIN line_refunds f USING (id){beaten}"
    )


def _day(moment: str) -> str:
    """SQL: the business day of a moment: the date after taking off the hours before the store's day starts.

    Of an order whose day is all that is known nothing is taken off.
    """
    return f"({moment} - to_minutes(CASE WHEN {_TIMED} THEN day_starts ELSE 0 END))::DATE"
