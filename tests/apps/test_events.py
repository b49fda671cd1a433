"""Events in the database: whose they are, their versions, answers and checklist; nothing is passed over or lost."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.event import read_content
from goldloop.core.viewer import Viewer
from goldloop.home import Home

MOMENT = datetime(2026, 5, 1, 1, tzinfo=UTC)
GIVEN = {"name": "Summer", "phases": "sale 2026-06-16..2026-06-18", "kind": "store", "fee": "100"}


@pytest.fixture
def stores(home: Home) -> tuple[int, int]:
    from goldloop.apps.shops import api as shops

    return tuple(shops.store_add(name=name, platform="tmall").id for name in ("A", "B"))  # type: ignore[return-value]


@pytest.fixture
def owner(stores) -> Viewer:
    return Viewer(stores=frozenset(stores), name="owner")


def made(viewer: Viewer, *stores: int, **changes):
    from goldloop.apps.calendar import api as calendar

    own = {"owner": "operations", "moment": MOMENT, "baseline": {stores[0]: {date(2026, 6, 16): 500}}, "note": ""}
    given = {**GIVEN, **{name: text for name, text in changes.items() if name in GIVEN}}
    own |= {name: value for name, value in changes.items() if name not in GIVEN}
    return calendar.event_new(
        viewer=viewer, stores=list(stores), currency="CNY", content=read_content(given, "CNY"), **own
    )


def changed(viewer: Viewer, id: int, seen: int, **changes):
    from goldloop.apps.calendar import api as calendar

    event = calendar.event_show(viewer=viewer, id=id, number=seen)
    content = read_content({**event.content.said, **changes}, "CNY")
    return calendar.event_change(
        viewer=viewer, id=id, seen=seen, content=content, baseline={}, note="why", moment=MOMENT
    )


def refused(code: str, call) -> GoldloopError:
    with pytest.raises(GoldloopError) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def test_events_are_seen_by_those_who_see_all_their_stores(stores, owner) -> None:
    from goldloop.apps.calendar import api as calendar

    clerk = Viewer(stores=frozenset(stores[:1]), name="clerk")
    made(owner, stores[0]), made(owner, *stores, name="Both")
    assert [one.content.name for one in calendar.event_list(viewer=owner)] == ["Summer", "Both"]
    assert [one.content.name for one in calendar.event_list(viewer=clerk)] == ["Summer"]
    touched = Period(date(2026, 6, 18), date(2026, 6, 30))
    assert len(calendar.event_list(viewer=owner, period=touched)) == 2
    assert calendar.event_list(viewer=owner, period=Period(date(2026, 6, 19), date(2026, 6, 30))) == []
    both = calendar.event_list(viewer=owner)[1].id
    refused("calendar_event_unknown", lambda: calendar.event_show(viewer=clerk, id=both))
    refused("event_stores_bad", lambda: made(clerk, stores[1]))
    assert calendar.event_days() == [(1, 1, [stores[0]]), (2, 1, list(stores))]


def test_a_change_is_a_version_and_an_older_one_is_never_written_over(stores, owner) -> None:
    from goldloop.apps.calendar import api as calendar

    id = made(owner, stores[0]).id
    again = changed(owner, id, 1, fee="200")
    assert again.current == 2 and again.content.said["fee"] == "200" and again.version.note == "why"
    assert changed(owner, id, 2).current == 2, "the same content is no version"
    assert calendar.event_show(viewer=owner, id=id, number=1).content.said["fee"] == "100"
    error = refused("event_moved", lambda: changed(owner, id, 1, fee="300"))
    assert error.params["conflict"] == [{"name": "fee", "seen": "100", "now": "200", "yours": "300"}]
    assert calendar.event_show(viewer=owner, id=id).content.said["fee"] == "200"
    history = calendar.event_history(viewer=owner, id=id)
    assert [(one.what, one.about, one.before, one.after) for one in history] == [
        ("made", "", None, None), ("changed", "fee", "100", "200"),
    ]  # fmt: skip


def test_the_checklist_is_laid_out_by_days_before_the_opening_and_moves_with_it(stores, owner) -> None:
    from goldloop.apps.calendar import api as calendar

    event = made(owner, stores[0])
    due = {task.code: task.due for task in event.tasks}
    assert (
        due["stock"] == date(2026, 6, 2) and due["opening"] == date(2026, 6, 16) and due["review"] == date(2026, 7, 3)
    )
    assert "enrol" not in due and [task.due for task in event.tasks] == sorted(due.values())
    moved = changed(owner, event.id, 1, phases="sale 2026-06-20..2026-06-21")
    assert {task.code: task.due for task in moved.tasks}["stock"] == date(2026, 6, 6)
    assert [task.code for task in made(owner, stores[0], moment=datetime(2026, 7, 1, tzinfo=UTC)).tasks] == ["review"]
    own = calendar.task_add(viewer=owner, id=event.id, text="Balloons", owner="traffic", days=2)
    assert own.tasks[-1].due > own.tasks[0].due and "Balloons" in {task.words["zh"] for task in own.tasks}
    for text, days in (("", 1), ("x" * 201, 1), ("x", 500)):
        refused("event_task_bad", lambda text=text, days=days: calendar.task_add(viewer=owner, id=event.id, text=text, owner="traffic", days=days))  # fmt: skip


def test_a_task_is_ticked_once_and_by_the_one_who_was_first(stores, owner) -> None:
    from goldloop.apps.calendar import api as calendar

    event = made(owner, stores[0])
    other = Viewer(stores=owner.stores, name="other")

    def tick(viewer: Viewer, state: str, seen: str | None):
        return calendar.task_set(viewer=viewer, id=event.id, task=task.id, state=state, seen=seen, moment=MOMENT)

    task = event.tasks[0]
    done = tick(owner, "done", "open").tasks[0]
    assert (done.state, done.by, done.at) == ("done", "owner", MOMENT)
    assert tick(other, "done", "open").tasks[0].by == "owner", "the same again changes nothing"
    refused("event_task_moved", lambda: tick(other, "dropped", "open"))
    refused("event_task_state", lambda: tick(other, "lost", None))
    refused("event_task_unknown", lambda: calendar.task_set(viewer=owner, id=event.id, task=999, state="done", seen=None, moment=MOMENT))  # fmt: skip
    assert [one.what for one in calendar.event_history(viewer=owner, id=event.id)] == ["made", "done"]


def test_what_others_propose_is_accepted_or_declined_and_what_is_closed_stays(stores, owner) -> None:
    from goldloop.apps.calendar import api as calendar

    event = made(owner, stores[0], owner="members")
    assert event.state == "proposed" and made(owner, stores[0]).state == "accepted"

    def answer(said: str):
        return calendar.event_answer(viewer=owner, id=event.id, seen=1, said=said, why="full", moment=MOMENT)

    refused("event_answer_unknown", lambda: answer("perhaps"))
    assert answer("declined").state == "declined" and not answer_stands(owner, event.id)
    refused("event_closed", lambda: answer("accepted"))
    refused("event_closed", lambda: changed(owner, event.id, 1, fee="1"))
    refused("event_owner_unknown", lambda: made(owner, stores[0], owner="boss"))
    assert event.id not in [id for id, _, _ in calendar.event_days()]


def answer_stands(viewer: Viewer, id: int) -> bool:
    from goldloop.apps.calendar import api as calendar

    return calendar.event_show(viewer=viewer, id=id).stands


def test_lists_of_events_take_a_fixed_number_of_queries(stores, owner) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from goldloop.apps.calendar import api as calendar

    counts = []
    for _ in range(2):
        made(owner, stores[0])
        with CaptureQueriesContext(connection) as ran:
            calendar.event_list(viewer=owner)
        counts.append(len(ran))
    assert counts[0] == counts[1]
