"""Simulated stores with their true account of every event: what came because of it, and from which days it was only moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.events import DIP_DAYS, Review, event_review
from goldloop.metrics.calendar_events import Phase, platform_phases
from goldloop.metrics.day_marks import day_marks
from goldloop.metrics.stretches import near_events, stretches
from goldloop.simulate.group import StoreModel
from goldloop.simulate.world import World, simulate

LAST = date(2026, 10, 31)
AFTER = 84  # days of normal business after the last dip day that a review by both sides may use


@dataclass(frozen=True)
class Event:
    """An event of a simulated store: orders a part really brought (or lost), and what the core says by either account."""

    name: str
    truth: dict[str, int]
    before: Review
    both: Review


def events(model: StoreModel, *, scale: float, seed: int) -> Iterator[Event]:
    """All events of a simulated store that are over and have normal days on both sides."""
    world = simulate(model, last_day=LAST, scale=scale, rng=np.random.default_rng(seed))
    rows, days = world.purchases, world.days.count
    daily = np.bincount(rows.at[rows.paid] // 86_400, minlength=days).astype(float)
    own = [Phase("店庆", "sale", datetime(y, 4, 18), datetime(y, 4, 20, 23, 59, 59)) for y in (2024, 2025, 2026)]
    phases = [*platform_phases(model.platform), *(own if model.own_event else [])]
    marks = day_marks(phases, model.platform, Period(world.days.start, LAST))
    names = [marks.get(world.days.start + timedelta(days=n), "").split("/")[0] for n in range(days)]
    calendar = stretches(phases, model.platform, Period(world.days.start, LAST))[0]
    near = near_events(world.days.start, days, calendar)
    waves = defaultdict(list)
    for number, promotion in enumerate(world.promotions):
        waves[promotion.wave.event, promotion.wave.year].append(number)
    for (event, year), numbers in waves.items():
        open_days = [
            (p.first_hour // 24, (p.first_hour + len(p.lift) - 1) // 24) for p in (world.promotions[n] for n in numbers)
        ]
        if open_days[0][0] >= world.days.first and open_days[-1][1] + AFTER < days:
            others = np.array([name not in ("", event) for name in names])
            bent = np.array([name != "" for name in names])
            try:
                before = event_review(daily, bent, open_days, others=others)
                both = event_review(daily, bent | near, open_days, others=others, sides="both")
            except GoldloopError:  # a store that opened shortly before has too few normal days
                continue
            yield Event(f"{event} {year}", _truth(world, numbers, open_days, others), before, both)


def _truth(world: World, numbers: list[int], open_days: list[tuple[int, int]], others: np.ndarray) -> dict[str, int]:
    """Orders by part: brought by the event or by the people it won, less those that only moved out of these days."""
    rows, day, days = world.purchases, world.purchases.at // 86_400, world.days.count
    extra = np.isin(rows.extra, numbers)
    won = np.unique(rows.customer[extra & rows.first])
    later = rows.paid & np.isin(rows.customer, won) & ~extra
    brought = np.bincount(day[extra | later | np.isin(rows.into, numbers)], minlength=days)
    closes = open_days[-1][1]
    gone = [int(((rows.into == n) & (rows.side == side)).sum()) for n, side in ((numbers[0], -1), (numbers[-1], 1))]
    dip = brought[closes + 1 : closes + DIP_DAYS + 1][~others[closes + 1 : closes + DIP_DAYS + 1]]
    inside = sum(int(brought[first : last + 1].sum()) for first, last in open_days)
    return {"inside": inside, "waiting": -gone[0], "dip": int(dip.sum()) - gone[1]}
