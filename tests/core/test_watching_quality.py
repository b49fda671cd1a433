"""Planted falls are found and quiet days stay quiet: the simulated shop group, whose days are known, by the shipped rules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import goldloop
from goldloop.apps.watch.contracts import WIDTHS
from goldloop.core.alarm import excess, turn
from goldloop.core.baseline import Baseline, Expected
from goldloop.core.calendar import Period
from goldloop.metrics.calendar_events import Phase, platform_phases
from goldloop.metrics.day_marks import day_marks
from goldloop.simulate.group import GROUP, StoreModel
from goldloop.simulate.world import World, simulate

LAST = date(2026, 10, 31)
DAYS = 365
SCALE = 10.0  # about 80 to 200 orders a day
RULES = tomllib.loads((Path(goldloop.__file__).parent / "apps/watch/rules.toml").read_text("utf-8"))
FIGURES = ("gmv", "visitors", "order_value")


@dataclass(frozen=True)
class Series:
    figure: str
    values: np.ndarray
    expected: list[Expected]

    def judged(self) -> Iterator[tuple[int, Expected]]:
        return ((n, one) for n, one in enumerate(self.expected) if one.reason is None)

    def beyond(self, n: int, factor: float = 1.0) -> float:
        one, rule = self.expected[n], RULES[self.figure]
        amount = rule["amount"] * (1 if self.figure == "visitors" else 100)
        value = float(self.values[n]) * factor
        return excess(
            value, one.value, one.low, one.high, rate=rule["rate"], amount=amount, direction=rule["direction"]
        )


def daily(world: World, figure: str) -> np.ndarray:
    paid, first = world.purchases.paid, world.days.first
    orders = np.bincount(world.day[paid], None, world.days.count)[first:]
    gmv = np.bincount(world.day[paid], world.amounts.goods[paid], world.days.count)[first:]
    return {"gmv": gmv, "visitors": world.visitors[first:], "order_value": gmv / np.maximum(orders, 1)}[figure].astype(
        float
    )


def marks_of(world: World) -> list[str]:
    """The store's marks: its platform's events, and its own as the events file tells them."""
    own = [
        Phase(p.wave.event, "sale", *(datetime.fromtimestamp(s, UTC).replace(tzinfo=None) for s in (p.wave.first, p.wave.last)))
        for p in world.promotions if p.wave.event == "店庆"
    ]  # fmt: skip
    period = Period(world.first_date, world.last_date)
    found = day_marks([*platform_phases(world.model.platform), *own], world.model.platform, period)
    return [found.get(period.first + timedelta(days=n), "") for n in range(period.days)]


@pytest.fixture(scope="module", params=GROUP, ids=lambda model: model.slug)
def series(request: pytest.FixtureRequest) -> list[Series]:
    model: StoreModel = request.param
    world = simulate(model, last_day=LAST, scale=SCALE, rng=np.random.default_rng([7, GROUP.index(model)]))
    marks, found = marks_of(world), []
    for figure in FIGURES:
        values = daily(world, figure)
        baseline = Baseline(values, marks)
        first = len(values) - DAYS
        expected = [baseline.expected(at, width=WIDTHS["normal"]) for at in range(first, len(values))]
        found.append(Series(figure, values[first:], expected))
    return found


def test_most_days_of_a_year_are_judged(series: list[Series]) -> None:
    for one in series:
        assert len(list(one.judged())) >= 0.85 * DAYS, one.figure


def test_quiet_days_ring_at_most_twice_in_a_year(series: list[Series]) -> None:
    for one in series:
        side, opened = None, 0
        for n, _ in one.judged():
            before, side = side, turn(side, one.beyond(n))
            opened += side is not None and side != before
        assert opened <= 2, one.figure


def test_planted_falls_are_found(series: list[Series]) -> None:
    """Of all ordinary days, each once with so much less of the figure."""
    least = {"gmv": {0.7: 0.98}, "visitors": {0.5: 0.99, 0.3: 0.85}, "order_value": {0.5: 0.98}}
    for one in series:
        days = [n for n, expected in one.judged() if not expected.marked]
        for fall, share in least[one.figure].items():
            found = sum(one.beyond(n, 1 - fall) < -1 for n in days)
            assert found >= share * len(days), (one.figure, fall, found / len(days))
