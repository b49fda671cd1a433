"""Answers kept between processes come back as they were, only for just that script, and never stand in the way."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from tests.metrics.facts import START, Facts, order

from goldloop.metrics.engines import told as module
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.engines.told import told
from goldloop.metrics.types import Result

ROWS = [(1, "甲", date(2026, 6, 1), datetime(2026, 6, 1, 8, 30), Decimal("1.50"), None, True, 2**80, 0.1)]
FOUND = Result(list("abcdefghi"), ROWS)


def refuse():
    raise AssertionError("asked again")


def test_it_is_run_once_for_each_script(tmp_path):
    assert told(tmp_path, "SELECT 1", lambda: FOUND) == FOUND
    again = told(tmp_path, "SELECT 1", refuse)
    assert again == FOUND
    assert [type(value) for value in again.rows[0]] == [type(value) for value in ROWS[0]]
    assert told(tmp_path, "SELECT 2", lambda: Result(["n"], [])) == Result(["n"], [])


NOT_WHOLE = (
    "", "{", "[]", '{"names": ["a"]}', '{"names": ["a"], "rows": [[{"date": "soon"}]]}', '{"names": 5, "rows": []}',
    '{"names": ["a"], "rows": [[{"decimal": "x"}]]}', '{"names": ["a", "b"], "rows": [[1]]}', "[" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("text", NOT_WHOLE)
def test_what_is_not_whole_is_asked_again(tmp_path, text):
    told(tmp_path, "SELECT 1", lambda: FOUND)
    [file] = (tmp_path / "told").iterdir()
    file.write_text(text)
    assert told(tmp_path, "SELECT 1", lambda: FOUND) == FOUND
    assert told(tmp_path, "SELECT 1", refuse) == FOUND


def test_long_and_strange_answers_are_not_kept(tmp_path):
    for found in (Result(["n"], [(n,) for n in range(module.MOST_ROWS + 1)]), Result(["n"], [(b"1",)])):
        assert told(tmp_path, "SELECT 1", lambda found=found: found) == found
        assert not list(tmp_path.rglob("*.json"))


def test_another_file_of_the_version_gives_another_answer(tmp_path):
    """Each version of a lake has files of its own; the same statement on the same files is not run again."""
    found = []
    for gmv in (100, 200):
        folder = tmp_path / str(gmv)
        folder.mkdir()
        facts = Facts(folder, {"orders": [order(1, "A1", START, gmv)]})
        for _ in range(2):
            engine = Engine(facts, cache=tmp_path)
            found.append(engine.run_once('SELECT sum(gmv) AS gmv FROM "orders"', {}).rows[0][0])
    assert found == [100, 100, 200, 200]
    assert len(list(tmp_path.glob("told/*.json"))) == 2


def test_the_oldest_go_where_there_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 10)
    for n in range(30):
        told(tmp_path, f"SELECT {n}", lambda: FOUND)
    assert len(list(tmp_path.rglob("*.json"))) <= 10


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "told").write_text("a file stands in the way")
    assert told(tmp_path, "SELECT 1", lambda: FOUND) == FOUND
    assert told(None, "SELECT 1", lambda: FOUND) == FOUND
