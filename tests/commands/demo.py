"""The small demo for every test that needs it: made once in a run, by the command that a reader types."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands.shared import of_the_run, one_at_a_time

LAST_DAY = "2026-10-31"
COMMAND = f"goldloop demo --home demo --last-day {LAST_DAY}"


def made_demo(folders: pytest.TempPathFactory) -> Path:
    """The demo's home, which is only read; a folder in GOLDLOOP_TEST_DEMO is used as it is."""
    if given := os.environ.get("GOLDLOOP_TEST_DEMO"):
        return Path(given)
    shared = of_the_run(folders) / "the-demo"
    shared.mkdir(exist_ok=True)
    with one_at_a_time(shared):
        if not (shared / "made.json").exists():
            shutil.rmtree(shared / "demo", ignore_errors=True)
            done = subprocess.run([*COMMAND.split(), "--json"], cwd=shared, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            (shared / "made.json").write_text(done.stdout, "utf-8")
    return shared / "demo"


def receipts(demo: Path) -> list[dict[str, Any]]:
    """What its imports said; nothing of a demo that was given."""
    made = demo.parent / "made.json"
    found: list[dict[str, Any]] = json.loads(made.read_text("utf-8"))["receipts"] if made.exists() else []
    return found
