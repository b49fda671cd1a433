"""Writes: annotations come and go; events get versions, answers, marks on their checklist and reviews, and lose nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldloop.apps.calendar import models, queries
from goldloop.apps.calendar.contracts import (
    EVENT_OWNERS,
    NOTE_KINDS,
    TASK_STATES,
    Event,
    Note,
    checklist,
    differences,
)
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.event import Content
from goldloop.core.viewer import Viewer

LONGEST = 200  # characters
MOST_DAYS = 400  # before an opening or after an end
State = models.Event.State
OPERATIONS = EVENT_OWNERS[0]  # answers for the calendar
ANSWERS = (State.ACCEPTED, State.DECLINED, State.CANCELLED)


def note_add(
    *, viewer: Viewer, period: Period, text: str, store: int | None, moment: datetime, kind: str = "note"
) -> Note:
    """Annotate days of a store, or (None) of all stores, which takes a viewer of the whole group.

    `kind` is note, arrival (goods come in) or leave (someone is away). Raises `note_text_bad`, `note_kind_unknown`,
    `store_unknown` or `group_right_needed`.
    """
    clean = " ".join(text.split())
    if not 1 <= len(clean) <= LONGEST or not clean.isprintable():
        raise GoldloopError(
            "note_text_bad", "An annotation is 1 to 200 printable characters long.", given=text[:LONGEST]
        )
    if kind not in NOTE_KINDS:
        raise GoldloopError(
            "note_kind_unknown", f"There is no annotation of kind '{kind}'.", given=kind, allowed=list(NOTE_KINDS), kind=kind
        )  # fmt: skip
    _check_reach(viewer, store)
    row = models.Note.objects.create(
        store_id=store, first_on=period.first, last_on=period.last, kind=kind, text=clean, made_by=viewer.name, made_at=moment,
    )  # fmt: skip
    return queries.note_of(row)


def note_remove(*, viewer: Viewer, id: int) -> Note:
    """Take an annotation away; raises `note_unknown`, and as `note_add`."""
    row = queries.note_row(viewer, id)
    _check_reach(viewer, row.store_id)
    gone = queries.note_of(row)
    row.delete()
    return gone


def _check_reach(viewer: Viewer, store: int | None) -> None:
    if store is None:
        shops.check_whole_group(viewer=viewer)
    elif not viewer.may_see(store):
        raise GoldloopError("store_unknown", f"There is no store '{store}'.", given=store, name=store)


def event_new(
    *,
    viewer: Viewer,
    stores: Sequence[int],
    currency: str,
    content: Content,
    baseline: Mapping[int, Mapping[date, int]],
    owner: str,
    note: str,
    moment: datetime,
) -> Event:
    """Put an event into the calendar with its checklist; what operations brings is accepted at once.

    Of an event that is over already only the review is left to do. Raises `event_stores_bad` and `event_owner_unknown`.
    """
    if not stores or not all(viewer.may_see(store) for store in stores):
        raise GoldloopError(
            "event_stores_bad", "An event is of stores that you may see.", given=list(stores), field="of"
        )
    _check_owner(owner)
    state = State.ACCEPTED if owner == OPERATIONS else State.PROPOSED
    with transaction.atomic():
        days = content.days
        row = models.Event.objects.create(
            currency=currency, owner=owner, state=state, first_on=days.first, last_on=days.last
        )
        row.stores.set(stores)
        _add(row, content, baseline, note, viewer.name, moment)
        over = content.ends < moment.date()
        usual = [one for one in checklist() if not one.kinds or content.kind in one.kinds]
        models.Task.objects.bulk_create(
            models.Task(event=row, code=one.code, owner=one.owner, days=one.days)
            for one in usual
            if one.days < 0 or not over
        )
    return queries.event_of(row)


def event_change(
    *,
    viewer: Viewer,
    id: int,
    seen: int,
    content: Content,
    baseline: Mapping[int, Mapping[date, int]],
    note: str,
    moment: datetime,
) -> Event:
    """Give an event another version; the same content again changes nothing.

    `seen` is the version the change was made from: raises `event_moved` with the differences where it is not the newest
    any more. Raises `calendar_event_unknown`, and `event_closed` of an event that was declined or cancelled.
    """
    with transaction.atomic():
        row = _newest(viewer, id, seen, content)
        _check_open(row)
        if queries.event_of(row).content.said == content.said:
            return queries.event_of(row)
        row.current += 1
        row.first_on, row.last_on = content.days.first, content.days.last
        row.save()
        _add(row, content, baseline, note, viewer.name, moment)
    return queries.event_of(row)


def event_answer(*, viewer: Viewer, id: int, seen: int, said: str, why: str, moment: datetime) -> Event:
    """Accept or decline a proposed event, or cancel one; raises as `event_change`, `event_answer_unknown`."""
    if said not in ANSWERS:
        raise GoldloopError(
            "event_answer_unknown", f"'{said}' is no answer to an event.", given=said, allowed=list(ANSWERS)
        )
    with transaction.atomic():
        row = _newest(viewer, id, seen, None)
        _check_open(row)
        if row.state == said:
            return queries.event_of(row)
        row.state = said
        row.save()
        version = models.EventVersion.objects.get(event=row, number=row.current)
        models.EventAnswer.objects.create(version=version, said=said, why=why[:500], by=viewer.name, at=moment)
    return queries.event_of(row)


def task_add(*, viewer: Viewer, id: int, text: str, owner: str, days: int) -> Event:
    """Add a task of one's own, due `days` before the opening (negative: after the end).

    Raises `calendar_event_unknown`, `event_owner_unknown` and `event_task_bad`.
    """
    row = queries.event_row(viewer, id)
    clean = " ".join(text.split())
    _check_owner(owner)
    if not 1 <= len(clean) <= LONGEST or not clean.isprintable() or not -MOST_DAYS <= days <= MOST_DAYS:
        raise GoldloopError(
            "event_task_bad",
            f"A task has 1 to {LONGEST} printable characters, and is due up to {MOST_DAYS} days before or after.",
            given=[text[:LONGEST], days],
            most=LONGEST,
            days=MOST_DAYS,
        )
    models.Task.objects.create(event=row, text=clean, owner=owner, days=days)
    return queries.event_of(row)


def task_set(*, viewer: Viewer, id: int, task: int, state: str, seen: str | None, moment: datetime) -> Event:
    """Say that a task is done, open or dropped; `seen` is the state that was looked at, None whatever it is.

    Raises `calendar_event_unknown`, `event_task_unknown`, `event_task_state`, and `event_task_moved` where somebody was
    faster.
    """
    if state not in TASK_STATES:
        raise GoldloopError(
            "event_task_state", f"'{state}' is no state of a task.", given=state, allowed=list(TASK_STATES), state=state
        )
    queries.event_row(viewer, id)
    with transaction.atomic():
        row = models.Event.objects.select_for_update().get(pk=id)
        found = {one.id: one for one in queries.event_of(row).tasks}.get(task)
        if found is None:
            raise GoldloopError("event_task_unknown", f"The event has no task {task}.", given=task, id=task)
        if seen is not None and seen != found.state and state != found.state:
            raise GoldloopError(
                "event_task_moved",
                f"{found.by} has set the task to {found.state} meanwhile; nothing was saved.",
                given=state,
                allowed=found.state,
                by=found.by,
                state=found.state,
            )
        if state != found.state:
            models.TaskMark.objects.create(task_id=task, state=state, by=viewer.name, at=moment)
    return queries.event_of(row)


def review_keep(*, id: int, number: int, store: int, known: date, told: Mapping[str, Any], moment: datetime) -> None:
    """Keep what a version of an event brought a store; of the same data it is kept once."""
    version = models.EventVersion.objects.get(event_id=id, number=number)
    models.EventReview.objects.get_or_create(
        version=version, store_id=store, known_on=known, defaults={"told": dict(told), "made_at": moment}
    )


def _check_owner(owner: str) -> None:
    if owner not in EVENT_OWNERS:
        raise GoldloopError(
            "event_owner_unknown",
            f"'{owner}' answers for no part of an event.",
            given=owner,
            allowed=list(EVENT_OWNERS),
            field="owner",
        )


def _check_open(row: models.Event) -> None:
    if row.state in (State.DECLINED, State.CANCELLED):
        raise GoldloopError(
            "event_closed",
            "An event that was declined or cancelled stays as it is.",
            given=row.state,
            todo="Make a new one.",
        )


def _newest(viewer: Viewer, id: int, seen: int, content: Content | None) -> models.Event:
    """The event, held until the end of the transaction; its newest version must be the one that was seen."""
    queries.event_row(viewer, id)
    row = models.Event.objects.select_for_update().get(pk=id)
    if seen == row.current:
        return row
    theirs = queries.event_of(row).version
    base = queries.event_of(row, seen).version if 1 <= seen < row.current else None
    changed = differences(base, theirs) if base else []
    mine = {} if content is None else content.said
    raise GoldloopError(
        "event_moved",
        f"{theirs.by} has made version {theirs.number} meanwhile; nothing was saved.",
        given=[f"{field}: {before} -> {after}" for field, before, after in changed],
        allowed=row.current,
        todo=f"Look at version {theirs.number} and change it again.",
        by=theirs.by,
        number=theirs.number,
        conflict=[{"name": f, "seen": a, "now": b, "yours": mine.get(f)} for f, a, b in changed],
    )


def _add(
    row: models.Event,
    content: Content,
    baseline: Mapping[int, Mapping[date, int]],
    note: str,
    by: str,
    moment: datetime,
) -> None:
    models.EventVersion.objects.create(
        event=row,
        number=row.current,
        said=dict(content.said),
        baseline={str(store): {str(day): value for day, value in days.items()} for store, days in baseline.items()},
        note=note[:500],
        made_by=by,
        made_at=moment,
    )
