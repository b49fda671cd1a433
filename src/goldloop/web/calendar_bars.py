"""What lies over the days of the calendar: a bar for every run of an event, for what platforms announce, and for what people wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django.urls import reverse

from goldloop.cli.waves import title
from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.calendar import Period
from goldloop.core.event_words import title as event_title
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.apps.calendar.api import Event
    from goldloop.apps.campaigns.api import Seen
    from goldloop.jobs.marks import Mark

WEEK, YEAR = 7, 365
D = TypeVar("D", date, datetime)


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lies over days of the calendar; `about` is what it is whatever its looks, `address` what it leads to, or ''."""

    text: str
    kind: str
    first: date
    last: date
    about: str
    address: str = ""


def own(events: Iterable[Event], lang: str) -> list[Bar]:
    """A bar for every open run of an event, and one for what leads up to it."""
    found = []
    for event in events:
        address, name, about = (
            reverse("event_show", args=[event.id]),
            event_title(event.content, lang),
            event.content.kind,
        )
        kind = about if event.stands else "off"
        before = [p for p in event.content.phases if p.kind in ("warm_up", "presale")]
        for phase in before:
            text = phase.name or f"{name} · {word(f'calendar.phase_{phase.kind}', lang)}"
            found.append(Bar(text, f"{kind} before", phase.first.date(), phase.last.date(), about, address))
        for wave in event.content.waves:
            found.append(Bar(name, kind, wave.first, wave.last, about, address))
    return found


def others(marks: Sequence[Mark], events: Iterable[Event], lang: str) -> list[Bar]:
    """What the platforms and the loaded files know, and what people wrote over days."""
    known = {event.key for event in events}
    return [
        Bar(named(mark, lang), mark.kind, mark.first, mark.last, mark.about if mark.kind == "note" else mark.kind)
        for mark in marks if mark.event not in known
    ]  # fmt: skip


def coupons(request: Request, waves: Iterable[Seen]) -> list[Bar]:
    """Waves from the day they go out to their last day; one that has not gone out yet is dashed."""
    words = Words(request.lang)
    return [
        Bar(
            title(words, seen.wave.name), "coupon" if seen.files else "coupon before", seen.wave.send, seen.wave.until,
            "coupon", reverse("wave_show", args=[seen.id]),
        )
        for seen in waves if seen.state != "declined"
    ]  # fmt: skip


def named(mark: Mark, lang: str) -> str:
    """A mark with the stores it is of, where these are not all: two platforms give one event other days."""
    text = mark.text[lang]
    return f"{text} · {', '.join(mark.stores)}" if mark.stores else text


def in_week(bars: Iterable[Bar], monday: date) -> list[dict[str, Any]]:
    """The bars that reach into a week: where each begins and how many of its days it covers, the longest first."""
    week = Period(monday, monday + timedelta(days=WEEK - 1))
    ordered = sorted(bars, key=lambda bar: (not bar.address, bar.first, bar.first - bar.last))
    return [one for bar in ordered if (one := placed(bar, week)) is not None]


def placed(bar: Bar, period: Period) -> dict[str, Any] | None:
    """A bar's part of a period: the place it begins at (1: the first day), how many days it covers, and which ends show."""
    first, last = max(bar.first, period.first), min(bar.last, period.last)
    if first > last:
        return None
    return {
        "bar": bar,
        "from": (first - period.first).days + 1,
        "span": (last - first).days + 1,
        "begins": bar.first >= period.first,
        "ends": bar.last <= period.last,
    }


def to_come(request: Request, scope: Scope, first: date) -> list[dict[str, Any]]:
    """The platforms' events of the year from a day on that are not planned yet, each with the form that they fill in.

    Those that are not announced yet stand at the days they had the year before, and are not `sure`.
    """
    last, names = first + timedelta(days=YEAR - 1), [store.name for store in scope.stores]
    ids = {store.name: store.id for store in scope.stores}
    planned = {event.key for event in request.shop.events(first=first, last=last, stores=names)}

    def announced(first: date, last: date) -> list[Mark]:
        found = request.shop.marks(first=first, last=last, stores=names)
        return [one for one in found if one.kind == "event" and one.event not in planned and one.first >= first]

    ahead = announced(first, last)
    known = {(mark.event, mark.stores) for mark in ahead}
    before = announced(first - timedelta(days=YEAR), first - timedelta(days=1))
    again = [
        moved for mark in before if (mark.event, mark.stores) not in known and (moved := next_year(mark)).first >= first
    ]
    return [
        {
            "text": mark.text[request.lang],
            "days": formatting.days(mark.first, mark.last, request.lang),
            "stores": ", ".join(mark.stores or names),
            "sure": mark in ahead,
            "address": f"{reverse('event_new')}?{filled(mark, request.lang, [ids[name] for name in mark.stores or names])}",
        }
        for mark in sorted([*ahead, *again], key=lambda one: one.first)
    ]


def next_year(mark: Mark) -> Mark:
    """The same event a year later, on the same dates."""
    phases = tuple(replace(one, first=_year_later(one.first), last=_year_later(one.last)) for one in mark.phases)
    return replace(mark, first=_year_later(mark.first), last=_year_later(mark.last), phases=phases)


def _year_later(day: D) -> D:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def filled(mark: Mark, lang: str, stores: Sequence[int]) -> str:
    """The fields of the form as an announced event fills them in."""
    said: dict[str, Any] = {"name": mark.text[lang], "kind": "platform", "of": list(stores)}
    for phase in mark.phases:
        days = Period(phase.first.date(), phase.last.date())
        hours = (f"{phase.first:%H:%M}", f"{phase.last:%H:%M}")
        whole = hours[0] == "00:00" and hours[1] >= "23:59"
        row = (phase.phase, days.first, "" if whole else hours[0], days.last, "" if whole else hours[1], "")
        for part, text in zip(("kind", "from", "opens", "to", "closes", "name"), row, strict=True):
            said.setdefault(f"phase_{part}", []).append(str(text))
    return urlencode(said, doseq=True)
