"""Writes: claims, finished imports with the lake version they made, undo, quarantine, fixes and rhythms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from goldloop.apps.feeds import models, queries
from goldloop.apps.feeds.contracts import Claim, Receipt, RowToKeep, Version
from goldloop.core.errors import WorkFailed

State = models.Import.State


def import_claim(
    *,
    content_hash: str,
    member: str,
    sheet: str,
    store: int,
    profile: str,
    period: str,
    file_name: str,
    file_size: int,
    moment: datetime,
    profile_digest: str = "",
    store_column: str = "",
) -> Claim:
    """Claim one sheet for one store before it is read.

    The caller holds the file lock of this claim, so a claim found in `reading` belongs to a killed process and is
    taken over. A finished one is returned with its receipt. A profile that was changed (`profile_digest`) makes another
    claim: the sheet is read again.
    """
    key = {
        "content_hash": content_hash,
        "member": member,
        "sheet": sheet,
        "store_id": store,
        "profile": profile,
        "profile_digest": profile_digest,
        "period": period,
    }
    label = {"file_name": file_name[-500:], "file_size": file_size, "started_at": moment, "store_column": store_column}
    rows = models.Import.objects.select_related("store").filter(**key, parent=None).exclude(state=State.UNDONE)
    row = rows.first()
    if row is None:
        try:
            with transaction.atomic():
                return Claim(models.Import.objects.create(**key, **label).pk, None)
        except IntegrityError:  # another machine on the same database was first
            row = rows.get()
    if row.state == State.DONE:
        done = queries.receipt_of(row)
        return Claim(row.pk, done.as_repeated(queries.fixed_count(import_id=row.pk)))
    models.Import.objects.filter(pk=row.pk).update(state=State.READING, error=None, **label)
    return Claim(row.pk, None)


def child_claim(*, parent: int, moment: datetime) -> int:
    """An import of its own for the fixed rows of `parent`; undoing the parent undoes it.

    The caller holds the writer lock.
    """
    above = queries.import_row(parent)
    models.Import.objects.filter(parent=above, state=State.READING).delete()  # left by a killed process
    return models.Import.objects.create(
        content_hash=above.content_hash,
        member=above.member,
        sheet=above.sheet,
        store_id=above.store_id,
        profile=above.profile,
        profile_digest=above.profile_digest,
        period=above.period,
        parent=above,
        file_name=above.file_name,
        file_size=above.file_size,
        store_column=above.store_column,
        started_at=moment,
    ).pk


def import_refuse(*, id: int, error: Mapping[str, Any]) -> None:
    """Mark a claim as refused, with the error a person was shown; the same file may be tried again.

    `error` has code, text, given, allowed, todo and params, as far as JSON can say them.
    """
    models.Import.objects.filter(pk=id, state=State.READING).update(state=State.REFUSED, error=dict(error))


def import_finish(
    *,
    receipt: Receipt,
    base: Version,
    versions: Mapping[str, int],
    settings: Mapping[str, str],
    rows: Sequence[RowToKeep],
    moment: datetime,
    solved: Sequence[int] = (),
    replaced: Sequence[int] = (),
) -> Receipt:
    """Make an import visible: receipt, lake version and quarantined rows in one transaction.

    `solved` are quarantined rows that this import loads, `replaced` imports that `versions` no longer hold because this
    one read their sheet again. Raises `counts_disagree` when a row has no fate or two, and
    `version_moved` when another writer came between.
    """
    id = receipt.id
    assert id is not None
    if not receipt.closes:
        raise WorkFailed(
            "counts_disagree",
            "The counts of this import do not add up to the rows read, so nothing was loaded.",
            given={"read": receipt.read, "new": receipt.new, "updated": receipt.updated, "unchanged": receipt.unchanged,
                   "quarantined": receipt.quarantined, "dropped": receipt.dropped},
            todo="This is a fault of goldloop: please report it with this message.",
        )  # fmt: skip
    with transaction.atomic():
        _version_add(base=base, versions=versions, settings=settings, moment=moment, reason="import", source=id)
        values = {name: getattr(receipt, name) for name in queries.FIELDS}
        models.Import.objects.filter(pk=id).update(state=State.DONE, error=None, finished_at=moment, **values)
        _quarantine_add(source=id, rows=rows)
        for some in queries.batches(solved):
            models.QuarantinedRow.objects.filter(pk__in=some).update(state="fixed", fixed_by=id)
        models.Import.objects.filter(pk__in=replaced).update(state=State.UNDONE, replaced_by=id)
    return receipt


def import_undo(
    *, ids: Sequence[int], base: Version, versions: Mapping[str, int], settings: Mapping[str, str], moment: datetime
) -> None:
    """Mark imports as undone and publish the lake without them, in one transaction."""
    with transaction.atomic():
        _version_add(base=base, versions=versions, settings=settings, moment=moment, reason="undo", source=None)
        models.Import.objects.filter(pk__in=ids).update(state=State.UNDONE)
        again = models.QuarantinedRow.objects.filter(fixed_by__in=ids, source__state=State.DONE)
        again.update(state="open", fixed_by=None)


def version_add(
    *, base: Version, versions: Mapping[str, int], settings: Mapping[str, str], moment: datetime, reason: str
) -> None:
    """Publish a new state of the lake that no import made (stores, rules, rebuild)."""
    with transaction.atomic():
        _version_add(base=base, versions=versions, settings=settings, moment=moment, reason=reason, source=None)


def quarantine_ignore(*, ids: Sequence[int], reason: str) -> int:
    """Set open rows aside for good; rows of the same content in later files of their store are set aside with the same
    reason."""
    with transaction.atomic():
        return sum(
            models.QuarantinedRow.objects.filter(pk__in=some, state="open").update(state="ignored", reason=reason)
            for some in queries.batches(ids)
        )


def quarantine_update(*, rows: Mapping[int, RowToKeep]) -> None:
    """Replace what is said about rows that were tried again and still fail."""
    with transaction.atomic():
        for id, row in rows.items():
            models.QuarantinedRow.objects.filter(pk=id).update(issues=row.issues, sealed=row.sealed)


def fix_add(*, store: int, fixes: Mapping[tuple[str, str], bytes]) -> None:
    """Remember sealed values of a store by (content hash, column); a newer value replaces an older one."""
    models.Fix.objects.bulk_create(
        [
            models.Fix(store_id=store, content_hash=content, column=column, sealed=sealed)
            for (content, column), sealed in fixes.items()
        ],
        update_conflicts=True,
        unique_fields=["store", "content_hash", "column"],
        update_fields=["sealed"],
        batch_size=200,
    )


def rhythm_set(*, store: int, profile: str, days: int | None) -> None:
    """Declare how many days lie between two files of a feed; None leaves it to what is seen."""
    rows = models.Rhythm.objects.filter(store_id=store, profile=profile)
    if days is None:
        rows.delete()
    elif not rows.update(days=days):
        models.Rhythm.objects.create(store_id=store, profile=profile, days=days)


def _version_add(
    *,
    base: Version,
    versions: Mapping[str, int],
    settings: Mapping[str, str],
    moment: datetime,
    reason: str,
    source: int | None,
) -> None:
    # The writer lock of the job already keeps others out; this is the last wall against a lock that did not hold.
    try:
        with transaction.atomic():
            models.LakeVersion.objects.create(
                base=base.id,
                versions=dict(versions),
                settings=dict(settings),
                made_at=moment,
                reason=reason,
                source_id=source,
            )
    except IntegrityError as error:
        raise WorkFailed(
            "version_moved",
            "Another import finished in between, so nothing was loaded.",
            todo="Start the command again.",
        ) from error


def _quarantine_add(*, source: int, rows: Iterable[RowToKeep]) -> None:
    rows = list(rows)
    store = queries.import_row(source).store_id
    ignored = queries.ignored_reasons(store=store, content_hashes=(row.content_hash for row in rows))
    models.QuarantinedRow.objects.bulk_create(
        [
            models.QuarantinedRow(
                source_id=source,
                row=row.row,
                issues=row.issues,
                sealed=row.sealed,
                content_hash=row.content_hash,
                state="ignored" if row.content_hash in ignored else "open",
                reason=ignored.get(row.content_hash, ""),
            )
            for row in rows
        ],
        batch_size=500,
    )


def everything_remove() -> None:
    """Remove all imports with their rows in quarantine, fixes, rhythms and states of the lake: the end of a demo."""
    with transaction.atomic():
        for table in (models.LakeVersion, models.QuarantinedRow, models.Fix, models.Rhythm):
            table.objects.all().delete()
        models.Import.objects.update(parent=None, replaced_by=None, state=State.UNDONE)
        models.Import.objects.all().delete()
