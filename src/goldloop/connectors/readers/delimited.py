"""Delimited text (CSV, TSV, TXT): where its delimiter, its header and its body are."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from goldloop.connectors.readers.body import Layout, read_by_arrow, read_one_by_one
from goldloop.connectors.readers.records import Records, bytes_of, lines
from goldloop.connectors.readers.sheet import RawSheet
from goldloop.connectors.readers.tables import finished, header_of
from goldloop.connectors.readers.text import as_utf8

DELIMITERS = (",", "\t", ";", "|")
_NO_WORD = " \t,;|"
_SAMPLE = 200  # records from which delimiter and width are told


class DelimitedSheet(RawSheet):
    """CSV, TSV or TXT in any known encoding; the delimiter is found from the first records."""

    def __init__(self, data: pa.Buffer, *, file: str, member: str = "") -> None:
        super().__init__(file=file, member=member)
        self._data = as_utf8(data, member or file)
        self.delimiter = find_delimiter(self._data)

    def first_rows(self, n: int) -> list[list[str]]:
        """The first `n` records."""
        return list(itertools.islice(Records(lines(self._data), self.delimiter), n))

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """All records below the header as text columns."""
        columns = header_of(self, header_row)
        body = _without_blank_end(self._data.slice(bytes_of(self._data, self.delimiter, header_row)))
        layout = Layout(self.delimiter, usual_width(body, self.delimiter, len(columns)), len(columns))
        cells = read_by_arrow(body, layout)
        if cells is None:
            cells = read_one_by_one(body, layout)
        return finished(cells.rename_columns(columns), first_row=header_row + 1, names=names)


@dataclass(frozen=True, slots=True)
class _Division:
    """The first records divided by one delimiter: their widths, the usual one, how often it comes and where it begins."""

    delimiter: str
    widths: list[int]
    width: int
    times: int
    begins: int

    @property
    def rank(self) -> tuple[int, int, int]:
        return -self.begins, self.times, self.width


def find_delimiter(data: pa.Buffer) -> str:
    """The delimiter under which most records have the same number of cells, the earlier that begins the better.

    The record where the usual width begins is the header, so a comma inside titles or a tab behind every value does
    not win against the real delimiter, which the header has too. Nor does a comma in a line above the header (October
    1, 2026) and in amounts (1,000): a wider division begins at a record that has none. Comma when nothing divides the text.
    """
    found = [division for delimiter in DELIMITERS if (division := _divided(data, delimiter)) is not None]
    if not found:
        return DELIMITERS[0]
    best = max(found, key=lambda d: d.rank)
    wider = [d for d in found if d.width > best.width and d.times > 1 and best.widths[d.begins : d.begins + 1] == [1]]
    return max(wider or [best], key=lambda d: d.rank).delimiter


def _divided(data: pa.Buffer, delimiter: str) -> _Division | None:
    """None when there is no usual width of several cells that most records from its first on have."""
    records = itertools.islice(Records(lines(data), delimiter), _SAMPLE)
    widths = [len(r) for r in records if any(cell.strip(_NO_WORD) for cell in r)]
    counts = Counter(w for w in widths if w > 1)
    if not counts:
        return None
    width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
    begins = next(i for i, w in enumerate(widths) if w >= width - max(1, width // 5) and w > 1)
    return None if times * 2 < len(widths) - begins else _Division(delimiter, widths, width, times, begins)


def usual_width(body: pa.Buffer, delimiter: str, header: int) -> int:
    """The most frequent number of cells in a sample of records; that of the header when there is no record."""
    sample = itertools.islice(Records(lines(body), delimiter, header), _SAMPLE)
    widths = Counter(len(record) for record in sample if record)
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0] if widths else header


def _without_blank_end(data: pa.Buffer) -> pa.Buffer:
    """The text without the line ends after its last record."""
    end = data.size
    while end:
        tail = data.slice(max(end - 4096, 0), min(end, 4096)).to_pybytes()
        kept = len(tail.rstrip(b"\r\n"))
        end -= len(tail) - kept
        if kept:
            break
    return data.slice(0, end)
