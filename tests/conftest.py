"""For all tests: properties are judged by what they find, not by how long a busy machine takes for one example; new
homes share the work of making the first tables, and the SQL of figures; nobody waits for a disk, as no test cuts the
power (those that kill a command do so to a process of its own, which waits as always); what was imported is not searched
for garbage again and again; and small matrices are solved by one thread, as in the command line."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.commands.shared import of_the_run
from tests.commands.statements import kept
from tests.commands.tables import copied

LONG = (
    "docs/test_guides.py",
    "fuzz/test_mutated_files.py",
    "journeys/test_demo_scopes.py",
    "jobs/test_split_files.py",
    "jobs/test_kills.py",
    "jobs/test_canaries.py",
    "jobs/test_queue.py",
    "journeys/test_folder.py",
    "web/test_access.py",
    "jobs/test_large.py",
    "web/test_api.py",
    "lake/test_properties.py",
    "connectors/test_variants.py",
    "web/test_hostile_addresses.py",
    "jobs/test_full_disk.py",
    "jobs/test_same_rows.py",
    "jobs/test_import_file.py",
    "metrics/test_random_scopes.py",
    "web/test_api_plans.py",
    "web/test_api_postgresql.py",
    "tests/test_architecture.py",
    "jobs/test_persons.py",
    "jobs/test_feed_board.py",
    "jobs/test_forget.py",
    "lake/test_one_order.py",
    "metrics/test_mature.py",
    "browser/test_empty_install.py",
    "browser/test_shop_group.py",
)

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported; goldloop/cli/__init__.py says why
settings.register_profile("untimed", deadline=None, max_examples=int(os.environ.get("GOLDLOOP_EXAMPLES", "50")))
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first: no worker is left with one of them while the others have nothing to do."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get("/".join(item.path.parts[-2:]), len(LONG)))


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: no search for garbage needs to walk through them, and fewer will do."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def one_migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tables of a new home are made once for the run, and its workers."""
    from goldloop import home as homes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(homes, "_migrate", copied(homes._migrate, of_the_run(tmp_path_factory) / "goldloop.sqlite3"))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_compilation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The SQL of each shape of question is made once for the run, and its workers."""
    from goldloop.metrics.engines import engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_compile", kept(engine._compile, of_the_run(tmp_path_factory) / "sql"))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_disks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield
