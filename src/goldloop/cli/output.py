"""Printing: JSON for machines, tables and panels for people, progress on the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.cli.harmless import screen_text
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.jobs.progress import Progress

WIDE = 200  # columns of a table that goes into a file or a pipe


class Screen:
    """Where an answer for people is written, and its words."""

    def __init__(self, words: Words, *, error: bool = False) -> None:
        from rich.console import Console

        console = Console(stderr=error, highlight=False)
        self.console = console if console.is_terminal else Console(stderr=error, highlight=False, width=WIDE)
        self.words = words

    def line(self, text: str = "") -> None:
        """One line as it is: no markup, no wrapping."""
        self.console.print(screen_text(text), markup=False, soft_wrap=True)

    def raw(self, text: str) -> None:
        """Text for a pipe or a file, exactly as it is."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        right: Iterable[int] = (),
        below: Mapping[int, int] | None = None,
    ) -> None:
        """A table; `right` are the positions of columns of numbers.

        `below`: position of a column -> that of the one under whose cells its own go where the screen is too narrow.
        """
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        cells = [[screen_text(head) for head in heads], *([_cell(cell) for cell in row] for row in rows)]
        shown = list(range(len(heads)))
        if below and _width(cells) > self.console.width:
            shown = [position for position in shown if position not in below]
            cells = [_stacked(row, shown, below) for row in cells]
        table, numbers = Table(box=SIMPLE_HEAD, pad_edge=False), set(right)
        for position, head in zip(shown, cells[0], strict=True):
            table.add_column(Text(head), justify="right" if position in numbers else "left", overflow="fold")
        for row in cells[1:]:
            table.add_row(*map(Text, row))
        self.console.print(table)

    def error(self, error: GoldloopError) -> None:
        """A panel that says what is wrong, what was given, what is allowed and what to do."""
        from rich.panel import Panel
        from rich.text import Text

        text = Text(screen_text(self.words.error(error)), style="bold")
        for label, value in (
            ("given", error.given),
            ("allowed", self.words.allowed(error)),
            ("todo", self.words.todo(error)),
        ):
            if isinstance(value, (list, tuple, set, frozenset)):
                value = ", ".join(str(item) for item in value)
            if value not in (None, ""):
                text.append(f"\n{self.words(label)}: ", style="not bold dim").append(
                    screen_text(str(value)), style="not bold"
                )
        self.console.print(Panel(text, title=Text(error.code), title_align="left", border_style="red", expand=False))


def _cell(cell: Any) -> str:
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else screen_text(str(cell))


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Columns of the terminal that a table of these rows takes."""
    from rich.cells import cell_len

    widths = [max(max(map(cell_len, cell.split("\n"))) for cell in column) for column in zip(*rows, strict=True)]
    return sum(widths) + 2 * len(widths)


def _stacked(row: Sequence[str], shown: Sequence[int], below: Mapping[int, int]) -> list[str]:
    """The cells that are shown, each with those that go below it; empty ones take no line."""
    return [
        "\n".join([row[place], *(row[other] for other, above in below.items() if above == place and row[other])])
        for place in shown
    ]


def print_json(data: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    _print(json.dumps(data, ensure_ascii=False, indent=2, default=plain))


def print_line(data: dict[str, Any]) -> None:
    """One JSON object on one line, at once, for programs that read along."""
    _print(json.dumps(data, ensure_ascii=False, default=plain))


def _print(text: str) -> None:
    sys.stdout.write(text.encode(errors="replace").decode() + "\n")  # file names can hold bytes that are no text
    sys.stdout.flush()


def print_error(error: GoldloopError, *, as_json: bool, words: Words) -> None:
    """An error: as the `error` object on standard output, or as a panel on standard error."""
    if as_json:
        print_json({"error": {**error.as_dict(), "text": words.error(error), "todo": words.todo(error)}})
    else:
        Screen(words, error=True).error(error)


@contextmanager
def progress(words: Words, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar for the stage, and above it one for all files; none when standard error is no terminal or the answer JSON."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        every = bars.add_task("", total=None, visible=False)
        task = bars.add_task("", total=None)

        def show(stage: str, file: str, done: int | None = None, total: int | None = None) -> None:
            if stage == "files":
                words_of = words("stage_files", done=done, total=total)
                bars.update(every, description=words_of, completed=done or 0, total=total, visible=(total or 0) > 1)
                return
            bars.update(task, description=f"{words(f'stage_{stage}')}  {file}", completed=done or 0, total=total)

        yield show


def plain(value: Any) -> Any:
    """What JSON has no form for, in one that it has."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
