"""A report asked of a cluster: `python -m tests.spark.report URL FILE [brief]`; a process of its own, as one has one session."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goldloop.metrics.engines import opened
from goldloop.metrics.engines.engine import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.rollups.spark_sums import brought_up_to_date
from tests.spark.parity import CNY, OWNER, PERIOD, STORES, asked, shop
from tests.spark.questions import QUESTIONS

FIGURES = ("gmv", "orders", "buyers", "new_buyers", "refunded_gmv", "cogs", "conversion", "net_expected")
SUMMED = Request(PERIOD, ("gmv", "orders", "refunds"), ("week", "channel"), CNY, basis="orders")
MEMBERS = ("rfm", "segment amount > 300.5")


def report(engine: Engine, *, brief: bool = False, sums: Path | None = None) -> dict[str, Any]:
    """The report: figures of two cuts, and two questions about members; a `brief` one has three figures of one cut.

    In the folder `sums` the cluster makes sums by day, from which the last question is answered.
    """
    if brief:
        return {"store": asked(engine, Request(PERIOD, ("gmv", "orders", "buyers"), ("store",), CNY))}
    found: dict[str, Any] = {
        cut: asked(engine, Request(PERIOD, FIGURES, (cut,), CNY, "previous")) for cut in ("store", "category")
    }
    if sums is not None:
        engine.sums = brought_up_to_date(engine, STORES, sums)
        assert figures(engine, OWNER, STORES, SUMMED).sql.count('FROM "sums_')
    return found | {name: QUESTIONS[name](engine) for name in MEMBERS} | {"sums": asked(engine, SUMMED)}


def main(url: str, file: str, how: str = "") -> None:
    """Ask, and write down what was answered."""
    with TemporaryDirectory() as folder:
        facts = shop(Path(folder))
        engine = opened(url, facts)
        print("ASKING", flush=True)
        found = report(engine, brief=how == "brief", sums=Path(folder) / "sums")
        Path(file).write_bytes(pickle.dumps(found))
        print("ANSWERED", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
