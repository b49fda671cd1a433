"""What a wave is to be: whom, what, when and for how much, as texts that are checked and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from goldloop.core.calendar import Period, parse_day, parse_period
from goldloop.core.errors import GoldloopError
from goldloop.core.holdout import MOST
from goldloop.core.members.lifecycle import STATES
from goldloop.core.members.rfm import NAMES
from goldloop.core.money import read_amount, to_minor
from goldloop.core.price_guard import Off

FIELDS = (
    "name", "audience", "reach", "touch", "send", "until", "off", "minimum", "value_from", "value_to", "holdout", "budget",
    "text", "uplift", "margin", "units", "item_off", "threshold_off", "threshold_from",
)  # fmt: skip
USUAL = {"reach": "C", "touch": "coupon", "holdout": "0.1", "uplift": "0.3", "units": "day"}
REACHES = ("A", "B", "C")  # own key with consent, platform id, condition sheet
TOUCHES = ("coupon", "sms", "card", "call")  # a card or gift in the parcel is a touch, too; a call asks why
UNITS = ("day", "region")  # what is drawn by lot where nobody can be named
LONGEST = {"name": 100, "text": 300}
_HOURS = re.compile(r"^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$", re.ASCII)
_PLANNED = re.compile(r"^(\d{4}-\d{2}) W(\d) T(\d)$", re.ASCII)
_AUDIENCE = re.compile(r"^(first|lifecycle|rfm|segment):(.+)$")


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: first buyers of some days (`first`), a group of the life cycle or of RFM, or a saved segment."""

    kind: str
    days: Period | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave as it was said: `said` are its fields as text, amounts in major units of `currency`."""

    said: Mapping[str, str]
    currency: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.said["name"]

    @property
    def audience(self) -> Audience:
        """Whom it is for."""
        return read_audience(self.said["audience"])

    @property
    def send(self) -> date:
        """The day it goes out; its effect is measured from that day on."""
        return parse_day(self.said["send"])

    @property
    def until(self) -> date:
        """The last day of the coupon, and of what is measured."""
        return parse_day(self.said["until"])

    @property
    def coupon(self) -> Off | None:
        """What the coupon takes off, and from which order value on, in minor units; None without a coupon."""
        off = self.amount("off")
        return None if not off else Off(off, self.amount("minimum") or 0)

    @property
    def threshold(self) -> Off | None:
        """What the platform's threshold discount takes off on its days, and from which amount on; None without one."""
        off = self.amount("threshold_off")
        return None if not off else Off(off, self.amount("threshold_from") or 0)

    @property
    def lowers(self) -> bool:
        """Whether anything is cheaper for who is sent it: what else holds on its days counts, too."""
        return self.coupon is not None or self.threshold is not None or bool(self.amount("item_off"))

    def amount(self, field: str) -> int | None:
        """An amount in minor units; None where none was said."""
        text = self.said.get(field)
        return None if not text else to_minor(_number(field, text), self.currency)

    def share(self, field: str) -> float | None:
        """A share as a fraction; None where none was said."""
        text = self.said.get(field)
        return None if not text else float(_number(field, text))

    def of(self, field: str) -> str:
        """The text of a field, '' where nothing was said."""
        return self.said.get(field, "")


def read_audience(text: str) -> Audience:
    """Whom a text means: `first:2026-05-01..2026-05-07`, `lifecycle:sleeping`, `rfm:to_win_back`, `segment:NAME`.

    Raises `wave_audience`.

    >>> read_audience("lifecycle:sleeping").group
    'sleeping'
    """
    found = _AUDIENCE.match(text.strip())
    kind, rest = found.groups() if found else ("", "")
    if kind == "first":
        return Audience(kind, parse_period(rest))
    if kind == "segment" or rest in {"lifecycle": STATES, "rfm": NAMES}.get(kind, ()):
        return Audience(kind, group=rest)
    raise GoldloopError(
        "wave_audience", f"'{text}' is no audience.", given=text,
        allowed=["first:FROM..TO", "segment:NAME", *(f"lifecycle:{one}" for one in STATES), *(f"rfm:{one}" for one in NAMES)],
    )  # fmt: skip


def read_wave(given: Mapping[str, str], currency: str) -> Wave:
    """A wave from its fields as people write them; raises `wave_field_unknown`, `wave_field_bad`, `wave_audience`, `day_bad`."""
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise GoldloopError(
            "wave_field_unknown", f"A wave has no field '{unknown[0]}'.", given=unknown[0], allowed=list(FIELDS),
            field=unknown[0],
        )  # fmt: skip
    cleaned = {name: " ".join(str(given.get(name) or "").split()) for name in FIELDS}
    said = {name: text or USUAL.get(name, "") for name, text in cleaned.items()}
    said = {name: text for name, text in said.items() if text}
    for name in ("name", "audience", "send", "until"):
        if name not in said:
            raise _bad(name, "", "something")
    for name, allowed in (("reach", REACHES), ("touch", TOUCHES), ("units", UNITS)):
        if said[name] not in allowed:
            raise _bad(name, said[name], " | ".join(allowed))
    if said["touch"] == "call" and said["reach"] == "C":
        raise _bad("touch", "call", "reach A or B: nobody can be called by conditions")
    for name, most in LONGEST.items():
        if len(said.get(name, "")) > most or not said.get(name, "").isprintable():
            raise _bad(name, said[name][:most], f"at most {most} printable characters")
    wave = Wave(said, currency)
    read_audience(said["audience"])
    if wave.until < wave.send:
        raise _bad("until", said["until"], f"{said['send']} or later")
    for name in ("off", "minimum", "budget", "value_from", "value_to", "item_off", "threshold_off", "threshold_from"):
        if (wave.amount(name) or 0) < 0:
            raise _bad(name, said[name], "an amount, 0 or more")
    if wave.threshold is not None and wave.threshold.minimum <= wave.threshold.off:
        raise _bad("threshold_from", wave.of("threshold_from"), f"more than {said['threshold_off']}")
    for name, top in (("holdout", MOST), ("margin", 1.0), ("uplift", 10.0)):
        if not 0 <= (wave.share(name) or 0.0) <= top:
            raise _bad(name, said[name], f"0 to {top}")
    return wave


def campaign(id: int) -> str:
    """What a wave is called in files of senders and platforms, where bare numbers are their own.

    >>> campaign(7)
    'GL-7'
    """
    return f"GL-{id}"


def planned_name(month: str, week: int, tier: int) -> str:
    """What a wave out of a coupon calendar is called until it is shown to somebody in her language (`planned`)."""
    return f"{month} W{week} T{tier}"


def planned(name: str) -> dict[str, str] | None:
    """Month, week and tier of a wave that has its name from a coupon calendar.

    >>> planned("2026-06 W1 T2"), planned("June")
    ({'month': '2026-06', 'week': '1', 'tier': '2'}, None)
    """
    found = _PLANNED.match(name)
    return dict(zip(("month", "week", "tier"), found.groups(), strict=True)) if found else None


def read_hours(text: str) -> tuple[time, time]:
    """The hours in which messages may go out, the last one excluded; raises `wave_hours_bad`.

    >>> read_hours("09:00-20:00")[1].hour
    20
    """
    found = _HOURS.match(text.strip())
    if found:
        first, last = time.fromisoformat(found[1]), time.fromisoformat(found[2])
        if first < last:
            return first, last
    raise GoldloopError("wave_hours_bad", f"'{text}' are no hours.", given=text, allowed="such as 09:00-20:00")


def next_hour(now: datetime, hours: tuple[time, time]) -> datetime | None:
    """The moment from which messages may go out again, on the clock of `now`; None where they may now."""
    first, last = hours
    if first <= now.time() < last:
        return None
    return datetime.combine(now.date() + timedelta(days=now.time() >= last), first, now.tzinfo)


def _number(field: str, text: str) -> Decimal:
    found = read_amount(text)
    if found is None:
        raise _bad(field, text, "a number such as 20 or 0.1")
    return found


def _bad(field: str, given: str, allowed: str) -> GoldloopError:
    return GoldloopError(
        "wave_field_bad", f"'{given}' is no {field} of a wave.", given=given, allowed=allowed, field=field, said=allowed
    )
