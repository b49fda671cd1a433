"""Changed orders loaded into the lake, and the same rows put into the touched month partitions by DuckDB; one of them a run.

python -m benchmarks.reports.upsert HOME goldloop|duckdb FOLDER      prints {"seconds", "orders"} as JSON

The newest orders say once more what they said, with the moment at which they ended: about one in nine of all. What is
written is never named by a version and is taken away again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.reports.world import LAST

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop import Shop

DAYS = 90  # whose orders change
SINCE = f"placed_at >= TIMESTAMP '{LAST - timedelta(days=DAYS - 1)}'"


def changed(shop: Shop) -> pa.Table:
    """The changed orders, as an import states them."""
    import duckdb

    from goldloop.lake.schema import TABLES

    stated = ", ".join(f'"{c.name}"' for c in TABLES["orders"].stated if c.name not in ("told_by", "finished_at"))
    orders = duckdb.connect().read_parquet(shop.snapshot().files("facts/orders"), hive_partitioning=False)
    rows = orders.filter(SINCE).select(
        f"{stated}, placed_at + INTERVAL 30 DAY AS finished_at, row_number() OVER () AS _row, "
        f"TIMESTAMP '{LAST + timedelta(days=40)}' AS _moment"
    )
    return rows.to_arrow_table()


def by_goldloop(shop: Shop, rows: pa.Table, folder: Path) -> Callable[[], object]:
    """As an import loads them."""
    from goldloop.core.statements import Statements
    from goldloop.jobs.writing import writing

    told = Statements("orders", rows, frozenset(rows.column_names) - {"_row", "_moment"})

    def work() -> object:
        with writing(shop.home) as state:
            loaded = state.lake.load(
                state.snapshot, import_id=1, stores=state.stores, statements=[told], rules=state.rules
            )
            if loaded.tables["orders"].updated != rows.num_rows:
                raise SystemExit(f"{loaded.tables['orders']} of {rows.num_rows} changed orders")
            return loaded

    return work


def by_duckdb(shop: Shop, rows: pa.Table, folder: Path) -> Callable[[], object]:
    """The touched months written anew: what stays and what changed, in the order in which files of the lake are."""
    import duckdb

    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.register("changed", rows)
    files = [
        f for f in shop.snapshot().files("facts/orders") if f.split("month=")[1][:7] >= str(rows["placed_at"][0])[:7]
    ]
    months = sorted({f.split("month=")[1][:7] for f in files})
    db.read_parquet(files, hive_partitioning=True).create_view("held")

    def work() -> None:
        for month in months:
            db.execute(
                f"COPY (SELECT h.* REPLACE (coalesce(c.finished_at, h.finished_at) AS finished_at) FROM held h "
                f"LEFT JOIN changed c USING (store, order_id) WHERE h.month = '{month}' ORDER BY store, day, h.placed_at) "
                f"TO '{folder / month}.parquet' (COMPRESSION zstd)"
            )

    return work


def main(home: str, way: str, folder: str) -> None:
    """Do it once; what the lake has written goes again."""
    import goldloop

    shop = goldloop.open(home)
    from goldloop.jobs.writing import writing  # needs the open home

    rows = changed(shop)
    work = {"goldloop": by_goldloop, "duckdb": by_duckdb}[way](shop, rows, Path(folder))
    started = time.process_time()
    work()
    print(json.dumps({"seconds": time.process_time() - started, "orders": rows.num_rows}))
    with writing(shop.home) as state:
        state.lake.sweep(state.snapshot)


if __name__ == "__main__":
    main(*sys.argv[1:])
