"""Writes: segments and their versions, the limits of a store's life cycle."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from goldloop.apps.segments import models, queries
from goldloop.apps.segments.contracts import Kept
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import Limits
from goldloop.core.members.segments import Segment, written
from goldloop.core.viewer import Viewer


def segment_save(
    *, viewer: Viewer, name: str, segment: Segment, stores: Collection[int], moment: datetime, seen: int | None = None
) -> Kept:
    """Keep a segment under a name, or give the one of that name another version; the same words again change nothing.

    `seen`: the version that was looked at; None: whatever there is. Raises `segment_name`, `segment_moved`, `store_unknown`.
    """
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= 80 or not clean.isprintable() or "@" in clean:
        raise GoldloopError(
            "segment_name", "A segment needs a name of 1 to 80 characters, without @.", given=name[:80], todo="--save NAME"
        )  # fmt: skip
    for store in stores:
        if not viewer.may_see(store):
            raise GoldloopError("store_unknown", f"There is no store '{store}'.", given=store, name=store)
    with transaction.atomic():
        row = queries.row_of(viewer, clean)
        if row is None:
            row = models.Segment.objects.create(name=clean)
            row.stores.set(stores)
        row = models.Segment.objects.select_for_update().get(pk=row.pk)
        last = row.versions.order_by("-number").first()
        if last is not None and seen not in (None, last.number):
            raise GoldloopError(
                "segment_moved", f"'{clean}' was changed meanwhile.", given=seen, allowed=last.number, name=clean, seen=seen
            )  # fmt: skip
        if last is None or last.text != written(segment):
            number = last.number + 1 if last else 1
            said = {"text": written(segment), "saved_at": moment, "saved_by": viewer.name}
            last = models.Version.objects.create(segment=row, number=number, **said)
    return queries.kept_of(row, last)


def segment_remove(*, viewer: Viewer, name: str, moment: datetime) -> None:
    """Take a segment away; its versions stay for what rested on them. Raises `segment_unknown`."""
    kept = queries.segment_show(viewer=viewer, name=name)
    models.Segment.objects.filter(pk=kept.id).update(removed_at=moment)


def limits_set(*, viewer: Viewer, store: str, limits: Limits | None, moment: datetime) -> None:
    """Set the limits of a store's life cycle; None: learned from its own gaps again. Raises `store_unknown`."""
    own = shops.store_visible(viewer=viewer, name=store).id
    if limits is None:
        models.StoreLimits.objects.filter(store_id=own).delete()
        return
    said = {"sleeping": limits.sleeping, "lost": limits.lost, "set_at": moment, "set_by": viewer.name}
    models.StoreLimits.objects.update_or_create(store_id=own, defaults=said)
