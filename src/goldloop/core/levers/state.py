"""A month in its drivers, and what becomes of it when one of them is moved: what the page's sliders ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from goldloop.core.levers.curve import Curve, LeversError
from goldloop.core.owners.account import Account, account
from goldloop.core.owners.books import Books

# Driver -> the drivers it leads to, which therefore cannot be set beside it.
LEADS_TO: dict[str, tuple[str, ...]] = {
    "visitors": ("new_buyers", "repeat_buyers"), "conversion": ("new_buyers", "repeat_buyers"),
    "ad_budget": ("new_buyers",), "second_rate": ("repeat_buyers",),
    "buyer_value": ("new_buyer_value", "repeat_buyer_value"),
    "new_buyers": (), "new_buyer_value": (), "repeat_buyers": (), "repeat_buyer_value": (), "refund_rate": (),
}  # fmt: skip
DRIVERS = tuple(LEADS_TO)
RATES = ("conversion", "refund_rate", "second_rate")
ONE_PERCENT = Decimal("1.01")
LARGEST = 10**18  # minor units that a month can sell


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a driver ever moved: 10 % and 90 % points of its months, and how many there were."""

    low: float
    high: float
    months: int

    def holds(self, value: float) -> bool:
        """Whether the store has done that before, in the usual run of its months."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class State:
    """A month: its books (who is new must be known), and what else is known of it; None is not known.

    `visitors` of the month; `refund_rate` and `margin` (gross, of gmv) as shares; `ad_budget` and `coupons` in minor units;
    `handed` the new buyers of the month before and `second_rate` the share of them that buys again. `curve` is the
    response of new buyers to ad cost a period, of which the month has `periods`. `reach`: driver -> how far it ever moved.
    """

    books: Books
    visitors: float | None = None
    refund_rate: float | None = None
    margin: float | None = None
    ad_budget: int | None = None
    coupons: int | None = None
    handed: int | None = None
    second_rate: float | None = None
    curve: Curve | None = None
    periods: float = 1.0
    reach: Mapping[str, Reach] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.books.split:
            raise LeversError(
                "levers_unsplit", "It is not known which buyers are new, so no driver of them can be moved.",
                todo="Load orders that name buyers, or the platform's new and repeat buyers of the month.",
            )  # fmt: skip

    @property
    def buyers(self) -> Decimal:
        """New and repeat buyers together."""
        return Decimal(self.books.new_buyers or 0) + Decimal(self.books.repeat_buyers or 0)

    def value(self, driver: str) -> float | None:
        """A driver's value: a count, a share, minor units, or minor units per buyer; None where it is not known.

        Raises `driver_unknown`.
        """
        if driver not in LEADS_TO:
            raise LeversError(
                "driver_unknown", f"There is no driver '{driver}'.", given=driver, allowed=list(DRIVERS), name=driver
            )
        books = self.books
        if driver == "conversion":
            return float(self.buyers) / self.visitors if self.visitors else None
        if driver == "buyer_value":
            return (books.gmv - books.unidentified_gmv) / float(self.buyers) if self.buyers else None
        if driver.endswith("_buyer_value"):
            kind = driver.removesuffix("_buyer_value")
            buyers = getattr(books, f"{kind}_buyers")
            return float(getattr(books, f"{kind}_gmv")) / float(buyers) if buyers else None
        if driver in ("new_buyers", "repeat_buyers"):
            return float(getattr(books, driver))
        found: Any = getattr(self, driver)
        return None if found is None else float(found)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a month becomes. Money in minor units; None where what it needs is not known.

    `account` books the difference to its owners; `net` = gmv x (1 - refund rate); `left` = net x margin - ads - coupons
    (毛利 - 广告 - 券); `low` and `high` the 80 % interval of gmv that the fitted curve leaves (None: no curve was moved);
    `beyond` the moved drivers that are outside what the store ever did.
    """

    books: Books
    account: Account
    net: int | None
    left: int | None
    low: int | None
    high: int | None
    beyond: tuple[str, ...]

    @property
    def gmv(self) -> int:
        """All sales of the month."""
        return self.books.gmv


def what_if(state: State, moves: Mapping[str, float]) -> Tried:
    """The month with some drivers at other values, in their own units (see `State.value`), everything else as it is.

    Visitors and conversion multiply new and repeat buyers alike; value per buyer multiplies both values; the ad budget adds
    `periods x (curve(new / periods) - curve(old / periods))` new buyers; the second-purchase rate adds `handed x (new -
    old)` repeat buyers; the refund rate moves net alone. Amounts are exact multiples, rounded half to even. Raises `driver_unknown`,
    `driver_not_known` (the month does not have it, or no curve), `driver_bad` (negative, or a share above 1; a value per
    buyer of 0), `driver_twice` (a driver beside one that leads to it) and `driver_too_far`.

    >>> june = State(Books(16_000, 130_000_000, 10_600, 110_000_000), visitors=1_023_000)
    >>> more = what_if(june, {"visitors": 1_023_000 * 1.05})
    >>> more.gmv, {owner: part for owner, part in more.account.owners.items() if part}
    (252000000, {'traffic': 6500000, 'members': 5500000})
    """
    for name, value in moves.items():
        _check(state, name, value, moves)
    factors = {name: Decimal(value) / Decimal(state.value(name) or 1) for name, value in moves.items()}
    every = factors.get("visitors", Decimal(1)) * factors.get("conversion", Decimal(1))
    worth = factors.get("buyer_value", Decimal(1))
    added = {"new": _bought(state, moves), "repeat": _returning(state, moves)}
    counts, amounts = {}, {}
    for kind in ("new", "repeat"):
        old = Decimal(getattr(state.books, f"{kind}_buyers"))
        counts[kind] = max(Decimal(0), old * every * factors.get(f"{kind}_buyers", Decimal(1)) + added[kind])
        grown = counts[kind] / old if old else Decimal(0)
        exact = getattr(state.books, f"{kind}_gmv") * grown * worth * factors.get(f"{kind}_buyer_value", Decimal(1))
        amounts[kind] = int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))
    if sum(amounts.values()) > LARGEST:
        raise LeversError(
            "driver_too_far", "These moves together come to more than any month can sell.", given=sorted(moves),
            todo="Move less, or fewer drivers.",
        )  # fmt: skip
    books = Books(
        _plain(counts["new"]), amounts["new"], _plain(counts["repeat"]), amounts["repeat"], state.books.unidentified_gmv
    )
    low, high = _interval(state, moves, books)
    net = _net(state, moves, books)
    beyond = tuple(
        n for n, v in moves.items() if n in state.reach and v != state.value(n) and not state.reach[n].holds(v)
    )
    return Tried(books, account(state.books, books), net, _left(state, moves, net), low, high, beyond)


def _check(state: State, name: str, value: float, moves: Mapping[str, float]) -> None:
    now = state.value(name)
    if now is None or (name == "ad_budget" and state.curve is None) or (name == "second_rate" and state.handed is None):
        raise LeversError(
            "driver_not_known", f"'{name}' of this month is not known, so it cannot be moved.", given=name, name=name
        )
    nothing = value == 0 and name.endswith("buyer_value")
    if not value >= 0 or value == float("inf") or nothing or (name in RATES and value > 1):
        allowed = "0 .. 1" if name in RATES else "> 0" if nothing else ">= 0"
        raise LeversError("driver_bad", f"'{name}' cannot be {value}.", given=value, allowed=allowed, name=name)
    if now == 0 and name not in ("ad_budget", "second_rate", "refund_rate"):
        raise LeversError(
            "driver_not_known", f"'{name}' of this month is not known, so it cannot be moved.", given=name, name=name
        )
    for other in LEADS_TO[name]:
        if other in moves:
            raise LeversError(
                "driver_twice", f"'{name}' leads to '{other}': only one of them can be set.", given=[name, other], allowed="one of them",
                name=name, other=other,
            )  # fmt: skip


def _bought(state: State, moves: Mapping[str, float]) -> Decimal:
    """New buyers that another ad budget brings or loses."""
    if "ad_budget" not in moves or state.curve is None:
        return Decimal(0)
    old, new = (amount / state.periods for amount in (float(state.ad_budget or 0), moves["ad_budget"]))
    return Decimal(state.periods * (state.curve.at(new) - state.curve.at(old)))


def _returning(state: State, moves: Mapping[str, float]) -> Decimal:
    if "second_rate" not in moves:
        return Decimal(0)
    return Decimal(state.handed or 0) * (Decimal(moves["second_rate"]) - Decimal(state.second_rate or 0))


def _plain(count: Decimal) -> int | float:
    return int(count) if count == int(count) else float(count)


def _interval(state: State, moves: Mapping[str, float], books: Books) -> tuple[int | None, int | None]:
    """The 80 % interval of gmv where the ad budget was moved: the curve's, at this month's value of a new buyer."""
    if "ad_budget" not in moves or state.curve is None or not books.new_buyers:
        return None, None
    old, new = (amount / state.periods for amount in (float(state.ad_budget or 0), moves["ad_budget"]))
    value = float(books.new_gmv or 0) / float(books.new_buyers)
    gained = state.curve.change(old, new) * state.periods
    middle = state.periods * (state.curve.at(new) - state.curve.at(old))
    low, high = sorted(float(v) for v in _tails(gained))
    low, high = min(low, middle), max(high, middle)
    return round(books.gmv + (low - middle) * value), round(books.gmv + (high - middle) * value)


def _tails(values: Any) -> Any:
    import numpy as np

    return np.quantile(values, [0.1, 0.9])


def _net(state: State, moves: Mapping[str, float], books: Books) -> int | None:
    rate = moves.get("refund_rate", state.refund_rate)
    return (
        None if rate is None else int((books.gmv * (1 - Decimal(rate))).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    )


def _left(state: State, moves: Mapping[str, float], net: int | None) -> int | None:
    budget = moves.get("ad_budget", state.ad_budget)
    if net is None or state.margin is None or budget is None:
        return None
    return round(net * Decimal(state.margin)) - round(budget) - (state.coupons or 0)


def sensitivity(state: State) -> dict[str, tuple[int, int | None]]:
    """What 1 % more of each known driver (relative) is worth: driver -> (gmv, net), in minor units, exact from the tree.

    >>> june = State(Books(16_000, 130_000_000, 10_600, 110_000_000), visitors=1_023_000, refund_rate=0.04)
    >>> sensitivity(june)["new_buyers"], sensitivity(june)["refund_rate"]
    ((1300000, 1248000), (0, -96000))
    """
    now, found = what_if(state, {}), {}
    for driver in DRIVERS:
        value = state.value(driver)
        known = (driver != "ad_budget" or state.curve) and (driver != "second_rate" or state.handed is not None)
        if not value or not known:
            continue
        raised = float(Decimal(value) * ONE_PERCENT)
        if driver in RATES and raised > 1:
            continue
        more = what_if(state, {driver: raised})
        net = None if more.net is None or now.net is None else more.net - now.net
        found[driver] = (more.gmv - now.gmv, net)
    return found
