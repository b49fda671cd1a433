"""Gathering what a write touches: the orders it concerns, all their lines and refunds, old rows and new ones together.

SQL tables made here: `o` (one row per touched order, `no`), `l` (one row per line, `id`; `no` is null when its order is
not there), `beaten` (lines of orders whose lines a better source tells: they are no part of `l`), `r` (settled refunds;
`back` is what the platform gets of them, apart from `amount` where gmv leaves its discounts out). Rows of `o` and `l`
have a place: row `_at` of `after_<table>` where `_file` is null, else row `_at` of file number `_file` of the facts;
`held_<table>` has what those files say so far.
"""

from __future__ import annotations

from collections.abc import Collection

from goldloop.core.errors import GoldloopError
from goldloop.core.statements import ERP, WITHOUT_LINE_ID
from goldloop.lake.derive import rank_sql
from goldloop.lake.exclude import line_columns, line_rule, order_columns, order_rule, thing_rule, title_rule
from goldloop.lake.facts import FILLS, unfilled
from goldloop.lake.schema import TABLES
from goldloop.lake.subsidy import back_sql
from goldloop.lake.work import Work, month_sql, quoted

OF_ORDERS = ("orders", "order_lines", "refunds")
ORDER_RESULTS = (
    "day", "placed_day", "hour", "counts", "exclusion", "gmv_all", "gmv", "line_count", "lines_aside", "units",
    "refunded", "refunded_basis", "subsidy", "subsidy_refunded",
)  # fmt: skip
LINE_RESULTS = ("day", "counts", "exclusion", "gmv_all", "gmv", "refunded", "subsidy")

_ORDER = ("store", "order_id")
_ORDER_INPUTS = (
    *_ORDER, "told_by", "placed_at", "counted_at", "moment_basis", *FILLS, "postage", "refund_stated", "refund_basis",
)  # fmt: skip
_LINE_INPUTS = (
    *_ORDER, "line_id", "told_by", "placed_at", "status", "kind", "quantity", "list_value", "goods_amount", "user_paid",
    "merchant_received", "platform_discount", "merchant_discount", "refund_stated", "refund_basis",
)  # fmt: skip
_LINE_AMOUNTS = tuple(n for n in _LINE_INPUTS if n not in ("order_id", "placed_at", "kind", "goods_amount"))


def gather(work: Work, changed: Collection[str], everything: bool) -> set[str]:
    """Make `o`, `l` and `r` for the orders that the changed tables touch, or for every order; raises `store_unknown`.

    Gives back the columns in which any of the lines may have a value, so that the others need no sums.
    """
    sources = []
    for name in OF_ORDERS:
        if name in changed:
            new = work.columns(f"after_{name}", TABLES[name], _ORDER)
            sources += [f"SELECT {new} FROM after_{name}", f"SELECT store, order_id FROM gone_{name}"]
        if everything:
            sources.append(f"SELECT store, order_id FROM {work.scan(f'facts/{name}')}")
    union = " UNION ALL ".join(sources)
    # Without files there is nothing to look for, and nobody will ask.
    kind = "TABLE" if any(work.parts(f"facts/{n}") for n in OF_ORDERS) else "VIEW"
    work.run(f"CREATE TEMP {kind} touched AS SELECT DISTINCT store, order_id FROM ({union}) WHERE order_id IS NOT NULL")
    _orders(work)
    present = _lines(work)
    _refunds(work)
    return present


def check_stores(work: Work, rows: str) -> None:
    """Raise `store_unknown` when table `rows` names a store that was not given."""
    unknown = work.numbers(f"SELECT DISTINCT store FROM {rows} ANTI JOIN store_of USING (store) ORDER BY store")
    if unknown:
        raise GoldloopError(
            "store_unknown",
            "Rows belong to a store that is not known.",
            given=unknown,
            allowed=sorted(work.stores),
        )


def _orders(work: Work) -> None:
    table = TABLES["orders"]
    needs = order_columns(work.rules)
    rule = order_rule(work.rules)
    held = work.parts("facts/orders")
    work.run(
        f"CREATE TEMP {'TABLE' if held else 'VIEW'} wanted AS SELECT * FROM touched "
        "ANTI JOIN after_orders USING (store, order_id) ANTI JOIN gone_orders USING (store, order_id)"
    )
    months = {0}
    if held and work.some("wanted"):
        placed = work.columns("after_order_lines", TABLES["order_lines"], ["placed_at"])
        months |= set(
            work.numbers(f"SELECT DISTINCT {month_sql('placed_at')} FROM (SELECT {placed} FROM after_order_lines)")
        )
    work.find(
        "facts/orders",
        into="held_orders",
        keys="wanted",
        on=_ORDER,
        select=f"{quoted(dict.fromkeys((*_ORDER_INPUTS, *ORDER_RESULTS)))}, _filled, {rule} AS rule, _file, _at",
        months=months,
    )
    # Where no order can have a line, each is looked at once only.
    kind = "TABLE" if held or work.parts("facts/order_lines") or work.some("after_order_lines") else "VIEW"
    stated = ", ".join(unfilled(n) for n in _ORDER_INPUTS)
    new = work.columns("after_orders", table, (*_ORDER_INPUTS, *needs))
    work.run(
        f"CREATE TEMP {kind} o AS SELECT *, {month_sql('placed_at')} AS _mon FROM ("
        f"SELECT _at AS no, NULL::INTEGER AS _file, _at, {quoted(_ORDER_INPUTS)}, {rule} AS rule "
        f"FROM (SELECT _at, {new} FROM after_orders) UNION ALL "
        f"SELECT rowid + (SELECT count(*) FROM after_orders), _file, _at, {stated}, rule FROM held_orders)"
    )
    check_stores(work, "o")


def _lines(work: Work) -> set[str]:
    rule = line_rule(work.rules)
    # An order says how many lines it has: when that many are found in its month, no other month is read.
    count = "store, order_id, line_count + lines_aside AS line_count"
    known = f"SELECT {count} FROM held_orders UNION ALL SELECT {count} FROM gone_orders"
    enough = (
        f"SELECT store, order_id FROM ({known}) k LEFT JOIN (SELECT store, order_id, count(*) AS n FROM near_lines "
        "GROUP BY store, order_id) c USING (store, order_id) WHERE coalesce(n, 0) = line_count"
    )
    months = f"SELECT DISTINCT _mon FROM o UNION SELECT DISTINCT {month_sql('placed_at')} FROM gone_orders"
    work.find(
        "facts/order_lines",
        into="near_lines",
        keys="touched",
        on=_ORDER,
        select=f"{quoted((*_LINE_INPUTS, 'line_key', *LINE_RESULTS))}, {rule} AS rule, _file, _at",
        months=work.numbers(months),
        enough=enough,
    )
    work.run(
        "CREATE TEMP TABLE held_order_lines AS SELECT * FROM near_lines ANTI JOIN gone_order_lines USING (_file, _at)"
    )
    # `id` counts new lines by their position and goes on with the rows of held_order_lines.
    start = work.one("SELECT count(*) FROM after_order_lines")
    table = TABLES["order_lines"]
    new = work.columns("after_order_lines", table, (*_LINE_INPUTS, *line_columns(work.rules), "title"))
    titles = work.columns("after_order_lines", table, ("store", "title"))
    select = (
        f"SELECT id, no, i._file, i._at, {month_sql('coalesce(i.placed_at, o.placed_at)')} AS _mon, "
        "coalesce(kind, 'sale') = 'sale' AS sale, "
        "coalesce(i.goods_amount, i.user_paid + coalesce(i.platform_discount, 0)) AS value, i.rule, "
        f"{quoted(_LINE_AMOUNTS, 'i.')} FROM (%s) i LEFT JOIN o USING (store, order_id)"
    )
    work.run(
        "CREATE TEMP TABLE l AS "
        + select
        % (
            f"SELECT _at AS id, NULL::INTEGER AS _file, _at, {quoted(_LINE_INPUTS)}, "
            f"least({thing_rule(work.rules)}, titled) AS rule FROM (SELECT _at, {new} FROM after_order_lines) "
            # titles repeat, so each is looked at once
            f"LEFT JOIN (SELECT store, title, {title_rule(work.rules)} AS titled FROM (SELECT DISTINCT "
            f"{titles} FROM after_order_lines)) USING (store, title)"
        )
        + ("" if work.some("after_order_lines") else " LIMIT 0")
    )
    present = set(work.valued["after_order_lines"])
    if work.some("held_order_lines"):
        present.update(_LINE_INPUTS)
        held = f"SELECT rowid + {start} AS id, _file, _at, {quoted(_LINE_INPUTS)}, rule FROM held_order_lines"
        work.run("INSERT INTO l " + select % held)
    _set_aside(work)
    work.run(
        "CREATE TEMP VIEW line_keys AS SELECT _at AS id, line_key FROM after_order_lines "
        f"UNION ALL SELECT rowid + {start}, line_key FROM held_order_lines"
    )
    return present


def _set_aside(work: Work) -> None:
    """Move lines that a lesser source tells than the order's best ones from `l` to `beaten`.

    The platform's lines without a number state no amounts: they go behind an ERP's where only the ERP tells the order. An
    ERP's lines are set aside too where none of them is a sale (cancelled, gifts) and the platform tells the order.
    """
    work.run("CREATE TEMP TABLE beaten AS SELECT id, no, _file, _at, _mon FROM l LIMIT 0")
    if work.some("(SELECT 1 FROM l WHERE told_by IS NOT NULL)"):
        rank = f"CASE WHEN o.told_by = '{ERP}' AND l.told_by = '{WITHOUT_LINE_ID}' THEN -1 ELSE {rank_sql('l.told_by')} END"
        vetoes = (
            f"told_by = '{ERP}' AND teller IS DISTINCT FROM '{ERP}' AND NOT bool_or(sale) OVER (PARTITION BY no, _rank)"
        )
        work.run(
            "INSERT INTO beaten SELECT id, no, _file, _at, _mon FROM "
            f"(SELECT l.*, o.told_by AS teller, {rank} AS _rank FROM l JOIN o USING (no)) "
            f"QUALIFY _rank < max(_rank) OVER (PARTITION BY no) OR ({vetoes})"
        )
        work.run("DELETE FROM l WHERE id IN (SELECT id FROM beaten)")


def _refunds(work: Work) -> None:
    if not work.parts("facts/refunds") and not work.some("after_refunds"):
        work.run("CREATE TEMP TABLE r (no INTEGER, line_id VARCHAR, amount BIGINT, back BIGINT)")
        return
    columns = ("store", "order_id", "line_id", "amount", "amount_platform", "status")
    new = work.columns("after_refunds", TABLES["refunds"], columns)
    work.run(
        "CREATE TEMP TABLE r AS SELECT no, line_id, amount - back AS amount, back FROM ("
        f"SELECT no, i.line_id, i.amount, {back_sql(work)} AS back FROM ("
        f"SELECT {new} FROM after_refunds UNION ALL SELECT {quoted(columns)} FROM {work.scan('facts/refunds')} "
        "ANTI JOIN gone_refunds USING (_file, _at)) "
        "i JOIN o USING (store, order_id) WHERE i.status = 'done' AND i.amount IS NOT NULL)"
    )
