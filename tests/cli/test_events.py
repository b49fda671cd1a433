"""Events on the command line: made, listed, ticked, sent out and taken back; what is asked wrongly says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home

from goldloop.cli import main

PHASES = ("--phase", "warm_up 2031-06-12..2031-06-16", "--phase", "2031-06-17T20:00..2031-06-19")


@pytest.fixture
def home(tmp_path: Path) -> str:
    made = fresh_home(tmp_path / "home")
    from goldloop.apps.shops import api as shops

    shops.store_add(name="A", platform="tmall")
    return str(made.root)


@pytest.fixture
def run(home: str, capsys: pytest.CaptureFixture[str]) -> Any:
    def said(*args: str, code: int = 0) -> Any:
        assert main([*args, "--home", home, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return said


def test_an_event_is_made_listed_ticked_and_shown(run: Any, home: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = run("event", "new", "Summer", *PHASES, "--fee", "1.5万", "--product", "cup=9.90/500")
    assert made["fee"] == "15000" and made["baseline"] == {"A": {}} and made["reviews"] == []
    assert [one["id"] for one in run("event", "list", "--from", "2031-06-19")["events"]] == [1]
    assert run("event", "list", "--to", "2031-06-11")["events"] == []
    first = run("event", "task", "1")["tasks"][0]["id"]
    assert run("event", "task", "1", str(first), "--done")["tasks"][0]["state"] == "done"
    added = run("event", "task", "1", "--add", "Balloons", "--before", "2")["tasks"]
    assert [(one["due"], one["text"]) for one in added if not one["code"]] == [("2031-06-15", "Balloons")]
    assert run("event", "change", "1", "--version", "1", "--name", "Heat")["current"] == 2
    assert [one["what"] for one in run("event", "show", "1")["history"]] == ["made", "done", "changed"]
    assert run("event", "review", "--id", "1")["reviews"] == []
    for lang in ("en", "zh"):
        for args in (("list",), ("show", "1"), ("task", "1"), ("review", "--id", "1")):
            assert main(["event", *args, "--home", home, "--lang", lang]) == 0
    assert "Heat" in (told := capsys.readouterr().out) and "日销基准" in told
    assert run("event", "cancel", "1", "--version", "2", "--note", "rain")["state"] == "cancelled"


def test_events_leave_and_come_back(run: Any, tmp_path: Path) -> None:
    run("event", "new", "Summer", *PHASES, "--owner", "members")
    assert run("event", "accept", "1", "--version", "1")["state"] == "accepted"
    file = tmp_path / "events.csv"
    assert run("event", "export", "--out", str(file))["rows"] == 1
    file.write_text(file.read_text("utf-8-sig").replace("Summer", "Heat"), "utf-8")
    asked = {"row": 2, "event": 1, "changes": [{"name": "name", "before": "Summer", "after": "Heat"}]}
    assert run("event", "import", str(file))["rows"] == [asked]
    assert run("event", "import", str(file), "--apply")["events"] == [1]
    assert run("event", "import", str(file), "--apply", code=2)["error"]["code"] == "event_moved"
    assert run("event", "export", "--out", str(tmp_path / "events.ics"))["rows"] == 1
    assert b"SUMMARY:Heat" in (tmp_path / "events.ics").read_bytes()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("review",), "event_which"),
        (("review", "618", "--id", "1"), "event_which"),
        (("task", "1", "2", "--done", "--drop"), "event_task_asked"),
        (("show", "7"), "calendar_event_unknown"),
        (("new", "x", "--phase", "never"), "event_phases_bad"),
        (("new", "x"), "event_no_open_days"),
    ],
)
def test_what_is_asked_wrongly_says_so(run: Any, args: tuple[str, ...], code: str) -> None:
    assert run("event", *args, code=2)["error"]["code"] == code
