"""Reads: the annotations that a viewer may see."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from goldloop.apps.calendar import models
from goldloop.apps.calendar.contracts import Note
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
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
    return Note(row.pk, row.store_id, row.first_on, row.last_on, row.text, row.made_by, row.made_at)
