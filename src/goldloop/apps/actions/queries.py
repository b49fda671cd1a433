"""Reads: actions of stores that the viewer may see."""

from __future__ import annotations

from goldloop.apps.actions import models
from goldloop.apps.actions.contracts import Action
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer


def action_list(*, viewer: Viewer) -> list[Action]:
    """The actions all of whose stores this viewer may see, those due first in front."""
    rows = models.Action.objects.order_by("due_on", "id").prefetch_related("stores")
    reasons = dict(models.Answer.objects.order_by("id").values_list("action", "reason"))
    return [action_of(row, reasons.get(row.pk, "")) for row in rows if _may_see(row, viewer)]


def action_row(viewer: Viewer, id: int) -> models.Action:
    """The row of an action that the viewer may see; raises `action_unknown`."""
    row = models.Action.objects.filter(pk=id).first()
    if row is None or not _may_see(row, viewer):
        raise GoldloopError("action_unknown", f"There is no action {id}.", given=id, id=id)
    return row


def action_of(row: models.Action, reason: str | None = None) -> Action:
    """The frozen value of a row."""
    if reason is None:
        newest = models.Answer.objects.filter(action=row).order_by("-id").first()
        reason = newest.reason if newest else ""
    return Action(
        row.pk, row.kind, row.ref, row.title, frozenset(store.pk for store in row.stores.all()), row.currency, row.owner,
        row.state, row.due_on, row.predicted, row.result, row.receipt, reason, row.made_by, row.made_at,
    )  # fmt: skip


def _may_see(row: models.Action, viewer: Viewer) -> bool:
    return all(viewer.may_see(store.pk) for store in row.stores.all())
