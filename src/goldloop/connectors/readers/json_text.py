"""JSON as a table: one record, a list of records, or one record after another (JSON Lines).

How a record becomes rows
- A field of an object inside the record gets a dotted name: `billing.email`.
- An array of objects gives one row per object, its fields named after the array (`line_items.sku`), with the record's own
  fields repeated on it. Rows of several arrays follow one another and never share a row. A record without such an array
  is one row.
- Arrays of plain values, arrays of pairs (objects that have `key` and `value`) and arrays that lie inside another array
  stay JSON text in one cell.
- Numbers keep the digits they are written with, true and false are words, null is an empty cell.

Row 1 is the header: every name that occurs, in order of appearance. The first record begins in row 2.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import Limits, RawSheet
from goldloop.connectors.readers.tables import finished, header_of, text_column
from goldloop.connectors.readers.text import as_utf8

_BLANK = re.compile(r"\s*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_PAIR = {"key", "value"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: the fields of its array's object, and those of its record, which all rows of the record share."""

    own: dict[str, str | None]
    record: dict[str, str | None]

    def cell(self, name: str) -> str | None:
        return self.own[name] if name in self.own else self.record.get(name)


class JsonSheet(RawSheet):
    """A JSON file, read at once; raises `json_too_large` beyond the limits and `file_broken` when it is no JSON."""

    def __init__(self, data: pa.Buffer, *, file: str, member: str = "", limits: Limits) -> None:
        super().__init__(file=file, member=member)
        label = member or file
        if data.size > limits.json:
            raise refusals.json_too_large(label, "bytes", data.size, limits.json)
        text = as_utf8(data, label).to_pybytes().decode()
        self._rows: list[_Row] = []
        names: dict[str, None] = {}
        for record in _records(text, label, limits.depth):
            rows = list(_flattened(record))
            self._rows += rows
            names.update(dict.fromkeys(rows[0].record))
            for row in rows:
                names.update(dict.fromkeys(row.own))
            for what, given, allowed in (
                ("rows", len(self._rows), limits.rows),
                ("columns", len(names), limits.columns),
            ):
                if given > allowed:
                    raise refusals.json_too_large(label, what, given, allowed)
        self._names = list(names)

    def first_rows(self, n: int) -> list[list[str]]:
        """The names, then the first rows."""
        rows = [[row.cell(name) or "" for name in self._names] for row in self._rows[: max(n - 1, 0)]]
        return [self._names, *rows][:n]

    def table(self, header_row: int = 1, names: Sequence[str] | None = None) -> pa.Table:
        """All rows below the header as text columns."""
        columns = header_of(self, header_row)
        below = self._rows[header_row - 1 :]
        cells = [text_column([row.cell(name) for row in below]) for name in self._names[: len(columns)]]
        return finished(pa.table(cells, names=columns), first_row=header_row + 1, names=names)


def _records(text: str, label: str, depth: int) -> Iterator[dict[str, Any]]:
    """Every record of the text: values that stand one after another, lists taken apart."""
    position = _after_blanks(text, 0)
    while position < len(text):
        try:
            value, end = _DECODER.raw_decode(text, position)
            levels = _levels(value)
        except json.JSONDecodeError as error:
            raise refusals.broken(label, f"{error.msg} (line {error.lineno})") from None
        except RecursionError:
            levels = sys.getrecursionlimit()
        if levels > depth:
            raise refusals.json_too_large(label, "depth", levels, depth)
        for record in value if isinstance(value, list) else [value]:
            if not isinstance(record, dict):
                raise refusals.not_a_table(label)
            yield record
        position = _after_blanks(text, end)


def _after_blanks(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    return found.end() if found else position


def _levels(value: Any) -> int:
    """How many objects and arrays lie inside one another."""
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(_levels, value.values() if isinstance(value, dict) else value), default=0)


def _flattened(record: dict[str, Any]) -> Iterator[_Row]:
    own: dict[str, str | None] = {}
    arrays: dict[str, list[dict[str, Any]]] = {}
    _collect(record, "", own, arrays)
    for name, objects in arrays.items():
        for item in objects:
            fields: dict[str, str | None] = {}
            _collect(item, f"{name}.", fields, None)
            yield _Row(fields, own)
    if not arrays:
        yield _Row({}, own)


def _collect(
    value: dict[str, Any], prefix: str, cells: dict[str, str | None], arrays: dict[str, list[dict[str, Any]]] | None
) -> None:
    """Put the fields of an object into `cells`, arrays of objects into `arrays` (None: no array makes rows here)."""
    for key, field in value.items():
        name = prefix + key.encode(errors="replace").decode()
        if isinstance(field, dict):
            _collect(field, f"{name}.", cells, arrays)
        elif arrays is not None and _makes_rows(field):
            arrays[name] = field
        elif isinstance(field, list):
            cells[name] = json.dumps(field, ensure_ascii=False) if field else None
        elif isinstance(field, bool):
            cells[name] = "true" if field else "false"
        else:  # half a surrogate pair is no text
            cells[name] = None if field is None else field.encode(errors="replace").decode()


def _makes_rows(field: Any) -> bool:
    """Whether it is an array of objects other than pairs."""
    if not isinstance(field, list) or not field or not all(isinstance(item, dict) and item for item in field):
        return False
    return not all(item.keys() >= _PAIR for item in field)
