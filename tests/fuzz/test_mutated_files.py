"""REL-17: mutated export files of every kind. No traceback, no hang, no file that eats the machine, one fate per row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.apps.homes import fresh_home
from tests.fuzz.mutate import case, sample_of
from tests.fuzz.run import samples

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 250  # files that go into one home
SECONDS, MEGABYTES = 30, 512


def imported(home: Path, first: int, count: int) -> list[dict[str, Any]]:
    """What became of these cases, in a process of its own; fails with the name of the one that hangs."""
    command = [sys.executable, "-m", "tests.fuzz.run", str(home), str(first), str(count)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS + 2 * count, check=False
        )
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"hangs: {bytes(error.stdout or b'').decode().splitlines()[-1:]}")
    assert done.returncode == 0, done.stderr[-3000:]
    return [said for said in map(json.loads, done.stdout.splitlines()) if "seconds" in said]


def check(tmp_path: Path, first: int, count: int) -> Counter[str]:
    """Import the cases and assert what must hold for each; how many ended in which way."""
    found: Counter[str] = Counter()
    for start in range(first, first + count, AT_ONCE):
        home = fresh_home(tmp_path / str(start))
        cases = imported(home.root, start, min(AT_ONCE, first + count - start))
        faults = [one for one in cases if "fault" in one]
        assert not faults, json.dumps(faults[:3], ensure_ascii=False, indent=1)
        assert max(one["seconds"] for one in cases) <= SECONDS
        assert max(one["memory"] for one in cases) <= MEGABYTES
        found.update(one["outcome"] for one in cases)
    assert found.total() == count
    return found


@pytest.mark.journey
def test_hundreds_of_mutated_files(tmp_path: Path) -> None:
    found = check(tmp_path, 0, 250)
    assert found["loaded"] >= 50  # a mutator that only makes rubbish would find nothing
    assert len(found) >= 5


@pytest.mark.soak
def test_ten_thousand_mutated_files(tmp_path: Path) -> None:
    check(tmp_path, 1_000_000, 10_000)


def test_a_seed_is_a_file() -> None:
    for path in samples():
        sample = sample_of(path)
        one, again, other = case(sample, 7), case(sample, 7), case(sample, 8)
        assert (one.name, one.done, one.content) == (again.name, again.done, again.content)
        assert one.content != other.content or one.name != other.name
