"""What a target is made of: its totals, the stores that share it, and the shapes that lead it over the days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, isfinite

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.money import split

# driver -> day -> weight: how a day compares with the others; only ratios between days matter. Drivers: `gmv`, or the
# three it is the product of (`visitors`, `conversion`, `buyer_value`); `visitors:<source>` in place of `visitors`;
# `new_share`, `new_buyer_value`, `orders_per_buyer`, `refund_rate`. A driver that is left out is the same every day.
Shapes = Mapping[str, Mapping[date, float]]
DRIVERS = (
    "gmv", "visitors", "conversion", "buyer_value", "new_share", "new_buyer_value", "orders_per_buyer", "refund_rate",
)  # fmt: skip


class TargetError(GoldloopError):
    """A target that cannot be spread."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Totals of the whole period: money in minor units, counts whole; None where nothing is aimed at.

    `visitors` by source group, each visitor booked at one source. `new_gmv` and `new_buyers` are parts of `gmv` and
    `buyers`; the rest is repeat. `refunded_gmv` is what will be refunded of `gmv`; net is the rest.
    """

    gmv: int
    refunded_gmv: int | None = None
    buyers: int | None = None
    new_buyers: int | None = None
    new_gmv: int | None = None
    orders: int | None = None
    visitors: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        totals = {
            name: getattr(self, name) for name in ("gmv", "refunded_gmv", "buyers", "new_buyers", "new_gmv", "orders")
        }
        totals |= {f"visitors:{source}": count for source, count in self.visitors.items()}
        for name, total in totals.items():
            if total is not None and (total < 0 or (total == 0 and name in ("gmv", "buyers"))):
                allowed = "> 0" if name in ("gmv", "buyers") else ">= 0"
                raise TargetError(
                    "target_amount_bad",
                    f"The target of {name} cannot be {total}.",
                    given=total,
                    allowed=allowed,
                    name=name,
                )
        for part, whole in (
            ("refunded_gmv", "gmv"),
            ("new_gmv", "gmv"),
            ("new_buyers", "buyers"),
            ("buyers", "orders"),
        ):
            small, large = totals[part], totals[whole]
            if small is not None and large is not None and small > large:
                raise TargetError(
                    "target_part_above",
                    f"{part} is above {whole}.",
                    given=small,
                    allowed=f"<= {large}",
                    part=part,
                    whole=whole,
                )
        if self.new_buyers is not None and self.buyers is None:
            raise TargetError("target_part_alone", "New buyers need a target of buyers.", given=self.new_buyers)


def goal_of(values: Mapping[str, Fraction], sources: Mapping[str, float]) -> Goal:
    """The goal that a solved plan sets (`core.plan`: money in minor units), its visitors shared out by source.

    Counts are rounded up, refunds to the nearest unit. `sources`: source group -> weight; without any, or without
    visitors in the plan, none are aimed at. Raises `target_plan_open` where the plan does not say its sales.

    >>> goal_of({"gmv": Fraction(90000), "buyers": Fraction(19, 2), "visitors": Fraction(100)}, {"free": 3, "paid": 1})
    Goal(gmv=90000, refunded_gmv=None, buyers=10, new_buyers=None, new_gmv=None, orders=None, visitors={'free': 75, 'paid': 25})
    """
    if "gmv" not in values:
        raise TargetError(
            "target_plan_open", "The plan does not say its sales.", given=sorted(values), todo="goldloop plan solve"
        )
    counts = {name: ceil(values[name]) for name in ("buyers", "new_buyers", "orders") if name in values}
    money = {name: round(values[name]) for name in ("gmv", "new_gmv") if name in values}
    refunded = round(values["gmv"] * values["refund_rate"]) if "refund_rate" in values else None
    visitors: dict[str, int] = {}
    if "visitors" in values and sources:
        parts = split(ceil(values["visitors"]), [round(weight * 10**6) for weight in sources.values()])
        visitors = dict(zip(sources, parts, strict=True))
    if "buyers" not in counts:
        counts.pop("new_buyers", None)  # there is nothing they would be a part of
    return Goal(**money, **counts, refunded_gmv=refunded, visitors=visitors)


@dataclass(frozen=True, slots=True)
class StorePart:
    """A store that shares a target: `weight` beside the other stores', its shapes, and the first day it sells on."""

    name: str
    weight: float = 1.0
    shapes: Shapes = field(default_factory=dict)
    currency: str = "CNY"
    opens: date | None = None


@dataclass(frozen=True, slots=True)
class Leaves:
    """Every day of every store, one after the other: what targets are booked on. `share` is each store's, summing to 1."""

    stores: tuple[StorePart, ...]
    period: Period
    days: tuple[tuple[date, ...], ...]  # of each store
    places: tuple[tuple[int, date], ...]  # (position of the store, business day)
    share: tuple[float, ...]

    def weights(self, driver: str) -> list[float]:
        """A driver's weight on every leaf: its shape's mean over the store's own days is 1."""
        found: list[float] = []
        for store, days in zip(self.stores, self.days, strict=True):
            shape = store.shapes.get(driver)
            if shape is None:
                found += [1.0] * len(days)
                continue
            values = _weights(store, driver, shape, days)
            mean = sum(values) / len(values)
            found += [value / mean if mean else 1.0 for value in values]
        return found


def leaves(stores: Iterable[StorePart], period: Period) -> Leaves:
    """The days of a target; raises `target_stores_none`, `target_currencies`, `target_weight_bad` and `target_not_open`."""
    found = tuple(stores)
    if not found or len({store.name for store in found}) < len(found):
        raise TargetError(
            "target_stores_none", "A target needs stores, each of them once.", given=[s.name for s in found]
        )
    currencies = sorted({store.currency for store in found})
    if len(currencies) > 1:
        raise TargetError(
            "target_currencies",
            "Stores with different currencies cannot share a target.",
            given=currencies,
            allowed="one currency",
        )
    if not all(0 <= store.weight < float("inf") for store in found) or not any(store.weight for store in found):
        raise TargetError(
            "target_weight_bad", "The stores' weights must be 0 or more, not all 0.", given=[s.weight for s in found]
        )
    days = tuple(tuple(open_days(store, period)) for store in found)
    places = tuple((at, day) for at, own in enumerate(days) for day in own)
    total = sum(store.weight for store in found)
    return Leaves(found, period, days, places, tuple(store.weight / total for store in found))


def open_days(store: StorePart, period: Period) -> list[date]:
    """The business days of a period on which a store sells; raises `target_not_open`."""
    first = max(period.first, store.opens or period.first)
    if first > period.last:
        raise TargetError(
            "target_not_open",
            f"{store.name} opens after the target's last day.",
            given=str(store.opens),
            allowed=f"<= {period.last}",
            store=store.name,
        )
    return [first + timedelta(days=n) for n in range((period.last - first).days + 1)]


def _weights(store: StorePart, driver: str, shape: Mapping[date, float], days: Sequence[date]) -> list[float]:
    try:
        values = [float(shape[day]) for day in days]
        usable = isfinite(sum(values)) and min(values) >= 0
    except KeyError:
        usable = False
    if usable:
        return values
    day = next(day for day in days if not 0 <= shape.get(day, -1.0) < float("inf"))
    raise TargetError(
        "target_shape_bad",
        f"The shape of {driver} has no usable weight on {day}.",
        given=shape.get(day),
        allowed="a number of 0 or more for every day",
        store=store.name,
        driver=driver,
        day=day,
    )
