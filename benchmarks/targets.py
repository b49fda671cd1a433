"""Plans measured inside one process. Prints one JSON object of CPU seconds after import.

    python benchmarks/targets.py HOME          makes a group of 20 stores there, where there is none

`year`: a year's plan of 20 stores made, its shapes learned from 26 months of platform rows and orders, spread over every day
and kept. `days`: its days of every store told again. `solve`: the plan of a month without any data.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

FIRST, DAYS, STORES, ORDERS = date(2024, 9, 1), 791, 20, 10
JUNE: dict[str, Any] = {"gmv": 2400000, "buyer_value": 90, "new_buyers": 16000, "blended_cac": 55, "ad_budget": 800000}


def cpu(job: Callable[[], Any]) -> float:
    """CPU seconds of a call, in all threads."""
    began = time.process_time()
    job()
    return time.process_time() - began


def store_days() -> Iterator[list[Any]]:
    """Platform rows with weekdays, growth and noise."""
    for store in range(STORES):
        rng = np.random.default_rng(store)
        for n in range(DAYS):
            day, level = FIRST + timedelta(days=n), 1.1 ** (n / 365) * (1.05 if n % 7 > 4 else 0.98)
            visitors = int(20000 * level * np.exp(rng.normal(0, 0.1)))
            buyers = int(visitors * 0.03 * np.exp(rng.normal(0, 0.05)))
            gmv = f"{buyers * 90 * np.exp(rng.normal(0, 0.05)):.2f}"
            yield [f"Shop {store}", day, day, "shop_day", "CNY", visitors, gmv, buyers, buyers]


def orders() -> Iterator[list[Any]]:
    """A few orders a day, as those of an export that does not hold all of them."""
    for store in range(STORES):
        for n in range(DAYS):
            day = FIRST + timedelta(days=n)
            for k in range(ORDERS):
                at, buyer = f"{day} 12:{k:02d}:00", f"b{(n * 7 + k * 131) % 4000}"
                yield [f"Shop {store}", f"{store}-{n}-{k}", at, at, "paid", "CNY", "90.00", "90.00", 1, buyer]


def made(home: Path) -> None:
    """The group, through the ordinary import."""
    import goldloop

    shop = goldloop.open(home, create=True)
    for store in range(STORES):
        shop.store_add(f"Shop {store}", platform="tmall")
    heads = {
        "store_day": "store,first_day,last_day,report,currency,visitors,gmv,buyers,orders",
        "orders": "store,order_id,placed_at,paid_at,status,currency,goods_amount,user_paid,quantity,buyer",
    }
    for name, rows in (("store_day", store_days()), ("orders", orders())):
        file = home / f"{name}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([heads[name].split(","), *rows])
        new = sum(receipt.new or 0 for receipt in shop.import_files([file]))
        if new != STORES * DAYS * (ORDERS if name == "orders" else 1):
            raise SystemExit(f"{name}: {new} rows")


def measured(home: Path) -> dict[str, float]:
    """Each job once, everything loaded by a small one before."""
    import goldloop

    shop = goldloop.open(home)
    shop.day_weights(store="Shop 0", first=date(2026, 11, 1), last=date(2026, 11, 2))
    plans: list[Any] = []
    year = cpu(lambda: plans.append(shop.plan_new("2027", {"gmv": "2000000000"}, period="2027")))
    days = cpu(lambda: shop.plan_split(plans[0].id, by_store=True))
    return {"year": year, "days": days, "solve": cpu(lambda: goldloop.plan_solve(**JUNE))}


if __name__ == "__main__":
    home = Path(sys.argv[1])
    if not (home / "lake").exists():
        made(home)
    print(json.dumps(measured(home)))
