"""Statements of one request share a time; what runs longer is interrupted, and nothing of it stays behind."""

from __future__ import annotations

import time
from threading import active_count

import pytest
from tests.metrics.facts import Facts

from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.engines.patience import QueryTooLong, patient

ENDLESS = "SELECT count(*) FROM range(1000000000000) AS a(n) WHERE n % 7 = 3"


@pytest.fixture
def engine(tmp_path):
    return Engine(Facts(tmp_path, {"orders": []}))


def test_a_statement_that_takes_too_long_is_interrupted(engine):
    before = time.monotonic()
    with patient(0.2), pytest.raises(QueryTooLong) as caught:
        engine.run(ENDLESS, {})
    assert caught.value.code == "query_too_long" and "0.2 seconds" in str(caught.value)
    assert time.monotonic() - before < 10  # of a busy machine
    assert engine.run("SELECT 1", {}).rows == [(1,)]  # the engine goes on for others


def test_the_time_is_that_of_all_statements_together(engine):
    with patient(0.2):
        with pytest.raises(QueryTooLong):
            engine.run(ENDLESS, {})
        with pytest.raises(QueryTooLong):
            engine.run("SELECT 1", {})
    with patient(0.2):  # the next request has its own
        assert engine.run("SELECT 1", {}).rows == [(1,)]


def test_no_watch_is_left_running(engine):
    before = active_count()
    for _ in range(20):
        with patient(60):
            engine.run("SELECT 1", {})
    time.sleep(0.1)
    assert active_count() <= before + 1


def test_without_an_end_nothing_is_interrupted(engine):
    assert engine.run("SELECT count(*) FROM range(10000000)", {}).rows == [(10_000_000,)]
