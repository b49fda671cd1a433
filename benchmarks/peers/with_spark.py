"""The 15 reports in Spark's SQL on one machine, as somebody at home in it writes them.

python with_spark.py FILES.json FOLDER [GRAIN,...]

What all reports read is cached once: paid orders with whether their buyer is new, their lines by cut, visits with the one
before; then every report is one grouping, and its comparisons are two joins with itself. Keys stay text, as numbering them
would bring all rows to one task.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from periods import BANDS, CUTS, FIRST, GRAINS, LAST, NEW_AFTER, asked_grains, buckets, figures, run
from pyspark import SparkContext
from pyspark.sql import SparkSession

STARTS = {
    "day": "day",
    "week": "CAST(date_trunc('week', day) AS DATE)",
    "month": "CAST(date_trunc('month', day) AS DATE)",
}
LONG_AGO = "DATE '1900-01-01'"
FORMULAS = {
    "conversion": "try_divide(buyers, visitors)", "buyer_value": "try_divide(identified_gmv, buyers)",
    "order_value": "try_divide(gmv, orders)", "repeat_buyers": "buyers - new_buyers",
    "repeat_gmv": "identified_gmv - new_gmv", "refund_rate": "try_divide(refunded, gmv)", "net": "gmv - refunded",
}  # fmt: skip
COUNTS = ("orders", "gmv", "refunded", "identified_gmv", "buyers", "new_buyers", "new_gmv")
SETTINGS = {
    "spark.driver.memory": "6g", "spark.sql.shuffle.partitions": "8", "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false", "spark.sql.autoBroadcastJoinThreshold": "64m",
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
}  # fmt: skip


def work(files: dict[str, list[str]], folder: Path) -> None:
    """All reports into Parquet files of a folder."""
    builder = SparkSession.builder.master("local[2]").appName("reports")
    for name, value in {**SETTINGS, "spark.local.dir": str(folder / "spill")}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for table, paths in files.items():
        spark.read.parquet(*paths).createOrReplaceTempView(table)
    sales(spark)
    for cut in ("category", "price_band"):
        goods(spark, cut)
    visits(spark)
    for grain in asked_grains():
        rows = ", ".join(f"({', '.join('NULL' if d is None else repr(str(d)) for d in row)})" for row in buckets(grain))
        keep(
            spark,
            "buckets",
            "SELECT CAST(bucket AS DATE) AS bucket, CAST(before AS DATE) AS before, CAST(last_year AS DATE) AS last_year "
            f"FROM VALUES {rows} AS v(bucket, before, last_year)",
        )
        for cut in CUTS:
            report(spark, grain, cut, str(folder / f"{grain}_{cut}.parquet"))
    stop(spark)


def stop(spark: SparkSession) -> None:
    """End the Java process and wait for it, so that what it cost counts."""
    java: subprocess.Popen[bytes] = SparkContext._gateway.proc  # type: ignore[union-attr]
    spark.stop()
    SparkContext._gateway.shutdown()  # type: ignore[union-attr]
    java.stdin.close()  # type: ignore[union-attr]
    java.wait()


def keep(spark: SparkSession, name: str, sql: str) -> None:
    """A table that is made when it is first read and kept for all that read it later."""
    spark.catalog.dropTempView(name)
    spark.sql(sql).cache().createOrReplaceTempView(name)


def sales(spark: SparkSession) -> None:
    """Paid orders, and whether their buyer is new in each grain."""
    keep(
        spark,
        "paid",
        "SELECT store, order_id, day, channel, gmv, refunded, buyer_key AS buyer "
        f"FROM orders WHERE counts AND day BETWEEN DATE '{FIRST}' AND DATE '{LAST}'",
    )
    newness(spark, "news", "buyer")
    newness(spark, "store_news", "buyer, store")
    flags = ", ".join(f"n.new_{g}, s.new_{g} AS store_new_{g}" for g in GRAINS)
    keep(
        spark,
        "sales",
        f"""SELECT p.*, {flags} FROM paid p LEFT JOIN news n ON n.buyer = p.buyer AND n.day = p.day
        LEFT JOIN store_news s ON s.buyer = p.buyer AND s.store = p.store AND s.day = p.day""",
    )


def newness(spark: SparkSession, table: str, keys: str) -> None:
    """A row for each purchase day of these keys, and whether its bucket of each grain is one of a new buyer."""
    news = ", ".join(
        f"min(before) OVER (PARTITION BY {keys}, {STARTS[g]}) < date_sub({STARTS[g]}, {NEW_AFTER}) AS new_{g}"
        if g != "day"
        else f"before < date_sub(day, {NEW_AFTER}) AS new_day"
        for g in GRAINS
    )
    spark.sql(f"""
        SELECT {keys}, day, {news} FROM (
            SELECT {keys}, day, lag(day, 1, {LONG_AGO}) OVER (PARTITION BY {keys} ORDER BY day) AS before
            FROM (SELECT DISTINCT {keys}, day FROM paid WHERE buyer IS NOT NULL))""").createOrReplaceTempView(table)


def goods(spark: SparkSession, cut: str) -> None:
    """Paid orders once for each value of a cut of their lines, with what these lines come to."""
    news = ", ".join(f"new_{g}" for g in GRAINS)
    bands = " ".join(f"WHEN l.gmv >= {low * 100} * quantity THEN '{label}'" for low, label in reversed(BANDS))
    value = {"category": "category", "price_band": f"CASE {bands} END"}[cut]
    source = "order_lines l"
    if cut == "category":
        source += """ LEFT JOIN (SELECT store AS of, item_id, category FROM products WHERE item_kind = 'product') p
            ON p.of = l.store AND p.item_id = l.product_id"""
    keep(
        spark,
        f"sales_{cut}",
        f"""SELECT day, buyer, {news}, {cut}, g.gmv, g.refunded FROM (
            SELECT l.store, l.order_id, {value} AS {cut}, sum(l.gmv) AS gmv, sum(l.refunded) AS refunded
            FROM {source} WHERE l.counts GROUP BY ALL) g
        JOIN sales USING (store, order_id)""",
    )


def visits(spark: SparkSession) -> None:
    """Visits with the day of the visitor's visit before, to any store and to this one: her first in a bucket counts her."""
    keep(
        spark,
        "seen",
        f"""SELECT store, day,
            lag(day, 1, {LONG_AGO}) OVER (PARTITION BY visitor_key ORDER BY day) AS before,
            lag(day, 1, {LONG_AGO}) OVER (PARTITION BY visitor_key, store ORDER BY day) AS store_before
        FROM visits WHERE day BETWEEN DATE '{FIRST}' AND DATE '{LAST}'""",
    )


def report(spark: SparkSession, grain: str, cut: str, file: str) -> None:
    """One report: every figure of every bucket and value, the bucket before and the same one last year."""
    start, shop = STARTS[grain], cut in ("whole", "store")
    value = "CAST(NULL AS STRING)" if cut == "whole" else cut
    source = f"sales_{cut}" if cut in ("category", "price_band") else "sales"
    new, before = (f"store_new_{grain}", "store_before") if cut == "store" else (f"new_{grain}", "before")
    keep(
        spark,
        "sums",
        f"""SELECT {start} AS bucket, {value} AS value, count(*) AS orders, sum(gmv) AS gmv, sum(refunded) AS refunded,
            sum(gmv) FILTER (WHERE buyer IS NOT NULL) AS identified_gmv, count(DISTINCT buyer) AS buyers,
            count(DISTINCT buyer) FILTER (WHERE {new}) AS new_buyers, sum(gmv) FILTER (WHERE {new}) AS new_gmv
        FROM {source} GROUP BY 1, 2""",
    )
    cells = (
        "SELECT bucket, value FROM sums"
        if not shop
        else f"SELECT bucket, value FROM buckets CROSS JOIN (SELECT DISTINCT {value} AS value FROM sales)"
    )
    spark.sql(f"SELECT * FROM ({cells}) JOIN buckets USING (bucket)").createOrReplaceTempView("cells")
    filled = ", ".join(f"coalesce({c}, 0) AS {c}" for c in COUNTS)
    visited = f"SELECT {start} AS bucket, {value} AS value, count(*) AS visitors FROM seen WHERE {before} < {start} GROUP BY 1, 2"
    joined = f"LEFT JOIN ({visited}) v ON v.bucket = c.spot AND v.value <=> c.value" if shop else ""
    columns = ", ".join(f"{FORMULAS[f]} AS {f}" if f in FORMULAS else f for f in figures(cut))
    keep(
        spark,
        "figures",
        f"""SELECT spot, value, {columns} FROM (
            SELECT c.spot, c.value, {filled}{", visitors" if shop else ""}
            FROM (SELECT bucket AS spot, value FROM cells UNION SELECT before, value FROM cells UNION SELECT last_year, value FROM cells) c
            LEFT JOIN sums s ON s.bucket = c.spot AND s.value <=> c.value {joined}
            WHERE spot IS NOT NULL)""",
    )
    name = "(SELECT max(name) FROM stores WHERE id = c.value)" if cut == "store" else "c.value"
    sides = {"": "n", "_before": "b", "_last_year": "y"}
    chosen = ", ".join(f"{side}.{f} AS {f}{suffix}" for suffix, side in sides.items() for f in figures(cut))
    spark.sql(f"""
        SELECT c.bucket, {name} AS value, {chosen} FROM cells c
            JOIN figures n ON n.spot = c.bucket AND n.value <=> c.value
            LEFT JOIN figures b ON b.spot = c.before AND b.value <=> c.value
            LEFT JOIN figures y ON y.spot = c.last_year AND y.value <=> c.value""").coalesce(1).write.parquet(file)


if __name__ == "__main__":
    run(work)
