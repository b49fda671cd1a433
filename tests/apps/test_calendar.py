"""Annotations in the database: whose they are, which days they touch, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home

MOMENT = datetime(2026, 10, 2, 1, tzinfo=UTC)
DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


@pytest.fixture
def stores(home: Home) -> tuple[int, int]:
    from goldloop.apps.shops import api as shops

    return tuple(shops.store_add(name=name, platform="tmall").id for name in ("A", "B"))  # type: ignore[return-value]


def test_notes_are_seen_by_those_who_see_their_store(stores) -> None:
    from goldloop.apps.calendar import api as calendar

    owner, clerk = Viewer(stores=frozenset(stores), name="owner"), Viewer(stores=frozenset(stores[:1]), name="clerk")
    for store, text in ((stores[0], "a"), (stores[1], "b"), (None, "all")):
        calendar.note_add(viewer=owner, period=DAYS, text=text, store=store, moment=MOMENT)
    assert [note.text for note in calendar.note_list(viewer=owner)] == ["a", "b", "all"]
    assert [note.text for note in calendar.note_list(viewer=clerk)] == ["a", "all"]
    assert [note.text for note in calendar.note_list(viewer=owner, stores=stores[1:])] == ["b", "all"]
    for period, found in ((Period(DAYS.last, DAYS.last), 3), (Period(date(2026, 10, 4), date(2026, 10, 9)), 0)):
        assert len(calendar.note_list(viewer=owner, period=period)) == found


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\x07b"])
def test_a_note_without_words_is_refused(stores, text: str) -> None:
    from goldloop.apps.calendar import api as calendar

    owner = Viewer(stores=frozenset(stores))
    with pytest.raises(GoldloopError) as caught:
        calendar.note_add(viewer=owner, period=DAYS, text=text, store=None, moment=MOMENT)
    assert caught.value.code == "note_text_bad" and calendar.note_list(viewer=owner) == []


def test_what_reaches_all_stores_takes_a_viewer_of_all(stores) -> None:
    from goldloop.apps.calendar import api as calendar

    owner, clerk = Viewer(stores=frozenset(stores)), Viewer(stores=frozenset(stores[:1]))
    everywhere = calendar.note_add(viewer=owner, period=DAYS, text="all", store=None, moment=MOMENT)
    theirs = calendar.note_add(viewer=owner, period=DAYS, text="b", store=stores[1], moment=MOMENT)
    for code, call in (
        ("group_right_needed", lambda: calendar.note_remove(viewer=clerk, id=everywhere.id)),
        ("note_unknown", lambda: calendar.note_remove(viewer=clerk, id=theirs.id)),
        ("note_unknown", lambda: calendar.note_remove(viewer=owner, id=999)),
        (
            "store_unknown",
            lambda: calendar.note_add(viewer=clerk, period=DAYS, text="x", store=stores[1], moment=MOMENT),
        ),
    ):
        with pytest.raises(GoldloopError) as caught:
            call()
        assert caught.value.code == code
    assert len(calendar.note_list(viewer=owner)) == 2
    assert calendar.note_remove(viewer=owner, id=theirs.id).text == "b"
