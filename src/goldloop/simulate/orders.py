"""Orders and lines: who placed what when, at which price, with which discounts. Money in minor units."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Self

import numpy as np

from goldloop.simulate.arrays import DAY, Array, Bools, Ints, draw, ranks, split, sums
from goldloop.simulate.catalogue import Catalogue
from goldloop.simulate.customers import Repeats
from goldloop.simulate.group import StoreModel
from goldloop.simulate.promotions import HOUR, Moves, Promotion, hours_inside, move_orders
from goldloop.simulate.seasons import Days
from goldloop.simulate.traffic import Arrivals, clock

UNPAID_SHARE = 0.12  # orders never paid, for each paid one
MASKED_SHARE = 0.008  # orders without a usable buyer in stores that export one
FORFEITED_SHARE = 0.06  # deposits whose tail is never paid, for each staged order
PRESALE_SHARE, PRESALE_HOURS = 0.5, 6  # staged orders among those paid in the first hours of a wave
PLATFORM_COUPONS = ("tmall", "douyin")  # platforms that bear part of a discount
TAXED_REGION, TAX = 2, 625  # basis points


class _Rows:
    """Columns of equal length that can be re-ordered together."""

    def take(self, rows: Array) -> Self:
        """The same columns at the given positions (or where a mask is true)."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})  # type: ignore[arg-type]


@dataclass(slots=True)
class Purchases(_Rows):
    """One row per order before it has goods; moments in seconds since the simulation began.

    `at` is the moment of payment in full (of placing, while unpaid); `extra` the promotion that made the order, `into`
    and `side` where it was moved to and from, `wave` the promotion running at `at`; -1 means none throughout.
    """

    customer: Ints
    channel: Ints
    click_day: Ints
    at: Ints
    extra: Ints
    first: Bools
    paid: Bools
    into: Ints
    side: Ints
    wave: Ints
    presale: Bools
    placed: Ints
    masked: Bools


@dataclass(slots=True)
class Amounts(_Rows):
    """Per order: goods = list_value - merchant_discount; the buyer pays goods + postage + tax - platform_discount."""

    list_value: Ints
    merchant_discount: Ints
    goods: Ints
    platform_discount: Ints
    postage: Ints
    tax: Ints

    @property
    def user_paid(self) -> Ints:
        """What the buyer pays, postage and tax included."""
        return self.goods + self.postage + self.tax - self.platform_discount


@dataclass(slots=True)
class Lines(_Rows):
    """One row per line, sorted by order; `goods` and `platform_discount` sum to the order's."""

    order: Ints
    product: Ints
    sku: Ints
    quantity: Ints
    price: Ints
    list_value: Ints
    goods: Ints
    platform_discount: Ints


def paid_purchases(
    model: StoreModel,
    days: Days,
    newcomers: Arrivals,
    again: list[Repeats],
    found: list[Promotion],
    rng: np.random.Generator,
) -> Purchases:
    """First and repeat purchases together, with the orders next to a wave moved into it."""
    people = len(newcomers.at)
    shares = np.array([s.returning for s in model.sources] + [0.0] * len(model.plans))
    repeated = sum(len(r.at) for r in again)
    customer = np.concatenate([np.arange(people), *[r.customer for r in again]])
    at = np.concatenate([newcomers.at, *[r.at for r in again]])
    again_at = at[people:]
    fresh_clock = clock(model, again_at // DAY, rng)
    made = np.concatenate([newcomers.promotion, *[r.promotion for r in again]])
    at[people:] = np.where(made[people:] >= 0, again_at, fresh_clock)
    click = np.r_[newcomers.click_day, np.zeros(repeated, np.int64)]
    lag = np.r_[newcomers.at // DAY - newcomers.click_day, np.zeros(repeated, np.int64)]
    moves: Moves = move_orders(found, at, made < 0, days, rng)
    click = at // DAY - lag
    count = len(at)
    return Purchases(
        customer=customer,
        channel=np.r_[newcomers.channel, draw(rng, shares, repeated)],
        click_day=click,
        at=at,
        extra=made,
        first=np.arange(count) < people,
        paid=np.ones(count, np.bool_),
        into=moves.into,
        side=moves.side,
        wave=np.full(count, -1, np.int64),
        presale=np.zeros(count, np.bool_),
        placed=at.copy(),
        masked=np.zeros(count, np.bool_),
    )


def with_unpaid(model: StoreModel, days: Days, paid: Purchases, rng: np.random.Generator) -> Purchases:
    """Add the orders that were placed and never paid: two of three by people who never bought."""
    daily = sums(paid.at // DAY, None, days.count)
    day = np.repeat(np.arange(days.count), rng.poisson(UNPAID_SHARE * daily))
    count, people = len(day), int(paid.customer.max(initial=-1)) + 1
    known = (rng.random(count) < 1 / 3) & (people > 0)
    customer = np.where(known, rng.integers(0, max(people, 1), count), people + np.arange(count))
    at = clock(model, day, rng)
    none, no = np.full(count, -1, np.int64), np.zeros(count, np.bool_)
    more = Purchases(
        customer, rng.integers(0, len(model.sources), count), day, at, none, no, no, none, none * 0, none, no, at, no
    )
    return Purchases(
        **{f.name: np.concatenate([getattr(paid, f.name), getattr(more, f.name)]) for f in fields(Purchases)}
    )


def place(
    model: StoreModel, days: Days, found: list[Promotion], rows: Purchases, start: int, rng: np.random.Generator
) -> Purchases:
    """Set wave, moment of placing, staged orders and masked buyers; rows sorted by the moment of placing.

    Most orders are paid within minutes, a few after hours, staged ones (预售) when the tail opens; nothing is placed
    before the first exported day that is paid on it or later. `start` is the simulation's first second.
    """
    count = len(rows.at)
    rows.wave = hours_inside(found, days)[rows.at // HOUR]
    delay = np.where(rng.random(count) < 0.04, rng.integers(1800, 43_200, count), rng.integers(5, 900, count))
    rows.placed = np.where(rows.paid, rows.at - delay, rows.at)
    for number, promotion in enumerate(found):
        if promotion.wave.presale is None:
            continue
        opens, closes = (moment - start for moment in promotion.wave.presale)
        since = rows.at - promotion.first_hour * HOUR
        early = (rows.wave == number) & rows.paid & (since < PRESALE_HOURS * HOUR)
        staged = early & (rng.random(count) < PRESALE_SHARE)
        lost = ~rows.paid & (rows.at >= opens) & (rows.at <= closes)
        lost &= rng.random(count) < FORFEITED_SHARE * max(1, int(staged.sum())) / max(1, int(lost.sum()))
        rows.placed[staged] = rng.integers(opens, closes, int(staged.sum()))
        rows.presale |= staged | lost
    began = days.first * DAY
    rows.placed = np.where((rows.at >= began) & (rows.placed < began), began + (rows.at - began) // 2, rows.placed)
    if model.identity in ("named", "email"):
        rows.masked = rng.random(count) < MASKED_SHARE
    return rows.take(np.lexsort((np.arange(count), rows.placed)))


def _products_of(catalogue: Catalogue, month: Ints, rng: np.random.Generator) -> Ints:
    product = np.zeros(len(month), np.int64)
    for number in range(12):
        mine = month == number
        product[mine] = draw(rng, catalogue.weights[number], int(mine.sum()))
    return product


def fill_baskets(
    model: StoreModel, days: Days, catalogue: Catalogue, rows: Purchases, rng: np.random.Generator
) -> Lines:
    """Lines of every order: products by season, a variant, mostly one unit; prices change once, on a 1 January."""
    count = len(rows.at)
    sizes = 1 + np.minimum(3, rng.poisson(model.extra_lines, count))
    if catalogue.top_up is not None:
        top_up = (sizes == 1) & (rows.wave < 0) & rows.paid & (rng.random(count) < 0.006)
    else:
        top_up = np.zeros(count, np.bool_)
    order = np.repeat(np.arange(count), sizes)
    day = rows.at[order] // DAY
    product = _products_of(catalogue, days.months[day] % 12, rng)
    quantity = rng.choice([1, 2, 3], len(order), p=[0.88, 0.09, 0.03]).astype(np.int64)
    if catalogue.top_up is not None:
        product = np.where(top_up[order], catalogue.top_up, product)
        quantity = np.where(top_up[order], rng.integers(1, 61, len(order)), quantity)
    sku = catalogue.sku_starts[product] + (rng.random(len(order)) * catalogue.sku_counts[product]).astype(np.int64)
    dates = days.dates()
    change = days.position(date(dates[days.first].year + 2, 1, 1))
    prices = np.array([p.prices for p in catalogue.products], np.int64)
    price = prices[product, (day >= change).astype(np.int64)]
    nothing = np.zeros(len(order), np.int64)
    return Lines(order, product, sku, quantity, price, quantity * price, nothing, nothing)


def settle(
    model: StoreModel,
    catalogue: Catalogue,
    found: list[Promotion],
    rows: Purchases,
    lines: Lines,
    region: Ints,
    rng: np.random.Generator,
) -> Amounts:
    """Discounts and amounts of every order; fills the goods and the platform discount of its lines.

    The merchant's discount is a share of the list value, rounded half up; an order's goods go to its lines by list
    value, its platform discount by goods, each by largest remainder.
    """
    count = len(rows.at)
    listed = sums(lines.order, lines.list_value, count)
    rate = rng.choice([0, 500, 1000], count, p=[0.5, 0.3, 0.2])
    events = np.array([p.discount for p in found] + [0], np.int64)
    rate = np.where(rows.wave >= 0, events[rows.wave], rate)
    if catalogue.top_up is not None:
        rate[lines.order[lines.product == catalogue.top_up]] = 0
    discount = (listed * rate + 5000) // 10_000
    goods = listed - discount
    chance = np.where(rows.wave >= 0, 0.5, 0.08)
    coupon = goods // 30_000 * 3000 + rng.choice([0, 300, 500], count)
    platform = np.where(rng.random(count) < chance, np.minimum(coupon, goods // 4), 0)
    postage = np.where(rng.random(count) < 0.03, 1000, 0)
    tax = np.zeros(count, np.int64)
    if model.platform not in PLATFORM_COUPONS:
        platform = np.zeros(count, np.int64)
    if model.abroad:
        postage = np.where(goods < 7500, 595, 0)
        tax = np.where(region == TAXED_REGION, (goods * TAX + 5000) // 10_000, 0)
    lines.goods = split(goods, lines.order, lines.list_value)
    lines.platform_discount = split(platform, lines.order, lines.goods)
    return Amounts(listed, discount, goods, platform, postage, tax)


def line_numbers(lines: Lines) -> Ints:
    """Position of each line inside its order, from 0."""
    return ranks(lines.order)
