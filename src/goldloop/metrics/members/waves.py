"""Waves against the lake: who is in an audience, what those people did before, what both arms bought, which prices are too low."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.arrays import array
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.experiment import Arm
from goldloop.core.holdout import persons
from goldloop.core.members.lifecycle import STATES, Limits, stated
from goldloop.core.members.rfm import NAMES, grouped, quantile_bands
from goldloop.core.members.second import second_curve
from goldloop.core.price_guard import LOWEST_OF, Paid, Warned, hand_price, stacking, warnings
from goldloop.core.wave import Audience, Wave
from goldloop.metrics.members.asked import FIGURES, Ask, Columns, Members, reason_of
from goldloop.metrics.members.lifecycle import lifecycle
from goldloop.metrics.members.rfm import QUANTITIES, WINDOW

PEOPLE = ("first", "latest", "refunded_day", "buyer_key", "region")
TOLD = {"claimed": "touches", "used": "touches", "stopped": "people"}  # kind of a touch -> what is counted of it
NEVER = np.datetime64("1900-01-01")
MOST_PRODUCTS = 200  # best sold ones whose prices are looked at
Merged = Mapping[str, str]


@dataclass(frozen=True)
class People:
    """The people of an audience, one row each, by her smallest key: what they bought, and when an order was last refunded.

    `first`, `latest`, `refunded` are days (`refunded` NEVER: none); `first_gmv` in minor units.
    """

    person: NDArray[Any]
    first: NDArray[Any]
    latest: NDArray[Any]
    purchases: NDArray[Any]
    first_gmv: NDArray[Any]
    region: NDArray[Any]
    refunded: NDArray[Any]

    def __len__(self) -> int:
        return len(self.person)

    def only(self, mine: NDArray[np.bool_]) -> People:
        """Some of them."""
        return People(**{name: getattr(self, name)[mine] for name in self.__dataclass_fields__})


def people(ask: Ask, wave: Wave, merged: Merged) -> People:
    """The people a wave is for, as the days up to the asked one tell; raises `wave_unknown_buyers` where buyers are not known."""
    members = Members(ask, ask.history, FIGURES)
    check_known(members)
    table = members.table("wave_people", ("purchases", "first_gmv"), PEOPLE)
    found = _one_each({name: array(table.column(name)) for name in table.column_names}, merged)
    return found.only(_inside(ask, members, found, wave.audience, merged) & _valued(found, wave))


def check_known(members: Members) -> None:
    """Raise `wave_unknown_buyers` where the buyers of these stores are not known."""
    why = members.unknown(list(members.question.stores.values()))
    if why is not None:
        raise GoldloopError(
            "wave_unknown_buyers", f"Buyers are not known here: {reason_of(why, 'en')['reason']['text']}",
            reason=reason_of(why, "en")["reason"]["text"], reason_zh=reason_of(why, "zh")["reason"]["text"],
        )  # fmt: skip


def _one_each(rows: Columns, merged: Merged) -> People:
    """One row for each person, by her smallest key; of merged ones the history is taken together."""
    person = np.array(persons(rows["buyer_key"].tolist(), merged), object)
    order = np.lexsort((rows["first"], person.astype(str)))
    person, rows = person[order], {name: values[order] for name, values in rows.items()}
    starts = np.flatnonzero(np.r_[True, person[1:] != person[:-1]][: len(person)])
    first, latest, refunded = (rows[name].astype("datetime64[D]") for name in ("first", "latest", "refunded_day"))
    refunded = np.where(np.isnat(refunded), NEVER, refunded)
    purchases = rows["purchases"]
    if len(starts) < len(person):
        latest, refunded = np.maximum.reduceat(latest, starts), np.maximum.reduceat(refunded, starts)
        purchases = np.add.reduceat(purchases, starts)
    return People(
        person[starts], first[starts], latest, purchases, rows["first_gmv"][starts], rows["region"][starts], refunded
    )


def _inside(ask: Ask, members: Members, found: People, audience: Audience, merged: Merged) -> NDArray[np.bool_]:
    if audience.kind == "first" and audience.days is not None:
        days = audience.days
        return (found.first >= np.datetime64(days.first)) & (found.first <= np.datetime64(days.last))
    if audience.kind == "lifecycle":
        limits = lifecycle(ask).blocks[0].about.get("limits")
        if limits is None:
            return np.zeros(len(found), bool)
        since = (np.datetime64(ask.until) - found.latest).astype(np.int64)
        state = stated(found.purchases, since, Limits(limits["sleeping"], limits["lost"]))
        return state == STATES.index(audience.group)
    if audience.kind == "segment":
        return np.isin(found.person.astype(str), _of_segment(ask, audience.group, merged))
    window = Members(ask, Period(ask.until - timedelta(days=WINDOW - 1), ask.until), FIGURES)
    rows = window.columns("rfm_rows", QUANTITIES, ("buyer_key",))
    if not len(rows["buyer_key"]):
        return np.zeros(len(found), bool)
    three = tuple(rows[name] for name in QUANTITIES)
    group = grouped(quantile_bands(*three).scores(*three))
    mine = set(persons(rows["buyer_key"][group == NAMES.index(audience.group)].tolist(), merged))
    return np.array([person in mine for person in found.person], bool)


def _of_segment(ask: Ask, name: str, merged: Merged) -> list[str]:
    """The people of a saved segment; raises `segment_unknown`."""
    from goldloop.metrics.members.segments import people as people_of

    saved = ask.engine.saved
    if saved is None:
        raise GoldloopError("segment_unknown", f"There is no segment '{name}'.", given=name, name=name)
    rows = people_of(ask, saved.segment(ask.viewer, name))
    return sorted(set(persons(rows.column("person").to_pylist(), merged)))


def _valued(found: People, wave: Wave) -> NDArray[np.bool_]:
    low, high = wave.amount("value_from"), wave.amount("value_to")
    inside = np.ones(len(found), bool) if low is None else found.first_gmv >= low
    return inside if high is None else inside & (found.first_gmv < high)


@dataclass(frozen=True)
class Bought:
    """What people bought in a window: `place` of a person in `person`; orders, gmv and net (minor units), 0 where nothing."""

    orders: NDArray[np.int64]
    gmv: NDArray[np.int64]
    net: NDArray[np.int64]

    def arm(self, mine: NDArray[np.bool_]) -> Arm:
        """The sums of an arm."""
        orders, gmv, net = (getattr(self, name)[mine] for name in ("orders", "gmv", "net"))
        sums = [int(values.sum()) for values in (orders, gmv, net)]
        squares = [float((values.astype(float) ** 2).sum()) for values in (orders, gmv, net)]
        return Arm(int(mine.sum()), int((orders > 0).sum()), *sums, *squares)

    def units(self, unit: NDArray[Any], names: set[str]) -> dict[str, NDArray[np.float64]]:
        """Sums by province or day, of those named."""
        mine = np.isin(unit.astype(str), list(names))
        kinds, at = np.unique(unit[mine].astype(str), return_inverse=True)
        columns = {"people": np.ones(len(at)), "buyers": (self.orders[mine] > 0).astype(float)}
        columns |= {name: getattr(self, name)[mine].astype(float) for name in ("orders", "gmv", "net")}
        return {name: np.bincount(at, values, len(kinds)).astype(np.float64) for name, values in columns.items()}


def bought(ask: Ask, person: NDArray[Any], days: Period, merged: Merged) -> Bought:
    """What each of these people bought on these days, under any of her keys."""
    import pyarrow as pa
    import pyarrow.compute as pc

    members = Members(ask, days, FIGURES)
    rows = members.table("wave_bought", ("orders", "gmv", "net"), ("buyer_key",))
    keys = pa.array(persons(rows.column("buyer_key").to_pylist(), merged), pa.string())
    at = pc.index_in(keys, value_set=pa.array(person.tolist(), pa.string()))
    mine = array(pc.is_valid(at))
    places = array(at.drop_null())
    sums = {}
    for name in ("orders", "gmv", "net"):
        sums[name] = np.zeros(len(person), np.int64)
        np.add.at(sums[name], places, array(rows.column(name))[mine])
    return Bought(**sums)


def touches(ask: Ask, days: Period, campaigns: Collection[str]) -> dict[str, int]:
    """What imported files say of a campaign under one of these names on these days: how many coupons were claimed and
    used, and how many people stopped. Only kinds that a file tells of are there; a touch without a day counts.
    """
    rows = Members(ask, days, FIGURES).table("wave_touches", ("touches", "people"), ("campaign_id", "kind"))
    found: dict[str, int] = {}
    for row in rows.to_pylist():
        if row["campaign_id"] in campaigns and row["kind"] in TOLD:
            found[row["kind"]] = found.get(row["kind"], 0) + row[TOLD[row["kind"]]]
    return found


def base_rate(ask: Ask, found: People, window: int) -> tuple[float, int] | None:
    """Share of such people who buy within `window` days when nothing is sent, and how many it was learned from.

    From the second-purchase curve of the store's first buyers: `(S(t + w) - S(t)) / (1 - S(t))`, t the audience's median age.
    None where nobody was seen so long.
    """
    members = Members(ask, ask.history, ("buyers",))
    rows = members.columns("second_day_rows", ("days", "people"), ("cut", "again"))
    if not len(rows["days"]) or not len(found):
        return None
    age = int(np.median((np.datetime64(ask.until) - found.latest).astype(np.int64)))
    curve = second_curve(rows["days"], rows["again"], rows["people"])
    now, then = curve.at(age), curve.at(age + window)
    if now is None or then is None or now[0] >= 1:
        return None
    return (then[0] - now[0]) / (1 - now[0]), curve.people


@dataclass(frozen=True, slots=True, order=True)
class EventPrice:
    """What a product costs in an event, in minor units, and the first day on which it does."""

    price: int
    first: date


def price_warnings(
    ask: Ask, wave: Wave, events: Mapping[tuple[int, str], EventPrice]
) -> list[tuple[str, str, EventPrice | None, Warned]]:
    """(store, product, its event price, warning) of products whose 到手价 would be too low, by paid prices of 30 days.

    Unit costs are the floor, where they may be seen. A product costs what the event says that it is enrolled in (`events`, by
    store and product), else what it did on its last day with sales; item discount, coupon and threshold discount of the wave
    are stacked upon that.
    """
    period = Period(max(ask.until - timedelta(days=LOWEST_OF - 1), ask.loaded[0]), ask.until)
    members = Members(ask, period, FIGURES)
    rows = members.table("wave_prices", ("store", "units", "gmv", "cost", "costed"), ("goods", "day")).to_pylist()
    hidden = ask.viewer.hides("cogs") or ask.viewer.hides("cost")
    sold: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["day"]):
        sold.setdefault((row["store"], row["goods"]), []).append(row)
    best = sorted(sold, key=lambda one: (one not in events, -sum(row["gmv"] for row in sold[one])))[:MOST_PRODUCTS]
    found = []
    for store, goods in best:
        mine, named = sold[store, goods], members.question.stores[store]
        sales = [Paid(row["day"], row["gmv"] // row["units"], row["units"]) for row in mine]
        costed = sum(row["costed"] for row in mine)
        floor = sum(row["cost"] for row in mine) // costed if costed > 0 and not hidden else None
        rules = stacking(named.platform)
        event = events.get((store, goods))
        price = hand_price(
            event.price if event else sales[-1].price, rules, item=wave.amount("item_off") or 0, coupon=wave.coupon,
            threshold=wave.threshold,
        )  # fmt: skip
        if price < sales[-1].price:
            on = max(wave.send, event.first) if event else wave.send
            found += [(named.name, goods, event, one) for one in warnings(price, sales, on, rules, floor=floor)]
    return found
