"""Variants of the sample files: the same rows as the platform, a spreadsheet or a person writes them another time.

A variant of a sheet keeps its rows and differs in everything that must not matter: which optional columns there are, their
order, their names (as far as the profile knows others), columns nobody knows, encoding, delimiter, quotes, line ends, the
file's kind, lines above the header, blank rows, dates and numbers as a spreadsheet writes them.

`variant(original, number)` is the same for the same number, on every machine. Its kind of file goes round by the number,
everything else is drawn. What a variant may say less than its original is in `Variant.lost`.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from goldloop.connectors import readers
from goldloop.connectors.profile import Into, Profile
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import HEADER_ROWS, Recognition
from goldloop.connectors.rules import condition_columns
from goldloop.lake.schema import TABLES

Cell = str | float | datetime

TEXTS = {"utf-8": "utf-8", "gb18030": "gb18030", "bom": "utf-8-sig", "utf-16": "utf-16", "zipped": "utf-8"}
BOOKS = ("xlsx", "xls")
RECORDS = ("json", "json lines")
DELIMITERS = (",", "\t", ";", "|")
ABOVE = ("说明：以下数据仅供参考", "Report of the shop", "", "店铺：测试", "# downloaded by hand")
NEW = ("新列甲", "Column of tomorrow", "备用字段(新)")
NUMBERS = ("int", "money", "price", "rate", "float")
_WHEN = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?::(\d\d))?)?")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,8})(\.\d{1,4})?")
_ID = re.compile(r"\d{12,}")


@dataclass(frozen=True)
class Original:
    """A sheet of a sample and what it was recognised as."""

    path: Path
    sheet: RawSheet
    recognition: Recognition

    @property
    def label(self) -> str:
        return " / ".join(part for part in (self.path.name, self.sheet.member, self.sheet.sheet) if part)

    @property
    def profile(self) -> Profile:
        assert self.recognition.profile is not None, f"{self.label} is not recognised"
        return self.recognition.profile

    @cached_property
    def above(self) -> list[list[str]]:
        """The lines above the header."""
        return [[c for c in row if c] for row in self.sheet.first_rows(self.recognition.header_row - 1)]

    @cached_property
    def columns(self) -> dict[str, str]:
        """Cleaned name -> header as it stands in the file."""
        return self.sheet.columns(self.recognition.header_row)

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """Cells by cleaned name, empty ones as empty text."""
        table = self.sheet.table(self.recognition.header_row).drop_columns("_row")
        return [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in table.to_pylist()]

    def own_name(self, column: str) -> str:
        """The name under which the profile's rules speak of a column of the file."""
        name = self.profile.spelled(column)
        return self.profile.aliases.get(name, name)

    @cached_property
    def forms(self) -> list[str]:
        """The kinds of file its rows can be written to: where the name of the worksheet says something, workbooks only."""
        rules = [rule for block in self.profile.into for rule in block.columns.values()]
        if any("@sheet" in rule.columns() for rule in rules):
            return list(BOOKS)
        records = list(RECORDS) if self.path.suffix == ".json" else []
        return [*records, "utf-8", "xlsx", "gb18030", "bom", "xls", "utf-16", "zipped"]


@dataclass(frozen=True)
class Variant:
    """A file with the same rows. `lost` are the columns of tables (`table.column`) that it may say less about,
    `unlike` names of columns that are not in both; `minutes`: its times are cut to minutes."""

    made: str
    file: str
    content: bytes
    lost: frozenset[str]
    unlike: frozenset[str]
    minutes: bool


def variant(original: Original, number: int) -> Variant:
    """The variant of that number."""
    dice = random.Random(f"{original.label} {number}")
    form = original.forms[number % len(original.forms)]
    dropped = [c for c in droppable(original) if dice.random() < 0.3] if dice.random() < 0.7 else []
    added = dice.sample(NEW, dice.randrange(3))
    resaved = form not in RECORDS and dice.random() < 0.5
    made = f"{number}: {form}, without {dropped}, with {added}{', saved again by a spreadsheet' if resaved else ''}"
    if form in RECORDS:
        stem, content = _as_json(original, form, dropped, added, dice)
    else:
        columns = _columns(original, dropped, added, dice)
        kinds = {c: kind_of(original, c) if resaved else "text" for c in original.columns}
        above, rows = _above(original, dice), _rows(original, dice)
        body = [[_cell(row, c, kinds.get(c, "text")) for c, _ in columns] if row else [] for row in rows]
        grid: list[list[Cell]] = [*above, [header for _, header in columns], *body]
        stem, content = _written(original, grid, len(above) + 1, form, dice)
        made += f", {len(above)} lines above {[h for _, h in columns]}"
    file, content = _packed(original, stem, content, form)
    minutes = resaved and form not in BOOKS
    return Variant(made, file, content, lost(original, dropped), frozenset({*dropped, *added}), minutes)


def droppable(original: Original) -> list[str]:
    """The optional columns: no row finds its way by them, they only fill columns of tables that may stay empty."""
    profile = original.profile
    needed = {name for names in profile.required for name in names}
    needed |= {c for drop in profile.drop for test in drop.when for c in condition_columns(test)}
    needed |= {c for drop in profile.drop for pair in drop.control for c in pair}
    if profile.fill_down is not None:
        needed.add(profile.fill_down.key)
    if profile.line_key is not None:
        needed |= {profile.line_key.order, *(c for names in profile.line_key.columns for c in names)}
    needed |= {c for c in (profile.moment_column, profile.currency_column, profile.store_name) if c}
    for block in profile.into:
        needed |= {c for test in block.when for c in condition_columns(test)}
        needed |= {
            c for way in block.counted for c in (way.column, *(n for t in way.when for n in condition_columns(t)))
        }
        needed |= {*block.tree.levels, *block.tree.prefix, *block.tree.per} if block.tree is not None else set()
        for name, rule in block.columns.items():
            if rule.required or name in TABLES[block.table].key or (name == "buyer_key" and _links(block)):
                needed |= set(rule.columns())
        needed |= {c for link in block.links for c in link.columns}
    return [c for c in original.columns if original.own_name(c) not in needed and c not in needed]


def _links(block: Into) -> bool:
    """Whether the rows of a block say more of a buyer than her key."""
    return bool(block.links) or len(block.columns["buyer_key"].identity) > 1


def lost(original: Original, dropped: Sequence[str]) -> frozenset[str]:
    """The columns of tables that are filled, wholly or in part, from these columns of the file."""
    places = original.profile.mapped()
    found = {place for column in dropped for place in places.get(original.own_name(column), ())}
    for block in original.profile.into:
        of_refund = {
            f"{block.table}.{name}" for name in ("status", "refund_stated", block.refund and block.refund.whole)
        }
        if block.refund is not None and found & of_refund:
            found |= {f"{block.table}.refund_stated", f"{block.table}.refund_basis"}
        if any(rule.map and f"{block.table}.{name}" in found for name, rule in block.columns.items()):
            found.add(f"{block.table}.flags")  # what a word list strips off in front of its words
    if any(type_of(place) in ("time", "date") for place in found):
        found.add("_moment")  # of a file that does not tell when it was exported: the latest time in it
    return frozenset(found | {place.replace("buyer_key", "buyer_kind") for place in found})


def kind_of(original: Original, column: str) -> str:
    """`time`, `number` or `text`: what a column holds by all that is made of it."""
    name, profile = original.own_name(column), original.profile
    in_key = profile.line_key is not None and any(name in names for names in profile.line_key.columns)
    types = {type_of(place) for place in profile.mapped().get(name, ())} - {None}
    if (
        types
        and types <= {"time", "date"}
        and name not in profile.clock
        and profile.date_order in ("ymd", "auto")
        and not in_key
    ):
        return "time"
    return "number" if types and types <= set(NUMBERS) else "text"


def type_of(place: str) -> str | None:
    """The type of `table.column`; None where that is no column (a mark in a list, or the question which rows are meant)."""
    table, name = place.split(".")
    return next((column.type for column in TABLES[table].columns if column.name == name), None)


def _columns(
    original: Original, dropped: Sequence[str], added: Sequence[str], dice: random.Random
) -> list[tuple[str, str]]:
    """(cleaned name in the original, header) of the variant. A comment stands in the first cell, whatever its column."""
    kept = [c for c in original.columns if c not in dropped]
    headers = {c: _other_name(original, c, dice) if dice.random() < 0.3 else original.columns[c] for c in kept}
    comments = any(sum(map(bool, row.values())) == 1 and row[kept[0]] for row in original.rows)
    first = kept[:1] if comments else []
    rest = [(c, headers[c]) for c in kept if c not in first] + [(c, c) for c in added]
    if dice.random() < 0.8:
        dice.shuffle(rest)
    return [*((c, original.columns[c]) for c in first), *rest]


def _other_name(original: Original, column: str, dice: random.Random) -> str:
    """Another name of the column that the profile knows. Attributes of products are called like their column: no other."""
    profile, name = original.profile, original.own_name(column)
    twins = sum(original.own_name(c) == name for c in original.columns)
    if profile.takes_all or twins > 1 or (profile.currency_header is not None and name not in original.columns):
        return original.columns[column]
    others = [alias for alias, of in profile.aliases.items() if of == name and alias not in profile.forbidden]
    return dice.choice([original.columns[column], *others])


def _above(original: Original, dice: random.Random) -> list[list[Cell]]:
    """The lines above the header, and further ones before and behind them."""
    room = HEADER_ROWS - 1 - len(original.above)
    more: list[list[Cell]] = (
        [[dice.choice(ABOVE)] for _ in range(dice.randrange(room + 1))] if dice.random() < 0.5 else []
    )
    cut = dice.randrange(len(more) + 1)
    return [*more[:cut], *([*row] for row in original.above), *more[cut:]]


def _rows(original: Original, dice: random.Random) -> Iterator[dict[str, str]]:
    """The rows, now and then with blank ones between and behind them."""
    often = dice.choice((0.0, 0.0, 0.3))
    for row in original.rows:
        yield row
        if dice.random() < often:
            yield {}


def _cell(row: dict[str, str], column: str, kind: str) -> Cell:
    """A cell as it stands, or as a spreadsheet takes it. New columns are filled, each row with words of its own."""
    if column in NEW:
        return f"{column} {sum(map(len, row.values()))}"
    text = row[column]
    if kind == "time" and (match := _WHEN.fullmatch(text)):
        return datetime(*(int(part or 0) for part in match.groups()))
    return float(text) if kind == "number" and _NUMBER.fullmatch(text) else text


def _written(
    original: Original, grid: list[list[Cell]], header: int, form: str, dice: random.Random
) -> tuple[str, bytes]:
    """(ending of the file's name, content) of a table."""
    if form == "xlsx":
        return ".xlsx", _as_xlsx(grid, original.sheet.sheet)
    if form == "xls":
        return ".xls", _as_xls(grid, original.sheet.sheet)
    delimiter = dice.choice(DELIMITERS)
    ids = dice.choice(('="{}"', "'{}", "\t{}", "{}\t", "{}", "{}"))
    lines = [[_text(cell, ids) for cell in row] for row in grid]
    if dice.random() < 0.2:  # delimiters behind the last column
        lines = [line if at < header else [*line, "", ""] for at, line in enumerate(lines)]
    quoting = dice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=dice.choice(("\r\n", "\n"))).writerows(lines)
    return ".tsv" if delimiter == "\t" else ".csv", out.getvalue().encode(TEXTS[form])


def _text(cell: Cell, ids: str) -> str:
    if isinstance(cell, datetime):
        day = f"{cell.year}/{cell.month}/{cell.day}"
        return day if (cell.hour, cell.minute) == (0, 0) else f"{day} {cell.hour}:{cell.minute:02}"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return ids.format(cell) if _ID.fullmatch(cell) else cell


def _as_xlsx(grid: list[list[Cell]], name: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, style = book.add_worksheet(name or None), book.add_format({"num_format": "yyyy/m/d h:mm"})
        for row, cells in enumerate(grid):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell, style)
                elif isinstance(cell, float):
                    sheet.write_number(row, column, cell)
                elif cell:
                    sheet.write_string(row, column, cell)
    return out.getvalue()


def _as_xls(grid: list[list[Cell]], name: str) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet, style = book.add_sheet(name or "Sheet1"), xlwt.easyxf(num_format_str="yyyy/m/d h:mm")
    for row, cells in enumerate(grid):
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write(row, column, cell, style)
            elif cell != "":
                sheet.write(row, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_json(
    original: Original, form: str, dropped: Sequence[str], added: Sequence[str], dice: random.Random
) -> tuple[str, bytes]:
    """The records of a JSON file, their fields in another order."""
    data = json.loads(original.path.read_bytes())
    records = [_shuffled(record, "", dropped, dice) for record in (data if isinstance(data, list) else [data])]
    records = [record | {name: f"{name} {at}" for name in added} for at, record in enumerate(records)]
    if form == "json":
        text = json.dumps(
            records if dice.random() < 0.5 or len(records) > 1 else records[0], indent=dice.choice((None, 2))
        )
    else:
        text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return ".json", text.encode(dice.choice(("utf-8", "utf-8-sig", "utf-16")))


def _shuffled(value: Any, path: str, dropped: Sequence[str], dice: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(one, path, dropped, dice) for one in value]
    if not isinstance(value, dict):
        return value
    named = [(f"{path}.{name}" if path else name, name) for name in value]
    dice.shuffle(named)
    return {
        name: _shuffled(value[name], full, dropped, dice)
        for full, name in named
        if readers.clean_name(full) not in dropped
    }


def _packed(original: Original, ending: str, content: bytes, form: str) -> tuple[str, bytes]:
    """(name of the file, content): what lay in an archive lies in one again, as names of members tell days."""
    if not original.sheet.member and form != "zipped":
        return f"{original.path.stem}{ending}", content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{Path(original.sheet.member or original.path).stem}{ending}", content)
    return f"{original.path.stem}.zip", out.getvalue()
