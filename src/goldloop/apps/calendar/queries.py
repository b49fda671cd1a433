"""Reads: the annotations and events that a viewer may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.models import Q

from goldloop.apps.calendar import models
from goldloop.apps.calendar.contracts import (
    Event,
    EventVersion,
    Happened,
    Note,
    Review,
    Task,
    checklist,
    differences,
)
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.event import Content
from goldloop.core.viewer import Viewer


def note_list(*, viewer: Viewer, stores: Sequence[int] | None = None, period: Period | None = None) -> list[Note]:
    """Annotations of these stores (None: of all that the viewer may see) and of all stores, oldest first.

    With a `period` those that touch it.
    """
    wanted = [store for store in viewer.stores if stores is None or store in stores]
    rows = models.Note.objects.filter(Q(store=None) | Q(store__in=wanted))
    if period is not None:
        rows = rows.filter(first_on__lte=period.last, last_on__gte=period.first)
    return [note_of(row) for row in rows.order_by("first_on", "id")]


def note_row(viewer: Viewer, id: int) -> models.Note:
    """The row of an annotation that the viewer may see; raises `note_unknown`."""
    row = models.Note.objects.filter(pk=id).first()
    if row is None or (row.store_id is not None and not viewer.may_see(row.store_id)):
        todo = "goldloop note list"
        raise GoldloopError("note_unknown", f"There is no annotation {id}.", given=id, todo=todo, id=id)
    return row


def note_of(row: models.Note) -> Note:
    """The frozen value of a row."""
    return Note(row.pk, row.store_id, row.first_on, row.last_on, row.text, row.made_by, row.made_at, row.kind)


def event_list(*, viewer: Viewer, period: Period | None = None) -> list[Event]:
    """The events all of whose stores this viewer may see, the oldest first; with a `period` those that touch it."""
    rows = models.Event.objects.order_by("first_on", "id").prefetch_related("stores")
    if period is not None:
        rows = rows.filter(first_on__lte=period.last, last_on__gte=period.first)
    return events_of([row for row in rows if _may_see(row, viewer)])


def event_show(*, viewer: Viewer, id: int, number: int | None = None) -> Event:
    """An event with one version (default: its newest); raises `calendar_event_unknown` or `event_version_unknown`."""
    return event_of(event_row(viewer, id), number)


def event_days() -> list[tuple[int, int, list[int]]]:
    """(id, version, stores) of every event that stands, for the calendar of the figures, without looking at what it says."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    standing = models.Event.objects.filter(state__in=("proposed", "accepted")).order_by("id", "stores")
    for id, current, store in standing.values_list("id", "current", "stores"):
        if store is not None:
            found[id, current].append(store)
    return [(id, current, stores) for (id, current), stores in found.items()]


def event_contents(ids: Iterable[int]) -> dict[int, Content]:
    """Id -> what the newest version of the event says."""
    wanted = list(ids)
    versions = models.EventVersion.objects.filter(event__in=wanted).select_related("event")
    return {one.event_id: Content(one.said) for one in versions if one.number == one.event.current}


def event_history(*, viewer: Viewer, id: int) -> list[Happened]:
    """All that happened to an event, the oldest first; raises `calendar_event_unknown`."""
    row = event_row(viewer, id)
    rows = list(models.EventVersion.objects.filter(event=row).order_by("number"))
    versions = [_version(one) for one in rows]
    first = versions[0]
    found = [Happened(first.at, first.by, "made", after=first.note or None)]
    for before, after in zip(versions, versions[1:], strict=False):
        found += [Happened(after.at, after.by, "changed", *one) for one in differences(before, after)]
    for said in models.EventAnswer.objects.filter(version__in=rows):
        found.append(Happened(said.at, said.by, said.said, after=said.why or None))
    for mark in models.TaskMark.objects.filter(task__event=row).select_related("task"):
        found.append(Happened(mark.at, mark.by, mark.state, mark.task.code or mark.task.text))
    for review in models.EventReview.objects.filter(version__in=rows).select_related("store"):
        found.append(Happened(review.made_at, "", "reviewed", review.store.name, after=str(review.known_on)))
    return sorted(found, key=lambda one: one.at)


def event_row(viewer: Viewer, id: int) -> models.Event:
    """The row itself, for services of this context."""
    row = models.Event.objects.filter(pk=id).first()
    if row is None or not _may_see(row, viewer):
        raise GoldloopError(
            "calendar_event_unknown", f"The calendar has no event {id}.", given=id, todo="goldloop event list", id=id
        )
    return row


def event_of(row: models.Event, number: int | None = None) -> Event:
    """The frozen event of a row with one of its versions; raises `event_version_unknown`."""
    version = models.EventVersion.objects.filter(event=row, number=row.current if number is None else number).first()
    if version is None:
        raise GoldloopError(
            "event_version_unknown", f"The event has no version {number}.", given=number, allowed=f"1 .. {row.current}"
        )
    return _events([row], {row.pk: version})[0]


def events_of(rows: Sequence[models.Event]) -> list[Event]:
    """The frozen events of rows, each with its newest version, in a fixed number of queries."""
    versions = models.EventVersion.objects.filter(event__in=rows)
    current = {row.pk: row.current for row in rows}
    return _events(rows, {one.event_id: one for one in versions if one.number == current[one.event_id]})


def _events(rows: Sequence[models.Event], versions: dict[int, models.EventVersion]) -> list[Event]:
    marks: dict[int, models.TaskMark] = {
        one.task_id: one for one in models.TaskMark.objects.filter(task__event__in=rows).order_by("id")
    }
    tasks, reviews = defaultdict(list), defaultdict(list)
    for task in models.Task.objects.filter(event__in=rows).order_by("-days", "id"):
        tasks[task.event_id].append(task)
    for review in models.EventReview.objects.filter(version__event__in=rows).select_related("version"):
        reviews[review.version.event_id].append(
            Review(review.version.number, review.store_id, review.known_on, review.told, review.made_at)
        )
    found = []
    for row in rows:
        version = _version(versions[row.pk])
        own = tuple(_task(one, version.content, marks.get(one.pk)) for one in tasks[row.pk])
        stores = frozenset(store.pk for store in row.stores.all())
        found.append(
            Event(row.pk, stores, row.currency, row.owner, row.state, row.current, version, own, tuple(reviews[row.pk]))
        )
    return found


def _version(row: models.EventVersion) -> EventVersion:
    baseline = {
        int(store): {date.fromisoformat(day): value for day, value in days.items()}
        for store, days in row.baseline.items()
    }
    return EventVersion(row.number, Content(row.said), baseline, row.note, row.made_by, row.made_at)


def _task(row: models.Task, content: Content, mark: models.TaskMark | None) -> Task:
    usual = {one.code: one.words for one in checklist()}
    words = usual.get(row.code, {"zh": row.text, "en": row.text})
    due = content.opens - timedelta(days=row.days) if row.days >= 0 else content.ends - timedelta(days=row.days)
    if mark is None:
        return Task(row.pk, row.code, words, row.owner, due, "open", None, None)
    return Task(row.pk, row.code, words, row.owner, due, mark.state, mark.by, mark.at)


def _may_see(row: models.Event, viewer: Viewer) -> bool:
    stores = [store.pk for store in row.stores.all()]
    return bool(stores) and all(viewer.may_see(store) for store in stores)
