"""Which days are no ordinary days, and which day of an earlier year each of them is like."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from goldloop.core.calendar import Period
from goldloop.metrics.calendar_events import Phase

AFTER = 7  # days after an event that are not ordinary either (figures.md section 3)
GAP = 14  # days between two phases up to which they are one stretch
SEASONS = Path(__file__).parent / "seasons.toml"


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of the year: `before` and `after` are days around `on` (MM-DD of every year, or dates)."""

    name: str
    platforms: tuple[str, ...]
    on: tuple[str, ...]
    before: int
    after: int


@cache
def seasons(platform: str) -> tuple[Season, ...]:
    """The stretches that a platform's buyers know."""
    found = [
        Season(**{**one, "platforms": tuple(one["platforms"]), "on": tuple(one["on"])})
        for one in tomllib.loads(SEASONS.read_text(encoding="utf-8"))["season"]
    ]
    return tuple(one for one in found if platform in one.platforms)


def day_marks(phases: Iterable[Phase], platform: str, period: Period) -> dict[date, str]:
    """The marks of all days of the period that are no ordinary days.

    A mark names the stretch and how far into it the day is, so that the same day of another year has the same one:
    `618/sale2/0` is the opening day of the second sale of 618, `618/before_sale2/3` the third day of the gap before it,
    `618/after/7` the last of the 7 days after it, `spring_festival/-3` three days before the festival. Where stretches
    overlap, an event counts before what comes after another event, and that before a season.
    """
    found: dict[date, str] = {}
    for year in range(period.first.year - 1, period.last.year + 2):
        found.update(_season_days(platform, year))
    events = _events(phases)
    for own in events.values():
        event, end = own[0].event, max(phase.last.date() for phase in own)
        found.update({end + timedelta(days=k): f"{event}/after/{k}" for k in range(1, AFTER + 1)})
    for own in events.values():
        found.update(_event_days(own))
    return {day: mark for day, mark in sorted(found.items()) if period.first <= day <= period.last}


def _season_days(platform: str, year: int) -> Iterator[tuple[date, str]]:
    for season in seasons(platform):
        for text in season.on:
            if len(text) > 5 and not text.startswith(str(year)):
                continue
            on = date.fromisoformat(text if len(text) > 5 else f"{year}-{text}")
            for k in range(-season.before, season.after + 1):
                yield on + timedelta(days=k), f"{season.name}/{k}"


def _events(phases: Iterable[Phase]) -> dict[tuple[str, int], list[Phase]]:
    """Phases by event and year, in order of their opening."""
    found: dict[tuple[str, int], list[Phase]] = {}
    for phase in sorted(phases, key=lambda p: (p.first, p.last, p.phase)):
        found.setdefault((phase.event, phase.first.year), []).append(phase)
    return found


def _event_days(own: list[Phase]) -> Iterator[tuple[date, str]]:
    end: date | None = None
    met: Counter[str] = Counter()
    for phase in own:
        met[phase.phase] += 1
        name = f"{phase.phase}{met[phase.phase]}"  # a year can have more or fewer phases of another kind
        first, last = phase.first.date(), phase.last.date()
        if end is not None and 1 < (first - end).days <= GAP + 1:
            for k in range(1, (first - end).days):
                yield end + timedelta(days=k), f"{phase.event}/before_{name}/{k}"
        for k in range((last - first).days + 1):
            yield first + timedelta(days=k), f"{phase.event}/{name}/{k}"
        end = last if end is None else max(end, last)
