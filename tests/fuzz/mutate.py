"""Export files as they go wrong: sample files read into grids, spoiled in one to four ways, and written again.

A case is a seed and a sample; the same two always give the same file.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

Grid = list[list[str]]
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-be", "big5", "latin-1")
WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


@dataclass(frozen=True)
class Sample:
    """A sample file as it is, its sheets as grids, and the row (from 0) in which the header of each stands."""

    path: Path
    sheets: dict[str, Grid]
    headers: dict[str, int]
    delimiter: str = ","


@dataclass
class Draft:
    """A file in the making: grids with the place of their headers, and how it will be written.

    `counted` is false once nobody can say from the grid how many rows a reader has to find.
    """

    name: str
    sheets: dict[str, Grid]
    headers: dict[str, int]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\r\n"
    quoting: int = csv.QUOTE_MINIMAL
    form: str = "csv"
    base_1904: bool = False
    merged: int = 0
    typed: bool = False
    counted: bool = True
    raw: bytes | None = None
    done: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """One mutated file: its name, its bytes, what was done to it and the rows to be found in each sheet, if known."""

    seed: int
    name: str
    content: bytes
    done: tuple[str, ...]
    rows: dict[str, int] | None


def case(sample: Sample, seed: int) -> Case:
    """The mutated file of this seed."""
    rng = random.Random(f"{seed} {sample.path.name}")
    grids = {name: [row[:] for row in grid] for name, grid in sample.sheets.items()}
    draft = Draft(sample.path.name, grids, dict(sample.headers), sample.delimiter)
    draft.form = sample.path.suffix.lstrip(".") if sample.path.suffix != ".xls" else "xlsx"
    _choose_form(draft, rng)
    for number in range(rng.choice((1, 1, 2, 3, 4))):
        if not number and rng.random() < 0.3:
            _spoil_bytes(draft, sample, rng)
            break
        change = rng.choice(GRID)
        change(draft, rng)
        draft.done.append(change.__name__)
    if "header_again" in draft.done and len(draft.done) > 1:
        draft.counted = False  # the second one may have become the better header
    content = draft.raw if draft.raw is not None else written(draft)
    rows = {n: _rows(draft, n) for n in draft.sheets} if draft.counted and draft.raw is None else None
    return Case(seed, draft.name, content, tuple(draft.done), rows)


def _spoil_bytes(draft: Draft, sample: Sample, rng: random.Random) -> None:
    """Spoil the bytes of the sample itself, or of the file as it would be written."""
    content = bytearray(sample.path.read_bytes() if rng.random() < 0.5 else written(draft))
    change = rng.choice(BYTES)
    change(content, rng)
    draft.raw = bytes(content)
    draft.done.append(change.__name__)


def _rows(draft: Draft, name: str) -> int:
    """Rows below the header with any word in them."""
    return sum(any(cell.strip() for cell in row) for row in draft.sheets[name][draft.headers[name] + 1 :])


# ------------------------------------------------------------------------------------------------------------ writing


def _choose_form(draft: Draft, rng: random.Random) -> None:
    if draft.form == "json":
        return
    if draft.form == "zip" or len(draft.sheets) > 1:
        draft.form = "xlsx" if len(draft.sheets) > 1 else "zip"
    elif rng.random() < 0.12:
        draft.form = "xlsx" if draft.form in ("csv", "tsv") else "csv"
    if draft.form in ("csv", "tsv", "txt", "zip"):
        draft.encoding = rng.choices(ENCODINGS, weights=(6, 6, 6, 3, 3, 1, 1, 1))[0]
        draft.line_end = rng.choice(("\r\n", "\n", "\r\n", "\n", "\r"))
        draft.quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
        draft.delimiter = rng.choices((draft.delimiter, ",", "\t", ";"), weights=(12, 2, 2, 2))[0]
        draft.counted = draft.encoding not in ("big5", "latin-1", "utf-16-be") and draft.line_end != "\r"
    name = Path(draft.name)
    draft.name = name.name if name.suffix in (f".{draft.form}", ".tsv") else f"{name.stem}.{draft.form}"


def written(draft: Draft) -> bytes:
    """The bytes of the file."""
    if draft.form == "json":
        return "".join(next(iter(draft.sheets.values()))[0]).encode()
    if draft.form == "xlsx":
        return _xlsx(draft)
    text = _csv(draft)
    if draft.form != "zip":
        return text
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{Path(draft.name).stem}.csv", (2026, 10, 2, 0, 0, 0)), text)
    return out.getvalue()


def _csv(draft: Draft) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=draft.delimiter, lineterminator=draft.line_end, quoting=draft.quoting)
    for row in next(iter(draft.sheets.values())):
        # A row without a word stays a blank line; the writer would make `""` of a single empty cell.
        if any(row):
            writer.writerow(row)
        else:
            out.write(draft.line_end)
    return out.getvalue().encode(draft.encoding, errors="replace")


def _xlsx(draft: Draft) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "date_1904": draft.base_1904, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": datetime(2026, 10, 2)})  # the same seed is the same file
        moment = book.add_format({"num_format": "yyyy/m/d h:mm"})
        for name, grid in draft.sheets.items():
            sheet = book.add_worksheet((name or "Sheet1")[:31])
            for r, row in enumerate(grid):
                for c, cell in enumerate(row):
                    _xlsx_cell(sheet, r, c, cell, moment if draft.typed else None)
            header, wide = draft.headers[name], len(grid[draft.headers[name]])
            for n in range(draft.merged):  # titles above the header, or cells of one column one above the other
                top = header + 1 + 3 * n
                if top + 1 < len(grid):
                    sheet.merge_range(top, n % wide, top + 1, n % wide, grid[top][n] if n < len(grid[top]) else "")
    return out.getvalue()


def _xlsx_cell(sheet: object, row: int, column: int, cell: str, moment: object) -> None:
    if not cell:
        return
    if moment is not None:
        for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
            try:
                sheet.write_datetime(row, column, datetime.strptime(cell, form), moment)  # type: ignore[attr-defined]
                return
            except ValueError:
                pass
        try:
            sheet.write_number(row, column, float(cell))  # type: ignore[attr-defined]
            return
        except (ValueError, TypeError):
            pass
    sheet.write_string(row, column, cell[:32_000])  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------- changes to the grid


def _body(draft: Draft, rng: random.Random) -> tuple[str, Grid, int]:
    name = rng.choice(list(draft.sheets))
    grid, header = draft.sheets[name], draft.headers[name]
    grid[header] = grid[header] or [""]  # an earlier change may have left no names
    return name, grid, header


def _cells(
    draft: Draft, rng: random.Random, words: Callable[[str, random.Random], str | None], share: float = 0.3
) -> None:
    """Give some cells below the header another word; `words` answers None for a cell that stays."""
    _, grid, header = _body(draft, rng)
    for row in grid[header + 1 :]:
        for at, cell in enumerate(row):
            if rng.random() < share:
                changed = words(cell, rng)
                row[at] = cell if changed is None else changed


def _is_number(cell: str) -> bool:
    return bool(cell) and cell.replace(",", "").replace(".", "", 1).lstrip("-").isdigit()


def nothing(draft: Draft, rng: random.Random) -> None:
    """Only another encoding, line end, delimiter or file form."""


def footer_total(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    row = [""] * len(grid[header])
    row[0] = rng.choice(("合计", "总计", "Total", "全部", "Total: account", "汇总"))
    row[-1] = str(rng.randint(1, 10**6))
    grid.insert(rng.choice((header + 1, len(grid))), row)


def full_width(draft: Draft, rng: random.Random) -> None:
    _cells(draft, rng, lambda cell, r: cell.translate(WIDE) if _is_number(cell) else None, 0.5)


def as_formula_text(draft: Draft, rng: random.Random) -> None:
    _cells(draft, rng, lambda cell, r: f'="{cell}"' if cell else None)


def apostrophes_and_tabs(draft: Draft, rng: random.Random) -> None:
    _cells(
        draft,
        rng,
        lambda cell, r: (
            r.choice(("'", "\t", "\u00a0", "\ufeff", "\u200b", " ")) + cell + r.choice(("", "\t", " ", "\u00a0"))
        ),
    )


def scientific(draft: Draft, rng: random.Random) -> None:
    _cells(
        draft,
        rng,
        lambda cell, r: f"{float(cell):.{r.randint(2, 5)}E}" if cell.isdigit() and len(cell) < 300 else None,
        0.6,
    )


def wrong_dates(draft: Draft, rng: random.Random) -> None:
    words = ("2026-02-30", "0000-00-00 00:00:00", "2026/13/01", "31.12.2026 25:61", "1899-12-31", "9999-12-31 23:59:59", "46296.57",
             "-1", "2026年10月1日", "10/1/26 1:41 PM", "2026-10-01T13:41:00+08:00", "今天", "99999-01-01", "1790000000", "1790000000000", "1e400")  # fmt: skip
    _cells(draft, rng, lambda cell, r: r.choice(words) if "-" in cell or "/" in cell or ":" in cell else None, 0.6)


def future_dates(draft: Draft, rng: random.Random) -> None:
    _cells(
        draft,
        rng,
        lambda cell, r: cell.replace("2026", r.choice(("2062", "2999", "1026"))) if "2026" in cell else None,
        0.7,
    )


def nonsense_numbers(draft: Draft, rng: random.Random) -> None:
    words = ("NaN", "inf", "-inf", "1e999", "1e-999", "--5", "1,2,3", "1.2.3", "5%", "(12.00)", "¥1.234,56", "9" * 25, "9" * 400, "-0",
             "0x1F", "１，２３４．５", "#DIV/0!", "#N/A", "-", "--", "无", "null", "None", "1/2", "+5", "5-", "１e5", "٣", "½", "1_000", "99999999999999.99",
             "0." + "1" * 60, "九", "$", "¥", "-¥5", "1e18", "12345678901234567890.12", "\u2212" + "5")  # fmt: skip
    _cells(draft, rng, lambda cell, r: r.choice(words) if _is_number(cell) else None)


def nonsense_words(draft: Draft, rng: random.Random) -> None:
    words = ("{raw}", "%s", "{0}", "\\N", "'; DROP TABLE x; --", "<script>", "🙂👨‍👩‍👧", "\u202eabc", "é" * 40, "\ud83d".encode("utf-8", "replace").decode(),
             "a\u0000b", "行\n行", "\"", "''", "$$密文$$", "##abc##", "1**", "=cmd|' /C calc'!A0", "\x1f\x1e", "\x7f", "\u2028", " ")  # fmt: skip
    _cells(draft, rng, lambda cell, r: r.choice(words))


def blanks(draft: Draft, rng: random.Random) -> None:
    _cells(draft, rng, lambda cell, r: "", rng.choice((0.1, 0.5, 0.95)))


def giant_cell(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    if len(grid) > header + 1:
        row = rng.choice(grid[header + 1 :])
        if row:
            piece, times = rng.choice((("x", 300_000), ("9", 40_000), ("好", 300_000), ("a,b\n", 3000), ('"', 300_000)))
            row[rng.randrange(len(row))] = piece * times
            draft.counted = draft.counted and "\n" not in piece  # so many lines are taken for a quote never closed


def giant_header(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    grid[header][rng.randrange(len(grid[header]))] += "x" * 20_000


def swapped_columns(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    order = list(range(len(grid[header])))
    rng.shuffle(order)
    for at in range(header, len(grid)):
        row = grid[at] + [""] * (len(order) - len(grid[at]))
        grid[at] = [row[i] for i in order]


def swapped_names(draft: Draft, rng: random.Random) -> None:
    """Two columns change names: the words under them are no longer what the names say."""
    _, grid, header = _body(draft, rng)
    a, b = rng.randrange(len(grid[header])), rng.randrange(len(grid[header]))
    grid[header][a], grid[header][b] = grid[header][b], grid[header][a]


def dropped_column(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    at = rng.randrange(len(grid[header]))
    for row in grid[header:]:
        del row[at : at + 1]


def added_column(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    at = rng.randrange(len(grid[header]) + 1)
    for n, row in enumerate(grid[header:]):
        row.insert(
            min(at, len(row)),
            rng.choice(("新列", "", "a" * 600, "_row", "store", "@line_key", "column.with.dots", "{x}", "'", '"q"'))
            if not n
            else "v",
        )


def duplicate_headers(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    at = rng.randrange(len(grid[header]))
    for row in grid[header:]:
        row.append(row[at] if at < len(row) else "")


def header_again(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    grid.insert(rng.randint(header + 1, len(grid)), grid[header][:])


def preamble(draft: Draft, rng: random.Random) -> None:
    name, grid, header = _body(draft, rng)
    lines = rng.randint(1, 12)
    for _ in range(lines):
        grid.insert(0, [rng.choice(("# 导出信息", "统计日期：2026-10-01", "店铺：甲", "", "-----------", '"'))])
    draft.headers[name] = header + lines
    draft.counted = draft.counted and lines < 5


def empty_rows(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    for _ in range(rng.randint(1, 30)):
        grid.insert(rng.randint(header + 1, len(grid)), rng.choice(([""], ["", "", ""], [" ", "\t"])))


def extra_cells(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    for row in grid[header + 1 :]:
        if rng.random() < 0.5:
            row += rng.choice((["x"], [""] * 5, ["1", "2", "3"], ["y"] * 700))
            draft.counted = draft.counted and len(row) < 500


def short_rows(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    for at in range(header + 1, len(grid)):
        if rng.random() < 0.5:
            grid[at] = grid[at][: rng.randint(1, max(1, len(grid[at])))]


def repeated_rows(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    grid += [row[:] for row in grid[header + 1 :] for _ in range(rng.randint(1, 40))]


def contradicting_rows(draft: Draft, rng: random.Random) -> None:
    repeated_rows(draft, rng)
    nonsense_numbers(draft, rng)


def shuffled_rows(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    below = grid[header + 1 :]
    rng.shuffle(below)
    grid[header + 1 :] = below


def no_rows(draft: Draft, rng: random.Random) -> None:
    _, grid, header = _body(draft, rng)
    del grid[header + rng.randint(0, 1) :]
    if not any(any(row) for row in grid) or len(grid) <= header:
        draft.counted = False
        grid.append([""])
        draft.headers = dict.fromkeys(draft.headers, 0)


def excel_again(draft: Draft, rng: random.Random) -> None:
    """Opened and saved with a spreadsheet: numbers and dates lose their form, long ids their last digits."""
    if draft.form == "json":
        return
    draft.form, draft.typed, draft.encoding = "xlsx", True, "utf-8"
    draft.base_1904, draft.merged = rng.random() < 0.3, rng.choice((0, 0, 1, 3))
    draft.name = f"{Path(draft.name).stem}.xlsx"
    draft.counted = draft.counted and not draft.merged


# ------------------------------------------------------------------------------------------------ changes to the bytes


def truncated(content: bytearray, rng: random.Random) -> None:
    del content[rng.randrange(len(content) + 1) :]


def flipped_bytes(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 5, 50))):
        if content:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def random_bytes(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 3, 20))):
        if content:
            content[rng.randrange(len(content))] = rng.randrange(256)


def nuls(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 10))):
        content.insert(rng.randrange(len(content) + 1), 0)


def unclosed_quote(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 3))):
        content.insert(rng.randrange(len(content) + 1), ord('"'))


def mixed_line_ends(content: bytearray, rng: random.Random) -> None:
    for at in [i for i, byte in enumerate(content) if byte == 10][::-1]:
        content[at : at + 1] = rng.choice((b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n"))


def moved_block(content: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(content) + 1)
    block = content[start : start + rng.randint(1, 400)]
    del content[start : start + len(block)]
    at = rng.randrange(len(content) + 1)
    content[at:at] = block * rng.choice((1, 2, 30))


def extra_delimiters(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 5, 40))):
        content.insert(rng.randrange(len(content) + 1), rng.choice(b',\t;|"\n'))


def bom_and_tail(content: bytearray, rng: random.Random) -> None:
    content[0:0] = rng.choice(
        (b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\x1a", b"\n\n\n")
    )
    content += rng.choice((b"\x1a", b"\x00" * 600, b"\n" * 50, b"\xff", b""))


def another_kind(content: bytearray, rng: random.Random) -> None:
    """The magic of one kind of file in front of another."""
    content[0:0] = rng.choice(
        (
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"PAR1",
            b"%PDF-1.7\n",
            b"{",
            b"[",
            b"<html><table>",
            b"\x1f\x8b\x08",
            b"SQLite format 3\x00",
        )
    )


GRID = (
    nothing, footer_total, full_width, as_formula_text, apostrophes_and_tabs, scientific, wrong_dates, future_dates,
    nonsense_numbers, nonsense_numbers, nonsense_words, blanks, giant_cell, giant_header, swapped_columns, swapped_names, dropped_column,
    added_column, duplicate_headers, header_again, preamble, empty_rows, extra_cells, short_rows, repeated_rows,
    contradicting_rows, shuffled_rows, no_rows, excel_again, excel_again,
)  # fmt: skip
BYTES = (
    truncated, flipped_bytes, random_bytes, nuls, unclosed_quote, mixed_line_ends, moved_block, extra_delimiters, bom_and_tail,
    another_kind,
)  # fmt: skip


def sample_of(path: Path) -> Sample:
    """A sample file, read by the product's own readers (a JSON file stays one piece of text)."""
    from goldloop.connectors import readers

    if path.suffix == ".json":
        return Sample(path, {"": [[path.read_text(encoding="utf-8")]]}, {"": 0})
    sheets = {sheet.sheet: sheet.first_rows(10_000) for sheet in readers.sheets(path)}
    headers = {
        name: max(range(min(12, len(g))), key=lambda i: (sum(bool(c) for c in g[i]), -i)) for name, g in sheets.items()
    }
    return replace(Sample(path, sheets, headers), delimiter="\t" if path.suffix == ".tsv" else ",")
