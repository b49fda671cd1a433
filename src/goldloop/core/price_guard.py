"""到手价: what a buyer really pays when discounts stack, and whether that is too little. All amounts in minor units."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_minor

LOWEST_OF = 30  # days whose lowest price no coupon goes below unnoticed
FAMILIES = {"taobao": "taobao", "tmall": "taobao", "jd": "jd"}


@dataclass(frozen=True, slots=True)
class Stacking:
    """How a platform stacks discounts (`stacking.toml`); `step` and `least` of face values in major units."""

    store_on: str
    threshold_on: str
    repeats: bool
    step: str
    least: str
    protection: int


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("goldloop.core").joinpath("stacking.toml").read_text(encoding="utf-8"))


def stacking(platform: str) -> Stacking:
    """The rules of a platform; those of `other` where none are written down.

    >>> stacking("tmall").repeats, stacking("other").protection
    (True, 0)
    """
    table = _table()
    return Stacking(**table.get(FAMILIES.get(platform, platform), table["other"]))


@dataclass(frozen=True, slots=True)
class Off:
    """A discount of `off` from an amount of `minimum` on."""

    off: int
    minimum: int = 0


def hand_price(
    event: int, rules: Stacking, *, item: int = 0, coupon: Off | None = None, threshold: Off | None = None
) -> int:
    """到手价 = event price - item discount - store coupon - threshold discount, never below 0.

    Whether coupon and threshold hold is judged by the amounts that the rules name. Source: the platforms' own help pages.

    >>> hand_price(39900, stacking("tmall"), item=2000, coupon=Off(3000, 30000), threshold=Off(5000, 30000))
    29900
    """
    price = max(event - item, 0)
    amounts = {"event": event, "item": price}
    store = coupon.off if coupon is not None and amounts[rules.store_on] >= coupon.minimum else 0
    price = max(price - store, 0)
    amounts["paid"] = price
    if threshold is not None and threshold.minimum > 0:
        full = amounts[rules.threshold_on] // threshold.minimum
        price -= threshold.off * (full if rules.repeats else min(full, 1))
    return max(price, 0)


def check_face(coupon: Off, rules: Stacking, currency: str) -> None:
    """Raise `coupon_face` where a face value is no whole step, below the least, or not below its own minimum order."""
    step, least = to_minor(rules.step, currency), to_minor(rules.least, currency)
    if coupon.off < max(least, 1) or coupon.off % max(step, 1) or 0 < coupon.minimum <= coupon.off:
        raise GoldloopError(
            "coupon_face", "The platform has no coupon of this face value.", given=[coupon.off, coupon.minimum],
            allowed=f"steps of {rules.step} from {rules.least} on, less than the order it is for", step=rules.step,
            least=rules.least,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paid:
    """Units of one product that were paid on a day at a price for one of them."""

    day: date
    price: int
    units: int


@dataclass(frozen=True, slots=True)
class Warned:
    """One reason to look again: floor, lowest or protected; the `limit` that `price` is below, and `units` sold above it."""

    code: str
    price: int
    limit: int
    units: int = 0


def warnings(price: int, sales: Sequence[Paid], on: date, rules: Stacking, *, floor: int | None = None) -> list[Warned]:
    """Why a 到手价 of a product on a day is too low: below its `floor`, below its lowest price of the 30 days before, or inside
    the price protection of earlier buyers, who may then ask for the difference.

    >>> rules = stacking("jd")
    >>> [one.code for one in warnings(80, [Paid(date(2026, 6, 1), 100, 3)], date(2026, 6, 9), rules, floor=90)]
    ['floor', 'lowest', 'protected']
    """
    found = [Warned("floor", price, floor)] if floor is not None and price < floor else []
    month = [one.price for one in sales if on - timedelta(days=LOWEST_OF) <= one.day < on and one.units > 0]
    if month and price < min(month):
        found.append(Warned("lowest", price, min(month)))
    since = on - timedelta(days=rules.protection)
    dearer = [one for one in sales if since <= one.day < on and one.price > price and one.units > 0]
    if dearer:
        found.append(Warned("protected", price, max(one.price for one in dearer), sum(one.units for one in dearer)))
    return found
