"""Events against loaded days: the frozen baseline, the review that is kept, what they do to the calendar of the figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.jobs.mini import row, stock, write

from goldloop import home as homes
from goldloop.core.errors import GoldloopError
from goldloop.core.event import parse_phase
from goldloop.core.money import to_minor
from goldloop.shop import Shop

FIRST, DAYS = date(2026, 6, 26), 110  # far from every event of the platform
OPENS, ENDS = date(2026, 9, 11), date(2026, 9, 13)
GIVEN = {"name": "Harvest", "phases": f"sale {OPENS}..{ENDS}", "fee": "50", "margin": "50%", "target": "1000"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A store that sells two orders a day at 10, four at weekends, and ten on the days of an event, with a dip after it."""
    home = homes.create(tmp_path_factory.mktemp("events") / "home")
    stock(home, "A")
    rows = []
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        count = 4 if day.weekday() > 4 else 2
        count = 10 if OPENS <= day <= ENDS else count - 1 if ENDS < day <= ENDS + timedelta(days=2) else count
        rows += [row(f"{n}-{k}", price="10.00", at=f"{day} 10:00:00") for k in range(count)]
    found = Shop(home)
    found.import_files([write(tmp_path_factory.mktemp("files") / "orders.csv", rows)], store="A")
    yield found


def test_the_baseline_is_frozen_before_the_event_and_stays_until_its_days_move(shop: Shop) -> None:
    event = shop.event_new(GIVEN)
    days = event.version.baseline[1]
    assert days == {OPENS: 2000, OPENS + timedelta(days=1): 4000, ENDS: 4000}, "none of the event's own days is in it"
    assert event.normal(event.content.waves[0]) == 10_000
    dearer = shop.event_change(event.id, {"fee": "60"}, seen=1)
    assert dearer.version.baseline == event.version.baseline
    moved = shop.event_change(event.id, {"phases": "sale 2026-10-24..2026-10-25"}, seen=2)
    assert list(moved.version.baseline[1]) == [date(2026, 10, 24), date(2026, 10, 25)]
    shop.event_answer(event.id, "cancelled", seen=3)
    early = shop.event_new({**GIVEN, "phases": f"sale {FIRST}"})
    assert early.version.baseline[1] == {} and early.normal(early.days) is None
    shop.event_answer(early.id, "cancelled", seen=1)


def test_an_event_that_is_over_is_reviewed_and_the_review_is_kept(shop: Shop) -> None:
    event = shop.event_new(GIVEN)
    (found,) = shop.event_reviews(event.id)
    assert found.final and found.told is not None
    assert found.told["inside"]["actual"] == "300.00" and found.told["inside"]["effect"] == "200.00"
    assert found.told["dip"]["effect"] == "-20.00" and found.told["cost"] == "50.00" and found.told["margin"] == 0.5
    assert found.told["verdict"] == "gain" and set(found.told["notes"]) == {"zh", "en"}
    kept = shop.event_show(event.id).reviews
    assert len(kept) == 1 and kept[0].told["whole"] == found.told["whole"]
    assert shop.event_reviews(event.id)[0].told == kept[0].told and len(shop.event_show(event.id).reviews) == 1
    assert [one.what for one in shop.event_history(event.id)] == ["made", "reviewed"]
    shop.event_answer(event.id, "cancelled", seen=1)


def test_an_event_that_runs_is_told_so_far_and_one_to_come_not_at_all(shop: Shop) -> None:
    last = FIRST + timedelta(days=DAYS - 1)
    runs = shop.event_new({**GIVEN, "phases": f"sale {last}..{last + timedelta(days=3)}"})
    (found,) = shop.event_reviews(runs.id)
    assert not found.final and found.told is not None and found.told["verdict"] is None
    assert shop.event_show(runs.id).reviews == ()
    later = shop.event_new({**GIVEN, "phases": "sale 2026-12-01"})
    assert shop.event_reviews(later.id) == []
    early = shop.event_new({**GIVEN, "phases": f"sale {FIRST}"})
    (untold,) = shop.event_reviews(early.id)
    assert untold.told is None and untold.problem is not None and untold.problem.code == "event_no_normal"
    for event in (runs, later, early):
        shop.event_answer(event.id, "cancelled", seen=1)


def test_events_make_their_days_no_ordinary_ones_but_coupons_do_not(shop: Shop) -> None:
    def kinds() -> dict[str, int]:
        answer = shop.figures(["gmv"], by="day_type", first=OPENS, last=ENDS)
        return dict(zip(answer.columns["day_type"], answer.columns["gmv"], strict=True))

    coupons = shop.event_new({**GIVEN, "kind": "coupon"})
    assert set(kinds()) == {"normal"}
    event = shop.event_new(GIVEN)
    assert kinds() == {"event": 30_000}
    marks = shop.marks(first=OPENS, last=ENDS)
    assert [(one.text["zh"], one.event, one.first) for one in marks] == [("Harvest", event.key, OPENS)]
    for one in (coupons, event):
        shop.event_answer(one.id, "cancelled", seen=1)
    assert set(kinds()) == {"normal"}, "a cancelled event makes no day special"


def test_a_sent_calendar_comes_back_with_what_was_edited(shop: Shop, tmp_path: Path) -> None:
    from goldloop.cli import list_files
    from goldloop.jobs import events

    event = shop.event_new(GIVEN, note="first")
    columns, rows = events.rows(shop.viewer(), [event])
    for form in ("csv", "xlsx"):
        path = tmp_path / f"events.{form}"
        list_files.write(path, form, dict.fromkeys(columns, "text"), rows, {})
        assert shop.events_edited(path) == []
    rows[0]["target"] = "2000"
    added = {**dict.fromkeys(columns, ""), "name": "Autumn", "phases": "2026-09-20..2026-09-21", "kind": "members"}
    list_files.write(path, "xlsx", dict.fromkeys(columns, "text"), [*rows, added], {})
    found = shop.events_edited(path)
    assert found[0].changes == (("target", "1000", "2000"),) and found[1].id is None
    done = shop.events_apply(found)
    assert [(one.content.name, one.current) for one in done] == [("Harvest", 2), ("Autumn", 1)]
    before = len(shop.events())
    with pytest.raises(GoldloopError) as refused:
        shop.events_apply([found[1], found[0]])
    assert refused.value.code == "event_moved" and len(shop.events()) == before, "all or none"
    list_files.write(path, "xlsx", dict.fromkeys(columns, "text"), [{**rows[0], "phases": ""}], {})
    with pytest.raises(GoldloopError) as refused:
        shop.events_edited(path)
    assert refused.value.code == "event_file_bad"
    for one in done:
        shop.event_answer(one.id, "cancelled", seen=one.current)


def test_the_fee_is_borne_by_the_stores_to_the_last_cent(shop: Shop) -> None:
    from goldloop.jobs.events import _fees

    event = shop.event_new(GIVEN)
    assert sum(value or 0 for value in _fees(event).values()) == to_minor("50", "CNY")
    shop.event_answer(event.id, "cancelled", seen=1)


def test_a_calendar_file_holds_every_phase_and_folds_long_lines(shop: Shop) -> None:
    from goldloop.jobs import ics

    phases = f"warm_up 2026-05-01..2026-05-02\nsale 2026-05-03T20:00..2026-05-04 {'晚场' * 25}"
    event = shop.event_new({**GIVEN, "name": "Sale; big, loud", "phases": phases})
    text = ics.calendar([event]).decode()
    lines = text.split("\r\n")
    assert "DTSTART;VALUE=DATE:20260501" in lines and "DTEND;VALUE=DATE:20260503" in lines
    assert "DTSTART:20260503T200000" in lines and "DTEND:20260505T000000" in lines
    assert "SUMMARY:Sale\\; big\\, loud" in lines and all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert str(parse_phase(phases.splitlines()[1]).name) in unfolded
    cancelled = shop.event_answer(event.id, "cancelled", seen=1)
    assert b"VEVENT" not in ics.calendar([cancelled])
