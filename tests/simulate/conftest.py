"""The small group, written once for all tests of this folder."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goldloop import simulate
from tests.commands.shared import of_the_run, one_at_a_time

SEED, LAST_DAY = 7, date(2026, 10, 31)


@dataclass(frozen=True)
class Group:
    """A written group: its manifest, the truth as read back, and the files of each store by what their names hold."""

    folder: Path
    manifest: simulate.Manifest
    truth: dict[str, Any]

    def store(self, platform: str) -> dict[str, Any]:
        return next(s for s in self.truth["stores"].values() if s["platform"] == platform)

    def files(self, folder: str, word: str) -> list[Path]:
        found = [f.path for f in self.manifest.files if f.path.parent.name == folder and word in f.path.name]
        assert found, (folder, word)
        return found


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    """The group on disk, made once in a run and only read."""
    folder = of_the_run(tmp_path_factory) / "simulated"
    folder.mkdir(exist_ok=True)
    kept = folder / "manifest.pickle"
    with one_at_a_time(folder):
        if not kept.exists():
            made = simulate.write_group(folder / "files", size="small", seed=SEED, last_day=LAST_DAY)
            kept.write_bytes(pickle.dumps(made))
    manifest: simulate.Manifest = pickle.loads(kept.read_bytes())
    return Group(manifest.truth.parent, manifest, json.loads(manifest.truth.read_text("utf-8")))
