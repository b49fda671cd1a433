"""Reads: receipts, the current lake version, quarantine, fixes and the history of feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from django.db.models import Count, Max, Q, QuerySet

from goldloop.apps.feeds import models
from goldloop.apps.feeds.contracts import Arrival, Group, Quarantined, Receipt, Source, Version
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

T = TypeVar("T")
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
        replaced_by=row.replaced_by_id,
        error=row.error,
        started_at=row.started_at,
        **{name: getattr(row, name) for name in FIELDS},
    )


def import_list(
    *,
    viewer: Viewer,
    states: Sequence[str] = (),
    store: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Receipt]:
    """Receipts of the stores that a viewer may see, newest first, `limit` of them from `offset`; `states` empty means all."""
    rows = _imports_of(viewer).order_by("-id")
    if states:
        rows = rows.filter(state__in=states)
    if store is not None:
        rows = rows.filter(store_id=store)
    return [receipt_of(row) for row in rows[offset : None if limit is None else offset + limit]]


def import_counts(*, viewer: Viewer, stores: Sequence[str]) -> list[dict[str, object]]:
    """Per store (by name) and profile what is loaded: how many `files`, and when the `newest` of them came."""
    rows = _imports_of(viewer).filter(state=models.Import.State.DONE, parent=None, store__name__in=stores)
    counted = rows.order_by().values_list("store__name", "profile").annotate(Count("id"), Max("started_at"))
    return [
        {"store": store, "profile": profile, "files": files, "newest": newest}
        for store, profile, files, newest in sorted(counted)
    ]


def import_show(*, viewer: Viewer, id: int) -> Receipt:
    """One receipt; one of a store outside the viewer's rights is `import_unknown` like one that does not exist."""
    row = _imports_of(viewer).filter(pk=id).first()
    if row is None:
        raise _import_unknown(id)
    return receipt_of(row)


def import_children(*, viewer: Viewer, id: int) -> list[Receipt]:
    """Receipts of the rows of this import that were fixed and loaded afterwards."""
    return [receipt_of(row) for row in _imports_of(viewer).filter(parent_id=id).order_by("id")]


def import_sources(*, ids: Iterable[int]) -> list[Source]:
    """Where these imports came from, in the order of their ids; an unknown id raises `import_unknown`.

    For jobs that have the ids from what the viewer may see.
    """
    wanted = sorted(set(ids))
    rows = {
        row.pk: row
        for some in batches(wanted)
        for row in models.Import.objects.select_related("store").filter(pk__in=some)
    }
    for id in wanted:
        if id not in rows:
            raise _import_unknown(id)
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
        for row in (rows[id] for id in wanted)
    ]


def import_row(id: int) -> models.Import:
    """The row itself, for services of this context."""
    row = models.Import.objects.select_related("store").filter(pk=id).first()
    if row is None:
        raise _import_unknown(id)
    return row


def _imports_of(viewer: Viewer) -> QuerySet[models.Import]:
    return models.Import.objects.select_related("store").filter(store_id__in=viewer.stores)


def _import_unknown(id: int) -> GoldloopError:
    return GoldloopError("import_unknown", f"There is no import {id}.", given=id, todo="goldloop imports list", id=id)


def import_replaces(*, id: int) -> list[int]:
    """Loaded imports of the same sheet for the same store that this one reads again by another form of a profile.

    The imports of their rows that were fixed later are among them.
    """
    row = import_row(id)
    others = models.Import.objects.filter(
        content_hash=row.content_hash,
        member=row.member,
        sheet=row.sheet,
        store_id=row.store_id,
        state=models.Import.State.DONE,
    ).exclude(Q(pk=id) | Q(parent_id=id))
    if row.period:  # the same content under another period is another day's file
        others = others.filter(period__in=("", row.period))
    return list(others.order_by("id").values_list("id", flat=True))


def import_reaching_further(*, store: int, profile: str, first: date, last: date) -> tuple[int, date] | None:
    """The loaded import of this feed that overlaps these days and reaches furthest beyond them: its id and last day."""
    rows = models.Import.objects.filter(
        store_id=store, profile=profile, state=models.Import.State.DONE, first_day__lte=last, last_day__gt=last
    )
    found = rows.order_by("-last_day", "-id").first()
    return (found.pk, found.last_day) if found is not None and found.last_day is not None else None


def import_holds(*, id: int, content_hash: str, moment: datetime) -> bool:
    """Whether this import of this content, begun at this moment, is loaded."""
    done = models.Import.State.DONE
    return models.Import.objects.filter(pk=id, content_hash=content_hash, started_at=moment, state=done).exists()


def source_needed(*, content_hash: str) -> bool:
    """Whether any import that is loaded or being loaded still rests on the file with this content."""
    live = (models.Import.State.DONE, models.Import.State.READING)
    return models.Import.objects.filter(content_hash=content_hash, state__in=live).exists()


def version_current() -> Version:
    """The newest state of the lake."""
    row = models.LakeVersion.objects.order_by("-id").first()
    return _version(row) if row else Version()


def versions_since(*, moment: datetime) -> list[Version]:
    """The states of the lake that somebody may have opened after this moment: newer ones and the one before them."""
    older = models.LakeVersion.objects.filter(made_at__lt=moment).order_by("-id").first()
    rows = models.LakeVersion.objects.filter(id__gte=older.pk if older else 0).order_by("id")
    return [_version(row) for row in rows]


def source_hashes() -> set[str]:
    """The contents of all kept files that an import rests on."""
    live = (models.Import.State.DONE, models.Import.State.READING)
    return set(models.Import.objects.filter(state__in=live).values_list("content_hash", flat=True))


def _version(row: models.LakeVersion) -> Version:
    return Version(row.pk, dict(row.versions), row.settings, row.made_at)


def quarantine_list(
    *,
    viewer: Viewer,
    states: Sequence[str] = ("open",),
    import_id: int | None = None,
    store: int | None = None,
    ids: Sequence[int] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Quarantined]:
    """Quarantined rows of loaded imports of a viewer's stores, in the order in which they came; `limit` from `offset`."""
    rows = _quarantine(viewer).order_by("source_id", "row")
    if states:
        rows = rows.filter(state__in=states)
    if import_id is not None:
        rows = rows.filter(source_id=import_id)
    if store is not None:
        rows = rows.filter(source__store_id=store)
    if ids is not None:
        return _all_quarantined(row for some in batches(sorted(set(ids))) for row in rows.filter(pk__in=some))
    end = None if limit is None else offset + limit
    return _all_quarantined(rows[offset:end].iterator(chunk_size=2000))


def quarantine_show(*, viewer: Viewer, id: int) -> Quarantined:
    """One quarantined row; one of a store outside the viewer's rights is `quarantine_unknown`, too."""
    row = _quarantine(viewer).filter(pk=id).first()
    if row is None:
        raise GoldloopError(
            "quarantine_unknown", f"There is no quarantined row {id}.", given=id, todo="goldloop quarantine list", id=id
        )
    return _quarantined(row, {})


def quarantine_alike(*, viewer: Viewer, like: Quarantined, codes: Sequence[tuple[str, str]]) -> list[Quarantined]:
    """Open rows of the same store and profile that fail at the same (column, code) pairs; `like` is among them."""
    rows = _quarantine(viewer).filter(
        Q(pk=like.id) | Q(state="open"),
        source__store_id=like.store_id,
        source__profile=like.receipt.profile,
    )
    wanted = set(codes)
    return _all_quarantined(
        row
        for row in rows.order_by("id").iterator(chunk_size=2000)
        if wanted <= {(issue["column"], issue["code"]) for issue in row.issues}
    )


def quarantine_groups(*, viewer: Viewer, import_id: int | None = None, store: int | None = None) -> list[Group]:
    """Open rows counted by store, profile, column and reason, most rows first; a row counts at each of its columns."""
    rows = _quarantine(viewer).filter(state="open").order_by("id")
    if import_id is not None:
        rows = rows.filter(source_id=import_id)
    if store is not None:
        rows = rows.filter(source__store_id=store)
    found: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for id, name, profile, issues in rows.values_list("pk", "source__store__name", "source__profile", "issues"):
        for column, code in dict.fromkeys((issue["column"], issue["code"]) for issue in issues):
            found[name, profile, column, code].append(id)
    groups = [Group(*key, rows=len(ids), first=ids[0]) for key, ids in found.items()]
    return sorted(groups, key=lambda group: (-group.rows, group.first))


def quarantined_of(**which: object) -> list[Quarantined]:
    """Quarantined rows by their fields, for services of this context."""
    return _all_quarantined(_quarantined_rows().filter(**which).order_by("id"))


def fixed_count(*, import_id: int) -> int:
    """How many rows of an import have been fixed since it was loaded."""
    return models.QuarantinedRow.objects.filter(source_id=import_id, state="fixed").count()


def ignored_reasons(*, store: int, content_hashes: Iterable[str]) -> dict[str, str]:
    """Why rows of a store with these contents were ignored before, by content."""
    found: dict[str, str] = {}
    for some in batches(content_hashes):
        rows = models.QuarantinedRow.objects.filter(source__store_id=store, content_hash__in=some, state="ignored")
        found.update(rows.values_list("content_hash", "reason"))
    return found


def fix_list(*, store: int | None = None) -> list[tuple[str, str, bytes]]:
    """The remembered fixes of a store, or of all: (content hash, column, sealed value)."""
    rows = models.Fix.objects.values_list("content_hash", "column", "sealed")
    rows = rows if store is None else rows.filter(store_id=store)
    return [(content, column, bytes(sealed)) for content, column, sealed in rows]


def arrivals(*, viewer: Viewer) -> list[Arrival]:
    """Every loaded import of a viewer's stores, oldest first; the days of rows that were fixed later belong to theirs."""
    names = ("store_id", "profile", "finished_at", "read")
    rows = _imports_of(viewer).filter(state=models.Import.State.DONE).order_by("finished_at", "id")
    days: dict[int, list[date]] = defaultdict(list)
    found = rows.values("pk", "parent_id", "first_day", "last_day", "control", *names)
    for row in found:
        days[row["parent_id"] or row["pk"]] += [day for day in (row["first_day"], row["last_day"]) if day is not None]
    return [
        Arrival(
            id=row["pk"],
            first_day=min(days[row["pk"]], default=None),
            last_day=max(days[row["pk"]], default=None),
            control_off=sum(not total["ok"] for total in row["control"]),
            **{name: row[name] for name in names},
        )
        for row in found
        if row["parent_id"] is None
    ]


def quarantine_counts(*, viewer: Viewer) -> dict[tuple[int, str], int]:
    """Open rows in quarantine by (store id, profile)."""
    rows = _quarantine(viewer).filter(state="open")
    counted = rows.values_list("source__store_id", "source__profile").annotate(Count("pk"))
    return {(store, profile): count for store, profile, count in counted}


def rhythms(*, viewer: Viewer) -> dict[tuple[int, str], int]:
    """Declared rhythms: (store id, profile) -> days between two files."""
    rows = models.Rhythm.objects.filter(store_id__in=viewer.stores).values_list("store_id", "profile", "days")
    return {(store, profile): days for store, profile, days in rows}


def _quarantine(viewer: Viewer) -> QuerySet[models.QuarantinedRow]:
    """Rows of loaded imports of the stores that a viewer may see."""
    return _quarantined_rows().filter(source__state="done", source__store_id__in=viewer.stores)


def _quarantined_rows() -> QuerySet[models.QuarantinedRow]:
    return models.QuarantinedRow.objects.prefetch_related("source__store")


def _all_quarantined(rows: Iterable[models.QuarantinedRow]) -> list[Quarantined]:
    """The rows; those of one import share its receipt, which may be larger than all of them."""
    receipts: dict[int, Receipt] = {}
    return [_quarantined(row, receipts) for row in rows]


def _quarantined(row: models.QuarantinedRow, receipts: dict[int, Receipt]) -> Quarantined:
    if row.source_id not in receipts:
        receipts[row.source_id] = receipt_of(row.source)
    return Quarantined(
        id=row.pk,
        row=row.row,
        state=row.state,
        reason=row.reason,
        issues=row.issues,
        sealed=bytes(row.sealed),
        content_hash=row.content_hash,
        receipt=receipts[row.source_id],
        file_hash=row.source.content_hash,
        store_id=row.source.store_id,
        fixed_by=row.fixed_by_id,
    )


def batches(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists of a `size` that every database takes in one statement."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
