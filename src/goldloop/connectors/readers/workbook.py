"""XLS, XLSX, XLSB and ODS, read by a child process that may fail without harm (see `workbook_child`)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldloop.connectors.readers import refusals, workbook_child
from goldloop.connectors.readers.sheet import Limits, RawSheet
from goldloop.connectors.readers.tables import finished, header_of, text_column

_LAST_WORDS = 300  # bytes of the reader's complaint that are shown
_MACROS = "_VBA_PROJECT_CUR".encode("utf-16-le")


def workbook_sheets(data: pa.Buffer, *, file: str, member: str, limits: Limits) -> Iterator[RawSheet]:
    """Every worksheet with a cell in it.

    Raises `file_broken`, `file_encrypted`, `file_too_heavy` (the reader did not come to an end within the limits) and
    `sheet_too_large`.
    """
    label = member or file
    lines = _read_by_child(data, label, limits)
    starts = [i for i, line in enumerate(lines) if line.startswith(b"{")]
    for start, end in pairwise([*starts, len(lines)]):
        about = json.loads(lines[start])
        yield WorkbookSheet(lines[start + 1 : end], file=file, member=member, sheet=about["sheet"])


class WorkbookSheet(RawSheet):
    """A worksheet: its rows lie in memory as lines of JSON until they are asked for."""

    def __init__(self, lines: Sequence[bytes], *, file: str, member: str, sheet: str) -> None:
        super().__init__(file=file, member=member, sheet=sheet)
        self._lines = lines

    def first_rows(self, n: int) -> list[list[str]]:
        """The first `n` rows; cells as exact text."""
        rows: list[list[str]] = []
        for line in self._lines:
            if len(rows) >= n:
                break
            rows += json.loads(line)
        return rows[:n]

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """All rows below the header as text columns."""
        columns = header_of(self, header_row)
        pieces = [pa.table([pa.array([], pa.string())] * len(columns), names=columns)]
        above = header_row
        for line in self._lines:
            rows: list[list[Any]] = json.loads(line)
            below = rows[above:]
            above = max(above - len(rows), 0)
            if below:
                cells = list(zip(*below, strict=True))[: len(columns)]
                pieces.append(pa.table([text_column(c) for c in cells], names=columns))
        return finished(pa.concat_tables(pieces), first_row=header_row + 1, names=names)


def has_macros(data: pa.Buffer) -> bool:
    """Whether an XLS holds a program: its folder of macros is named in the file's own directory."""
    return _MACROS in data.to_pybytes()


def _read_by_child(data: pa.Buffer, label: str, limits: Limits) -> list[bytes]:
    """The lines the child writes; its end tells what was wrong.

    Its limits are its own concern as long as it obeys; time and output are watched from here as well.
    """
    script = [sys.executable, "-P", str(Path(workbook_child.__file__)), str(limits.memory), str(limits.seconds)]
    pipe = subprocess.PIPE
    with subprocess.Popen(script, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True) as child:
        clock = threading.Timer(limits.seconds, _end, [child])
        feeder = threading.Thread(target=_feed, args=(child, data), daemon=True)
        clock.start()
        feeder.start()
        try:
            found = _lines_of(child, label, limits)
            words = child.stderr.read(_LAST_WORDS) if child.stderr else b""
            child.wait()
        finally:
            clock.cancel()
            if child.poll() is None:
                _end(child)
            feeder.join()
    if child.returncode == workbook_child.PASSWORD:
        raise refusals.locked(label)
    if child.returncode == workbook_child.TOO_LARGE or child.returncode < 0:
        raise refusals.too_heavy(label, limits.memory, limits.seconds)
    if child.returncode:
        raise refusals.broken(label, words.decode(errors="replace").strip())
    return found


def _lines_of(child: subprocess.Popen[bytes], label: str, limits: Limits) -> list[bytes]:
    """What the child writes, as far as it is allowed to."""
    assert child.stdout is not None
    found, left = [], limits.output
    while line := child.stdout.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise refusals.too_heavy(label, limits.memory, limits.seconds)
        if line.startswith(b"{") and line.endswith(b"\n"):
            about = json.loads(line)
            if about["rows"] > limits.rows or about["columns"] > limits.columns:
                allowed = f"{limits.rows} x {limits.columns}"
                raise refusals.sheet_too_large(label, about["rows"], about["columns"], allowed)
        found.append(line[:-1])
    return found


def _feed(child: subprocess.Popen[bytes], data: pa.Buffer) -> None:
    assert child.stdin is not None
    try:
        with child.stdin as stream:
            stream.write(memoryview(data))
    except OSError:  # it ended before it had read everything
        pass


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it may have started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:  # it has ended
        pass
