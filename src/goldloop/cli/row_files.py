"""Rows of text as a file for a spreadsheet, CSV or XLSX; no cell of it is run as a formula (see `harmless`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from goldloop.cli import harmless
from goldloop.cli.list_files import CELL
from goldloop.core.errors import GoldloopError

FORMS = ("csv", "xlsx")
ROWS = 1_048_576  # rows that a worksheet holds


def as_bytes(form: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file as it is written; raises `form_unknown`, or `too_large_for_xlsx` for what a worksheet cannot hold."""
    if form == "csv":
        return _csv([heads, *rows])
    if form == "xlsx":
        return _xlsx([heads, *rows])
    raise GoldloopError(
        "form_unknown", f"Rows are not written as '{form}'.", given=form, allowed=list(FORMS),
        todo="Give the file a name that ends in .xlsx or .csv.", form=form,
    )  # fmt: skip


def too_large(rows: int, longest: int) -> GoldloopError:
    """What a worksheet cannot hold: so many rows, or a cell of so many characters."""
    return GoldloopError(
        "too_large_for_xlsx",
        f"A worksheet holds {ROWS:,} rows and {CELL:,} characters in a cell; this is more.",
        given=f"{rows:,} rows, up to {longest:,} characters",
        todo="Write it as .csv.",
        rows=ROWS,
        characters=CELL,
    )


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([harmless.csv_text(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def _xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter

    longest = max((len(cell) for row in rows for cell in row), default=0)
    if len(rows) > ROWS or longest > CELL:
        raise too_large(len(rows), longest)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("rows")
        text = book.add_format({"quote_prefix": True, "num_format": "@"})  # ids keep their digits when a cell is edited
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, text)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
