"""What is counted ahead, brought up to date after a day's new orders, and made anew.

python -m benchmarks.reports.refresh HOME      prints {"seconds", "bare", "orders"} as JSON; HOME changes, so take a copy

The new orders are the newest ones told again under other numbers: one for 400 lines of the lake.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.reports.world import LAST

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop import Shop

LINES_PER_NEW_ORDER = 400
MOMENT = f"TIMESTAMP '{LAST} 23:59:59'"


def new_rows(shop: Shop) -> dict[str, pa.Table]:
    """New orders and their lines, as an import states them."""
    import duckdb

    from goldloop.lake.schema import TABLES

    db, found = duckdb.connect(), {}
    for name in ("orders", "order_lines"):
        db.read_parquet(shop.snapshot().files(f"facts/{name}"), hive_partitioning=False).create_view(name)
    count = f"(SELECT count(*) // {LINES_PER_NEW_ORDER} FROM order_lines)"
    db.execute(f"CREATE TABLE new AS SELECT store, order_id FROM orders ORDER BY placed_at DESC LIMIT {count}")
    for name in ("orders", "order_lines"):
        renamed = "('9' || order_id) AS order_id" + (", ('9' || line_key) AS line_key" if name == "order_lines" else "")
        stated = ", ".join(f'"{c.name}"' for c in TABLES[name].stated if c.name != "told_by")
        found[name] = db.execute(
            f"SELECT {stated}, row_number() OVER () AS _row, {MOMENT} AS _moment "
            f"FROM (SELECT * REPLACE ({renamed}) FROM {name} SEMI JOIN new USING (store, order_id))"
        ).to_arrow_table()
    return found


def load(shop: Shop) -> int:
    """Load the new orders and publish them; how many there are."""
    from goldloop.apps.feeds import api as feeds
    from goldloop.core.statements import Statements
    from goldloop.jobs.writing import writing

    told = [
        Statements(name, rows, frozenset(rows.column_names) - {"_row", "_moment"})
        for name, rows in new_rows(shop).items()
    ]
    with writing(shop.home) as state:
        loaded = state.lake.load(state.snapshot, import_id=2, stores=state.stores, statements=told, rules=state.rules)
        feeds.version_add(
            base=state.base,
            versions=loaded.versions,
            settings=state.settings,
            moment=datetime.now(UTC),
            reason="loaded",
        )
    return loaded.tables["orders"].new


def main(home: str) -> None:
    """Make, load, bring up to date; then drop and make again."""
    import goldloop

    shop = goldloop.open(home)
    shop.lake_rollups()
    orders = load(shop)
    started = time.process_time()
    shop.lake_rollups()
    updated = time.process_time()
    shop.lake_rollups(drop=True)
    dropped = time.process_time()
    shop.lake_rollups()
    print(json.dumps({"seconds": updated - started, "bare": time.process_time() - dropped, "orders": orders}))


if __name__ == "__main__":
    main(sys.argv[1])
