"""分析: any figures by one or two cuts against any comparison, as a table and a chart, with the SQL behind it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from goldloop.core import formatting
from goldloop.metrics.answer import Answer
from goldloop.metrics.cuts import TIME_CUTS
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.web import asked, frame
from goldloop.web.request import Request
from goldloop.web.scope import NO_COMPARISON, Scope
from goldloop.web.words import word

FIRST = ("gmv", "orders", "buyers", "buyer_value", "net")
MOST = 500  # rows on the page; files hold all
SERIES = 6  # values of a second cut that the chart draws
FORMATS = ("xlsx", "csv", "parquet")


def page(request: Request) -> HttpResponse:
    """The table and its chart; figures, cuts, sorting and filters stand in the address."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    names, by = chosen_figures(request), chosen_cuts(request, scope)
    compare = None if scope.compare == NO_COMPARISON else scope.compare
    answer = asked.figures(request, names, by=by, compare=compare, **scope.asked())
    here = address_parts(request, names, by)
    order = sorted_rows(answer, request.GET.get("sort", ""), by)
    catalogue = request.shop.catalogue()
    zh = "zh" if lang == "zh" else "en"
    context: dict[str, Any] = {
        **bar,
        "figures": [
            {"name": one["name"], "text": one[zh], "chosen": one["name"] in names}
            for one in catalogue["figures"]
            if not request.viewer.hides(one["name"])
        ],
        "cuts": [{"name": one["name"], "text": one[zh]} for one in catalogue["cuts"]],
        "by": [*by, "", ""][:2],
        "heads": [
            {
                "name": name,
                "text": FIGURES[name].zh if lang == "zh" else FIGURES[name].en,
                "address": sorting(scope, here, request, name),
            }
            for name in names
        ],
        "cut_heads": [cut_text(catalogue, one, zh) for one in by],
        "rows": [line(answer, i, names, by, scope, lang) for i in order[:MOST]],
        "left": max(len(order) - MOST, 0),
        "count": len(order),
        "chart": chart(answer, order, names[0], by, lang),
        "sql": answer.sql,
        "reasons": list(dict.fromkeys(reason.as_dict(lang)["text"] for reason in answer.reasons)),
        "notes": [note.text(lang) for note in answer.notes],
        "files": [frame.Choice(one.upper(), scope.address("/explore/file", **here, format=one)) for one in FORMATS],
        "compare_on": compare is not None,
        "filters": [
            frame.Choice(f"{cut_text(catalogue, cut, zh)}: {value}", without(scope, here, cut, value))
            for cut, value in scope.where
        ],
    }
    return frame.page(request, "web/explore.html", context)


def file(request: Request) -> HttpResponse:
    """The same answer as a file, with its scope."""
    import tempfile
    from pathlib import Path

    from goldloop.cli.figure_files import write

    scope = frame.scope_of(request)
    names, by = chosen_figures(request), chosen_cuts(request, scope)
    form = request.GET.get("format", "xlsx")
    form = form if form in FORMATS else "xlsx"
    compare = None if scope.compare == NO_COMPARISON else scope.compare
    answer = asked.figures(request, names, by=by, compare=compare, **scope.asked())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"figures.{form}"
        write(answer, form, path, request.lang)
        content = path.read_bytes()
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="goldloop-{scope.first}-{scope.last}.{form}"'
    return response


def chosen_figures(request: Request) -> tuple[str, ...]:
    """The figures asked for; each must exist."""
    asked_for = [one for text in request.GET.getlist("figures") for one in text.split(",") if one]
    return tuple(figure(one).name for one in dict.fromkeys(asked_for)) or FIRST


def chosen_cuts(request: Request, scope: Scope) -> tuple[str, ...]:
    """Up to two cuts; without any, days (months over long periods)."""
    if "by" in request.GET:
        return tuple(one for one in dict.fromkeys(",".join(request.GET.getlist("by")).split(",")) if one)
    assert scope.period is not None
    return ("day",) if scope.period.days <= 92 else ("month",)


def address_parts(request: Request, names: tuple[str, ...], by: tuple[str, ...]) -> dict[str, Any]:
    """What of this page's own stands in the address."""
    parts: dict[str, Any] = {"figures": ",".join(names), "by": ",".join(by)}
    return parts | ({"sort": request.GET["sort"]} if request.GET.get("sort") else {})


def sorting(scope: Scope, here: dict[str, Any], request: Request, name: str) -> str:
    """The address that sorts by a column: largest first, then smallest first."""
    turned = f"-{name}" if request.GET.get("sort") != f"-{name}" else name
    return scope.address("/explore", **{**here, "sort": turned})


def without(scope: Scope, here: dict[str, Any], cut: str, value: str) -> str:
    """The address without one of its filters."""
    left = [f"{c}:{v}" for c, v in scope.where if (c, v) != (cut, value)]
    return scope.address("/explore", **{**here, "where": left or None})


def sorted_rows(answer: Answer, sort: str, by: tuple[str, ...]) -> list[int]:
    """Row numbers in the order asked for; unknown values last. Without one: time in order, anything else by size."""
    rows = list(range(len(answer)))
    column = sort.lstrip("-")
    if not sort and by and by[0] not in TIME_CUTS:
        sort, column = "-", answer.figures[0]
    if column not in answer.figures:
        return rows
    values = answer.columns[column]
    known = sorted((i for i in rows if values[i] is not None), key=lambda i: values[i], reverse=sort.startswith("-"))
    return known + [i for i in rows if values[i] is None]


def cut_text(catalogue: dict[str, Any], name: str, zh: str) -> str:
    """A cut in words."""
    return next((one[zh] for one in catalogue["cuts"] if one["name"] == name), name)


def line(
    answer: Answer, i: int, names: tuple[str, ...], by: tuple[str, ...], scope: Scope, lang: str
) -> dict[str, Any]:
    """One row: its cuts (with the address of their rows) and its figures with change and share."""
    from goldloop.web.today import cell

    totals = {
        name: sum(v for v in answer.columns[name] if v is not None) for name in names if FIGURES[name].additive == "yes"
    }
    cells = []
    for name in names:
        value, total = answer.columns[name][i], totals.get(name)
        share = formatting.share(value, total) if total and value is not None and len(answer) > 1 else ""
        cells.append(
            {
                "cell": cell(answer, name, i, lang),
                "full": formatting.exact(value, FIGURES[name].unit, answer.currencies[i], lang),
                "share": share,
            }
        )
    values = [answer.columns[cut][i] for cut in by]
    return {"cuts": [word("explore.unknown", lang) if v is None else str(v) for v in values], "cells": cells}


def chart(answer: Answer, order: list[int], name: str, by: tuple[str, ...], lang: str) -> dict[str, Any] | None:
    """The first figure: a line over time (one per value of a second cut), else bars of the largest rows."""
    if not by or not len(answer):
        return None
    unit, currency = FIGURES[name].unit, answer.currencies[0]
    title = FIGURES[name].zh if lang == "zh" else FIGURES[name].en
    timed = [cut for cut in by if cut in TIME_CUTS]
    values = answer.columns[name]
    if not timed:
        rows = order[:20]
        numbers, step = formatting.scaled([values[i] for i in rows], unit, currency, lang)
        labels = [" / ".join(str(answer.columns[cut][i]) for cut in by) for i in rows]
        texts = [formatting.exact(values[i], unit, currency, lang) for i in rows]
        return {"kind": "bars", "labels": labels, "values": numbers, "texts": texts, "unit": step}
    labels = list(dict.fromkeys(answer.columns[timed[0]]))
    other = next((cut for cut in by if cut != timed[0]), None)
    groups = list(dict.fromkeys(answer.columns[other])) if other else [None]
    size = {
        group: sum(values[i] or 0 for i in range(len(answer)) if other is None or answer.columns[other][i] == group)
        for group in groups
    }
    shown = sorted(groups, key=lambda group: -size[group])[:SERIES]
    numbers, step = formatting.scaled(values, unit, currency, lang)
    place = {label: k for k, label in enumerate(labels)}
    series = []
    for group in shown:
        points: list[Any] = [None] * len(labels)
        texts = [formatting.NOTHING] * len(labels)
        for i in range(len(answer)):
            if other is None or answer.columns[other][i] == group:
                k = place[answer.columns[timed[0]][i]]
                points[k], texts[k] = numbers[i], formatting.exact(values[i], unit, answer.currencies[i], lang)
        series.append({"label": title if other is None else str(group), "values": points, "texts": texts})
    return {"kind": "lines", "labels": labels, "series": series, "unit": f"{step} {currency or ''}".strip()}
