"""Periods, buckets and comparisons."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.calendar import GRAINS, Period, PeriodError, buckets, compared, label, parse_day, parse_period, whole

days = st.dates(date(2015, 1, 1), date(2030, 12, 31))


@given(days, st.integers(0, 900), st.sampled_from(GRAINS))
def test_buckets_hold_every_day_once(first, length, grain):
    period = Period(first, first + timedelta(days=length))
    found = buckets(period, grain)
    assert found[0].period.first == period.first
    assert found[-1].period.last == period.last
    for a, b in zip(found, found[1:], strict=False):
        assert b.period.first == a.period.last + timedelta(days=1)
    assert len({b.label for b in found}) == len(found)
    assert all(label(grain, b.period.last) == b.label for b in found)


@given(days, st.sampled_from(GRAINS))
def test_a_whole_unit_is_compared_with_the_whole_unit_before(day, grain):
    unit = whole(grain, day)
    before = compared(unit, "previous", grain)
    assert before == whole(grain, unit.first - timedelta(days=1))
    assert compared(unit, "previous", None) == before


@given(days, st.integers(0, 40), st.sampled_from(("month", "quarter", "year")))
def test_a_partial_unit_is_compared_with_the_same_part(day, length, grain):
    unit = whole(grain, day)
    period = Period(unit.first, min(unit.first + timedelta(days=length), unit.last))
    before = compared(period, "previous", grain)
    assert before.first == whole(grain, unit.first - timedelta(days=1)).first
    assert before.days <= max(period.days, 31 if period == unit and grain == "month" else 366)
    assert before.last < unit.first


@given(days, st.integers(0, 400))
def test_same_weekdays_never_overlap(first, length):
    period = Period(first, first + timedelta(days=length))
    before = compared(period, "same-weekday", None)
    assert before.days == period.days
    assert before.first.weekday() == period.first.weekday()
    assert before.last < period.first
    assert (period.first - before.first).days - period.days < 7


@pytest.mark.parametrize(
    ("period", "how", "grain", "expected"),
    [
        ("2024-02-29", "last-year", None, "2023-02-28"),
        ("2024-02", "last-year", "month", "2023-02-01..2023-02-28"),
        ("2025-02", "last-year", "month", "2024-02-01..2024-02-29"),
        ("2026-06-01..2026-06-30", "previous", None, "2026-05-01..2026-05-31"),
        ("2026-01-01..2026-06-30", "previous", None, "2025-07-01..2025-12-31"),
        ("2026-06-11..2026-06-20", "previous", None, "2026-06-01..2026-06-10"),
        ("2026-03-01..2026-03-09", "previous", "month", "2026-02-01..2026-02-09"),
        ("2026-03-25..2026-03-31", "previous", "month", "2026-02-22..2026-02-28"),
        ("2020-12-28..2021-01-03", "last-year", "week", "2019-12-23..2019-12-29"),  # week 53 has no partner
        ("2026", "previous", None, "2025-01-01..2025-12-31"),
        ("2026-06", "2025-06-01..2025-06-18", "month", "2025-06-01..2025-06-18"),
    ],
)
def test_compared_days(period, how, grain, expected):
    assert str(compared(parse_period(period), how, grain)) == expected


def test_a_bad_period_says_what_is_allowed():
    with pytest.raises(PeriodError) as caught:
        parse_period("2026-13-01")
    assert caught.value.code == "day_bad"
    with pytest.raises(PeriodError) as caught:
        parse_period("2026-02-01..2026-01-01")
    assert caught.value.code == "period_reversed"


@pytest.mark.parametrize("text", ["0001-01-01", "1989-12-31", "2100-01-01", "2026-02-30", "", "0000-00-00"])
def test_a_day_before_or_after_all_shops_is_none(text: str) -> None:
    """Else comparing a long period with the one before it would leave the calendar."""
    with pytest.raises(PeriodError):
        parse_day(text)
    assert compared(parse_period("1990-01-01..2099-12-31"), "previous", None).first.year == 1880
