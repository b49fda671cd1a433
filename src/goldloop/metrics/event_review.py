"""What an event of a store brought (活动复盘): from its days, or as it stands in the platform's and the store's calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.events import DIP_DAYS, WAITING_DAYS, Review, Verdict, event_review
from goldloop.core.events.normal import LEAST_WEEKDAYS, WEEKS_BACK
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.answer import Note, write
from goldloop.metrics.calendar_events import Phase
from goldloop.metrics.day_marks import day_marks
from goldloop.metrics.day_values import DayValues, check_summable, day_values
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.members.asked import Ask
from goldloop.metrics.members.second import Seconds, seconds_of
from goldloop.metrics.query import Request, figures
from goldloop.metrics.stretches import near_events, stretches

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

BEFORE = 7 * WEEKS_BACK + WAITING_DAYS + 7
AFTER = DIP_DAYS + 7 * 3 * LEAST_WEEKDAYS  # days after the end in which normal days are looked for
OPEN = ("sale", "encore")
PARTS = ("waiting", "inside", "between", "dip")


@dataclass(frozen=True)
class EventReview:
    """An event of one store: the account of the figure, of the enrolled products alone, and what it cost.

    `before` rests on normal days before the event only, `both` also on days after it (None until four same weekdays after
    the dip are known). `over`: every open day and every day of the dip is loaded. `enrolled` is the account of the enrolled products (None: not named). Money in minor units.
    """

    figure: str
    store: Store
    event: str
    waves: tuple[Period, ...]
    before: Review
    both: Review | None
    enrolled: Review | None
    new_buyers: int | None
    second: Seconds | None
    cost: int | None
    margin: float
    over: bool
    notes: tuple[Note, ...]

    @property
    def told(self) -> Review:
        """The account that is told: by both sides as soon as it can be."""
        return self.both or self.before

    @property
    def verdict(self) -> Verdict | None:
        """gain, loss or unclear, after margin and cost; None before it is over."""
        if not self.over:
            return None
        return self.told.verdict(margin=self.margin, cost=self.cost or 0)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop event review --json` carries it: money in major units as text."""
        return {
            "figure": self.figure,
            "store": self.store.name,
            "currency": self.store.currency,
            "event": self.event,
            "waves": [{"from": str(one.first), "to": str(one.last)} for one in self.waves],
            "sides": self.told.sides,
            **self._account(self.told),
            "before_only": self._account(self.before),
            "enrolled": None if self.enrolled is None else self._account(self.enrolled),
            "halo": self._halo(),
            "new_buyers": self.new_buyers,
            "second": None if self.second is None else self.second.as_dict(),
            "cost": write(self.cost, "money", self.store.currency),
            "margin": self.margin,
            "verdict": self.verdict,
            "notes": [note.text(lang) for note in self.notes],
        }

    def _account(self, review: Review) -> dict[str, Any]:
        parts = {name: review.parts[name] for name in PARTS} | {"whole": review.whole}
        names = ("actual", "normal", "effect", "low", "high")
        return {
            name: {"days": part.days, **{n: self._write(getattr(part, n)) for n in names}}
            for name, part in parts.items()
        }

    def _halo(self) -> Any:
        """What the other products brought during the open days."""
        if self.enrolled is None:
            return None
        return self._write(self.before.parts["inside"].effect - self.enrolled.parts["inside"].effect)

    def _write(self, value: float | None) -> Any:
        return None if value is None else write(round(value), FIGURES[self.figure].unit, self.store.currency)


def review(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    store: Store,
    *,
    loaded: tuple[date, date] | None,
    event: str,
    year: int | None = None,
    waves: Sequence[Period] = (),
    figure: str = "gmv",
    products: Sequence[str] = (),
    cost: int | None = None,
    margin: float = 1.0,
) -> EventReview:
    """The review of an event: of the newest year in which it is known (or `year`), or of the open days of `waves`.

    `products` are values of the cut `product` that were enrolled; `cost` is in minor units, `margin` the share of a sale
    that is left (0 to 1). Raises `event_not_in_calendar`, `event_margin`, `event_days`, `event_no_normal`, and
    what every question raises about figures, stores and rights.
    """
    check_summable(figure)
    if not 0 < margin <= 1:
        raise GoldloopError("event_margin", "A margin is a share of a sale.", given=margin, allowed="above 0, up to 1")
    if loaded is None:
        raise GoldloopError("event_days", "An event needs open days among the loaded ones.", todo="goldloop import")
    phases = calendar_events.store_phases(engine, {store.id: store})[store.id]
    waves = list(waves) or _waves(phases, event, year, loaded)
    if waves[0].first > loaded[1] or waves[0].first < loaded[0]:
        raise GoldloopError(
            "event_days",
            "An event needs open days among the loaded ones.",
            given=str(waves[0]),
            allowed=f"{loaded[0]}..{loaded[1]}",
        )
    known = Period(
        max(loaded[0], waves[0].first - timedelta(days=BEFORE)), min(loaded[1], waves[-1].last + timedelta(days=AFTER))
    )
    asked = _Asked(engine, viewer, stores, store, figure, event, waves, known, loaded, phases)
    return asked.review(products, cost, margin)


def _waves(phases: Sequence[Phase], event: str, year: int | None, loaded: tuple[date, date]) -> list[Period]:
    """The open phases of an event in a year, without overlaps, oldest first."""
    mine = [p for p in phases if p.event == event and p.phase in OPEN and p.first.date() <= loaded[1]]
    years = sorted({p.first.year for p in mine})
    wanted = year if year is not None else years[-1] if years else None
    if wanted is None or wanted not in years:
        raise GoldloopError(
            "event_not_in_calendar",
            f"No event '{event}' of that year is known of this store.",
            given=event if year is None else f"{event} {year}",
            allowed=sorted({f"{p.event} {p.first.year}" for p in phases if p.phase in OPEN and loaded[0] <= p.first.date() <= loaded[1]}),
            todo="--from DATE --to DATE for an event of your own",
            event=event,
        )  # fmt: skip
    found: list[Period] = []
    for phase in sorted((p for p in mine if p.first.year == wanted), key=lambda p: p.first):
        one = Period(phase.first.date(), phase.last.date())
        if found and one.first <= found[-1].last + timedelta(days=1):
            found[-1] = Period(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return found


class _Asked:
    """One review while it is put together."""

    def __init__(
        self, engine: Engine, viewer: Viewer, stores: Mapping[int, Store], store: Store, figure: str, event: str,
        waves: list[Period], known: Period, loaded: tuple[date, date], phases: Sequence[Phase],
    ) -> None:  # fmt: skip
        self.loaded = loaded
        self.ask, self.store, self.figure, self.event, self.waves = (
            (engine, viewer, stores),
            store,
            figure,
            event,
            waves,
        )
        self.known = known
        self.at = [((w.first - known.first).days, (w.last - known.first).days) for w in waves]
        marks = day_marks(phases, store.platform, known)
        days = [known.first + timedelta(days=n) for n in range(known.days)]
        near = Period(waves[0].first - timedelta(days=60), waves[-1].last + timedelta(days=DIP_DAYS))
        own = {d for d in days if near.first <= d <= near.last and marks.get(d, "").split("/")[0] == event}
        open_days = {d for d in days if any(w.first <= d <= w.last + timedelta(days=7) for w in waves)}
        self.bent = np.array([d in marks or d in open_days for d in days])
        calendar, _ = stretches(phases, store.platform, known)
        self.near = self.bent | near_events(known.first, known.days, calendar)
        self.others = np.array([d in marks and d not in own for d in days])

    def _values(self, names: Sequence[str], where: tuple[tuple[str, str], ...] = ()) -> DayValues:
        engine, viewer, stores = self.ask
        return day_values(engine, viewer, stores, self.store, names, self.known, where=where)

    def review(self, products: Sequence[str], cost: int | None, margin: float) -> EventReview:
        """The review, its notes and what it cost."""
        values = self._values([self.figure]).values[self.figure]
        before = event_review(values, self.bent, self.at, others=self.others)
        both = self._both(values)
        enrolled = None
        if products:
            own = self._values([self.figure], tuple(("product", one) for one in products)).values[self.figure]
            own = np.where(np.isfinite(values), np.nan_to_num(own), np.nan)  # a day without a row sold none of them
            enrolled = event_review(own, self.bent, self.at, others=self.others)
        notes = [] if cost is not None else [Note("event_cost_unknown", {})]
        if not products:
            notes.append(Note("event_halo", {}))
        if both is None:
            notes.append(Note("event_one_sided", {}))
        over = self.known.last >= self.waves[-1].last + timedelta(days=DIP_DAYS)
        if not over:
            notes.append(Note("event_running", {"days": DIP_DAYS}))
        return EventReview(
            self.figure, self.store, self.event, tuple(self.waves), before, both, enrolled, self._new_buyers(), self._second(),
            cost, margin, over, tuple(notes),
        )  # fmt: skip

    def _both(self, values: NDArray[np.float64]) -> Review | None:
        """The account by both sides; days on which people wait for another event, or rest from it, are no normal ones."""
        try:
            return event_review(values, self.near, self.at, others=self.others, sides="both")
        except GoldloopError as error:
            if error.code != "event_no_normal":
                raise
            return None

    def _new_buyers(self) -> int | None:
        """New buyers of the days from the first opening to the last end; None where they cannot be told."""
        engine, viewer, stores = self.ask
        if viewer.hides("new_buyers"):
            return None
        last = min(self.waves[-1].last, self.known.last)
        request = Request(Period(self.waves[0].first, last), ("new_buyers",), stores=(self.store.name,))
        value = figures(engine, viewer, stores, request).value("new_buyers")
        return None if value is None else int(value)

    def _second(self) -> Seconds | None:
        """How many of the people who bought first while it was open came back; None where they cannot be told."""
        engine, viewer, stores = self.ask
        if viewer.hides("buyers", [self.store.id]):
            return None
        return seconds_of(Ask(engine, viewer, stores, self.loaded, (self.store.name,)), self.waves)
