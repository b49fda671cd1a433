"""Exact buyers of ranges of days by goldloop, and by count(distinct) over the same files; one process, CPU time of each.

python -m benchmarks.reports.ranges HOME        prints median seconds of ours and of DuckDB, whole and by store, as JSON
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from benchmarks.reports.world import FIRST, LAST

RANGES, SEED = 7, 5
CUTS = {"group": (), "store": ("store",)}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What a piece of work gives and its CPU seconds, all threads together."""
    started = time.process_time()
    return work(), time.process_time() - started


def main(home: str) -> None:
    """Ask both for the same ranges; raises where they differ."""
    import duckdb

    import goldloop

    shop = goldloop.open(home)
    stores, days = {store.id: store.name for store in shop.stores()}, (LAST - FIRST).days
    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.read_parquet(shop.snapshot().files("facts/orders"), hive_partitioning=False).create_view("orders")
    rng, spent = np.random.default_rng(SEED), {}
    for name, by in CUTS.items():
        key = "store" if by else "0"
        count = f"SELECT {key}, count(DISTINCT buyer_key) FROM orders WHERE counts AND day BETWEEN ? AND ? GROUP BY 1"
        shop.figures(("buyers",), first=FIRST, last=FIRST, by=by)  # opens what every later question finds open
        ours, bare = [], []
        for _ in range(RANGES):
            first, last = (FIRST + timedelta(days=int(day)) for day in np.sort(rng.integers(0, days, 2)))
            answer, took = timed(partial(shop.figures, ("buyers",), first=first, last=last, by=by))
            found, theirs = timed(partial(db.execute, count, [first, last]))
            told = dict(zip(answer.columns["store"] if by else [None], answer.columns["buyers"], strict=True))
            if any(told[stores.get(store) if by else None] != buyers for store, buyers in found.fetchall()):
                raise SystemExit(f"buyers of {first}..{last} by {name} differ")
            ours.append(took)
            bare.append(theirs)
        spent[name] = {"seconds": median(ours), "bare": median(bare)}
    print(json.dumps(spent))


if __name__ == "__main__":
    main(sys.argv[1])
