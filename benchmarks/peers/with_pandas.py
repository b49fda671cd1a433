"""The 15 reports in pandas, as somebody at home in it writes them; for sizes that fit into memory.

python with_pandas.py FILES.json FOLDER [GRAIN,...]

Only the columns that are needed are read; keys are factorised once, purchase days tell who is new once for all reports,
lines are added up by order and cut once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from periods import BANDS, CUTS, FIRST, GRAINS, LAST, NEW_AFTER, asked_grains, buckets, figures, run

COUNTS = ["orders", "gmv", "refunded", "identified_gmv", "buyers", "new_buyers", "new_gmv"]
LONG_AGO = np.datetime64("1900-01-01", "s")
RATIOS = {
    "buyer_value": ("identified_gmv", "buyers"),
    "order_value": ("gmv", "orders"),
    "refund_rate": ("refunded", "gmv"),
}


def work(files: dict[str, list[str]], folder: Path) -> None:
    """All reports into Parquet files of a folder."""
    stores = read(files["stores"], ["id", "name"]).set_index("id")["name"]
    paid = sales(files["orders"])
    kinds = {name: paid for name in ("whole", "store", "channel")}
    for cut in ("category", "price_band"):
        kinds[cut] = goods(files, paid, cut)
    seen = visits(files["visits"])
    for grain in asked_grains():
        for cut in CUTS:
            found = report(kinds[cut], seen, stores, grain, cut)
            found.to_parquet(folder / f"{grain}_{cut}.parquet", index=False)


def read(paths: list[str], columns: list[str], filters: list[tuple[str, str, object]] | None = None) -> pd.DataFrame:
    """Some columns of files, one under the other; days as times."""
    found = pd.read_parquet(paths, columns=columns, filters=filters, partitioning=None)
    return found.astype({name: "datetime64[s]" for name in columns if name == "day"})


def start(day: pd.Series, grain: str) -> pd.Series:
    """First day of the bucket that holds each day."""
    if grain == "day":
        return day
    if grain == "week":
        return day - pd.to_timedelta(day.dt.day_of_week, unit="D").astype("timedelta64[s]")
    return day.to_numpy().astype("datetime64[M]").astype("datetime64[s]")


def sales(paths: list[str]) -> pd.DataFrame:
    """Paid orders with integers for keys, and whether their buyer is new in each grain."""
    asked = [("counts", "==", True), ("day", ">=", FIRST), ("day", "<=", LAST)]
    paid = read(paths, ["store", "order_id", "day", "channel", "gmv", "refunded", "buyer_key"], asked)
    paid["buyer"] = pd.factorize(paid.pop("buyer_key"))[0]  # -1: unknown
    paid["order_id"], paid["channel"] = paid["order_id"].astype("int64"), paid["channel"].astype("category")
    for keys, name in ((["buyer"], "new"), (["buyer", "store"], "store_new")):
        paid = paid.merge(newness(paid, keys, name), on=[*keys, "day"], how="left")
    news = [f"{name}_{g}" for name in ("new", "store_new") for g in GRAINS]
    paid[news] = paid[news].fillna(False).astype(bool)
    for grain in GRAINS:
        paid[grain] = start(paid["day"], grain)
    return paid


def newness(paid: pd.DataFrame, keys: list[str], name: str) -> pd.DataFrame:
    """A row for each purchase day of these keys, and whether its bucket of each grain is one of a new buyer."""
    days = paid.loc[paid["buyer"] >= 0, [*keys, "day"]].drop_duplicates().sort_values([*keys, "day"], ignore_index=True)
    same = np.logical_and.reduce([days[key] == days[key].shift() for key in keys])
    before = days["day"].shift().where(same, LONG_AGO)
    for grain in GRAINS:
        begins = pd.Series(start(days["day"], grain))
        new = before < begins - np.timedelta64(NEW_AFTER, "D")
        first = np.flatnonzero(before < begins)  # what holds on the bucket's first day holds on all of its days
        days[f"{name}_{grain}"] = np.repeat(new.to_numpy()[first], np.diff(np.r_[first, len(days)]))
    return days


def goods(files: dict[str, list[str]], paid: pd.DataFrame, cut: str) -> pd.DataFrame:
    """Paid orders once for each value of a cut of their lines, with what these lines come to."""
    needed = ["order_id", "gmv", "refunded", *(["store", "product_id"] if cut == "category" else ["quantity"])]
    lines = read(files["order_lines"], needed, [("counts", "==", True)])
    lines["order_id"] = lines["order_id"].astype("int64")
    if cut == "category":
        products = read(files["products"], ["store", "item_kind", "item_id", "category"])
        products = products[products["item_kind"] == "product"].rename(columns={"item_id": "product_id"})
        lines = lines.merge(products[["store", "product_id", "category"]], on=["store", "product_id"], how="left")
        lines["category"] = lines["category"].astype("category")
    else:
        unit, labels = lines["gmv"] // lines["quantity"], [label for _, label in BANDS]
        lines["price_band"] = pd.cut(unit, [*(low * 100 for low, _ in BANDS), np.inf], right=False, labels=labels)
    sold = (
        lines.groupby(["order_id", cut], dropna=False, observed=True, sort=False)[["gmv", "refunded"]]
        .sum()
        .reset_index()
    )
    kept = ["order_id", "buyer", *GRAINS, *(f"new_{g}" for g in GRAINS)]
    return sold.merge(paid[kept], on="order_id")


def visits(paths: list[str]) -> pd.DataFrame:
    """Visits with integers for keys."""
    seen = read(paths, ["store", "day", "visitor_key"], [("day", ">=", FIRST), ("day", "<=", LAST)])
    seen["face"] = pd.factorize(seen.pop("visitor_key"))[0]
    for grain in GRAINS:
        seen[grain] = start(seen["day"], grain)
    return seen


def distinct(rows: pd.DataFrame, keys: list[str], who: str) -> pd.Series:
    """How many different people each cell has."""
    return rows[[*keys, who]].drop_duplicates().groupby(keys, dropna=False, observed=True).size()


def report(paid: pd.DataFrame, seen: pd.DataFrame, stores: pd.Series, grain: str, cut: str) -> pd.DataFrame:
    """One report: every figure of every bucket and value, the bucket before and the same one last year."""
    keys = [grain] if cut == "whole" else [grain, cut]
    by = {"dropna": False, "observed": True}
    new = f"store_new_{grain}" if cut == "store" else f"new_{grain}"
    sums = paid.groupby(keys, **by).agg(orders=("gmv", "size"), gmv=("gmv", "sum"), refunded=("refunded", "sum"))
    known = paid[paid["buyer"] >= 0]
    fresh = known[known[new]]
    sums["identified_gmv"], sums["new_gmv"] = (
        known.groupby(keys, **by)["gmv"].sum(),
        fresh.groupby(keys, **by)["gmv"].sum(),
    )
    sums["buyers"], sums["new_buyers"] = distinct(known, keys, "buyer"), distinct(fresh, keys, "buyer")
    asked = pd.DataFrame(buckets(grain), columns=["bucket", "before", "last_year"]).astype("datetime64[s]")
    sums = sums.reset_index().rename(columns={grain: "bucket", cut: "value"})
    if cut == "whole":
        sums["value"], cells = None, asked.assign(value=None)
    elif cut == "store":
        cells = asked.merge(pd.DataFrame({"value": stores.index}), how="cross")
    else:
        cells = asked.merge(sums[["bucket", "value"]], on="bucket")
    spots = [cells[[side, "value"]].rename(columns={side: "bucket"}) for side in ("bucket", "before", "last_year")]
    every = pd.concat(spots).dropna(subset="bucket").drop_duplicates().merge(sums, on=["bucket", "value"], how="left")
    every[COUNTS] = every[COUNTS].fillna(0).astype("int64")
    if cut in ("whole", "store"):
        visitors = (
            distinct(seen, keys, "face")
            .rename("visitors")
            .reset_index()
            .rename(columns={grain: "bucket", cut: "value"})
        )
        every = every.merge(visitors.assign(value=visitors.get("value")), on=["bucket", "value"], how="left")
        every["conversion"] = every["buyers"] / every["visitors"]
    every = formulas(every)[["bucket", "value", *figures(cut)]]
    found = cells.merge(every, on=["bucket", "value"])
    for side in ("before", "last_year"):
        then = every.rename(columns={"bucket": side, **{name: f"{name}_{side}" for name in figures(cut)}})
        found = found.merge(then, on=[side, "value"], how="left")
    if cut == "store":
        found["value"] = found["value"].map(stores)
    found["bucket"] = found["bucket"].dt.date
    return found.drop(columns=["before", "last_year"]).astype({"value": "str"})


def formulas(every: pd.DataFrame) -> pd.DataFrame:
    """Every figure from the counts; what would divide by nothing is nothing."""
    for name, (over, under) in RATIOS.items():
        every[name] = every[over] / every[under].where(every[under] != 0)
    every["repeat_buyers"] = every["buyers"] - every["new_buyers"]
    every["repeat_gmv"], every["net"] = every["identified_gmv"] - every["new_gmv"], every["gmv"] - every["refunded"]
    return every


if __name__ == "__main__":
    run(work)
