"""A slow-down is told by the ratio of earlier runs, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.line import NO_LIMIT, Line
from benchmarks.measure import Cost


def runs(*ratios: float | None, job: str = "job") -> list[dict[str, Any]]:
    return [{"job": job, "ratio": ratio} for ratio in ratios]


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    line = Line("a job", Cost(2, 3, 100), Cost(4, 4, 200), "cpu", 8, "2 x")
    kept = history.entry(line, day="2026-01-02", versions={"goldloop": "1"}, cores=2)
    history.add(tmp_path / "folder" / "history.jsonl", [kept])
    history.add(tmp_path / "folder" / "history.jsonl", [kept])
    assert history.read(tmp_path / "folder" / "history.jsonl") == [kept, kept]
    assert (kept["ratio"], kept["of_limit"], kept["cpu"], kept["memory"]) == (0.5, 0.25, 2, 100)
    assert history.read(tmp_path / "none.jsonl") == []


def test_a_job_without_a_peer_or_a_limit_has_neither_ratio() -> None:
    kept = history.entry(Line("job", Cost(1, 1, 1), None, "cpu", NO_LIMIT, "none"), day="", versions={}, cores=1)
    assert kept["ratio"] is kept["of_limit"] is None
    assert history.slower(runs(1.0), kept) == ""


def test_fifteen_percent_above_the_median_of_the_last_five_is_slower() -> None:
    before = runs(9.0, 1.0, 1.0, 1.0, 5.0, 1.0)  # the first is too long ago, the fifth an outlier
    assert history.slower(before, {"job": "job", "ratio": 1.15}) == ""
    assert "20% above the median of the last 5 runs, 1.00" in history.slower(before, {"job": "job", "ratio": 1.2})


def test_other_jobs_and_a_first_run_tell_nothing() -> None:
    assert history.slower(runs(0.1, job="other"), {"job": "job", "ratio": 9.0}) == ""
