"""What is bought on the first, second, ... purchase, against SQL written by hand."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.metrics.facts import START, Facts, dice, order
from tests.metrics.members.test_members import DAY, LOADED, STORES, VIEWER, ask

from goldloop.core.errors import GoldloopError
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.times_goods import times_goods

# Written from the definitions: day n of a buyer, and the lines of her orders of that day; several orders of a day are one.
GOODS = """
WITH paid AS (SELECT store, order_id, {who} AS who, day FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN ({stores}) AND day <= DATE '{day}'),
days AS (SELECT who, day, rank() OVER (PARTITION BY who ORDER BY day) AS nth, count(*) OVER (PARTITION BY who) AS so_far FROM (SELECT DISTINCT who, day FROM paid)),
held AS (SELECT who, least({number}, 5) AS n, {item} AS item, l.gmv FROM paid JOIN days USING (who, day) JOIN order_lines AS l USING (store, order_id)
         LEFT JOIN product_attributes AS a ON a.store = l.store AND a.item_id = l.sku WHERE l.counts AND {item} IS NOT NULL),
bases AS (SELECT n, count(DISTINCT who) AS base, sum(gmv) AS money FROM held GROUP BY 1)
SELECT n, item, count(DISTINCT who), CAST(sum(gmv) AS BIGINT), count(DISTINCT who) / any_value(base), sum(gmv) / any_value(money), any_value(base)
FROM held JOIN bases USING (n) GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    return Facts(tmp_path_factory.mktemp("facts"), dice(7, orders=3000))


@pytest.mark.parametrize("so_far", [False, True])
@pytest.mark.parametrize(("names", "stores"), [(("s1",), "1"), (("s1", "s2"), "1, 2")])
@pytest.mark.parametrize(("by", "item"), [("product", "l.sku"), ("style", "a.value")])
def test_goods_of_every_purchase_are_those_of_the_check_query(facts, so_far, names, stores, by, item) -> None:
    found = times_goods(ask(facts, *names), by=by, so_far=so_far, limit=1000)
    asked = {"who": "buyer_key", "stores": stores, "day": DAY, "number": "so_far" if so_far else "nth", "item": item}
    rows = facts.connection().execute(GOODS.format(**asked)).fetchall()
    wanted = {(n, goods): row for n, goods, *row in rows}
    bases = {n: row[4] for (n, _), row in wanted.items()}
    told = {(int(row["times_bought"][0]), row["item"]): row for row in found.rows()}
    assert told.keys() == {key for key in wanted if bases[key[0]] >= 30} and told
    for key, row in told.items():
        people, gmv, share, gmv_share, _ = wanted[key]
        assert (row["people"], Decimal(row["gmv"]) * 100) == (people, gmv)
        assert (row["share"], row["gmv_share"]) == pytest.approx((share, gmv_share))
        assert row["low"] <= row["share"] <= row["high"]
    steps = {int(one["times_bought"][0]): one["people"] for one in found.blocks[0].about["steps"]}
    assert {n: people for n, people in steps.items() if people} == bases
    assert [row["people"] for row in found.rows() if row["times_bought"] == "5+"] == sorted(
        (row[0] for (n, _), row in wanted.items() if n == 5), reverse=True
    )


def test_every_store_counts_its_own_purchases(facts) -> None:
    together = times_goods(ask(facts, by_store=True))
    for name in ("s1", "s3"):
        alone = times_goods(ask(facts, name))
        assert [row for row in together.rows() if row["store"] == name] == [
            {**row, "store": name} for row in alone.rows()
        ]
    assert max(Counter((row["store"], row["times_bought"]) for row in together.rows()).values()) == 10


def test_few_people_and_unknown_goods_are_said(tmp_path, facts) -> None:
    orders = [
        order(1, f"{n}-{k}", START + timedelta(days=k), 100, buyer=f"b{n}", line_count=1)
        for n in range(40)
        for k in range(2)
        if n < 12 or k == 0
    ]
    lines = [
        {
            "store": 1,
            "order_id": one["order_id"],
            "line_key": "0",
            "sku": "cup",
            "day": one["day"],
            "counts": True,
            "gmv": 100,
        }
        for one in orders
    ]
    found = times_goods(ask(Facts(tmp_path, {"orders": orders, "order_lines": lines}), "s1"))
    assert [(row["times_bought"], row["people"], row["share"], row["gmv"]) for row in found.rows()] == [
        ("1", 40, 1.0, "40.00")
    ]
    steps = found.blocks[0].about["steps"]
    assert [(one["people"], one["enough"]) for one in steps] == [
        (40, True),
        (12, False),
        (0, False),
        (0, False),
        (0, False),
    ]
    assert times_goods(ask(facts, "s1", day=START + timedelta(days=5))).blocks[0].why[0] == "members_few"
    assert times_goods(ask(facts, "s3"), by="category").blocks[0].why[0] == "preference_unknown"
    assert times_goods(Ask(Engine(facts), VIEWER, STORES, LOADED, ("s2",), DAY)).blocks[0].why[0] == "no_buyer_identity"
    with pytest.raises(GoldloopError) as refused:
        times_goods(ask(facts, "s1"), by="region")
    assert refused.value.code == "pairs_by"
