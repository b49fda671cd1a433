"""Events (大促) as data: the platforms' own, one file per platform and year, and those a store has loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from goldloop.core.calendar import Period
from goldloop.core.store import Store

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

FOLDER = Path(__file__).parent / "events"

# Phase -> day type (日类型); where phases overlap the later entry wins.
DAY_TYPES = {"warm_up": "warm_up", "presale": "warm_up", "encore": "encore", "tail": "event", "sale": "event"}
_STRENGTH = {"warm_up": 0, "encore": 1, "event": 2}


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of an event: wall clock of the platform's zone, both ends inside; `sure` tells a confirmed date."""

    event: str
    phase: str
    first: datetime
    last: datetime
    name_zh: str = ""
    name_en: str = ""
    sure: bool = True


@cache
def platform_phases(platform: str) -> tuple[Phase, ...]:
    """All known phases of a platform, oldest first; empty for a platform without event files."""
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        if platform in data["platforms"]:
            found += [Phase(**{"name_zh": "", "name_en": "", **p}) for p in data.get("phase", ())]
    return tuple(sorted(found, key=lambda p: (p.first, p.event, p.phase)))


def store_phases(engine: Engine, stores: Mapping[int, Store]) -> dict[int, list[Phase]]:
    """Phases of every store: its platform's, its own from the `events` table, and those that people planned."""
    found = {i: list(platform_phases(s.platform)) for i, s in stores.items()}
    if engine.snapshot.files("facts/events"):
        rows = engine.run_once('SELECT store, event, phase, first_at, last_at FROM "events" ORDER BY ALL', {}).rows
        for store, event, phase, first, last in rows:
            if store in found and phase in DAY_TYPES and first and last:
                found[store].append(Phase(event, phase, first, last))
    for store, planned in engine.planned.items():
        if store in found:
            found[store] += planned
    return found


def day_types(phases: Mapping[int, Iterable[Phase]], periods: Iterable[Period]) -> list[tuple[int, date, str]]:
    """(store, day, type) for the days of the periods that are not normal days."""
    wanted = list(periods)
    low, high = min(p.first for p in wanted), max(p.last for p in wanted)
    found: dict[tuple[int, date], str] = {}
    for store, own in phases.items():
        for phase in own:
            kind = DAY_TYPES[phase.phase]
            day = max(phase.first.date(), low)
            while day <= min(phase.last.date(), high):
                before = found.get((store, day))
                if before is None or _STRENGTH[kind] > _STRENGTH[before]:
                    found[store, day] = kind
                day += timedelta(days=1)
    return [(store, day, kind) for (store, day), kind in sorted(found.items())]
