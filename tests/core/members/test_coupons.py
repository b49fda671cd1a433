"""The coupon calendar: the May and June case of the trade, its promises on any month, and coupons no order pays too much for."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.calendar import whole
from goldloop.core.errors import GoldloopError
from goldloop.core.members.coupons import LEFT, WAIT, coupon_calendar, face, weeks

shares = st.fractions(Fraction(1, 100), 1, max_denominator=1000)


def may(event: int) -> dict[date, int]:
    """10,000 new buyers of May, 2,000 of them from one event on that day, the others evenly."""
    days = [date(2026, 5, 1) + timedelta(days=n) for n in range(31)]
    found = {day: 8000 // 31 + (n < 8000 % 31) for n, day in enumerate(days)}
    found[date(2026, 5, event)] += 2000
    return found


def test_the_event_of_30_may_calls_for_one_in_week_4_of_june() -> None:
    plan = coupon_calendar(date(2026, 6, 1), may(30))
    assert sum(wave.people for wave in plan.waves) == 10_000
    assert (plan.event.week, str(plan.event.days)) == (4, "2026-06-22..2026-06-30")
    assert (plan.event.peak, plan.event.at_peak) == (date(2026, 6, 29), 2258)
    assert [str(wave.send)[5:] for wave in plan.waves] == ["06-06", "06-13", "06-20", "06-22"]
    assert [wave.with_event for wave in plan.waves] == [False, False, False, True]
    assert {wave.until for wave in plan.waves} == {date(2026, 6, 30)}
    assert [wave.remind for wave in plan.waves] == [date(2026, 6, 28)] * 3 + [None]


def test_a_batch_in_week_2_moves_the_event_there() -> None:
    plan = coupon_calendar(date(2026, 6, 1), may(10))
    assert plan.event.week == 2 and plan.event.peak == date(2026, 6, 9)
    assert [wave.with_event for wave in plan.waves] == [False, True, False, False]
    assert plan.waves[1].send == plan.event.days.first and plan.waves[3].send == date(2026, 6, 22)


@given(st.dates(date(1995, 1, 1), date(2090, 1, 1)), st.lists(st.tuples(st.integers(0, 27), st.integers(0, 5000))))
def test_every_month_keeps_the_promises(day, sizes) -> None:
    month = whole("month", day)
    before = whole("month", month.first - timedelta(days=1))
    people = {before.first + timedelta(days=n): count for n, count in sizes}
    plan = coupon_calendar(day, people)
    assert sum(wave.people for wave in plan.waves) == sum(people.values())
    sends = [wave.send for wave in plan.waves]
    assert sends == sorted(sends) and sum(wave.with_event for wave in plan.waves) == 1
    for wave, own in zip(plan.waves, weeks(day), strict=True):
        assert own.first <= wave.send <= own.last and wave.until == month.last
        if not wave.with_event and wave.week < 4 and own.last >= wave.acquired.last + timedelta(days=WAIT):
            assert wave.send >= wave.acquired.last + timedelta(days=WAIT)
        if wave.remind is not None:
            assert wave.send < wave.remind and (wave.until - wave.remind).days + 1 == LEFT
    assert plan.event.people >= plan.event.at_peak >= 0 and 4 * plan.event.people >= sum(people.values())
    assert plan.event.days.first <= plan.event.peak <= plan.event.days.last


@given(st.integers(0, 10**7), shares, shares, st.integers(1, 5000))
def test_no_order_gives_away_more_than_its_share(value, margin, give, step) -> None:
    found = face(value, margin, give, step)
    if found is None:
        assert give * margin * value < step
        return
    assert found.off % step == found.minimum % step == 0
    assert found.off <= give * margin * found.minimum and found.minimum < value + step
    assert found.off + step > give * margin * value


def test_goods_without_a_margin_carry_no_coupon() -> None:
    assert face(10_000, Fraction(-1, 5), Fraction(1, 3), 500) is None
    for given_, code in (
        (("1/2", "2", 5), "coupons_give"),
        (("3/2", "1/2", 5), "coupons_margin"),
        (("1/2", "1/2", 0), "coupons_step"),
    ):
        with pytest.raises(GoldloopError) as error:
            face(100, Fraction(given_[0]), Fraction(given_[1]), given_[2])
        assert error.value.code == code
    with pytest.raises(GoldloopError, match="month before"):
        coupon_calendar(date(2026, 6, 1), {date(2026, 6, 2): 1})
