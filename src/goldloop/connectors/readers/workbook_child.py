"""Reads a workbook in a process of its own: a damaged or hostile one makes the reader take all memory or abort.

Run as a script, with bytes of memory and seconds as arguments and the file on standard input; it writes JSON lines to
standard output: for each worksheet an object {sheet, rows, columns}, then its rows in lists of rows of texts. It knows
nothing of goldloop, so that it starts quickly.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import python_calamine as calamine

PASSWORD, BROKEN, TOO_LARGE = 3, 4, 5  # exit codes
_EXACT = 2**53  # beyond this a float no longer holds every integer
_ROWS = 1000  # per line of output
_LAST_WORDS = 300  # characters of a complaint


def cell_text(value: Any) -> str:
    """A cell as exact text: integers without `.0`, other numbers with the 15 digits Excel keeps, TRUE and FALSE.

    An integer beyond 2^53 is shown in scientific notation, because its last digits are lost and it must not be taken
    for an exact number. Times are rounded to the second; a date without a time stays one.

    >>> [cell_text(v) for v in (5.0, 0.1 + 0.2, 1e-7, 6.9e18, True, " a ")]
    ['5', '0.3', '0.0000001', '6.9E+18', 'TRUE', ' a ']
    >>> cell_text(datetime(2026, 10, 1, 9, 30)), cell_text(date(2026, 10, 1)), cell_text(timedelta(days=1, seconds=5))
    ('2026-10-01 09:30:00', '2026-10-01', '24:00:05')
    """
    write = _WRITERS.get(type(value), str)
    return write(value)


def _number(value: float) -> str:
    if value.is_integer():
        return _integer(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


def _integer(value: int) -> str:
    return str(value) if abs(value) <= _EXACT else format(Decimal(f"{value:.15g}").normalize(), "E")


def _moment(value: datetime) -> str:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat(sep=" ")


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    float: _number,
    int: _integer,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment,
    date: date.isoformat,
    time: lambda value: value.replace(microsecond=0).isoformat(),
    timedelta: _duration,
}


def worksheets(data: bytes) -> Iterator[Any]:
    """Every worksheet with a cell in it: what it is, then its rows from row 1 and column A in lists of rows."""
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for position, meta in enumerate(book.sheets_metadata):
        sheet = book.get_sheet_by_index(position) if meta.typ == calamine.SheetTypeEnum.WorkSheet else None
        if sheet is None or sheet.start is None or sheet.end is None:
            continue
        yield {"sheet": meta.name, "rows": sheet.end[0] + 1, "columns": sheet.end[1] + 1}
        left = [""] * sheet.start[1]  # rows come from row 1 on, but from the first filled column only
        rows = (left + [cell_text(cell) for cell in row] for row in sheet.iter_rows())
        while block := list(islice(rows, _ROWS)):
            yield block


def main(memory: int, seconds: int) -> int:
    """Read standard input within the limits; 0, or one of the exit codes with the reason on standard error."""
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(kind)[1]  # cannot be raised
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    try:
        for block in worksheets(sys.stdin.buffer.read()):
            line = json.dumps(block, ensure_ascii=False, separators=(",", ":"))
            sys.stdout.buffer.write(line.encode() + b"\n")
    except calamine.PasswordError:
        return PASSWORD
    except MemoryError:
        return TOO_LARGE
    except BaseException as error:  # a panic of the Rust reader is no subclass of Exception
        sys.stderr.write(str(error)[:_LAST_WORDS])
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
