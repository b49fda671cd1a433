"""Goods bought together and next, against hand-written SQL on scopes thrown by dice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.metrics.facts import START, Facts, dice, order

from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.pairs import pairs
from goldloop.metrics.members.rules import basket_rules

STORES = {
    n: Store(id=n, name=f"s{n}", platform="tmall", currency="USD" if n == 3 else "CNY", timezone="Asia/Shanghai")
    for n in (1, 2, 3)
}
LOADED = (START, START + timedelta(days=499))
DAY = START + timedelta(days=420)
# Written from the definitions: a case is a paid order with known goods, whoever bought it.
SOLD = """
CREATE TEMP VIEW sold AS SELECT DISTINCT o.store, o.order_id, o.buyer_key, o.day, {item} AS item
FROM orders AS o JOIN order_lines AS l USING (store, order_id)
LEFT JOIN product_attributes AS a ON a.store = l.store AND a.item_id = l.sku
WHERE o.counts AND l.counts AND o.store IN ({stores}) AND o.day > DATE '{day}' - {window} AND o.day <= DATE '{day}'
"""
TOGETHER = """
SELECT a.item, b.item, count(*), count(DISTINCT a.buyer_key), (SELECT count(DISTINCT (store, order_id)) FROM sold WHERE item IS NOT NULL)
FROM sold AS a JOIN sold AS b USING (store, order_id) WHERE a.item < b.item GROUP BY ALL HAVING count(*) >= {least}
"""
NEXT = """
WITH days AS (SELECT DISTINCT buyer_key, day FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN ({stores})
              AND day > DATE '{day}' - {window} AND day <= DATE '{day}'),
ordered AS (SELECT *, lead(day) OVER (PARTITION BY buyer_key ORDER BY day) AS after FROM days),
goods AS (SELECT DISTINCT buyer_key, day, item FROM sold WHERE item IS NOT NULL)
SELECT a.item, b.item, count(*), count(DISTINCT buyer_key), quantile_disc(after - o.day, 0.5) FROM ordered AS o
JOIN goods AS a USING (buyer_key, day) JOIN goods AS b ON b.buyer_key = o.buyer_key AND b.day = o.after
GROUP BY ALL HAVING count(*) >= {least}
"""
HELD = "CREATE TEMP TABLE held AS SELECT DISTINCT store, order_id, item FROM sold WHERE item IS NOT NULL"
RULES = """
WITH sides AS ({sides}),
counted AS (SELECT a, b, c, count(*) AS n FROM sides GROUP BY ALL)
SELECT a, b, c, held.item, count(*), any_value(n), (SELECT count(*) FROM held AS h WHERE h.item = held.item),
       (SELECT count(DISTINCT (store, order_id)) FROM held)
FROM counted JOIN sides USING (a, b, c) JOIN held USING (store, order_id) WHERE held.item NOT IN (a, b, c)
GROUP BY ALL HAVING count(*) >= 5 AND count(*) * 10 >= any_value(n)
"""
SIDES = (
    "SELECT store, order_id, item AS a, '' AS b, '' AS c FROM held",
    "SELECT store, order_id, x.item, y.item, '' FROM held AS x JOIN held AS y USING (store, order_id) WHERE x.item < y.item",
    "SELECT store, order_id, x.item, y.item, z.item FROM held AS x JOIN held AS y USING (store, order_id) JOIN held AS z USING (store, order_id) "
    "WHERE x.item < y.item AND y.item < z.item",
)


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    return Facts(tmp_path_factory.mktemp("facts"), dice(7, orders=3000))


def ask(facts: Facts, *names: str, viewer: Viewer | None = None, **asked) -> Ask:
    everything = viewer or Viewer(stores=frozenset(STORES))
    return Ask(Engine(facts), everything, STORES, LOADED, names, DAY, basis=asked.pop("basis", "orders"), **asked)


def check(facts: Facts, sql: str, stores: str, **values) -> list[tuple]:
    connection, given = facts.connection(), {"item": "l.sku", "day": DAY, "window": 365, "least": 1, **values}
    connection.execute(SOLD.format(stores=stores, **given))
    return connection.execute(sql.format(stores=stores, **given)).fetchall()


@pytest.mark.parametrize(("names", "stores"), [(("s1",), "1"), (("s1", "s2"), "1, 2")])
@pytest.mark.parametrize(("by", "item", "least"), [("product", "l.sku", 5), ("style", "a.value", 20)])
def test_bought_together_is_that_of_the_check_query(facts, names, stores, by, item, least) -> None:
    found = pairs(ask(facts, *names), by=by, least=least, window=200)
    told = {(*sorted((r["first"], r["second"])), r["times"], r["people"]) for r in found.rows()}
    wanted = check(facts, TOGETHER, stores, item=item, least=least, window=200)
    assert told == {row[:4] for row in wanted} and found.blocks[0].about["cases"] == wanted[0][4]
    for row in found.rows():
        assert row["low"] <= row["confidence"] <= row["high"]
        assert row["lift"] == pytest.approx(row["times"] * wanted[0][4] / (row["first_times"] * row["second_times"]))


def test_next_goods_are_those_of_the_check_query(facts) -> None:
    found = pairs(ask(facts, "s1"), least=2, limit=1000, following_day=True)
    told = {(r["first"], r["second"], r["times"], r["people"], r["days"]) for r in found.rows()}
    assert told == set(check(facts, NEXT, "1", least=2)) and found.blocks[0].about["pairs"] == len(told)


@pytest.mark.parametrize(("names", "stores"), [(("s1",), "1"), (("s1", "s2"), "1, 2")])
@pytest.mark.parametrize("left", [1, 2, 3])
def test_rules_are_those_of_the_check_query(facts, names, stores, left) -> None:
    found = basket_rules(ask(facts, *names), by="style", least=5, sure="0.1", limit=1000, left=left)
    sides, counts = ("first", "second", "third")[:left], ("times", "left_times", "then_times")
    told = {
        (*[r[side] or "" for side in sides], *[""] * (3 - left), r["then"], *(r[n] for n in counts))
        for r in found.rows()
    }
    connection = facts.connection()
    connection.execute(SOLD.format(stores=stores, item="a.value", day=DAY, window=365))
    connection.execute(HELD)
    wanted = connection.execute(RULES.format(sides=" UNION ALL ".join(SIDES[:left]))).fetchall()
    assert told == {row[:7] for row in wanted} and len(told) > 3
    assert found.blocks[0].about == {"cases": wanted[0][7], "rules": len(told), "large": 0}
    for row in found.rows():
        assert row["lift"] == pytest.approx(row["confidence"] * wanted[0][7] / row["then_times"])
        assert row["low"] <= row["confidence"] == row["times"] / row["left_times"] <= row["high"]


def test_rules_that_are_rare_or_badly_asked_for_are_not_told(facts) -> None:
    rare = basket_rules(ask(facts, "s1"), least=300).as_dict()["stores"][0]["reason"]
    assert rare["code"] == "rules_rare" and "300 orders and a share of 50%" in rare["text"]
    for sure in ("2", "-1", "0.00001", "1e-99999999", "half"):
        with pytest.raises(GoldloopError) as refused:
            basket_rules(ask(facts, "s1"), sure=sure)
        assert refused.value.code == "rules_sure", sure


@pytest.mark.parametrize("following_day", [False, True])
def test_by_store_is_each_store_alone(facts, following_day) -> None:
    together = pairs(ask(facts, by_store=True), least=1, following_day=following_day)
    for name in ("s1", "s2", "s3"):
        alone = pairs(ask(facts, name), least=1, following_day=following_day)
        wanted = [{**row, "store": name} for row in alone.rows()]
        assert [row for row in together.rows() if row["store"] == name] == wanted


def test_a_store_that_hides_its_buyers_still_has_baskets(facts) -> None:
    hidden = ask(facts, "s2", basis="auto")
    rows = pairs(hidden, least=1).rows()
    assert rows and {row["people"] for row in rows} == {None}
    assert pairs(hidden, least=1, following_day=True).blocks[0].why[0] == "no_buyer_identity"


def test_too_little_is_said_and_not_zero(tmp_path) -> None:
    def facts_of(number: int) -> Facts:
        (folder := tmp_path / str(number)).mkdir()
        orders = [order(1, f"{n}", DAY, 100, buyer=f"b{n}", line_count=2) for n in range(number)]
        lines = [
            {"store": 1, "order_id": f"{n}", "line_key": f"{k}", "sku": f"sku{k + n * (number == 40)}", "day": DAY, "counts": True}
            for n in range(number) for k in (0, 1)
        ]  # fmt: skip
        return Facts(folder, {"orders": orders, "order_lines": lines})

    few, rare = (pairs(ask(facts_of(number), "s1")) for number in (29, 40))
    for found, code in ((few, "pairs_few"), (rare, "pairs_rare")):
        assert found.rows() == [] and found.as_dict()["stores"][0]["reason"]["code"] == code
        assert found.as_dict()["stores"][0]["reason"]["text"].startswith("Not enough yet")
    assert pairs(ask(facts_of(30), "s1")).rows()[0]["times"] == 30


def test_rights_and_words_are_checked(facts) -> None:
    only = Viewer(stores=frozenset({1}), hidden=frozenset({"buyers"}))
    with pytest.raises(GoldloopError, match="is not shown"):
        pairs(ask(facts, viewer=only))
    refused = {
        "pairs_by": {"by": "region"},
        "pairs_window": {"window": 0},
        "pairs_least": {"least": 0},
        "cut_unknown": {"by": "colour"},
    }
    for code, asked in refused.items():
        with pytest.raises(GoldloopError) as error:
            pairs(ask(facts, "s1"), **asked)
        assert error.value.code == code
