"""Runs the tests group by group and prints the time of each.

run_tests.py             every group on this Python
run_tests.py --others    the first group on every other supported Python that is installed (made in .venv-3.x)
run_tests.py --soak      the long form of properties and kills
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from steps import ROOT, Step, run

SUPPORTED = ((3, 11), (3, 12), (3, 13))
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}  # commands that tests start read what earlier ones compiled
NO_TESTS = 5  # pytest's exit code for a group without tests
GROUPS = {
    "units and properties": "not journey and not kills and not soak and not browser and not bench and not spark",
    "journeys and kills": "(journey or kills) and not soak and not browser",
    "browser": "browser and not soak",
    "benchmark": "bench and not soak",
    "spark": "spark and not soak",
}
LONG_EXAMPLES = "1000"  # of each property in the long form; 50 in the short one (tests/conftest.py)


def group(python: str, version: str, name: str) -> Step:
    """One group on one interpreter, spread over the cores by file: one more worker than cores, as tests wait for commands;
    not so with browsers, each of whose workers makes its own shops; of Spark there is one session.
    """
    workers = str(min(4, os.cpu_count() or 1) + (name != "browser"))
    spread = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]  # tests/conftest.py puts long files first
    spread = [] if name == "spark" else spread
    command = [python, "-m", "pytest", "-q", *spread, "-m", GROUPS[name], "--durations=5"]
    return Step(f"{version}: {name}", command, BYTECODE, fine=(NO_TESTS,))


def soak(python: str) -> list[Step]:
    """The long form: tests that measure and kill others in one process, then every property with many more examples."""
    one = [python, "-m", "pytest", "-q", "--durations=5", "-m"]
    spread = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
    return [
        Step("soak", [*one, "soak or kills"], {**BYTECODE, "GOLDLOOP_SOAK": "1"}),
        Step(
            "properties at length",
            [*one, "hypothesis and not soak and not browser and not spark", *spread],
            {**BYTECODE, "GOLDLOOP_EXAMPLES": LONG_EXAMPLES},
        ),
    ]


def other_pythons() -> Iterator[tuple[str, str]]:
    """(version, interpreter) of the other supported Pythons on this machine."""
    for version in SUPPORTED:
        if version == sys.version_info[:2]:
            continue
        name = f"python{version[0]}.{version[1]}"
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version[0]}.{version[1]}.*/bin/python"))
        for found in (shutil.which(name), *map(str, reversed(pyenv))):
            if found and runs(found, version):
                yield f"{version[0]}.{version[1]}", found
                break


def runs(python: str, version: tuple[int, int]) -> bool:
    """Whether an interpreter starts at all (shims may not) and is of that version."""
    code = f"import sys, venv, ensurepip, sqlite3; sys.exit(sys.version_info[:2] != {version})"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def set_up(version: str, python: str) -> str:
    """Make the environment of another Python; its interpreter."""
    venv = f".venv-{version}"
    locks = [f"requirements/{name}.txt" for name in ("build", "run", "dev", "data")]
    subprocess.run(["tools/set_up.sh", venv, *locks], cwd=ROOT, env={**os.environ, "PYTHON": python}, check=True)
    return str(ROOT / venv / "bin" / "python")


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 when a group fails."""
    if "--soak" in arguments:
        return min(1, run(soak(sys.executable)))
    if "--others" not in arguments:
        version = "{}.{}".format(*sys.version_info[:2])
        return min(1, run([group(sys.executable, version, name) for name in GROUPS]))
    others = list(other_pythons())
    if not others:
        print("No other supported Python is installed: nothing to do.")
        return 0
    first = next(iter(GROUPS))
    return min(1, run([group(set_up(version, python), version, first) for version, python in others]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
