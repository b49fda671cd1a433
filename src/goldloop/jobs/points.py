"""Points of a program: booked from the paid orders of the lake, shown, spent, corrected (docs/decisions/0038-loyalty.md)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from goldloop.apps.loyalty import api as loyalty
from goldloop.apps.loyalty.api import Balance, Program
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.home import Home
from goldloop.jobs import lock
from goldloop.jobs.vault import Seal
from goldloop.lake.snapshot import Snapshot

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask

REASON = 4  # characters of a reason


def book(home: Home, ask: Ask, program: Program, *, merged: Mapping[str, str], moment: datetime) -> dict[str, Any]:
    """Book what paid orders are worth by the days loaded so far; the second time nothing. Raises `points_too_soon`."""
    from goldloop.metrics.members.points import paid_days

    since = max(program.start, ask.until - timedelta(days=program.expires - 1), ask.loaded[0])
    if since > ask.until:
        raise GoldloopError("points_too_soon", "No day of the program is loaded yet.", given=str(program.start))
    with lock.claim(home, "points", program.id):
        paid = paid_days(ask, Period(since, ask.until), merged)
        unit = 10 ** exponent(program.currency)
        starts, rates = [day for day, _ in program.rates], [Fraction(rate) for _, rate in program.rates]
        worth = {
            (person, day): (net * rates[bisect_right(starts, day) - 1] // unit, net) for (person, day), net in paid.items()
        }  # fmt: skip
        counts = loyalty.book(program=program, worth=worth, since=since, day=ask.until, merged=merged, moment=moment)
    return {"program": program.name, "from": str(since), "to": str(ask.until), **counts}


def joined(snapshot: Snapshot, program: Program, person: str) -> None:
    """Make the accounts of all keys of a person hers, before anything is told or booked."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    with looking(snapshot) as work:
        loyalty.join(program=program, person=person, keys=whose.keys_beside(work, [person]))


def sealed(home: Home, reason: str) -> bytes:
    """A reason as it is kept; raises `points_reason_needed`."""
    reason = " ".join(reason.split())[:500]
    if len(reason) < REASON:
        raise GoldloopError(
            "points_reason_needed", f"Say why, in {REASON} characters or more.", given=len(reason), least=REASON
        )
    return Seal(home.key("home")).seal(reason.encode())


def shown(home: Home, program: Program, found: Balance, *, plain: bool, called: int = 12) -> dict[str, Any]:
    """A balance as JSON carries it; reasons only for who may see what people wrote (`plain`)."""
    open = Seal(home.key("home")).open
    return {
        "program": program.name, "person": found.person[:called], "points": found.points,
        "expiring": found.expiring, "expiring_within": loyalty.SOON_DAYS, "owed": found.owed,
        "tier": found.tier, "tier_by": program.tier_by, "tier_value": found.tier_value,
        "lines": [
            {"kind": one.kind, "points": one.points, "day": str(one.day), "by": one.by, "at": one.at.isoformat(),
             "reason": open(one.reason).decode() if plain and one.reason else ""}
            for one in found.lines
        ],
    }  # fmt: skip


def tiers(program: Program, day: date) -> dict[str, Any]:
    """How many members are in each tier on a day, where it begins (points, or minor units), and the points of all of them."""
    counts = loyalty.tier_counts(program=program, day=day)
    limits = {"": 0, **dict(program.tiers)}
    return {
        "program": program.name, "day": str(day), "tier_by": program.tier_by, "currency": program.currency,
        **asdict(loyalty.totals(program=program, day=day)), "expiring_within": loyalty.SOON_DAYS,
        "tiers": [{"tier": name, "from": limits[name], "members": count} for name, count in counts.items()],
    }  # fmt: skip
