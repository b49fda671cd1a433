"""Writes of this context; words about people come sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from goldloop.apps.members import models
from goldloop.apps.members.contracts import Decision, Kind
from goldloop.apps.members.queries import decision_of
from goldloop.core.errors import GoldloopError


def decide(
    *, kind: Kind, keys: Collection[str], reason: bytes, by: str, moment: datetime, joins: Collection[int] = ()
) -> Decision:
    """Write down a decision about two keys (merge, apart) or one (split); the one that stands already where there is one.

    `joins`: numbers of decisions that said of the two people of a merge that they are apart; they rest while it stands.
    """
    one, other = (*sorted(keys), "")[:2]
    with transaction.atomic():
        row, _ = models.MergeDecision.objects.get_or_create(
            kind=kind,
            one=one,
            other=other,
            undone_at=None,
            defaults={"reason": reason, "made_by": by, "made_at": moment},
        )
        models.MergeDecision.objects.filter(pk__in=list(joins), kind="apart").update(joined_by=row)
    return decision_of(row)


def take_back(*, id: int, by: str, moment: datetime) -> Decision:
    """Let a decision hold no longer; raises `decision_unknown`."""
    with transaction.atomic():
        changed = models.MergeDecision.objects.filter(pk=id, undone_at=None).update(undone_by=by, undone_at=moment)
        if not changed:
            standing = list(models.MergeDecision.objects.filter(undone_at=None).values_list("pk", flat=True))
            raise GoldloopError(
                "decision_unknown",
                f"No decision {id} stands.",
                given=id,
                allowed=standing[:20],
                todo="goldloop members merges",
                id=id,
            )
        return decision_of(models.MergeDecision.objects.get(pk=id))


def consent_give(*, key: str, kind: str, address: bytes, source: str, by: str, moment: datetime) -> None:
    """Write down that a person agreed to be written to; a new consent ends an earlier withdrawal."""
    models.Consent.objects.update_or_create(
        key=key,
        defaults={
            "kind": kind, "address": address, "source": source, "given_at": moment, "withdrawn_at": None, "made_by": by,
        },
    )  # fmt: skip


def consent_withdraw(*, key: str, moment: datetime) -> bool:
    """Let a consent end; whether there was one."""
    return bool(models.Consent.objects.filter(key=key, withdrawn_at=None).update(withdrawn_at=moment))


def note_add(*, key: str, text: bytes, by: str, moment: datetime) -> None:
    """Write a note on a person."""
    models.PersonNote.objects.create(key=key, text=text, made_by=by, made_at=moment)


def forget(*, names: Mapping[str, str]) -> dict[str, int]:
    """Drop what was agreed to and written about these keys; decisions go on with the anonymous keys (old -> new).

    How many rows of each kind it were.
    """
    with transaction.atomic():
        gone = {
            "consents": models.Consent.objects.filter(key__in=list(names)).delete()[0],
            "notes": models.PersonNote.objects.filter(key__in=list(names)).delete()[0],
            "decisions": 0,
        }
        for row in models.MergeDecision.objects.all():
            if row.one in names or row.other in names:
                one, other = names.get(row.one, row.one), names.get(row.other, row.other)
                models.MergeDecision.objects.filter(pk=row.pk).update(one=one, other=other, reason=b"")
                gone["decisions"] += 1
    return gone
