"""Opening files: refused ones say why, content decides and not the name, the hash is that of the bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from goldloop.connectors.readers import content_hash, sheets
from goldloop.core.errors import GoldloopError, WorkFailed

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def refused(path: Path | str) -> GoldloopError:
    with pytest.raises(GoldloopError) as error:
        list(sheets(path))
    assert error.value.given is not None
    assert error.value.todo
    return error.value


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv").code == "file_missing"
    assert refused(SAMPLES / "jd_orders.csv" / "below.csv").code == "file_missing"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "file_is_folder"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    assert refused(tmp_path / "empty.csv").code == "file_empty"


@pytest.mark.parametrize("content", [b"\n\n\n", b" ,\t\n,,\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_filled_row_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "blank.csv").write_bytes(content)
    assert refused(tmp_path / "blank.csv").code == "sheet_empty"


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert refused(tmp_path / "pipe.csv").code == "file_unreadable"


def test_a_file_that_may_not_be_read_is_failed_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.csv"
    path.write_text("a,b\n1,2\n")

    def no_right(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", no_right)
    monkeypatch.setattr("pyarrow.memory_map", no_right)
    for work in (lambda: list(sheets(path)), lambda: content_hash(path)):
        with pytest.raises(WorkFailed) as error:
            work()
        assert (error.value.code, error.value.exit_code) == ("file_unreadable", 1)


@pytest.mark.parametrize("start", [b"%PDF-1.7", b"\x89PNG\r\n", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"])
def test_pictures_documents_and_other_archives_are_refused(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "orders.csv").write_bytes(start + b"x" * 100)
    assert refused(tmp_path / "orders.csv").code == "file_kind_unknown"


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    for file in ("jd_settlement.xlsx", "商品报表_20261002_101010.zip", "jd_orders.csv"):
        shutil.copy(SAMPLES / file, tmp_path / "any.dat")
        expected = [(s.member, s.sheet, s.first_rows(5)) for s in sheets(SAMPLES / file)]
        assert [(s.member, s.sheet, s.first_rows(5)) for s in sheets(tmp_path / "any.dat")] == expected


def test_a_name_need_not_be_text(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + "/订单.csv".encode("gbk")))
    file.write_text("a,b\n1,2\n", "utf-8")
    (sheet,) = sheets(file)
    assert (sheet.file, sheet.first_rows(2)) == ("����.csv", [["a", "b"], ["1", "2"]])


def test_the_content_hash_is_sha256_of_the_bytes(tmp_path: Path) -> None:
    path = SAMPLES / "jd_orders.csv"
    assert content_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(GoldloopError, match="no file"):
        content_hash(tmp_path / "none")


def test_a_text_path_does_as_well() -> None:
    (sheet,) = sheets(str(SAMPLES / "jd_orders.csv"))
    assert sheet.file == "jd_orders.csv"
