"""Reads: receipts, the current lake version, quarantine and fixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db.models import Q, QuerySet

from goldloop.apps.feeds import models
from goldloop.apps.feeds.contracts import Quarantined, Receipt, Source, Version
from goldloop.core.errors import GoldloopError

FIELDS = (
    "confidence", "period", "read", "new", "updated", "unchanged", "quarantined", "dropped", "control", "facts",
    "first_day", "last_day", "coverage", "columns_unused", "notes", "elapsed",
)  # fmt: skip  # the fields that receipt and row share by name


def receipt_of(row: models.Import) -> Receipt:
    """The receipt of an import row."""
    return Receipt(
        id=row.pk,
        file=row.file_name,
        member=row.member,
        sheet=row.sheet,
        store=row.store.name,
        profile=row.profile,
        state=row.state,
        parent=row.parent_id,
        started_at=row.started_at,
        **{name: getattr(row, name) for name in FIELDS},
    )


def import_list(*, states: Sequence[str] = (), store: int | None = None) -> list[Receipt]:
    """Receipts, newest first; `states` empty means all."""
    rows = models.Import.objects.select_related("store").order_by("-id")
    if states:
        rows = rows.filter(state__in=states)
    if store is not None:
        rows = rows.filter(store_id=store)
    return [receipt_of(row) for row in rows]


def import_show(*, id: int) -> Receipt:
    """One receipt; raises `import_unknown`."""
    return receipt_of(import_row(id))


def import_children(*, id: int) -> list[Receipt]:
    """Receipts of the rows of this import that were fixed and loaded afterwards."""
    rows = models.Import.objects.filter(parent_id=id).select_related("store").order_by("id")
    return [receipt_of(row) for row in rows]


def import_sources(*, ids: Iterable[int]) -> list[Source]:
    """Where these imports came from, in the order of their ids; unknown ids raise `import_unknown`."""
    rows = [import_row(id) for id in sorted(set(ids))]
    return [
        Source(
            id=row.pk,
            content_hash=row.content_hash,
            member=row.member,
            sheet=row.sheet,
            store_id=row.store_id,
            store_name=row.store.name,
            store_column=row.store_column,
            profile=row.profile,
            period=row.period,
            file_name=row.file_name,
            started_at=row.started_at,
            parent=row.parent_id,
        )
        for row in rows
    ]


def import_row(id: int) -> models.Import:
    """The row itself, for services of this context."""
    row = models.Import.objects.select_related("store").filter(pk=id).first()
    if row is None:
        raise GoldloopError(
            "import_unknown", f"There is no import {id}.", given=id, todo="goldloop imports list", id=id
        )
    return row


def source_needed(*, content_hash: str) -> bool:
    """Whether any import that is loaded or being loaded still rests on the file with this content."""
    live = (models.Import.State.DONE, models.Import.State.READING)
    return models.Import.objects.filter(content_hash=content_hash, state__in=live).exists()


def version_current() -> Version:
    """The newest state of the lake."""
    row = models.LakeVersion.objects.order_by("-id").first()
    return Version(row.pk, dict(row.versions), row.settings) if row else Version()


def quarantine_list(
    *, states: Sequence[str] = ("open",), import_id: int | None = None, store: int | None = None
) -> list[Quarantined]:
    """Quarantined rows of loaded imports, in the order in which they came."""
    rows = _quarantine().filter(source__state="done").order_by("source_id", "row")
    if states:
        rows = rows.filter(state__in=states)
    if import_id is not None:
        rows = rows.filter(source_id=import_id)
    if store is not None:
        rows = rows.filter(source__store_id=store)
    return [_quarantined(row) for row in rows.iterator(chunk_size=2000)]


def quarantine_show(*, id: int) -> Quarantined:
    """One quarantined row; raises `quarantine_unknown`."""
    row = _quarantine().filter(pk=id, source__state="done").first()
    if row is None:
        raise GoldloopError(
            "quarantine_unknown", f"There is no quarantined row {id}.", given=id, todo="goldloop quarantine list", id=id
        )
    return _quarantined(row)


def quarantine_alike(*, like: Quarantined, codes: Sequence[tuple[str, str]]) -> list[Quarantined]:
    """Open rows of the same store and profile that fail at the same (column, code) pairs; `like` is among them."""
    rows = _quarantine().filter(
        Q(pk=like.id) | Q(state="open"),
        source__state="done",
        source__store_id=like.store_id,
        source__profile=like.receipt.profile,
    )
    wanted = set(codes)
    return [
        _quarantined(row)
        for row in rows.order_by("id").iterator(chunk_size=2000)
        if wanted <= {(issue["column"], issue["code"]) for issue in row.issues}
    ]


def fixed_count(*, import_id: int) -> int:
    """How many rows of an import have been fixed since it was loaded."""
    return models.QuarantinedRow.objects.filter(source_id=import_id, state="fixed").count()


def ignored_reasons(*, content_hashes: Iterable[str]) -> dict[str, str]:
    """Why rows of these contents were ignored before, by content."""
    found: dict[str, str] = {}
    for some in _batches(content_hashes):
        rows = models.QuarantinedRow.objects.filter(content_hash__in=some, state="ignored")
        found.update(rows.values_list("content_hash", "reason"))
    return found


def fix_list() -> list[tuple[str, str, bytes]]:
    """All remembered fixes: (content hash, column, sealed value)."""
    rows = models.Fix.objects.values_list("content_hash", "column", "sealed")
    return [(content, column, bytes(sealed)) for content, column, sealed in rows]


def _quarantine() -> QuerySet[models.QuarantinedRow]:
    return models.QuarantinedRow.objects.select_related("source__store")


def _quarantined(row: models.QuarantinedRow) -> Quarantined:
    return Quarantined(
        id=row.pk,
        row=row.row,
        state=row.state,
        reason=row.reason,
        issues=row.issues,
        sealed=bytes(row.sealed),
        content_hash=row.content_hash,
        receipt=receipt_of(row.source),
        file_hash=row.source.content_hash,
        store_id=row.source.store_id,
    )


def _batches(values: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
