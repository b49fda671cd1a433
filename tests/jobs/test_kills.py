"""REL-01: a process killed anywhere in an import leaves nothing by half, and the next import puts all of it right.

Every kill happens on the same home folder, one after the other, so that each finds what the one before left behind.
Kills at the named stops of all jobs: test_stops.py.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.forked import begin, goldloop
from tests.jobs.mini import facts, lines, many, stock, write

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
# Leaves a mark when its file is claimed, so that the kill comes after that.
TELLING = """
from pathlib import Path
from goldloop.jobs import import_file
import_file.stop_point = lambda name: Path({mark!r}).touch()
"""
RANDOM_KILLS = 985 if os.environ.get("GOLDLOOP_SOAK") else 9


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


def test_kills_while_the_same_rows_are_said_again_change_nothing(shop: Shop, tmp_path: Path) -> None:
    again = write(tmp_path / "again.csv", reversed(many(range(300))))
    before, version = facts(shop.home), shop.snapshot().versions
    for name in ("import.claimed", "import.kept", "import.before_receipt"):
        killed(goldloop(shop.home, "import", str(again), GOLDLOOP_STOP_AT=name))
        assert shop.snapshot().versions == version, name
    for number, ahead in ((1, True), (1, False), (2, False)):  # seen of orders and order_lines
        killed(goldloop(shop.home, "import", str(again), code=IN_THE_LAKE.format(number=number, before=ahead)))
        assert shop.snapshot().versions == version, (number, ahead)
    killed(goldloop(shop.home, "import", str(again), GOLDLOOP_STOP_AT="import.after_receipt"))
    receipt = shop.import_files([again])[0]
    assert (receipt.state, receipt.new, receipt.unchanged) == ("done", 0, 600)
    assert facts(shop.home) == before == clean(tmp_path, tmp_path / "first.csv", again)
    assert len(list((shop.home.root / "cache" / "rows").iterdir())) == 1  # the file was never read as a new one
    shop.import_undo([1])
    assert len(lines(shop)) == 600  # the second file says all of it, too


def killed(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    return 1


def killed_somewhere(home: Home, file: Path, delay: float) -> int:
    """Kill an import some time after its claim; 0 when it was through before."""
    mark = home.root.parent / "claimed"
    mark.unlink(missing_ok=True)
    process = begin(home, "import", str(file), code=TELLING.format(mark=str(mark)))
    while not mark.exists():
        time.sleep(0.002)
    time.sleep(delay)
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    return int(process.wait().returncode == -signal.SIGKILL)
