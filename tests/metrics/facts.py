"""Fact tables made by hand or by dice, as a version of the lake that figures can read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from goldloop.lake.schema import TABLES
from goldloop.metrics.types import SQL_TYPES

KINDS = {
    "text": pa.string(), "int": pa.int64(), "money": pa.int64(), "price": pa.decimal128(18, 6), "rate": pa.float64(),
    "time": pa.timestamp("us"), "date": pa.date32(), "bool": pa.bool_(), "float": pa.float64(),
}  # fmt: skip
START = date(2024, 1, 1)


class Facts:
    """A stand-in for a lake snapshot: one Parquet file per table, from rows given as dicts."""

    def __init__(self, folder: Path, tables: dict[str, list[dict]]) -> None:
        self.root, self.versions, self.folder = str(folder), {}, folder
        connection = duckdb.connect()
        for name, rows in tables.items():
            columns = TABLES[name].columns
            kinds = ", ".join(f'"{c.name}" {SQL_TYPES[c.type]}' for c in columns)
            connection.execute(f"CREATE TABLE {name} ({kinds})")
            if rows:
                given = pa.table({c.name: pa.array([row.get(c.name) for row in rows], KINDS[c.type]) for c in columns})
                connection.register("given", given)
                connection.execute(f"INSERT INTO {name} SELECT * FROM given")
            connection.execute(f"COPY {name} TO '{folder / name}.parquet'")

    def files(self, name: str) -> list[str]:
        path = self.folder / f"{name.split('/')[1]}.parquet"
        return [str(path)] if path.exists() else []

    def addresses(self, name: str) -> list[str]:
        return self.files(name)

    parts = addresses  # whether there are any

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A plain connection with a view per table, for check queries."""
        found = duckdb.connect()
        for name, table in TABLES.items():
            files = self.files(f"facts/{name}")
            if files:
                found.execute(f"CREATE VIEW {name} AS SELECT * FROM '{files[0]}'")
            else:
                kinds = ", ".join(f'"{c.name}" {SQL_TYPES[c.type]}' for c in table.columns)
                found.execute(f"CREATE TABLE {name} ({kinds})")
        return found


def order(store: int, number: str, day: date, gmv: int, *, buyer: str | None = None, counts: bool = True, **more) -> dict:
    """One order with the columns that finishing would derive."""
    moment = datetime(day.year, day.month, day.day, more.pop("hour", 12))
    found = {
        "store": store, "order_id": number, "placed_at": moment, "counted_at": moment if counts else None,
        "paid_at": moment if counts else None, "currency": "CNY", "buyer_key": buyer, "day": day if counts else None,
        "placed_day": day, "hour": moment.hour if counts else None, "counts": counts, "gmv_all": gmv if counts else 0,
        "gmv": gmv if counts else 0, "line_count": 0, "units": 1 if counts else 0, "refunded": 0,
        "refunded_basis": "stated", "ordered_amount": gmv, "user_paid": gmv, "user_paid_first": gmv,
        "list_value": gmv, "postage": 0, "platform_discount": 0, "merchant_discount": 0,
    }  # fmt: skip
    return {**found, **more}


def dice(seed: int, *, days: int = 500, orders: int = 1500) -> dict[str, list[dict]]:
    """A random group of three stores (1 and 2 in CNY, 3 in USD) with every feed; store 2 knows few buyers and counts what they paid."""
    rng = np.random.default_rng(seed)
    tables: dict[str, list[dict]] = {n: [] for n in ("orders", "order_lines", "refunds", "store_day", "traffic", "ads", "ad_sales", "costs", "products", "product_attributes")}
    for n in range(orders):
        store = int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))
        day = START + timedelta(days=int(rng.integers(0, days)))
        known = rng.random() < (0.3 if store == 2 else 0.98)
        paid = rng.random() < 0.9
        gmv = int(rng.integers(0, 60_000))
        _add_order(tables, rng, store, f"{store}-{n}", day, gmv, f"b{rng.integers(0, 150)}" if known else None, paid)
    for store in (1, 2, 3):
        for n in range(days):
            _add_day(tables, rng, store, START + timedelta(days=n))
        tables["costs"] += [
            {"store": store, "kind": kind, "cost_id": "", "first_day": START + timedelta(days=30 * m), "last_day": START + timedelta(days=30 * m + 29),
             "currency": "USD" if store == 3 else "CNY", "amount": int(rng.integers(0, 100_000))}
            for m in range(days // 30) for kind in ("labour", "freight", *(("cogs",) if store == 2 and m % 3 else ()))
        ]  # fmt: skip
    for k in range(12):
        tables["products"].append({"store": 1, "item_kind": "sku", "item_id": f"sku{k}", "category": f"cat{k % 3}", "brand": f"brand{k % 2}", "cost": Decimal("1.005") * (k + 1)})
        tables["product_attributes"].append({"store": 1, "item_kind": "sku", "item_id": f"sku{k}", "attribute": "style", "valid_from": date(1970, 1, 1), "value": f"style{k % 4}"})
    return tables


def _add_order(tables, rng, store, number, day, gmv, buyer, paid) -> None:
    lines = int(rng.integers(0, 4))
    parts = [gmv // lines + (i < gmv % lines) for i in range(lines)] if lines else []
    units = [int(rng.integers(1, 4)) for _ in parts]
    refunded = int(gmv * rng.random()) if paid and rng.random() < 0.15 else 0
    shares = [refunded // lines + (i < refunded % lines) for i in range(lines)] if lines else []
    beside = [None] * lines if store != 2 else [part // 20 for part in parts]
    subsidy = None if store != 2 or not paid else sum(beside) if lines else gmv // 20
    currency = "USD" if store == 3 else "CNY"
    tables["orders"].append(order(
        store, number, day, gmv, buyer=buyer, counts=paid, hour=int(rng.integers(0, 24)), currency=currency,
        region=str(rng.choice(["浙江", "江苏", "O'Hara"])), channel=str(rng.choice(["app", "web"])), line_count=lines,
        units=sum(units) if lines else 1, refunded=refunded, title="whole order", presale=bool(rng.random() < 0.1),
        refunded_basis="aftersale" if refunded else "stated", deposit=100, status="finished" if paid else "closed_unpaid", postage=int(rng.integers(0, 900)),
        subsidy=subsidy, subsidy_refunded=None if subsidy is None else min(refunded, subsidy) // 2,
    ))  # fmt: skip
    _exclude(tables["orders"][-1], out := paid and rng.random() < 0.04)
    for i, (part, unit, share, borne) in enumerate(zip(parts, units, shares, beside, strict=True)):
        tables["order_lines"].append({
            "store": store, "order_id": number, "line_key": f"{i}", "product_id": None, "sku": f"sku{rng.integers(0, 12)}",
            "title": "t", "quantity": unit, "currency": currency, "kind": "sale", "day": day if paid else None,
            "counts": paid and not out, "exclusion": "deleted" if out else None,
            "gmv_all": part, "gmv": 0 if out else part, "refunded": share, "subsidy": borne, "carrier": str(rng.choice(["live", "card"])),
        })  # fmt: skip
    if refunded:
        after = day + timedelta(days=int(rng.integers(0, 20)))
        tables["refunds"].append({"store": store, "refund_id": f"r{number}", "order_id": number, "currency": currency,
                                  "status": "done", "amount": refunded, "quantity": 1, "day": after, "sku": f"sku{rng.integers(0, 12)}"})  # fmt: skip


def _exclude(row, out) -> None:
    """Take a paid order out as a whole, as finishing does by a rule."""
    if out:
        row.update(counts=False, exclusion="deleted", gmv=0, units=0, subsidy=row["subsidy"] and 0)


def _add_day(tables, rng, store, day) -> None:
    visitors = int(rng.integers(1, 900))
    currency = "USD" if store == 3 else "CNY"
    if store != 3:  # the shop-day rows of these stores state visits, not sales: orders stay the root
        tables["store_day"].append({
            "store": store, "first_day": day, "last_day": day, "report": "r", "currency": currency, "visitors": visitors,
            "page_views": visitors * 3, "bounce_rate": 0.5, "cart_units": 7, "cart_adders": 5, "ordered_buyers": 4,
            "stay_seconds": 30.5, "new_visitors": 3, "old_visitors": 4, "favourites": 2, "searched_visitors": 9, "enquirers": 1,
        })  # fmt: skip
    for name, group in (("搜索", "free"), ("直通车", "paid")):
        tables["traffic"].append({
            "store": store, "unit": "visitors", "scope_kind": "source", "scope_id": name, "first_day": day, "last_day": day,
            "report": "r", "source_group": group, "is_parent": False, "visitors": int(rng.integers(0, 500)), "buyers": 3, "gmv": 900,
        })  # fmt: skip
    tables["traffic"].append({
        "store": store, "unit": "visitors", "scope_kind": "product", "scope_id": f"p{rng.integers(0, 3)}", "first_day": day,
        "last_day": day, "report": "r", "is_parent": False, "visitors": 5, "page_views": 11,
    })  # fmt: skip
    key = {"store": store, "first_day": day, "last_day": day, "tool": "search", "campaign_id": "c", "subject_kind": "product", "subject_id": "p1"}
    tables["ads"].append({**key, "currency": currency, "cost": int(rng.integers(0, 5000)), "impressions": 900, "clicks": int(rng.integers(0, 90))})
    for window in ("1d", "15d"):
        tables["ad_sales"].append({**key, "window": window, "currency": currency, "gmv": int(rng.integers(0, 9000)), "orders": 2, "new_buyers": 1})
