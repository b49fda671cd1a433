"""The 15 reports by goldloop, through its public Python API, written as the peers write theirs.

python -m benchmarks.reports.ours HOME FOLDER [GRAIN,...]       prints {"cpu", "wall", "memory", "built"} as JSON

What can be counted ahead is counted ahead first, where it is not there yet; `built` are the CPU seconds until then.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers.periods import CUTS, FIRST, FIRST_MONDAY, GRAINS, LAST, LAST_SUNDAY, figures

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop import Shop

SIDES = (("_before", "previous"), ("_last_year", "last-year"))


def main(home: str, folder: str, grains: str = ",".join(GRAINS)) -> None:
    """All reports into Parquet files of a folder."""
    import pyarrow.parquet as pq

    import goldloop

    started = time.perf_counter()
    shop = goldloop.open(home)
    shop.lake_rollups()  # does nothing where all is up to date
    built = time.process_time()
    for grain in grains.split(","):
        for cut in CUTS:
            pq.write_table(report(shop, grain, cut), Path(folder) / f"{grain}_{cut}.parquet")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - started, "memory": used.ru_maxrss / 1024,
        "built": built,
    }))  # fmt: skip


def report(shop: Shop, grain: str, cut: str) -> pa.Table:
    """One report with both comparisons: the first days of buckets, values of the cut, and the figures in minor units."""
    import pyarrow as pa

    names = figures(cut)
    first, last = (FIRST_MONDAY, LAST_SUNDAY) if grain == "week" else (FIRST, LAST)
    by = [grain] if cut == "whole" else [grain, cut]
    columns: dict[str, pa.Array] = {}
    for suffix, compare in SIDES:
        answer = shop.figures(names, first=first, last=last, by=by, compare=compare)
        rows = answer.columns
        keys = pa.table({
            "bucket": pa.array([_first_day(label) for label in rows[grain]], pa.date32()),
            "value": pa.array([None] * len(answer) if cut == "whole" else rows[cut], pa.string()),
        })  # fmt: skip
        held = pa.table({
            **{name: _numbers(rows[name], name) for name in names},
            **{name + suffix: _numbers(rows[f"{name}__compared"], name) for name in names},
        })  # fmt: skip
        side = pa.Table.from_arrays([*keys.columns, *held.columns], names=[*keys.column_names, *held.column_names])
        if cut not in ("whole", "store"):  # rows that stand for the compared side only
            import pyarrow.compute as pc

            side = side.filter(pc.greater(side["orders"], 0))
        side = side.sort_by([("bucket", "ascending"), ("value", "ascending")])
        columns |= {name: side[name] for name in side.column_names if name not in columns}
    return pa.table(columns)


def _numbers(values: list[object], name: str) -> pa.Array:
    """Money and counts as integers, all others as floats."""
    import pyarrow as pa

    if name in ("conversion", "refund_rate", "buyer_value", "order_value"):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]
    return pa.array(values, pa.int64())


def _first_day(label: str) -> date:
    """First day of a bucket: 2023-01-02, 2023-W01 or 2023-01."""
    if "W" in label:
        year, week = label.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(label if len(label) == 10 else f"{label}-01")


if __name__ == "__main__":
    main(*sys.argv[1:])
