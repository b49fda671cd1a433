"""Whether two sides gave the same reports: counts and money exactly, ratios to 1e-9, and nothing where the other has nothing.

python -m benchmarks.reports.compare FOLDER FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from benchmarks.peers.periods import CUTS, GRAINS, figures

KEYS = [("bucket", "ascending"), ("value", "ascending")]
TOLERANCE = 1e-9
SHOWN = 3  # rows of a difference


def differences(one: Path, other: Path, grains: Sequence[str] = GRAINS) -> list[str]:
    """What differs between the reports in two folders, in words; nothing when they say the same."""
    return [
        f"{grain} x {cut}: {line}"
        for grain in grains
        for cut in CUTS
        for line in _of_report(cut, *(pq.read_table(f / f"{grain}_{cut}.parquet") for f in (one, other)))
    ]


def _of_report(cut: str, one: pa.Table, other: pa.Table) -> list[str]:
    if one.num_rows != other.num_rows:
        return [f"{one.num_rows} rows and {other.num_rows}; only in one of them: {_lonely(one, other)}"]
    one, other = one.sort_by(KEYS), other.sort_by(KEYS)
    for key, _ in KEYS:
        if not one[key].combine_chunks().cast(pa.string()).equals(other[key].combine_chunks().cast(pa.string())):
            return [f"other rows: {_lonely(one, other)}"]
    names = [name + suffix for name in figures(cut) for suffix in ("", "_before", "_last_year")]
    return [line for name in names if (line := _of_column(one, other, name))]


def _lonely(one: pa.Table, other: pa.Table) -> list[tuple[str, str | None]]:
    """Some keys that stand in one of them only."""
    sides = [
        set(zip(t["bucket"].cast(pa.string()).to_pylist(), t["value"].to_pylist(), strict=True)) for t in (one, other)
    ]
    return sorted(sides[0] ^ sides[1], key=str)[:SHOWN]


def _of_column(one: pa.Table, other: pa.Table, name: str) -> str:
    a, b = (_values(t[name]) for t in (one, other))
    with np.errstate(invalid="ignore"):
        same = (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= TOLERANCE * np.maximum(np.abs(a), np.abs(b)))
    if pa.types.is_integer(one[name].type) and pa.types.is_integer(other[name].type):
        same = pc.fill_null(pc.equal(one[name], other[name]), False).to_numpy() | (np.isnan(a) & np.isnan(b))
    if same.all():
        return ""
    at = np.flatnonzero(~same)
    shown = [
        (str(one["bucket"][i]), one["value"][i].as_py(), one[name][i].as_py(), other[name][i].as_py())
        for i in at[:SHOWN].tolist()
    ]
    return f"{name} differs in {len(at)} of {len(a)} rows, such as {shown}"


def _values(column: pa.ChunkedArray) -> np.ndarray:
    """As floats, nan for null."""
    return column.cast(pa.float64(), safe=False).fill_null(float("nan")).to_numpy()


if __name__ == "__main__":
    found = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(found) or "the same")
    sys.exit(bool(found))
