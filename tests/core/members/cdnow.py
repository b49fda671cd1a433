"""CDNOW, the first purchases of 2,357 customers in early 1997 and what followed: where it can be had, and how it is read.

The text files lie inside the wheel `lifetimes` (PyPI, MIT), which the environment of the tests holds for them alone
(requirements/data.txt): it is never imported, and what it needs is not there.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

_SPEC = find_spec("lifetimes")
DATASETS = Path(_SPEC.origin).parent / "datasets" if _SPEC and _SPEC.origin else Path("nowhere")
needed = pytest.mark.skipif(
    not DATASETS.is_dir(), reason="CDNOW is not here: `make test` installs requirements/data.txt"
)


def summary() -> np.ndarray:
    """The published summary: id, repeat purchases, recency and age in weeks, mean amount of repeat purchases."""
    return np.genfromtxt(
        DATASETS / "cdnow_customers_summary_with_transactions.csv", delimiter=",", skip_header=1, dtype=float
    )


def purchases() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every purchase day of the sample: customer, day number since 1997-01-01, and cents paid on it."""
    rows = np.loadtxt(DATASETS / "CDNOW_sample.txt", dtype=str, usecols=(1, 2, 4))
    days = np.array([f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in rows[:, 1]], "datetime64[D]")
    since = (days - np.datetime64("1997-01-01")).astype(np.int64)
    cents = np.rint(rows[:, 2].astype(float) * 100).astype(np.int64)
    keys, at = np.unique(rows[:, 0].astype(np.int64) * 1000 + since, return_inverse=True)
    return keys // 1000, keys % 1000, np.bincount(at, cents).astype(np.int64)
