"""REL-01: a process killed anywhere in an import leaves nothing by half, and the next import puts all of it right.

Every kill happens on the same home folder, one after the other, so that each finds what the one before left behind.
Kills at the named stops of all jobs: test_stops.py.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import facts, goldloop, many, stock, write

from goldloop.home import Home
from goldloop.jobs import stops
from goldloop.shop import Shop

pytestmark = pytest.mark.kills

# The n-th table that the lake commits, before and after its commit.
IN_THE_LAKE = """
import os, signal
from goldloop.lake import work
commit, seen = work.commit, []
def killing(*args):
    seen.append(args)
    if len(seen) == {number} and {before}:
        os.kill(os.getpid(), signal.SIGKILL)
    version = commit(*args)
    if len(seen) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    return version
work.commit = killing
"""
RANDOM_KILLS = 200 if os.environ.get("GOLDLOOP_SOAK") else 9


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    stock(home)
    Shop(home).import_files([write(tmp_path / "first.csv", many(range(300)))])
    return Shop(home)


def clean(tmp_path: Path, *files: Path) -> dict[str, list[dict[str, object]]]:
    """The facts of a home on which nothing was ever killed."""
    other = fresh_home(tmp_path / "clean")
    stock(other)
    Shop(other).import_files(files)
    return facts(other)


def test_twenty_kills_lose_double_and_change_nothing(shop: Shop, tmp_path: Path) -> None:
    second = write(tmp_path / "second.csv", many(range(200, 1200)))
    before, version = facts(shop.home), shop.snapshot().versions
    kills = 0
    for name in stops.of("import")[:-1]:
        kills += killed(goldloop(shop.home, "import", str(second), GOLDLOOP_STOP_AT=name))
        assert shop.snapshot().versions == version, name
    for number in (1, 2, 3, 4):  # seen and facts of orders and order_lines
        kills += killed(
            goldloop(shop.home, "import", str(second), code=IN_THE_LAKE.format(number=number, before=number == 1))
        )
        assert shop.snapshot().versions == version, number
    rng = random.Random(20260301)
    for _ in range(RANDOM_KILLS):
        kills += killed_somewhere(shop.home, second, rng.uniform(0, 0.6))
        if shop.snapshot().versions == version:
            assert facts(shop.home) == before
    kills += (
        killed(goldloop(shop.home, "import", str(second), GOLDLOOP_STOP_AT="import.after_receipt")) if kills < 20 else 0
    )
    receipt = shop.import_files([second])[0]
    assert receipt.state == "done"
    assert facts(shop.home) == clean(tmp_path, tmp_path / "first.csv", second)
    assert [r.state for r in shop.imports(undone=True)] == ["done", "done"]
    assert kills >= 17  # a random kill may come after the end


def killed(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    return 1


def killed_somewhere(home: Home, file: Path, delay: float) -> int:
    """Kill an import some time after its claim; 0 when it was through before."""
    code = "from goldloop.jobs import stops\nstops.stop_point = lambda name: print(name, flush=True)"
    program = f"import sys\n{code}\nfrom goldloop.cli import main\nsys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "--home", str(home.root), "import", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "import.claimed\n"
        time.sleep(delay)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
    return int(process.returncode == -signal.SIGKILL)
