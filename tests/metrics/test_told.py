"""Answers kept between processes come back as they were, only for just that script, and never stand in the way."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from goldloop.metrics.engines import told as module
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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"names": ["a"]}', '{"names": ["a"], "rows": [[{"date": "soon"}]]}'])
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


def test_the_oldest_go_where_there_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 10)
    for n in range(30):
        told(tmp_path, f"SELECT {n}", lambda: FOUND)
    assert len(list(tmp_path.rglob("*.json"))) <= 10


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "told").write_text("a file stands in the way")
    assert told(tmp_path, "SELECT 1", lambda: FOUND) == FOUND
    assert told(None, "SELECT 1", lambda: FOUND) == FOUND
