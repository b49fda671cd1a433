"""The chart of an answer by one or two cuts: lines over time, else bars, stacked where the parts add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from goldloop.core import formatting
from goldloop.metrics.answer import Answer
from goldloop.metrics.cuts import TIME_CUTS
from goldloop.metrics.definitions import FIGURES
from goldloop.web import marks
from goldloop.web.mix import segment
from goldloop.web.scope import Scope
from goldloop.web.today import unfinished
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.jobs.marks import Mark

SERIES = 6  # values of a second cut that have a colour of their own
BARS = 20  # rows of a bar chart


def chart(
    answer: Answer,
    order: list[int],
    name: str,
    by: tuple[str, ...],
    scope: Scope,
    marked: Sequence[Mark],
    titles: Mapping[str, str],
    lang: str,
    targets: Sequence[Any] | None = None,
) -> dict[str, Any] | None:
    """One figure over the rows, products by their titles; None without a cut, or where it has no value at all.

    `targets` are those of the values of a time cut that stands alone.
    """
    if titles:
        named = {
            cut: [titles.get(v, v) for v in values] if cut == "product" else values
            for cut, values in answer.columns.items()
        }
        answer = replace(answer, columns=named)
    if not by or all(value is None for value in answer.columns[name]):
        return None
    timed = next((cut for cut in by if cut in TIME_CUTS), None)
    if timed is not None:
        return _over_time(answer, name, timed, by, scope, marked, lang, targets)
    return _bars(answer, order, name, by[0], lang) if len(by) == 1 else _crossed(answer, order, name, by, lang)


def _over_time(
    answer: Answer,
    name: str,
    timed: str,
    by: tuple[str, ...],
    scope: Scope,
    marked: Sequence[Mark],
    lang: str,
    targets: Sequence[Any] | None,
) -> dict[str, Any]:
    """A line, with those of the compared days and of the targets beside it; of two cuts a line for each of the largest values."""
    assert scope.period is not None
    labels = list(dict.fromkeys(answer.columns[timed]))
    other = next((cut for cut in by if cut != timed), None)
    found: dict[str, Any] = {
        "kind": "lines",
        "labels": labels,
        "partial": unfinished(labels, timed, scope.period.first, scope),
        "marks": marks.on_axis(marked, labels, timed, lang),
    }
    if other is not None:
        return found | _series(answer, name, _largest(answer, name, other), timed, other, labels, lang)
    columns: list[tuple[str, Sequence[Any]]] = [("after", answer.columns[name])]
    if f"{name}__compared" in answer.columns:
        columns.append(("before", answer.columns[f"{name}__compared"]))
    if targets is not None:
        columns.append(("target", targets))
    shown, currency = FIGURES[name].unit, answer.currencies[0]
    every, step = formatting.scaled([v for _, values in columns for v in values], shown, currency, lang)
    size = len(labels)
    series = [
        {
            "label": word(f"why.{key}", lang),
            "values": every[n * size : (n + 1) * size],
            "texts": [formatting.exact(v, shown, currency, lang) for v in values],
            "target": key == "target",
        }
        for n, (key, values) in enumerate(columns)
    ]
    return found | {"kind": "trend", "series": series, "unit": _unit(step, currency)}


def _bars(answer: Answer, order: list[int], name: str, cut: str, lang: str) -> dict[str, Any]:
    unit, currency, values = FIGURES[name].unit, answer.currencies[0], answer.columns[name]
    rows = [i for i in order if values[i] is not None][:BARS]
    numbers, step = formatting.scaled([values[i] for i in rows], unit, currency, lang)
    return {
        "kind": "bars",
        "labels": [segment(cut, answer.columns[cut][i], lang) for i in rows],
        "values": numbers,
        "texts": [formatting.exact(values[i], unit, answer.currencies[i], lang) for i in rows],
        "unit": _unit(step, currency),
    }


def _crossed(answer: Answer, order: list[int], name: str, by: tuple[str, ...], lang: str) -> dict[str, Any]:
    """Bars of the first cut, parted by the second: stacked where the figure adds up, else side by side."""
    rows = list(dict.fromkeys(answer.columns[by[0]][i] for i in order))[: BARS if _adds_up(name) else BARS // 2]
    found = _series(answer, name, _largest(answer, name, by[1]), by[0], by[1], rows, lang)
    labels = [segment(by[0], value, lang) for value in rows]
    return found | {"kind": "stacks" if _adds_up(name) else "groups", "labels": labels}


def _adds_up(name: str) -> bool:
    return FIGURES[name].additive == "yes" and FIGURES[name].unit in ("money", "count")


def _largest(answer: Answer, name: str, cut: str) -> list[Any]:
    """The values of a cut, the one with most of the figure first."""
    size: dict[Any, Any] = {}
    for value, amount in zip(answer.columns[cut], answer.columns[name], strict=True):
        size[value] = size.get(value, 0) + (amount or 0)
    return sorted(size, key=lambda value: -size[value])


def _series(
    answer: Answer, name: str, groups: list[Any], along: str, cut: str, labels: list[Any], lang: str
) -> dict[str, Any]:
    """One row of points for each group; where the figure adds up, those beyond the first few are one."""
    unit, currency = FIGURES[name].unit, answer.currencies[0]
    place = {label: k for k, label in enumerate(labels)}
    own = {group: n for n, group in enumerate(groups[:SERIES])}
    rest = len(groups) > SERIES and _adds_up(name)
    table: list[list[Any]] = [[None] * len(labels) for _ in range(len(own) + rest)]
    for at, group, value in zip(answer.columns[along], answer.columns[cut], answer.columns[name], strict=True):
        n = own.get(group, len(own))
        if at in place and n < len(table) and value is not None:
            table[n][place[at]] = (table[n][place[at]] or 0) + value
    flat, step = formatting.scaled([v for points in table for v in points], unit, currency, lang)
    names = [segment(cut, group, lang) for group in own]
    names += [word("why.others", lang, count=len(groups) - SERIES)] if rest else []
    size = len(labels)
    series = [
        {
            "label": text,
            "values": flat[n * size : (n + 1) * size],
            "texts": [formatting.exact(v, unit, currency, lang) for v in table[n]],
        }
        for n, text in enumerate(names)
    ]
    return {"series": series, "unit": _unit(step, currency)}


def _unit(step: str, currency: str | None) -> str:
    return step if step == "%" else f"{step} {currency or ''}".strip()
