"""For all tests: properties are judged by what they find, not by how long a busy machine takes for one example; new
homes share the work of making the first tables; nobody waits for a disk, as no test cuts the power (those that kill a
command do so to a process of its own, which waits as always)."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.commands.tables import copied

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def one_migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tables of a new home are made once for the run."""
    from goldloop import home as homes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            homes, "_migrate", copied(homes._migrate, tmp_path_factory.mktemp("database") / "goldloop.sqlite3")
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_disks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield
