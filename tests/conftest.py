"""For all tests: properties are judged by what they find, not by how long a busy machine takes for one example; new
homes share the work of making the first tables."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def one_migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new home on SQLite begins with a copy of the tables of the run's first one: to make them takes half a second."""
    from goldloop import home as homes

    first = tmp_path_factory.mktemp("database") / "goldloop.sqlite3"
    make = homes._migrate

    def migrate(home: homes.Home) -> None:
        file = Path(home.database["NAME"])
        if not home.database["ENGINE"].endswith("sqlite3") or file.exists():
            make(home)
        elif first.exists():
            shutil.copyfile(first, file)
            file.chmod(0o600)
        else:
            make(home)
            with sqlite3.connect(file) as made, sqlite3.connect(first) as kept:
                made.backup(kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(homes, "_migrate", migrate)
        yield
