"""The exact numbers of a simulated store, by day and by month: what its exports must add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.simulate.arrays import DAY, Array, Bools, Ints, sums
from goldloop.simulate.world import World

NEVER_BEFORE = -(10**9)
NEW_AFTER = 365  # days without a payment after which a buyer is new again


@dataclass(frozen=True, slots=True)
class Periods:
    """Consecutive periods of days: `of_day` gives the period of each day position (-1: outside), `first` its first."""

    labels: list[str]
    of_day: Ints
    first: Ints


@dataclass(frozen=True, slots=True)
class BuyerFigures:
    """Per period: distinct buyers, those without a payment in the 365 days before its first day, and their gmv."""

    buyers: Ints
    new_buyers: Ints
    new_gmv: Ints
    repeat_gmv: Ints
    first_buyers: Ints  # without any earlier payment among the orders that were handed in


def by_day(world: World) -> Periods:
    """Each exported day."""
    first, count = world.days.first, world.days.count
    of_day = np.arange(count, dtype=np.int64) - first
    labels = [d.isoformat() for d in world.days.dates()[first:]]
    return Periods(labels, np.maximum(of_day, -1), np.arange(first, count, dtype=np.int64))


def by_month(world: World) -> Periods:
    """Each exported calendar month; the last one may be cut by the last day."""
    months = world.days.months
    shown, first = np.unique(months[world.days.first :], return_index=True)
    of_day = months - shown[0]
    of_day[: world.days.first] = -1
    return Periods([f"{m // 12}-{m % 12 + 1:02d}" for m in shown.tolist()], of_day, first + world.days.first)


def buyer_figures(customer: Ints, day: Ints, gmv: Ints, periods: Periods) -> BuyerFigures:
    """Buyers of each period from paid orders (customer, day position, amount)."""
    count, size = len(periods.of_day), len(periods.labels)
    pairs, inverse = np.unique(customer * count + day, return_inverse=True)
    who, when = pairs // count, pairs % count
    amount = sums(inverse.astype(np.int64), gmv, len(pairs))
    before = np.r_[NEVER_BEFORE, when[:-1]]
    before[np.r_[True, who[1:] != who[:-1]]] = NEVER_BEFORE
    period = periods.of_day[when]
    inside = period >= 0
    who, period, before, amount = who[inside], period[inside], before[inside], amount[inside]
    opens = np.r_[True, (who[1:] != who[:-1]) | (period[1:] != period[:-1])][: len(who)]
    group = np.cumsum(opens) - 1
    new = before[opens] < periods.first[period[opens]] - NEW_AFTER
    fresh = new[group] if len(group) else np.zeros(0, np.bool_)
    return BuyerFigures(
        buyers=sums(period[opens], None, size),
        new_buyers=sums(period[opens], new, size),
        new_gmv=sums(period, np.where(fresh, amount, 0), size),
        repeat_gmv=sums(period, np.where(fresh, 0, amount), size),
        first_buyers=sums(period[opens], before[opens] == NEVER_BEFORE, size),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a world that count: all its paid orders, those exported, and the columns most sums need."""

    world: World
    paid: Bools
    day: Ints

    @property
    def shown(self) -> Bools:
        """Paid orders that are in the order files."""
        return self.paid & (self.day >= self.world.days.first)

    def total(self, values: Array, rows: Bools, day: Ints, periods: Periods) -> Ints:
        """Sum of `values` over `rows` by the period of `day`."""
        period = periods.of_day[day[rows]]
        return sums(period[period >= 0], values[rows][period >= 0].astype(np.int64), len(periods.labels))


def scope(world: World) -> Scope:
    """The paid orders of a world."""
    return Scope(world, world.purchases.paid, world.day)


def platform_figures(world: World, periods: Periods) -> dict[str, Ints]:
    """Additive figures and buyers of each period, as the platform itself knows them (minor units, counts)."""
    part, rows, money = scope(world), world.purchases, world.amounts
    ones = np.ones(len(rows.at), np.int64)
    units = sums(world.lines.order, world.lines.quantity, len(rows.at))
    everything = np.ones(len(rows.at), np.bool_)
    placed = np.clip(rows.placed // DAY, 0, world.days.count - 1)
    in_files = world.exported
    people = buyer_figures(rows.customer[part.paid], part.day[part.paid], money.goods[part.paid], periods)
    ordering = buyer_figures(rows.customer, placed, money.goods, periods)
    done = world.refunds.done
    settled = np.where(done, world.refunds.settled // DAY, 0)
    return {
        "orders": part.total(ones, part.paid, part.day, periods),
        "gmv": part.total(money.goods, part.paid, part.day, periods),
        "units": part.total(units, part.paid, part.day, periods),
        "user_paid": part.total(money.user_paid, part.paid, part.day, periods),
        "list_value": part.total(money.list_value, part.paid, part.day, periods),
        "postage": part.total(money.postage, part.paid, part.day, periods),
        "platform_discount": part.total(money.platform_discount, part.paid, part.day, periods),
        "merchant_discount": part.total(money.merchant_discount, part.paid, part.day, periods),
        "buyers": people.buyers,
        "new_buyers": people.new_buyers,
        "new_gmv": people.new_gmv,
        "repeat_gmv": people.repeat_gmv,
        "placed_orders": part.total(ones, in_files, placed, periods),
        "ordered_buyers": ordering.buyers,
        "ordered_amount": part.total(money.goods, everything, placed, periods),
        "refunds_by_refund_day": part.total(world.refunds.amount, done, settled, periods),
        "refunded_by_pay_day": part.total(world.refunded, part.paid, part.day, periods),
    }


def identity_figures(world: World, periods: Periods) -> dict[str, Ints]:
    """What the exported orders with a usable buyer give: coverage, buyers, new by the 365-day rule and in the data."""
    part, rows = scope(world), world.purchases
    known = part.shown & ~rows.masked
    if world.model.identity not in ("named", "email"):
        known = np.zeros(len(known), np.bool_)
    ones = np.ones(len(known), np.int64)
    goods = world.amounts.goods
    people = buyer_figures(rows.customer[known], part.day[known], goods[known], periods)
    return {
        "identified_orders": part.total(ones, known, part.day, periods),
        "identified_gmv": part.total(goods, known, part.day, periods),
        "unidentified_gmv": part.total(goods, part.shown & ~known, part.day, periods),
        "buyers": people.buyers,
        "new_buyers": people.new_buyers,
        "new_gmv": people.new_gmv,
        "repeat_gmv": people.repeat_gmv,
        "first_in_data_buyers": people.first_buyers,
    }


def new_orders(world: World) -> Bools:
    """Paid orders of buyers who are new on the day of payment (no payment in the 365 days before it)."""
    rows = world.purchases
    count = world.days.count
    paid = np.flatnonzero(rows.paid)
    pairs, inverse = np.unique(rows.customer[paid] * count + world.day[paid], return_inverse=True)
    who, when = pairs // count, pairs % count
    before = np.r_[NEVER_BEFORE, when[:-1]]
    before[np.r_[True, who[1:] != who[:-1]]] = NEVER_BEFORE
    found = np.zeros(len(rows.at), np.bool_)
    found[paid] = (before < when - NEW_AFTER)[inverse]
    return found


@dataclass(frozen=True, slots=True)
class Attribution:
    """Sales that one plan may claim, by exported day of the click and within one window; money in minor units."""

    gmv: Ints
    direct_gmv: Ints
    orders: Ints
    direct_orders: Ints
    buyers: Ints
    new_buyers: Ints


def attribution(world: World, plan: int, window: int) -> Attribution:
    """Orders of a plan's visitors within `window` days of the visit; a whole-store plan also claims natural orders."""
    part, rows, periods = scope(world), world.purchases, by_day(world)
    own = rows.channel == len(world.model.sources) + plan
    claimed = world.claimed & world.model.plans[plan].whole_store
    click = np.where(own, rows.click_day, part.day)
    mine = part.paid & (own | claimed) & (part.day - click < window) & (click >= world.days.first)
    ones = np.ones(len(mine), np.int64)
    subject = world.lines.product == world.model.plans[plan].subject
    direct = sums(world.lines.order, np.where(subject, world.lines.goods, 0), len(mine))
    who = np.unique((rows.customer * world.days.count + click)[mine]) % world.days.count
    first = part.total(ones, mine & rows.first, click, periods)
    return Attribution(
        gmv=part.total(world.amounts.goods, mine, click, periods),
        direct_gmv=part.total(direct, mine, click, periods),
        orders=part.total(ones, mine, click, periods),
        direct_orders=part.total(ones, mine & (direct > 0), click, periods),
        buyers=sums(periods.of_day[who], None, len(periods.labels)),
        new_buyers=first,
    )
