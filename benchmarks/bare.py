"""The same work with the bare engine and nothing else: what our times are compared with.

python benchmarks/bare.py copy FOLDER FILE...       pyarrow reads Parquet files and writes them again
python benchmarks/bare.py months FILES.json         DuckDB: the monthly figures, written by hand; prints its seconds
python benchmarks/bare.py parse FOLDER FILE         pyarrow parses a CSV file and writes Parquet; prints its seconds
python benchmarks/bare.py cells FILE                calamine reads every cell of a workbook; prints its seconds
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MONTHS = """
with sales as (
    select date_trunc('month', day) as month, order_id, buyer_key, gmv, units from read_parquet($orders) where counts
), first_months as (
    select buyer_key, min(month) as first_month from sales where buyer_key is not null group by all
), by_month as (
    select month, count(*) as orders, sum(gmv) as gmv, sum(units) as units, count(distinct buyer_key) as buyers,
        count(distinct buyer_key) filter (month = first_month) as new_buyers,
        coalesce(sum(gmv) filter (month = first_month), 0) as new_gmv,
        coalesce(sum(gmv) filter (month > first_month), 0) as repeat_gmv,
        coalesce(sum(gmv) filter (buyer_key is null), 0) as unidentified_gmv
    from sales left join first_months using (buyer_key) group by month
), went_back as (
    select date_trunc('month', day) as month, sum(amount) as refunds from read_parquet($refunds) where day is not null group by all
), formula as (
    select *, gmv / orders as order_value, (gmv - unidentified_gmv) / buyers as buyer_value, gmv - refunds as cash_net
    from by_month left join went_back using (month)
)
select now.*, before.* exclude (month), now.gmv - before.gmv as gmv_change, now.gmv / before.gmv - 1 as gmv_change_rate
from formula as now left join formula as before on before.month = now.month - interval 1 year order by now.month
"""


def copy(folder: str, *files: str) -> None:
    """Read every file and write it again as Parquet."""
    import pyarrow.parquet as pq

    for file in files:
        pq.write_table(pq.read_table(file), Path(folder) / Path(file).name)


def months(listing: str) -> None:
    """The monthly golden formula of the sales in a version's files, with the same months a year before."""
    import duckdb

    files = json.loads(Path(listing).read_text("utf-8"))
    started = time.perf_counter()
    with duckdb.connect() as engine:
        rows = engine.execute(MONTHS, files).fetchall()
    print(
        json.dumps({"seconds": time.perf_counter() - started, "rows": len(rows), "gmv": sum(int(r[2]) for r in rows)})
    )


def parse(folder: str, file: str) -> None:
    """Parse a CSV file and write it as Parquet, compressed as the lake is."""
    import pyarrow.csv as pcsv
    import pyarrow.parquet as pq

    with measured():
        pq.write_table(pcsv.read_csv(file), Path(folder) / "parsed.parquet", compression="zstd")


def cells(file: str) -> None:
    """Read every cell of a workbook's first sheet."""
    import python_calamine as calamine

    with measured():
        for _ in calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).iter_rows():
            pass


@contextmanager
def measured() -> Iterator[None]:
    """Print what the block took, in seconds."""
    began, started = time.process_time(), time.perf_counter()
    yield
    print(json.dumps({"cpu": time.process_time() - began, "wall": time.perf_counter() - started}))


if __name__ == "__main__":
    {"copy": copy, "months": months, "parse": parse, "cells": cells}[sys.argv[1]](*sys.argv[2:])
