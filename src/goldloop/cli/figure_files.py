"""Answers as files: CSV, JSON, Excel, Parquet. Text that a spreadsheet would take for a formula is made harmless (`harmless`)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.cli import harmless
from goldloop.core.errors import WorkFailed
from goldloop.metrics.answer import major
from goldloop.metrics.definitions import FIGURES

if TYPE_CHECKING:
    from goldloop.metrics.answer import Answer

CELL = 32_767  # characters that a cell of a workbook holds


def csv_text(answer: Answer) -> str:
    """Rows as CSV: plain numbers, cuts and their names as harmless text, empty where null."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([harmless.csv_text(name) for name in answer.columns])
    for row in answer.rows():
        writer.writerow([_csv_cell(name, value) for name, value in row.items()])
    return out.getvalue()


def _csv_cell(name: str, value: Any) -> Any:
    if value is None:
        return ""
    return value if name.partition("__")[0] in FIGURES else harmless.csv_text(str(value))


def write(answer: Answer, form: str, path: Path, language: str) -> None:
    """Write an answer into a file of the given form; raises `out_failed`."""
    try:
        if form == "parquet":
            import pyarrow.parquet as pq

            pq.write_table(answer.to_arrow(), path)
        elif form == "xlsx":
            _write_xlsx(answer, path, language)
        elif form == "csv":
            path.write_text(csv_text(answer), encoding="utf-8-sig")
        else:
            text = json.dumps(answer.as_dict(language), ensure_ascii=False, indent=2, default=str)
            path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise WorkFailed(
            "out_failed", f"The file could not be written: {error.strerror or error}.", given=str(path),
            todo="Choose a folder you may write to.", path=str(path), cause=str(error.strerror or error),
        ) from error  # fmt: skip


def _write_xlsx(answer: Answer, path: Path, language: str) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("figures")
        formats = {
            "money": book.add_format({"num_format": "#,##0.00"}),
            "money_per": book.add_format({"num_format": "#,##0.00"}),
            "rate": book.add_format({"num_format": "0.00%"}),
            "count": book.add_format({"num_format": "#,##0"}),
            "number": book.add_format({"num_format": "0.00"}),
            "seconds": book.add_format({"num_format": "0.0"}),
        }
        bold = book.add_format({"bold": True})
        text = book.add_format({"quote_prefix": True})  # stays text when a person edits the cell, too
        for column, (name, values) in enumerate(answer.columns.items()):
            base, _, suffix = name.partition("__")
            figure = FIGURES.get(base)
            sheet.write_string(0, column, name, bold)
            unit = None if figure is None else ("rate" if suffix == "change_rate" else figure.unit)
            for row, value in enumerate(values, 1):
                if value is None:
                    continue
                if unit is None:
                    sheet.write_string(row, column, str(value)[:CELL], text)
                else:
                    money = unit in ("money", "money_per")
                    number = major(value, answer.currencies[row - 1]) if money else value
                    sheet.write_number(row, column, float(number), formats[unit])  # type: ignore[arg-type]
        _write_about(book, answer, language)


def _write_about(book: Any, answer: Answer, language: str) -> None:
    """A second sheet: scope, data state, notes and reasons, so that no figure travels without them."""
    sheet = book.add_worksheet("scope")
    lines: list[tuple[str, str]] = [(k, _plain(v)) for k, v in answer.scope.items()]
    lines += [("note", n.text(language)) for n in answer.notes]
    lines += [("feed", _plain(f)) for f in answer.data["feeds"]]
    for reason in answer.reasons[:1000]:
        said = reason.as_dict(language)
        lines.append((f"{said['figure']}, row {said['row'] + 2}", said["text"]))
    for row, (name, text) in enumerate(lines):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, text[:CELL])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return "" if value is None else str(value)
