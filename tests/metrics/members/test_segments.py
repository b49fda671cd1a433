"""Segments against SQL written by hand, over orders thrown by dice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.metrics.facts import START, Facts, dice, order
from tests.metrics.members.test_members import DAY, LOADED, STORES, VIEWER, ask

from goldloop.core.errors import GoldloopError
from goldloop.core.members.rfm import NAMES
from goldloop.core.members.segment_text import parse
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.lifecycle import lifecycle
from goldloop.metrics.members.rfm import rfm
from goldloop.metrics.members.segments import count, people
from goldloop.metrics.query import Request, figures

PAID = """
CREATE OR REPLACE TEMP VIEW paid AS SELECT * FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN (1, 2) AND day <= DATE '{day}';
CREATE OR REPLACE TEMP VIEW goods AS SELECT o.buyer_key, o.store, l.sku, o.day, coalesce(l.product_id, l.sku, l.title) AS item, l.gmv, l.quantity, o.region
FROM paid AS o JOIN order_lines AS l USING (store, order_id) WHERE l.counts;
"""
# Each in words of one language and as somebody would ask the tables.
CASES = {
    "purchases >= 3": "GROUP BY 1 HAVING count(DISTINCT day) >= 3",
    "订单数=2": "GROUP BY 1 HAVING count(*) = 2",
    "amount > 300.5": "GROUP BY 1 HAVING sum(gmv) > 30050",
    "average <= 99": "GROUP BY 1 HAVING sum(gmv) // count(*) <= 9900",
    "units < 3": "GROUP BY 1 HAVING coalesce(sum(units), 0) < 3",
    "last within 60 days": "GROUP BY 1 HAVING max(day) > DATE '{day}' - 60",
    "最近购买 超过90天": "GROUP BY 1 HAVING DATE '{day}' - max(day) > 90",
    "first from 2024-03-01 to 2024-05-31": "GROUP BY 1 HAVING min(day) BETWEEN DATE '2024-03-01' AND DATE '2024-05-31'",
    "orders >= 1 region=浙江,\"O'Hara\" within 120 days": "WHERE region IN ('浙江', 'O''Hara') AND day > DATE '{day}' - 120 GROUP BY 1",
    "not bought from 2024-06-01": "GROUP BY 1 HAVING max(day) < DATE '2024-06-01'",
    "订单数 <= 0 退款=是": "GROUP BY 1 HAVING count(*) FILTER (refunded > 0) = 0",
    "purchases >= 2 within 200 days and not last within 20 days or amount < 50":
        "GROUP BY 1 HAVING count(DISTINCT day) FILTER (day > DATE '{day}' - 200) >= 2 AND max(day) <= DATE '{day}' - 20 OR sum(gmv) < 5000",
}  # fmt: skip
OF_LINES = {
    "amount >= 100 商家编码=sku1,sku2 近300天": "WHERE item IN ('sku1', 'sku2') AND day > DATE '{day}' - 300 GROUP BY 1 HAVING sum(gmv) >= 10000",
    "bought product=sku3 region=浙江": "WHERE item = 'sku3' AND region = '浙江'",
    "买过 商品=sku1 然后 商品=sku2,sku3 95天内":
        "AS a WHERE item = 'sku1' AND EXISTS (FROM goods AS b WHERE b.buyer_key = a.buyer_key AND b.item IN ('sku2', 'sku3') AND b.day > a.day AND b.day - a.day <= 95)",
    "bought category=cat1 price_band=50-100": "AS g JOIN products AS p ON p.store = g.store AND p.item_id = g.sku WHERE category = 'cat1' AND gmv >= 5000 * quantity AND gmv < 10000 * quantity",
}  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    return Facts(tmp_path_factory.mktemp("facts"), dice(11, orders=2500))


def keys(found) -> set[str]:
    return set(found.column("buyer_key").to_pylist())


@pytest.mark.parametrize(
    ("words", "table", "sql"),
    [*((w, "paid", s) for w, s in CASES.items()), *((w, "goods", s) for w, s in OF_LINES.items())],
)
def test_conditions_are_those_of_sql(facts, words, table, sql) -> None:
    plain = facts.connection()
    plain.execute(PAID.format(day=DAY))
    wanted = {row[0] for row in plain.execute(f"SELECT buyer_key FROM {table} {sql.format(day=DAY)}").fetchall()}
    found = people(ask(facts, "s1", "s2"), parse(words))
    assert keys(found) == wanted and wanted, words
    assert len(keys(found)) < len(keys(people(ask(facts, "s1", "s2"), parse("bought"))))


def test_groups_and_states_are_those_of_their_own_tables(facts) -> None:
    asked = ask(facts, "s1")
    for name, table, column in (("rfm", rfm(asked), "group"), ("state", lifecycle(asked), "state")):
        for row in table.rows():
            told = count(asked, parse(f"{name}={row[column]}"))
            if name == "state":  # RFM is of the buyers of a year, a state of all
                assert (told.people, told.gmv) == (row["people"], row["gmv"]), row
            assert told.people == row["people"], row


def test_rfm_counts_the_first_day_of_its_window_and_not_the_one_before(tmp_path) -> None:
    bought = {"edge": 364, "before": 365, **{f"b{n}": n for n in range(30)}}
    rows = [order(1, who, DAY - timedelta(days=ago), 100, buyer=who) for who, ago in bought.items()]
    every = "rfm=" + ",".join(NAMES)
    assert keys(people(ask(Facts(tmp_path, {"orders": rows}), "s1"), parse(every))) == bought.keys() - {"before"}


class Kept:
    def segment(self, viewer, name):
        return parse({"big": "amount >= 3000", "live": "last within 30 days"}[name])

    def limits(self, stores):
        return {}


def test_a_segment_filters_figures(facts) -> None:
    engine = Engine(facts, saved=Kept())
    for names, condition in (
        (["big"], "sum(gmv) >= 300000"),
        (["big", "live"], f"sum(gmv) >= 300000 OR max(day) > DATE '{LOADED[1]}' - 30"),
    ):
        where = tuple(("segment", name) for name in names)
        asked = Request(period(), ("orders", "gmv", "buyers", "visitors"), stores=("s1",), where=where, basis="orders")
        row = figures(engine, VIEWER, STORES, asked).rows()[0]
        wanted = (
            facts.connection()
            .execute(
                f"""WITH mine AS (SELECT buyer_key FROM orders WHERE counts AND store = 1 AND buyer_key IS NOT NULL GROUP BY 1 HAVING {condition})
            SELECT count(*), sum(gmv) / 100, count(DISTINCT buyer_key) FROM orders SEMI JOIN mine USING (buyer_key)
            WHERE counts AND store = 1 AND day BETWEEN '{period().first}' AND '{period().last}'"""
            )
            .fetchone()
        )
        assert (row["orders"], float(row["gmv"]), row["buyers"], row["visitors"]) == (*map(float, wanted), None)
    with pytest.raises(GoldloopError, match="overlap"):
        figures(engine, VIEWER, STORES, Request(period(), ("gmv",), by=("segment",), where=(("segment", "big"),)))


def test_amounts_of_two_currencies_are_no_condition(facts) -> None:
    with pytest.raises(GoldloopError) as refused:
        people(ask(facts), parse("amount >= 10"))
    assert refused.value.code in ("members_currencies", "segment_currencies")


def period():
    from goldloop.core.calendar import Period

    return Period(START + timedelta(days=100), START + timedelta(days=250))
