"""Writes: an action is proposed once, answered by people, and measured; its prediction is never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldloop.apps.actions import models, queries
from goldloop.apps.actions.contracts import ANSWERS, Action
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

State = models.Action.State
LONGEST = 500  # characters of a reason


def action_propose(
    *,
    viewer: Viewer,
    kind: str,
    ref: int,
    title: str,
    stores: Sequence[int],
    currency: str,
    owner: str,
    due: date,
    predicted: Mapping[str, Any],
    moment: datetime,
) -> Action:
    """Propose an action; while nobody has done it yet, the same one again replaces title, day and prediction."""
    said = {"title": title[:200], "due_on": due, "predicted": dict(predicted)}
    with transaction.atomic():
        row, made = models.Action.objects.get_or_create(
            kind=kind, ref=ref,
            defaults={**said, "currency": currency, "owner": owner, "made_by": viewer.name, "made_at": moment},
        )  # fmt: skip
        if made:
            row.stores.set(stores)
        elif row.state in (State.OPEN, State.ACCEPTED, State.DECLINED):
            models.Action.objects.filter(pk=row.pk).update(**said, state=State.OPEN)
            row.refresh_from_db()
    return queries.action_of(row)


def action_answer(
    *, viewer: Viewer, id: int, said: str, reason: str, due: date | None = None, moment: datetime
) -> Action:
    """Accept an action, decline it with a reason, put it off to a later day, or say that it is a duplicate of another one,
    whose number is the `reason`.

    Raises `action_unknown`, `action_answer_unknown`, `action_reason_needed`, `action_later_when`, `action_over`,
    `action_of_what`.
    """
    if said not in ANSWERS:
        raise GoldloopError("action_answer_unknown", f"'{said}' is no answer.", given=said, allowed=list(ANSWERS))
    queries.action_row(viewer, id)
    reason = " ".join(reason.split())[:LONGEST]
    if said == "declined" and not reason:
        raise GoldloopError("action_reason_needed", "Say why it is not done.")
    if said == "duplicate":
        reason = f"#{_other(viewer, id, reason)}"
    with transaction.atomic():
        row = models.Action.objects.select_for_update().get(pk=id)
        if row.state not in (State.OPEN, State.ACCEPTED):
            raise GoldloopError("action_over", "This action was done or declined already.", given=row.state)
        if said == "later":
            if due is None or due <= row.due_on:
                raise GoldloopError(
                    "action_later_when", "Later is a day after the one it was due.", given=str(due or ""),
                    allowed=f"after {row.due_on}", day=row.due_on,
                )  # fmt: skip
            row.due_on = due
        else:
            row.state = said
        row.save()
        models.Answer.objects.create(action=row, said=said, reason=reason, by=viewer.name, at=moment)
    return queries.action_of(row)


def _other(viewer: Viewer, id: int, text: str) -> int:
    """The number of another action that the viewer may see."""
    number = text.strip().removeprefix("#")
    other = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    if other == id or other not in {one.id for one in queries.action_list(viewer=viewer)}:
        raise GoldloopError(
            "action_of_what", "Say of which other action it is a duplicate.", given=text, todo="goldloop action list"
        )
    return other


def action_done(*, kind: str, ref: int, receipt: str) -> None:
    """Say that an action was done, with the hash of what was sent; one that is measured stays so."""
    models.Action.objects.filter(kind=kind, ref=ref).exclude(state=State.MEASURED).update(
        state=State.DONE, receipt=receipt
    )


def action_declined(*, viewer: Viewer, kind: str, ref: int, reason: str, moment: datetime) -> None:
    """Say that what an action is about was declined where it lives."""
    row = models.Action.objects.filter(kind=kind, ref=ref, state__in=(State.OPEN, State.ACCEPTED)).first()
    if row is not None:
        action_answer(viewer=viewer, id=row.pk, said="declined", reason=reason, moment=moment)


def action_measured(*, kind: str, ref: int, result: Mapping[str, Any]) -> None:
    """Put what came of an action beside what was predicted."""
    models.Action.objects.filter(kind=kind, ref=ref).update(state=State.MEASURED, result=dict(result))
