"""Delimited text too large for memory: its records, block by block."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pyarrow as pa

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.body import Layout, quotes_of, read_by_arrow, read_one_by_one
from goldloop.connectors.readers.delimited import find_delimiter, usual_width
from goldloop.connectors.readers.records import MOST_LINES, Records, bytes_of, lines
from goldloop.connectors.readers.sheet import Limits, RawSheet
from goldloop.connectors.readers.stream import MOST_OF_A_LINE, LongText, too_long_a_record
from goldloop.connectors.readers.tables import finished, header_of

_HEAD = 1 << 20  # bytes in which header, delimiter and width are looked for


class StreamedSheet(RawSheet):
    """CSV, TSV or TXT of any length; the same rows as `DelimitedSheet` reads."""

    large = True

    def __init__(self, text: LongText, *, file: str, member: str = "", limits: Limits) -> None:
        super().__init__(file=file, member=member)
        self.text, self._limits = text, limits
        first = next(text.blocks(), b"")
        self._head = pa.py_buffer(first[: first.find(b"\n", _HEAD) + 1 or len(first)])
        self.delimiter = find_delimiter(self._head)

    @property
    def extent(self) -> tuple[int, int]:
        """Bytes and lines of the text."""
        return self.text.size, self.text.lines

    def first_rows(self, n: int) -> list[list[str]]:
        """The first `n` records."""
        return list(itertools.islice(Records(lines(self._head), self.delimiter), n))

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """All records; ask for few columns only."""
        wanted = [n for n in self.columns(header_row) if names is None or n in set(names)]
        return pa.concat_tables(table.select([*wanted, "_row"]) for table in self.tables(header_row))

    def tables(self, header_row: int) -> Iterator[pa.Table]:
        """The records below the header, block by block; raises `file_too_long`."""
        columns = header_of(self, header_row)
        above = bytes_of(self._head, self.delimiter, header_row)
        width = usual_width(self._head.slice(above), self.delimiter, len(columns))
        layout = Layout(self.delimiter, width, len(columns))
        row, count = header_row + 1, 0
        for cells, blank in _pieces(self.text, above, layout):
            table = finished(cells.rename_columns(columns), first_row=row, names=None)
            row, count = row + cells.num_rows + blank, count + table.num_rows
            if count > self._limits.text_rows:
                raise refusals.file_too_long(self.text.label, count, self._limits.text_rows)
            yield table


def _pieces(text: LongText, above: int, layout: Layout) -> Iterator[tuple[pa.Table, int]]:
    """All records from byte `above` on, and how many blank lines follow; what a block leaves open is read with the next."""
    rest, in_lines = b"", True
    for block in text.blocks():
        body = rest + block[above:]
        above = max(above - len(block), 0)
        if in_lines and (found := _read_lines(body, layout)) is not None:
            yield found
            rest = b""
            continue
        in_lines = False  # where one record takes up several lines, others will
        end, strays = _end_of_records(body, layout)
        if not end and len(body) > MOST_OF_A_LINE:
            raise too_long_a_record(text.label)
        if strays and _is_open(body[_line_start(body, end - 1) : end], layout):
            # Read by itself, the last line's quote would be closed by its end: what follows tells that it is no quote.
            yield read_one_by_one(pa.py_buffer(body), layout).slice(0, strays), 0
        elif end:
            yield _read(body[:end], layout)
        rest = body[end:]
    if rest:
        yield _read(rest, layout)


def _read(block: bytes, layout: Layout) -> tuple[pa.Table, int]:
    body, blank = _without_blank_end(block)
    cells = read_by_arrow(body, layout)
    return read_one_by_one(body, layout) if cells is None else cells, blank


def _read_lines(block: bytes, layout: Layout) -> tuple[pa.Table, int] | None:
    """As `_read`, where every record surely is a line; None where one may not be, or goes on behind the block."""
    body, blank = _without_blank_end(block)
    if not body.size or _is_open(block[_line_start(block, body.size) : body.size], layout):
        return None
    cells = read_by_arrow(body, layout, in_lines=True)
    return None if cells is None else (cells, blank)


def _without_blank_end(block: bytes) -> tuple[pa.Buffer, int]:
    """The text without the line ends after its last record, and how many blank lines these are."""
    body = pa.py_buffer(block.rstrip(b"\r\n"))
    tail = block[body.size :]
    return body, tail.count(b"\n") + tail.count(b"\r") - tail.count(b"\r\n") - bool(body.size)


def _is_open(line: bytes, layout: Layout) -> bool:
    """Whether the text ends while a quoted cell is still open."""
    records = Records(lines(pa.py_buffer(line)), layout.delimiter, layout.width)
    next(records, None)
    return records.ran_out


def _end_of_records(body: bytes, layout: Layout) -> tuple[int, int]:
    """Number of bytes up to the end of the last record that is surely whole; their records, if a quote stands astray.

    `body` begins with a record and ends with a line.
    """
    if b'"' not in body:
        return len(body), 0
    quotes, last = quotes_of(pa.py_buffer(body), layout.delimiter)
    if quotes is None:
        return _end_one_by_one(body, layout)
    if quotes % 2 == 0:
        return len(body), 0
    begin = _line_start(body, last)
    while begin and body.count(b'"', 0, begin) % 2:  # the line begins inside a cell
        begin = _line_start(body, body.rfind(b'"', 0, begin))
    if body.count(b"\n", begin) > MOST_LINES:  # a quote that was never closed
        return _end_one_by_one(body, layout)
    return begin, 0


def _line_start(body: bytes, place: int) -> int:
    return max(body.rfind(b"\n", 0, place), body.rfind(b"\r", 0, place)) + 1


def _end_one_by_one(body: bytes, layout: Layout) -> tuple[int, int]:
    """The same by the csv module: records that the end of the text cuts short are left for the next block."""
    end = count = 0
    records = Records(lines(pa.py_buffer(body)), layout.delimiter, layout.width)
    for _ in records:
        if records.ran_out:
            break
        end += sum(len(line.encode()) for line in records.taken)
        count += 1
    return end, count
