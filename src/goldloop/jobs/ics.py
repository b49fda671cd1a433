"""Events as an iCalendar file (RFC 5545), for the calendars that people carry with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from goldloop.apps.calendar.api import Event
from goldloop.core.event import EventPhase
from goldloop.core.event_words import title, why

OCTETS = 73  # of a line before it is folded; the break and the space that follows are not content


def calendar(events: Sequence[Event], lang: str = "en") -> bytes:
    """Every phase of every event that takes place as an entry of its own: whole days, or wall clock where it has hours."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//goldloop//calendar//EN"]
    for event in events:
        if event.stands:
            for number, phase in enumerate(event.content.phases, 1):
                lines += _entry(event, phase, number, lang)
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _entry(event: Event, phase: EventPhase, number: int, lang: str) -> list[str]:
    """One entry; its end is the first moment that does not belong to it."""
    if phase.whole_days:
        after = phase.last.date() + timedelta(days=1)
        ends = [f"DTSTART;VALUE=DATE:{phase.first:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]
    else:
        last = phase.last + timedelta(seconds=1 if phase.last.second else 0)
        ends = [f"DTSTART:{phase.first:%Y%m%dT%H%M%S}", f"DTEND:{last:%Y%m%dT%H%M%S}"]
    called, reason = title(event.content, lang), why(event.content, lang)
    name = called if not phase.name else f"{called} - {phase.name}"
    return [
        "BEGIN:VEVENT",
        f"UID:event-{event.id}-{number}@goldloop",
        f"SEQUENCE:{event.current - 1}",
        f"DTSTAMP:{event.version.at:%Y%m%dT%H%M%SZ}",
        *ends,
        f"SUMMARY:{_text(name)}",
        f"CATEGORIES:{_text(phase.kind)}",
        *([f"DESCRIPTION:{_text(reason)}"] if reason else []),
        "END:VEVENT",
    ]


def _text(value: str) -> str:
    for sign in ("\\", ";", ","):
        value = value.replace(sign, f"\\{sign}")
    return value


def _folded(line: str) -> bytes:
    """A line as it is written: broken at 75 octets, never inside a character."""
    parts, rest = [], line
    while len(rest.encode()) > OCTETS:
        size = OCTETS
        while len(rest[:size].encode()) > OCTETS:
            size -= 1
        parts.append(rest[:size])
        rest = rest[size:]
    return "\r\n ".join([*parts, rest]).encode() + b"\r\n"
