"""Members: the repurchase model and its peer over the same customers; our SQL and hand-written SQL over the same orders.

python benchmarks/members.py people FILE COUNT     customers drawn from the model, as CSV
python benchmarks/members.py ours|peer FILE        the fit; `peer` runs where `lifetimes` is installed
python benchmarks/members.py tables BUYERS ORDERS  RFM, life cycle and second purchases, both ways, at most 1.2 x by hand; answers must agree
python benchmarks/members.py segment BUYERS ORDERS a segment of four conditions, both ways, at most 4 s CPU of 8 million; answers must agree
python benchmarks/members.py pairs BUYERS ORDERS   goods bought together, ours and by Polars, at most 0.7 x; answers must agree
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
SEGMENT = "purchases >= 2 and not last within 60 days and amount >= 500 region=浙江,江苏 within 365 days and bought product=p5,p9,p20"
SEGMENT_BY_HAND = """
    WITH paid AS (SELECT * FROM orders WHERE counts AND buyer_key IS NOT NULL AND day <= $last),
    goods AS (SELECT DISTINCT buyer_key FROM paid SEMI JOIN (SELECT * FROM order_lines WHERE counts AND product_id IN ('p5', 'p9', 'p20')) AS l USING (store, order_id)),
    people AS (SELECT buyer_key FROM paid GROUP BY 1 HAVING count(DISTINCT day) >= 2 AND max(day) <= $last - 60
        AND sum(gmv) FILTER (region IN ('浙江', '江苏') AND day > $last - 365) >= 50000)
    SELECT count(*) FROM people SEMI JOIN goods USING (buyer_key)"""


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

    from goldloop.metrics.members.lifecycle import lifecycle
    from goldloop.metrics.members.rfm import rfm
    from goldloop.metrics.members.second import second

    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "orders.parquet")
        _orders(file, int(buyers), int(orders))
        last = FIRST + timedelta(days=DAYS - 1)
        asked = _asked({"facts/orders": file})
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


def segment(buyers: str, orders: str) -> dict[str, Any]:
    """CPU and clock seconds of a segment of four conditions through the query path, and by hand; raises where they differ."""
    import duckdb

    from goldloop.core.members.segment_text import parse
    from goldloop.metrics.members.segments import people as people_of

    with tempfile.TemporaryDirectory() as folder:
        sold, lines = str(Path(folder) / "orders.parquet"), str(Path(folder) / "order_lines.parquet")
        _orders(sold, int(buyers), int(orders))
        _lines(sold, lines)
        last = FIRST + timedelta(days=DAYS - 1)
        files = {"facts/orders": sold, "facts/order_lines": lines}
        people_of(_asked(files), parse(SEGMENT))  # its SQL is compiled once
        asked = _asked(files)
        started = time.monotonic()
        found, ours_took = timed(lambda: people_of(asked, parse(SEGMENT)))
        clock = time.monotonic() - started
        plain = duckdb.connect()
        for name, file in (("orders", sold), ("order_lines", lines)):
            plain.execute(f"CREATE VIEW {name} AS SELECT * FROM '{file}'")
        plain.execute(SEGMENT_BY_HAND, {"last": last}).fetchall()
        wanted, bare = timed(lambda: plain.execute(SEGMENT_BY_HAND, {"last": last}).fetchall())
        if found.num_rows != wanted[0][0]:
            raise SystemExit(f"segment: {found.num_rows} people and {wanted[0][0]} differ")
        return {"segment": {"seconds": ours_took, "bare": bare, "clock": clock, "people": found.num_rows}}


def pairs(buyers: str, orders: str) -> dict[str, Any]:
    """CPU seconds of all pairs of goods through the query path and by Polars over the same files; raises where they differ."""
    from goldloop.metrics.members.pairs import pairs as pairs_of

    with tempfile.TemporaryDirectory() as folder:
        sold, lines = str(Path(folder) / "orders.parquet"), str(Path(folder) / "order_lines.parquet")
        _orders(sold, int(buyers), int(orders))
        _lines(sold, lines)
        asked = _asked({"facts/orders": sold, "facts/order_lines": lines})
        every = pairs_of(asked, window=DAYS, least=1, limit=10**9)  # its SQL is compiled once
        wanted, cases = _by_polars(sold, lines)
        told = {
            (
                *sorted([(row["first"], row["first_times"]), (row["second"], row["second_times"])]),
                row["times"],
                row["people"],
            )
            for row in every.rows()
        }
        if every.blocks[0].about["cases"] != cases or told != {
            ((a, n), (b, m), *rest) for a, n, b, m, *rest in wanted.rows()
        }:
            raise SystemExit("pairs: the answers differ")
        _, ours_took = timed(lambda: pairs_of(asked, window=DAYS, least=1))
        _, theirs = timed(lambda: _by_polars(sold, lines))
        return {"pairs": {"seconds": ours_took, "polars": theirs, "count": len(wanted)}}


def _by_polars(sold: str, lines: str) -> tuple[Any, int]:
    """Pairs of goods as anybody would write them: both goods, orders of each, of both, people; and how many orders there are."""
    import polars as pl

    goods = pl.scan_parquet(lines).filter(pl.col("counts")).select("store", "order_id", item="product_id").unique()
    often = goods.group_by("item").len("often")
    buyers = pl.scan_parquet(sold).select("store", "order_id", "buyer_key")
    both = goods.join(goods, on=["store", "order_id"]).filter(pl.col("item") < pl.col("item_right"))
    both = both.join(buyers, on=["store", "order_id"])
    found = both.group_by("item", "item_right").agg(times=pl.len(), people=pl.col("buyer_key").n_unique())
    found = found.join(often, on="item").join(often, left_on="item_right", right_on="item", suffix="_right")
    table, cases = pl.collect_all([found, goods.select("store", "order_id").unique().select(pl.len())])
    return table.select("item", "often", "item_right", "often_right", "times", "people"), cases.item()


def _asked(files: dict[str, str]) -> Any:
    """A question about the one store whose tables are these files."""
    from goldloop.core.store import Store
    from goldloop.core.viewer import Viewer
    from goldloop.metrics.engines.duckdb import Engine
    from goldloop.metrics.members.asked import Ask

    snapshot: Any = SimpleNamespace(
        files=lambda name: [files[name]] if name in files else [],
        versions={},
        root=str(Path(files["facts/orders"]).parent),
    )
    store = Store(id=1, name="Shop", platform="other", currency="CNY", timezone="Asia/Shanghai")
    last = FIRST + timedelta(days=DAYS - 1)
    return Ask(Engine(snapshot), Viewer(stores=frozenset({1})), {1: store}, (FIRST, last), basis="orders")


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
    known = {
        "store": "1", "order_id": "CAST(i AS VARCHAR)", "counts": "true", "gmv": "CAST(1000 + hash(i * 7) % 90000 AS BIGINT)",
        "line_count": "len(list_filter([0, 5, 8, 9], bound -> hash(i * 3) % 10 >= bound))",
        "buyer_key": f"md5(CAST(CAST(power((hash(i) % 1000003) / 1000003.0, 1.6) * {buyers} AS BIGINT) AS VARCHAR))",
        "region": "['浙江', '江苏', '广东', '四川', '北京'][1 + CAST(hash(i * 17) % 5 AS INTEGER)]",
        "day": f"DATE '{FIRST}' + CAST(hash(i * 13 + 5) % {DAYS} AS INTEGER)",
    }  # fmt: skip
    _write("orders", known, f"range({orders}) AS r(i)", file)


def _lines(sold: str, file: str) -> None:
    """Lines of these orders, of one to four goods out of some 2,000, a few of which sell much more than the rest."""
    known = {
        "store": "store", "order_id": "order_id", "line_key": "CAST(k AS VARCHAR)", "counts": "true", "day": "day", "gmv": "100",
        "product_id": "'p' || CAST(power((hash(order_id || '-' || k) % 1000003) / 1000003.0, 3) * 2000 AS BIGINT)",
    }  # fmt: skip
    _write("order_lines", known, f"'{sold}', unnest(range(line_count)) AS u(k)", file)


def _write(table: str, known: dict[str, str], source: str, file: str) -> None:
    """A fact table as a file: known columns by expressions, all others empty."""
    import duckdb

    from goldloop.lake.schema import TABLES
    from goldloop.metrics.types import SQL_TYPES

    columns = ", ".join(
        f'CAST({known.get(c.name, "NULL")} AS {SQL_TYPES[c.type]}) AS "{c.name}"' for c in TABLES[table].columns
    )
    duckdb.execute(f"COPY (SELECT {columns} FROM {source}) TO '{file}'")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    jobs: dict[str, Callable[..., dict[str, Any]]] = {
        "people": people,
        "ours": ours,
        "peer": peer,
        "tables": tables,
        "segment": segment,
        "pairs": pairs,
    }
    print(json.dumps(jobs[what](*rest)))
