"""Waves: made, checked (whom, who is held out, what it may cost and bring, which prices get too low), listed, declined."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goldloop.apps.actions import api as actions
from goldloop.apps.actions.api import Action
from goldloop.apps.calendar import api as calendar
from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Seen
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.experiment import FORMULA, sample_size, smallest_effect
from goldloop.core.holdout import drawn_units, held_out, persons
from goldloop.core.money import to_minor, to_text
from goldloop.core.price_guard import check_face, stacking
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.core.wave import Wave, read_wave
from goldloop.jobs.wave_contacts import reachable, stopped

if TYPE_CHECKING:
    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.members.asked import Ask
    from goldloop.metrics.members.waves import EventPrice, People

KIND = "wave"  # of its action
OWNER = "members"
CHANNEL = {"A": "phone", "B": "platform"}
GLOBAL = "everybody"  # what the hold-out of all waves is drawn by
SHOWN_PRICES = 20
Merged = Mapping[str, str]


def merged_people(ask: Ask) -> dict[str, str]:
    """Key -> person of everybody who has several keys, as the lake tells it now; other keys are people of their own."""
    return merged_in(ask.engine.snapshot)


def merged_in(snapshot: Snapshot) -> dict[str, str]:
    """The same of a state of the lake."""
    files = snapshot.files("ref/persons")
    if not files:
        return {}
    import pyarrow.parquet as pq

    rows = pq.ParquetDataset(files, partitioning=None).read(["buyer_key", "person"])
    return dict(zip(rows["buyer_key"].to_pylist(), rows["person"].to_pylist(), strict=True))


def wave_new(viewer: Viewer, given: Mapping[str, str], *, stores: Sequence[str], moment: datetime) -> Seen:
    """Keep a wave of these stores (none named: of all that are seen) as a draft; raises `wave_currencies` and as `read_wave`."""
    own = chosen(viewer, stores)
    wave = _checked(read_wave(given, own[0].currency), own)
    return campaigns.wave_new(
        viewer=viewer, stores=[store.id for store in own], wave=wave, salt=secrets.token_hex(16), moment=moment
    )


def wave_change(viewer: Viewer, id: int, given: Mapping[str, str], *, moment: datetime) -> Seen:
    """Give a wave another version: fields replaced, empty ones taken out."""
    seen = campaigns.wave_show(viewer=viewer, id=id)
    wave = _checked(read_wave({**seen.wave.said, **given}, seen.wave.currency), stores_of(viewer, seen))
    return campaigns.wave_change(viewer=viewer, id=id, wave=wave, moment=moment)


def chosen(viewer: Viewer, names: Sequence[str]) -> list[Store]:
    """The stores of a wave; raises `store_unknown`, or `wave_currencies` where amounts would mean different money."""
    found = [shops.store_visible(viewer=viewer, name=name) for name in dict.fromkeys(names)]
    found = found or shops.stores_visible(viewer=viewer)
    currencies = sorted({store.currency for store in found})
    if len(currencies) != 1:
        raise GoldloopError(
            "wave_currencies", "A wave is of stores with one currency.", given=currencies, todo="--store NAME"
        )
    return found


def stores_of(viewer: Viewer, seen: Seen) -> list[Store]:
    """The stores of a wave."""
    return [store for store in shops.stores_visible(viewer=viewer) if store.id in seen.stores]


def _checked(wave: Wave, stores: Sequence[Store]) -> Wave:
    if wave.coupon is not None:
        for store in stores:
            check_face(wave.coupon, stacking(store.platform), wave.currency)
    return wave


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Who is left of an audience, who of them is held out, and how many fell away for what."""

    people: People
    held: Any
    units: Any
    held_units: list[str]
    excluded: dict[str, int]
    audience: int


def wave_check(ask: Ask, viewer: Viewer, id: int, *, merged: Merged, moment: datetime) -> Seen:
    """Draw the people of a wave and keep who is held out; tell sizes, cost, expected gain, prices that get too low.

    The wave becomes an action with its prediction. Raises as `metrics.members.waves.people`, `wave_nobody`.
    """
    from goldloop.metrics.members.waves import price_warnings

    seen = campaigns.wave_show(viewer=viewer, id=id)
    wave, rules = seen.wave, campaigns.rules()
    ask = replace(ask, day=min(ask.until, wave.send - timedelta(days=1)))  # nobody is chosen by what she did afterwards
    found = _choose(ask, seen, rules, merged)
    reached = _reached(wave, found, merged)
    told: dict[str, Any] = {
        "known": str(ask.until), "audience": found.audience, "excluded": found.excluded, "sent": int((~found.held).sum()),
        "held": int(found.held.sum()), "held_units": found.held_units, "reachable": reached,
        **_expected(ask, wave, found, rules, reached),
    }  # fmt: skip
    told["prices"] = []
    if wave.lowers:
        found_prices = price_warnings(ask, wave, event_prices(viewer, seen))
        told["prices"] = [
            {"store": store, "product": goods, "warning": one.code, "price": to_text(one.price, wave.currency),
             "limit": to_text(one.limit, wave.currency), "units": one.units,
             "event": None if event is None else to_text(event.price, wave.currency)}
            for store, goods, event, one in found_prices[:SHOWN_PRICES]
        ]  # fmt: skip
    rows = list(zip(found.people.person.tolist(), found.units.astype(str).tolist(), found.held.tolist(), strict=True))
    with transaction.atomic():
        kept = campaigns.wave_check(viewer=viewer, id=id, number=seen.number, people=rows, told=told)
        actions.action_propose(
            viewer=viewer, kind=KIND, ref=id, title=wave.name, stores=sorted(seen.stores), currency=wave.currency,
            owner=OWNER, due=wave.send, predicted=_prediction(told), moment=moment,
        )  # fmt: skip
    return kept


def event_prices(viewer: Viewer, seen: Seen) -> dict[tuple[int, str], EventPrice]:
    """The lowest price of each enrolled product (store, product) in the events that are open while a wave can be used."""
    from goldloop.metrics.members.waves import EventPrice

    wave = seen.wave
    days = Period(wave.send, wave.until)
    found: dict[tuple[int, str], EventPrice] = {}
    for event in calendar.event_list(viewer=viewer, period=days):
        opens = [run.first for run in event.content.waves if run.first <= days.last and run.last >= days.first]
        if not event.stands or not opens or event.currency != wave.currency:
            continue
        for product in event.content.products:
            if not product.price:
                continue
            one = EventPrice(to_minor(Decimal(product.price), wave.currency), min(opens))
            for store in event.stores & seen.stores:
                found[store, product.id] = min(one, found.get((store, product.id), one))
    return found


def _choose(ask: Ask, seen: Seen, rules: Mapping[str, str], merged: Merged) -> _Chosen:
    """The audience less everybody who is not to be sent anything; what is left is drawn."""
    import numpy as np

    from goldloop.metrics.members.waves import people

    wave = seen.wave
    found = people(ask, wave, merged)
    audience, excluded = len(found), {}
    reasons = {
        "bought": found.purchases > 1 if wave.audience.kind == "first" else np.zeros(audience, bool),
        "refunded": found.refunded > np.datetime64(ask.until - timedelta(days=int(rules["refund_days"]))),
    }
    if wave.of("reach") != "C":  # a platform's own tool knows conditions, not our people
        quiet = timedelta(days=int(rules["contact_days"]))
        contacted = campaigns.contacted(since=wave.send - quiet, until=wave.send + quiet, but=seen.id)
        for name, several in (("contacted", contacted), ("stopped", stopped())):
            them = set(persons(sorted(several), merged))
            reasons[name] = np.array([one in them for one in found.person], bool)
        reasons["global_holdout"] = held_out(found.person.tolist(), GLOBAL, float(rules["global_holdout"]))
    stays = np.ones(audience, bool)
    for name, out in reasons.items():
        excluded[name] = int((stays & out).sum())
        stays &= ~out
    found = found.only(stays)
    if not len(found):
        raise GoldloopError("wave_nobody", "Nobody is left of this audience.", given=audience, counted=excluded)
    share = wave.share("holdout") or 0.0
    units = np.array([""] * len(found), object)
    held_units: list[str] = []
    if wave.of("reach") == "C":
        units = (
            found.first.astype(str) if wave.of("units") == "day" else np.array([r or "" for r in found.region], object)
        )
        held_units = drawn_units(sorted(set(units.tolist())), seen.salt, share) if share else []
        held = np.isin(units.astype(str), held_units)
    else:
        held = held_out(found.person.tolist(), seen.salt, share)
    return _Chosen(found, held, units, held_units, excluded, audience)


def _reached(wave: Wave, found: _Chosen, merged: Merged) -> int | None:
    """How many of those to be sent something can be reached; None where the platform reaches them."""
    channel = CHANNEL.get(wave.of("reach"))
    if channel is None:
        return None
    known = set(persons(sorted(reachable(channel)), merged))
    return sum(person in known for person in found.people.person[~found.held])


def _expected(
    ask: Ask, wave: Wave, found: _Chosen, rules: Mapping[str, str], reachable_people: int | None
) -> dict[str, Any]:
    """What the wave may cost at most, what it should bring, how small an effect it can show: amounts in major units.

    `orders` are those more than without the wave, an order taken as the mean first one of these people. The uplift is an
    assumption (`uplift`), with none and twice of it as ends, until waves of one's own have been measured.
    """
    from goldloop.metrics.members.waves import base_rate

    sent, held = int((~found.held).sum()), int(found.held.sum())
    reached = sent if reachable_people is None else reachable_people
    off = wave.coupon.off if wave.coupon else 0
    messages = reached * message_price(wave, CHANNEL.get(wave.of("reach")), rules)
    cost = reached * off + messages
    told: dict[str, Any] = {
        "cost": to_text(cost, wave.currency), "messages": to_text(messages, wave.currency),
        "base_rate": None, "smallest_effect": None, "needed": None, "formula": FORMULA, "predicted": None,
    }  # fmt: skip
    base = base_rate(ask, found.people, (wave.until - wave.send).days + 1)
    if base is None or not 0 < base[0] < 1:
        return told
    rate, learned = base
    uplift = wave.share("uplift") or 0.0
    told |= {"base_rate": rate, "base_people": learned, "smallest_effect": smallest_effect(sent, held, rate)}
    raised = rate * (1 + uplift)
    told["needed"] = round(sample_size(rate, raised)) if uplift and raised < 1 else None
    value = float(found.people.first_gmv.mean())
    parts = (uplift, 0.0, 2 * uplift)
    orders = [sent * rate * part for part in parts]
    predicted: dict[str, Any] = {
        **{name: round(n, 1) for name, n in zip(("orders", "orders_low", "orders_high"), orders, strict=True)},
        **{name: _text(n * value, wave) for name, n in zip(("gmv", "low", "high"), orders, strict=True)},
        "uplift": uplift, "method": "assumed",
    }  # fmt: skip
    margin = wave.share("margin")
    if margin is not None:
        left, whole = value * margin - off, value * margin
        gains = sorted(sent * rate * ((1 + part) * left - whole) - messages for part in parts)
        named = zip(("gain_low", "gain", "gain_high"), gains, strict=True)
        predicted |= {name: _text(one, wave) for name, one in named}
        predicted["break_even"] = None if left <= 0 else whole / left - 1
    told["predicted"] = predicted
    return told


def message_price(wave: Wave, channel: str | None, rules: Mapping[str, str]) -> int:
    """What a message to one person costs: a coupon that is sent to a phone is one, and whatever goes out as one; a call or card is none."""
    touch = wave.of("touch")
    is_message = touch == "sms" or (touch == "coupon" and channel == "phone")
    return to_minor(rules["message_price"], wave.currency) if is_message else 0


def _text(minor: float, wave: Wave) -> str:
    return to_text(round(minor), wave.currency)


def _prediction(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the action keeps for ever."""
    predicted = told["predicted"] or {}
    return {
        **{name: predicted.get(name) for name in ("gmv", "low", "high", "orders", "gain", "gain_low", "gain_high")},
        "cost": told["cost"], "holdout": told["held"], "sent": told["sent"], "method": predicted.get("method"),
        "evidence": {name: told.get(name) for name in ("known", "base_rate", "base_people", "smallest_effect")},
    }  # fmt: skip


def wave_decline(viewer: Viewer, id: int, *, reason: str, moment: datetime) -> Seen:
    """Say that a wave will not be sent, and why; its action is declined with it."""
    with transaction.atomic():
        seen = campaigns.wave_decline(viewer=viewer, id=id, reason=reason)
        actions.action_declined(viewer=viewer, kind=KIND, ref=id, reason=reason, moment=moment)
    return seen


MARGINS = ("margin", "gain", "gain_low", "gain_high", "break_even")


def as_seen(viewer: Viewer, one: Seen | Action) -> dict[str, Any]:
    """A wave or an action as JSON carries it, without what tells the margin where this viewer may not see that."""
    data = one.as_dict()
    return _without(data, MARGINS) if viewer.hides("gross_margin", one.stores) else data


def _without(data: Any, names: Collection[str]) -> Any:
    if isinstance(data, dict):
        return {name: _without(one, names) for name, one in data.items() if name not in names}
    return [_without(one, names) for one in data] if isinstance(data, list) else data
