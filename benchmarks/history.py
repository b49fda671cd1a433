"""What every run measured, a JSON line per run and job, so that a slow-down is seen.

A line holds day, job, size of the machine, ratio to what stood beside it (else seconds or MiB over the limit), CPU seconds,
MiB, and the versions of goldloop and its engine. Only ratios are compared: they hold on any machine, seconds do not.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.line import NO_LIMIT, Line

LOOKED_BACK = 5  # runs whose median is compared
SLOWER = 1.15


def entry(line: Line, *, day: str, versions: Mapping[str, str], cores: int) -> dict[str, Any]:
    """One job of a run as it is kept."""
    limit = None if line.limit == NO_LIMIT else round(line.value / line.limit, 4)
    ratio = None if line.ratio is None else round(line.ratio, 4)
    return {
        "day": day, "job": line.job, "ratio": ratio, "of_limit": limit, "quantity": line.quantity,
        "cpu": round(line.ours.cpu, 3), "memory": round(line.ours.memory), "cores": cores, "versions": dict(versions),
    }  # fmt: skip


def read(file: Path) -> list[dict[str, Any]]:
    """All entries, oldest first."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def add(file: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write entries to the end."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in entries)


def ratios(entries: Sequence[Mapping[str, Any]], job: str) -> list[float]:
    """The ratios of a job over the runs, oldest first."""
    return [one["ratio"] for one in entries if one["job"] == job and one["ratio"] is not None]


def slower(before: Sequence[Mapping[str, Any]], now: Mapping[str, Any]) -> str:
    """What to say of a job whose ratio is worse than the median of its last runs; empty where it is not."""
    last = ratios(before, now["job"])[-LOOKED_BACK:]
    if now["ratio"] is None or not last:
        return ""
    usual = statistics.median(last)
    if now["ratio"] <= SLOWER * usual:
        return ""
    more = now["ratio"] / usual - 1
    return f"{now['job']}: ratio {now['ratio']:.2f} is {more:.0%} above the median of the last {len(last)} runs, {usual:.2f}"
