"""The report of a run: as Markdown, and as a page with charts that carries all it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from benchmarks import charts, history
from benchmarks.line import NO_LIMIT, Line

STYLE = """
:root { color-scheme: light dark; --ours: #1f6feb; --peer: #9aa4b2; --limit: #c2410c; --line: #d0d7de; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: right; vertical-align: top; }
th:first-child, td:first-child, .rule { text-align: left; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
.ours { fill: var(--ours); } .peer { fill: var(--peer); } .limit { stroke: var(--limit); stroke-width: 2; }
.runs { fill: none; stroke: var(--ours); stroke-width: 1.5; } .last { fill: var(--ours); }
.no { color: var(--limit); font-weight: 600; } .scroll { overflow-x: auto; }
"""
UNITS = {"cpu": "s CPU", "wall": "s wall", "memory": "MiB"}
HEADS = ("job", "wall s", "CPU s", "memory MiB", "beside: wall s", "beside: CPU s", "ratio", "limit", "kept")


@dataclass(frozen=True)
class Run:
    """One run: its lines, on what it ran, what was skipped and why, what became slower, and all entries of the history."""

    lines: Sequence[Line]
    about: str
    skipped: Sequence[str] = ()
    slower: Sequence[str] = ()
    entries: Sequence[Mapping[str, Any]] = field(default=())


def cells(line: Line) -> list[str]:
    """One line of the table as text."""
    beside = [f"{line.bare.wall:.2f}", f"{line.bare.cpu:.2f}"] if line.bare else ["", ""]
    unit = UNITS[line.quantity]
    told = line.limit == NO_LIMIT or not line.bare
    return [
        line.job, f"{line.ours.wall:.2f}", f"{line.ours.cpu:.2f}",
        f"{line.ours.memory:.0f}" if line.ours.memory >= 1 else f"{line.ours.memory:.2f}",
        *beside, "" if line.ratio is None else f"{line.ratio:.2f}",
        line.rule if told else f"{line.rule} = {line.limit:.2f} {unit}",
        "" if line.limit == NO_LIMIT else "yes" if line.good else "no",
    ]  # fmt: skip


def markdown(run: Run, *, page: str = "report.html") -> str:
    """The report as Markdown."""
    text = [
        "# Benchmark report",
        "",
        run.about,
        "",
        f"With charts, and the ratios of earlier runs: [{page}]({page}).",
        "",
    ]
    text += ["| " + " | ".join(HEADS) + " |", "|---|---:|---:|---:|---:|---:|---:|---|---|"]
    for line in run.lines:
        *row, kept = cells(line)
        text.append("| " + " | ".join([*row, "**no**" if kept == "no" else kept]) + " |")
    for title, told in (("Slower than before", run.slower), ("Skipped", run.skipped)):
        text += ["", f"{title}:", "", *(f"- {one}" for one in told)] if told else []
    return "\n".join(text).rstrip() + "\n"


def page(run: Run) -> str:
    """The report as a page of its own."""
    told = [f"<h2>Slower than before</h2><ul>{_items(run.slower)}</ul>"] if run.slower else []
    told += [f"<h2>Skipped</h2><ul>{_items(run.skipped)}</ul>"] if run.skipped else []
    rows = "".join(map(_row, run.lines))
    head = "".join(f"<th scope='col'{' class=rule' if name == 'limit' else ''}>{name}</th>" for name in HEADS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>goldloop: benchmark report</title><style>{STYLE}</style></head><body><h1>Benchmark report</h1>"
        f"<p>{escape(run.about)}</p><h2>Beside the peers</h2>{''.join(map(_chart, _compared(run.lines)))}"
        f"<h2>Ratios over the runs</h2><div class='scroll'><table>{_over_time(run)}</table></div>"
        f"<h2>Every job</h2><div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"{''.join(told)}</body></html>\n"
    )


def _compared(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.bare is not None]


def _chart(line: Line) -> str:
    assert line.bare is not None
    unit = UNITS[line.quantity]
    values = [("goldloop", line.value), ("beside it", float(getattr(line.bare, line.quantity)))]
    mark = None if line.limit == NO_LIMIT else line.limit
    return f"<h3>{escape(line.job)}</h3><p>limit: {escape(line.rule)}</p>{charts.bars(values, unit, mark)}"


def _over_time(run: Run) -> str:
    """Each compared job with its ratios, oldest first."""
    rows = []
    for line in _compared(run.lines):
        if found := history.ratios(run.entries, line.job):
            rows.append(f"<tr><td>{escape(line.job)}</td><td>{charts.runs(found)}</td><td>{found[-1]:.2f}</td></tr>")
    return (
        "<thead><tr><th scope='col'>job</th><th scope='col'>runs</th><th scope='col'>ratio</th></tr></thead>"
        + "".join(rows)
    )


def _row(line: Line) -> str:
    *found, rule, kept = cells(line)
    mark = ' class="no"' if kept == "no" else ""
    plain = "".join(f"<td>{escape(cell)}</td>" for cell in found)
    return f'<tr>{plain}<td class="rule">{escape(rule)}</td><td{mark}>{kept}</td></tr>'


def _items(told: Sequence[str]) -> str:
    return "".join(f"<li>{escape(one)}</li>" for one in told)
