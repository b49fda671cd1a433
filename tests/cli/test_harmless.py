"""SEC-05: whatever stands in a title, a store's name or a header, no export holds a formula, and numbers stay numbers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from goldloop.cli.app import run
from goldloop.cli.harmless import csv_text, is_formula, screen_text

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FRONTS = ("", "\t", "\r", "\n", "\0", " ", "\u00a0", "\u3000", "\u200b", "\ufeff")
PAYLOADS = (
    *(f"{sign}1+1" for sign in SIGNS),
    *(f"{front}=1+1" for front in FRONTS if front),
    *(f"{front}＝1+1" for front in ("\u3000", "\u00a0")),
    "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "=DDE(\"cmd\";\"/C calc\";\"x\")",
    "=HYPERLINK(\"http://example.com\",\"x\")", "=IMPORTXML(\"http://example.com\",\"//a\")", "=WEBSERVICE(\"http://example.com\")",
    "shirt\n=1+1", "shirt\r=1+1", "shirt\r\n=1+1", "shirt\t=1+1", "shirt;=1+1", "shirt;+1+1", "\"=1+1", "\",=1+1", "'=1+1", "=1+1'",
    "%0A=1+1", "=\u200b1+1", "shirt|=1+1", "\u202e=1+1", "  \t =1+1",
)  # fmt: skip
FORMULA = re.compile(r"[\s\x00-\x20\u00a0\u200b\u3000\ufeff]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"-?[\d.]+")


def cells(text: str) -> set[str]:
    """Every cell that a spreadsheet may make of a CSV file, by whichever separator and line end it goes."""
    found: set[str] = set()
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.update(row)
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_is_run(payload: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(["store", csv_text(payload), -5])
    assert not [cell for cell in cells(out.getvalue()) if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]


def test_there_are_forty_payloads() -> None:
    assert len(set(PAYLOADS)) >= 40


@pytest.mark.parametrize(
    "text", ["-12.50", "+5", "-5%", "-1,234.50", "-.5", "-", "--", "shirt", "T-shirt", "a=b", "x@y.z", "", "衬衫 S-M"]
)
def test_numbers_and_plain_words_stay(text: str) -> None:
    assert csv_text(text) == text
    assert not is_formula(text)


def test_our_reader_takes_the_apostrophe_away() -> None:
    import pyarrow as pa

    from goldloop.connectors.parse import clean

    for payload in PAYLOADS:
        if (
            "\n" in csv_text(payload)
            or "\t" in payload.strip()
            or re.search("[;|]", payload)
            or payload[0] in "'\u202e"
        ):
            continue  # an apostrophe inside stays
        said = clean(pa.array([payload.replace("\0", "")]))
        assert clean(pa.array([csv_text(payload)])) == said, payload


def test_a_terminal_is_not_steered() -> None:
    assert screen_text("\x1b[2J\x07\u202egpj.exe") == "�[2J��gpj.exe"


# ------------------------------------------------------------------------------------------------- through real exports


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store, products, variants and attributes with dangerous names, out of a file with such a name."""
    folder = tmp_path_factory.mktemp("harmless")
    home = str(folder / "home")
    store = ["store", "add", "=S+店", "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai"]
    assert run([*store, "--home", home]) == 0
    names = [p.replace("\0", "") for p in PAYLOADS]
    _write(
        folder / "=products.csv",
        ["item_id", "title", "category", "=1+1", "@系列"],
        [[f"p{n}", name, name, name, name] for n, name in enumerate(names)],
    )
    _write(
        folder / "-lines.csv",
        [
            "order_id",
            "line_id",
            "placed_at",
            "paid_at",
            "product_id",
            "title",
            "variant",
            "quantity",
            "unit_price",
            "goods_amount",
        ],
        [
            [
                f"O{n}",
                "1",
                "2026-03-01 10:00:00",
                "2026-03-01 10:00:00",
                f"p{n}",
                name,
                name,
                "1",
                "5",
                "5" if n else "-5",
            ]
            for n, name in enumerate(names)
        ],
    )
    for file in ("=products.csv", "-lines.csv"):
        assert run(["import", "--home", home, "--", str(folder / file)]) == 0
    return home


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture
def ask(home: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def asking(*args: str) -> str:
        capsys.readouterr()
        assert run([*args, "--home", home]) == 0, capsys.readouterr()
        return capsys.readouterr().out

    return asking


CUTS = ("store", "product", "title", "category", "product.=1+1", "product.@系列", "variant")


def _cuts(ask: Callable[..., str]) -> list[str]:
    known = {cut["name"] for cut in json.loads(ask("figures", "--list", "--json"))["cuts"]}
    chosen = [cut for cut in known if cut in CUTS or "=" in cut or "@" in cut]
    assert "store" in chosen and len(chosen) >= 3, sorted(known)
    return chosen


def test_csv_and_table(ask: Callable[..., str]) -> None:
    for cut in _cuts(ask):
        text = ask("figures", "gmv", "--by", cut, "--format", "csv")
        bad = [cell for cell in cells(text) if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]
        assert not bad, cut
        assert "\x1b" not in ask("figures", "gmv", "--by", cut)
    assert "\x1b" not in ask("trace", "--figure", "gmv", "--limit", "100")


def test_workbooks_hold_text_and_numbers_only(ask: Callable[..., str], tmp_path: Path) -> None:
    import openpyxl
    from python_calamine import CalamineWorkbook

    for number, cut in enumerate(_cuts(ask)):
        file = tmp_path / f"={number}.xlsx"
        ask("figures", "gmv", "refund_rate", "--by", cut, "--out", str(file))
        kinds = {cell.data_type for sheet in openpyxl.load_workbook(file) for row in sheet.iter_rows() for cell in row}
        assert kinds <= {"s", "n", "inlineStr"}, cut  # f: a formula
        rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
        assert all(isinstance(row[1], float) or row[1] == "" for row in rows[1:])


def test_parquet_and_json_keep_text_as_it_is(ask: Callable[..., str], tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    ask("figures", "gmv", "--by", "store", "--out", str(tmp_path / "f.parquet"))
    assert pq.read_table(tmp_path / "f.parquet").column("store").to_pylist() == ["=S+店"]
    assert json.loads(ask("figures", "gmv", "--by", "store", "--json"))["rows"][0]["store"] == "=S+店"
