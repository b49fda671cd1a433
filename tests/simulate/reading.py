"""Plain readers of the export files, independent of the connectors: one dict per row, cells as text.

What they return is kept and shared between tests: look, do not touch.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from python_calamine import CalamineWorkbook

ROOT = Path(__file__).resolve().parents[2]
Row = dict[str, str]


def sample(name: str) -> Path:
    """A sample file: the tests' own copy, else the folder beside the repository."""
    for folder in (ROOT / "tests" / "data" / "samples", ROOT.parent / "shared" / "samples"):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(name)


def table_of_csv(content: bytes, encoding: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(content.decode(encoding), newline="")) if row]


@cache
def csv_rows(path: Path, encoding: str) -> list[Row]:
    table = table_of_csv(path.read_bytes(), encoding)
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


@cache
def zip_rows(path: Path, encoding: str) -> list[Row]:
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.namelist()
        table = table_of_csv(archive.read(member), encoding)
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


@cache
def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


@cache
def sheet_rows(path: Path, header: int, sheet: int = 0) -> list[dict[str, object]]:
    """Rows below the header, which stands in row `header` (from 1)."""
    table = list(sheets(path).values())[sheet]
    return [dict(zip(table[header - 1], row, strict=True)) for row in table[header:]]  # type: ignore[arg-type]


def cents(text: object) -> int:
    """'1,234.50' as 123450."""
    return int((Decimal(str(text).replace(",", "")) * 100).to_integral_exact())


def whole(text: object) -> int:
    return int(str(text).replace(",", ""))


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text not in ("", "-") else None


def business_day(at: datetime, day_starts: int = 0) -> date:
    return (at - timedelta(minutes=day_starts)).date()
