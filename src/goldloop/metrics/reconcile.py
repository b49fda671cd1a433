"""Sources against each other: the orders in which they differ, and sums that close over exactly those rows.

Each comparison fills one SQL table `lines`: the key columns it names, both values, `kind` and `difference` (the second
side less the first, minor units). What is not listed agrees, so the differences of all lines sum to that of the totals.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.core.errors import GoldloopError
from goldloop.core.exclusion import ExclusionRule
from goldloop.core.statements import ERP, RANKS
from goldloop.core.store import Store
from goldloop.lake.schema import BETTER_SOURCE
from goldloop.metrics.engines.duckdb import Engine

if TYPE_CHECKING:
    import duckdb

    from goldloop.lake.snapshot import Snapshot

PLATFORM_SIDE = tuple(r for r in RANKS if r != ERP)
# Douyin tells the settling of a sub-order twice: its settlement bill by income and fees, its fund bill as one movement.
_BILLED = ("收入合计", "支出合计", "结算金额")
_MOVED = "货款结算入账"


@dataclass(frozen=True)
class Reconciliation:
    """Two sources of one store and period, compared.

    `columns`: column of `rows` -> unit (text, date, count, money in minor units). `totals`: name -> (value, unit), among
    them `difference`, which is the sum of the differences of all lines. `kinds`: what differs, how often, by how much.
    `components`: kind of settled amount -> amount. `count`: lines in all, of which `rows` holds those asked for.
    """

    columns: dict[str, str]
    rows: list[dict[str, Any]]
    count: int
    totals: dict[str, tuple[int, str]]
    kinds: list[dict[str, Any]]
    components: list[dict[str, Any]] = field(default_factory=list)

    @property
    def closes(self) -> bool:
        """Whether the lines explain the difference to the last minor unit."""
        return self.totals["difference"][0] == sum(k["difference"] for k in self.kinds)


@dataclass(frozen=True)
class Scope:
    """What is compared: a store and its business days, in a state of the lake."""

    snapshot: Snapshot
    store: Store
    rules: Sequence[ExclusionRule]
    first: date
    last: date

    @property
    def days(self) -> str:
        """SQL: the ends of the period."""
        return f"DATE '{self.first}' AND DATE '{self.last}'"


def reconcile(scope: Scope, between: str, *, limit: int | None) -> Reconciliation:
    """Compare two sources (a key of COMPARISONS); at most `limit` lines come along (None: all), largest first.

    Raises `reconcile_unknown`, and `side_missing` where a source has nothing loaded for the store.
    """
    import duckdb

    if between not in COMPARISONS:
        raise GoldloopError(
            "reconcile_unknown",
            f"'{between}' are no two sources that can be compared.",
            given=between,
            allowed=list(COMPARISONS),
            between=between,
        )
    with duckdb.connect(":memory:") as con:
        con.execute("SET TimeZone = 'UTC'")
        return COMPARISONS[between](con, scope, limit)


def loaded_days(snapshot: Snapshot, store: Store, between: str) -> tuple[date, date] | None:
    """First and last business day of what both sources hold of the store; None when that is nothing.

    Settlements and refunds are often booked after the last order was placed.
    """
    import duckdb

    booked = f"(settled_at - to_minutes({store.day_starts}))::DATE"
    days = {"orders": ("placed_day", "day"), "settlements": (booked,), "refunds": ("day",)}
    engine = Engine(snapshot)
    with duckdb.connect(":memory:") as con:
        found: list[date] = []
        for name in {"orders", *between.split(",")} & set(days):
            con.execute(engine.definition(name))
            ends = ", ".join(f"min({day}), max({day})" for day in days[name])
            row = con.execute(f"SELECT {ends} FROM {name} WHERE store = {store.id}").fetchone() or ()
            found += [day for day in row if day is not None]
    return (min(found), max(found)) if found else None


# --- orders as two sources tell them ---------------------------------------------------------------------------------
_SIDE = "SELECT *, counts AND day BETWEEN {days} AS inside FROM {name}"
_DIFFERS = {
    "counted": "p.counts IS DISTINCT FROM e.counts",
    "day": "p.counts AND e.counts AND p.day <> e.day",
    "amount": "p.counts AND e.counts AND p.gmv IS DISTINCT FROM e.gmv",
    "units": "p.counts AND e.counts AND p.units <> e.units",
    "status": "p.status <> e.status",
}


def platform_and_erp(con: duckdb.DuckDBPyConnection, scope: Scope, limit: int | None) -> Reconciliation:
    """Orders that the platform's files and the ERP's tell differently; amounts are gmv of the period (null: none in it)."""
    for name, ranks in (("platform", PLATFORM_SIDE), ("erp", (ERP,))):
        tell(con, scope, name, ranks)
    meet(con, scope)
    con.execute(
        "CREATE TEMP TABLE lines AS SELECT order_id, CASE WHEN NOT told_e THEN 'only_platform' WHEN NOT told_p THEN "
        "'only_erp' ELSE differs[1] END AS kind, CASE WHEN told_p AND told_e THEN array_to_string(differs, ' ') END AS differs, "
        "day_platform, day_erp, amount_platform, amount_erp, (coalesce(amount_erp, 0) - coalesce(amount_platform, 0))::BIGINT "
        "AS difference, units_platform, units_erp, status_platform, status_erp FROM met WHERE len(differs) > 0"
    )
    totals = {
        "figure_platform": ("sum(amount_platform)", "money"), "figure_erp": ("sum(amount_erp)", "money"),
        "difference": ("coalesce(sum(amount_erp), 0) - coalesce(sum(amount_platform), 0)", "money"),
        "orders_platform": ("count(*) FILTER (WHERE in_p)", "count"), "orders_erp": ("count(*) FILTER (WHERE in_e)", "count"),
        "orders_agree": ("count(*) FILTER (WHERE len(differs) = 0)", "count"),
    }  # fmt: skip
    columns = {
        "order_id": "text", "kind": "text", "differs": "text", "day_platform": "date", "day_erp": "date",
        "amount_platform": "money", "amount_erp": "money", "difference": "money", "units_platform": "count",
        "units_erp": "count", "status_platform": "text", "status_erp": "text",
    }  # fmt: skip
    return _answer(con, columns, _totals(con, "met", totals), limit)


def tell(con: duckdb.DuckDBPyConnection, scope: Scope, name: str, ranks: Collection[str]) -> None:
    """The orders as sources of these ranks alone tell them, as the table `name`; raises `side_missing`."""
    from goldloop.lake.lake import Lake

    lake = Lake(scope.snapshot.root)
    if not lake.ranks_of(scope.snapshot, scope.store.id).intersection(ranks):
        raise side_missing(name, scope)
    rows = lake.orders_told(
        scope.snapshot, store=scope.store, rules=scope.rules, first=scope.first, last=scope.last, ranks=ranks
    )
    con.register(name, rows.select(["order_id", "counts", "day", "gmv", "units", "status"]))


def meet(con: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    """Order by order the tables `platform` and `erp` beside each other, as `met`, with what `differs`."""
    tests = ", ".join(f"CASE WHEN {test} THEN '{word}' END" for word, test in _DIFFERS.items())
    con.execute(
        f"CREATE TEMP TABLE met AS WITH p AS ({_SIDE.format(days=scope.days, name='platform')}), "
        f"e AS ({_SIDE.format(days=scope.days, name='erp')}) SELECT order_id, "
        "p.order_id IS NOT NULL AS told_p, e.order_id IS NOT NULL AS told_e, "
        f"list_filter([{tests}], lambda word: word IS NOT NULL) AS differs, p.day AS day_platform, e.day AS day_erp, "
        "p.gmv AS gmv_platform, e.gmv AS gmv_erp, "
        "CASE WHEN p.inside THEN p.gmv END AS amount_platform, CASE WHEN e.inside THEN e.gmv END AS amount_erp, "
        "coalesce(p.inside, false) AS in_p, coalesce(e.inside, false) AS in_e, "
        "p.units AS units_platform, e.units AS units_erp, p.status AS status_platform, e.status AS status_erp "
        "FROM p FULL JOIN e USING (order_id) WHERE p.inside OR e.inside"
    )


# --- orders and what was settled for them ----------------------------------------------------------------------------
def orders_and_settlements(con: duckdb.DuckDBPyConnection, scope: Scope, limit: int | None) -> Reconciliation:
    """What buyers paid for the orders of the period against what was settled for them, whenever it was booked.

    Rows booked in the period whose order is not loaded, or that name none, are lines of their own.
    """
    read(con, scope, "orders", "settlements")
    book(con, scope)
    con.execute(
        "CREATE TEMP TABLE met AS SELECT order_id, NULL::VARCHAR AS settlement, day, user_paid AS paid, settled, "
        "CASE WHEN settled IS NULL THEN 'unsettled' WHEN user_paid IS NULL THEN 'paid_unknown' ELSE 'settled_otherwise' END AS kind "
        "FROM orders_here LEFT JOIN (SELECT order_id, sum(amount)::BIGINT AS settled FROM booked WHERE ours GROUP BY order_id) "
        "USING (order_id) WHERE inside UNION ALL "
        "SELECT order_id, settlement_id || ' ' || row_key, NULL, NULL, sum(amount)::BIGINT, "
        "CASE WHEN order_id IS NULL THEN 'no_order_named' ELSE 'order_not_loaded' END FROM booked WHERE loose AND now "
        "GROUP BY order_id, settlement_id, row_key"
    )
    con.execute(
        "CREATE TEMP TABLE lines AS SELECT order_id, kind, settlement, day, paid, settled, "
        "(coalesce(settled, 0) - coalesce(paid, 0))::BIGINT AS difference FROM met WHERE paid IS DISTINCT FROM settled"
    )
    totals = _totals(con, "met", {
        "paid": ("sum(paid)", "money"), "settled_of_orders": ("sum(settled) FILTER (WHERE settlement IS NULL)", "money"),
        "settled_without_order": ("sum(settled) FILTER (WHERE settlement IS NOT NULL)", "money"),
        "difference": ("coalesce(sum(settled), 0) - coalesce(sum(paid), 0)", "money"),
        "orders": ("count(*) FILTER (WHERE settlement IS NULL)", "count"),
        "orders_unsettled": ("count(*) FILTER (WHERE kind = 'unsettled')", "count"),
    }) | _totals(con, "booked", {
        "booked_in_period": ("sum(amount) FILTER (WHERE now)", "money"),
        "booked_of_orders": ("sum(amount) FILTER (WHERE now AND ours)", "money"),
        "booked_of_other_orders": ("sum(amount) FILTER (WHERE now AND NOT ours AND NOT loose)", "money"),
        "booked_without_order": ("sum(amount) FILTER (WHERE now AND loose)", "money"),
    }) | _totals(con, "booked_twice", {"booked_twice": ("sum(amount) FILTER (WHERE now)", "money")})  # fmt: skip
    columns = {
        "order_id": "text", "kind": "text", "settlement": "text", "day": "date", "paid": "money", "settled": "money",
        "difference": "money",
    }  # fmt: skip
    components = dicts(
        con,
        "SELECT component, coalesce(sum(amount) FILTER (WHERE ours), 0)::BIGINT AS of_orders, "
        "coalesce(sum(amount) FILTER (WHERE loose), 0)::BIGINT AS without_order FROM booked WHERE ours OR (loose AND now) "
        "GROUP BY component ORDER BY component",
    )
    found = _answer(con, columns, totals, limit)
    _add_components(con, found, [c["component"] for c in components])
    return Reconciliation(found.columns, found.rows, found.count, found.totals, found.kinds, components)


def book(con: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    """What was settled, as `booked`: of an order of the period (`ours`) or of none loaded (`loose`), booked in it (`now`).

    A movement of the fund bill whose sub-order the settlement bill states, too, is set aside as `booked_twice`.
    """
    con.execute(
        f"CREATE TEMP TABLE every AS SELECT *, coalesce(booked_on BETWEEN {scope.days}, false) AS now FROM ("
        "SELECT s.order_id, settlement_id, row_key, component, amount, coalesce(o.inside, false) AS ours, "
        f"o.order_id IS NULL AS loose, (settled_at - to_minutes({scope.store.day_starts}))::DATE AS booked_on, "
        f"component = '{_MOVED}' AND row_key IN (SELECT settlement_id FROM settlements_here "
        f"WHERE component IN {_BILLED}) AS twice FROM settlements_here s LEFT JOIN orders_here o USING (order_id))"
    )
    con.execute("CREATE TEMP TABLE booked AS SELECT * EXCLUDE twice FROM every WHERE NOT twice")
    con.execute("CREATE TEMP TABLE booked_twice AS SELECT * FROM every WHERE twice")


def _add_components(con: duckdb.DuckDBPyConnection, found: Reconciliation, names: Sequence[str]) -> None:
    """A column per component, with what of it was settled on each line."""
    parts: dict[tuple[Any, Any], dict[str, int]] = {}
    for row in dicts(
        con,
        "SELECT order_id, CASE WHEN loose THEN settlement_id || ' ' || row_key END AS settlement, component, "
        "sum(amount)::BIGINT AS amount FROM booked WHERE ours OR (loose AND now) GROUP BY ALL",
    ):
        parts.setdefault((row["order_id"], row["settlement"]), {})[row["component"]] = row["amount"]
    for name in names:
        found.columns[f"component:{name}"] = "money"
    for line in found.rows:
        own = parts.get((line["order_id"], line["settlement"]), {})
        line.update({f"component:{name}": own.get(name) for name in names})


# --- refunds as orders state them and as the after-sale list does ----------------------------------------------------
def orders_and_refunds(con: duckdb.DuckDBPyConnection, scope: Scope, limit: int | None) -> Reconciliation:
    """Refunds that rows of orders of the period state, against the settled ones of the after-sale list, whenever they came.

    Refunds of the period whose order is not loaded, or that name none, are lines of their own.
    """
    read(con, scope, "orders", "refunds", "order_lines")
    con.execute(
        "CREATE TEMP TABLE met AS SELECT order_id, NULL::VARCHAR AS refund_id, day, "
        "coalesce(refund_stated, lines_stated) AS stated, settled AS aftersale FROM orders_here "
        "LEFT JOIN (SELECT order_id, sum(refund_stated)::BIGINT AS lines_stated FROM order_lines_here "
        f"WHERE exclusion IS DISTINCT FROM '{BETTER_SOURCE}' GROUP BY order_id) USING (order_id) "
        "LEFT JOIN (SELECT order_id, sum(amount)::BIGINT AS settled FROM refunds_here WHERE status = 'done' GROUP BY order_id) "
        "USING (order_id) WHERE inside UNION ALL "
        "SELECT r.order_id, refund_id, r.day, NULL, r.amount FROM refunds_here r ANTI JOIN orders_here o USING (order_id) "
        f"WHERE r.status = 'done' AND r.day BETWEEN {scope.days}"
    )
    con.execute(
        "CREATE TEMP TABLE lines AS SELECT order_id, CASE WHEN refund_id IS NOT NULL THEN CASE WHEN order_id IS NULL THEN "
        "'no_order_named' ELSE 'order_not_loaded' END WHEN coalesce(aftersale, 0) = 0 THEN 'only_stated' "
        "WHEN coalesce(stated, 0) = 0 THEN 'only_aftersale' ELSE 'amount' END AS kind, refund_id, day, stated, aftersale, "
        "(coalesce(aftersale, 0) - coalesce(stated, 0))::BIGINT AS difference FROM met "
        "WHERE refund_id IS NOT NULL OR coalesce(stated, 0) <> coalesce(aftersale, 0)"
    )
    totals = {
        "stated": ("sum(stated)", "money"), "aftersale_of_orders": ("sum(aftersale) FILTER (WHERE refund_id IS NULL)", "money"),
        "aftersale_without_order": ("sum(aftersale) FILTER (WHERE refund_id IS NOT NULL)", "money"),
        "difference": ("coalesce(sum(aftersale), 0) - coalesce(sum(stated), 0)", "money"),
        "orders": ("count(*) FILTER (WHERE refund_id IS NULL)", "count"),
        "orders_stated": ("count(*) FILTER (WHERE stated > 0)", "count"),
        "orders_aftersale": ("count(*) FILTER (WHERE refund_id IS NULL AND aftersale > 0)", "count"),
    }  # fmt: skip
    columns = {
        "order_id": "text", "kind": "text", "refund_id": "text", "day": "date", "stated": "money", "aftersale": "money",
        "difference": "money",
    }  # fmt: skip
    return _answer(con, columns, _totals(con, "met", totals), limit)


COMPARISONS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, Scope, int | None], Reconciliation]] = {
    "platform,erp": platform_and_erp,
    "orders,settlements": orders_and_settlements,
    "orders,refunds": orders_and_refunds,
}


# --- what all of them share ------------------------------------------------------------------------------------------
def read(con: duckdb.DuckDBPyConnection, scope: Scope, *names: str) -> None:
    """Facts of the store as `view` makes them; the first two tables must have rows of the store."""
    view(con, scope, *names)
    for name in names[:2]:
        if con.execute(f"SELECT 1 FROM {name}_here LIMIT 1").fetchone() is None:
            raise side_missing(name, scope)


def view(con: duckdb.DuckDBPyConnection, scope: Scope, *names: str) -> None:
    """Facts of the store as `<table>_here`; of orders `inside` says whether they count in the period."""
    engine = Engine(scope.snapshot)
    for name in names:
        con.execute(engine.definition(name))
        inside = f", counts AND day BETWEEN {scope.days} AS inside" if name == "orders" else ""
        con.execute(f"CREATE TEMP VIEW {name}_here AS SELECT *{inside} FROM {name} WHERE store = {scope.store.id}")


def side_missing(name: str, scope: Scope) -> GoldloopError:
    """The error of a source that has nothing loaded for the store."""
    return GoldloopError(
        "side_missing",
        f"Nothing of '{name}' is loaded for '{scope.store.name}'.",
        given=name,
        todo="goldloop import FILE --store NAME",
        side=name,
        name=scope.store.name,
    )


def _totals(
    con: duckdb.DuckDBPyConnection, table: str, asked: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[int, str]]:
    found = con.execute(f"SELECT {', '.join(sql for sql, _ in asked.values())} FROM {table}").fetchone() or ()
    return {name: (int(value or 0), unit) for (name, (_, unit)), value in zip(asked.items(), found, strict=True)}


def _answer(
    con: duckdb.DuckDBPyConnection, columns: dict[str, str], totals: dict[str, tuple[int, str]], limit: int | None
) -> Reconciliation:
    """Count, kinds and the largest lines of the table `lines`."""
    kinds = dicts(
        con,
        "SELECT kind, count(*) AS count, sum(difference)::BIGINT AS difference FROM lines GROUP BY kind "
        "ORDER BY abs(sum(difference)) DESC, kind",
    )
    order = ", ".join(f'"{c}"' for c in columns)
    cut = "" if limit is None else f" LIMIT {int(limit)}"
    rows = dicts(con, f"SELECT {order} FROM lines ORDER BY abs(difference) DESC, {order}{cut}")
    return Reconciliation(columns, rows, sum(k["count"] for k in kinds), totals, kinds)


def dicts(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The rows of a statement by column name."""
    con.execute(sql)
    names = [c[0] for c in con.description or ()]
    return [dict(zip(names, row, strict=True)) for row in con.fetchall()]


def count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number of a statement."""
    return int((con.execute(sql).fetchone() or (0,))[0])
