"""What is kept of people: marks of those who were forgotten, and the removal of all that named them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from goldloop.apps.feeds import models
from goldloop.apps.feeds.contracts import Quarantined
from goldloop.apps.feeds.queries import quarantined_of

REMOVED = {"code": "source_forgotten", "text": "The kept file was removed on a person's request.", "params": {}}


def forgotten_marks() -> set[str]:
    """The marks of all keys that were forgotten."""
    return set(models.Forgotten.objects.values_list("mark", flat=True))


def forgotten_add(*, marks: Iterable[str]) -> None:
    """Remember marks; those that are known stay."""
    models.Forgotten.objects.bulk_create([models.Forgotten(mark=mark) for mark in marks], ignore_conflicts=True)


def quarantine_of_content(*, content_hash: str) -> list[Quarantined]:
    """Every quarantined row of the imports of a file, whatever became of them."""
    return quarantined_of(source__content_hash=content_hash)


def imports_of_contents(*, content_hashes: Iterable[str]) -> list[dict[str, Any]]:
    """Files (as they were called) with the ids of their imports."""
    rows = models.Import.objects.filter(content_hash__in=list(content_hashes)).order_by("id")
    found: dict[str, list[int]] = {}
    for name, id in rows.values_list("file_name", "id"):
        found.setdefault(name, []).append(id)
    return [{"file": name, "imports": ids} for name, ids in found.items()]


def source_forgotten(*, content_hashes: Iterable[str], fixes: Iterable[tuple[str, str]]) -> None:
    """Note on the imports of these files that their source is gone, empty their quarantined rows, drop these fixes."""
    with transaction.atomic():
        for row in models.Import.objects.filter(content_hash__in=list(content_hashes)):
            if REMOVED not in row.notes:
                models.Import.objects.filter(pk=row.pk).update(notes=[*row.notes, REMOVED])
        rows = models.QuarantinedRow.objects.filter(source__content_hash__in=list(content_hashes))
        rows.filter(state="open").update(state="ignored", reason="source_forgotten")
        rows.update(sealed=b"", content_hash="")
        for content, column in fixes:
            models.Fix.objects.filter(content_hash=content, column=column).delete()


def erase_traces(*, terms: Iterable[str]) -> None:
    """Take the terms out of what receipts say in plain words, and deleted rows out of the database file."""
    words = [term.casefold() for term in terms]
    for row in models.Import.objects.all():
        for name, empty in (("error", None), ("notes", [REMOVED]), ("control", []), ("columns_unused", [])):
            said = json.dumps(getattr(row, name), ensure_ascii=False).casefold()
            if any(word in said for word in words):
                models.Import.objects.filter(pk=row.pk).update(**{name: empty})
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
