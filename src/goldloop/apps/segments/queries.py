"""Reads: kept segments as far as the viewer's stores reach, and the limits of stores."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Max

from goldloop.apps.segments import models
from goldloop.apps.segments.contracts import Kept
from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import Limits
from goldloop.core.members.segment_text import parse
from goldloop.core.viewer import Viewer


def segment_list(*, viewer: Viewer) -> list[Kept]:
    """The kept segments that a viewer may see, by name, each in its newest version."""
    return [kept_of(row, row.versions.order_by("-number")[0]) for row in _visible(viewer)]


def segment_show(*, viewer: Viewer, name: str, number: int | None = None) -> Kept:
    """The segment of that name, in its newest version or in one of its own; raises `segment_unknown`.

    A name may end in `@` and the number of a version: `sleepers@2`.
    """
    plain, at, told = name.rpartition("@")
    row = row_of(viewer, name)
    if row is None and at and told.isascii() and told.isdigit() and len(told) < 9:
        row, number = row_of(viewer, plain), int(told)
    versions = [] if row is None else list(row.versions.order_by("number"))
    found = next((one for one in versions if number in (None, one.number) and (number or one is versions[-1])), None)
    if row is None or found is None:
        names = [one.name for one in segment_list(viewer=viewer)]
        raise GoldloopError(
            "segment_unknown", f"There is no segment '{name}'.", given=name, allowed=names, name=name,
            todo="goldloop members segment",
        )  # fmt: skip
    return kept_of(row, found)


def row_of(viewer: Viewer, name: str) -> models.Segment | None:
    """The row itself, for services of this context; of several that one may see, the one kept first."""
    return next((row for row in _visible(viewer) if row.name == name), None)


def kept_of(row: models.Segment, version: models.Version) -> Kept:
    """The frozen value of a row in one version."""
    newest = row.versions.aggregate(newest=Max("number"))["newest"]
    stores = frozenset(store.pk for store in row.stores.all())
    head = (row.pk, row.name, stores, version.number, newest, version.text)
    return Kept(*head, parse(version.text), version.saved_at, version.saved_by)


def segments_mark() -> tuple[object, ...]:
    """Changes whenever a segment is kept, changed or removed, or limits are set: what answers rest on them is asked again."""
    versions = models.Version.objects.filter(segment__removed_at=None).aggregate(newest=Max("id"), count=Count("id"))
    limits = models.StoreLimits.objects.aggregate(newest=Max("set_at"), count=Count("id"))
    return (*versions.values(), *limits.values())


def limits_list(*, stores: Collection[int]) -> dict[int, Limits]:
    """The life-cycle limits that were set, by store."""
    rows = models.StoreLimits.objects.filter(store__in=stores)
    return {row.store_id: Limits(row.sleeping, row.lost) for row in rows}  # type: ignore[attr-defined]


def _visible(viewer: Viewer) -> list[models.Segment]:
    rows = models.Segment.objects.filter(removed_at=None).prefetch_related("stores").order_by("name", "id")
    return [row for row in rows if all(viewer.may_see(store.pk) for store in row.stores.all())]
