"""What a sheet of any file looks like to recognition and normalisation, and how its column names are compared."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the engine is loaded when a file is read, not when this module is imported
    import pyarrow as pa

LOOK_FOR_CONTENT = 50  # a sheet without a single word in so many rows is taken for empty
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))  # exports change between them from one version to the next
_NOT_PART_OF_A_NAME = " \t\r\n\"'\ufeff\u200b\u200e\u200f\u2060"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold before it is refused, or is no longer read in one piece.

    Text (CSV, TSV): `text` bytes and `text_rows` lines at most; above `whole` bytes or `whole_rows` lines it is read in
    pieces. Everything packed (ZIP, GZ, workbooks): `packed` bytes on disk, `unpacked` bytes of all members together,
    `ratio` unpacked bytes per packed byte, looked at from `ratio_from` unpacked bytes on; `entries` members of an
    archive, `parts` inner files of a workbook; `rows` and `columns` of one worksheet; `memory` (bytes of address space),
    `seconds` and `output` (bytes of text) that reading a workbook may take. JSON: `json` bytes, `depth` levels inside one
    another, and `rows` and `columns` as of a worksheet.
    """

    text: int = 4_000_000_000
    text_rows: int = 25_000_000
    whole: int = 128_000_000
    whole_rows: int = 750_000
    packed: int = 100_000_000
    unpacked: int = 500_000_000
    ratio: int = 100
    ratio_from: int = 1_000_000
    entries: int = 200
    parts: int = 10_000
    rows: int = 1_050_000
    columns: int = 500
    memory: int = 768_000_000
    seconds: int = 30
    output: int = 500_000_000
    json: int = 50_000_000
    depth: int = 20


DEFAULT_LIMITS = Limits()


class RawSheet(ABC):
    """One table of a file, not yet understood: a CSV file, a worksheet, a Parquet or JSON file, or one of those in an archive.

    `file` is the name of the file, `member` that of the archive member (empty when there is no archive) and `sheet`
    that of the worksheet (empty where there is none). All three are labels, never paths.
    """

    large = False  # whether it is too large to be held in memory: then only `tables` reads it

    def __init__(self, *, file: str, member: str = "", sheet: str = "") -> None:
        self.file, self.member, self.sheet = file, member, sheet

    @abstractmethod
    def first_rows(self, n: int) -> list[list[str]]:
        """The first `n` rows as text, as they stand in the file; blank rows are kept as rows without words."""

    @abstractmethod
    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """All rows below the header, blank ones left out.

        `header_row` counts from 1, as a person sees it. Columns are called by their cleaned header (see `columns`),
        `names` restricts them to those. They are text (empty cells are null); only Parquet columns keep their type.
        `_row` (int64, last) is the row's number in the file, header and blank rows counted. A row that is too long
        loses the cells beyond the header, a row that is too short has nulls. Raises `header_missing` when
        there is no such header.
        """

    def tables(self, header_row: int) -> Iterator[pa.Table]:
        """The rows of `table`, a piece at a time in the order of the file."""
        yield self.table(header_row)

    @property
    def extent(self) -> tuple[int, int]:
        """Bytes and rows of a large sheet, about; nobody asks for those of another."""
        return 0, 0

    def columns(self, header_row: int) -> dict[str, str]:
        """Cleaned, unique column name -> header as it stands in the file, from left to right."""
        rows = self.first_rows(header_row)
        return column_names(rows[header_row - 1]) if len(rows) >= header_row else {}

    def is_empty(self) -> bool:
        """Whether there is no word in the first rows."""
        return not any(cell.strip() for row in self.first_rows(LOOK_FOR_CONTENT) for cell in row)


def shown(name: str) -> str:
    """A name as a label: what cannot be shown (control signs, marks of direction, broken bytes) becomes visible.

    >>> shown("a\x1b[31m\u202egnp.csv")
    'a\ufffd[31m\ufffdgnp.csv'
    """
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def clean_name(text: str) -> str:
    """A column name as it is compared: NFKC, blanks, BOM, tabs and quotes around it gone, inner blanks single, every
    kind of dash a hyphen.

    >>> clean_name('\\ufeff"收货地址 "'), clean_name("商品金额（元）\\t"), clean_name('="订单编号"')
    ('收货地址', '商品金额(元)', '订单编号')
    """
    name = unicodedata.normalize("NFKC", text).strip(_NOT_PART_OF_A_NAME)
    if name.startswith('="'):
        name = name[2:].strip(_NOT_PART_OF_A_NAME)
    return " ".join(name.translate(_DASHES).split())


def column_names(header: Sequence[str]) -> dict[str, str]:
    """Cleaned unique names -> header cells as they stand in the file.

    A name that comes again gets ' (2)', a column without a name the letter a spreadsheet shows, in brackets; unnamed
    columns at the end are no columns.

    >>> column_names(["a ", "", "a", ""])
    {'a': 'a ', '[B]': '', 'a (2)': 'a'}
    """
    cleaned = [clean_name(cell) for cell in header]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    names: dict[str, str] = {}
    for position, name in enumerate(cleaned):
        name = name or f"[{_letters(position)}]"
        unique, again = name, 1
        while unique in names or unique == "_row":
            again += 1
            unique = f"{name} ({again})"
        names[unique] = header[position]
    return names


def _letters(position: int) -> str:
    """Column letters of a spreadsheet: 0 is A, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
