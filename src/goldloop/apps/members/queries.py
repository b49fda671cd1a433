"""Reads of this context."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from goldloop.apps.members import models
from goldloop.apps.members.contracts import Consent, Decision, Kind, Note


def decision_list(*, standing: bool = False) -> list[Decision]:
    """Every decision, the newest first; `standing`: only those that were not taken back."""
    rows = models.MergeDecision.objects.select_related("joined_by").order_by("-id")
    return [decision_of(row) for row in (rows.filter(undone_at=None) if standing else rows)]


def decisions_about(*, keys: Collection[str]) -> list[Decision]:
    """The decisions that name one of these keys, the newest first."""
    named = set(keys)
    return [one for one in decision_list() if {one.one, one.other} & named]


def consents_of(*, keys: Collection[str] | None = None) -> list[Consent]:
    """The consents at addresses with these keys; None: all."""
    rows = models.Consent.objects.order_by("id")
    rows = rows if keys is None else rows.filter(key__in=list(keys))
    return [
        Consent(row.key, row.kind, bytes(row.address), row.source, row.given_at, row.withdrawn_at, row.made_by)
        for row in rows
    ]


def notes_of(*, keys: Collection[str]) -> list[Note]:
    """The notes on a person with these keys, the newest first."""
    rows = models.PersonNote.objects.filter(key__in=list(keys)).order_by("-id")
    return [Note(row.pk, row.key, bytes(row.text), row.made_by, row.made_at) for row in rows]


def decision_of(row: models.MergeDecision) -> Decision:
    """A row as others see it."""
    kind = cast(Kind, row.kind)
    joined = row.joined_by.pk if row.joined_by is not None and row.joined_by.undone_at is None else 0
    return Decision(
        row.pk,
        kind,
        row.one,
        row.other,
        bytes(row.reason),
        row.made_by,
        row.made_at,
        row.undone_by,
        row.undone_at,
        joined,
    )
