"""Bad rows as a file, and the mended file: each row where it stood, nothing twice, the correction remembered."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.jobs.mini import code_of, facts, lines, row, stock, write

from goldloop.cli import harmless, row_files
from goldloop.home import Home
from goldloop.shop import Shop

Cells = dict[str, str]


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home)
    return Shop(home)


def exported(shop: Shop, path: Path, mend: Callable[[Cells], Mapping[str, str]] = lambda cells: {}) -> Path:
    """The bad rows as a file, with what `mend` says about each of them."""
    bad = shop.quarantine_export()
    heads = [*bad.columns.values(), bad.name_column, f"{bad.prefix}what is wrong"]
    cells = [{**one.raw_row, **mend(one.raw_row)} for one in bad.rows]
    rows = [
        [*(one.get(column, "") for column in bad.columns), name, "bad"]
        for one, name in zip(cells, bad.names, strict=True)
    ]
    path.write_bytes(row_files.as_bytes(path.suffix[1:], heads, rows))
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_mended_file_takes_the_place_of_its_rows(shop: Shop, tmp_path: Path, form: str) -> None:
    rows = [row(1), row(2, price="free"), row(3, at="noon"), row(4, quantity="")]
    first = shop.import_files([write(tmp_path / "a.csv", rows)])[0]
    right = {"2": {"单价": "3.00"}, "3": {"付款时间": "2026-03-05 10:00:00"}, "4": {"数量": "2"}}
    file = exported(shop, tmp_path / f"mended.{form}", lambda cells: right[cells["订单号"]])
    (receipt,) = shop.import_files([file])
    assert (receipt.parent, receipt.read, receipt.new, receipt.closes) == (first.id, 3, 3, True)
    assert [note["code"] for note in receipt.notes] == ["mended_in"]
    assert lines(shop) == [("1", 990), ("2", 300), ("3", 990), ("4", 1980)]
    assert shop.quarantine() == []
    (again,) = shop.import_files([file])
    assert (again.id, again.repeated) == (receipt.id, True)
    assert lines(shop) == [("1", 990), ("2", 300), ("3", 990), ("4", 1980)]
    (later,) = shop.import_files([write(tmp_path / "b.csv", [*rows, row(5)])])
    assert (later.new, later.quarantined) == (1, 0)
    assert {n["code"]: n["params"]["rows"] for n in later.notes if "rows" in n["params"]} == {"rows_corrected": 3}


def test_rows_that_still_fail_stay_in_the_list(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(2, price="free"), row(3, price="gift")])])
    file = exported(shop, tmp_path / "m.csv", lambda cells: {"单价": "1"} if cells["订单号"] == "2" else {})
    (receipt,) = shop.import_files([file])
    assert [(n["code"], n["params"].get("rows")) for n in receipt.notes] == [("mended_in", None), ("mended_left", 1)]
    assert [r.raw_row["订单号"] for r in shop.quarantine()] == ["3"]
    untouched = exported(shop, tmp_path / "n.csv")
    assert code_of(shop.import_files, [untouched]) == "mended_not_enough"
    assert shop.import_files([untouched], dry_run=True) == []


def test_rows_of_several_files_of_a_report_stand_in_one(shop: Shop, tmp_path: Path) -> None:
    shop.import_files(
        [write(tmp_path / "a.csv", [row(1, price="free")]), write(tmp_path / "b.csv", [row(2, price="x")])]
    )
    receipts = shop.import_files([exported(shop, tmp_path / "m.xlsx", lambda cells: {"单价": "5"})])
    assert [receipt.parent for receipt in receipts] == [1, 2]
    assert lines(shop) == [("1", 500), ("2", 500)]


def test_what_else_is_in_the_file_is_loaded_too(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1, price="free")])])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(exported(shop, tmp_path / "m.csv", lambda cells: {"单价": "5"}), "m.csv")
        archive.write(write(tmp_path / "b.csv", [row(2)]), "b.csv")
    assert [receipt.file for receipt in shop.import_files([tmp_path / "all.zip"])] == ["a.csv", "all.zip"]
    assert lines(shop) == [("1", 500), ("2", 990)]


def test_files_that_are_not_ours_are_refused_before_anything_is_loaded(shop: Shop, tmp_path: Path) -> None:
    rows = [row(1, price="free"), row(2, price="free")]
    shop.import_files([write(tmp_path / "a.csv", rows)])
    text = exported(shop, tmp_path / "m.csv", lambda cells: {"单价": "1"}).read_text("utf-8-sig")
    head, first, second = text.splitlines()
    wrong = {
        "mended_row_unknown": [first, second.replace("2-", "9-")],
        "mended_row_twice": [first, first],
    }
    for code, kept in wrong.items():
        (tmp_path / "n.csv").write_text("\n".join([head, *kept]) + "\n", "utf-8")
        assert code_of(shop.import_files, [tmp_path / "n.csv"]) == code
    (tmp_path / "n.csv").write_text("\n".join([head, first, second.replace("2-", "-")]) + "\n", "utf-8")
    assert code_of(shop.import_files, [tmp_path / "n.csv"]) == "mended_row_unknown"
    assert lines(shop) == []


def test_equal_rows_must_be_mended_alike(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1, price="free"), row(1, price="free")])])
    prices = iter("12")
    file = exported(shop, tmp_path / "m.csv", lambda cells: {"单价": next(prices)})
    assert code_of(shop.import_files, [file]) == "mended_two_ways"


def test_an_export_needs_rows_of_one_report(shop: Shop, tmp_path: Path) -> None:
    assert code_of(shop.quarantine_export) == "quarantine_empty"
    assert code_of(shop.quarantine_export, import_id=9) == "import_unknown"
    shop.store_add("B", platform="tmall")
    for store in "AB":
        shop.import_files([write(tmp_path / f"{store}.csv", [row(1, price="free", store=store)])], store=store)
    assert code_of(shop.quarantine_export) == "quarantine_mixed"
    assert [one.store for one in shop.quarantine_export(store="B").rows] == ["B"]
    assert [one.store for one in shop.quarantine_export(import_id=1).rows] == ["A"]


FORMULAS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    " =1",
    "＝1+1",
    "a;=1",
    "x\ty",
    '"=1"',
    "'=1",
    "-",
    "a\nb",
    '=HYPERLINK("x")',
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_formulas_are_not_run_and_come_back_as_they_were(shop: Shop, tmp_path: Path, form: str) -> None:
    """An export that nobody touched corrects nothing, whatever stands in its cells."""
    out = io.StringIO()
    csv.writer(out).writerows([["订单号", "商品", "数量", "单价", "付款时间", "买家", "店铺"]])
    csv.writer(out).writerows([row(n, product=text, price="free") for n, text in enumerate(FORMULAS)])
    (tmp_path / "a.csv").write_text(out.getvalue(), "utf-8")
    shop.import_files([tmp_path / "a.csv"])
    file = exported(shop, tmp_path / f"m.{form}")
    assert code_of(shop.import_files, [file]) == "mended_not_enough"
    from goldloop.jobs import remembered

    assert remembered.fixes(shop.home, 1) == {}


def test_nothing_unseen_before_a_sign_becomes_a_correction(home: Home) -> None:
    from goldloop.jobs.mended import _bare

    unseen = [chr(n) for n in range(0x10000) if not 0xD800 <= n < 0xE000]
    cells = [text for sign in unseen for text in (f"{sign}=1+1", f" {sign}＝1", f"a;{sign}-x")]
    assert [cell for cell in cells if _bare(harmless.csv_text(cell)) != _bare(cell)] == []


def test_a_column_that_was_taken_out_of_the_file_keeps_its_cells(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1, price="free", buyer="Ann")])])
    bad = shop.quarantine_export()
    rows = [[one.raw_row["订单号"], "3", name] for one, name in zip(bad.rows, bad.names, strict=True)]
    (tmp_path / "m.csv").write_bytes(row_files.as_bytes("csv", ["订单号", "单价", bad.name_column], rows))
    shop.import_files([tmp_path / "m.csv"])
    assert lines(shop) == [("1", 300)]
    assert facts(shop.home)["facts/orders"][0]["buyer_key"]


def test_what_a_worksheet_cannot_hold_is_refused() -> None:
    assert code_of(row_files.as_bytes, "xlsx", ["a"], [["x" * 32_768]]) == "too_large_for_xlsx"
    assert code_of(row_files.as_bytes, "txt", ["a"], []) == "form_unknown"
