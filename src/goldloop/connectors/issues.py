"""What is wrong with a row, in words a person can act on, and how a row is remembered by its raw content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa

from goldloop.connectors.parse import as_text, one

QUOTED = 200  # characters of a cell that a sentence repeats

# code -> (sentence, what to do)
TEXTS = {
    "bad_number": ("'{raw}' in {column} is not a number.", "Write it as digits with at most one decimal sign, such as 1234.50."),
    "bad_date": ("'{raw}' in {column} is not a date or time.", "Write it as 2026-10-01 or 2026-10-01 13:41:00."),
    "not_whole": ("'{raw}' in {column} is not a whole number.", "Write a whole number."),
    "negative_number": ("{column} is below zero: {raw}.", "Write it without the sign, or move the row to a refund file."),
    "missing_value": ("{column} is missing.", "Fill it in; without it the row belongs nowhere."),
    "future_date": ("'{raw}' in {column} lies after the import.", "Correct the date, or the clock of the machine that imports."),
    "currency_unknown": ("'{raw}' in {column} is no currency.", "Write its three letters, such as CNY or USD."),
    "currency_mismatch": ("The row is in {raw}, its store in {expected}.", "Import it into a store of that currency."),
    "id_damaged": ("The number '{raw}' in {column} has lost its last digits.", "Export the file again and do not save it with a spreadsheet; or write the whole number as text."),
    "word_unknown": ("'{raw}' in {column} is not a word of this format.", "Add it to the word list of the profile."),
    "bad_flag": ("'{raw}' in {column} is neither yes nor no.", "Write yes or no."),
    "several_values": ("'{raw}' in {column} names several, and nothing says what of the row belongs to which.", "Write one row for each of them, with its own quantity and amount."),
    "key_twice": ("Another row of this file says something else about the same {column}.", "Keep the right one of them; the others can be ignored."),
    "row_unplaced": ("Nothing in this format says what such a row means.", "Complete the row, or ignore it."),
    "held_by_order": ("Row {origin} of the same order is in quarantine ({column}).", "Put that row right; this one follows."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with one row; all issues of a row stand together and the whole row is quarantined.

    `row` is the number a person sees in a spreadsheet, `column` the header, `raw` the cell as it stands, `raw_row` all
    cells as they stand, `content_hash` the name under which a correction of this row is remembered.
    """

    row: int
    column: str
    raw: str | None
    code: str
    text: str
    suggestion: str
    raw_row: dict[str, str]
    content_hash: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Control:
    """A sum the file itself states, beside the sum of its rows (both exact, in the file's own unit)."""

    name: str
    stated: Decimal
    computed: Decimal
    row: int = field(default=0, compare=False)  # that states it

    @property
    def ok(self) -> bool:
        """Whether the two agree exactly."""
        return self.stated == self.computed


@dataclass(frozen=True, slots=True)
class Note:
    """Something the receipt should say although no row is wrong, such as a status word that is not known."""

    code: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


def issue_of(
    code: str, *, row: int, column: str, raw: str | None, raw_row: dict[str, str], content_hash: str, **params: Any
) -> Issue:
    """The issue of this code, with its sentence and its advice filled in."""
    text, todo = TEXTS[code]
    values = {"raw": _in_a_sentence(raw), "column": column, **params}
    return Issue(row, column, raw, code, text.format(**values), todo.format(**values), raw_row, content_hash, values)


def _in_a_sentence(raw: str | None) -> str | None:
    """A cell as its issue quotes it: whole, or the beginning of a long one."""
    return raw if raw is None or len(raw) <= QUOTED else raw[:QUOTED] + "…"


def raw_rows(table: pa.Table) -> list[dict[str, str]]:
    """Every row as the texts of its filled cells, by header name."""
    columns = {name: as_text(one(table[name])).to_pylist() for name in table.column_names if name != "_row"}
    return [{name: cells[i] for name, cells in columns.items() if cells[i] is not None} for i in range(table.num_rows)]


def content_hashes(table: pa.Table) -> list[str]:
    """sha256 over the filled cells of each row with their column names, in the order of the names.

    The place of a row, the order of the columns and columns without a word make no difference.
    """
    names = sorted(name for name in table.column_names if name != "_row")
    columns = [as_text(one(table[name])).to_pylist() for name in names]
    if not columns:
        return [_hash(names, ())] * table.num_rows
    return [_hash(names, cells) for cells in zip(*columns, strict=True)]


def _hash(names: Iterable[str], cells: Iterable[str | None]) -> str:
    filled = (f"{name}\x1e{cell}" for name, cell in zip(names, cells, strict=False) if cell)
    return hashlib.sha256("\x1f".join(filled).encode("utf-8", "surrogatepass")).hexdigest()
