"""A cluster of several processes gives the same answers, also when one of them dies while it is asked."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.jobs.mini import PROFILE, many, write
from tests.spark.cluster import answers_of, connect, standalone
from tests.spark.conftest import missing
from tests.spark.parity import differences
from tests.spark.report import report


@pytest.fixture(scope="module", autouse=True)
def there() -> None:
    if reason := missing():
        pytest.skip(reason)


def test_a_master_with_two_workers_answers_the_same(duck, tmp_path) -> None:
    with standalone(tmp_path) as (machines, url):
        found = answers_of(*machines.report(url, "brief"), machines)
        assert differences(report(duck, brief=True), found) == []


@pytest.mark.soak
def test_a_worker_that_is_killed_in_the_middle_changes_no_answer(duck, tmp_path) -> None:
    with standalone(tmp_path) as (machines, url):
        process, answers = machines.report(url)
        machines.wait_for("ASKING")
        machines.wait_for("Asked to launch executor", 2)
        os.kill(machines.running[1].pid, signal.SIGKILL)
        machines.running.pop(1).wait()
        assert process.poll() is None and "ANSWERED" not in machines.said()
        assert differences(report(duck), answers_of(process, answers, machines)) == []


@pytest.mark.soak
def test_imports_beside_a_cluster_are_loaded_summed_and_refreshed_there(tmp_path) -> None:
    """As an operator types it: the second import has its days summed by the cluster, and figures are read from there."""
    home = tmp_path / "home"
    files = [
        write(tmp_path / f"{name}.csv", rows) for name, rows in (("a", many(range(150))), ("b", many(range(140, 180))))
    ]
    with standalone(tmp_path) as (machines, url):

        def goldloop(*words: str, engine: str = url) -> Any:
            command = [sys.executable, "-m", "goldloop", "--home", str(home), "--json", *map(str, words)]
            done = subprocess.run(
                command, env={**machines.env, "GOLDLOOP_ENGINE": engine}, capture_output=True, text=True, timeout=300
            )
            assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
            return json.loads(done.stdout)

        goldloop("init")
        (home / "profiles" / "mini.toml").write_text(PROFILE, "utf-8")
        goldloop("store", "add", "A", "--platform", "tmall")
        goldloop("import", files[0])
        assert "order_parts_by_channel" in goldloop("lake", "rollups")["tables"]
        folders = set((home / "lake" / "sums").iterdir())
        goldloop("import", files[1])
        assert set((home / "lake" / "sums").iterdir()) != folders  # of the new state
        question = ("figures", "gmv", "orders", "units", "--by", "month", "--basis", "orders")
        ours, theirs = goldloop(*question), goldloop(*question, engine="duckdb")
        assert ours["rows"] == theirs["rows"] and sum(row["orders"] for row in ours["rows"]) > 100
        assert "Registered app" in machines.said()  # it was the cluster that was asked


@pytest.mark.soak
def test_spark_connect_answers_the_same(duck, tmp_path) -> None:
    if importlib.util.find_spec("grpc_status") is None:
        pytest.skip("pyspark[connect] is not installed (pip install -r requirements/spark.txt)")
    with connect(tmp_path) as (machines, url):
        assert differences(report(duck), answers_of(*machines.report(url), machines)) == []
