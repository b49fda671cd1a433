"""XLS and XLSX: cells as exact text, row numbers as Excel shows them, hostile sheets refused before they cost memory."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter

from goldloop.connectors.readers import Limits, RawSheet, sheets
from goldloop.connectors.readers.workbook_child import cell_text
from goldloop.core.errors import GoldloopError

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def workbook(path: Path, rows: list[list[Any]], **others: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, cells in {"data": rows, **others}.items():
            sheet = book.add_worksheet(name)
            for row, values in enumerate(cells):
                sheet.write_row(row, 0, values)
    return path


def refused(path: Path, limits: Limits = Limits()) -> GoldloopError:
    with pytest.raises(GoldloopError) as error:
        list(sheets(path, limits=limits))
    return error.value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (-0.0, "0"),
        (4012.17, "4012.17"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (350000000001, "350000000001"),
        (3500000000000001.0, "3500000000000001"),
        (6.9e18, "6.9E+18"),
        (-1e300, "-1E+300"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("\t6900000000000000001", "\t6900000000000000001"),
        (datetime(2026, 10, 1, 23, 59, 59), "2026-10-01 23:59:59"),
        (datetime(2026, 10, 1, 9, 59, 59, 999_999), "2026-10-01 10:00:00"),
        (date(2026, 10, 1), "2026-10-01"),
        (time(1, 2, 3), "01:02:03"),
        (timedelta(hours=49, seconds=1), "49:00:01"),
    ],
)
def test_cells_are_exact_text(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_a_sheet_is_read_as_text_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["Report"],
            [],
            ["id", "when", "", "n", "ok"],
            ["007", datetime(2026, 10, 1, 10, 0, 1), "x", 1.5, True],
            [],
            ["8"],
        ],
        empty=[],
        more=[["a"], [1]],
    )
    first, more = sheets(path)
    assert (first.sheet, more.sheet, first.member) == ("data", "more", "")
    assert first.first_rows(3) == [["Report", "", "", "", ""], [""] * 5, ["id", "when", "", "n", "ok"]]
    assert first.table(3).to_pylist() == [
        {"id": "007", "when": "2026-10-01 10:00:01", "[C]": "x", "n": "1.5", "ok": "TRUE", "_row": 4},
        {"id": "8", "when": None, "[C]": None, "n": None, "ok": None, "_row": 6},
    ]
    assert more.table(1, ["a"]).to_pylist() == [{"a": "1", "_row": 2}]


def test_a_table_that_does_not_begin_in_the_corner_keeps_its_row_numbers(tmp_path: Path) -> None:
    (sheet,) = sheets(workbook(tmp_path / "a.xlsx", [[], [], [None, "a"], [None, 1]]))
    assert sheet.table(3).to_pylist() == [{"[A]": None, "a": "1", "_row": 4}]


@pytest.mark.parametrize(
    ("file", "header_row", "columns", "rows"),
    [
        ("taobao_suborders_2026.xlsx", 1, [20], [[2, 3]]),
        ("pdd_promotion_goods.xlsx", 1, [18], [[2, 3]]),
        ("jd_sz_sku_daily.xlsx", 1, [37], [[2]]),
        ("jd_settlement.xlsx", 2, [22], [[3]]),
        ("【生意参谋平台】商品_全部_2026-10-01_2026-10-01.xls", 5, [38], [[6, 7]]),
        ("【生意参谋平台】商品_宏观监控_2026-10.xls", 5, [27], [[6]]),
        ("【生意参谋平台】店铺来源_2026-10-01.xls", 6, [39, 39], [[7, 8, 9, 10], [7]]),
    ],
)
def test_the_sample_workbooks_are_read_whole(
    file: str, header_row: int, columns: list[int], rows: list[list[int]]
) -> None:
    tables = [sheet.table(header_row) for sheet in sheets(SAMPLES / file)]
    assert [len(t.column_names) - 1 for t in tables] == columns
    assert [t["_row"].to_pylist() for t in tables] == rows


def test_long_ids_kept_as_text_stay_exact() -> None:
    (sheet,) = sheets(SAMPLES / "taobao_suborders_2026.xlsx")
    assert sheet.table(1)["子订单编号"].to_pylist() == ["3500000000000000101", "3500000000000000201"]


def test_a_workbook_without_words_is_empty(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path / "a.xlsx", [[]])).code == "sheet_empty"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_cut_workbook_is_damaged(tmp_path: Path, share: float) -> None:
    for file in ("jd_settlement.xlsx", "【生意参谋平台】商品_宏观监控_2026-10.xls"):
        data = (SAMPLES / file).read_bytes()
        (tmp_path / "cut").write_bytes(data[: int(len(data) * share)])
        try:
            found: list[RawSheet] = list(sheets(tmp_path / "cut"))
        except GoldloopError as error:
            assert error.code in {"file_broken", "sheet_empty"}
        else:  # the end of an XLS may be padding
            assert found[0].table(5).num_rows == 1
            assert file.endswith(".xls")


def test_a_workbook_with_a_password_or_another_compound_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "doc.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000)
    assert refused(tmp_path / "doc.xls").code == "file_broken"


def far_away(path: Path, row: int, column: int) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(row, column, "b")
    return path


def test_one_cell_in_the_far_corner_costs_the_child_and_not_us(tmp_path: Path) -> None:
    error = refused(far_away(tmp_path / "far.xlsx", 1_048_575, 16_383))
    assert (error.code, error.params["memory"]) == ("file_too_heavy", 768)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    error = refused(far_away(tmp_path / "far.xlsx", 5, 600))
    assert (error.code, error.params["rows"], error.params["columns"]) == ("sheet_too_large", 6, 601)


def test_a_reader_that_does_not_come_to_an_end_is_stopped(tmp_path: Path) -> None:
    path = far_away(tmp_path / "far.xlsx", 1_000_000, 30)
    assert refused(path, Limits(seconds=1)).code == "file_too_heavy"


def test_a_workbook_bomb_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", [["a"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", b"0" * 50_000_000)
    error = refused(path)
    assert (error.code, error.params["what"]) == ("archive_too_large", "ratio")
    assert refused(path, Limits(unpacked=1_000_000)).params["what"] == "unpacked"
    assert refused(path, Limits(parts=3)).params["what"] == "entries"


def test_mutated_workbooks_end_in_rows_or_a_clear_refusal(tmp_path: Path) -> None:
    dice = np.random.default_rng(11)
    path = tmp_path / "mutated"
    for file in ("jd_settlement.xlsx", "【生意参谋平台】商品_宏观监控_2026-10.xls"):
        whole = (SAMPLES / file).read_bytes()
        for _ in range(12):
            data = bytearray(whole)
            for place in dice.integers(0, len(data), 4):
                data[place] = int(dice.integers(0, 256))
            path.write_bytes(data)
            try:
                for sheet in sheets(path):
                    sheet.first_rows(12)
            except GoldloopError as error:
                assert error.text


ODS = """<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.2"><office:body><office:spreadsheet><table:table table:name="orders">
<table:table-row><table:table-cell office:value-type="string"><text:p>id</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>when</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>paid</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>3500000000000000101</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2026-10-01T10:00:00"><text:p>1.10.26</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="12.5"><text:p>12,50</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def open_document(path: Path, kind: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        made.writestr("content.xml", ODS.replace("\n<", "<"))
        made.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.{kind}"/>'
            "</manifest:manifest>",
        )
    return path


def test_an_ods_is_a_workbook_too(tmp_path: Path) -> None:
    (sheet,) = sheets(open_document(tmp_path / "orders.ods", "spreadsheet"))
    assert sheet.sheet == "orders"
    rows = sheet.table(1).to_pylist()
    assert rows[0] | {"when": ""} == {"id": "3500000000000000101", "when": "", "paid": "12.5", "_row": 2}
    assert rows[0]["when"].replace("T", " ") == "2026-10-01 10:00:00"


def test_a_text_document_is_none(tmp_path: Path) -> None:
    assert refused(open_document(tmp_path / "letter.odt", "text")).code == "file_kind_unknown"
