"""Notes and events on the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from goldloop.core.calendar import Period
from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.calendar.api import Event, Happened, Note
    from goldloop.jobs.events import EventRow, Reviewed
    from goldloop.jobs.marks import Mark


class Calendar(Opened):
    """Notes and events on the calendar."""

    @at_work
    def notes(self, *, store: str | None = None) -> list[Note]:
        """What people wrote over days of their stores, the oldest first; `store`: of that one and of all stores."""
        from goldloop.apps.calendar import api as calendar
        from goldloop.apps.shops import api as shops

        viewer = self.viewer()
        stores = None if store is None else [shops.store_visible(viewer=viewer, name=store).id]
        return calendar.note_list(viewer=viewer, stores=stores)

    @at_work
    def note_add(
        self,
        text: str,
        *,
        first: date | str,
        last: date | str | None = None,
        store: str | None = None,
        kind: str = "note",
    ) -> Note:
        """Annotate a day or a run of days, of one store or (None) of all: charts and the calendar show it.

        `kind` is note, arrival (goods come in) or leave (someone is away). Raises `note_text_bad`, `note_kind_unknown`, `day_bad`, `period_reversed`, `store_unknown` or `group_right_needed`.
        """
        from goldloop.apps.calendar import api as calendar
        from goldloop.apps.shops import api as shops
        from goldloop.jobs import questions

        viewer = self.viewer()
        period = questions.period(first, last or first, self._span)
        id = None if store is None else shops.store_visible(viewer=viewer, name=store).id
        moment = datetime.now(UTC)
        return calendar.note_add(viewer=viewer, period=period, text=text, store=id, moment=moment, kind=kind)

    @at_work
    def note_remove(self, id: int) -> Note:
        """Take an annotation away; raises `note_unknown` or `group_right_needed`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.note_remove(viewer=self.viewer(), id=id)

    @at_work
    def marks(self, *, first: date, last: date, stores: Sequence[str] = ()) -> list[Mark]:
        """Events and annotations that touch these days, as charts show them."""
        from goldloop.jobs import marks

        chosen = [store for store in self.stores() if not stores or store.name in stores]
        return marks.marks(self._engine(), self.viewer(), chosen, Period(first, last))

    @at_work
    def events(self, *, first: date | None = None, last: date | None = None, stores: Sequence[str] = ()) -> list[Event]:
        """The events of stores that the viewer may see, the oldest first; with days those that touch them."""
        from goldloop.apps.calendar import api as calendar

        period = None if first is None and last is None else Period(first or date.min, last or date.max)
        chosen = {store.id for store in self.stores() if not stores or store.name in stores}
        return [one for one in calendar.event_list(viewer=self.viewer(), period=period) if one.stores & chosen]

    @at_work
    def event_show(self, id: int, *, number: int | None = None) -> Event:
        """One version of an event (default: the newest); raises `calendar_event_unknown` or `event_version_unknown`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.event_show(viewer=self.viewer(), id=id, number=number)

    @at_work
    def event_history(self, id: int) -> list[Happened]:
        """All that happened to an event, the oldest first, but for what is masked for the viewer."""
        from goldloop.jobs import events

        return events.history(self.viewer(), id)

    @at_work
    def event_new(
        self, given: Mapping[str, str], *, stores: Sequence[str] = (), owner: str = "operations", note: str = ""
    ) -> Event:
        """Put an event into the calendar: its checklist is laid out, and what its days would bring without it is frozen.

        `given`: name, kind, phases (`[KIND] FROM[..TO] [NAME]`, one a line), products (`ID[=PRICE[/STOCK]]`), fee, target,
        target_new_buyers, margin, hypothesis, as people type them; money in major units. `owner` proposes it: what
        operations brings is accepted at once. Raises as `core.event.read_content`, `event_currencies`, `store_unknown`.
        """
        from goldloop.jobs import events

        return events.event_new(
            self._engine(), self.viewer(), given, stores=stores, owner=owner, note=note,
            loaded=self._span(), moment=datetime.now(UTC),
        )  # fmt: skip

    @at_work
    def event_change(self, id: int, given: Mapping[str, str], *, seen: int, note: str = "") -> Event:
        """Give an event another version from the one that was `seen`: fields replaced, empty ones taken out.

        Its frozen baseline stays unless its days move. Raises `event_moved` when somebody was faster, `event_closed`, and
        as `event_new`.
        """
        from goldloop.jobs import events

        return events.event_change(
            self._engine(),
            self.viewer(),
            id,
            given,
            seen=seen,
            note=note,
            loaded=self._span(),
            moment=datetime.now(UTC),
        )

    @at_work
    def event_answer(self, id: int, said: str, *, seen: int, why: str = "") -> Event:
        """Accept or decline a proposed event, or cancel one (`accepted`, `declined`, `cancelled`); raises as `event_change`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.event_answer(
            viewer=self.viewer(), id=id, seen=seen, said=said, why=why, moment=datetime.now(UTC)
        )

    @at_work
    def event_task_add(self, id: int, text: str, *, owner: str, days: int) -> Event:
        """Add a task of one's own to an event, due `days` before its opening (negative: after its last open day)."""
        from goldloop.apps.calendar import api as calendar

        return calendar.task_add(viewer=self.viewer(), id=id, text=text, owner=owner, days=days)

    @at_work
    def event_task_set(self, id: int, task: int, state: str, *, seen: str | None = None) -> Event:
        """Say that a task is done, open or dropped; `seen` is the state it was looked at in, raises `event_task_moved`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.task_set(
            viewer=self.viewer(), id=id, task=task, state=state, seen=seen, moment=datetime.now(UTC)
        )

    @at_work
    def event_reviews(self, id: int, *, number: int | None = None) -> list[Reviewed]:
        """What an event brought each of its stores; when it and the days after it are loaded, the review is kept."""
        from goldloop.jobs import events

        event = self.event_show(id, number=number)
        return events.reviews(self._engine(), self.viewer(), event, loaded=self._span(), moment=datetime.now(UTC))

    @at_work
    def events_edited(self, path: str | Path) -> list[EventRow]:
        """What a file of events asks for: new ones and changed ones; nothing is saved by it."""
        from goldloop.jobs import events

        return events.edited(self.viewer(), Path(path))

    @at_work
    def events_apply(self, found: Sequence[EventRow], *, note: str = "") -> list[Event]:
        """Make and change the events that a file asks for, all or none; raises `event_moved`."""
        from goldloop.jobs import events

        moment = datetime.now(UTC)
        return events.apply(self._engine(), self.viewer(), found, note=note, loaded=self._span(), moment=moment)
