"""REL-01: a process killed anywhere in an import leaves nothing by half, and the next import puts all of it right.

Every kill happens on the same home folder, one after the other, so that each finds what the one before left behind.
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
    for name in stops.NAMES[:-1]:
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
    kills += killed(goldloop(shop.home, "import", str(second), GOLDLOOP_STOP_AT="after_receipt")) if kills < 20 else 0
    receipt = shop.import_files([second])[0]
    assert receipt.state == "done"
    assert facts(shop.home) == clean(tmp_path, tmp_path / "first.csv", second)
    assert [r.state for r in shop.imports(undone=True)] == ["done", "done"]
    assert kills >= 17  # a random kill may come after the end


@pytest.mark.parametrize("name", ["before_receipt", "after_receipt"])
def test_a_killed_undo_is_done_or_not_done(shop: Shop, tmp_path: Path, name: str) -> None:
    id = shop.imports()[0].id
    before = facts(shop.home)
    assert killed(goldloop(shop.home, "imports", "undo", str(id), GOLDLOOP_STOP_AT=name))
    assert facts(shop.home) == (before if name == "before_receipt" else {})
    if name == "before_receipt":
        shop.import_undo([id])
    shop.import_files([tmp_path / "first.csv"])
    assert facts(shop.home) == before


@pytest.mark.parametrize("name", ["before_receipt", "after_receipt"])
def test_a_killed_fix_is_done_or_not_done(shop: Shop, tmp_path: Path, name: str) -> None:
    from tests.jobs.mini import row

    shop.import_files([write(tmp_path / "bad.csv", [row("X1", price="free"), row("X2")])])
    id = shop.quarantine()[0].id
    done = goldloop(shop.home, "quarantine", "fix", str(id), "--set", "单价=5", GOLDLOOP_STOP_AT=name)
    assert killed(done)
    if name == "before_receipt":
        assert [row.id for row in shop.quarantine()] == [id]
        assert shop.quarantine_retry([id]).fixed == [id]  # the correction was remembered
    assert shop.quarantine() == []
    assert {o["gmv"] for o in facts(shop.home)["facts/orders"] if o["order_id"] == "X1"} == {500}


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
        assert process.stdout.readline() == "claimed\n"
        time.sleep(delay)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
    return int(process.returncode == -signal.SIGKILL)
