"""Makes a home whose lake holds the simulated group: real Delta tables, written as the lake itself writes them.

python -m benchmarks.reports.make HOME LINES [--seed N]        prints rows and CPU seconds as JSON

Straight into the facts with their derived columns, as finishing would give them (`tests/benchmarks` checks that it changes
nothing): going through imports would take hours. What each import said (`seen`) is left out, so this lake can take imports
in, but cannot be rebuilt.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from benchmarks.reports import tables
from benchmarks.reports.world import FIRST, LAST, STORES, Scale, Visitors, sold

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.lake.work import Work

SEED = 8
DAY = 86_400


def make(home: Path, lines: int, seed: int = SEED) -> dict[str, int]:
    """Make the home; rows by table. Buyers are counted whatever part of the orders of a store and day carries one."""
    import goldloop
    from goldloop.lake.work import working

    shop = goldloop.open(home, create=True)
    from goldloop.apps.feeds import api as feeds  # needs the open home
    from goldloop.jobs.writing import writing

    for number in range(1, STORES + 1):
        shop.store_add(f"Store {number:02d}", platform="tmall", opened_on=FIRST, identity_limit=0.0)
    with writing(shop.home) as state:
        with working(state.snapshot, state.stores, ()) as work:
            rows = _write(work, Scale(seed, lines))
            versions = work.commit()
        feeds.version_add(
            base=state.base, versions=versions, settings=state.settings, moment=datetime.now(UTC), reason="simulated"
        )
    return rows


def _write(work: Work, scale: Scale) -> dict[str, int]:
    """All tables, a month at a time; rows by table."""
    days, every, visitors = scale.days, sold(scale), Visitors(scale)
    refunds: dict[str, list[pa.Table]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    _put(work, counts, "products", "unknown", tables.product_rows(scale.seed))
    for index, number in enumerate(np.unique(days.months).tolist()):
        label, inside = f"{number // 12:04d}-{number % 12 + 1:02d}", days.months == number
        ends = days.numbers[inside][[0, -1]] + [0, 1]
        at = every.within(*(ends * DAY).tolist())
        month = tables.month(scale, index, at.start, every.placed[at], every.buyer[at].astype(np.int64))
        _put(work, counts, "orders", label, tables.order_rows(month))
        _put(work, counts, "order_lines", label, tables.line_rows(month, scale.seed))
        for later, rows in _by_month(tables.refund_rows(month, scale.rng(5, index))):
            refunds[later].append(rows)
        _put(work, counts, "visits", label, tables.visit_rows(*visitors.month(index, inside), scale.rng(6, index)))
    for later in sorted(refunds):
        import pyarrow as pa

        _put(
            work,
            counts,
            "refunds",
            later,
            pa.concat_tables(refunds[later]).sort_by([("store", "ascending"), ("day", "ascending")]),
        )
    return dict(counts)


def _by_month(rows: pa.Table) -> list[tuple[str, pa.Table]]:
    """Rows by the month of their day."""
    import pyarrow.compute as pc

    months = pc.strftime(rows["day"], "%Y-%m")
    return [(month, rows.filter(pc.equal(months, month))) for month in pc.unique(months).to_pylist()]


def _put(work: Work, counts: dict[str, int], name: str, month: str, rows: pa.Table) -> None:
    """Write the rows of a table and month, cut into files as the lake does."""
    from goldloop.lake.arrow import facts_schema
    from goldloop.lake.place import ROWS_PER_FILE
    from goldloop.lake.schema import TABLES

    counts[name] += rows.num_rows
    work.edit(f"facts/{name}", facts_schema(TABLES[name]), "month")
    for start in range(0, rows.num_rows, ROWS_PER_FILE):
        work.write(f"facts/{name}", rows.slice(start, ROWS_PER_FILE), month)


def main() -> None:
    """Make one home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("lines", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    rows = make(asked.home, asked.lines, asked.seed)
    print(json.dumps({**rows, "cpu": round(time.process_time(), 1), "days": f"{FIRST}..{LAST}"}))


if __name__ == "__main__":
    main()
