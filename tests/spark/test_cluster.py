"""A cluster of several processes gives the same answers, also when one of them dies while it is asked."""

from __future__ import annotations

import importlib.util
import os
import signal

import pytest

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
def test_spark_connect_answers_the_same(duck, tmp_path) -> None:
    if importlib.util.find_spec("grpc_status") is None:
        pytest.skip("pyspark[connect] is not installed (pip install -r requirements/spark.txt)")
    with connect(tmp_path) as (machines, url):
        assert differences(report(duck), answers_of(*machines.report(url), machines)) == []
