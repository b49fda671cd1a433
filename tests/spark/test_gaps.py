"""Every gap between the engines is there, for the reason that is told: one that has gone fails here, and leaves the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from goldloop.lake.work import Work
from goldloop.metrics.engines.engine import Engine
from goldloop.metrics.engines.gaps import GAPS, Reason
from goldloop.metrics.engines.spark import SparkError
from goldloop.metrics.rollups.paths import path
from goldloop.metrics.rollups.spark_sums import PREFIX, About, Sums
from goldloop.metrics.shape import Shape


def loading(spark: Engine) -> Any:
    """Writes are an engine's of this machine, whatever is asked by."""
    work = Work(spark.snapshot, {}, ())
    try:
        return isinstance(work.con, duckdb.DuckDBPyConnection)
    finally:
        work.close()


def people(spark: Any) -> Any:
    """With sums, orders are told by them and people are not."""
    kept = About("", {}, (), (), {"order_parts_by_channel": {"gmv": "bigint"}})
    engine = spark._again(None)
    engine.sums = Sums(spark.snapshot.folder, kept)
    ways = {group: path(engine, group, Shape()) for group in ("order_parts", "buyer_parts", "new_parts")}
    assert ways["order_parts"].name == f"{PREFIX}order_parts_by_channel"
    assert path(spark, "order_parts", Shape()).why == "no_rollups"
    return {(ways[group].kind, ways[group].why) for group in ("buyer_parts", "new_parts")} == {
        ("facts", "not_counted_ahead")
    }


def bridge(spark: Engine) -> Any:
    """Rows are held against each other by another engine than the cluster."""
    return spark.beside() is not spark and spark.beside().dialect == "duckdb"


def sql(spark: Engine) -> Any:
    """A word of DuckDB's that Spark does not know, in a statement of one's own."""
    asked = "SELECT list_value(1, 2)[1] AS one"
    assert spark.beside().run(asked, {}).rows == [(1,)]
    with pytest.raises(Exception, match="list_value"):
        spark.run(asked, {})
    return True


def storage(spark: Any) -> Any:
    """The files of a published lake, by the package of Spark alone."""
    engine = spark._again(None)
    files = type(engine._files)(engine._session, spark.snapshot, "spark://", False)
    files._places = lambda name: ["s3a://shop-lake/group/facts/orders/part.parquet"]
    with pytest.raises(SparkError) as caught:
        files.view("facts/orders")
    return caught.value.code == "spark_no_storage"


SHOWN: dict[str, Callable[[Any], Any]] = {
    "loading": loading, "people": people, "bridge": bridge, "sql": sql, "storage": storage,
}  # fmt: skip


def test_every_gap_is_shown_and_has_its_own_reason() -> None:
    assert SHOWN.keys() == GAPS.keys()
    assert {gap.reason for gap in GAPS.values()} == set(Reason)


@pytest.mark.parametrize("name", SHOWN)
def test_a_gap_is_still_there(spark, name) -> None:
    assert SHOWN[name](spark), f"{name} has gone: take it out of GAPS"
