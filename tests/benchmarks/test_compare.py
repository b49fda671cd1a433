"""Two sides are equal when rows, counts and money are, and ratios but for rounding; what differs is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.peers.periods import CUTS, buckets, figures
from benchmarks.reports.compare import differences


def write(folder: Path, **changed: Any) -> Path:
    """Reports by month with one row each; `changed` columns of that by channel."""
    folder.mkdir()
    for cut in CUTS:
        names = [name + suffix for name in figures(cut) for suffix in ("", "_before", "_last_year")]
        row: dict[str, Any] = {"bucket": date(2023, 1, 1), "value": None if cut == "whole" else "x"}
        row |= {name: 0.5 if "rate" in name or "value" in name or "conv" in name else 7 for name in names}
        row |= changed if cut == "channel" else {}
        pq.write_table(pa.Table.from_pylist([row]), folder / f"month_{cut}.parquet")
    return folder


def told(tmp_path: Path, **changed: Any) -> list[str]:
    return differences(write(tmp_path / "one"), write(tmp_path / "other", **changed), ["month"])


def test_rounding_of_a_ratio_is_no_difference(tmp_path: Path) -> None:
    assert told(tmp_path, refund_rate=0.5 + 1e-12) == []


def test_a_count_off_by_one_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, gmv_before=8) == [
        "month x channel: gmv_before differs in 1 of 1 rows, such as [('2023-01-01', 'x', 7, 8)]"
    ]


def test_nothing_is_not_zero_and_a_large_amount_is_exact(tmp_path: Path) -> None:
    found = differences(
        write(tmp_path / "one", gmv=2**60, net=None), write(tmp_path / "other", gmv=2**60 + 1, net=0), ["month"]
    )
    assert [line.split(" differs")[0] for line in found] == ["month x channel: gmv", "month x channel: net"]


def test_a_row_that_one_side_lacks_is_named(tmp_path: Path) -> None:
    [line] = told(tmp_path, value="y")
    assert "('2023-01-01', 'x')" in line and "('2023-01-01', 'y')" in line


def test_buckets_know_the_one_before_and_that_of_last_year() -> None:
    days = {first: rest for first, *rest in buckets("day")}
    assert days[date(2024, 2, 29)] == [date(2024, 2, 28), date(2023, 2, 28)]
    assert days[date(2023, 1, 1)] == [None, None]
    weeks = {first: rest for first, *rest in buckets("week")}
    assert weeks[date(2023, 1, 2)] == [date(2022, 12, 26), None]  # its Sunday is loaded
    assert weeks[date(2024, 1, 1)] == [date(2023, 12, 25), date(2023, 1, 2)]
    assert {first: rest for first, *rest in buckets("month")}[date(2024, 3, 1)] == [date(2024, 2, 1), date(2023, 3, 1)]
