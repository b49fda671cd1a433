"""REL-02: every named stop of every job is killed once; what was begun is done or not done, and the same again finishes it."""

from __future__ import annotations

import ast
import functools
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.forked import goldloop
from tests.jobs.mini import facts, many, row, stock, write

import goldloop as package
from goldloop import home as homes
from goldloop.cli.app import run
from goldloop.home import Home
from goldloop.jobs import stops
from goldloop.shop import Shop

pytestmark = pytest.mark.kills

State = dict[str, Any]


def called() -> set[str]:
    """The names of all calls of `stop_point` in the package."""
    found = set()
    for file in Path(package.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "stop_point":
                assert isinstance(node.args[0], ast.Constant), f"{file}: the name of a stop is written out"
                found.add(node.args[0].value)
    return found


def test_every_stop_is_named_and_has_a_scene() -> None:
    assert called() == set(stops.NAMES)
    assert {name.partition(".")[0] for name in stops.NAMES} == set(SCENES)


def state(home: Home) -> State:
    """Everything of a home that a person sees."""
    shop = Shop(home)
    return {
        "facts": facts(home),
        "imports": [(r.file, r.state, r.read, r.quarantined) for r in shop.imports()],
        "quarantine": [(q.row, q.state, q.reason) for q in shop.quarantine(states=())],
        "stores": [(s.name, s.day_starts) for s in shop.stores()],
        "sources": sorted(p.name for p in home.sources.iterdir()),
        "files": sorted(p.name.split("-")[0] for p in home.lake.rglob("*.parquet")),
    }


def loaded(home: Home, folder: Path) -> Shop:
    """A home with two files, one of which has rows in quarantine."""
    stock(home)
    shop = Shop(home)
    shop.import_files([write(folder / "first.csv", many(range(20)))])
    shop.import_files([write(folder / "bad.csv", [row("X1", price="free"), row("X2"), row("X3", price="dear")])])
    return shop


def scene_import(shop: Shop, folder: Path) -> tuple[str, ...]:
    return ("import", str(write(folder / "second.csv", many(range(10, 40)))))


def scene_undo(shop: Shop, folder: Path) -> tuple[str, ...]:
    return ("imports", "undo", str(shop.imports()[-1].id))


def scene_fix(shop: Shop, folder: Path) -> tuple[str, ...]:
    return ("quarantine", "fix", str(shop.quarantine()[0].id), "--set", "单价=5")


def scene_ignore(shop: Shop, folder: Path) -> tuple[str, ...]:
    return ("quarantine", "ignore", str(shop.quarantine()[0].id), "--reason", "a test")


def scene_settings(shop: Shop, folder: Path) -> tuple[str, ...]:
    return ("store", "set", "A", "--day-starts", "04:00")


def scene_forget(shop: Shop, folder: Path) -> tuple[str, ...]:
    return ("forget", "--store", "A", "--buyer", "b3")


SCENES: dict[str, Callable[[Shop, Path], tuple[str, ...]]] = {
    "import": scene_import,
    "undo": scene_undo,
    "fix": scene_fix,
    "ignore": scene_ignore,
    "settings": scene_settings,
    "forget": scene_forget,
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home in which the scenes begin, and the files they read."""
    folder = tmp_path_factory.mktemp("begun")
    loaded(fresh_home(folder / "home"), folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], State]:
    """What a job makes of the home when nobody kills it."""

    @functools.cache
    def of(job: str) -> State:
        home, command = scene(begun, tmp_path_factory.mktemp("undisturbed") / "home", job)
        assert run([*command, "--home", str(home.root)]) == 0
        return state(home)

    return of


def scene(begun: Path, folder: Path, job: str) -> tuple[Home, tuple[str, ...]]:
    """A copy of the home, connected, and the command to run on it."""
    shutil.copytree(begun / "home", folder)
    home = homes.find(folder)
    return home, SCENES[job](Shop(home), begun)


@pytest.mark.parametrize("name", stops.NAMES)
def test_a_killed_job_is_done_or_not_done_and_can_be_done_again(
    begun: Path, undisturbed: Callable[[str], State], tmp_path: Path, name: str
) -> None:
    job = name.partition(".")[0]
    after = undisturbed(job)
    home, command = scene(begun, tmp_path / "home", job)
    before = state(home)
    done = goldloop(home, *command, GOLDLOOP_STOP_AT=name)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    killed = state(home)
    for seen in ("facts", "imports", "quarantine"):
        assert killed[seen] in (before[seen], after[seen]), f"{seen} by half"
    if killed["facts"] == after["facts"] != before["facts"]:
        assert killed["imports"] == after["imports"]
    assert run([*command, "--home", str(home.root)]) in (0, 2)  # 2: there is nothing left to do
    assert state(home) == after
