"""Keeping rollups (see `metrics.rollups`) beside a large lake: made at the end of what changes it, never while somebody waits for a page."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop import settings
from goldloop.apps.shops import api as shops
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs import lock, memory
from goldloop.jobs.progress import Progress, silent
from goldloop.jobs.writing import snapshot

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.rollups.rolled import Rolled
    from goldloop.metrics.rollups.spark_sums import Sums


ROLLUPS, SUMS = "rollups", "sums"
AT_LEAST, PER_ORDER, PER_VISIT = 300_000_000, 100, 28  # bytes of memory that making them takes; measured, docs/scale.md


def folder(home: Home) -> Path:
    """Where the rollups of a home lie; the sums of Spark beside the facts, where all machines of a cluster reach them."""
    return home.root / ROLLUPS if home.engine == "duckdb" else home.lake / SUMS


def keep_up(home: Home, progress: Progress = silent) -> None:
    """Bring rollups up to date where they are kept: from so many orders on (`GOLDLOOP_ROLLUPS_FROM`), or once they were made.

    Not where making them needs more memory than there is: the import is done, and its figures are counted from the facts.
    """
    least = settings.rollups_from()
    orders, visits = (sum(part.rows for part in snapshot(home).parts(f"facts/{name}")) for name in ("orders", "visits"))
    if not folder(home).exists() and not (least and orders >= least):
        return
    free = memory.available()
    if free is None or home.engine != "duckdb" or free >= AT_LEAST + PER_ORDER * orders + PER_VISIT * visits:
        make(home, progress)


def make(home: Home, progress: Progress = silent) -> Rolled | Sums | None:
    """Make the rollups of the newest state, or bring them up to date; None where there is nothing to count ahead.

    With Spark it is the cluster that makes sums by day. Raises `lake_read_only` where they would be those of a published lake.
    """
    if home.engine != "duckdb":
        lock.check_writable(home)
    with lock.rollups(home):
        progress("ahead", "")
        root = folder(home)
        root.mkdir(mode=0o700, exist_ok=True)
        stores = {store.id: store for store in shops.store_list()}
        made = _brought_up_to_date(home, stores, root)
        if made is None:
            shutil.rmtree(root)
    if home.engine == "duckdb" and made is not None:
        _ask_first(home, stores)
    return made


def _brought_up_to_date(home: Home, stores: Mapping[int, Store], root: Path) -> Rolled | Sums | None:
    if home.engine != "duckdb":
        from goldloop.metrics.engines import spark
        from goldloop.metrics.rollups import spark_sums

        cluster = spark.Engine(snapshot(home), url=home.engine, cache=home.root / "cache")
        return spark_sums.brought_up_to_date(cluster, stores, root)
    from goldloop.metrics.engines import duckdb
    from goldloop.metrics.rollups import build

    return build.brought_up_to_date(duckdb.Engine(snapshot(home), cache=home.root / "cache"), stores, root)


def _ask_first(home: Home, stores: Mapping[int, Store]) -> None:
    """Have answered what every page asks of a new version first, such as what is loaded; the answers are kept."""
    from goldloop.core.calendar import Period
    from goldloop.core.viewer import Viewer
    from goldloop.metrics.engines import duckdb
    from goldloop.metrics.loaded import loaded_span
    from goldloop.metrics.query import Request, figures

    engine = duckdb.Engine(snapshot(home), cache=home.root / "cache")
    use(home, engine)
    span = loaded_span(engine)
    if span is not None:
        everything = Viewer(stores=frozenset(stores), name="owner")
        figures(engine, everything, stores, Request(Period(span[1], span[1]), by=("store",)))


def drop(home: Home) -> bool:
    """Remove the rollups of every engine; whether there were any."""
    with lock.rollups(home):
        there = [place for place in (home.root / ROLLUPS, home.lake / SUMS) if place.exists()]
        for place in there:
            shutil.rmtree(place, ignore_errors=True)
        return bool(there)


def use(home: Home, engine: Engine) -> None:
    """Let an engine use the rollups that were made of just what it reads."""
    root = folder(home)
    if not root.exists():
        return
    if engine.dialect == "duckdb":
        from goldloop.metrics.rollups.build import holds
        from goldloop.metrics.rollups.rolled import opened

        found = opened(root)
        engine.rolled = found if found is not None and holds(found, engine) else None
        return
    from goldloop.metrics.engines import spark
    from goldloop.metrics.rollups import spark_sums

    assert isinstance(engine, spark.Engine)
    sums = spark_sums.opened(root)
    engine.sums = sums if sums is not None and spark_sums.holds(sums, engine) else None


def as_dict(made: Rolled | Sums | None) -> dict[str, Any]:
    """What `lake rollups` answers; the sums of Spark know no people."""
    from goldloop.metrics.rollups.spark_sums import Sums

    if made is None:
        return {"rollups": False}
    if isinstance(made, Sums):
        held = sum(file.stat().st_size for file in made.folder.rglob("*.parquet"))
        first, last = made.about.span
        tables = sorted(made.about.parts)
        return {
            "rollups": True,
            "days": last - first + 1,
            "stores": len(made.about.stores),
            "tables": tables,
            "bytes": held,
        }
    about = made.about
    held = sum(file.stat().st_size for file in made.folder.rglob("*") if file.is_file())
    return {"rollups": True, "days": about.days, "stores": len(about.stores), "people": about.persons, "bytes": held}
