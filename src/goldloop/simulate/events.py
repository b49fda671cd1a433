"""The platform events that the simulated stores take part in: the same moments as the data files of metrics/events.

A test keeps both equal; the simulator must not import the metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# platforms, year, event, phase, first moment, last moment (wall clock of the store)
_CHINA = (
    (2024, "38", "sale", "2024-03-01T20:00:00", "2024-03-08T23:59:59"),
    (2024, "618", "sale", "2024-05-20T20:00:00", "2024-05-28T23:59:59"),
    (2024, "618", "sale", "2024-05-31T20:00:00", "2024-06-20T23:59:59"),
    (2024, "double11", "presale", "2024-10-14T20:00:00", "2024-10-21T17:59:59"),
    (2024, "double11", "sale", "2024-10-21T20:00:00", "2024-10-24T23:59:59"),
    (2024, "double11", "sale", "2024-10-31T20:00:00", "2024-11-11T23:59:59"),
    (2024, "double12", "sale", "2024-12-09T20:00:00", "2024-12-12T23:59:59"),
    (2025, "38", "sale", "2025-03-01T20:00:00", "2025-03-08T23:59:59"),
    (2025, "618", "presale", "2025-05-13T20:00:00", "2025-05-16T17:59:59"),
    (2025, "618", "sale", "2025-05-16T20:00:00", "2025-05-26T23:59:59"),
    (2025, "618", "sale", "2025-05-30T20:00:00", "2025-06-20T23:59:59"),
    (2025, "double11", "presale", "2025-10-15T20:00:00", "2025-10-20T17:59:59"),
    (2025, "double11", "sale", "2025-10-20T20:00:00", "2025-10-24T23:59:59"),
    (2025, "double11", "sale", "2025-10-31T20:00:00", "2025-11-14T23:59:59"),
    (2025, "double12", "sale", "2025-12-09T20:00:00", "2025-12-12T23:59:59"),
    (2026, "38", "sale", "2026-03-01T20:00:00", "2026-03-08T23:59:59"),
    (2026, "618", "presale", "2026-05-15T20:00:00", "2026-05-18T17:59:59"),
    (2026, "618", "sale", "2026-05-18T20:00:00", "2026-05-28T23:59:59"),
    (2026, "618", "sale", "2026-05-31T20:00:00", "2026-06-18T23:59:59"),
    (2026, "double11", "presale", "2026-10-15T20:00:00", "2026-10-20T17:59:59"),
    (2026, "double11", "sale", "2026-10-20T20:00:00", "2026-10-24T23:59:59"),
    (2026, "double11", "sale", "2026-10-31T20:00:00", "2026-11-14T23:59:59"),
    (2026, "double12", "sale", "2026-12-09T20:00:00", "2026-12-12T23:59:59"),
)
_DOUYIN = (
    (2024, "38", "sale", "2024-03-01T00:00:00", "2024-03-08T23:59:59"),
    (2024, "618", "sale", "2024-05-24T00:00:00", "2024-06-18T23:59:59"),
    (2024, "double11", "presale", "2024-10-08T00:00:00", "2024-10-17T23:59:59"),
    (2024, "double11", "sale", "2024-10-18T00:00:00", "2024-11-11T23:59:59"),
    (2024, "double12", "sale", "2024-12-09T00:00:00", "2024-12-12T23:59:59"),
    (2025, "38", "sale", "2025-03-01T00:00:00", "2025-03-08T23:59:59"),
    (2025, "618", "sale", "2025-05-13T00:00:00", "2025-06-18T23:59:59"),
    (2025, "double11", "sale", "2025-10-09T00:00:00", "2025-11-11T23:59:59"),
    (2025, "double12", "sale", "2025-12-09T00:00:00", "2025-12-12T23:59:59"),
    (2026, "38", "sale", "2026-03-01T00:00:00", "2026-03-08T23:59:59"),
    (2026, "618", "sale", "2026-05-15T00:00:00", "2026-06-18T23:59:59"),
    (2026, "double11", "sale", "2026-10-09T00:00:00", "2026-11-11T23:59:59"),
    (2026, "double12", "sale", "2026-12-09T00:00:00", "2026-12-12T23:59:59"),
)
_ABROAD = (
    (2024, "black_friday", "sale", "2024-11-29T00:00:00", "2024-11-29T23:59:59"),
    (2024, "cyber_monday", "sale", "2024-12-02T00:00:00", "2024-12-02T23:59:59"),
    (2025, "black_friday", "sale", "2025-11-28T00:00:00", "2025-11-28T23:59:59"),
    (2025, "cyber_monday", "sale", "2025-12-01T00:00:00", "2025-12-01T23:59:59"),
    (2026, "black_friday", "sale", "2026-11-27T00:00:00", "2026-11-27T23:59:59"),
    (2026, "cyber_monday", "sale", "2026-11-30T00:00:00", "2026-11-30T23:59:59"),
)
PHASES = {"taobao": _CHINA, "tmall": _CHINA, "douyin": _DOUYIN, "shopify": _ABROAD}

ANNIVERSARY = "店庆"  # the flagship store's own event; no platform file knows it


@dataclass(frozen=True, slots=True)
class Wave:
    """One sale phase of an event: seconds since 1970 on the store's wall clock, both ends included.

    `presale` holds the deposit phase before it, if there is one; `number` counts the waves of an event in a year.
    """

    event: str
    year: int
    number: int
    first: int
    last: int
    presale: tuple[int, int] | None = None


def seconds(moment: str) -> int:
    """A wall-clock moment in ISO form as seconds since 1970-01-01 00:00 of the same clock."""
    return int((datetime.fromisoformat(moment) - datetime(1970, 1, 1)).total_seconds())


def waves(platform: str, own: tuple[tuple[int, str, str, str, str], ...] = ()) -> list[Wave]:
    """All sale waves of a platform in order of their opening; `own` are a store's own events in the same form."""
    found: list[Wave] = []
    waiting: tuple[int, int] | None = None
    for year, event, phase, first, last in sorted((*PHASES[platform], *own), key=lambda row: row[3]):
        if phase == "presale":
            waiting = (seconds(first), seconds(last))
            continue
        number = 1 + sum(w.event == event and w.year == year for w in found)
        presale = waiting if event != ANNIVERSARY else None
        found.append(Wave(event, year, number, seconds(first), seconds(last), presale))
        if event != ANNIVERSARY:
            waiting = None
    return found
