"""One child process, measured: CPU time, wall time and largest memory, with medians over rounds."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a run cost: `cpu` and `wall` in seconds, `memory` in MiB (peak resident), and what it printed."""

    cpu: float
    wall: float
    memory: float
    printed: str = ""


class JobFailed(RuntimeError):
    """A job that did not end well has no cost."""


def once(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end; CPU and memory include the children it waited for."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise JobFailed(
                f"{' '.join(command)}\nended with {process.returncode}\n{err.read().decode()}{out.read().decode()}"[
                    -4000:
                ]
            )
        return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, out.read().decode())


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each quantity on its own."""
    return Cost(
        statistics.median(c.cpu for c in costs),
        statistics.median(c.wall for c in costs),
        max(c.memory for c in costs),
        costs[-1].printed,
    )


def turn_by_turn(rounds: int, *jobs: Callable[[], Cost]) -> list[Cost]:
    """Medians of several jobs that take turns, so that a busy machine slows all of them alike."""
    found: list[list[Cost]] = [[] for _ in jobs]
    for _ in range(rounds):
        for job, costs in zip(jobs, found, strict=True):
            costs.append(job())
    return [median(costs) for costs in found]
