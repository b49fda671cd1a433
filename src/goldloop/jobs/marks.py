"""What stands over the days of a chart: the platforms' events, those a store has loaded, and what people wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from goldloop.apps.calendar import api as calendar
from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.calendar_events import DAY_TYPES, Phase, store_phases

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

SHOWN = ("event", "encore")  # day types that are an event itself; what leads up to it is left out


@dataclass(frozen=True, slots=True)
class Mark:
    """Days `first` to `last` that carry an event or a note, its words by language, and the stores it holds for (none: all).

    `id` is that of a note and `about` what it is (note, arrival, leave); `event` is what the calendar calls an event, `phases` all of its phases.
    """

    first: date
    last: date
    kind: Literal["event", "note"]
    text: Mapping[str, str]
    stores: tuple[str, ...]
    id: int | None = None
    event: str = ""
    phases: tuple[Phase, ...] = ()
    about: str = "note"


def marks(engine: Engine, viewer: Viewer, stores: Sequence[Store], period: Period) -> list[Mark]:
    """The marks that touch a period, the oldest first."""
    names = {store.id: store.name for store in stores}
    notes = calendar.note_list(viewer=viewer, stores=list(names), period=period)
    written = [
        Mark(
            note.first, note.last, "note", {"zh": note.text, "en": note.text},
            (names[note.store],) if note.store is not None else (), note.id, about=note.kind,
        )
        for note in notes
    ]  # fmt: skip
    own = {store.id: store for store in stores}
    return sorted(
        [*marks_of(store_phases(engine, own), names, period), *written], key=lambda mark: (mark.first, mark.last)
    )


def marks_of(phases: Mapping[int, Sequence[Phase]], names: Mapping[int, str], period: Period) -> list[Mark]:
    """Each event from its first to its last day; once for all stores that have it on the same days."""
    found: dict[tuple[str, date, date], dict[int, list[Phase]]] = {}
    for store, several in phases.items():
        events: dict[tuple[str, int], list[Phase]] = {}
        for phase in several:
            events.setdefault((phase.event, phase.first.year), []).append(phase)
        for (event, _), every in events.items():
            own = [phase for phase in every if DAY_TYPES[phase.phase] in SHOWN]
            if not own:
                continue
            first, last = min(one.first.date() for one in own), max(one.last.date() for one in own)
            if first <= period.last and last >= period.first:
                found.setdefault((event, first, last), {})[store] = [*own, *(one for one in every if one not in own)]
    marks = []
    for (event, first, last), by_store in found.items():
        every = next(iter(by_store.values()))
        text = {"zh": every[0].name_zh or event, "en": every[0].name_en or event}
        stores = () if len(by_store) == len(names) else tuple(names[store] for store in by_store)
        ordered = tuple(sorted(every, key=lambda one: one.first))
        marks.append(Mark(first, last, "event", text, stores, event=event, phases=ordered))
    return marks
