"""What grows with the lines of a lake: bytes on disk, CPU of DuckDB and of Spark, and what Spark sends between its tasks.

python -m benchmarks.reports.make HOME LINES      makes a group of 20 stores, straight into a lake
python -m benchmarks.scaling HOME [ENGINE]        asks the questions of `duckdb` or of an engine such as `local[2]`
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

QUESTIONS: dict[
    str, tuple[int, dict[str, Any]]
] = {  # days up to the last one that is loaded, and what is asked of them
    "a year by month": (365, {"by": ("month",)}),
    "30 days by store, compared": (30, {"by": ("store",), "compare": "previous"}),
    "90 days by product": (90, {"by": ("product",), "figures": ("gmv", "orders", "units")}),
    "buyers of all days": (0, {"figures": ("buyers", "new_buyers"), "new": "first-in-data"}),
}
FIGURES = ("gmv", "visitors", "buyers", "new_buyers", "orders", "refund_rate", "net")


def sizes(snapshot: Any) -> Iterator[dict[str, Any]]:
    """Rows and bytes of each table of a version."""
    for name in sorted(snapshot.versions):
        parts = snapshot.parts(name)
        rows, size = sum(part.rows for part in parts), sum(part.size for part in parts)
        if rows:
            yield {"table": name, "files": len(parts), "rows": rows, "bytes_per_row": round(size / rows, 1)}


def ask(home: str, engine: str) -> None:
    """Every question once, each with its CPU; of Spark also what its tasks wrote for each other."""
    os.environ["GOLDLOOP_ENGINE"] = engine
    import goldloop

    with events(engine) as log:
        shop = goldloop.open(home)
        for size in sizes(shop.snapshot()):
            print(json.dumps(size), flush=True)
        loaded = shop.loaded_days()  # the engine is open from here on
        if loaded is None:
            raise SystemExit("The lake is empty.")
        first, last = loaded
        for name, (days, asked) in QUESTIONS.items():
            cpu, wall, seen = used(), time.perf_counter(), shuffled(log)
            more = {"figures": FIGURES, "basis": "orders", **asked}
            since = last - timedelta(days=days - 1) if days else first
            answer = shop.figures(more.pop("figures"), first=since, last=last, **more)
            told = {"question": name, "rows": len(answer), "cpu": round(used() - cpu, 2)}
            told |= {"wall": round(time.perf_counter() - wall, 2), "shuffled_bytes": shuffled(log) - seen}
            print(json.dumps(told), flush=True)
        print(json.dumps({"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


@contextmanager
def events(engine: str) -> Iterator[Path | None]:
    """A folder in which Spark writes what its tasks did; None for DuckDB."""
    if engine == "duckdb":
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events"
        log.mkdir()
        (Path(folder) / "spark-defaults.conf").write_text(
            "spark.ui.enabled false\nspark.driver.memory 4g\nspark.eventLog.enabled true\n"
            f"spark.eventLog.rolling.enabled false\nspark.eventLog.compress false\nspark.eventLog.dir file://{log}\n"
            "spark.driver.host 127.0.0.1\nspark.driver.bindAddress 127.0.0.1\n"
        )
        os.environ["SPARK_CONF_DIR"] = folder
        yield log
        from pyspark.sql import SparkSession

        SparkSession.builder.getOrCreate().stop()  # writes its last events before the folder goes


def shuffled(log: Path | None) -> int:
    """Bytes that tasks have written for other tasks so far."""
    if log is None:
        return 0
    lines = (line for file in log.iterdir() for line in file.read_text(errors="replace").splitlines())
    tasks = (
        json.loads(line) for line in lines if line.startswith('{"Event":"SparkListenerTaskEnd"') and line.endswith("}")
    )
    metrics = (task.get("Task Metrics") or {} for task in tasks)
    return sum(one.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0) for one in metrics)


def used() -> float:
    """CPU seconds of this process and of the Java process it started, while both run."""
    own = sum(os.times()[:2])
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            own += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own


if __name__ == "__main__":
    ask(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "duckdb")
