"""Engines that run the SQL of figures over a version of the lake; every engine file has the same class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.engines.engine import Engine


def opened(engine: str, snapshot: Snapshot, **kept: Any) -> Engine:
    """The engine that the setting names (`duckdb`, or the address of a Spark cluster) on a version of the lake."""
    if engine == "duckdb":
        from goldloop.metrics.engines import duckdb

        return duckdb.Engine(snapshot, **kept)
    from goldloop.metrics.engines import spark

    return spark.Engine(snapshot, url=engine, **kept)
