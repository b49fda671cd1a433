"""Load one file: claim, keep, read, load, and one database row that makes all of it visible at once.

A kill anywhere before that row leaves nothing to be seen: the claim is taken over, the kept file is found again, and the
next writer puts the lake's tables back to the versions which the database names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Receipt
from goldloop.connectors.normalise import Normalised
from goldloop.connectors.readers import content_hash
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import fates, lock, reading, remembered
from goldloop.jobs.progress import Progress, silent
from goldloop.jobs.recognised import Part, Wish, parts
from goldloop.jobs.stops import stop_point
from goldloop.jobs.vault import Vault
from goldloop.jobs.writing import writing


def reuse_memory() -> None:
    """Let Arrow keep what it frees for the next step of an import, instead of handing it back page by page."""
    import pyarrow as pa

    if "jemalloc" in pa.supported_memory_backends():
        pa.jemalloc_set_decay_ms(10_000)
        pa.set_memory_pool(pa.jemalloc_memory_pool())


@dataclass(frozen=True, slots=True)
class Job:
    """One file on its way in: where it is, what its bytes are, when it came, what was said about it, who is told."""

    home: Home
    path: Path
    content: str
    moment: datetime
    wish: Wish
    progress: Progress

    def tell(self, stage: str) -> None:
        """Say which stage begins."""
        self.progress(stage, self.path.name)

    @property
    def vault(self) -> Vault:
        """Where the file is kept."""
        return Vault(self.home.sources, self.home.key("home"))


def import_file(
    home: Home,
    path: Path,
    *,
    store: str | None = None,
    store_from: str | None = None,
    profile: str | None = None,
    period: tuple[date, date] | None = None,
    currency: str | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> list[Receipt]:
    """Load a file; one receipt per sheet and store, in the order of the file.

    Django runs on `home`. Raises what the readers, the recognition and the normalisation raise; whatever is raised,
    nothing of the sheet concerned is loaded. The same content again gives the first receipt, marked as repeated.
    """
    progress("hash", path.name)
    reuse_memory()
    wish = Wish(store, store_from, profile, period, currency.upper() if currency else None)
    job = Job(home, path, content_hash(path), datetime.now(UTC), wish, progress)
    load = _try if dry_run else _load
    return [load(job, part) for part in parts(home, path, wish)]


def _try(job: Job, part: Part) -> Receipt:
    """The receipt of a dry run: everything is read and checked, nothing is written."""
    began = monotonic()
    said = _read(job, part)
    receipt = reading.receipt_of(job.path.name, part, said, period=_period(job, part))
    facts = {one.table: {"stated": 0} for one in said.statements}
    for one in said.statements:
        facts[one.table]["stated"] += one.rows.num_rows
    return replace(receipt, dry_run=True, state="tried", facts=facts, elapsed=monotonic() - began)


def _load(job: Job, part: Part) -> Receipt:
    key: dict[str, Any] = {
        "content_hash": job.content,
        "member": part.sheet.member,
        "sheet": part.sheet.sheet,
        "store": part.store.id,
        "profile": part.profile.id,
        "period": _period(job, part),
    }
    with lock.claim(job.home, *key.values(), waiting=lambda: job.tell("wait")):
        claim = feeds.import_claim(
            **key,
            file_name=job.path.name,
            file_size=job.path.stat().st_size,
            store_column=job.wish.store_from or "",
            moment=job.moment,
        )
        stop_point("claimed")
        if claim.done is not None:
            return claim.done
        try:
            return _load_claimed(job, part, claim.id, key["period"])
        except GoldloopError as error:
            feeds.import_refuse(id=claim.id, error=error.as_dict())
            drop_kept(job.home, job.content)
            raise


def _load_claimed(job: Job, part: Part, id: int, period: str) -> Receipt:
    began = monotonic()
    job.tell("keep")
    with lock.kept_files(job.home):
        job.vault.tidy()
        job.vault.keep(job.path, job.content)
    reading.profile_keep(job.home, part.profile)
    stop_point("kept")
    said = _read(job, part)
    rows = remembered.rows_to_keep(said.issues, job.vault.seal_of(job.content)) if said.issues else []
    stop_point("normalised")
    with writing(job.home, waiting=lambda: job.tell("wait")) as work:
        job.tell("load")
        loaded = work.lake.load(
            work.snapshot,
            import_id=id,
            stores=work.stores,
            statements=said.statements,
            rules=work.rules,
        )
        receipt = fates.counted(reading.receipt_of(job.path.name, part, said, period=period), loaded)
        receipt = replace(receipt, id=id, started_at=job.moment, elapsed=monotonic() - began)
        stop_point("before_receipt")
        feeds.import_finish(
            receipt=receipt,
            base=work.base,
            versions=work.versions(loaded.versions),
            settings=work.settings,
            rows=rows,
            moment=datetime.now(UTC),
        )
        stop_point("after_receipt")
    return receipt


def _read(job: Job, part: Part) -> Normalised:
    job.tell("read")
    return reading.read(
        part,
        file_name=job.path.name,
        secret=job.home.key("identity"),
        moment=job.moment,
        period=job.wish.period,
        currency=job.wish.currency,
        fixes=remembered.fixes(job.home),
    )


def _period(job: Job, part: Part) -> str:
    return reading.claimed_period(part, file_name=job.path.name, moment=job.moment, given=job.wish.period)


def drop_kept(home: Home, content: str) -> None:
    """Remove a kept file that no import rests on.

    Whoever claims this content keeps the file only after its claim stands, and under the same lock: either its claim is
    seen here, or it keeps the file again afterwards.
    """
    with lock.kept_files(home):
        if not feeds.source_needed(content_hash=content):
            Vault(home.sources, home.key("home")).drop(content)
