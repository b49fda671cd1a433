"""Imports mutated files one after the other into one home and says of each what became of it, as a line of JSON.

    python -m tests.fuzz.run HOME FIRST COUNT [WORD]

runs the cases FIRST .. FIRST + COUNT - 1; they go through the samples in turn (only those with WORD in their name). A
process of its own, because a test wants to see a hang from outside and how much memory was needed.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
import traceback
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goldloop import shop as shops
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.shop import Shop
from tests.fuzz.mutate import Case, Sample, case, sample_of

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
STORES = {"店": "CNY", "abroad": "USD"}
PERIOD = (date(2026, 10, 1), date(2026, 10, 31))
# What the lake refuses is a fault of ours: the rows should have been in quarantine before.
OURS = {
    "row_key_missing",
    "column_not_stated",
    "column_not_carried",
    "counts_disagree",
    "version_moved",
    "profile_invalid",
}


@dataclass(frozen=True)
class Way:
    """How a sample is imported as it stands, and whether every row of its grid is then read."""

    sample: Sample
    wish: dict[str, Any]
    whole: bool


def samples(word: str = "") -> list[Path]:
    """Every sample file there is; a new one takes part without being named."""
    return sorted(p for p in SAMPLES.iterdir() if p.suffix != ".json" or "MANIFEST" not in p.name if word in p.name)


def way_of(shop: Shop, path: Path) -> Way:
    """Try the store and period with which the sample itself can be read."""
    sample = sample_of(path)
    for store in STORES:
        for wish in ({"store": store}, {"store": store, "period": PERIOD}):
            try:
                receipts = shop.import_files([path], dry_run=True, **wish)
            except GoldloopError:
                continue
            rows = {
                name: sum(any(c.strip() for c in r) for r in grid[sample.headers[name] + 1 :])
                for name, grid in sample.sheets.items()
            }
            whole = path.suffix != ".json" and all(rows[r.sheet] == r.read for r in receipts)
            return Way(sample, wish, whole)
    return Way(sample, {"store": "店"}, False)


class Fault(Exception):
    """Something that must never happen."""


def run(shop: Shop, way: Way, one: Case, folder: Path) -> str:
    """Import one file; what came of it, in a word. Raises `Fault`, or whatever the import should not have raised."""
    path = folder / one.name
    path.write_bytes(one.content)
    before, known = state(shop), len(shop.imports())
    try:
        receipts = shop.import_files([path], **way.wish)
    except GoldloopError as error:
        check_error(error)
        if len(shop.imports()) == known and state(shop) != before:  # earlier sheets of the same file may be loaded
            raise Fault("a refused file changed the lake") from error
        return error.code
    finally:
        path.unlink()
    for receipt in receipts:
        check_receipt(shop, receipt)
        rows = None if one.rows is None or not way.whole else one.rows.get(receipt.sheet)
        if rows is not None and receipt.read != rows:
            raise Fault(f"{rows} rows stand in the file, {receipt.read} were read")
    return "loaded"


def state(shop: Shop) -> tuple[object, ...]:
    """What a refused import must leave as it was: the named state of the lake, and the kept files."""
    kept = sorted(p.name for p in shop.home.sources.iterdir())
    return shop.snapshot().versions, kept


def check_error(error: GoldloopError) -> None:
    """An error is one of ours, tells what is wrong, and can be printed in both languages."""
    if isinstance(error, WorkFailed) or error.code in OURS:
        raise Fault(f"this is no fault of the file: {error.code}: {error}") from error
    json.dumps(error.as_dict(), default=str)
    if not all(Words(language).error(error).strip() for language in ("en", "zh")):
        raise Fault(f"no words for {error.code}")


def check_receipt(shop: Shop, receipt: Receipt) -> None:
    """Every row has one fate, and every quarantined one says where it stands, what is wrong and what to do."""
    json.dumps(receipt.as_dict(), default=str)
    if not receipt.closes or min(receipt.read, receipt.new or 0, receipt.quarantined) < 0:
        raise Fault(f"the receipt does not close: {receipt.as_dict()}")
    if receipt.repeated or not receipt.quarantined:
        return
    rows = shop.quarantine(states=(), import_id=receipt.id)
    if len({row.row for row in rows}) != receipt.quarantined:
        raise Fault(f"{receipt.quarantined} rows quarantined, {len(rows)} kept")
    for row in rows:
        for issue in row.issues or [{}]:
            placed = row.row >= 1 and (issue["column"] or issue["code"] == "row_unplaced")
            if not (placed and issue["text"] and issue["suggestion"]):
                raise Fault(f"a quarantined row does not explain itself: {row.row} {issue}")


def peak(*, reset: bool = False) -> int:
    """The most memory (MB) this process has used since the last reset."""
    if reset:  # without what the files before have left behind
        pa.default_memory_pool().release_unused()
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main(home: Path, first: int, count: int, word: str = "") -> None:
    """Run the cases and print a line for each."""
    shop = shops.open(home, create=True)
    for name, currency in STORES.items():
        shop.store_add(name, platform="other", currency=currency, timezone="Asia/Shanghai")
    folder = home / "files"
    folder.mkdir()
    ways = [way_of(shop, path) for path in samples(word)]
    for seed in range(first, first + count):
        way = ways[seed % len(ways)]
        one = case(way.sample, seed)
        said: dict[str, Any] = {"seed": seed, "sample": way.sample.path.name, "file": one.name, "done": one.done}
        print(json.dumps(said, ensure_ascii=False), flush=True)  # before it starts, so that a hang has a name
        peak(reset=True)
        began = time.monotonic()
        try:
            said["outcome"] = run(shop, way, one, folder)
        except Exception as error:
            said |= {"fault": f"{type(error).__name__}: {error}"[:2000], "trace": traceback.format_exc()[-3000:]}
        # the bytes of the file are held here as well, by the one who made it
        said |= {
            "seconds": round(time.monotonic() - began, 2),
            "memory": peak() - len(one.content) // 2**20,
            "rows": one.rows,
        }
        print(json.dumps(said, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
