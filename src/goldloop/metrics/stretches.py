"""The calendar of a store for a forecast: its events by phase and the festivals its buyers know, past and to come."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period
from goldloop.core.events import DIP_DAYS, WAITING_DAYS
from goldloop.core.forecast import Stretch
from goldloop.metrics.calendar_events import Phase, platform_phases
from goldloop.metrics.day_marks import Season, seasons

FESTIVALS = Path(__file__).parent / "festivals.toml"
OPEN = ("warm_up", "sale", "encore")  # pre-sale and tail run before and beside a sale
DAY_MINUTES = 1440


def stretches(phases: Iterable[Phase], platform: str, period: Period) -> tuple[list[Stretch], list[str]]:
    """Events and festivals that reach into the period, and the events of it whose days are only assumed.

    A platform's event that no file tells of a later year yet is assumed on the days of the year before; a store's own
    events are never assumed. The nth phase of a kind is alike year by year (`618/sale2`).
    """
    own = list(phases)
    assumed = _assumed(platform, own, period)
    found = [*_events([*own, *assumed]), *_festivals(platform, period)]
    low, high = period.first - timedelta(days=DIP_DAYS), period.last + timedelta(days=WAITING_DAYS)
    names = sorted({f"{p.event} {p.first.year}" for p in assumed if low <= p.last.date() and p.first.date() <= high})
    return [
        one for one in found
        if one.last + timedelta(days=one.after) >= period.first and one.first - timedelta(days=one.before) <= period.last
    ], names  # fmt: skip


def festival_days(platform: str, period: Period) -> list[tuple[date, str]]:
    """The festivals that a platform's buyers know, each on its own day, the oldest first."""
    found = {(one.first, one.name) for one in _festivals(platform, period) if period.first <= one.first <= period.last}
    return sorted(found)


def near_events(first: date, days: int, calendar: Iterable[Stretch]) -> NDArray[np.bool_]:
    """Which of `days` consecutive days from `first` lie inside an event, its 10 days of waiting or its 14 of the dip."""
    found = np.zeros(days, bool)
    for one in calendar:
        if one.kind:
            low, high = (one.first - first).days - one.before, (one.last - first).days + one.after
            found[max(low, 0) : max(high + 1, 0)] = True
    return found


def _assumed(platform: str, known: Iterable[Phase], period: Period) -> list[Phase]:
    newest: dict[str, list[Phase]] = {}
    for phase in platform_phases(platform):
        newest.setdefault(phase.event, []).append(phase)
    told = {(phase.event, phase.first.year) for phase in known}
    found = []
    for event, every in newest.items():
        last = max(phase.first.year for phase in every)
        for year in range(last + 1, period.last.year + 1):
            if (event, year) not in told:
                shift = timedelta(days=(date(year, 3, 1) - date(last, 3, 1)).days)
                found += [
                    replace(p, first=p.first + shift, last=p.last + shift, sure=False)
                    for p in every
                    if p.first.year == last
                ]
    return found


def _events(phases: Iterable[Phase]) -> list[Stretch]:
    by_year: dict[tuple[str, int], list[Phase]] = defaultdict(list)
    for phase in sorted(phases, key=lambda p: (p.first, p.last)):
        by_year[phase.event, phase.first.year].append(phase)
    found = []
    for (event, _), own in by_year.items():
        shown = [p for p in own if p.phase in OPEN] or own
        met: Counter[str] = Counter()
        for phase in shown:
            met[phase.phase] += 1
            opens = 1 - (phase.first.hour * 60 + phase.first.minute) / DAY_MINUTES
            name = f"{event}/{phase.phase}{met[phase.phase]}"
            first, last = phase.first.date(), phase.last.date()
            found.append(Stretch(name, first, last, WAITING_DAYS, DIP_DAYS, kind=phase.phase, opens=opens))
    return found


def _festivals(platform: str, period: Period) -> list[Stretch]:
    found = []
    for season in (*seasons(platform), *_moving(platform)):
        for text in season.on:
            years = range(period.first.year - 1, period.last.year + 2)
            days = [text] if len(text) > 5 else [f"{year}-{text}" for year in years]
            found += [
                Stretch(season.name, date.fromisoformat(day), date.fromisoformat(day), season.before, season.after)
                for day in days
            ]
    return found


@cache
def _moving(platform: str) -> tuple[Season, ...]:
    rows = tomllib.loads(FESTIVALS.read_text(encoding="utf-8"))["season"]
    found = [Season(**{**one, "platforms": tuple(one["platforms"]), "on": tuple(one["on"])}) for one in rows]
    return tuple(one for one in found if platform in one.platforms)
