"""What buyers prefer, against SQL written by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.metrics.facts import Facts, dice
from tests.metrics.members.test_members import DAY, LOADED, STORES, VIEWER, ask

from goldloop.core.errors import GoldloopError
from goldloop.core.members.segment_text import parse
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.preference import preference

CATEGORY = "(SELECT category FROM products AS p WHERE p.store = l.store AND p.item_id = l.sku)"
BAND = (
    "CASE WHEN l.gmv < 5000 * l.quantity THEN '0-50' WHEN l.gmv < 10000 * l.quantity THEN '50-100' "
    "WHEN l.gmv < 20000 * l.quantity THEN '100-200' ELSE 'more' END"
)
SOLD = """
CREATE OR REPLACE TEMP TABLE sold AS SELECT o.order_id, o.buyer_key, {item} AS item, sum(l.gmv) AS gmv
FROM orders AS o JOIN order_lines AS l USING (store, order_id)
WHERE o.counts AND l.counts AND o.store = 1 AND o.buyer_key IS NOT NULL AND o.day > DATE '{day}' - {window} AND o.day <= DATE '{day}'
GROUP BY 1, 2, 3;
CREATE OR REPLACE TEMP TABLE mine AS SELECT buyer_key FROM orders WHERE counts AND store = 1 AND day <= DATE '{day}'
GROUP BY 1 HAVING {having};
"""
SHARES = """
WITH own AS (SELECT * FROM sold SEMI JOIN mine USING (buyer_key) WHERE item IS NOT NULL)
SELECT item, count(DISTINCT buyer_key), count(*), CAST(sum(gmv) AS BIGINT), count(DISTINCT buyer_key) / (SELECT count(DISTINCT buyer_key) FROM own),
       count(*) / (SELECT count(DISTINCT order_id) FROM own),
       (SELECT count(*) FROM sold AS s WHERE s.item = own.item) / (SELECT count(DISTINCT order_id) FROM sold WHERE item IS NOT NULL)
FROM own GROUP BY 1
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    return Facts(tmp_path_factory.mktemp("facts"), dice(7, orders=3000))


def check(facts: Facts, **values):
    connection = facts.connection()
    connection.execute(SOLD.format(day=DAY, **values))
    return {row[0]: row[1:] for row in connection.execute(SHARES).fetchall()}


@pytest.mark.parametrize(("by", "item"), [("category", CATEGORY), ("price_band", BAND), ("product", "l.sku")])
def test_shares_of_a_segment_are_those_of_the_check_query(facts, by, item) -> None:
    words = "purchases >= 8"
    found = preference(ask(facts, "s1"), by=by, window=300, segment=parse(words))
    wanted = check(facts, item=item, window=300, having="count(DISTINCT day) >= 8")
    for row in found.rows():
        if row["item"] in wanted:  # the check query knows three bands
            people, orders, gmv, share, orders_share, usual = wanted[row["item"]]
            assert (row["people"], row["orders"], Decimal(row["gmv"]) * 100) == (people, orders, gmv)
            told = (row["share"], row["orders_share"], row["all_share"], row["index"])
            assert told == pytest.approx((share, orders_share, usual, 100 * orders_share / usual))
            assert row["low"] <= row["share"] <= row["high"]
    assert len(found.rows()) >= 3 and sum(row["gmv_share"] for row in found.rows()) == pytest.approx(1)
    assert "mine" not in found.sql and facts.connection().execute(found.sql).fetchall()


def test_everybody_is_the_usual_and_one_person_has_her_own(facts) -> None:
    everybody = preference(ask(facts, "s1"), by="brand")
    assert {row["index"] for row in everybody.rows()} == {None}
    wanted = check(
        facts,
        item="(SELECT brand FROM products AS p WHERE p.store = l.store AND p.item_id = l.sku)",
        window=365,
        having="true",
    )
    assert {row["item"]: row["orders"] for row in everybody.rows()} == {name: row[1] for name, row in wanted.items()}
    facts_of = facts.connection().execute(
        "SELECT buyer_key FROM orders WHERE counts AND store = 1 GROUP BY 1 ORDER BY count(*) DESC"
    )
    most = next(key for (key,) in facts_of.fetchall() if key)
    own = preference(ask(facts, "s1"), by="brand", person=most).blocks[0]
    assert own.people == 1 and own.about["orders"] >= 3 and {row["people"] for row in own.rows} == {1}


def test_too_little_is_said_and_not_told(facts) -> None:
    for asked, code in (
        ({"person": "nobody"}, "preference_few"),
        ({"segment": parse("purchases >= 17")}, "members_few"),
        ({"by": "attr:style"}, None),
    ):
        why = preference(ask(facts, "s1"), **asked).blocks[0].why
        assert (why and why[0]) == code
    assert preference(ask(facts, "s3"), by="category").blocks[0].why[0] == "preference_unknown"
    assert preference(Ask(Engine(facts), VIEWER, STORES, LOADED, ("s2",), DAY)).blocks[0].why[0] == "no_buyer_identity"
    with pytest.raises(GoldloopError) as refused:
        preference(ask(facts, "s1"), by="region")
    assert refused.value.code == "pairs_by"
