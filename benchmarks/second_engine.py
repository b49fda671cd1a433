"""DuckDB and chDB on the same Parquet file of paid orders: exact distinct buyers and sums. See docs/decisions/0037.

python benchmarks/second_engine.py make|duckdb|chdb FILE [ORDERS]     (chdb: in an environment that has it)

Prints for each question the CPU seconds (median of 5, two threads) and a digest of the answer, then the peak memory in MiB.
"""

from __future__ import annotations

import hashlib
import resource
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from statistics import median
from typing import Any

QUESTIONS = {
    "distinct buyers of a year": "SELECT {distinct} FROM {orders} WHERE day BETWEEN '2024-01-01' AND '2024-12-31'",
    "the same by store": "SELECT store, {distinct} FROM {orders} WHERE day BETWEEN '2024-01-01' AND '2024-12-31'"
    " GROUP BY store ORDER BY store",
    "distinct buyers and gmv by month": "SELECT {month} AS m, {distinct}, sum(gmv) FROM {orders} GROUP BY m ORDER BY m",
    "gmv by month and store": "SELECT {month} AS m, store, sum(gmv), count(*) FROM {orders} GROUP BY m, store"
    " ORDER BY m, store",
}


def make(file: str, orders: int) -> None:
    """Orders of three years in 20 stores, with three buyers for eight orders."""
    import duckdb

    buyer = f"(hash(i * 13) % {orders * 3 // 8})::VARCHAR"
    duckdb.sql(
        f"COPY (SELECT (hash(i) % 20)::INT AS store, (DATE '2023-01-01' + (hash(i * 7) % 1095)::INT)::DATE AS day, "
        f"md5({buyer}) AS buyer_key, (hash(i * 3) % 50000)::BIGINT AS gmv FROM range({orders}) t(i) ORDER BY day) "
        f"TO '{file}' (FORMAT parquet)"
    )


def with_duckdb(file: str) -> Callable[[str], Sequence[Any]]:
    """Questions to DuckDB."""
    import duckdb

    words = {
        "orders": f"read_parquet('{file}')",
        "distinct": "count(DISTINCT buyer_key)",
        "month": "strftime(day, '%Y-%m')",
    }
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    return lambda question: [",".join(map(str, row)) for row in connection.execute(question.format(**words)).fetchall()]


def with_chdb(file: str) -> Callable[[str], Sequence[Any]]:
    """Questions to chDB."""
    chdb = import_module("chdb")

    words = {
        "orders": f"file('{file}', Parquet)",
        "distinct": "uniqExact(buyer_key)",
        "month": "formatDateTime(day, '%Y-%m')",
    }
    rest = " SETTINGS max_threads = 2"
    return lambda question: (
        chdb.query(question.format(**words) + rest, "CSV").data().replace('"', "").strip().split("\n")
    )


def used() -> float:
    """CPU seconds of this process so far."""
    found = resource.getrusage(resource.RUSAGE_SELF)
    return found.ru_utime + found.ru_stime


def main(kind: str, file: str, orders: int) -> None:
    """Run one part."""
    if kind == "make":
        make(file, orders)
        return
    ask = {"duckdb": with_duckdb, "chdb": with_chdb}[kind](file)
    for name, question in QUESTIONS.items():
        costs = []
        for _ in range(5):
            before = used()
            rows = ask(question)
            costs.append(used() - before)
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:8]
        print(f"{kind:8} {name:34} {median(costs):7.3f} s  {digest}")
    print(f"{kind:8} peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 8_000_000)
