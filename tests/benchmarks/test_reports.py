"""The 15-report job at a small size: the lake is one that goldloop would have made, and every side gives the same reports."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from benchmarks.measure import Cost, once
from benchmarks.reports.compare import differences
from benchmarks.reports.files import files
from benchmarks.reports.make import make
from benchmarks.reports.sides import interpreter

pytestmark = pytest.mark.bench
LINES, GRAINS = 20_000, "month"
PEERS = ("duckdb", "polars", "pandas")
ROOT = Path(__file__).resolve().parents[2]
MOST = 4.0  # times the CPU time of all peers together, starting and all: at this size a command's start is most of it


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small lake of the benchmark."""
    folder = tmp_path_factory.mktemp("lake")
    make(folder, LINES)
    return folder


def test_finishing_would_change_nothing(home: Path) -> None:
    import goldloop
    from goldloop.lake.snapshot import Snapshot

    shop = goldloop.open(home)
    from goldloop.jobs.writing import writing

    with writing(shop.home) as work:
        done = work.lake.refinish(work.snapshot, stores=work.stores, rules=work.rules)
        assert work.lake.differences(work.snapshot, Snapshot(work.snapshot.root, done.versions)) == {}


def of_ours(home: Path, folder: Path) -> Cost:
    """Our reports of the lake, in a folder of that one."""
    return run(folder, "goldloop", "-m", "benchmarks.reports.ours", str(home))


def of_a_peer(home: Path, folder: Path, name: str) -> Cost:
    """The same of a peer."""
    listing = folder / "files.json"
    listing.write_text(json.dumps(files(home)), "utf-8")
    return run(folder, name, str(ROOT / "benchmarks" / "peers" / f"with_{name}.py"), str(listing))


def run(folder: Path, name: str, *command: str) -> Cost:
    """What a side costs in an environment that has all of them."""
    (folder / name).mkdir()
    return once([sys.executable, *command, str(folder / name), GRAINS], {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"})


def test_every_side_gives_the_same_reports_and_ours_costs_no_multiple(home: Path, tmp_path: Path) -> None:
    ours, peers = of_ours(home, tmp_path), [of_a_peer(home, tmp_path, name) for name in PEERS]
    for name in PEERS:
        assert differences(tmp_path / "goldloop", tmp_path / name, [GRAINS]) == []
    assert ours.cpu < MOST * sum(peer.cpu for peer in peers)


@pytest.mark.soak
@pytest.mark.skipif(interpreter("spark") is None, reason="Spark needs Java, and its package")
def test_spark_gives_the_same_reports(home: Path, tmp_path: Path) -> None:
    of_ours(home, tmp_path)
    of_a_peer(home, tmp_path, "spark")
    assert differences(tmp_path / "goldloop", tmp_path / "spark", [GRAINS]) == []
