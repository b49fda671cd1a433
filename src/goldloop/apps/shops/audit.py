"""The audit log: lines that are only ever added, each sealed together with the one before it.

The seal is keyed, so that whoever can write to the database, but has no key, cannot make a new chain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldloop.apps.shops import models


@dataclass(frozen=True, slots=True)
class Line:
    """What happened: who did what to what, from where, with which result. No secrets, no personal data of buyers.

    `actor` is a person's id (None: nobody signed in), `stores` the ids it concerned, `detail` names and plain numbers.
    """

    moment: datetime
    action: str
    result: str
    actor: int | None = None
    actor_name: str = ""
    route: str = ""
    target: str = ""
    stores: Sequence[int] = ()
    request_id: str = ""
    address: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the log is not as it was written: the number of the line, and what is wrong (changed, missing, end)."""

    number: int
    what: str


def audit_add(*, key: bytes, line: Line) -> int:
    """Add a line and give its number; writers take turns, so the chain never forks."""
    with transaction.atomic():
        head = models.AuditHead.objects.select_for_update().get(pk=1)
        entry = models.AuditEntry(
            number=head.number + 1,
            moment=line.moment.astimezone(UTC),
            actor=line.actor,
            actor_name=line.actor_name[:150],
            action=line.action,
            route=line.route,
            target=line.target[:200],
            stores=sorted(line.stores),
            request_id=line.request_id,
            address=line.address,
            result=line.result,
            detail=dict(line.detail),
        )
        entry.seal = _seal(key, head.seal, entry)
        entry.save()
        head.number, head.seal = entry.number, entry.seal
        head.save(update_fields=["number", "seal"])
    return entry.number


def audit_lines(
    *, actor: int | None = None, action: str = "", before: int | None = None
) -> QuerySet[models.AuditEntry]:
    """The lines, newest first: all, or those of a person, of an action, older than a number."""
    found = models.AuditEntry.objects.order_by("-number")
    if actor is not None:
        found = found.filter(actor=actor)
    if action:
        found = found.filter(action=action)
    return found if before is None else found.filter(number__lt=before)


def audit_number() -> int:
    """The number of the newest line: it grows with everything that anybody does here."""
    return models.AuditHead.objects.values_list("number", flat=True).get(pk=1)


def audit_count(*, actor: int, action: str, since: datetime) -> int:
    """How often a person did something since a moment, and was let."""
    return models.AuditEntry.objects.filter(actor=actor, action=action, moment__gte=since, result="done").count()


def audit_actions() -> list[str]:
    """The actions that the log speaks of."""
    return sorted(models.AuditEntry.objects.values_list("action", flat=True).distinct())


def audit_verify(*, key: bytes) -> tuple[int, list[Broken]]:
    """How many lines the log has, and every place where it is not as it was written."""
    with transaction.atomic():
        head = models.AuditHead.objects.select_for_update().get(pk=1)
        end = head.number, head.seal
    broken = list(_broken(key, *end))
    return end[0], broken


def _broken(key: bytes, last: int, seal: str) -> Iterator[Broken]:
    before, number = "", 0
    for entry in models.AuditEntry.objects.filter(number__lte=last).order_by("number").iterator(2000):
        yield from (Broken(gone, "missing") for gone in range(number + 1, entry.number))
        skipped = entry.number > number + 1
        number = entry.number
        if not skipped and not hmac.compare_digest(entry.seal, _seal(key, before, entry)):
            yield Broken(number, "changed")
        before = entry.seal
    yield from (Broken(gone, "missing") for gone in range(number + 1, last + 1))
    if number == last and before != seal:
        yield Broken(last, "end")


def _seal(key: bytes, before: str, entry: models.AuditEntry) -> str:
    said = [
        before, entry.number, entry.moment.astimezone(UTC).isoformat(), entry.actor, entry.actor_name, entry.action,
        entry.route, entry.target, entry.stores, entry.request_id, entry.address, entry.result, entry.detail,
    ]  # fmt: skip
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
