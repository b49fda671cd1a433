"""The 15 reports in DuckDB's SQL, as somebody at home in it writes them.

python with_duckdb.py FILES.json FOLDER [GRAIN,...]

Keys become integers once, purchase days tell who is new once for all reports, lines are added up by order and cut once;
then every report is one grouping, and its comparisons are two joins with itself.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from periods import BANDS, CUTS, FIRST, GRAINS, LAST, NEW_AFTER, asked_grains, buckets, figures, run

STARTS = {"day": "day", "week": "date_trunc('week', day)::DATE", "month": "date_trunc('month', day)::DATE"}
LONG_AGO = "DATE '1900-01-01'"
FORMULAS = {
    "conversion": "buyers / visitors", "buyer_value": "identified_gmv / buyers", "order_value": "gmv / orders",
    "repeat_buyers": "buyers - new_buyers", "repeat_gmv": "identified_gmv - new_gmv", "refund_rate": "refunded / gmv",
    "net": "gmv - refunded",
}  # fmt: skip
COUNTS = ("orders", "gmv", "refunded", "identified_gmv", "buyers", "new_buyers", "new_gmv")


def work(files: dict[str, list[str]], folder: Path) -> None:
    """All reports into Parquet files of a folder."""
    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.execute("SET preserve_insertion_order = false")
    db.execute("SET memory_limit = '6GB'")
    db.execute(f"SET temp_directory = '{folder / 'spill'}'")
    for table, paths in files.items():
        db.read_parquet(paths, hive_partitioning=False).create_view(table)
    sales(db)
    for cut in ("category", "price_band"):
        goods(db, cut)
    visits(db)
    for grain in asked_grains():
        rows = ", ".join(f"({', '.join('NULL' if d is None else repr(str(d)) for d in row)})" for row in buckets(grain))
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE buckets AS SELECT bucket::DATE AS bucket, before::DATE AS before, "
            f"last_year::DATE AS last_year FROM (VALUES {rows}) v(bucket, before, last_year)"
        )
        for cut in CUTS:
            report(db, grain, cut, str(folder / f"{grain}_{cut}.parquet"))


def sales(db: duckdb.DuckDBPyConnection) -> None:
    """Paid orders with integers for keys, and whether their buyer is new in each grain."""
    db.execute(f"""
        CREATE TEMP TABLE paid AS
        SELECT store::TINYINT AS store, order_id::BIGINT AS order_no, day, channel, gmv, refunded, buyer_key
        FROM orders WHERE counts AND day BETWEEN '{FIRST}' AND '{LAST}'""")
    db.execute("""
        CREATE TEMP TABLE people AS SELECT buyer_key, (row_number() OVER ())::INTEGER AS buyer
        FROM (SELECT DISTINCT buyer_key FROM paid WHERE buyer_key IS NOT NULL)""")
    db.execute("""
        CREATE OR REPLACE TEMP TABLE paid AS
        SELECT paid.* EXCLUDE (buyer_key), buyer FROM paid LEFT JOIN people USING (buyer_key)""")
    newness(db, "news", "buyer")
    newness(db, "store_news", "buyer, store")
    flags = ", ".join(f"n.new_{g}, s.new_{g} AS store_new_{g}" for g in GRAINS)
    db.execute(f"""
        CREATE TEMP TABLE sales AS SELECT paid.*, {flags} FROM paid
        LEFT JOIN news n USING (buyer, day) LEFT JOIN store_news s USING (buyer, store, day)""")


def newness(db: duckdb.DuckDBPyConnection, table: str, keys: str) -> None:
    """A row for each purchase day of these keys, and whether its bucket of each grain is one of a new buyer."""
    news = ", ".join(
        f"min(before) OVER (PARTITION BY {keys}, {STARTS[g]}) < {STARTS[g]} - {NEW_AFTER} AS new_{g}"
        if g != "day"
        else f"before < day - {NEW_AFTER} AS new_day"
        for g in GRAINS
    )
    db.execute(f"""
        CREATE TEMP TABLE {table} AS SELECT {keys}, day, {news} FROM (
            SELECT {keys}, day, lag(day, 1, {LONG_AGO}) OVER (PARTITION BY {keys} ORDER BY day) AS before
            FROM (SELECT DISTINCT {keys}, day FROM paid WHERE buyer IS NOT NULL))""")


def goods(db: duckdb.DuckDBPyConnection, cut: str) -> None:
    """Paid orders once for each value of a cut of their lines, with what these lines come to."""
    news = ", ".join(f"new_{g}" for g in GRAINS)
    bands = " ".join(f"WHEN gmv >= {low * 100} * quantity THEN '{label}'" for low, label in reversed(BANDS))
    value = {"category": "category", "price_band": f"CASE {bands} END"}[cut]
    source = "order_lines l"
    if cut == "category":
        source += """ LEFT JOIN (SELECT store AS of, item_id, category FROM products WHERE item_kind = 'product') p
            ON p.of = l.store AND p.item_id = l.product_id"""
    db.execute(f"""
        CREATE TEMP TABLE sales_{cut} AS SELECT day, buyer, {news}, {cut}, g.gmv, g.refunded FROM (
            SELECT l.order_id::BIGINT AS order_no, {value} AS {cut}, sum(l.gmv) AS gmv, sum(l.refunded) AS refunded
            FROM {source} WHERE l.counts GROUP BY ALL) g
        JOIN sales USING (order_no)""")


def visits(db: duckdb.DuckDBPyConnection) -> None:
    """Visits with the day of the visitor's visit before, to any store and to this one: her first in a bucket counts her."""
    db.execute("""
        CREATE TEMP TABLE faces AS SELECT visitor_key, (row_number() OVER ())::INTEGER AS face
        FROM (SELECT DISTINCT visitor_key FROM visits)""")
    db.execute(f"""
        CREATE TEMP TABLE seen AS SELECT store, day,
            lag(day, 1, {LONG_AGO}) OVER (PARTITION BY face ORDER BY day) AS before,
            lag(day, 1, {LONG_AGO}) OVER (PARTITION BY face, store ORDER BY day) AS store_before
        FROM (SELECT store::TINYINT AS store, day, face FROM visits JOIN faces USING (visitor_key)
            WHERE day BETWEEN '{FIRST}' AND '{LAST}')""")


def report(db: duckdb.DuckDBPyConnection, grain: str, cut: str, file: str) -> None:
    """One report: every figure of every bucket and value, the bucket before and the same one last year."""
    start, shop = STARTS[grain], cut in ("whole", "store")
    value = "NULL::VARCHAR" if cut == "whole" else cut
    source = f"sales_{cut}" if cut in ("category", "price_band") else "sales"
    new, before = (f"store_new_{grain}", "store_before") if cut == "store" else (f"new_{grain}", "before")
    visited = f"SELECT {start} AS bucket, {value} AS value, count(*) AS visitors FROM seen WHERE {before} < {start} GROUP BY 1, 2"
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE sums AS
        SELECT {start} AS bucket, {value} AS value, count(*) AS orders, sum(gmv)::BIGINT AS gmv, sum(refunded)::BIGINT AS refunded,
            (sum(gmv) FILTER (buyer IS NOT NULL))::BIGINT AS identified_gmv, count(DISTINCT buyer) AS buyers,
            count(DISTINCT buyer) FILTER ({new}) AS new_buyers, (sum(gmv) FILTER ({new}))::BIGINT AS new_gmv
        FROM {source} GROUP BY 1, 2""")
    cells = (
        "SELECT bucket, value FROM sums"
        if not shop
        else f"SELECT bucket, value FROM buckets, (SELECT DISTINCT {value} AS value FROM sales)"
    )
    db.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT * FROM ({cells}) JOIN buckets USING (bucket)")
    filled = ", ".join(f"coalesce({c}, 0) AS {c}" for c in COUNTS)
    joined = f"LEFT JOIN ({visited}) v ON v.bucket = c.spot AND v.value IS NOT DISTINCT FROM c.value" if shop else ""
    columns = ", ".join(f"{FORMULAS[f]} AS {f}" if f in FORMULAS else f for f in figures(cut))
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE figures AS
        SELECT spot, value, {columns} FROM (
            SELECT c.spot, c.value, {filled}{", visitors" if shop else ""}
            FROM (SELECT bucket AS spot, value FROM cells UNION SELECT before, value FROM cells UNION SELECT last_year, value FROM cells) c
            LEFT JOIN sums s ON s.bucket = c.spot AND s.value IS NOT DISTINCT FROM c.value {joined}
            WHERE spot IS NOT NULL)""")
    name = "(SELECT name FROM stores WHERE id = c.value)" if cut == "store" else "c.value"
    sides = {"": "n", "_before": "b", "_last_year": "y"}
    chosen = ", ".join(f"{side}.{f} AS {f}{suffix}" for suffix, side in sides.items() for f in figures(cut))
    db.execute(f"""
        COPY (SELECT c.bucket, {name} AS value, {chosen} FROM cells c
            JOIN figures n ON n.spot = c.bucket AND n.value IS NOT DISTINCT FROM c.value
            LEFT JOIN figures b ON b.spot = c.before AND b.value IS NOT DISTINCT FROM c.value
            LEFT JOIN figures y ON y.spot = c.last_year AND y.value IS NOT DISTINCT FROM c.value) TO '{file}'""")


if __name__ == "__main__":
    run(work)
