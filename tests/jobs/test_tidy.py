"""What killed writers and undone imports leave is removed, and nothing that a reader may still use."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.jobs.mini import facts, goldloop, many, stock, write

from goldloop.home import Home
from goldloop.shop import Shop


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    stock(home)
    shop = Shop(home)
    shop.import_files([write(tmp_path / "a.csv", many(range(10)))])
    return shop


def files(shop: Shop) -> set[str]:
    """All data files of the lake."""
    return {str(path) for path in shop.home.lake.rglob("*-*.parquet") if "_delta_log" not in path.parts}


def named(shop: Shop) -> set[str]:
    """Those that make up the newest state."""
    snapshot = shop.snapshot()
    return {file for name in snapshot.versions for file in snapshot.files(name)}


def test_the_next_writer_removes_what_a_killed_one_left(shop: Shop, tmp_path: Path) -> None:
    before = files(shop)
    second = write(tmp_path / "b.csv", many(range(30)))
    goldloop(shop.home, "import", str(second), GOLDLOOP_STOP_AT="import.before_receipt")
    (shop.home.lake / ".spill-left").mkdir()
    (shop.home.tmp / "left").mkdir()
    left = files(shop) - before
    assert left
    shop.store_add("B", platform="tmall")
    assert not left & files(shop)
    assert before <= files(shop)  # a reader may still be at work on the state before
    assert not (shop.home.lake / ".spill-left").exists()
    assert not (shop.home.tmp / "left").exists()
    assert not (shop.home.locks / "lake.writing").exists()


def test_tidy_keeps_what_a_reader_of_the_last_hour_may_use(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.jobs import tidy

    second = shop.import_files([write(tmp_path / "b.csv", many(range(5, 15)))])[0]
    old = shop.snapshot()
    shop.import_undo([second.id or 0])
    held, now = named(shop), facts(shop.home)
    assert shop.lake_tidy().bytes == 0
    assert all(Path(file).exists() for name in old.versions for file in old.files(name))
    monkeypatch.setattr(tidy, "READERS", timedelta(0))
    assert shop.lake_tidy().bytes > 0
    assert files(shop) == held
    assert facts(shop.home) == now


def test_tidy_removes_kept_files_without_an_import(shop: Shop, tmp_path: Path) -> None:
    (shop.home.sources / f"{'0' * 64}.sealed").write_bytes(b"left")
    done = goldloop(shop.home, "lake", "tidy")
    assert done.returncode == 0, done.stderr
    assert "1 kept files" in done.stdout
    assert len(list(shop.home.sources.iterdir())) == 1


def test_rebuilt_facts_are_the_same_and_a_damaged_lake_is_put_right(shop: Shop, tmp_path: Path) -> None:
    before = facts(shop.home)
    assert shop.lake_rebuild() == {"facts": {"order_lines": 20, "orders": 10}, "different": {}}
    assert facts(shop.home) == before
    done = goldloop(shop.home, "lake", "rebuild")
    assert (done.returncode, "the same as before" in done.stdout) == (0, True), done.stdout + done.stderr


def test_facts_that_differ_are_counted(shop: Shop) -> None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = shop.snapshot().files("facts/orders")[0]
    rows = pq.read_table(file, partitioning=None)
    at = rows.column_names.index("quantity")
    pq.write_table(rows.set_column(at, rows.schema.field(at), pc.add(rows["quantity"], 1)), file)
    done = shop.lake_rebuild()
    assert done["different"] == {"orders": 2 * rows.num_rows}
    assert shop.lake_rebuild()["different"] == {}


def test_everything_is_on_the_disk_before_the_receipt(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data files, the log and the folders are forced before the row that names them is written."""
    from goldloop.apps.feeds import api as feeds
    from goldloop.lake import durable

    forced: list[Path] = []
    monkeypatch.setattr(durable, "_force", forced.append)
    finish, seen = feeds.import_finish, []
    monkeypatch.setattr(feeds, "import_finish", lambda **given: (seen.append(set(forced)), finish(**given))[1])
    shop.import_files([write(tmp_path / "b.csv", many(range(40, 50)))])
    snapshot = shop.snapshot()
    ours = {Path(f) for n in snapshot.versions if n != "ref/stores" for f in snapshot.files(n)} & seen[0]
    assert len(ours) >= 4
    for file in ours:
        assert {file.parent, file.parent.parent, shop.home.lake} <= seen[0]
        log = file.parent.parent / "_delta_log"
        assert f"{snapshot.versions[file.parent.parent.relative_to(shop.home.lake).as_posix()]:020}.json" in {
            f.name for f in seen[0] if f.parent == log
        }
