from __future__ import annotations

from pathlib import Path

import pytest
from tests.apps.homes import fresh_home

from goldloop.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home folder, with Django running on it."""
    for name in ("GOLDLOOP_HOME", "GOLDLOOP_DATABASE_URL", "GOLDLOOP_LAKE", "GOLDLOOP_ENGINE"):
        monkeypatch.delenv(name, raising=False)
    return fresh_home(tmp_path / "home")
