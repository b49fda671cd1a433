"""Records of a delimited text, one by one, as a spreadsheet would number them; a quote never closed costs one row only."""

from __future__ import annotations

import csv
import io
import itertools
from collections import deque
from collections.abc import Iterator

import pyarrow as pa

MOST_LINES = 200  # of one record; beyond that a quote has been left open
_FEWEST = 3  # delimiters in a cell with a line break that make it look like a swallowed row, however few the columns


def lines(data: pa.Buffer) -> Iterator[str]:
    """The physical lines of a UTF-8 text with their line ends."""
    return iter(io.TextIOWrapper(io.BufferedReader(pa.BufferReader(data)), encoding="utf-8", newline=""))


def bytes_of(data: pa.Buffer, delimiter: str, count: int) -> int:
    """Number of bytes that the first `count` records take up."""
    records = Records(lines(data), delimiter)
    return sum(len(line.encode()) for _ in itertools.islice(records, count) for line in records.taken)


class Records:
    """Iterates over the records of delimited text; a blank line is a record without cells.

    `width` is the usual number of cells (0: not known), by which a stray quote is told from a cell of several lines.
    `taken` are the physical lines of the record handed out last.
    """

    def __init__(self, source: Iterator[str], delimiter: str, width: int = 0) -> None:
        self._feed = _Feed(source)
        self._delimiter = delimiter
        self._width = width
        self._reader = csv.reader(self._feed, delimiter=delimiter)

    @property
    def taken(self) -> list[str]:
        """The physical lines of the current record, line ends included."""
        return self._feed.taken

    @property
    def ran_out(self) -> bool:
        """Whether the text ended while the current record was still open."""
        return self._feed.ran_out

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._feed.begin()
        try:
            record = next(self._reader)
        except (csv.Error, _TooLong):
            return self._first_line_only()
        return self._first_line_only() if self._swallowed(record) else record

    def _swallowed(self, record: list[str]) -> bool:
        """Whether a quote that was never closed has swallowed rows after its own."""
        if len(self.taken) < 2:
            return self._feed.ran_out and len(record) != self._width
        return self._feed.ran_out or looks_swallowed(record, self._delimiter, self._width) or not self._is_strict()

    def _is_strict(self) -> bool:
        """Whether every closing quote stands before a delimiter or a line end."""
        try:
            next(csv.reader(self.taken, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return True

    def _first_line_only(self) -> list[str]:
        """The first line of the record with its quotes taken literally; the other lines are read again."""
        self._feed.give_back()
        self._reader = csv.reader(self._feed, delimiter=self._delimiter)
        cells = self.taken[0].rstrip("\r\n").split(self._delimiter)
        return [c[1:-1] if len(c) > 1 and c[0] == c[-1] == '"' else c for c in cells]


def looks_swallowed(record: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell with a line break holds as many delimiters as a whole row of `width` cells (0: not known)."""
    if not width:
        return False
    enough = max(width - 1, _FEWEST)
    return any(("\n" in cell or "\r" in cell) and cell.count(delimiter) >= enough for cell in record)


class _TooLong(Exception):
    """One record goes on for more lines than any real one."""


class _Feed:
    """Hands lines to the csv module, remembers those of the current record and can hand them out again."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.ran_out = False

    def begin(self) -> None:
        self.taken = []
        self.ran_out = False

    def give_back(self) -> None:
        """Keep the first line of the record, read the others again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise _TooLong
        try:
            line = self._again.popleft() if self._again else next(self._source)
        except StopIteration:
            self.ran_out = bool(self.taken)
            raise
        self.taken.append(line)
        return line
