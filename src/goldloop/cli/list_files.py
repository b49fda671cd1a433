"""A list of rows as a file: CSV, JSON or Excel. Text that a spreadsheet would take for a formula is made harmless."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goldloop.cli import harmless
from goldloop.core.errors import GoldloopError, WorkFailed

CELL = 32_767  # characters that a cell of a workbook holds
NUMBERS = {  # unit -> how a workbook shows it; anything else is text
    "money": "#,##0.00",
    "money_per": "#,##0.00",
    "rate": "0.00%",
    "count": "#,##0",
    "number": "#,##0.######",
    "seconds": "0.0",
}


def chosen(form: str, out: str, forms: Sequence[str], *, otherwise: str, name: str) -> str:
    """The form of an answer: the one asked for, else by the ending of the file, else a table, in a file `otherwise`.

    `forms` are those there are, the table first; `name` is a file's in an example. Raises `format_bad`, `out_needed`.
    """
    ending = Path(out).suffix.lstrip(".").lower()
    found = form or (ending if ending in forms[1:] else otherwise if out else forms[0])
    allowed = forms[1:] if out else forms
    if found not in allowed:
        raise GoldloopError("format_bad", f"'{form}' is no form of answer.", given=form, allowed=allowed, form=form)
    if found in ("xlsx", "parquet") and not out:
        raise GoldloopError(
            "out_needed", f"An answer as {found} needs a file.", given=found, todo=f"--out {name}.{found}", form=found
        )
    return found


def csv_text(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV; `columns`: name -> unit (a key of NUMBERS, text or date). Empty where null."""
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
    with writing(path):
        if form == "xlsx":
            scope = [(name, json.dumps(value, ensure_ascii=False, default=str)) for name, value in about.items()]
            write_workbook(path, "rows", columns, rows, scope)
        elif form == "csv":
            path.write_text(csv_text(columns, rows), encoding="utf-8-sig")
        elif form == "text":
            path.write_text(f"{about['text']}\n", encoding="utf-8")
        else:
            write_json(path, {**about, "rows": list(rows)})


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write an object as indented JSON."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `out_failed` when what is done inside cannot write the file."""
    try:
        yield
    except OSError as error:
        raise WorkFailed(
            "out_failed", f"The file could not be written: {error.strerror or error}.", given=str(path),
            todo="Choose a folder you may write to.", path=str(path), cause=str(error.strerror or error),
        ) from error  # fmt: skip


def _csv_cell(value: Any, unit: str) -> Any:
    if value is None:
        return ""
    return value if unit in NUMBERS else harmless.csv_text(str(value))


def write_workbook(
    path: Path,
    name: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    scope: Sequence[tuple[str, str]],
) -> None:
    """Rows as a worksheet of that name, and a second one for the lines of `scope`, so that no row travels without them."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(name)
        bold = book.add_format({"bold": True})
        text = book.add_format({"quote_prefix": True})  # stays text when a person edits the cell, too
        numbers = {unit: book.add_format({"num_format": shown}) for unit, shown in NUMBERS.items()}
        for column, (head, unit) in enumerate(columns.items()):
            sheet.write_string(0, column, head, bold)
            for place, row in enumerate(rows, 1):
                if row[head] is None:
                    continue
                if unit in numbers:
                    sheet.write_number(place, column, float(row[head]), numbers[unit])
                else:
                    sheet.write_string(place, column, str(row[head])[:CELL], text)
        beside = book.add_worksheet("scope")
        for place, (head, value) in enumerate(scope):
            beside.write_string(place, 0, head)
            beside.write_string(place, 1, value[:CELL])
        beside.set_column(0, 0, 24)
        beside.set_column(1, 1, 90)
