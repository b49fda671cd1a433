"""Sending a wave by a gateway: a row for each message, handed over in batches, at most once unless the gateway failed unclearly.

Rows are moved to `sending` before their batch leaves and to `sent` once the gateway has taken it. What was `sending`
when its process died is unclear and never goes out again by itself (docs/decisions/0038-loyalty.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Message, Seen
from goldloop.core.errors import GoldloopError
from goldloop.core.holdout import held_out, persons
from goldloop.core.money import to_text
from goldloop.core.viewer import Viewer
from goldloop.core.wave import campaign, next_hour, read_hours
from goldloop.home import Home
from goldloop.jobs import lock
from goldloop.jobs.gateway import NotTaken, Refused, Unclear, Webhook
from goldloop.jobs.progress import Progress, silent
from goldloop.jobs.vault import Seal
from goldloop.jobs.wave_contacts import reachable, stopped
from goldloop.jobs.wave_files import bought_since, channel_of, message_text, wave_hand_over
from goldloop.jobs.waves import GLOBAL, Merged, stores_of
from goldloop.settings import Gateway

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask

BATCH = 500


class Sender(Protocol):
    """Whoever takes messages. `way` is what the receipt of the wave says."""

    way: str

    def send(self, key: str, messages: Sequence[Mapping[str, Any]], *, moment: int) -> None:
        """Hand over a batch under its idempotency key; raises `NotTaken`, `Refused` or `Unclear`."""


def sender(gateway: Gateway | None) -> Sender | None:
    """Who takes the messages: the gateway of the settings, or nobody, so that waves go out as files."""
    return None if gateway is None else Webhook(gateway)


def wave_send(
    home: Home,
    viewer: Viewer,
    id: int,
    sender: Sender | None,
    *,
    kind: str = "list",
    merged: Merged,
    clock: Callable[[], datetime],
    progress: Progress = silent,
) -> dict[str, Any]:
    """Hand the messages of a checked wave, or its reminders (`kind`), to `sender`; counts by state, and `waits_until` outside of
    the hours.

    Raises `wave_no_gateway`, `wave_not_by_gateway` (reach C, and calls), `wave_by_file` where the list went out already,
    `wave_too_soon` and `wave_too_late`, and as the gateway does.
    """
    seen, sender = _sendable(campaigns.wave_show(viewer=viewer, id=id), sender)
    with lock.claim(home, "wave", id):
        campaigns.messages_lost(id=id, kind=kind, moment=clock())
        until = _waits(viewer, seen, clock())
        if until is None:
            if kind == "list":
                wave_hand_over(home, viewer, id, sender.way, merged=merged, moment=clock())
            _check_way(campaigns.wave_show(viewer=viewer, id=id), kind, sender)
            until = _all(home, viewer, seen, sender, _barred(seen, merged, kind), clock, progress)
    counts = campaigns.message_counts(id=id, kind=kind)
    return {"wave": id, "kind": kind, "messages": counts, "waits_until": None if until is None else until.isoformat()}


def reminder_put(
    ask: Ask, home: Home, viewer: Viewer, id: int, sender: Sender | None, *, merged: Merged, moment: datetime
) -> None:
    """Put the reminders of a wave that went out by `sender`: to who has not bought since; once. Raises as `wave_send`."""
    seen, sender = _sendable(campaigns.wave_show(viewer=viewer, id=id), sender)
    if not any(one.kind == "reminder" for one in seen.files):
        out = bought_since(ask, seen, merged)
        wave_hand_over(home, viewer, id, sender.way, kind="reminder", out=out, merged=merged, moment=moment)
    _check_way(campaigns.wave_show(viewer=viewer, id=id), "reminder", sender)


def _check_way(seen: Seen, kind: str, sender: Sender) -> None:
    way = next((one.way for one in seen.files if one.kind == kind), "")
    if way != sender.way:
        raise GoldloopError("wave_by_file", "This wave went out another way.", given=way)


def _sendable(seen: Seen, sender: Sender | None) -> tuple[Seen, Sender]:
    """A wave and who takes its messages, where somebody can."""
    if sender is None:
        raise GoldloopError(
            "wave_no_gateway",
            "No gateway is set; waves go out as files.",
            todo=f"goldloop members wave export {seen.id} --out FILE",
        )
    if channel_of(seen.wave, sender.way) is None or seen.wave.of("touch") == "call":
        raise GoldloopError(
            "wave_not_by_gateway", "No gateway reaches these people: the platform's own tool does, or somebody who calls.",
            given=seen.wave.of("touch"),
        )  # fmt: skip
    return seen, sender


def _waits(viewer: Viewer, seen: Seen, now: datetime) -> datetime | None:
    """Until when nothing may go out, by the clocks of all stores; raises `wave_too_soon`, `wave_too_late`."""
    hours = read_hours(campaigns.rules()["hours"])
    clocks = [now.astimezone(ZoneInfo(store.timezone)) for store in stores_of(viewer, seen)]
    if min(one.date() for one in clocks) < seen.wave.send:
        raise GoldloopError("wave_too_soon", "The day of this wave has not come.", given=str(seen.wave.send))
    if max(one.date() for one in clocks) > seen.wave.until:
        raise GoldloopError("wave_too_late", "The coupon of this wave has run out.", given=str(seen.wave.until))
    return max((until for one in clocks if (until := next_hour(one, hours))), default=None)


def _all(
    home: Home,
    viewer: Viewer,
    seen: Seen,
    sender: Sender,
    barred: _Barred,
    clock: Callable[[], datetime],
    progress: Progress,
) -> datetime | None:
    """Batch after batch, each checked anew; until when the rest waits."""
    kind = barred.kind
    total = sum(campaigns.message_counts(id=seen.id, kind=kind).values())
    while batch := campaigns.messages(id=seen.id, kind=kind, state="waiting", limit=BATCH):
        now = campaigns.message_counts(id=seen.id, kind=kind)["waiting"]
        progress("send", "", total - now, total)
        until = _waits(viewer, seen, clock())
        if until is not None:
            return until
        _one(home, seen, sender, batch, barred, clock)
    return None


def _one(
    home: Home, seen: Seen, sender: Sender, batch: list[Message], barred: _Barred, clock: Callable[[], datetime]
) -> None:
    """Leave out whom the rules no longer let through, and hand over the others."""
    now, merged = clock(), barred.merged
    channel = str(channel_of(seen.wave, sender.way))
    known = {merged.get(key, key): one for key, one in reachable(channel).items()}
    out = _left_out(batch, set(known), barred)
    for reason in sorted(set(out.values())):
        only = [number for number, why in out.items() if why == reason]
        campaigns.messages_move(id=seen.id, only=only, was="waiting", state="left_out", moment=now, reason=reason)
    going = [one for one in batch if one.id not in out]
    if not going:
        return
    seal, more = Seal(home.key("home")), _said(seen, channel, barred.kind)
    lines = [
        {"id": one.key, "to": seal.open(known[merged.get(one.person, one.person)].sealed).decode(), **more}
        for one in going
    ]

    def move(was: str, state: str, reason: str = "") -> None:
        only = [one.id for one in going]
        campaigns.messages_move(id=seen.id, only=only, was=was, state=state, moment=clock(), reason=reason)

    move("waiting", "sending")
    key = hashlib.sha256("".join(one.key for one in going).encode()).hexdigest()[:32]
    try:
        sender.send(key, lines, moment=int(now.timestamp()))
    except NotTaken:
        move("sending", "waiting")
        raise
    except Refused:
        move("sending", "failed", "refused")
    except Unclear:
        move("sending", "unclear")
        raise
    else:
        move("sending", "sent")


@dataclass(slots=True)
class _Barred:
    """Who gets no message of a `kind` of a wave: people, by the keys as they are merged now. `reached`: whom it has reached
    already."""

    kind: str
    merged: Merged
    held: set[str]
    contacted: set[str]
    global_share: float
    reached: set[str]


def _barred(seen: Seen, merged: Merged, kind: str) -> _Barred:
    rules = campaigns.rules()
    held = {person for person, _, is_held, _ in campaigns.drawn(id=seen.id) if is_held}
    quiet = timedelta(days=int(rules["contact_days"]))
    others = campaigns.contacted(since=seen.wave.send - quiet, until=seen.wave.send + quiet, but=seen.id)
    sets = (set(persons(sorted(them), merged)) for them in (held, others, campaigns.messaged(id=seen.id, kind=kind)))
    held, contacted, reached = sets
    return _Barred(kind, merged, held, contacted, float(rules["global_holdout"]), reached)


def _left_out(batch: Sequence[Message], known: set[str], barred: _Barred) -> dict[int, str]:
    """Which messages the rules stop now, and why: what was so at the check may have changed."""
    no_more = set(persons(sorted(stopped()), barred.merged))
    people = persons([one.person for one in batch], barred.merged)
    never = held_out(people, GLOBAL, barred.global_share).tolist()
    found: dict[int, str] = {}
    for one, person, of_all_waves in zip(batch, people, never, strict=True):
        reasons = {
            "held_out": of_all_waves or person in barred.held, "stopped": person in no_more,
            "contacted": person in barred.contacted, "no_contact": person not in known, "merged": person in barred.reached,
        }  # fmt: skip
        why = next((name for name, is_so in reasons.items() if is_so), None)
        if why is None:
            barred.reached.add(person)
        else:
            found[one.id] = why
    return found


def _said(seen: Seen, channel: str, kind: str) -> dict[str, Any]:
    """What all messages of a wave say, amounts in major units."""
    wave, coupon = seen.wave, seen.wave.coupon
    return {
        "wave": seen.id, "campaign": campaign(seen.id), "kind": kind, "until": str(wave.until),
        "text": None if channel == "platform" else message_text(wave, campaigns.rules()),
        "off": None if coupon is None else to_text(coupon.off, wave.currency),
        "minimum": None if coupon is None else to_text(coupon.minimum, wave.currency),
    }  # fmt: skip
