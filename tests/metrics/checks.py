"""Independent checks: the figures of one scope by hand-written SQL, straight from the fact tables."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

from goldloop.core.calendar import Period, compared
from goldloop.core.mature import Curve
from goldloop.metrics.known_days import known_days
from goldloop.metrics.mature import EPOCH, Maturity
from goldloop.metrics.query import Request, resolve, small_tables
from goldloop.metrics.reader import Reader

QUERIES = tomllib.loads((Path(__file__).parent / "check_queries.toml").read_text(encoding="utf-8"))
CHECKED = {name for section in QUERIES.values() for name in section}
ESTIMATED = {"net_expected_low", "net_expected_high"}  # ends of an interval are no sums; tests/core/mature judges them


def add_rates(connection, engine, viewer, stores) -> None:
    """A table `rates` for check queries: what share of each young segment and day will still go back, in billionths."""
    known = max(one.day for one in known_days(engine, stores).values())
    question = resolve(engine, viewer, stores, Request(Period(known, known), ("net_expected",), by=("store",)))
    maturity = Maturity(Reader(engine, question, small_tables(engine, question)))
    rows = []
    for store, sales in maturity.sales.items():
        curve, cohorts = maturity.curve(store, maturity.known[store]), sales.cohorts
        if isinstance(curve, Curve):
            shares = curve.rate(cohorts.day, cohorts.codes[:, -1])
            rows += [
                (store, EPOCH + timedelta(days=int(day)), *words, round(float(share) * 1e9))
                for day, words, share in zip(cohorts.day, sales.words, shares, strict=True)
                if share > 0
            ]
    connection.execute(
        "CREATE TABLE rates (store BIGINT, day DATE, channel TEXT, category TEXT, presale TEXT, rate BIGINT)"
    )
    connection.executemany("INSERT INTO rates VALUES (?, ?, ?, ?, ?, ?)", rows)


class Check:
    """One scope: stores, period and an SQL condition on orders (alias o)."""

    def __init__(self, connection, stores, period: Period, *, new: str = "platform365", where: str = "true"):
        self.connection = connection
        self.period = period
        listed = ", ".join(str(s) for s in stores)
        first, last = _sql(period.first), _sql(period.last)
        scope = f"o.store IN ({listed}) AND {where}"
        previous = compared(period, "previous", None)
        back = f"AND p.day >= {first} - 365" if new == "platform365" else ""
        month_back = "AND p.day >= date_trunc('month', o.day) - INTERVAL 365 DAY" if new == "platform365" else ""
        self.words = {
            "stores": listed,
            "refund_where": where.replace("o.day", "r.day"),  # a refund has a weekday of its own
            "first": first,
            "last": last,
            "o": f"o.counts AND {scope} AND o.day BETWEEN {first} AND {last}",
            "o_all": f"(o.counts OR o.exclusion IS NOT NULL) AND {scope} AND o.day BETWEEN {first} AND {last}",
            "placed": f"o.exclusion IS NULL AND {scope.replace('o.day', 'o.placed_day')} AND o.placed_day BETWEEN {first} AND {last}",
            "window": f"o.counts AND o.store IN ({listed}) AND o.day BETWEEN {_sql(period.last - timedelta(364))} AND {last}",
            "previous": f"o.counts AND o.store IN ({listed}) AND o.day BETWEEN {_sql(previous.first)} AND {_sql(previous.last)}",
            "earlier": f"SELECT 1 FROM orders p WHERE p.counts AND p.store IN ({listed}) AND p.buyer_key = o.buyer_key AND p.day < {first} {back}",
            "longest": "try_cast(regexp_extract(s.window, '[0-9]+') AS INT) = (SELECT max(try_cast(regexp_extract(t.window, '[0-9]+') AS INT)) FROM ad_sales t"
            " WHERE (t.store, t.first_day, t.last_day, t.tool, t.campaign_id, t.subject_kind, t.subject_id) = (s.store, s.first_day, s.last_day, s.tool, s.campaign_id, s.subject_kind, s.subject_id))",
            "source": f"store IN ({listed}) AND unit = 'visitors' AND scope_kind = 'source' AND NOT coalesce(is_parent, false) AND carrier IS NULL AND first_day = {first} AND last_day = {last}",
            "product": f"store IN ({listed}) AND unit = 'visitors' AND scope_kind = 'product'",
            "month": "SELECT o.buyer_key, date_trunc('month', o.day) AS m, min(o.day) AS d, sum(o.gmv) AS g, NOT bool_or(EXISTS (SELECT 1 FROM orders p WHERE p.counts"
            f" AND p.store IN ({listed}) AND p.buyer_key = o.buyer_key AND p.day < date_trunc('month', o.day) {month_back})) AS is_new"
            f" FROM orders o WHERE o.counts AND o.store IN ({listed}) AND o.buyer_key IS NOT NULL GROUP BY 1, 2",
            "costs": _costs(listed, first, last),
        }

    def value(self, name: str):
        """The figure (or part) by its hand-written query; money in minor units, ratios as float."""
        if name in QUERIES["part"]:
            sql = QUERIES["part"][name].format(**self.words)
            found = self.connection.execute(sql).fetchone()
            return None if found is None else found[0]
        for kind in ("ratio", "minus", "plus", "inverse"):
            if name in QUERIES[kind]:
                values = [self.value(n) for n in QUERIES[kind][name]]
                if any(v is None for v in values):
                    return None
                if kind == "ratio":
                    return float(values[0]) / float(values[1]) if values[1] else None
                if kind == "inverse":
                    return 1 / (values[0] * values[1]) if min(values) > 0 else None
                return values[0] - sum(values[1:]) if kind == "minus" else sum(values)
        raise KeyError(name)


def _costs(listed: str, first: str, last: str) -> str:
    """A cost spread evenly over its days: the first (amount mod days) days carry one minor unit more."""
    return (
        "SELECT kind, CASE WHEN (day_no < amount % n) THEN amount // n + 1 ELSE amount // n END AS a FROM ("
        "SELECT kind, amount, last_day - first_day + 1 AS n, unnest(range(last_day - first_day + 1)) AS day_no, first_day"
        f" FROM costs WHERE store IN ({listed})) WHERE first_day + CAST(day_no AS INT) BETWEEN {first} AND {last}"
    )


def _sql(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
