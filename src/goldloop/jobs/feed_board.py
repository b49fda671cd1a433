"""The feed board: what comes in from where, how often, whether it is late, and whether its counts are as they use to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Arrival
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer

LAST = 12  # imports from which rhythm and counts are learned, and whose totals are worth a look
GAPS = 2  # gaps between files that a rhythm needs
COUNTS = 3  # earlier files that counts are compared with, at least
LOW, HIGH = 0.5, 2.0  # shares of the normal rows per day beyond which counts are worth a look


@dataclass(frozen=True, slots=True)
class Feed:
    """One report of one store.

    `newest_day` is the last day its files cover, rows that were mended among them. `rhythm` (days between two files) is `declared`, `learned` from the last
    files, or `unknown`. A file with the next day is `due_on`; after that day the feed is `late` by `late_days`. `state`:
    on_time, late, never (declared, but nothing came yet), unknown (no rhythm yet). `rows_per_day` of the newest file
    beside the median of those before (`normal_rows_per_day`); `counts`: normal, low, high, not_enough. `control_off`:
    those of the last files whose own totals are not those of their rows.
    """

    store: str
    profile: str
    imports: int
    last_success: datetime | None
    newest_day: date | None
    rhythm: int | None
    rhythm_from: str
    due_on: date | None
    state: str
    late_days: int | None
    rows_per_day: float | None
    normal_rows_per_day: float | None
    counts: str
    quarantine_open: int
    control_off: list[int]

    def as_dict(self) -> dict[str, Any]:
        """The feed as `goldloop feeds list --json` prints it."""
        return asdict(self)


def board(viewer: Viewer, *, now: datetime, store: str | None = None) -> list[Feed]:
    """Every feed of a viewer's stores that has ever come or is declared, by store and profile; `now` with an offset.

    Raises `store_unknown`.
    """
    chosen = [shops.store_visible(viewer=viewer, name=store)] if store else shops.stores_visible(viewer=viewer)
    stores = {one.id: one for one in chosen}
    came: dict[tuple[int, str], list[Arrival]] = defaultdict(list)
    for arrival in feeds.arrivals(viewer=viewer):
        came[arrival.store_id, arrival.profile].append(arrival)
    declared, waiting = feeds.rhythms(viewer=viewer), feeds.quarantine_counts(viewer=viewer)
    keys = sorted(key for key in {*came, *declared} if key[0] in stores)
    return [
        _feed(stores[key[0]], key[1], came.get(key, []), declared.get(key), waiting.get(key, 0), now) for key in keys
    ]


def expect(viewer: Viewer, *, store: str, profile: str, days: int) -> None:
    """Declare that a file of this profile is expected every so many days; 0 takes the declaration back.

    Raises `store_unknown` or `rhythm_bad`.
    """
    if not 0 <= days <= 366:
        raise GoldloopError("rhythm_bad", "A rhythm is 1 to 366 days, or 0 for none.", given=days, allowed="0..366")
    feeds.rhythm_set(store=shops.store_visible(viewer=viewer, name=store).id, profile=profile, days=days or None)


def _feed(
    store: Store, profile: str, came: Sequence[Arrival], declared: int | None, waiting: int, now: datetime
) -> Feed:
    zone = ZoneInfo(store.timezone)
    today = now.astimezone(zone).date()
    days = sorted({day for one in came if (day := one.last_day or one.finished_at.astimezone(zone).date())})
    rhythm = declared or _rhythm(days)
    due = days[-1] + timedelta(days=rhythm + 1) if days and rhythm else None
    late = max((today - due).days, 0) if due else None
    now_rows, normal = _rows_per_day(came)
    return Feed(
        store=store.name,
        profile=profile,
        imports=len(came),
        last_success=came[-1].finished_at if came else None,
        newest_day=max((one.last_day for one in came if one.last_day), default=None),
        rhythm=rhythm,
        rhythm_from="declared" if declared else "learned" if rhythm else "unknown",
        due_on=due,
        state="never" if not came else "unknown" if late is None else "late" if late else "on_time",
        late_days=late,
        rows_per_day=now_rows,
        normal_rows_per_day=normal,
        counts=_judged(now_rows, normal),
        quarantine_open=waiting,
        control_off=[one.id for one in came[-LAST:] if one.control_off],
    )


def _rhythm(days: Sequence[date]) -> int | None:
    """The median gap between the newest days of the last files, in whole days; None when too few came."""
    last = days[-LAST:]
    gaps = [(after - before).days for before, after in zip(last, last[1:], strict=False)]
    return max(round(median(gaps)), 1) if len(gaps) >= GAPS else None


def _rows_per_day(came: Sequence[Arrival]) -> tuple[float | None, float | None]:
    """Rows per covered day of the newest file, and the median of the files before it (None when too few came)."""
    dated = [one for one in came if one.first_day and one.last_day][-LAST - 1 :]
    dated.sort(key=lambda one: (one.last_day or date.min, one.id))
    rates = [one.read / ((one.last_day - one.first_day).days + 1) for one in dated if one.first_day and one.last_day]
    if not rates:
        return None, None
    *before, newest = rates
    return newest, median(before) if len(before) >= COUNTS else None


def _judged(newest: float | None, normal: float | None) -> str:
    if newest is None or not normal:
        return "not_enough"
    share = newest / normal
    return "low" if share < LOW else "high" if share > HIGH else "normal"
