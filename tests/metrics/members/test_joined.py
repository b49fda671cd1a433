"""Who joined, and what members bought before and since, against SQL written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.metrics.facts import START, Facts, dice, order
from tests.metrics.members.test_members import DAY, LOADED, STORES, VIEWER, ask

from goldloop.core.errors import GoldloopError
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.joined import joined

# Written from the definitions: the first joining of a person counts; a purchase of that day is one since.
PEOPLE = """
WITH members AS (SELECT buyer_key, CAST(min(joined_at) AS DATE) AS since FROM customers
                 WHERE store IN (1, 2) AND joined_at < DATE '{day}' + INTERVAL 1 DAY GROUP BY 1),
paid AS (SELECT * FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN (1, 2) AND day <= DATE '{day}')
SELECT strftime(date_trunc('{by}', since), '%Y-%m-%d'), count(*),
       count(*) FILTER (EXISTS (FROM paid AS p WHERE p.buyer_key = m.buyer_key AND p.day < m.since)),
       count(*) FILTER (EXISTS (FROM paid AS p WHERE p.buyer_key = m.buyer_key AND p.day >= m.since)),
       count(*) FILTER (EXISTS (FROM paid AS p WHERE p.buyer_key = m.buyer_key AND p.day BETWEEN m.since AND m.since + 30))
FROM members AS m GROUP BY 1 ORDER BY 1 DESC
"""
OUTSIDE = """
SELECT count(DISTINCT buyer_key) FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN (1, 2) AND day <= DATE '{day}'
AND buyer_key NOT IN (SELECT buyer_key FROM customers WHERE store IN (1, 2) AND joined_at < DATE '{day}' + INTERVAL 1 DAY)
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    tables = dice(5, orders=1200)
    noon = datetime(START.year, START.month, START.day, 12)
    tables["customers"] = [
        {"store": 1 + n % 2, "buyer_key": f"b{n % 230}", "joined_at": noon + timedelta(days=n * 7 % 440) if n % 9 else None}
        for n in range(300)
    ]  # fmt: skip
    return Facts(tmp_path_factory.mktemp("facts"), tables)


@pytest.mark.parametrize("by", ["week", "month"])
def test_members_are_those_of_the_check_query(facts, by) -> None:
    found = joined(ask(facts, "s1", "s2"), by)
    told = [(row["group"], row["people"], row["before"], row["since"]) for row in found.rows()]
    connection = facts.connection()
    wanted = connection.execute(PEOPLE.format(day=DAY, by=by)).fetchall()
    assert told[1:] == [row[:4] for row in wanted] and told[0] == (
        None,
        *(sum(r[k] for r in wanted) for k in (1, 2, 3)),
    )
    about = found.blocks[0].about
    assert about["outside"] == connection.execute(OUTSIDE.format(day=DAY)).fetchone()[0]
    assert about["members"] == told[0][1] > about["buyers"] > told[0][3]
    for row, check in zip(found.rows()[1:], wanted, strict=True):
        assert (row["share_30"] is None) == (row["people"] < 30 or row["group"] > str(DAY - timedelta(days=30)))
        if row["share_30"] is not None and row["group"] < str(DAY - timedelta(days=62)):  # all seen so long
            assert row["share_30"] == pytest.approx(check[4] / check[1])
            assert row["low_30"] < row["share_30"] < row["high_30"]


def test_joining_counts_where_buyers_are_hidden_and_its_lack_is_said(facts) -> None:
    row = joined(Ask(Engine(facts), VIEWER, STORES, LOADED, ("s2",), DAY)).rows()[0]
    assert row["people"] > 100 and {
        value for name, value in row.items() if name not in ("store", "group", "people")
    } == {None}
    by_store = joined(ask(facts, "s1", "s3", by_store=True)).as_dict("zh")["stores"]
    assert by_store[0]["members"] and "没有文件写明" in by_store[1]["reason"]["text"]
    with pytest.raises(GoldloopError) as refused:
        joined(ask(facts, "s1"), "day")
    assert refused.value.code == "joined_by"


def test_joining_after_midnight_is_of_the_day_that_has_not_ended(tmp_path) -> None:
    """Days of store 1 begin at 04:00: who joins at 02:30 of the 10th and bought on the business day of the 9th bought since."""
    tables = dice(5, orders=50)
    day, late = START + timedelta(days=9), [(0, 0), (2, 30), (4, 0), (12, 0)]
    tables["customers"] = [
        {"store": store, "buyer_key": f"m{store}-{n}-{k}", "joined_at": datetime(day.year, day.month, day.day, *late[k])}
        for store in (1, 2) for n in range(40) for k in range(4)
    ]  # fmt: skip
    tables["orders"] = [
        order(store, f"o{n}-{k}", day - timedelta(days=1), 100, buyer=f"m{store}-{n}-{k}")
        for store in (1, 2) for n in range(40) for k in range(4)
    ]  # fmt: skip
    stores = {**STORES, 1: replace(STORES[1], day_starts=240)}
    engine = Engine(Facts(tmp_path, tables))
    rows = [
        joined(Ask(engine, VIEWER, stores, LOADED, (name,), DAY, basis="orders"), "week").rows()[0]
        for name in ("s1", "s2")
    ]
    assert [(row["people"], row["before"], row["since"]) for row in rows] == [(160, 120, 40), (160, 160, 0)]
