"""Answers on the terminal: one scope as the golden formula, several rows as a table, always with scope and reasons."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.metrics.answer import shown
from goldloop.metrics.cut_words import value_word
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.reasons import text

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.answer import Answer

MOST = 200  # rows of a table on a screen; files hold all of them
WIDE_FROM, FEW = 6, 6  # more figures than this of no more rows than this: a line per figure


def show(screen: Screen, answer: Answer) -> None:
    """Scope line, table or formula, reasons, notes."""
    scope = answer.scope
    screen.line(f"{', '.join(scope['stores'])}   {scope['from']} .. {scope['to']}   {scope['currency'] or ''}")
    if compared := scope["compared"]:
        dates = compared if len(compared) < 4 else [compared[0], "...", compared[-1]]
        screen.line(screen.words("compared_with", dates=", ".join(dates)))
    if answer.cuts:
        _table(screen, answer)
    else:
        _formula(screen, answer)
    _reasons(screen, answer)
    for note in answer.notes:
        screen.line(f"* {note.text(screen.words.language)}")


def _name(screen: Screen, figure: str) -> str:
    return FIGURES[figure].zh if screen.words.language == "zh" else FIGURES[figure].en


def _cell(answer: Answer, column: str, row: int) -> str:
    base, _, suffix = column.partition("__")
    value = answer.columns[column][row]
    unit = "rate" if suffix == "change_rate" else FIGURES[base].unit
    if suffix == "change" and unit == "rate" and value is not None:
        return f"{value * 100:+,.2f} pt"  # the change of a rate is in points, not in percent
    written = shown(value, unit, answer.currencies[row])
    if (
        column == "net_expected"
        and (ends := answer.data["maturity"]["net_expected"][row])
        and ends["low"] != ends["high"]
    ):
        return f"{written} ({Decimal(ends['low']):,} .. {Decimal(ends['high']):,})"
    return f"+{written}" if suffix and suffix != "compared" and value is not None and value > 0 else written


def _formula(screen: Screen, answer: Answer) -> None:
    """One row as a list: figure, value, what it was, change."""
    heads = ["", screen.words("head_value")]
    suffixes: list[str] = []
    if answer.scope["compared"]:
        suffixes = ["compared", "change", "change_rate"]
        heads += [screen.words(f"head_{s}") for s in suffixes]
    heads.append(screen.words("head_formula"))
    rows = []
    for figure in answer.figures:
        cells = [_cell(answer, figure, 0), *(_cell(answer, f"{figure}__{s}", 0) for s in suffixes)]
        rows.append([f"{_name(screen, figure)} ({figure})", *cells, _made_of(screen, figure)])
    screen.table(heads, rows, right=range(1, 2 + len(suffixes)))


def _made_of(screen: Screen, figure: str) -> str:
    """How a figure follows from others, in the reader's words; empty for what engines count."""
    rule = FIGURES[figure].rule
    if rule.kind == "part" or any(n not in FIGURES for n in rule.inputs):
        return ""
    sign = {"ratio": " / ", "per": " / ", "minus": " - ", "plus": " + ", "inverse": " x "}[rule.kind]
    made = sign.join(_name(screen, n) for n in rule.inputs)
    return f"1 / ({made})" if rule.kind == "inverse" else made


def _table(screen: Screen, answer: Answer) -> None:
    columns = [c for c in answer.columns if not c.endswith(("__compared", "__change"))]
    if len(answer.figures) > WIDE_FROM and len(answer) <= FEW:
        return _turned(screen, answer, columns)
    heads = []
    for column in columns:
        base, _, suffix = column.partition("__")
        heads.append(column if base not in FIGURES else ("+/-%" if suffix else _name(screen, base)))
    rows: list[list[Any]] = []
    for i in range(min(len(answer), MOST)):
        rows.append([_shown_cut(screen, answer, c, i) if c in answer.cuts else _cell(answer, c, i) for c in columns])
    screen.table(heads, rows, right=range(len(answer.cuts), len(columns)))
    if len(answer) > MOST:
        screen.line(screen.words("more_rows", count=f"{len(answer) - MOST:,}"))


def _turned(screen: Screen, answer: Answer, columns: list[str]) -> None:
    """Many figures of few rows read better with a line per figure."""
    heads = ["", *(" ".join(_shown_cut(screen, answer, c, i) for c in answer.cuts) for i in range(len(answer)))]
    rows = []
    for column in columns:
        base, _, suffix = column.partition("__")
        if base in FIGURES:
            label = "  +/-%" if suffix else f"{_name(screen, base)} ({base})"
            cells = [_cell(answer, column, i) for i in range(len(answer))]
            if not suffix or set(cells) != {"-"}:
                rows.append([label, *cells])
    screen.table(heads, rows, right=range(1, len(answer) + 1))


def _shown_cut(screen: Screen, answer: Answer, column: str, row: int) -> str:
    value = answer.columns[column][row]
    return "-" if value is None else value_word(column, value, zh=screen.words.language == "zh")


def _reasons(screen: Screen, answer: Answer) -> None:
    """Each cause once, with the figures it concerns."""
    found: dict[str, dict[str, None]] = {}
    for reason in answer.reasons:
        if reason.code != "undefined":
            said = text(reason.code, reason.params, screen.words.language)
            found.setdefault(said, {})[reason.figure] = None
    for said, figures in _first(found.items(), 12):
        screen.line(f"- {', '.join(figures)}: {said}")


def _first(items: Iterable[Any], most: int) -> list[Any]:
    return list(items)[:most]
