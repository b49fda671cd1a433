"""Lanes of the calendar: nothing overlaps, every day has its place, and new buyers come back as dots thirty days on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.web.conftest import Group

from goldloop.core.calendar import Period
from goldloop.metrics.calendar_events import platform_phases
from goldloop.web.calendar_bars import Bar, filled, next_year, placed
from goldloop.web.calendar_lanes import rows_of

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


@given(st.lists(st.tuples(st.integers(-10, 40), st.integers(0, 30)), max_size=12))
def test_rows_hold_every_bar_once_and_each_day_once(runs: list[tuple[int, int]]) -> None:
    bars = [
        Bar(str(n), "store", JUNE.first + timedelta(days=first), JUNE.first + timedelta(days=first + length), "store")
        for n, (first, length) in enumerate(runs)
    ]
    parts = [one for bar in bars if (one := placed(bar, JUNE)) is not None]
    rows = rows_of(parts, JUNE.days)
    assert all(sum(cell["span"] for cell in row) == JUNE.days for row in rows)
    shown = [cell["bar"] for row in rows for cell in row if "bar" in cell]
    assert sorted(bar.text for bar in shown) == sorted(part["bar"].text for part in parts)


def test_words_of_a_short_bar_have_room_until_the_next_one() -> None:
    bars = [
        Bar(str(n), "note", day, day, "arrival") for n, day in enumerate((JUNE.first, JUNE.first + timedelta(days=2)))
    ]
    parts = [one for bar in bars if (one := placed(bar, JUNE)) is not None]
    assert len(rows_of(parts, JUNE.days)) == 2


def test_lanes_show_arrivals_leave_and_the_batches_of_new_buyers(client_of: Callable[..., Any], group: Group) -> None:
    browser, sent = client_of("owner"), {"from": "2026-04-03", "to": "2026-04-05", "store": group.stores["Ours"]}
    for kind, words in (("arrival", "winter goods"), ("leave", "Wang is away")):
        said = {**sent, "kind": kind, "text": words, "next": "/calendar?month=2026-04"}
        assert browser.post("/notes", said).url == "/calendar?month=2026-04"
    shown = browser.get("/calendar?month=2026-04").content.decode()
    assert re.search(r'class="bar note arrival[^"]*">winter goods', shown)
    assert re.search(r'class="bar note leave[^"]*">Wang is away', shown)
    assert "new buyers of" in shown or "not known who was new" in shown
    quarter = browser.get("/calendar?month=2026-04&months=3").content.decode()
    assert "2026-04 ~ 2026-06" in quarter and "winter goods" in quarter and "month=2026-01&amp;months=3" in quarter
    assert browser.post("/notes", {**sent, "kind": "party", "text": "x"}).status_code == 400


def test_an_announced_event_fills_in_the_form_with_all_of_its_phases(
    client_of: Callable[..., Any], group: Group
) -> None:
    from goldloop.jobs.marks import marks_of

    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    double = next(one for one in marks_of({1: platform_phases("tmall")}, {1: "S"}, year) if one.event == "double11")
    address = f"/calendar/new?{filled(double, 'zh', [group.stores['Ours']])}"
    form = client_of("owner").get(address).content.decode()
    assert form.count('name="phase_from" value="2026-1') == len(double.phases) > 1
    assert '<option value="platform" selected>' in form and 'value="双11"' in form
    again = next_year(double)
    assert (again.first.year, again.first.month, again.first.day) == (2027, double.first.month, double.first.day)
