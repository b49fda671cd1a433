"""The 15 reports in Polars, as somebody at home in it writes them.

python with_polars.py FILES.json FOLDER [GRAIN,...]

Lazy from the files on, by the streaming engine; keys become integers once, purchase days tell who is new once for all
reports, lines are added up by order and cut once.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "2"

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from periods import BANDS, CUTS, FIRST, GRAINS, LAST, NEW_AFTER, asked_grains, buckets, figures, run

EVERY = {"day": "1d", "week": "1w", "month": "1mo"}
COUNTS = ("orders", "gmv", "refunded", "identified_gmv", "buyers", "new_buyers", "new_gmv")


def work(files: dict[str, list[str]], folder: Path) -> None:
    """All reports into Parquet files of a folder."""
    tables = {name: pl.scan_parquet(paths, hive_partitioning=False) for name, paths in files.items()}
    stores = tables["stores"].select(store="id", name="name").collect()
    paid = sales(tables["orders"])
    kinds = {name: paid for name in ("whole", "store", "channel")}
    for cut in ("category", "price_band"):
        kinds[cut] = goods(tables, paid, cut)
    seen = visits(tables["visits"])
    for grain in asked_grains():
        for cut in CUTS:
            found = report(kinds[cut], seen, stores, grain, cut)
            found.write_parquet(folder / f"{grain}_{cut}.parquet")


def start(grain: str, day: str = "day") -> pl.Expr:
    """First day of the bucket that holds a day."""
    return pl.col(day) if grain == "day" else pl.col(day).dt.truncate(EVERY[grain])


def sales(orders: pl.LazyFrame) -> pl.DataFrame:
    """Paid orders with integers for keys, and whether their buyer is new in each grain."""
    paid = (
        orders.filter("counts", pl.col("day").is_between(FIRST, LAST))
        .select(
            pl.col("store").cast(pl.Int16), pl.col("order_id").cast(pl.Int64), "day", pl.col("channel").cast(pl.Categorical),
            "gmv", "refunded", buyer=pl.col("buyer_key").cast(pl.Categorical).to_physical(),
        )
        .collect(engine="streaming")
    )  # fmt: skip
    paid = paid.join(newness(paid, ["buyer"], "new"), on=["buyer", "day"], how="left")
    return paid.join(newness(paid, ["buyer", "store"], "store_new"), on=["buyer", "store", "day"], how="left")


def newness(paid: pl.DataFrame, keys: list[str], name: str) -> pl.DataFrame:
    """A row for each purchase day of these keys, and whether its bucket of each grain is one of a new buyer."""
    days = paid.lazy().filter(pl.col("buyer").is_not_null()).select(*keys, "day").unique().sort(*keys, "day")
    same = pl.all_horizontal(pl.col(key) == pl.col(key).shift() for key in keys)
    days = days.with_columns(before=pl.when(same).then(pl.col("day").shift()).otherwise(date(1900, 1, 1)))
    first = {grain: pl.col("before") < start(grain) for grain in GRAINS}
    new = {grain: pl.col("before") < start(grain) - timedelta(days=NEW_AFTER) for grain in GRAINS}
    flags = {f"{name}_{g}": pl.when(first[g]).then(new[g]).forward_fill() for g in GRAINS}  # of the bucket's first day
    return days.select(*keys, "day", **flags).collect()


def goods(tables: dict[str, pl.LazyFrame], paid: pl.DataFrame, cut: str) -> pl.DataFrame:
    """Paid orders once for each value of a cut of their lines, with what these lines come to."""
    lines = tables["order_lines"].filter("counts").with_columns(pl.col("order_id").cast(pl.Int64))
    if cut == "category":
        products = tables["products"].filter(pl.col("item_kind") == "product")
        products = products.select("store", pl.col("category").cast(pl.Categorical), product_id="item_id")
        lines = lines.join(products, on=["store", "product_id"], how="left")
    else:
        band = pl.lit(BANDS[0][1])
        for low, label in BANDS[1:]:
            band = pl.when(pl.col("gmv") >= low * 100 * pl.col("quantity")).then(pl.lit(label)).otherwise(band)
        lines = lines.with_columns(price_band=band.cast(pl.Categorical))
    sold = lines.group_by("order_id", cut).agg(pl.col("gmv").sum(), pl.col("refunded").sum())
    head = paid.lazy().select("order_id", "day", "buyer", *(f"new_{g}" for g in GRAINS))
    return sold.join(head, on="order_id").drop("order_id").collect(engine="streaming")


def visits(found: pl.LazyFrame) -> pl.DataFrame:
    """Visits with integers for keys."""
    found = found.filter(pl.col("day").is_between(FIRST, LAST))
    face = pl.col("visitor_key").cast(pl.Categorical).to_physical()
    return found.select(pl.col("store").cast(pl.Int16), "day", face=face).collect(engine="streaming")


def report(paid: pl.DataFrame, seen: pl.DataFrame, stores: pl.DataFrame, grain: str, cut: str) -> pl.DataFrame:
    """One report: every figure of every bucket and value, the bucket before and the same one last year."""
    value = pl.lit(None, pl.Int16) if cut == "whole" else pl.col(cut)
    new, known = pl.col(f"store_new_{grain}" if cut == "store" else f"new_{grain}"), pl.col("buyer").is_not_null()
    sums = (
        paid.lazy()
        .with_columns(bucket=start(grain), value=value)
        .group_by("bucket", "value")
        .agg(
            pl.len().cast(pl.Int64).alias("orders"), pl.col("gmv").sum(), pl.col("refunded").sum(),
            identified_gmv=pl.col("gmv").filter(known).sum(), buyers=pl.col("buyer").drop_nulls().n_unique().cast(pl.Int64),
            new_buyers=pl.col("buyer").filter(new).n_unique().cast(pl.Int64), new_gmv=pl.col("gmv").filter(new).sum(),
        )
    )  # fmt: skip
    asked = pl.LazyFrame(buckets(grain), schema={n: pl.Date for n in ("bucket", "before", "last_year")}, orient="row")
    if cut in ("whole", "store"):
        visitors = (
            seen.lazy()
            .group_by(bucket=start(grain), value=value)
            .agg(visitors=pl.col("face").n_unique().cast(pl.Int64))
        )
        values = (
            stores.lazy().select(value="store")
            if cut == "store"
            else pl.LazyFrame({"value": [None]}, schema={"value": pl.Int16})
        )
        cells = asked.join(values, how="cross")
    else:
        visitors, cells = None, asked.join(sums.select("bucket", "value"), on="bucket")
    cells, sums = cells.collect().lazy(), sums.collect(engine="streaming").lazy()
    spots = [cells.select(pl.col(side).alias("bucket"), "value") for side in ("bucket", "before", "last_year")]
    every = (
        pl.concat(spots).drop_nulls("bucket").unique().join(sums, on=["bucket", "value"], how="left", nulls_equal=True)
    )
    every = every.with_columns(pl.col(*COUNTS).fill_null(0))
    if visitors is not None:
        every = every.join(visitors, on=["bucket", "value"], how="left", nulls_equal=True)
    every = formulas(every, cut).collect().lazy()
    found = cells.join(every, on=["bucket", "value"], nulls_equal=True)
    for side in ("before", "last_year"):
        then = every.rename({name: f"{name}_{side}" for name in figures(cut)})
        found = found.join(then, left_on=[side, "value"], right_on=["bucket", "value"], how="left", nulls_equal=True)
    if cut == "store":
        found = found.join(stores.lazy(), left_on="value", right_on="store").with_columns(value="name").drop("name")
    return found.drop("before", "last_year").with_columns(pl.col("value").cast(pl.String)).collect()


def per(over: str, under: str) -> pl.Expr:
    """One over the other; nothing where that is 0."""
    return pl.when(pl.col(under) != 0).then(pl.col(over) / pl.col(under))


def formulas(counts: pl.LazyFrame, cut: str) -> pl.LazyFrame:
    """Every figure from the counts."""
    col = pl.col
    every = counts.with_columns(
        buyer_value=per("identified_gmv", "buyers"), order_value=per("gmv", "orders"), refund_rate=per("refunded", "gmv"),
        repeat_buyers=col("buyers") - col("new_buyers"), repeat_gmv=col("identified_gmv") - col("new_gmv"),
        net=col("gmv") - col("refunded"),
    )  # fmt: skip
    if cut in ("whole", "store"):
        every = every.with_columns(conversion=per("buyers", "visitors"))
    return every.select("bucket", "value", *figures(cut))


if __name__ == "__main__":
    run(work)
