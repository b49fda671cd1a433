"""Kept files come back byte for byte, and whatever was changed, cut short or moved does not open."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.core.errors import WorkFailed
from goldloop.jobs.vault import CHUNK, HEAD, Seal, Vault

KEY = bytes(range(32))


def keep(folder: Path, content: bytes) -> tuple[Vault, str]:
    source = folder / "orders.csv"
    source.write_bytes(content)
    (folder / "sources").mkdir(exist_ok=True)
    vault = Vault(folder / "sources", KEY)
    digest = hashlib.sha256(content).hexdigest()
    vault.keep(source, digest)
    return vault, digest


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_a_kept_file_comes_back_whole(tmp_path: Path, size: int) -> None:
    content = bytes(i % 251 for i in range(size))
    vault, digest = keep(tmp_path, content)
    vault.extract(digest, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == content
    assert oct((tmp_path / "again").stat().st_mode)[-3:] == "600"
    assert oct((tmp_path / "sources" / f"{digest}.sealed").stat().st_mode)[-3:] == "600"


def test_nothing_readable_is_kept(tmp_path: Path) -> None:
    vault, digest = keep(tmp_path, b"13800138000,buyer@example.com\n" * 100)
    sealed = (tmp_path / "sources" / f"{digest}.sealed").read_bytes()
    assert b"13800138000" not in sealed
    assert b"buyer" not in sealed


@pytest.mark.parametrize("cut", [1, 16, CHUNK + 16])
def test_a_shortened_file_does_not_open(tmp_path: Path, cut: int) -> None:
    vault, digest = keep(tmp_path, b"x" * (2 * CHUNK))
    path = tmp_path / "sources" / f"{digest}.sealed"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(WorkFailed, match="cannot be opened"):
        vault.extract(digest, tmp_path / "again")


@settings(max_examples=30, deadline=None)
@given(place=st.integers(0, HEAD + 116 - 1))
def test_a_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int) -> None:
    folder = tmp_path_factory.mktemp("vault")
    vault, digest = keep(folder, b"y" * 100)
    path = folder / "sources" / f"{digest}.sealed"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(WorkFailed):
        vault.extract(digest, folder / "again")


def test_one_file_cannot_stand_in_for_another(tmp_path: Path) -> None:
    vault, first = keep(tmp_path, b"first")
    _, second = keep(tmp_path, b"second")
    (tmp_path / "sources" / f"{first}.sealed").rename(tmp_path / "sources" / f"{second}.sealed")
    with pytest.raises(WorkFailed):
        vault.extract(second, tmp_path / "again")


def test_another_home_key_opens_nothing(tmp_path: Path) -> None:
    _, digest = keep(tmp_path, b"content")
    with pytest.raises(WorkFailed):
        Vault(tmp_path / "sources", bytes(32)).extract(digest, tmp_path / "again")


def test_a_file_that_changed_meanwhile_is_not_kept(tmp_path: Path) -> None:
    vault, digest = keep(tmp_path, b"one")
    (tmp_path / "orders.csv").write_bytes(b"two")
    with pytest.raises(WorkFailed) as caught:
        vault.keep(tmp_path / "orders.csv", "0" * 64)
    assert caught.value.code == "file_changed"
    assert [path.name for path in (tmp_path / "sources").iterdir()] == [f"{digest}.sealed"]


def test_a_dropped_file_takes_its_key_along(tmp_path: Path) -> None:
    vault, digest = keep(tmp_path, b"content")
    sealed = vault.seal_of(digest).seal("王小明".encode())
    vault.drop(digest)
    with pytest.raises(WorkFailed) as caught:
        vault.seal_of(digest)
    assert caught.value.code == "source_missing"
    assert "王小明".encode() not in sealed


def test_sealed_texts_open_with_their_own_key_only() -> None:
    seal = Seal(KEY)
    assert seal.open(seal.seal(b"text")) == b"text"
    assert seal.seal(b"text") != seal.seal(b"text")
    with pytest.raises(WorkFailed):
        Seal(bytes(32)).open(seal.seal(b"text"))
    with pytest.raises(WorkFailed):
        seal.open(b"short")
