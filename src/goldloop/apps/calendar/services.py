"""Writes: annotations come and go."""

from __future__ import annotations

from datetime import datetime

from goldloop.apps.calendar import models, queries
from goldloop.apps.calendar.contracts import Note
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

LONGEST = 200  # characters


def note_add(*, viewer: Viewer, period: Period, text: str, store: int | None, moment: datetime) -> Note:
    """Annotate days of a store, or (None) of all stores, which takes a viewer of the whole group.

    Raises `note_text_bad`, `store_unknown` or `group_right_needed`.
    """
    clean = " ".join(text.split())
    if not 1 <= len(clean) <= LONGEST or not clean.isprintable():
        raise GoldloopError(
            "note_text_bad", "An annotation is 1 to 200 printable characters long.", given=text[:LONGEST]
        )
    _check_reach(viewer, store)
    row = models.Note.objects.create(
        store_id=store, first_on=period.first, last_on=period.last, text=clean, made_by=viewer.name, made_at=moment
    )
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
