"""The records below the header of a delimited text as text columns, fast through Arrow, one by one where that fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from goldloop.connectors.readers.records import Records, lines, looks_swallowed
from goldloop.connectors.readers.tables import text_column
from goldloop.connectors.readers.text import blocks

_MOST_RAGGED = 1000  # records of another width that are mended singly; with more, all are read one by one
_BATCH = 50_000
_STRETCH = 1 << 24
_QUOTE, _FEED, _RETURN = b'"\n\r'


@dataclass(frozen=True, slots=True)
class Layout:
    """Delimiter, usual number of cells of a record, and number of columns of the header."""

    delimiter: str
    width: int
    columns: int

    @property
    def names(self) -> list[str]:
        """Names of the columns of the table that is read: their positions."""
        return [str(i) for i in range(self.columns)]

    def fitted(self, record: list[str]) -> list[str]:
        """The record cut or filled up to the number of columns."""
        missing = self.columns - len(record)
        return record + [""] * missing if missing > 0 else record[: self.columns]


def read_by_arrow(body: pa.Buffer, layout: Layout, *, in_lines: bool = False) -> pa.Table | None:
    """All records by Arrow, the few of another width put back at their place; None when that cannot be done safely.

    That is so when too many records have another width, when one is larger than Arrow's block, and when a quote that
    was never closed may have swallowed rows; with `in_lines` whenever a record takes up more than one line.
    """
    if not body.size:
        return pa.table({name: pa.array([], pa.string()) for name in layout.names})
    ragged: list[tuple[int, str]] = []
    try:
        cells = _arrow(body, layout, None)
    except pa.ArrowInvalid:
        try:
            cells = _arrow(body, layout, _collect(ragged))
        except pa.ArrowInvalid:
            return None
    several_lines = _line_ends(body) != cells.num_rows + len(ragged) - 1
    if several_lines and in_lines:
        return None
    if several_lines and not (_is_well_quoted(body, layout.delimiter) and _none_swallowed(cells, ragged, layout)):
        return None
    nothing = pa.nulls(cells.num_rows, pa.string())
    arrays = [cells[i] if i < layout.width else nothing for i in range(layout.columns)]
    return _put_back(pa.table(arrays, names=layout.names), ragged, layout)


def read_one_by_one(body: pa.Buffer, layout: Layout) -> pa.Table:
    """All records by the csv module, each cut or filled up to the number of columns."""
    records = Records(lines(body), layout.delimiter, layout.width)
    batches = []
    while batch := [layout.fitted(record) for record in itertools.islice(records, _BATCH)]:
        batches.append(_table(batch, layout))
    return pa.concat_tables(batches)


def _arrow(body: pa.Buffer, layout: Layout, handler: Callable[[Any], str] | None) -> pa.Table:
    names = [str(i) for i in range(layout.width)]
    return pcsv.read_csv(
        pa.BufferReader(body),
        # only a single thread knows the numbers of the records it hands over
        read_options=pcsv.ReadOptions(column_names=names, use_threads=handler is None),
        parse_options=pcsv.ParseOptions(
            delimiter=layout.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=handler,
        ),
        convert_options=pcsv.ConvertOptions(
            check_utf8=False,  # the whole text has been checked
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _collect(ragged: list[tuple[int, str]]) -> Callable[[Any], str]:
    """A handler that keeps records of another width with their number (from 1), up to a limit."""

    def handle(row: Any) -> str:
        if len(ragged) >= _MOST_RAGGED or row.text is None:
            return "error"
        ragged.append((row.number, row.text))
        return "skip"

    return handle


def _put_back(table: pa.Table, ragged: list[tuple[int, str]], layout: Layout) -> pa.Table:
    pieces = []
    taken = 0
    for before, (number, text) in enumerate(ragged):
        good = number - 1 - before
        pieces.append(table.slice(taken, good - taken))
        record = next(Records(iter([text]), layout.delimiter, layout.width))
        pieces.append(_table([layout.fitted(record)], layout))
        taken = good
    return pa.concat_tables([*pieces, table.slice(taken)])


def _table(records: list[list[str]], layout: Layout) -> pa.Table:
    return pa.table([text_column(cells) for cells in zip(*records, strict=True)], names=layout.names)


def _none_swallowed(cells: pa.Table, ragged: list[tuple[int, str]], layout: Layout) -> bool:
    """Whether no cell of several lines looks like rows swallowed by a quote that was closed by an inch sign."""
    if any("\n" in text or "\r" in text for _, text in ragged):
        return False
    breaks = (pc.or_(pc.match_substring(c, "\n"), pc.match_substring(c, "\r")) for c in cells.columns)
    several_lines = (column.filter(mask) for column, mask in zip(cells.columns, breaks, strict=True))
    return not any(looks_swallowed(found.to_pylist(), layout.delimiter, layout.width) for found in several_lines)


def _is_well_quoted(body: pa.Buffer, delimiter: str) -> bool:
    """Whether every opening quote begins a cell (or follows =), every closing one ends it, and none is left open."""
    quotes, _ = quotes_of(body, delimiter)
    return quotes is not None and quotes % 2 == 0


def quotes_of(body: pa.Buffer, delimiter: str) -> tuple[int | None, int]:
    """Number of quotes (None when one stands where none can open or close a cell) and the place of the last one."""
    octets = np.frombuffer(body, dtype=np.uint8)
    around = np.zeros(256, dtype=bool)
    around[[ord(delimiter), *b'\r\n"']] = True
    before, after = around.copy(), around
    before[ord("=")] = True
    quotes, last = 0, -1
    for start in range(0, len(octets), _STRETCH):
        places = np.flatnonzero(octets[start : start + _STRETCH] == _QUOTE) + start
        opening, closing = places[quotes % 2 :: 2], places[1 - quotes % 2 :: 2]
        opening, closing = opening[opening > 0], closing[closing < len(octets) - 1]
        if not (before[octets[opening - 1]].all() and after[octets[closing + 1]].all()):
            return None, last
        quotes += len(places)
        last = int(places[-1]) if len(places) else last
    return quotes, last


def _line_ends(data: pa.Buffer) -> int:
    """Number of line ends (LF, CRLF and CR alone each count once)."""
    count, after_return = 0, False
    for block in blocks(data):
        octets = np.frombuffer(block, dtype=np.uint8)
        feeds, returns = octets == _FEED, octets == _RETURN
        count += int(np.count_nonzero(feeds)) + int(np.count_nonzero(returns))
        count -= int(np.count_nonzero(feeds[1:] & returns[:-1]))
        count -= after_return and bool(feeds[0])  # a pair that two blocks share
        after_return = bool(returns[-1])
    return count
