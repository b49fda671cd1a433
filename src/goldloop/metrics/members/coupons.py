"""The coupon calendar of a month, from the new buyers of the month before, what they first spent, and what it left."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from goldloop.core.calendar import Period, parse_period, whole
from goldloop.core.errors import GoldloopError
from goldloop.core.members.coupons import CouponCalendar, Face, coupon_calendar, face
from goldloop.core.members.histories import Ints
from goldloop.core.money import exponent
from goldloop.core.plan.plan import PlanError, read_number
from goldloop.core.store import Store
from goldloop.metrics.answer import Note, write
from goldloop.metrics.members.asked import FIGURES, LEAST, Ask, Block, Columns, Members, MemberTable

TIERS = 3
GIVE = "0.3"  # share of the gross margin that a coupon may give away
STEP = "5"  # step of face values, in major units
COSTED = Decimal("0.8")  # share of a tier's gmv that must have unit costs before its margin is told
COLUMNS = {
    "store": "text", "week": "count", "from": "date", "to": "date", "tier": "count", "people": "count", "usual": "money",
    "off": "money", "minimum": "money", "send": "date", "until": "date", "remind": "date", "with_event": "text", "cost": "money",
}  # fmt: skip


def calendar(
    ask: Ask, *, month: str | None = None, tiers: str | None = None, give: str = GIVE, margin: str | None = None, step: str = STEP
) -> MemberTable:  # fmt: skip
    """The coupon calendar of `month` (None: that of the day after the asked one), one row per acquisition week and value tier.

    Tiers go by what was spent on the first purchase day: thirds of these buyers, or from the bounds `tiers` in major units on,
    as "100,300". A coupon gives at most the share `give` of a tier's gross margin, learned from unit costs or set by `margin`,
    in steps of `step` major units; without either no face value is told. It proposes; nothing is sent. Raises `coupons_when`,
    `coupons_number`, and as `core.members.coupons` does.
    """
    wanted = _month(ask, month)
    before = whole("month", wanted.first - timedelta(days=1))
    if before.first > ask.until:
        latest = str(whole("month", ask.until).last + timedelta(days=1))[:7]
        raise GoldloopError(
            "coupons_when", "Nothing is loaded of the month before.", given=str(wanted.first)[:7], allowed=f"up to {latest}",
            latest=latest,
        )  # fmt: skip
    terms = _Terms(tiers, give, margin, step)
    members = Members(ask, Period(before.first, min(before.last, ask.until)), FIGURES)
    found = members.columns("first_rows", ("gmv", "people", "costed", "cogs"), ("day",))
    blocks = tuple(
        _block(members, members.of(found, store), store, who, wanted, terms) for store, who in members.groups()
    )
    notes = list(members.notes())
    if ask.until < before.last:
        notes.append(Note("coupons_open", {"day": str(ask.until)}))
    if any(row["off"] is None for block in blocks for row in block.rows):
        notes.append(Note("coupons_no_face", {}))
    scope = members.scope(month=str(wanted.first)[:7], give=give, margin=margin, step=step)
    return MemberTable("calendar", blocks, COLUMNS, scope, tuple(notes), members.reader.script())


def _month(ask: Ask, text: str | None) -> Period:
    """The asked month, whole."""
    if text is None:
        return whole("month", ask.until + timedelta(days=1))
    period = parse_period(text)
    if period != whole("month", period.first):
        raise GoldloopError("coupons_when_whole", f"'{text}' is no month.", given=text, allowed="YYYY-MM", written=text)
    return period


class _Terms:
    """What coupons are made by: bounds of tiers (None: thirds), the share given, a margin by hand, the step."""

    def __init__(self, tiers: str | None, give: str, margin: str | None, step: str) -> None:
        self.bounds = None if tiers is None else [_number(part) for part in tiers.split(",")]
        self.give, self.step = _number(give), _number(step)
        self.margin = None if margin is None else _number(margin)
        if self.bounds is not None and self.bounds != sorted(set(self.bounds)):
            raise _bad(str(tiers))


def _number(text: str) -> Fraction:
    try:
        return read_number(text, "coupons")
    except PlanError:
        raise _bad(text) from None


def _bad(text: str) -> GoldloopError:
    return GoldloopError(
        "coupons_number", f"'{text}' is no number here.", given=text,
        allowed="--tiers rising, such as 100,300; --give and --margin such as 0.3; --step such as 5", written=text,
    )  # fmt: skip


def _block(
    members: Members, rows: Columns, store: Store | None, who: list[Store], month: Period, terms: _Terms
) -> Block:
    name, people = None if store is None else store.name, int(rows["people"].sum())
    why = members.unknown(who)
    if why is None and people < LEAST:
        why = ("members_few", {"people": people, "minimum": LEAST})
    if why is not None:
        return Block(name, None, (), {}, why)
    currency = members.currency(store)
    scale = 10 ** exponent(currency)
    tier = _tiers(rows, terms.bounds, scale)
    days = [date.fromisoformat(str(day)) for day in np.asarray(rows["day"], "datetime64[D]")]
    sizes: Counter[tuple[date, int]] = Counter()
    for day, of, count in zip(days, tier.tolist(), rows["people"].tolist(), strict=True):
        sizes[day, of] += count
    by_day: Counter[date] = Counter()
    for (day, _), count in sizes.items():
        by_day[day] += count
    plan = coupon_calendar(month.first, by_day)
    told = [_tier(members, rows, tier == k, who, terms, scale) for k in range(int(tier.max()) + 1)]
    least = [rows["gmv"][tier == k].min(initial=2**62) for k in range(len(told))]
    found = tuple(
        _row(plan, number, k, sizes, value, coupon, currency)
        for number in range(len(plan.waves)) for k, (value, _, coupon) in enumerate(told)
    )  # fmt: skip
    return Block(
        name, people, found, {"event": _event(plan), "tiers": _told(told, least, currency), "currency": currency}
    )


def _tiers(rows: Columns, bounds: list[Fraction] | None, scale: int) -> Ints:
    """The tier of each row, from 0 on: equal amounts are in one tier, whose share of people may then be more than a third."""
    amount, people = rows["gmv"], rows["people"]
    if bounds is not None:
        return np.searchsorted([math.ceil(bound * scale) for bound in bounds], amount, side="right")
    order = np.argsort(amount, kind="stable")
    values, at = np.unique(amount[order], return_index=True)
    smaller = (np.cumsum(people[order]) - people[order])[at]  # people who spent less than each amount
    third = np.unique(smaller * TIERS // people.sum(), return_inverse=True)[1]  # numbered on where one has nobody
    return third[np.searchsorted(values, amount)].astype(np.int64)


def _tier(
    members: Members, rows: Columns, mine: np.ndarray[Any, Any], who: list[Store], terms: _Terms, scale: int
) -> tuple[int | None, Fraction | None, Face | None]:
    """What a tier usually spends first (lower median), its margin, and its coupon."""
    order = np.flatnonzero(mine)[np.argsort(rows["gmv"][mine], kind="stable")]
    people = np.cumsum(rows["people"][order])
    if not len(order):
        return None, None, None
    value = int(rows["gmv"][order[np.searchsorted(people, (people[-1] + 1) // 2)]])
    gmv = int((rows["gmv"][order] * rows["people"][order]).sum())
    costed, cogs = (int(rows[name][order].sum()) for name in ("costed", "cogs"))
    margin = terms.margin
    hidden = any(members.ask.viewer.hides(name, [store.id for store in who]) for name in ("cost", "cogs"))
    if margin is None and not hidden and costed > 0 and costed >= COSTED * gmv:
        margin = Fraction(costed - cogs, costed)
    return value, margin, None if margin is None else face(value, margin, terms.give, int(terms.step * scale))


def _row(
    plan: CouponCalendar, number: int, k: int, sizes: Counter[tuple[date, int]], value: int | None, coupon: Face | None,
    currency: str,
) -> dict[str, Any]:  # fmt: skip
    wave = plan.waves[number]
    people = sum(
        count for (day, of), count in sizes.items() if of == k and wave.acquired.first <= day <= wave.acquired.last
    )
    return {
        "week": wave.week, "from": str(wave.acquired.first), "to": str(wave.acquired.last), "tier": k + 1, "people": people,
        **_prices(value, coupon, currency), "send": str(wave.send), "until": str(wave.until),
        "remind": None if wave.remind is None else str(wave.remind), "with_event": wave.with_event,
        "cost": None if coupon is None else write(coupon.off * people, "money", currency),
    }  # fmt: skip


def _prices(value: int | None, coupon: Face | None, currency: str) -> dict[str, Any]:
    off, minimum = (None, None) if coupon is None else (coupon.off, coupon.minimum)
    return {
        name: write(amount, "money", currency)
        for name, amount in (("usual", value), ("off", off), ("minimum", minimum))
    }


def _event(plan: CouponCalendar) -> dict[str, Any]:
    event = plan.event
    return {
        "week": event.week, "from": str(event.days.first), "to": str(event.days.last), "people": event.people,
        "peak": str(event.peak), "at_peak": event.at_peak,
    }  # fmt: skip


def _told(
    tiers: list[tuple[int | None, Fraction | None, Face | None]], least: list[Any], currency: str
) -> list[dict[str, Any]]:
    return [
        {
            "tier": k, "from": None if value is None else write(int(low), "money", currency),
            "margin": None if margin is None else float(margin), **_prices(value, coupon, currency),
        }
        for k, ((value, margin, coupon), low) in enumerate(zip(tiers, least, strict=True), 1)
    ]  # fmt: skip
