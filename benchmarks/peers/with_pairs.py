"""Pairs of goods in one order by mlxtend or efficient-apriori, which take baskets as they stand in memory.

python with_pairs.py mlxtend|efficient ORDERS.parquet LEAST        prints CPU seconds and [good, good, orders] of each pair

ORDERS has the columns `order_no` and `product_id`, a row for every good of an order. Reading it is not counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module

import pandas as pd

Pairs = list[tuple[str, str, int]]


def mlxtend(rows: pd.DataFrame, least: int) -> Pairs:
    """By a sparse table of orders and goods, and FP-growth."""
    sparse = import_module("scipy.sparse")
    orders, order_names = pd.factorize(rows["order_no"])
    goods, names = pd.factorize(rows["product_id"])
    table = sparse.csr_matrix(([True] * len(rows), (orders, goods)), shape=(len(order_names), len(names)), dtype=bool)
    frame = pd.DataFrame.sparse.from_spmatrix(table, columns=list(names))
    grown = import_module("mlxtend.frequent_patterns").fpgrowth
    found = grown(frame, min_support=(least - 0.5) / len(order_names), use_colnames=True, max_len=2)
    counts = (found["support"] * len(order_names)).round().astype(int)
    return [(*sorted(goods), n) for goods, n in zip(found["itemsets"], counts, strict=True) if len(goods) == 2]


def efficient(rows: pd.DataFrame, least: int) -> Pairs:
    """By efficient-apriori, which takes tuples."""
    baskets = list(rows.groupby("order_no", sort=False)["product_id"].agg(tuple))
    itemsets_of = import_module("efficient_apriori").itemsets_from_transactions
    found, _ = itemsets_of(baskets, min_support=(least - 0.5) / len(baskets), max_length=2)
    return [(*sorted(goods), n) for goods, n in found.get(2, {}).items()]


if __name__ == "__main__":
    ways: dict[str, Callable[[pd.DataFrame, int], Pairs]] = {"mlxtend": mlxtend, "efficient": efficient}
    bought = pd.read_parquet(sys.argv[2])
    started = time.process_time()
    pairs = ways[sys.argv[1]](bought, int(sys.argv[3]))
    print(json.dumps({"seconds": time.process_time() - started, "pairs": sorted(pairs)}))
