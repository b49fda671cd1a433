"""What is installed is what was tested: locked, hashed, without any address, with all data files inside."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("build", "run", "dev")


def name(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement)[0].lower()


def pins(lock: str) -> dict[str, list[str]]:
    """Package -> its hashes, of one lock file."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8").splitlines():
        if match := re.match(r"([a-z0-9._-]+)==\S+", line):
            current = match[1]
            found.setdefault(current, [])
        elif match := re.match(r"\s+--hash=(sha256:[0-9a-f]{64})", line):
            found[current].append(match[1])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_carry_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert not re.search(r"https?:|file:|^--|(^|\s)/\w+/", text, re.MULTILINE)  # addresses, options for pip, paths
    assert all(pins(lock).values())


@pytest.mark.parametrize("lock", ["run", "dev"])
def test_every_declared_dependency_is_locked(lock: str) -> None:
    assert {name(d) for d in PROJECT["project"]["dependencies"]} <= set(pins(lock))


def test_the_two_lists_of_build_tools_agree() -> None:
    listed = [
        line for line in (ROOT / "requirements" / "build.in").read_text("utf-8").splitlines() if line and line[0] != "#"
    ]
    assert sorted(listed) == sorted(PROJECT["build-system"]["requires"])
    assert {name(d) for d in listed} <= set(pins("build"))


def test_the_wheel_carries_code_and_data_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    inside = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    source = {
        str(p.relative_to(ROOT / "src"))
        for p in (ROOT / "src" / "goldloop").rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert {f for f in inside if f.startswith("goldloop/")} == source
    assert {f.split("/")[0] for f in inside} == {"goldloop", f"goldloop-{PROJECT['project']['version']}.dist-info"}
