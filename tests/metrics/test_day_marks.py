"""Days of events and seasons carry the same mark every year; the simulated group keeps the same festivals."""

from __future__ import annotations

from datetime import date, datetime

from goldloop.core.calendar import Period
from goldloop.metrics.calendar_events import Phase, platform_phases
from goldloop.metrics.day_marks import AFTER, day_marks, seasons
from goldloop.simulate.seasons import LUNAR_FEASTS

YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))


def phase(event: str, name: str, first: str, last: str) -> Phase:
    return Phase(event, name, datetime.fromisoformat(first), datetime.fromisoformat(last))


def test_an_event_marks_its_days_its_gap_and_the_week_after() -> None:
    phases = [
        phase("e", "presale", "2025-06-01T20:00", "2025-06-03T18:00"),
        phase("e", "sale", "2025-06-06T00:00", "2025-06-08T23:59"),
    ]
    found = {str(day)[5:]: mark for day, mark in day_marks(phases, "other", YEAR).items()}
    assert list(found.values())[:8] == [
        "e/presale1/0",
        "e/presale1/1",
        "e/presale1/2",
        "e/before_sale1/1",
        "e/before_sale1/2",
        "e/sale1/0",
        "e/sale1/1",
        "e/sale1/2",
    ]
    assert [found[f"06-{8 + k:02d}"] for k in range(1, AFTER + 1)] == [f"e/after/{k}" for k in range(1, AFTER + 1)]
    assert len(found) == 8 + AFTER


def test_a_year_with_one_phase_more_keeps_the_marks_of_the_others() -> None:
    one = [phase("e", "sale", "2024-06-06T00:00", "2024-06-08T23:59")]
    other = [
        phase("e", "warm_up", "2025-06-01T00:00", "2025-06-05T23:59"),
        phase("e", "sale", "2025-06-06T00:00", "2025-06-08T23:59"),
    ]
    marks = day_marks([*one, *other], "other", Period(date(2024, 1, 1), date(2025, 12, 31)))
    assert marks[date(2024, 6, 7)] == marks[date(2025, 6, 7)] == "e/sale1/1"


def test_phases_months_apart_are_no_one_stretch() -> None:
    twice = [
        phase("e", "sale", "2025-03-01T00:00", "2025-03-01T23:59"),
        phase("e", "sale", "2025-09-01T00:00", "2025-09-01T23:59"),
    ]
    assert date(2025, 6, 1) not in day_marks(twice, "other", YEAR)


def test_festivals_move_with_the_moon() -> None:
    marks = day_marks([], "tmall", Period(date(2024, 1, 1), date(2026, 12, 31)))
    assert {marks[date.fromisoformat(day)] for day in ("2024-02-10", "2025-01-29", "2026-02-17")} == {
        "spring_festival/0"
    }
    assert marks[date(2026, 10, 3)] == "national_day/2" and day_marks([], "other", YEAR) == {}


def test_an_event_counts_before_the_week_after_another_and_before_a_season() -> None:
    marks = day_marks(platform_phases("taobao"), "taobao", Period(date(2026, 1, 1), date(2026, 12, 31)))
    assert marks[date(2026, 2, 28)].startswith("38/")  # Spring Festival reaches to 3 March
    assert all(mark for mark in marks.values())


def test_the_festivals_are_those_of_the_simulated_group() -> None:
    spring = next(one for one in seasons("tmall") if one.name == "spring_festival")
    assert set(spring.on) == {f"{year}-{feasts[0]}" for year, feasts in LUNAR_FEASTS.items()}
    assert spring.before >= 24 and spring.after >= 12
