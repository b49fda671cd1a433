"""Locks between processes: one writer at a time, and a dead process holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from goldloop.home import Home
from goldloop.jobs import lock

HOLD = """
import sys, time
from goldloop import home
from goldloop.jobs import lock
with lock.writer(home.locate(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(home.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_lock_of_a_killed_process_is_free(home: Home) -> None:
    process = holder(home)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with lock.writer(home):
        pass


def test_who_waits_is_told_so_once(home: Home) -> None:
    process = holder(home)
    told = []

    def waiting() -> None:
        told.append("waiting")
        os.kill(process.pid, signal.SIGKILL)

    with lock.writer(home, waiting):
        process.wait()
    assert told == ["waiting"]


def test_different_claims_do_not_wait_for_each_other(home: Home) -> None:
    with lock.claim(home, "a", 1), lock.claim(home, "a", 2), lock.writer(home), lock.kept_files(home):
        pass
