"""Parts that are kept for the next question: what it gets is what the engine would give it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.metrics.facts import START, Facts, dice
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period
from goldloop.metrics import query
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.kept_parts import MOST_ROWS, KeptParts, kept_parts
from goldloop.metrics.query import Request, figures
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import Result

GROUPS = (
    "order_parts", "excluded_parts", "buyer_parts", "new_parts", "placed_parts", "goods_parts", "refund_parts",
    "root_days", "root_exact", "source_parts", "product_traffic_parts", "ad_parts", "visit_parts", "month_parts",
    "window_parts", "second_parts",
)  # fmt: skip  # all that are read by bucket
PERIODS = [(0, 30), (31, 20), (0, 30), (10, 1), (25, 60), (400, 9), (31, 20), (10, 1)]  # they repeat and overlap


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    return Engine(Facts(folder, dice(11)), cache=folder / "sql")


def asked(*periods, cuts=()):
    days = [(START + timedelta(days=a), START + timedelta(days=a + n)) for a, n in periods]
    buckets = [(number, Period(*one)) for number, one in enumerate(days)]
    scope = [(s.id, s.name, s.platform, s.currency, 100) for s in STORES.values()]
    return {"scope": scope, "buckets": query.bucket_table(buckets, new="platform365"), "bands": [], "scales": []}


@pytest.mark.parametrize("group", GROUPS)
def test_rows_of_kept_buckets_are_those_of_the_engine(group, engine):
    kept, sql = KeptParts(), engine.compiled(group, Shape(("store",)))
    for stop in (1, 3, 5, len(PERIODS)):
        question = asked(*PERIODS[:stop])
        plain, found = engine.run(sql, question), kept.run(engine, sql, question)
        assert found.names == plain.names and sorted(map(repr, found.rows)) == sorted(map(repr, plain.rows))


class Counted:
    """An engine that says which buckets it was asked for."""

    def __init__(self, rows=1):
        self.buckets, self.rows, self.learned = [], rows, {}

    def run(self, sql, question):
        self.buckets += [row[1] for row in question["buckets"]]
        rows = [(7, row[0], row[1]) for row in question["buckets"] for _ in range(self.rows)]
        return Result(["n", "bucket", "first"], rows)


def bucket(number, day):
    return number, date(2026, 1, day), date(2026, 1, day), date(2025, 1, day), 0


def test_a_bucket_is_read_once_whatever_its_number():
    engine, sql = Counted(), 'SELECT * FROM "buckets" JOIN "scope"'
    kept = kept_parts(engine)
    assert kept_parts(engine) is kept
    kept.run(engine, sql, {"scope": [(1,)], "buckets": [bucket(0, 1), bucket(1, 2)]})
    found = kept.run(engine, sql, {"scope": [(1,)], "buckets": [bucket(4, 3), bucket(9, 2)]})
    assert [(row[1], row[2].day) for row in found.rows] == [(4, 3), (9, 2)]
    assert [day.day for day in engine.buckets] == [1, 2, 3]
    kept.run(engine, sql, {"scope": [(2,)], "buckets": [bucket(0, 2)]})  # another question
    assert len(engine.buckets) == 4


def test_what_is_about_bucket_numbers_or_very_long_is_not_kept():
    engine, kept = Counted(), KeptParts()
    for _ in range(2):
        kept.run(engine, 'FROM "buckets" JOIN "knowns"', {"knowns": [], "buckets": [bucket(0, 1)]})
    assert len(engine.buckets) == 2
    engine = Counted(rows=MOST_ROWS + 1)
    for _ in range(2):
        kept.run(engine, 'FROM "buckets"', {"buckets": [bucket(0, 1)]})
    assert len(engine.buckets) == 2


def test_what_was_asked_longest_ago_goes_first_when_there_is_no_more_room(monkeypatch):
    monkeypatch.setattr("goldloop.metrics.kept_parts.MOST_KEPT", 5)
    engine, kept = Counted(rows=2), KeptParts()
    for sql, days in (('1 FROM "buckets"', (1, 2)), ('2 FROM "buckets"', (1,)), ('2 FROM "buckets"', (1,))):
        kept.run(engine, sql, {"buckets": [bucket(n, day) for n, day in enumerate(days)]})
    assert len(engine.buckets) == 3  # six rows are one too many: the first statement went
    kept.run(engine, '2 FROM "buckets"', {"buckets": [bucket(0, 1)]})
    assert len(engine.buckets) == 3
    kept.run(engine, '1 FROM "buckets"', {"buckets": [bucket(0, 1)]})
    assert len(engine.buckets) == 4


def test_an_answer_is_the_same_on_an_engine_that_was_asked_before(engine, tmp_path):
    names = ("gmv", "buyers", "new_gmv", "conversion", "ad_rate", "net", "repurchase_rate")
    first = Request(Period(START, START + timedelta(days=30)), names, ("day",), ("甲店", "乙店"), "previous")
    later = replace(first, period=Period(START + timedelta(days=9), START + timedelta(days=12)), by=("store",))
    fresh = Engine(engine.snapshot, cache=engine.cache)
    figures(engine, OWNER, STORES, first)
    assert figures(engine, OWNER, STORES, later).as_dict() == figures(fresh, OWNER, STORES, later).as_dict()
