"""The benchmark of persons, with few rows: it finds the pairs that it made, and costs grow no faster than rows."""

from __future__ import annotations

from pathlib import Path

from benchmarks.identity import BUYERS_WITH_TWO, identities


def test_every_person_with_two_keys_is_found(tmp_path: Path) -> None:
    found = identities(2000, str(tmp_path))
    assert found["keys"] == 2 * 2000 // BUYERS_WITH_TWO
