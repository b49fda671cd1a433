"""ZIP archives: members are labels, sizes are limited before and while unpacking, damage is said."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from goldloop.connectors.readers import Limits, sheets
from goldloop.core.errors import GoldloopError

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
CSV = b"a,b\n1,2\n"


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, limits: Limits = Limits()) -> GoldloopError:
    with pytest.raises(GoldloopError) as error:
        list(sheets(path, limits=limits))
    return error.value


def test_the_sample_archive_has_one_member_in_gbk() -> None:
    (sheet,) = sheets(SAMPLES / "商品报表_20261002_101010.zip")
    assert (sheet.file, sheet.member) == ("商品报表_20261002_101010.zip", "商品报表_20261002_101010.csv")
    assert sheet.table(1)["转化周期"].to_pylist() == ["1天转化", "15天转化"]


def test_every_member_and_worksheet_is_a_sheet_and_left_overs_are_not(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "all.zip",
        {
            "orders/": b"",
            "orders/one.csv": CSV,
            "orders/two.tsv": b"a\tb\n3\t4\n",
            "book.xlsx": (SAMPLES / "jd_settlement.xlsx").read_bytes(),
            "old.xls": (SAMPLES / "【生意参谋平台】店铺来源_2026-10-01.xls").read_bytes(),
            "empty.csv": b"",
            "__MACOSX/orders/._one.csv": b"\0\1",
            ".DS_Store": b"\0\1",
            "Thumbs.db": b"\xd0\xcf",
        },
    )
    assert [(s.member, s.sheet) for s in sheets(path)] == [
        ("orders/one.csv", ""),
        ("orders/two.tsv", ""),
        ("book.xlsx", "对账"),
        ("old.xls", "全店流量来源"),
        ("old.xls", "分载体流量来源"),
    ]


def test_names_are_labels_only(tmp_path: Path) -> None:
    path = packed(tmp_path / "odd.zip", {"a\x1b[31m\u202e.csv": CSV, "...": CSV, "a..b/c.csv": CSV})
    assert [s.member for s in sheets(path)] == ["a\ufffd[31m\ufffd.csv", "...", "a..b/c.csv"]
    assert [p.name for p in tmp_path.iterdir()] == ["odd.zip"]


@pytest.mark.parametrize(("encoding", "name"), [("gb18030", "商品报表.csv"), ("utf-8", "商品报表.csv")])
def test_chinese_names_without_the_utf8_flag_are_repaired(tmp_path: Path, encoding: str, name: str) -> None:
    raw = name.encode(encoding)
    path = packed(tmp_path / "names.zip", {"x" * len(raw): CSV})
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert [s.member for s in sheets(path)] == [name]


def test_a_link_is_no_member(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(tmp_path / "link.zip").code == "archive_link"


def test_an_archive_without_members_is_empty(tmp_path: Path) -> None:
    assert refused(packed(tmp_path / "none.zip", {})).code == "file_empty"
    assert refused(packed(tmp_path / "blank.zip", {"a.csv": b"", "b.csv": b"\n"})).code == "sheet_empty"


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"a.csv": CSV}).read_bytes()
    assert refused(packed(tmp_path / "outer.zip", {"inner.csv": inner})).code == "archive_nested"


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    error = refused(packed(tmp_path / "many.zip", {f"{i}.csv": CSV for i in range(201)}))
    assert (error.code, error.params["what"], error.given, error.allowed) == ("archive_too_large", "entries", 201, 200)


def test_what_unpacks_to_too_much_is_refused_by_the_directory(tmp_path: Path) -> None:
    path = packed(tmp_path / "big.zip", {"a.csv": CSV * 1000, "b.csv": CSV * 1000})
    error = refused(path, Limits(unpacked=15_000))
    assert (error.code, error.params["what"], error.given) == ("archive_too_large", "unpacked", 16_000)


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    error = refused(packed(tmp_path / "bomb.zip", {"a.csv": b"0" * 5_000_000}))
    assert (error.code, error.params["what"], error.allowed) == ("archive_too_large", "ratio", 100)


def test_a_small_file_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    (sheet,) = sheets(packed(tmp_path / "small.zip", {"a.csv": b"a,b\n" + b"1,2\n" * 100_000}))
    assert sheet.table(1).num_rows == 100_000


def test_a_directory_that_lies_about_sizes_is_damaged_or_too_large(tmp_path: Path) -> None:
    path = packed(tmp_path / "lie.zip", {"a.csv": CSV + b"1,2\n" * 100_000})
    data = path.read_bytes()
    size = len(CSV) + 400_000
    assert data.count(struct.pack("<I", size)) == 2
    path.write_bytes(data.replace(struct.pack("<I", size), struct.pack("<I", 10)))
    assert refused(path).code == "file_broken"


@pytest.mark.parametrize("cut", [5, 30, 60, 100])
def test_a_cut_archive_is_damaged(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path / "cut.zip", {"a.csv": CSV * 10})
    path.write_bytes(path.read_bytes()[:cut])
    assert refused(path).code == "file_broken"


def test_a_changed_byte_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "changed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", CSV)
    path.write_bytes(path.read_bytes().replace(b"1,2", b"1,3"))
    assert refused(path).code == "file_broken"


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "secret.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    path.write_bytes(data)
    assert refused(path).code == "file_encrypted"


def test_an_office_document_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "letter.xlsx", {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert refused(path).code == "file_kind_unknown"


def test_a_member_in_no_known_encoding_names_itself(tmp_path: Path) -> None:
    error = refused(packed(tmp_path / "odd.zip", {"odd.csv": bytes(range(256))}))
    assert (error.code, error.given) == ("encoding_unknown", "odd.csv")


def test_mutated_archives_end_in_rows_or_a_clear_refusal(tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole.zip", {"a.csv": CSV * 50, "b.csv": CSV * 50}).read_bytes()
    dice = np.random.default_rng(7)
    path = tmp_path / "mutated.zip"
    ends = set()
    for _ in range(300):
        data = bytearray(whole)
        for place in dice.integers(0, len(data), 3):
            data[place] = int(dice.integers(0, 256))
        path.write_bytes(data)
        try:
            rows = [sheet.table(1).num_rows for sheet in sheets(path)]
            ends.add("read")
            assert sum(rows) > 0
        except GoldloopError as error:
            ends.add(error.code)
    assert {"read", "file_broken"} <= ends
