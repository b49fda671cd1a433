"""What is read from the package's own files is kept between runs, and never outlives them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from goldloop.connectors.compiled import compiled


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sources, in which compiled files may be kept."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(name)
    return tmp_path


def again(folder: Path) -> list[str]:
    """The sources, and `made` behind them where they were read anew."""
    files, made = sorted(folder.glob("*.toml")), []

    def make() -> list[str]:
        made.append("made")
        return [file.read_text() for file in files]

    return compiled(folder / "all.py", files, make) + made


def test_sources_are_read_once_and_again_after_every_change(folder: Path) -> None:
    assert again(folder) == ["a", "b", "made"]
    assert again(folder) == ["a", "b"]
    (folder / "b.toml").write_text("c")
    os.utime(folder / "b.toml", ns=(1, 1))
    assert again(folder) == ["a", "c", "made"]
    (folder / "d.toml").write_text("d")
    assert again(folder) == ["a", "c", "d", "made"]
    (folder / "a.toml").unlink()
    assert again(folder) == ["c", "d", "made"]
    assert again(folder) == ["c", "d"]


@pytest.mark.parametrize("content", [b"", b"\x80\x05half", b"cos\nno_such_thing\n."])
def test_a_damaged_file_is_made_again(folder: Path, content: bytes) -> None:
    again(folder)
    (kept,) = (folder / "__pycache__").iterdir()
    kept.write_bytes(content)
    assert again(folder)[-1] == "made"
    assert again(folder) == ["a", "b"]


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert again(folder)[-1] == again(folder)[-1] == "made"
    assert not (folder / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_does_not_matter(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way")
    assert again(folder)[-1] == again(folder)[-1] == "made"
