"""Repeat purchases: a heterogeneous rate and drop-out for every customer (BG/NBD), in time warped by the demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.simulate.arrays import DAY, NEVER, Floats, Ints, draw
from goldloop.simulate.group import Retention
from goldloop.simulate.promotions import Promotion, seconds_of

MOST_REPEATS = 60


@dataclass(frozen=True, slots=True)
class Customers:
    """Per customer: first purchase (seconds), purchases per operational day, and the moment of drop-out (seconds)."""

    born: Ints
    rate: Floats
    gone: Ints


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeat purchases: customer, moment in seconds since the start, and the promotion that made it (-1: none)."""

    customer: Ints
    at: Ints
    promotion: Ints


def operational(index: Floats) -> Floats:
    """Operational time at the beginning of each day (and at the end of the last): the running sum of the demand."""
    time: Floats = np.r_[0.0, np.cumsum(index)]
    return time


def repeats(born: Ints, index: Floats, truth: Retention, rng: np.random.Generator) -> tuple[Customers, Repeats]:
    """Purchases after the first one, as BG/NBD has them (Fader, Hardie, Lee 2005), and who the customers are.

    While alive a customer buys at exponential intervals of her own rate; after every repeat purchase she drops out with
    her own chance p. Both are measured in operational time.
    """
    count = len(born)
    rate = rng.gamma(truth.r, 1 / truth.alpha, count) + 1e-9
    leave = np.clip(rng.beta(truth.a, truth.b, count), 1e-3, 1.0)
    number = np.minimum(rng.geometric(leave), MOST_REPEATS)
    customer = np.repeat(np.arange(count), number)
    gaps = rng.exponential(1.0, len(customer)) / rate[customer]
    total = np.cumsum(gaps)
    ends = np.cumsum(number)
    before = np.r_[0.0, total][ends - number]  # the running total ahead of each customer's first gap
    time = operational(index)
    days = np.arange(len(time), dtype=np.float64)
    moment = np.interp(born / DAY, days, time)[customer] + total - before[customer]
    kept = moment < time[-1] - 1e-9
    at = (np.interp(moment, time, days) * DAY).astype(np.int64)
    gone = np.where(kept, at, NEVER)[ends - 1]
    found = Repeats(customer[kept], at[kept], np.full(int(kept.sum()), -1, np.int64))
    return Customers(born, rate, gone), found


def event_repeats(people: Customers, found: list[Promotion], base: float, rng: np.random.Generator) -> Repeats:
    """Purchases of living customers that only an event brought: half of its lift on `base` repeats a day.

    Customers are drawn by their own rate among those who bought before the wave and have not dropped out.
    """
    customer, at, promotion = [], [], []
    for number, one in enumerate(found):
        opens = one.first_hour * 3600
        living = np.flatnonzero((people.born < opens) & (people.gone >= opens))
        count = int(rng.poisson(0.5 * base * one.lift.sum() / 24)) if len(living) else 0
        customer.append(living[draw(rng, people.rate[living], count)] if count else np.zeros(0, np.int64))
        at.append(seconds_of(one, count, rng))
        promotion.append(np.full(count, number, np.int64))
    empty = np.zeros(0, np.int64)
    return Repeats(
        np.concatenate([empty, *customer]), np.concatenate([empty, *at]), np.concatenate([empty, *promotion])
    )
