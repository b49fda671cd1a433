"""A watched folder: files are taken when they have come to rest, and each content once."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.jobs.mini import row, stock, write

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.home import Home
from goldloop.shop import Shop

if TYPE_CHECKING:
    from goldloop.jobs.watch import Watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def watch(home: Home, folder: Path) -> Watch:
    stock(home)
    return Shop(home).watch(folder)


def look(watch: Watch) -> list[tuple[str, str]]:
    return [(one.file, one.error.code if one.error else str(one.receipts[0].new)) for one in watch.look()]


def test_a_file_is_taken_when_it_has_come_to_rest(watch: Watch, folder: Path) -> None:
    assert look(watch) == []
    file = write(folder / "a.csv", [row(1)])
    assert look(watch) == []
    write(file, [row(1), row(2)])  # still growing
    assert look(watch) == []
    assert look(watch) == [("a.csv", "2")]
    assert look(watch) == []
    assert file.exists()


def test_unfinished_and_empty_files_wait(watch: Watch, folder: Path) -> None:
    (folder / "b.csv").touch()
    part = write(folder / "a.csv.part", [row(1)])
    assert look(watch) + look(watch) + look(watch) == []
    part.rename(folder / "a.csv")
    assert look(watch) + look(watch) == [("a.csv", "1")]


def test_the_same_content_is_taken_once(watch: Watch, folder: Path) -> None:
    file = write(folder / "a.csv", [row(1)])
    assert look(watch) + look(watch) == [("a.csv", "1")]
    os.utime(file, ns=(1, 1))
    write(folder / "copy.csv", [row(1)])
    assert look(watch) + look(watch) + look(watch) == []


def test_a_refused_file_is_tried_again_when_it_changes(watch: Watch, folder: Path) -> None:
    file = folder / "a.csv"
    file.write_text("订单号,商品,金额\n1,2,3\n", "utf-8")
    assert look(watch) + look(watch) + look(watch) == [("a.csv", "format_unknown")]
    write(file, [row(1)])
    assert look(watch) + look(watch) == [("a.csv", "1")]


def test_a_file_at_which_the_machine_failed_is_tried_again_later_and_later(
    watch: Watch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.jobs import import_file

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write(folder / "a.csv", [row(1)])
    with monkeypatch.context() as machine:
        machine.setattr(import_file, "content_hash", full)
        tried = [number for number in range(1, 20) if look(watch) == [("a.csv", "disk_full")]]
    assert tried == [2, 4, 8, 16]
    assert [look(watch) for _ in range(12)] == [[]] * 12
    assert look(watch) == [("a.csv", "1")]
    assert look(watch) == []


def test_a_file_that_changes_does_not_wait(watch: Watch, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.jobs import import_file

    def busy(*_: object) -> None:
        raise WorkFailed("lake_busy", "Somebody else writes.")

    write(folder / "a.csv", [row(1)])
    with monkeypatch.context() as machine:
        machine.setattr(import_file, "content_hash", busy)
        assert [look(watch) for _ in range(5)][1::2] == [[("a.csv", "lake_busy")]] * 2
    write(folder / "a.csv", [row(1), row(2)])
    assert look(watch) + look(watch) == [("a.csv", "2")]


def test_a_file_that_vanishes_is_forgotten(watch: Watch, folder: Path) -> None:
    file = write(folder / "a.csv", [row(1)])
    assert look(watch) == []
    file.unlink()
    assert look(watch) + look(watch) == []


def test_only_a_folder_is_watched(home: Home, folder: Path) -> None:
    with pytest.raises(GoldloopError) as caught:
        Shop(home).watch(folder / "none")
    assert caught.value.code == "watch_no_folder"
