"""Visits and first purchases: free sources by demand, paid ones by the response curve of their spend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.simulate.arrays import DAY, Floats, Ints, sums
from goldloop.simulate.group import StoreModel
from goldloop.simulate.promotions import Promotion, seconds_on
from goldloop.simulate.seasons import ABROAD_HOURS, CHINA_HOURS, Days

VISIT_NOISE = 0.08  # standard deviation of the log of a day's expected visits
LAGS = np.array([0.72, 0.08, 0.05, 0.03, 0.025, 0.02, 0.015, 0.012, 0.01, 0.008, 0.008, 0.007, 0.006, 0.005, 0.004])


@dataclass(frozen=True, slots=True)
class Traffic:
    """Per channel (free sources first, then plans) and day: first visits, and spend of the plans in minor units."""

    first_visits: Ints  # channel x day
    spend: Ints  # plan x day


@dataclass(frozen=True, slots=True)
class Arrivals:
    """First purchases: channel, day of the visit, moment in seconds since the start, and the promotion that made it.

    `promotion` is -1 for those who would have bought anyway.
    """

    channel: Ints
    click_day: Ints
    at: Ints
    promotion: Ints


def _spend(model: StoreModel, days: Days, lift: Floats, scale: float, rng: np.random.Generator) -> Ints:
    """Daily spend in minor units: a budget that is set anew every two weeks, weekday habits, more on event days."""
    rows = []
    for plan in model.plans:
        steps = rng.choice([0.35, 0.6, 0.85, 1.0, 1.3, 1.8, 2.4], days.count // 14 + 1)
        level = np.repeat(steps, 14)[: days.count] * np.where(days.weekdays >= 5, 1.1, 1.0)
        level = level * (1 + 0.6 * np.minimum(lift, 1.5)) * np.exp(rng.normal(0, 0.08, days.count))
        rows.append(np.rint(plan.spend * scale * model.volume * level * 100))
    return np.array(rows, np.int64).reshape(len(model.plans), days.count)


def first_visits(
    model: StoreModel, days: Days, index: Floats, lift: Floats, scale: float, rng: np.random.Generator
) -> Traffic:
    """Visits of people who have not bought yet, by channel and day.

    Free: Poisson(base x demand x growth x (1 + lift/2)). Paid: Poisson(a x spend^b), spend in major units, whatever
    the demand; both with log-normal noise.
    """
    factor = scale * model.volume
    growth = (1 + model.growth) ** ((np.arange(days.count) - days.first) / 365.25)
    noise = np.exp(rng.normal(0, VISIT_NOISE, (len(model.sources) + len(model.plans), days.count)))
    rows = [source.base * factor * index * growth * (1 + lift / 2) for source in model.sources]
    spend = _spend(model, days, lift, scale, rng)
    for plan, spent in zip(model.plans, spend, strict=True):
        rows.append(plan.a * factor ** (1 - plan.b) * (spent / 100) ** plan.b)
    return Traffic(rng.poisson(np.array(rows) * noise).astype(np.int64), spend)


def clock(model: StoreModel, day: Ints, rng: np.random.Generator) -> Ints:
    """A moment on each business day by the hours of the clock, in seconds since the first business day began."""
    hours = np.roll(ABROAD_HOURS if model.abroad else CHINA_HOURS, -(model.day_starts // 60))
    hour = np.searchsorted(np.cumsum(hours) / hours.sum(), rng.random(len(day)), side="right")
    found: Ints = day * DAY + np.minimum(hour, 23) * 3600 + rng.integers(0, 3600, len(day))
    return found


def arrivals(
    model: StoreModel, days: Days, traffic: Traffic, lift: Floats, found: list[Promotion], rng: np.random.Generator
) -> Arrivals:
    """First purchases: Binomial(visits, conversion x (1 + lift) / (1 + lift/2)), most on the day of the visit.

    Of the buyers of a day with lift u, u / (1 + u) of the free and 1 - (1 + u/2) / (1 + u) of the paid are there
    because of the event.
    """
    shares = [s.conversion for s in model.sources] + [p.conversion for p in model.plans]
    wish = np.exp(rng.normal(0, 0.05, days.count)) * (1 + lift) / (1 + lift / 2)
    buyers = rng.binomial(traffic.first_visits, np.minimum(0.6, np.outer(shares, wish)))
    channel = np.repeat(np.arange(len(shares)), buyers.sum(axis=1))
    click = np.concatenate([np.repeat(np.arange(days.count), row) for row in buyers])
    free = channel < len(model.sources)
    extra_share = np.where(free, lift[click] / (1 + lift[click]), 1 - (1 + lift[click] / 2) / (1 + lift[click]))
    extra = rng.random(len(click)) < extra_share
    day = click + np.where(extra, 0, rng.choice(len(LAGS), len(click), p=LAGS / LAGS.sum()))
    at = clock(model, day, rng)
    promotion = np.full(len(click), -1, np.int64)
    promotion[extra] = _promotion_of_day(found, days)[click[extra]]
    for number, one in enumerate(found):
        mine = promotion == number
        at[mine] = seconds_on(one, day[mine], rng)
    kept = day < days.count
    return Arrivals(channel[kept], click[kept], at[kept], promotion[kept])


def _promotion_of_day(found: list[Promotion], days: Days) -> Ints:
    """The promotion with the most lift on each day; -1 on days without."""
    best, number = np.zeros(days.count), np.full(days.count, -1, np.int64)
    for position, promotion in enumerate(found):
        hourly = np.zeros(days.count * 24)
        hourly[promotion.first_hour : promotion.first_hour + len(promotion.lift)] = promotion.lift
        daily = hourly.reshape(days.count, 24).sum(axis=1)
        number = np.where(daily > best, position, number)
        best = np.maximum(best, daily)
    return number


def returning_visits(model: StoreModel, days: Days, channel: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Visits of people who bought before, by channel and day: each repeat purchase stands for one visit in nine."""
    channels = len(model.sources) + len(model.plans)
    bought = sums(channel * days.count + day, None, channels * days.count).reshape(channels, days.count)
    return bought + rng.poisson(bought * 7.0 + 0.4).astype(np.int64)
