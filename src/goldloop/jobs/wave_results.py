"""What a wave brought: both arms since the day it went out, everybody as drawn, beside what was predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from goldloop.apps.actions import api as actions
from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Seen
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.experiment import Arm, Gain, Measured, measured, measured_by_units
from goldloop.core.holdout import persons
from goldloop.core.money import to_text
from goldloop.core.pooled import Sums, of_people, of_units
from goldloop.core.viewer import Viewer
from goldloop.core.wave import campaign
from goldloop.jobs import wave_contacts
from goldloop.jobs.waves import KIND, Merged

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask
    from goldloop.metrics.members.waves import Bought

MONEY = ("gmv", "net")


def wave_result(ask: Ask, viewer: Viewer, id: int, *, merged: Merged, moment: datetime) -> Seen:
    """Measure a wave that went out, by the days loaded so far; once its last day is loaded the result is final.

    Every result is kept; the action gets it beside its prediction. Raises `wave_not_out`, `wave_not_begun`.
    """
    seen = campaigns.wave_show(viewer=viewer, id=id)
    if not seen.files:
        raise GoldloopError(
            "wave_not_out", "A wave is measured after it went out.", given=seen.state,
            todo=f"goldloop members wave export {id} --out FILE",
        )  # fmt: skip
    wave, known = seen.wave, min(ask.until, seen.wave.until)
    if known < wave.send:
        raise GoldloopError(
            "wave_not_begun", "Nothing is known yet of the days since the wave.", given=str(ask.until),
            allowed=f"days loaded from {wave.send} on", day=str(wave.send),
        )  # fmt: skip
    called = _called(seen, campaigns.wave_list(viewer=viewer))
    told = _told(ask, seen, Period(wave.send, known), merged, called)
    final = ask.until >= wave.until
    told |= {"known": str(known), "final": final, "predicted": (seen.told or {}).get("predicted")}
    campaigns.result_keep(id=id, known=known, told=told, final=final, moment=moment)
    if final:
        actions.action_measured(kind=KIND, ref=id, result=_short(told))
    return campaigns.wave_show(viewer=viewer, id=id)


def _called(seen: Seen, every: Sequence[Seen]) -> set[str]:
    """Under which names files tell of a wave: its code, and what it is called, unless that is a bare number, which others have, too,
    or another wave of its stores went out under it."""
    name = seen.wave.name
    others = [one for one in every if one.id != seen.id and one.files and one.stores & seen.stores]
    alone = not name.strip().isdecimal() and all(one.wave.name != name for one in others)
    return {campaign(seen.id), name} if alone else {campaign(seen.id)}


def _told(ask: Ask, seen: Seen, days: Period, merged: Merged, called: set[str]) -> dict[str, Any]:
    """Both arms, what the difference tells, and what became of the coupons."""
    import numpy as np

    from goldloop.metrics.members.waves import bought, touches

    rows = campaigns.drawn(id=seen.id)
    person = np.array(persons([row[0] for row in rows], merged), object)
    held, unit = np.array([row[2] for row in rows], bool), np.array([row[1] for row in rows], object)
    people, first, at = np.unique(person.astype(str), return_index=True, return_inverse=True)
    both = np.bincount(at, held, len(people)), np.bincount(at, ~held, len(people))
    mixed = (both[0] > 0) & (both[1] > 0)  # two who were drawn apart turned out to be one: she counts in neither arm
    held, unit = held[first], unit[first]
    found = bought(ask, people, days, merged)
    arms = found.arm(~held & ~mixed), found.arm(held & ~mixed)
    read = touches(ask, days, called)
    totals = {**(seen.totals or {}), **read}  # a file tells every coupon, so it goes before totals that were typed
    cost = _cost(seen, arms[0], totals)
    result, sums = _measured(seen, found, unit, held & ~mixed, ~held & ~mixed, arms, cost)
    currency = seen.wave.currency
    told: dict[str, Any] = {
        "sent": arm_dict(arms[0], currency), "held": arm_dict(arms[1], currency), "mixed": int(mixed.sum()),
        "cost": to_text(cost, currency), "measured": None if result is None else measured_dict(result, currency),
        "sums": {name: one.as_dict() for name, one in zip(("sent", "held"), sums, strict=True)},
        **_coupons(seen, totals), "from_files": sorted(read), "by_code": seen.wave.name not in called,
    }  # fmt: skip
    margin = seen.wave.share("margin")
    if result is not None and margin is not None:
        messages = sum(one.cost for one in seen.files) - _at_most(seen)
        ends = [one * margin - messages for one in (result.net.value, result.net.low, result.net.high)]
        named = zip(("gain", "gain_low", "gain_high"), ends, strict=True)
        told |= {name: to_text(round(one), currency) for name, one in named}
    return told


def _measured(
    seen: Seen, found: Bought, unit: Any, held: Any, sent: Any, arms: tuple[Arm, Arm], cost: int
) -> tuple[Measured | None, tuple[Sums, Sums]]:
    """The result, and the sums of both arms from which several waves are told together."""
    held_units = (seen.told or {}).get("held_units") or []
    if not held_units:
        return measured(arms[0], arms[1], cost), (of_people(arms[0]), of_people(arms[1]))
    names = set(unit[sent].astype(str).tolist())
    columns = found.units(unit, names), found.units(unit, set(held_units))
    return measured_by_units(*columns, cost), (of_units(columns[0]), of_units(columns[1]))


def _at_most(seen: Seen) -> int:
    """What the coupons of the first file would cost, were all of them used."""
    coupon = seen.wave.coupon
    return sum(one.lines for one in seen.files if one.kind == "list") * coupon.off if coupon else 0


def _cost(seen: Seen, sent: Arm, totals: Mapping[str, int]) -> int:
    """Coupons used, as told; else as many as people who bought, the most there can be; and messages."""
    coupon = seen.wave.coupon
    used = totals.get("used", sent.buyers)
    messages = sum(one.cost for one in seen.files) - _at_most(seen)
    return messages + (used * coupon.off if coupon else 0)


def _coupons(seen: Seen, totals: Mapping[str, int]) -> dict[str, Any]:
    """Used, unused, expired, and who stopped: as files and the platform told; who stopped of our own list, too."""
    claimed, used, expired = (totals.get(name) for name in ("claimed", "used", "expired"))
    unused = None if claimed is None or used is None else claimed - used - (expired or 0)
    unused = None if unused is not None and unused < 0 else unused  # of two sources that do not belong together
    stopped = totals.get("stopped")
    if stopped is None and seen.wave.of("reach") != "C":
        drawn = {row[0] for row in campaigns.drawn(id=seen.id) if row[3] is not None}
        stopped = len(drawn & wave_contacts.stopped())
    return {"claimed": claimed, "used": used, "unused": unused, "expired": expired, "stopped": stopped}


def arm_dict(arm: Arm, currency: str) -> dict[str, Any]:
    """An arm as JSON carries it."""
    money = {name: to_text(getattr(arm, name), currency) for name in MONEY}
    return {"people": arm.people, "buyers": arm.buyers, "orders": arm.orders, **money}


def measured_dict(found: Measured, currency: str) -> dict[str, Any]:
    """As JSON carries it: money as text, people and orders as numbers."""

    def gain(name: str) -> dict[str, Any]:
        one: Gain = getattr(found, name)
        if name in MONEY:
            return {end: to_text(round(value), currency) for end, value in asdict(one).items()}
        return {end: round(value, 1) for end, value in asdict(one).items()}

    costs = {"value": found.cost_per_order, "low": found.cost_low, "high": found.cost_high}
    return {
        "formula": found.formula, "rate_sent": found.rate_sent, "rate_held": found.rate_held, "p": found.p,
        **{name: gain(name) for name in ("buyers", "orders", *MONEY)},
        "cost_per_order": {end: None if v is None else to_text(round(v), currency) for end, v in costs.items()},
    }  # fmt: skip


def _short(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the action keeps beside its prediction."""
    found = told["measured"]
    own = {name: told.get(name) for name in ("gain", "gain_low", "gain_high", "cost", "known")}
    return own | ({} if found is None else {"gmv": found["gmv"]["value"], "low": found["gmv"]["low"], "high": found["gmv"]["high"], "orders": found["orders"]["value"]})  # fmt: skip
