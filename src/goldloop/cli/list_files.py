"""A list of rows as a file: CSV, JSON or Excel. Text that a spreadsheet would take for a formula is made harmless."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from goldloop.cli import harmless
from goldloop.core.errors import WorkFailed

CELL = 32_767  # characters that a cell of a workbook holds
FORMS = ("csv", "json", "xlsx")


def csv_text(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV; `columns`: name -> unit (text, date, count, money, number). Empty where null."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([harmless.csv_text(name) for name in columns])
    for row in rows:
        writer.writerow([_csv_cell(row[name], unit) for name, unit in columns.items()])
    return out.getvalue()


def write(
    path: Path, form: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]
) -> None:
    """Write rows into a file; `about`, what they are about, goes along in JSON and Excel; a text is its `text` alone. Raises `out_failed`."""
    try:
        if form == "xlsx":
            _write_xlsx(path, columns, rows, about)
        elif form == "csv":
            path.write_text(csv_text(columns, rows), encoding="utf-8-sig")
        elif form == "text":
            path.write_text(f"{about['text']}\n", encoding="utf-8")
        else:
            text = json.dumps({**about, "rows": list(rows)}, ensure_ascii=False, indent=2, default=str)
            path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise WorkFailed(
            "out_failed", f"The file could not be written: {error.strerror or error}.", given=str(path),
            todo="Choose a folder you may write to.", path=str(path), cause=str(error.strerror or error),
        ) from error  # fmt: skip


def _csv_cell(value: Any, unit: str) -> Any:
    if value is None:
        return ""
    return value if unit in ("money", "count", "number") else harmless.csv_text(str(value))


def _write_xlsx(
    path: Path, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]
) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("rows")
        bold, text = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
        numbers = {
            "money": book.add_format({"num_format": "#,##0.00"}),
            "count": book.add_format({"num_format": "#,##0"}),
            "number": book.add_format({"num_format": "#,##0.######"}),
        }
        for column, (name, unit) in enumerate(columns.items()):
            sheet.write_string(0, column, name, bold)
            for place, row in enumerate(rows, 1):
                if row[name] is None:
                    continue
                if unit in numbers:
                    sheet.write_number(place, column, float(row[name]), numbers[unit])
                else:
                    sheet.write_string(place, column, str(row[name])[:CELL], text)
        scope = book.add_worksheet("scope")
        for place, (name, value) in enumerate(about.items()):
            scope.write_string(place, 0, name)
            scope.write_string(place, 1, json.dumps(value, ensure_ascii=False, default=str)[:CELL])
