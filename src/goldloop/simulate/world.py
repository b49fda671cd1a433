"""One simulated store: everything that happened in it, from which both the export files and the truth are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from goldloop.simulate import aftersales, customers, orders, promotions, traffic
from goldloop.simulate.aftersales import Fulfilment, Refunds
from goldloop.simulate.arrays import DAY, Array, Bools, Floats, Ints, sums
from goldloop.simulate.catalogue import Catalogue, catalogue
from goldloop.simulate.group import StoreModel
from goldloop.simulate.manifest import StoreSpec
from goldloop.simulate.orders import Amounts, Lines, Purchases
from goldloop.simulate.promotions import Promotion
from goldloop.simulate.seasons import Days, demand, first_day_of

MONTHS = 26
BURN_DAYS = 400  # simulated before the first exported day for stores that were open by then
CLAIMED_SHARE = 0.25  # natural orders that a whole-store plan also claims
REGION_COUNT = 10
REGION_WEIGHTS = np.array([0.20, 0.17, 0.14, 0.12, 0.09, 0.08, 0.07, 0.05, 0.05, 0.03])


@dataclass(slots=True)
class World:
    """All arrays of one store; moments are seconds since `start`, days positions in `days`.

    `visits` are de-duplicated visitors by channel and day, `visitors` the shop's by day (channels overlap), and
    `visitors_of_month` by calendar month. `number` is the platform's order number, `region` that of delivery,
    `claimed` marks natural orders that the whole-store plan claims. Orders are sorted by the moment of placing.
    """

    model: StoreModel
    spec: StoreSpec
    days: Days
    start: int
    catalogue: Catalogue
    promotions: list[Promotion]
    spend: Ints
    first_visits: Ints
    visits: Ints
    visitors: Ints
    visitors_of_month: dict[int, int]
    purchases: Purchases
    amounts: Amounts
    lines: Lines
    fulfilment: Fulfilment
    refunds: Refunds
    number: Ints
    region: Ints
    claimed: Bools

    @property
    def end(self) -> int:
        """First second after the last business day: the moment that all exports show."""
        return self.days.count * DAY

    @property
    def day(self) -> Ints:
        """Business day of payment (of placing, for unpaid orders) as a position in `days`."""
        return self.purchases.at // DAY

    @property
    def exported(self) -> Bools:
        """Orders that are in the order files."""
        return self.day >= self.days.first

    @property
    def first_date(self) -> date:
        """First exported day."""
        return self.days.dates()[self.days.first]

    @property
    def last_date(self) -> date:
        """Last exported day."""
        return self.days.dates()[-1]

    @property
    def refunded(self) -> Ints:
        """Refunds of each order that are settled by the end."""
        return sums(self.lines.order, np.where(self.refunds.done, self.refunds.amount, 0), len(self.number))

    @property
    def refunded_to_platform(self) -> Ints:
        """The part of `refunded` that goes back to the platform."""
        return sums(self.lines.order, np.where(self.refunds.done, self.refunds.platform, 0), len(self.number))

    @property
    def fully_refunded(self) -> Bools:
        """Paid orders of which nothing is left."""
        nothing_left: Bools = self.purchases.paid & (self.refunded >= self.amounts.goods)
        return nothing_left

    def wall(self, moment: Array) -> Array:
        """Moments as wall-clock `datetime64[s]`; those that never happened become NaT."""
        real = moment < 2**60
        shown = (np.where(real, moment, 0) + self.start).astype("datetime64[s]")
        return np.where(real, shown, np.datetime64("NaT", "s"))


def _shop_visitors(visits: Ints, buying: Ints, rng: np.random.Generator) -> Ints:
    """Visitors of the shop per day: the channels' sum less 4 to 8 % overlap, never below those who placed an order."""
    total = visits.sum(axis=0)
    kept = np.rint(total * (1 - rng.uniform(0.04, 0.08, len(total)))).astype(np.int64)
    visitors: Ints = np.maximum(np.maximum(kept, visits.max(axis=0)), buying)
    return visitors


def _month_visitors(days: Days, visitors: Ints, rows: Purchases, rng: np.random.Generator) -> dict[int, int]:
    """Visitors of each exported calendar month: days overlap by a fifth to a quarter."""
    months, found = days.months, {}
    for month in np.unique(months[days.first :]):
        mine = (months == month) & (np.arange(days.count) >= days.first)
        ordering = np.unique(rows.customer[mine[rows.at // DAY]])
        guess = round(float(visitors[mine].sum()) / rng.uniform(1.22, 1.32))
        found[int(month)] = max(guess, len(ordering), int(visitors[mine].max()))
    return found


def _numbers(model: StoreModel, rows: Purchases, first: int, rng: np.random.Generator) -> Ints:
    """Order numbers in order of placing: long with gaps in China, consecutive from 1001 abroad."""
    if model.abroad:
        return np.cumsum(rows.at // DAY >= first) + model.order_base
    return model.order_base + np.cumsum(rng.integers(1, 9, len(rows.at))) * 100


def _range(model: StoreModel, last_day: date) -> Days:
    """The simulated days: 26 exported calendar months, and a run-up for stores that are older."""
    first_day = first_day_of(last_day, MONTHS)
    burn = BURN_DAYS if model.years_open else 0
    begins = date.fromordinal(first_day.toordinal() - burn)
    return Days(begins, (last_day - begins).days + 1, burn)


def _demand(
    model: StoreModel, days: Days, index: Floats, found: list[Promotion], scale: float, rng: np.random.Generator
) -> tuple[traffic.Traffic, Purchases]:
    """Traffic, and all purchases paid or not: first visits, first purchases, repeats, events, unpaid orders."""
    lift = promotions.daily_lift(found, days)
    flow = traffic.first_visits(model, days, index, lift, scale, rng)
    newcomers = traffic.arrivals(model, days, flow, lift, found, rng)
    people, again = customers.repeats(newcomers.at, index, model.retention, rng)
    extra = customers.event_repeats(people, found, len(again.at) / days.count, rng)
    rows = orders.paid_purchases(model, days, newcomers, [again, extra], found, rng)
    rows = orders.with_unpaid(model, days, rows, rng)
    return flow, orders.place(model, days, found, rows, promotions.start_second(model, days), rng)


def _people_per_day(rows: Purchases, count: int) -> Ints:
    """People who placed or paid an order on each day, whichever are more."""
    placed = np.clip(rows.placed // DAY, 0, count - 1)
    ordering = np.unique(rows.customer * count + placed) % count
    paying = np.unique(rows.customer * count + rows.at // DAY) % count
    return np.maximum(sums(ordering, None, count), sums(paying, None, count))


def simulate(model: StoreModel, *, last_day: date, scale: float, rng: np.random.Generator) -> World:
    """Everything that happened in one store up to `last_day`; at `scale` 1 the four stores make 50 thousand lines."""
    days = _range(model, last_day)
    goods = catalogue(
        count=model.products,
        id_base=model.product_base,
        dollars=model.abroad,
        handle=model.platform == "shopify",
        top_up=model.platform == "tmall",
        rng=rng,
    )
    index, found = demand(days, model.abroad), promotions.promotions(model, days)
    flow, rows = _demand(model, days, index, found, scale, rng)
    repeat, day = rows.paid & ~rows.first, rows.at // DAY
    visits = flow.first_visits + traffic.returning_visits(model, days, rows.channel[repeat], day[repeat], rng)
    region = rng.choice(REGION_COUNT, int(rows.customer.max()) + 1, p=REGION_WEIGHTS).astype(np.int64)[rows.customer]
    lines = orders.fill_baskets(model, days, goods, rows, rng)
    amounts = orders.settle(model, goods, found, rows, lines, region, rng)
    fulfilment, refunds = aftersales.after_sales(model, goods, rows, lines, days.count * DAY, rng)
    visitors = _shop_visitors(visits, _people_per_day(rows, days.count), rng)
    whole_store = any(p.whole_store for p in model.plans)
    natural = rows.paid & (rows.channel < len(model.sources))
    return World(
        model=model,
        spec=model.spec(days.dates()[days.first]),
        days=days,
        start=promotions.start_second(model, days),
        catalogue=goods,
        promotions=found,
        spend=flow.spend,
        first_visits=flow.first_visits,
        visits=visits,
        visitors=visitors,
        visitors_of_month=_month_visitors(days, visitors, rows, rng),
        purchases=rows,
        amounts=amounts,
        lines=lines,
        fulfilment=fulfilment,
        refunds=refunds,
        number=_numbers(model, rows, days.first, rng),
        region=region,
        claimed=natural & (rng.random(len(rows.at)) < CLAIMED_SHARE) & whole_store,
    )
