"""What an event does to a store: hours of lift, orders moved into it from before and after, orders it really added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.simulate.arrays import DAY, Bools, Floats, Ints, draw
from goldloop.simulate.events import ANNIVERSARY, Wave, waves
from goldloop.simulate.group import StoreModel
from goldloop.simulate.seasons import EPOCH, Days

HOUR = 3600
WAITING_DAYS, DIP_DAYS = 10, 14  # how far orders are moved from, before and after


@dataclass(frozen=True, slots=True)
class Promotion:
    """A wave inside the simulated days: lift per hour from hour `first_hour` of the simulation on, and discount.

    `lift` is relative to normal demand (1.0 doubles it); `pull` is the chance that an order next to the wave moves in.
    """

    wave: Wave
    first_hour: int
    lift: Floats
    discount: int
    pull: float
    complete: bool


def start_second(model: StoreModel, days: Days) -> int:
    """The moment at which the first simulated business day begins, in seconds of the store's wall clock."""
    return (days.start - EPOCH).days * DAY + model.day_starts * 60


def _own_events(model: StoreModel, days: Days) -> tuple[tuple[int, str, str, str, str], ...]:
    if not model.own_event:
        return ()
    years = range(days.start.year, days.start.year + days.count // 365 + 2)
    return tuple((y, ANNIVERSARY, "sale", f"{y}-04-18T00:00:00", f"{y}-04-20T23:59:59") for y in years)


def promotions(model: StoreModel, days: Days) -> list[Promotion]:
    """The waves that fall into the simulated days: a peak at the opening, a low middle, a second peak at the end."""
    start, hours = start_second(model, days), days.count * 24
    found = []
    for wave in waves(model.platform, _own_events(model, days)):
        first, last = (wave.first - start) // HOUR, (wave.last - start) // HOUR
        strength = model.strength.get(wave.event, 0.0)
        if first < 0 or first >= hours or not strength:
            continue
        since = np.arange(last - first + 1, dtype=np.float64)
        until = since[::-1]
        shape = 0.12 + np.exp(-since / 14) + 0.6 * np.exp(-until / 12)
        lift = (strength * shape)[: hours - first]
        pull = min(0.5, 0.14 * strength)
        found.append(Promotion(wave, first, lift, model.discount[wave.event], pull, last < hours))
    return found


def daily_lift(found: list[Promotion], days: Days) -> Floats:
    """Lift of each day: the mean of its hours."""
    hourly = np.zeros(days.count * 24)
    for promotion in found:
        hourly[promotion.first_hour : promotion.first_hour + len(promotion.lift)] += promotion.lift
    daily: Floats = hourly.reshape(days.count, 24).mean(axis=1)
    return daily


def hours_inside(found: list[Promotion], days: Days) -> Ints:
    """Number of the promotion that runs in each hour of the simulation, -1 outside."""
    inside = np.full(days.count * 24, -1, np.int64)
    for number, promotion in enumerate(found):
        inside[promotion.first_hour : promotion.first_hour + len(promotion.lift)] = number
    return inside


def seconds_of(promotion: Promotion, count: int, rng: np.random.Generator) -> Ints:
    """`count` moments inside the wave, in seconds since the simulation began, drawn by its lift."""
    hours = promotion.first_hour + draw(rng, promotion.lift, count)
    return hours * HOUR + rng.integers(0, HOUR, count)


def seconds_on(promotion: Promotion, day: Ints, rng: np.random.Generator) -> Ints:
    """A moment inside the wave on each of the given days, drawn by its lift."""
    hourly = np.zeros((int(day.max(initial=0)) + 1) * 24)
    ends = promotion.first_hour + len(promotion.lift)
    reach = min(ends, len(hourly))
    hourly[promotion.first_hour : reach] = promotion.lift[: reach - promotion.first_hour]
    edges = np.r_[0.0, np.cumsum(hourly)]
    low, high = edges[day * 24], edges[day * 24 + 24]
    hour = np.searchsorted(edges, low + rng.random(len(day)) * (high - low), side="right") - 1
    found: Ints = np.minimum(hour, day * 24 + 23) * HOUR + rng.integers(0, HOUR, len(day))
    return found


@dataclass(slots=True)
class Moves:
    """Which orders were moved: the promotion they moved into (-1: none), and -1 from before or 1 from after."""

    into: Ints
    side: Ints


def move_orders(found: list[Promotion], at: Ints, free: Bools, days: Days, rng: np.random.Generator) -> Moves:
    """Move baseline orders next to a wave into it (changes `at`): 活动前观望 and 活动后回落.

    An order moves with chance `pull x exp(-gap/4)` from before and `0.8 pull x exp(-gap/5)` from after; the gap is in
    days. Only orders outside every wave move, and only once.
    """
    moves = Moves(np.full(len(at), -1, np.int64), np.zeros(len(at), np.int64))
    inside = hours_inside(found, days)
    free = free & (inside[at // HOUR] < 0)
    for number, promotion in enumerate(found):
        opens = promotion.first_hour * HOUR
        closes = opens + len(promotion.lift) * HOUR
        before, after = (opens - at) / DAY, (at - closes) / DAY
        early = free & (before > 0) & (before <= WAITING_DAYS)
        late = free & (after >= 0) & (after <= DIP_DAYS) & promotion.complete
        chance = np.where(early, np.exp(-before / 4), 0.0) + np.where(late, 0.8 * np.exp(-np.abs(after) / 5), 0.0)
        taken = rng.random(len(at)) < promotion.pull * chance
        at[taken] = seconds_of(promotion, int(taken.sum()), rng)
        moves.into[taken] = number
        moves.side[taken] = np.where(early[taken], -1, 1)
        free &= ~taken
    return moves
