"""Reads: plans of stores that the viewer may see (default: nothing), each with one of its versions."""

from __future__ import annotations

from goldloop.apps.planning import models
from goldloop.apps.planning.contracts import Answer, Comment, Plan, Version
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer


def plan_list(*, viewer: Viewer) -> list[Plan]:
    """The plans all of whose stores this viewer may see, the newest period first, each with its newest version."""
    rows = models.Plan.objects.order_by("-first_on", "id").prefetch_related("stores")
    return [plan_of(row) for row in rows if _may_see(row, viewer)]


def plan_show(*, viewer: Viewer, id: int, number: int | None = None) -> Plan:
    """A plan with one version (default: its newest); raises `plan_unknown` or `plan_version_unknown`."""
    return plan_of(plan_row(viewer, id), number)


def version_list(*, viewer: Viewer, id: int) -> list[Version]:
    """All versions of a plan, the oldest first; raises `plan_unknown`."""
    row = plan_row(viewer, id)
    return [version_of(one) for one in models.Version.objects.filter(plan=row).order_by("number")]


def plan_row(viewer: Viewer, id: int) -> models.Plan:
    """The row itself, for services of this context."""
    row = models.Plan.objects.filter(pk=id).first()
    if row is None or not _may_see(row, viewer):
        raise GoldloopError("plan_unknown", f"There is no plan {id}.", given=id, todo="goldloop plan list")
    return row


def plan_of(row: models.Plan, number: int | None = None) -> Plan:
    """The frozen plan of a row with one of its versions."""
    version = models.Version.objects.filter(plan=row, number=row.current if number is None else number).first()
    if version is None:
        raise GoldloopError(
            "plan_version_unknown", f"The plan has no version {number}.", given=number, allowed=f"1 .. {row.current}"
        )
    return Plan(
        id=row.pk,
        name=row.name,
        beside=row.beside_id,
        stores=frozenset(store.pk for store in row.stores.all()),
        first=row.first_on,
        last=row.last_on,
        currency=row.currency,
        four_eyes_from=row.four_eyes_from,
        current=row.current,
        version=version_of(version),
    )


def version_of(row: models.Version) -> Version:
    """The frozen version of a row with its answers and comments."""
    answers = models.Answer.objects.filter(version=row).order_by("id")
    comments = models.Comment.objects.filter(version=row).order_by("id")
    return Version(
        number=row.number,
        state=row.state,
        values=row.values,
        locks=tuple(row.locks),
        shapes=row.shapes,
        sources=row.sources,
        note=row.note,
        by=row.made_by,
        at=row.made_at,
        answers=tuple(Answer(a.owner, a.said, a.by, a.at) for a in answers),
        comments=tuple(Comment(c.about, c.text, c.by, c.at) for c in comments),
    )


def _may_see(row: models.Plan, viewer: Viewer) -> bool:
    return all(viewer.may_see(store.pk) for store in row.stores.all())
