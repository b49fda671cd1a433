"""The harness measures what it says it measures."""

from __future__ import annotations

import sys

import pytest
from benchmarks.measure import Cost, JobFailed, median, once, turn_by_turn


def python(code: str) -> Cost:
    return once([sys.executable, "-c", code], {"GOLDLOOP_PROBE": "here"})


def test_a_sleeping_process_costs_wall_time_and_hardly_any_cpu() -> None:
    cost = python("import time, os; time.sleep(0.5); print(os.environ['GOLDLOOP_PROBE'])")
    assert cost.wall >= 0.5 > cost.cpu
    assert cost.printed == "here\n"


def test_cpu_and_memory_of_grandchildren_count() -> None:
    work = "import time\\nwhile time.process_time() < 0.5: pass"
    cost = python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{work}'], check=True)")
    assert cost.cpu >= 0.5
    assert python("b = bytearray(200 << 20)").memory > 200


def test_a_failed_job_has_no_cost() -> None:
    with pytest.raises(JobFailed, match="ended with 3"):
        python("import sys; sys.exit(3)")


def test_jobs_take_turns_and_medians_are_of_each_quantity() -> None:
    order: list[str] = []

    def job(name: str) -> Cost:
        order.append(name)
        return Cost(len(order), 10 - len(order), 1)

    first, second = turn_by_turn(3, lambda: job("a"), lambda: job("b"))
    assert order == ["a", "b"] * 3
    assert (first.cpu, first.wall, second.cpu) == (3, 7, 4)
    assert median([Cost(1, 9, 5), Cost(2, 8, 7), Cost(9, 1, 6)]) == Cost(2, 8, 7)
