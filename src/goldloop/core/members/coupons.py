"""The coupon calendar of a month: a coupon for each week of the month before's new buyers, and where a store event does most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from goldloop.core.calendar import Period, whole
from goldloop.core.errors import GoldloopError

WAIT = 30  # days from a first purchase to its coupon
LEFT = 3  # days that a coupon still holds when it is reminded of
WEEKS = (1, 8, 15, 22)  # days of the month on which its weeks begin; the last one lasts to the month's end


@dataclass(frozen=True, slots=True)
class Wave:
    """The coupon of one week of new buyers: whom, how many, the day it goes out, its last day, and the reminder's (None: none)."""

    week: int
    acquired: Period
    people: int
    send: date
    until: date
    remind: date | None
    with_event: bool


@dataclass(frozen=True, slots=True)
class StoreEvent:
    """Where a store event is proposed: its week, the `people` whose coupon falls due in it, and the day most of them do."""

    week: int
    days: Period
    people: int
    peak: date
    at_peak: int


@dataclass(frozen=True, slots=True)
class CouponCalendar:
    """A month's waves, one per week of the month before, and the event proposed with them."""

    month: Period
    waves: tuple[Wave, ...]
    event: StoreEvent


def weeks(day: date) -> tuple[Period, ...]:
    """The four weeks of a day's month: from the 1st, 8th, 15th and 22nd on.

    >>> [str(week) for week in weeks(date(2026, 5, 9))][-1]
    '2026-05-22..2026-05-31'
    """
    month = whole("month", day)
    firsts = [month.first.replace(day=number) for number in WEEKS]
    lasts = [*(first - timedelta(days=1) for first in firsts[1:]), month.last]
    return tuple(map(Period, firsts, lasts))


def coupon_calendar(month: date, people: Mapping[date, int]) -> CouponCalendar:
    """The calendar of a day's month from `people`: new buyers of the month before by the day of their first purchase.

    A coupon falls due WAIT days after the first purchase, or on the nearest day of the month. The event is proposed for the week
    in which most coupons fall due, of equal weeks for the last. Each week's coupon goes out when its last buyer is WAIT days old,
    within the week of the same number; the coupon of the event's week goes out with the event, and the last week's on its first
    day, since all coupons end with the month. Those of all weeks but the last are reminded of once, LEFT days before the end.
    Raises `coupons_month` for a first purchase that is not of the month before.

    >>> plan = coupon_calendar(date(2026, 6, 1), {date(2026, 5, 4): 700, date(2026, 5, 30): 2000})
    >>> plan.event.week, str(plan.event.peak), str(plan.waves[0].send), str(plan.waves[0].remind)
    (4, '2026-06-29', '2026-06-06', '2026-06-28')
    """
    whole_month = whole("month", month)
    earlier = weeks(whole_month.first - timedelta(days=1))
    if any(not earlier[0].first <= day <= earlier[-1].last for day in people):
        raise GoldloopError("coupons_month", "A first purchase is not of the month before.", given=str(max(people)))
    own = weeks(month)
    event = _event(own, _due(whole_month, people))
    remind = whole_month.last - timedelta(days=LEFT - 1)
    waves = []
    for number, (acquired, week) in enumerate(zip(earlier, own, strict=True), 1):
        at_once = number in (event.week, len(own))
        send = week.first if at_once else _within(week, acquired.last + timedelta(days=WAIT))
        size = sum(count for day, count in people.items() if acquired.first <= day <= acquired.last)
        last = number == len(own)
        waves.append(
            Wave(number, acquired, size, send, whole_month.last, None if last else remind, number == event.week)
        )
    return CouponCalendar(whole_month, tuple(waves), event)


def _within(period: Period, day: date) -> date:
    return min(max(day, period.first), period.last)


def _due(month: Period, people: Mapping[date, int]) -> dict[date, int]:
    """Coupons by the day they fall due."""
    found: dict[date, int] = {}
    for day, count in people.items():
        due = _within(month, day + timedelta(days=WAIT))
        found[due] = found.get(due, 0) + count
    return found


def _event(own: Sequence[Period], due: Mapping[date, int]) -> StoreEvent:
    sizes = [sum(count for day, count in due.items() if week.first <= day <= week.last) for week in own]
    best = max(range(len(own)), key=lambda k: (sizes[k], k))
    inside = {day: count for day, count in due.items() if own[best].first <= day <= own[best].last}
    peak = max(inside, key=lambda day: (inside[day], day), default=own[best].first)
    return StoreEvent(best + 1, own[best], sizes[best], peak, inside.get(peak, 0))


@dataclass(frozen=True, slots=True)
class Face:
    """What a coupon takes off and the order value from which it holds, in minor units."""

    off: int
    minimum: int


def face(value: int, margin: Fraction, give: Fraction, step: int) -> Face | None:
    """The coupon for orders of usually `value`: the share `give` of their gross margin, down to a whole `step`; None below one.

    It holds from the order value at which it costs just that share, up to a whole step, so that no order gives away more.
    `margin` is gross margin / sales; amounts in minor units. Raises `coupons_give`, `coupons_margin`, `coupons_step`.

    >>> face(9900, Fraction(1, 2), Fraction(3, 10), 500)
    Face(off=1000, minimum=7000)
    """
    if not 0 < give <= 1:
        raise GoldloopError(
            "coupons_give", "A coupon gives a share of the margin.", given=str(float(give)), allowed="above 0, up to 1"
        )
    if margin > 1:
        raise GoldloopError(
            "coupons_margin", "A margin is a share of sales.", given=str(float(margin)), allowed="up to 1"
        )
    if step < 1:
        raise GoldloopError(
            "coupons_step", "Coupons have steps above 0.", given=step, allowed="the platform's step, such as 5"
        )
    off = int(give * margin * value // step) * step
    return Face(off, int(-(-off / (give * margin) // step)) * step) if off > 0 else None
