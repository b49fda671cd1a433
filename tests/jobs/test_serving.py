"""The server and its worker are started again when they end, and end with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

WAIT = 30.0  # seconds that a busy machine may take
# A child that leaves a child of its own; both write down who they are.
CHILD = """
import os, subprocess, sys, time
folder, name = sys.argv[1:]
if name != "inner":
    subprocess.Popen([sys.executable, "-S", sys.argv[0], folder, "inner"])
open(f"{folder}/{name}-{os.getpid()}", "w").close()
time.sleep(600)
"""
KEEPER = """
import os, sys, types
from goldloop.jobs import serving
folder = sys.argv[1]
child = [sys.executable, "-S", folder + "/child.py", folder]
serving._keep_running([serving.Child([*child, "server"]), serving.Child([*child, "worker"])], dict(os.environ), types.SimpleNamespace(is_there=True))
"""


def pids(folder: Path, name: str) -> list[int]:
    """Those of this name that were ever started and still run."""
    found = [int(path.name.rpartition("-")[2]) for path in folder.glob(f"{name}-*")]
    return [pid for pid in found if runs(pid)]


def runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def soon(what: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    (tmp_path / "child.py").write_text(CHILD)
    with subprocess.Popen([sys.executable, "-c", KEEPER, str(tmp_path)]) as process:
        soon(lambda: all(pids(tmp_path, name) for name in ("server", "worker", "inner")))
        yield process
        process.kill()
    soon(lambda: not [pid for name in ("server", "worker") for pid in pids(tmp_path, name)])
    for pid in pids(tmp_path, "inner"):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_child_is_started_again_and_leaves_nothing_behind(
    keeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    (server,), (worker,) = pids(tmp_path, "server"), pids(tmp_path, "worker")
    soon(lambda: len(pids(tmp_path, "inner")) == 2)
    for pid in (server, worker):
        os.kill(pid, signal.SIGKILL)
    soon(lambda: [] != pids(tmp_path, "server") != [server] and [] != pids(tmp_path, "worker") != [worker])
    soon(lambda: len(pids(tmp_path, "inner")) == 2)  # those of the killed ones are gone
    keeper.send_signal(signal.SIGTERM)
    assert keeper.wait(WAIT) == 0
    assert [pid for name in ("server", "worker", "inner") for pid in pids(tmp_path, name)] == []
