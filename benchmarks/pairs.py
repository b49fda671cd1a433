"""Pairs of goods in one order by goldloop, and the same orders as baskets for its peers.

python -m benchmarks.pairs HOME BASKETS.parquet LEAST      prints {"seconds", "pairs"} as peers/with_pairs.py does
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks.reports.world import FIRST, LAST


def main(home: str, baskets: str, least: str) -> None:
    """Write the baskets, then ask for all pairs of them; its SQL is compiled before."""
    import duckdb

    import goldloop

    shop = goldloop.open(home)
    lines = duckdb.connect().read_parquet(shop.snapshot().files("facts/order_lines"), hive_partitioning=False)
    asked = f"counts AND day BETWEEN DATE '{FIRST}' AND DATE '{LAST}'"
    lines.filter(asked).select("order_id::BIGINT AS order_no, product_id").distinct().write_parquet(baskets)
    days = (LAST - FIRST).days + 1
    shop.members_pairs(day=LAST, window=1, least=10_000)
    started = time.process_time()
    found = shop.members_pairs(day=LAST, window=days, least=int(least), limit=10**9)
    spent = time.process_time() - started
    pairs = [(*sorted((row["first"], row["second"])), row["times"]) for row in found.rows()]
    print(json.dumps({"seconds": spent, "pairs": sorted(pairs)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
