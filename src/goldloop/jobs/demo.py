"""The demo: a simulated shop group, written as export files and imported through the ordinary door."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from goldloop import home as homes
from goldloop import simulate
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import Statements
from goldloop.home import Home
from goldloop.jobs.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.apps.feeds.api import Receipt

SIZES = ("small", "medium", "large")
LARGE_LINES = 20_000_000
MARK = "demo.json"  # stands in a demo's home folder: what it is, and that it may be emptied


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made: where, the stores, one receipt per import, and the last full month to look at."""

    home: str
    size: str
    seed: int
    last_day: date
    stores: list[str]
    receipts: list[Receipt] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def read(self) -> int:
        """Rows read from all files."""
        return sum(receipt.read for receipt in self.receipts)

    @property
    def first_day(self) -> date:
        """First day of the last full month."""
        return self.last_day.replace(day=1)

    def as_dict(self) -> dict[str, Any]:
        """The answer of `goldloop demo --json`."""
        return {
            "home": self.home,
            "size": self.size,
            "seed": self.seed,
            "stores": self.stores,
            "last_full_month": {"first": self.first_day.isoformat(), "last": self.last_day.isoformat()},
            "read": self.read,
            "elapsed": round(self.elapsed, 1),
            "receipts": [receipt.as_dict() for receipt in self.receipts],
        }


def demo(
    folder: str | Path | None,
    *,
    size: str,
    seed: int,
    reset: bool = False,
    last_day: date | None = None,
    progress: Progress | None = None,
) -> Demo:
    """Make the demo in a home folder of its own; a second time it only takes in what is missing.

    26 months that end with `last_day` (default: the last day of the month before today). Raises `size_unknown`,
    `demo_home_used` when the home holds anything else than this demo, and what an import raises.
    """
    began, tell = monotonic(), progress or silent
    if size not in SIZES:
        raise GoldloopError(
            "size_unknown", f"There is no demo size '{size}'.", given=size, allowed=list(SIZES), size=size
        )
    if reset:
        _empty(homes.locate(folder))
    home = homes.create(folder)
    day = last_day or _recorded_day(home) or date.today().replace(day=1) - timedelta(days=1)
    _mark(home, {"size": size, "seed": seed, "last_day": day.isoformat()})
    load = _load_large if size == "large" else _load_files
    stores, receipts = load(home, size, seed, day, tell)
    _mark(home, {"size": size, "seed": seed, "last_day": day.isoformat()}, stores)
    return Demo(str(home.root), size, seed, day, stores, receipts, monotonic() - began)


def _load_files(home: Home, size: str, seed: int, day: date, tell: Progress) -> tuple[list[str], list[Receipt]]:
    from goldloop.apps.shops import api as shops
    from goldloop.jobs.import_file import import_file

    tell("simulate", size)
    made = simulate.write_group(home.root / "demo-files", size=size, seed=seed, last_day=day)  # type: ignore[arg-type]
    _add_stores(home, made.stores)
    owner = shops.owner_viewer()
    receipts = [
        receipt
        for file in made.files
        for receipt in import_file(home, owner, file.path, store=file.store, period=file.period, progress=tell)
    ]
    return [store.name for store in made.stores], receipts


def _load_large(home: Home, size: str, seed: int, day: date, tell: Progress) -> tuple[list[str], list[Receipt]]:
    """Straight into the lake, a part of a month at a time; parts that are there already are left alone."""
    specs = [
        simulate.StoreSpec(f"Large {number}", "tmall", "CNY", "Asia/Shanghai", 0, date(2020, 1, 1))
        for number in range(1, 5)
    ]
    ids = _add_stores(home, specs)
    receipts = []
    parts = simulate.large_statements(seed=seed, lines=LARGE_LINES, last_day=day, stores=len(specs))
    for number, tables in enumerate(parts, 1):
        tell("load", f"{size} {number}")
        receipts.append(_load_part(home, f"simulated-{seed}-{day}-{number}", specs[0].name, ids, tables))
    return [spec.name for spec in specs], receipts


def _load_part(home: Home, name: str, store: str, ids: Mapping[int, int], tables: Mapping[str, pa.Table]) -> Receipt:
    from goldloop.apps.feeds import api as feeds
    from goldloop.jobs import fates
    from goldloop.jobs.writing import writing

    moment = datetime.now(UTC)
    claim = feeds.import_claim(
        content_hash=hashlib.sha256(name.encode()).hexdigest(),
        member="",
        sheet="",
        store=ids[1],
        profile="simulated",
        period="",
        file_name=name,
        file_size=0,
        moment=moment,
    )
    if claim.done is not None:
        return claim.done
    statements = [
        Statements(table, _numbered(rows, ids, place), frozenset(rows.column_names) - {"_row", "_moment"})
        for place, (table, rows) in enumerate(tables.items())
    ]
    with writing(home) as work:
        loaded = work.lake.load(
            work.snapshot, import_id=claim.id, stores=work.stores, statements=statements, rules=work.rules
        )
        tally = fates.Tally()
        tally.add(loaded)
        receipt = feeds.Receipt(
            id=claim.id, file=name, member="", sheet="", store=store, profile="simulated", confidence=1.0, period="",
            read=loaded.fates.num_rows, new=0, updated=0, unchanged=0, quarantined=0, started_at=moment,
            notes=[{"code": "simulated_group", "text": "Holds rows of all stores of the demo.", "params": {}}],
        )  # fmt: skip
        return feeds.import_finish(
            receipt=tally.on(replace(receipt, elapsed=(datetime.now(UTC) - moment).total_seconds())),
            base=work.base,
            versions=work.versions(loaded.versions),
            settings=work.settings,
            rows=[],
            moment=datetime.now(UTC),
        )


def _numbered(rows: pa.Table, ids: Mapping[int, int], place: int) -> pa.Table:
    """The rows under the ids of their stores, their numbers apart from those of the part's other tables."""
    import pyarrow as pa
    import pyarrow.compute as pc

    stores = pc.index_in(rows["store"], value_set=pa.array(list(ids), pa.int64()))
    rows = rows.set_column(
        rows.column_names.index("store"), "store", pa.array(list(ids.values()), pa.int64()).take(stores)
    )
    numbers = pc.add(rows["_row"], pa.scalar(place * 10_000_000, pa.int64()))
    return rows.set_column(rows.column_names.index("_row"), "_row", numbers)


def _add_stores(home: Home, specs: Any) -> dict[int, int]:
    """Add the stores that are not there yet; number in the simulation -> id."""
    from goldloop.apps.shops import api as shops
    from goldloop.jobs import settings_change

    known = {store.name: store.id for store in shops.store_list()}
    for spec in specs:
        if spec.name not in known:
            store = settings_change.store_add(
                home,
                name=spec.name,
                platform=spec.platform,
                currency=spec.currency,
                timezone=spec.timezone,
                day_starts=spec.day_starts,
                opened_on=spec.opened_on,
                identity_limit=0.95,
            )
            known[store.name] = store.id
    return {number: known[spec.name] for number, spec in enumerate(specs, 1)}


def _mark(home: Home, made: dict[str, Any], stores: Sequence[str] = ()) -> None:
    """Say that this home is the demo's, and which stores are; refuse one that holds something else."""
    from goldloop.apps.shops import api as shops

    path = home.root / MARK
    before = json.loads(path.read_text("utf-8")) if path.exists() else None
    known = before.pop("stores", []) if before is not None else []
    if (before is None and shops.store_list()) or (before is not None and before != made):
        raise GoldloopError(
            "demo_home_used",
            "This home folder holds something else; the demo needs one of its own.",
            given=before or str(home.root),
            allowed=made,
            todo="goldloop demo --home DIR" if before is None else "goldloop demo --reset",
        )
    path.write_text(json.dumps({**made, "stores": list(stores) or known}, ensure_ascii=False) + "\n", "utf-8")


def _recorded_day(home: Home) -> date | None:
    path = home.root / MARK
    return date.fromisoformat(json.loads(path.read_text("utf-8"))["last_day"]) if path.exists() else None


def _empty(home: Home) -> None:
    """Remove a demo's home folder; one without the mark of a demo is refused."""
    if not home.root.exists() or not any(home.root.iterdir()):
        return
    inside = home.lake.is_relative_to(home.root) and Path(home.database["NAME"]).is_relative_to(home.root)
    if not (home.root / MARK).exists() or not inside:
        raise GoldloopError(
            "demo_not_here",
            "This home folder is not a demo's, so it is not emptied.",
            given=str(home.root),
            todo="goldloop demo --home DIR",
        )
    from django.db import connection

    homes.connect(home)
    connection.close()
    shutil.rmtree(home.root)
