"""Load one file: claim, keep, read, load, and one database row that makes all of it visible at once.

A kill anywhere before that row leaves nothing to be seen: the claim is taken over, the kept file is found again, and the
next writer puts the lake's tables back to the versions which the database names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Receipt, RowToKeep
from goldloop.apps.shops import api as shops
from goldloop.connectors.readers import content_hash, sheets, shown
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures, fates, lock, memory, mended, profiles, reading, receipt_notes, remembered, same_rows
from goldloop.jobs.forgotten import without_forgotten
from goldloop.jobs.large import Said, said_by
from goldloop.jobs.progress import Progress, silent
from goldloop.jobs.recognised import Part, Wish, parts
from goldloop.jobs.stops import stop_point
from goldloop.jobs.vault import Vault
from goldloop.jobs.writing import Writing, without, writing
from goldloop.lake.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Job:
    """One file on its way in: who brings it, where it is, what it is called (as it can be shown), its bytes, when it came,
    what was said about it, who is told."""

    home: Home
    viewer: Viewer
    path: Path
    name: str
    content: str
    moment: datetime
    wish: Wish
    progress: Progress

    def tell(self, stage: str) -> None:
        """Say which stage begins."""
        self.progress(stage, self.name)

    @property
    def vault(self) -> Vault:
        """Where the file is kept."""
        return Vault(self.home.sources, self.home.key("home"))


def import_file(
    home: Home,
    viewer: Viewer,
    path: Path,
    *,
    store: str | None = None,
    store_from: str | None = None,
    profile: str | None = None,
    period: tuple[date, date] | None = None,
    currency: str | None = None,
    dry_run: bool = False,
    name: str = "",
    progress: Progress = silent,
) -> list[Receipt]:
    """Load a file into stores of the viewer's; one receipt per sheet and store, in the order of the file.

    Django runs on `home`. A store outside the viewer's rights is `store_unknown`. Raises what the readers, the recognition and the normalisation raise; whatever is raised,
    nothing of the sheet concerned is loaded. The same content again gives the first receipt, marked as repeated, unless
    its profile was changed in between: then the new reading takes the place of the older one. A sheet of quarantined rows
    (`mended`) is taken for corrections of those rows. `name` is what the file is called where its path does not say it.
    """
    if not dry_run:
        lock.check_writable(home)
    name = shown(name or path.name)
    progress("hash", name)
    memory.keep_freed(memory.SHORT)
    wish = Wish(store, store_from, profile, period, currency.upper() if currency else None)
    job = Job(home, viewer, path, name, content_hash(path), datetime.now(UTC), wish, progress)
    opened = list(sheets(path, name=name, limits=home.limits))
    corrected, others = [s for s in opened if mended.is_mended(s)], [s for s in opened if not mended.is_mended(s)]
    found = parts(home, others, wish, stores=shops.stores_visible(viewer=viewer)) if others else []
    receipts = mended.load(home, viewer, corrected, dry_run=dry_run) if corrected else []
    load = _try if dry_run else _load
    return receipts + [load(job, part) for part in found]


def _try(job: Job, part: Part) -> Receipt:
    """The receipt of a dry run: everything is read and checked, nothing is written."""
    began = monotonic()
    facts: dict[str, dict[str, int]] = {}
    with _said(job, part) as said:
        receipt = reading.receipt_of(job.name, part, said.whole, period=_period(job, part))
        for batch in said.batches():
            for one in batch:
                stated = facts.setdefault(one.table, {"stated": 0})
                stated["stated"] += one.rows.num_rows
    return replace(receipt, dry_run=True, state="tried", facts=facts, elapsed=monotonic() - began)


def _load(job: Job, part: Part) -> Receipt:
    key: dict[str, Any] = {
        "content_hash": job.content,
        "member": part.sheet.member,
        "sheet": part.sheet.sheet,
        "store": part.store.id,
        "profile": part.profile.id,
        "profile_digest": reading.profile_digest(part.profile),
        "period": _period(job, part),
    }
    with lock.claim(job.home, *key.values(), waiting=lambda: job.tell("wait")):
        claim = feeds.import_claim(
            **key,
            file_name=job.name,
            file_size=job.path.stat().st_size,
            store_column=part.store_column,
            moment=job.moment,
        )
        stop_point("import.claimed")
        if claim.done is not None:
            return claim.done
        try:
            with failures.explained():
                return _load_claimed(job, part, claim.id, key["period"])
        except GoldloopError as error:
            feeds.import_refuse(id=claim.id, error=failures.as_stored(error))
            drop_kept(job.home, job.content)
            raise


def _load_claimed(job: Job, part: Part, id: int, period: str) -> Receipt:
    began = monotonic()
    # a format that is learned is used for the files of every store
    learns = profiles.is_new(job.home.profiles, part.profile) and shops.sees_whole_group(viewer=job.viewer)
    job.tell("keep")
    with lock.kept_files(job.home):
        job.vault.tidy()
        job.vault.keep(job.path, job.content)
    reading.profile_keep(job.home, part.profile)
    stop_point("import.kept")
    sheet = same_rows.Noted(part.sheet)
    finishing = _Finishing(job, replace(part, sheet=sheet), id, period, learns, began)
    rests_on = _rests_on(job, part)
    receipt = _say_again(finishing, sheet, rests_on) if rests_on and not learns else None
    if receipt is not None:
        return receipt
    with _said(job, finishing.part) as said:
        stop_point("import.normalised")
        with writing(job.home, waiting=lambda: job.tell("wait")) as work:
            job.tell("load")
            # Raises `source_missing` where somebody whom the file names was forgotten since it was read.
            rows = remembered.rows_to_keep(said.whole.issues, job.vault.seal_of(job.content))
            replaced = feeds.import_replaces(id=id)
            state, tally = _load_batches(work, without(work, replaced), id, said, job.home.key("identity"))
            receipt = tally.on(reading.receipt_of(job.name, part, said.whole, period=period))
            receipt = finishing.publish(work, receipt, state.versions, rows, replaced)
    if rests_on:
        same_rows.remember(job.home, rests_on, sheet, receipt, said.whole, job.content)
    if learns:
        profiles.keep(job.home.profiles, part.profile)
    return receipt


@dataclass(frozen=True, slots=True)
class _Finishing:
    """What is known of an import before it is read, and its last step."""

    job: Job
    part: Part
    id: int
    period: str
    learns: bool
    began: float

    def publish(
        self,
        work: Writing,
        receipt: Receipt,
        versions: Mapping[str, int],
        rows: Sequence[RowToKeep],
        replaced: Sequence[int],
    ) -> Receipt:
        """Make the import visible; its receipt, complete."""
        notes = [*receipt.notes, *receipt_notes.of_history(receipt, self.part, replaced, learns=self.learns)]
        elapsed = monotonic() - self.began
        receipt = replace(receipt, id=self.id, notes=notes, started_at=self.job.moment, elapsed=elapsed)
        stop_point("import.before_receipt")
        feeds.import_finish(
            receipt=receipt,
            base=work.base,
            versions=work.versions(versions),
            settings=work.settings,
            rows=rows,
            moment=datetime.now(UTC),
            replaced=replaced,
        )
        stop_point("import.after_receipt")
        return receipt


def _rests_on(job: Job, part: Part) -> same_rows.Reading | None:
    wish = job.wish
    return same_rows.reading_of(part, file_name=job.name, moment=job.moment, period=wish.period, currency=wish.currency)


def _say_again(finishing: _Finishing, sheet: same_rows.Noted, rests_on: same_rows.Reading) -> Receipt | None:
    """Load a part with the very rows of an import as one that says the same again; None where it must be read for that."""
    job, part = finishing.job, finishing.part
    job.tell("read")
    among = same_rows.known(job.home, rests_on, sheet, job.moment)
    found = same_rows.earlier(sheet, part.recognition.header_row, among, any_order=rests_on.any_order)
    if found is None:
        return None
    earlier, place = found
    with writing(job.home, waiting=lambda: job.tell("wait")) as work:
        job.tell("load")
        job.vault.seal_of(job.content)  # raises `source_missing`, as below
        still = same_rows.is_loaded(earlier) and _rests_on(job, part) == rests_on
        if not still or feeds.import_replaces(id=finishing.id):
            return None
        moment = earlier.moment(rests_on.around)
        loaded = work.lake.repeat(work.snapshot, import_id=finishing.id, earlier=earlier.id, place=place, moment=moment)
        if loaded is None:
            return None
        said = earlier.said(part.profile, rests_on.around)
        receipt = earlier.repeated(reading.receipt_of(job.name, part, said, period=finishing.period))
        return finishing.publish(work, receipt, loaded.versions, [], [])


def _load_batches(work: Writing, state: Snapshot, id: int, said: Said, secret: bytes) -> tuple[Snapshot, fates.Tally]:
    """Load batch after batch on top of `state`; nobody sees any of it before the last state is published."""
    tally = fates.Tally(spread=said.spread)
    loaded_before: set[str] = set()
    for number, read in enumerate(said.batches()):
        batch = without_forgotten(read, secret)  # people may have been forgotten since it was read
        aside = loaded_before if said.whole_orders and number < len(said.kept) else ()
        loaded = work.lake.load(
            state, import_id=id, stores=work.stores, statements=batch, rules=work.rules, aside=aside
        )
        loaded_before |= loaded.only_new
        state = Snapshot(state.root, {**state.versions, **loaded.versions})
        tally.add(loaded)
    return state, tally


def _said(job: Job, part: Part) -> AbstractContextManager[Said]:
    job.tell("read")
    return said_by(
        job.home,
        part,
        file_name=job.name,
        secret=job.home.key("identity"),
        moment=job.moment,
        period=job.wish.period,
        currency=job.wish.currency,
        fixes=remembered.fixes(job.home, part.store.id),
    )


def _period(job: Job, part: Part) -> str:
    return reading.claimed_period(part, file_name=job.name, moment=job.moment, given=job.wish.period)


def drop_kept(home: Home, content: str) -> None:
    """Remove a kept file that no import rests on.

    Whoever claims this content keeps the file only after its claim stands, and under the same lock: either its claim is
    seen here, or it keeps the file again afterwards.
    """
    with lock.kept_files(home):
        if not feeds.source_needed(content_hash=content):
            Vault(home.sources, home.key("home")).drop(content)
