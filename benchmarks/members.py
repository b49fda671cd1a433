"""Members: the repurchase model and its peer over the same customers; our SQL and hand-written SQL over the same orders.

python benchmarks/members.py people FILE COUNT     customers drawn from the model, as CSV
python benchmarks/members.py ours|peer FILE        the fit; `peer` runs where `lifetimes` is installed
python benchmarks/members.py tables BUYERS ORDERS  RFM, life cycle and second purchases, both ways; answers must agree
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

FIRST, DAYS = date(2024, 1, 1), 730
BY_HAND = {
    "rfm": """
        WITH days AS (SELECT buyer_key, day, sum(gmv) AS gmv FROM orders WHERE counts AND buyer_key IS NOT NULL AND day > $last - 365 AND day <= $last GROUP BY ALL),
        people AS (SELECT $last - max(day) AS r, count(*) AS f, sum(gmv) AS m FROM days GROUP BY buyer_key),
        scored AS (SELECT m, floor(5 * (rank() OVER (ORDER BY r DESC) - 1) / count(*) OVER ()) >= 3 AS hr,
            floor(5 * (rank() OVER (ORDER BY f) - 1) / count(*) OVER ()) >= 3 AS hf, floor(5 * (rank() OVER (ORDER BY m) - 1) / count(*) OVER ()) >= 3 AS hm FROM people)
        SELECT count(*) AS people, sum(m) FROM scored GROUP BY hm, hr, hf""",
    "lifecycle": """
        WITH days AS (SELECT buyer_key, day, sum(gmv) AS gmv FROM orders WHERE counts AND buyer_key IS NOT NULL AND day <= $last GROUP BY ALL),
        gaps AS (SELECT day - lag(day) OVER (PARTITION BY buyer_key ORDER BY day) AS gap FROM days),
        limits AS (SELECT quantile_disc(gap, 0.8) AS s, quantile_disc(gap, 0.95) AS l FROM gaps WHERE gap IS NOT NULL),
        people AS (SELECT count(*) AS n, $last - max(day) AS since, sum(gmv) AS m FROM days GROUP BY buyer_key)
        SELECT count(*) AS people, sum(m) FROM people, limits GROUP BY CASE WHEN since > l THEN 4 WHEN since > s THEN 3 ELSE least(n, 3) - 1 END""",
    "second": """
        WITH days AS (SELECT DISTINCT buyer_key, day FROM orders WHERE counts AND buyer_key IS NOT NULL AND day <= $last),
        ordered AS (SELECT day, lead(day) OVER w AS next, row_number() OVER w AS nth FROM days WINDOW w AS (PARTITION BY buyer_key ORDER BY day))
        SELECT count(*) AS people, date_trunc('week', day) AS week, next IS NULL AS open, coalesce(next, $last) - day AS days
        FROM ordered WHERE nth = 1 GROUP BY ALL""",
}  # fmt: skip


def people(file: str, count: str) -> dict[str, Any]:
    """Customers drawn from BG/NBD: repeat purchases, recency and age in weeks with a day as the least step."""
    rng, n = np.random.default_rng(11), int(count)
    age = np.ceil(rng.uniform(10, 104, n) * 7) / 7
    pace, leave = rng.gamma(0.5, 1 / 8, n), rng.beta(0.8, 2.5, n)
    times = np.cumsum(rng.exponential(1 / np.maximum(pace, 1e-9)[:, None], (n, 40)), axis=1)
    stays = np.cumprod(rng.random((n, 40)) > leave[:, None], axis=1).astype(bool)
    happens = (times < age[:, None] - 1 / 7) & np.c_[np.ones(n, bool), stays[:, :-1]]
    often = happens.sum(axis=1)
    since = np.where(often > 0, np.ceil(np.where(happens, times, 0).max(axis=1) * 7) / 7, 0.0)
    np.savetxt(file, np.c_[often, since, age], delimiter=",", fmt=("%d", "%.10f", "%.10f"))
    return {"people": n}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What a piece of work gives and its CPU seconds, all threads together."""
    started = time.process_time()
    return work(), time.process_time() - started


def ours(file: str) -> dict[str, Any]:
    """Our fit, from one row per customer."""
    from goldloop.core.members.histories import Histories
    from goldloop.core.members.repeat import fit

    rows = np.loadtxt(file, delimiter=",")
    fit(Histories.of(*rows[:1000].T))  # the libraries' own first time
    found: Any
    found, seconds = timed(lambda: fit(Histories.of(*rows.T)))
    return {"seconds": seconds, "parameters": [found.r, found.alpha, found.a, found.b]}


def peer(file: str) -> dict[str, Any]:
    """The same by `lifetimes`, from one row per customer."""
    from importlib import import_module

    fitter = import_module("lifetimes").BetaGeoFitter
    rows = np.loadtxt(file, delimiter=",")
    fitter().fit(*rows[:1000].T)
    found, seconds = timed(lambda: fitter().fit(*rows.T))
    return {"seconds": seconds, "parameters": [float(found.params_[name]) for name in ("r", "alpha", "a", "b")]}


def tables(buyers: str, orders: str) -> dict[str, Any]:
    """CPU seconds of the three tables through the query path and by hand; raises where the answers differ."""
    import duckdb

    from goldloop.core.store import Store
    from goldloop.core.viewer import Viewer
    from goldloop.metrics.engines.duckdb import Engine
    from goldloop.metrics.members.asked import Ask
    from goldloop.metrics.members.lifecycle import lifecycle
    from goldloop.metrics.members.rfm import rfm
    from goldloop.metrics.members.second import second

    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "orders.parquet")
        _orders(file, int(buyers), int(orders))
        last = FIRST + timedelta(days=DAYS - 1)
        snapshot: Any = SimpleNamespace(
            files=lambda name: [file] if name == "facts/orders" else [], versions={}, root=folder
        )
        store = Store(id=1, name="Shop", platform="other", currency="CNY", timezone="Asia/Shanghai")
        asked = Ask(Engine(snapshot), Viewer(stores=frozenset({1})), {1: store}, (FIRST, last), basis="orders")
        plain = duckdb.connect()
        plain.execute(f"CREATE VIEW orders AS SELECT * FROM '{file}'")
        spent: dict[str, Any] = {}
        for name, table in (("rfm", rfm), ("lifecycle", lifecycle), ("second", second)):
            table(asked)  # its SQL is compiled once
            found, ours_took = timed(lambda table=table: table(asked).rows())  # type: ignore[misc]
            wanted, bare = timed(lambda name=name: plain.execute(BY_HAND[name], {"last": last}).fetchall())  # type: ignore[misc]
            told = [row["people"] for row in found if name != "second" or row["group"] is not None]
            if sorted(filter(None, told)) != sorted(_groups(name, wanted)):
                raise SystemExit(f"{name}: the answers differ")
            spent[name] = {"seconds": ours_took, "bare": bare}
        return spent


def _groups(name: str, rows: list[tuple[Any, ...]]) -> list[int]:
    """People of each group of the statement by hand; of second purchases those of each week."""
    if name != "second":
        return [row[0] for row in rows]
    weeks: Counter[Any] = Counter()
    for people_of, week, *_ in rows:
        weeks[week] += people_of
    return list(weeks.values())


def _orders(file: str, buyers: int, orders: int) -> None:
    """Paid orders of a shop: a few buyers buy often, most once."""
    import duckdb

    from goldloop.lake.schema import TABLES
    from goldloop.metrics.types import SQL_TYPES

    known = {
        "store": "1", "order_id": "CAST(i AS VARCHAR)", "counts": "true", "gmv": "CAST(1000 + hash(i * 7) % 90000 AS BIGINT)",
        "buyer_key": f"md5(CAST(CAST(power((hash(i) % 1000003) / 1000003.0, 1.6) * {buyers} AS BIGINT) AS VARCHAR))",
        "day": f"DATE '{FIRST}' + CAST(hash(i * 13 + 5) % {DAYS} AS INTEGER)",
    }  # fmt: skip
    columns = ", ".join(
        f'CAST({known.get(c.name, "NULL")} AS {SQL_TYPES[c.type]}) AS "{c.name}"' for c in TABLES["orders"].columns
    )
    duckdb.execute(f"COPY (SELECT {columns} FROM range({orders}) AS r(i)) TO '{file}'")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    jobs: dict[str, Callable[..., dict[str, Any]]] = {"people": people, "ours": ours, "peer": peer, "tables": tables}
    print(json.dumps(jobs[what](*rest)))
