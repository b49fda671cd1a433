"""RFM, life cycle, second purchases and repurchase histories against hand-written SQL, on scopes thrown by dice."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.metrics.facts import START, Facts, dice, order

from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import Limits
from goldloop.core.members.rfm import NAMES, Bands, grouped
from goldloop.core.members.second import second_curve
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.lifecycle import lifecycle
from goldloop.metrics.members.repurchase import repurchase
from goldloop.metrics.members.rfm import rfm
from goldloop.metrics.members.second import second
from goldloop.metrics.members.times import MOST, times

STORES = {
    n: Store(id=n, name=f"s{n}", platform="tmall", currency="USD" if n == 3 else "CNY", timezone="Asia/Shanghai")
    for n in (1, 2, 3)
}
VIEWER = Viewer(stores=frozenset(STORES))
LOADED = (START, START + timedelta(days=499))
DAY = START + timedelta(days=420)
# Written from the definitions: a purchase day is a day with a paid order that counts, of a known buyer.
DAYS = """
CREATE OR REPLACE TEMP VIEW paid AS SELECT * FROM orders WHERE counts AND buyer_key IS NOT NULL AND store IN ({stores});
CREATE OR REPLACE TEMP VIEW days AS SELECT {key} AS who, day, sum(gmv) AS gmv FROM paid WHERE day <= DATE '{day}' GROUP BY 1, 2;
"""
RFM = """
SELECT who, DATE '{day}' - max(day), count(*), CAST(sum(gmv) AS BIGINT) FROM days
WHERE day > DATE '{day}' - {window} GROUP BY 1
"""
STATES = """
WITH gaps AS (SELECT day - lag(day) OVER (PARTITION BY who ORDER BY day) AS gap FROM days),
limits AS (SELECT quantile_disc(gap, 0.8) AS sleeping, quantile_disc(gap, 0.95) AS lost FROM gaps WHERE gap IS NOT NULL),
people AS (SELECT who, count(*) AS n, DATE '{day}' - max(day) AS since, sum(gmv) AS gmv FROM days GROUP BY 1)
SELECT CASE WHEN since > lost THEN 'lost' WHEN since > sleeping THEN 'sleeping' WHEN n = 1 THEN 'new' WHEN n = 2 THEN 'repeat'
       ELSE 'active' END, count(*), CAST(sum(gmv) AS BIGINT) FROM people, limits GROUP BY 1
"""
SECONDS = """
WITH firsts AS (SELECT who, min(day) AS first FROM days GROUP BY 1)
SELECT strftime(first - CAST(isodow(first) - 1 AS INTEGER), '%Y-%m-%d'), coalesce(min(day) FILTER (day > first), DATE '{day}') - first,
       count(*) > 1, who FROM firsts JOIN days USING (who) GROUP BY who, first
"""


def ask(facts: Facts, *names: str, day: date = DAY, **asked) -> Ask:
    return Ask(Engine(facts), asked.pop("viewer", VIEWER), STORES, LOADED, names, day, basis="orders", **asked)


def check(facts: Facts, sql: str, stores: str, *, key: str = "buyer_key", day: date = DAY, **values):
    connection = facts.connection()
    connection.execute(DAYS.format(stores=stores, key=key, day=day))
    return connection.execute(sql.format(day=day, **values)).fetchall()


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    return Facts(tmp_path_factory.mktemp("facts"), dice(7, orders=3000))


@pytest.mark.parametrize("window", [365, 60])
def test_rfm_groups_are_those_of_the_check_query(facts, window) -> None:
    found = rfm(ask(facts, "s1", "s2"), window=window)
    people = check(facts, RFM, "1, 2", window=window)
    recency, frequency, amount = np.array([row[1:] for row in people]).T
    told = found.blocks[0].about["bands"]
    bounds = tuple(int(Decimal(bound) * 100) for bound in told["amount"])
    groups = grouped(Bands(tuple(told["recency"]), tuple(told["frequency"]), bounds).scores(recency, frequency, amount))
    wanted = Counter(NAMES[group] for group in groups)
    assert {row["group"]: row["people"] for row in found.rows()} == wanted and found.blocks[0].people == len(people)
    assert sum(Decimal(row["gmv"]) * 100 for row in found.rows()) == int(amount.sum())


def test_rfm_by_store_is_each_store_alone(facts) -> None:
    together = rfm(ask(facts, by_store=True))
    for name in ("s1", "s2", "s3"):
        alone = rfm(ask(facts, name))
        assert [row for row in together.rows() if row["store"] == name] == [
            {**row, "store": name} for row in alone.rows()
        ]


def test_movement_keeps_the_bounds_of_the_earlier_day_and_loses_nobody(facts) -> None:
    since = DAY - timedelta(days=90)
    bands = "300,150,60,20/2,3,4,6/100,300,600,1500"
    found = rfm(ask(facts, "s1"), window=200, bands=bands, since=since)
    fixed = Bands((300, 150, 60, 20), (2, 3, 4, 6), (10000, 30000, 60000, 150000))

    def groups(day: date) -> dict[str, str]:
        rows = check(facts, RFM, "1", day=day, window=200)
        scores = fixed.scores(*np.array([row[1:] for row in rows]).T)
        return dict(zip((row[0] for row in rows), (NAMES[k] for k in grouped(scores)), strict=True))

    before, after = groups(since), groups(DAY)
    wanted = Counter((before.get(who, "none"), after.get(who, "none")) for who in before | after)
    assert {(row["before"], row["after"]): row["people"] for row in found.rows()} == wanted


@pytest.mark.parametrize(("names", "stores"), [(("s1", "s2"), "1, 2"), (("s3",), "3")])
def test_life_cycle_is_that_of_the_check_query(facts, names, stores) -> None:
    found = lifecycle(ask(facts, *names))
    told = {row["state"]: (row["people"], int(Decimal(row["gmv"]) * 100)) for row in found.rows() if row["people"]}
    assert told == {state: (people, gmv) for state, people, gmv in check(facts, STATES, stores)}


def test_life_cycle_by_store_counts_a_person_of_two_stores_in_both(facts) -> None:
    found = lifecycle(ask(facts, "s1", "s2", by_store=True))
    for number, block in enumerate(found.blocks, 1):
        told = {row["state"]: row["people"] for row in block.rows if row["people"]}
        assert told == {state: people for state, people, _ in check(facts, STATES, str(number))}


def test_second_purchases_are_those_of_the_check_query(facts) -> None:
    found = {row["group"]: row for row in second(ask(facts, "s1")).rows()}
    rows = check(facts, SECONDS, "1")
    for week in {None, *(row[0] for row in rows)}:
        days, again = zip(*((r[1], r[2]) for r in rows if week in (None, r[0])), strict=True)
        one = found[week]
        assert (one["people"], one["again"]) == (len(days), sum(again))
        if len(days) >= 30:
            curve = second_curve(np.array(days), np.array(again), np.ones(len(days), int))
            assert (one["share_60"], one["low_60"], one["high_60"]) == pytest.approx(curve.at(60) or (None,) * 3)
        else:
            assert one["share_30"] is None
    assert found.keys() == {None, *(row[0] for row in rows)}


@pytest.mark.parametrize("by", ["product", "channel"])
def test_first_products_and_channels_hold_everybody_once(facts, by) -> None:
    rows = second(ask(facts, "s1", "s2"), by).rows()
    assert sum(row["people"] for row in rows[1:]) == rows[0]["people"] == len(check(facts, SECONDS, "1, 2"))
    assert [row["people"] for row in rows[1:]] == sorted((row["people"] for row in rows[1:]), reverse=True)


def test_the_first_product_is_the_dearest_line_of_the_first_day(tmp_path) -> None:
    orders = [order(1, f"{n}", START, 900, buyer=f"b{n}", line_count=2) for n in range(40)]
    lines = [
        {"store": 1, "order_id": f"{n}", "line_key": str(k), "product_id": f"p{k}", "quantity": 1, "kind": "sale", "day": START,
         "counts": True, "gmv": 500 if k == n % 2 else 400, "gmv_all": 500, "currency": "CNY"} for n in range(40) for k in (0, 1)
    ]  # fmt: skip
    rows = second(ask(Facts(tmp_path, {"orders": orders, "order_lines": lines}), "s1"), "product").rows()
    assert {row["group"]: row["people"] for row in rows} == {None: 40, "p0": 20, "p1": 20}


def test_several_orders_on_one_day_are_one_purchase(tmp_path) -> None:
    orders = [order(1, f"{n}-{k}", START, 100, buyer=f"b{n}") for n in range(40) for k in (0, 1)]
    facts = Facts(tmp_path, {"orders": orders})
    row = second(ask(facts, "s1")).rows()[0]
    assert (row["people"], row["again"], row["share_30"]) == (40, 0, 0.0)
    assert rfm(ask(facts, "s1", day=START)).rows()[0]["frequency"] == 1


def test_repurchase_histories_are_those_of_the_check_query(facts) -> None:
    found = repurchase(ask(facts, "s1"), ahead=60)
    wanted = check(
        facts, "SELECT who, min(day), max(day), count(*), CAST(sum(gmv) AS BIGINT) FROM days GROUP BY 1", "1"
    )
    told = {r["buyer"]: (r["first"], r["last"], r["purchases"], int(Decimal(r["gmv"]) * 100)) for r in found.rows()}
    assert told == {who: (str(first), str(last), n, gmv) for who, first, last, n, gmv in wanted}
    assert found.test is not None
    then = DAY - timedelta(days=60)
    known = dict(check(facts, "SELECT who, count(*) FROM days GROUP BY 1", "1", day=then))
    after = [(who, n) for who, n in check(facts, "SELECT who, count(*) FROM days GROUP BY 1", "1") if who in known]
    assert found.test.people == len(known) and found.test.actual == sum(n - known[who] for who, n in after)
    before = "SELECT count(*) FROM days JOIN (SELECT who, min(day) AS f FROM days GROUP BY 1) USING (who) WHERE day > f AND day > DATE '{day}' - 60"
    assert found.test.naive == check(facts, before, "1", day=then)[0][0]


def test_weeks_and_days_predict_the_same(facts) -> None:
    days, weeks = (repurchase(ask(facts, "s1"), ahead=60, unit=unit).as_dict(limit=5) for unit in ("day", "week"))
    assert weeks["bgnbd"]["alpha"] == pytest.approx(days["bgnbd"]["alpha"] / 7, rel=1e-2)
    assert weeks["expected"]["purchases"] == pytest.approx(days["expected"]["purchases"], rel=1e-3)
    assert weeks["backtest"]["expected"] == pytest.approx(days["backtest"]["expected"], rel=1e-3)


def test_too_little_is_said_and_not_zero(tmp_path) -> None:
    orders = [order(1, f"{n}", START + timedelta(days=n), 100, buyer=f"b{n}") for n in range(20)]
    facts = Facts(tmp_path, {"orders": orders})
    for call in (rfm, lifecycle, second):
        found = call(ask(facts, "s1", day=START + timedelta(days=30)))
        assert found.blocks[0].people is None and found.rows() == []
        assert found.as_dict()["stores"][0]["reason"]["text"].startswith("Not enough yet")
    told = repurchase(ask(facts, "s1", day=START + timedelta(days=30))).as_dict()
    assert told["reason"]["code"] == "members_model_few" and "bgnbd" not in told
    assert lifecycle(ask(facts, "s1", day=START + timedelta(days=30)), sleeping=15, lost=25).blocks[0].people == 20


def test_stores_that_hide_buyers_say_so(facts) -> None:
    hidden = Ask(Engine(facts), VIEWER, STORES, LOADED, ("s2",), DAY)
    for found in (rfm(hidden), lifecycle(hidden), second(hidden)):
        assert found.blocks[0].why is not None and found.blocks[0].why[0] == "no_buyer_identity"
    assert repurchase(hidden).as_dict()["reason"]["code"] == "no_buyer_identity"


def test_rights_and_currencies_are_those_of_every_question(facts) -> None:
    only = Viewer(stores=frozenset({1}))
    assert rfm(ask(facts, viewer=only)).scope["stores"] == ["s1"]
    for call in (rfm, lifecycle, second, repurchase):
        with pytest.raises(GoldloopError, match="no store 's3'"):
            call(ask(facts, "s3", viewer=only))
        with pytest.raises(GoldloopError, match="cannot be one group"):
            call(ask(facts))
    with pytest.raises(GoldloopError, match="is not shown"):
        rfm(ask(facts, viewer=Viewer(stores=frozenset({1}), hidden=frozenset({"gmv"}))))
    second(ask(facts, viewer=Viewer(stores=frozenset({1}), hidden=frozenset({"gmv"}))))


@pytest.mark.parametrize(
    ("call", "asked", "code"),
    [
        (rfm, {"window": 0}, "rfm_window"), (rfm, {"since": DAY}, "rfm_since"), (rfm, {"bands": "1/2"}, "rfm_bands_text"),
        (rfm, {"bands": "1,2,3,4/1,2,3,4/1,2,3,4"}, "rfm_bands"), (rfm, {"bands": "4,3,2,1/1,2,3,4/1,2,3,9e99999999"}, "rfm_bands_text"),
        (rfm, {"bands": "4,3,2,nan/1,2,3,4/1,2,3,4"}, "rfm_bands_text"), (rfm, {"bands": "4,3,2,1.5/1,2,3,4/1,2,3,4"}, "rfm_bands_text"), (lifecycle, {"lost": 9}, "lifecycle_limits"),
        (second, {"by": "colour"}, "second_by"), (repurchase, {"ahead": 0}, "members_ahead"),
        (repurchase, {"unit": "year"}, "members_unit"), (repurchase, {"kind": "pareto"}, "members_kind"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(facts, call, asked, code) -> None:
    with pytest.raises(GoldloopError) as error:
        call(ask(facts, "s1"), **asked)
    assert error.value.code == code


def test_numbers_of_purchases_are_those_of_the_check_query(facts) -> None:
    found = times(ask(facts, "s1", "s2"))
    rows = check(
        facts,
        "SELECT n, count(*), CAST(sum(gmv) AS BIGINT) FROM (SELECT who, count(*) AS n, sum(gmv) AS gmv FROM days GROUP BY 1) GROUP BY 1",
        "1, 2",
    )
    wanted = {str(n): (people, gmv) for n, people, gmv in rows if n < MOST}
    wanted[f"{MOST}+"] = tuple(sum(row[k] for row in rows if row[0] >= MOST) for k in (1, 2))
    told = {
        row["times_bought"]: (row["people"], int(Decimal(row["gmv"]) * 100)) for row in found.rows() if row["people"]
    }
    assert told == {n: row for n, row in wanted.items() if row[0]} and found.blocks[0].people == sum(
        row[1] for row in rows
    )
    more = sum(row[1] for row in rows if row[0] > 1)
    assert found.rows()[0]["reached"] == more / sum(row[1] for row in rows)


def test_limits_that_were_set_hold_where_all_stores_have_the_same(facts) -> None:
    for limits, by in (({1: Limits(20, 50), 2: Limits(20, 50)}, "fixed"), ({1: Limits(20, 50)}, "gaps"), ({}, "gaps")):
        found = lifecycle(ask(facts, "s1", "s2", limits=limits)).blocks[0].about["limits"]
        assert found["by"] == by and ((found["sleeping"], found["lost"]) == (20, 50)) == (by == "fixed")


def test_amounts_are_converted_where_a_currency_is_asked_for(tmp_path) -> None:
    day = START + timedelta(days=10)
    orders = [order(1, f"a{n}", day, 1000, buyer=f"b{n}") for n in range(40)]
    orders += [order(3, f"c{n}", day, 300, buyer=f"b{n}", currency="USD") for n in range(40)]
    rates = [{"store": 0, "currency": "USD", "into": "CNY", "day": START, "rate": Decimal("7.1"), "source": "test"}]
    engine = Facts(tmp_path, {"orders": orders, "fx": rates})
    asked = ask(engine, "s1", "s3", currency="CNY", day=day)
    assert [(row["people"], row["gmv"]) for row in times(asked).rows()][0] == (40, "1252.00")
    assert sum(Decimal(row["gmv"]) for row in rfm(asked).rows()) == Decimal("1252.00")
    assert sum(Decimal(row["gmv"]) for row in lifecycle(asked, sleeping=5, lost=9).rows()) == Decimal("1252.00")
    with pytest.raises(GoldloopError, match="different currencies"):
        times(ask(engine, "s1", "s3", day=day))
