"""分析: any figures by one or two cuts against any comparison, as a table and a chart, with the SQL behind it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from goldloop.apps.shops import api as shops
from goldloop.core import formatting
from goldloop.metrics.answer import Answer
from goldloop.metrics.cuts import FILTERS_ONLY, TIME_CUTS
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.web import asked, downloads, explore_chart, frame, marks, target_lines
from goldloop.web.mix import segment
from goldloop.web.request import Request, person_of
from goldloop.web.scope import NO_COMPARISON, Scope
from goldloop.web.today import Cell, cell

FIRST = ("gmv", "orders", "buyers", "buyer_value", "net")
MOST = 500  # rows on the page; files hold all
IN_MESSAGE = 10  # rows of the message
FORMATS = ("xlsx", "csv", "parquet")


def page(request: Request) -> HttpResponse:
    """The table and its chart; figures, cuts, sorting and filters stand in the address."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", bar)
    names, by = chosen_figures(request), chosen_cuts(request, scope)
    here = address_parts(request, names, by)
    if request.GET.get("keep") and request.GET.get("is"):
        kept = [*(f"{c}:{v}" for c, v in scope.where), f"{request.GET['keep']}:{request.GET['is']}"]
        return HttpResponseRedirect(scope.address("/explore", **{**here, "where": list(dict.fromkeys(kept))}))
    lang, compare = request.lang, None if scope.compare == NO_COMPARISON else scope.compare
    answer = asked.figures(request, names, by=by, compare=compare, **scope.asked())
    whole = asked.figures(request, names, compare=compare, **scope.asked()) if by else answer
    order = sorted_rows(answer, request.GET.get("sort", ""), by)
    marked = marks.of(request, scope, scope.period.first, scope.period.last) if set(by) & TIME_CUTS else []
    targets = None
    if len(by) == 1 and by[0] in TIME_CUTS:
        labels = answer.columns[by[0]]
        targets = target_lines.along(request, scope, names[0], labels, by[0], scope.period.first, scope.period.last)
    titles = request.shop.product_titles([store.name for store in scope.stores]) if "product" in by else {}
    rows = [line(answer, whole, i, names, by, scope, here, titles, lang) for i in order[:MOST]]
    context: dict[str, Any] = {
        **bar,
        **choices(request, names, by, scope, here),
        "heads": [head(scope, here, request, name, answer, bool(by)) for name in names],
        "rows": rows,
        "total": [amounts(whole, whole, name, 0, lang) for name in names] if by and len(rows) > 1 else None,
        "left": max(len(order) - MOST, 0),
        "count": len(order),
        "chart": explore_chart.chart(answer, order, names[0], by, scope, marked, titles, lang, targets),
        "chart_file": downloads.file_name("chart", scope, ""),
        "marks": marks.listed(marked, lang),
        "sql": answer.sql,
        "notes": said(answer, lang),
        "compare_on": compare is not None,
        "message": message(rows, names, scope, lang),
        "cohorts": scope.address("/explore/cohorts", where=None, **{"from": None, "to": None}),
        **views(request, scope, here),
    }
    return frame.page(request, "web/explore.html", context)


def file(request: Request) -> HttpResponse:
    """The same answer as a file, with its scope."""
    from goldloop.cli.figure_files import write

    scope = frame.scope_of(request)
    names, by = chosen_figures(request), chosen_cuts(request, scope)
    form = downloads.form_of(request, FORMATS)
    compare = None if scope.compare == NO_COMPARISON else scope.compare
    answer = asked.figures(request, names, by=by, compare=compare, **scope.asked())
    return downloads.send(
        request, "figures", scope, form, len(answer), lambda path: write(answer, form, path, request.lang)
    )


# --- what the address says --------------------------------------------------------------------------------------------
def chosen_figures(request: Request) -> tuple[str, ...]:
    """The figures asked for; each must exist."""
    asked_for = [one for text in request.GET.getlist("figures") for one in text.split(",") if one]
    return tuple(figure(one).name for one in dict.fromkeys(asked_for)) or FIRST


def chosen_cuts(request: Request, scope: Scope) -> tuple[str, ...]:
    """Up to two cuts; without any, days (hours of a single one, months over long periods)."""
    if "by" in request.GET:
        return tuple(one for one in dict.fromkeys(",".join(request.GET.getlist("by")).split(",")) if one)
    assert scope.period is not None
    return ("hour",) if scope.period.days == 1 else ("day",) if scope.period.days <= 92 else ("month",)


def address_parts(request: Request, names: tuple[str, ...], by: tuple[str, ...]) -> dict[str, Any]:
    """What of this page's own stands in the address."""
    parts: dict[str, Any] = {"figures": ",".join(names), "by": ",".join(by)}
    return parts | {name: request.GET[name] for name in ("sort", "view") if request.GET.get(name)}


def choices(
    request: Request, names: tuple[str, ...], by: tuple[str, ...], scope: Scope, here: dict[str, Any]
) -> dict[str, Any]:
    """What there is to choose: figures, cuts, filters that hold and may be added, forms of a file."""
    catalogue, zh = request.shop.catalogue(), "zh" if request.lang == "zh" else "en"
    words = {one["name"]: one[zh] for one in catalogue["cuts"]}
    return {
        "figures": [
            {"name": one["name"], "text": one[zh], "chosen": one["name"] in names}
            for one in catalogue["figures"]
            if not request.viewer.hides(one["name"])
        ],
        "cuts": [
            {"name": one["name"], "text": one[zh]} for one in catalogue["cuts"] if one["name"] not in FILTERS_ONLY
        ],
        "filter_cuts": [
            {"name": one["name"], "text": one[zh]} for one in catalogue["cuts"] if one["name"] not in TIME_CUTS
        ],
        "by": [*by, "", ""][:2],
        "cut_heads": [words.get(one, one) for one in by],
        "files": [frame.Choice(one.upper(), scope.address("/explore/file", **here, format=one)) for one in FORMATS],
        "filters": [
            frame.Choice(
                f"{words.get(cut, cut)}: {segment(cut, value, request.lang)}", without(scope, here, cut, value)
            )
            for cut, value in scope.where
        ],
    }


def without(scope: Scope, here: dict[str, Any], cut: str, value: str) -> str:
    """The address without one of its filters."""
    left = [f"{c}:{v}" for c, v in scope.where if (c, v) != (cut, value)]
    return scope.address("/explore", **{**here, "where": left or None})


def views(request: Request, scope: Scope, here: dict[str, Any]) -> dict[str, Any]:
    """The saved views that this person may open, the one that is open, and what saving would keep."""
    found = shops.view_list(user=person_of(request), viewer=request.viewer)
    key = request.GET.get("view", "")
    own = {name: value for name, value in here.items() if name != "view"}
    return {
        "views": found,
        "view": next((one for one in found if one.key == key), None),
        "query": scope.address("", **own).removeprefix("?"),
    }


# --- the table --------------------------------------------------------------------------------------------------------
def head(
    scope: Scope, here: dict[str, Any], request: Request, name: str, answer: Answer, shares: bool
) -> dict[str, Any]:
    """The head of a figure's columns: its words, the address that sorts by it, and which columns it has."""
    given = request.GET.get("sort", "")
    turned = f"-{name}" if given != f"-{name}" else name
    return {
        "name": name,
        "text": FIGURES[name].zh if request.lang == "zh" else FIGURES[name].en,
        "address": scope.address("/explore", **{**here, "sort": turned}),
        "sorted": "descending" if given == f"-{name}" else "ascending" if given == name else "",
        "shares": shares and has_shares(name, len(answer)),
    }


def has_shares(name: str, rows: int) -> bool:
    """Whether a figure's rows are shares of the whole: of amounts and counts, where there are several rows."""
    return rows > 1 and FIGURES[name].unit in ("money", "count")


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


def amounts(answer: Answer, whole: Answer, name: str, row: int, lang: str) -> dict[str, Any]:
    """One figure of one row: value, share of the whole (the answer without cuts, so that nobody counts twice), growth."""
    shown: Cell = cell(answer, name, row, lang)
    value, total = answer.columns[name][row], whole.columns[name][0]
    alike = answer.currencies[row] == whole.currencies[0]
    share = formatting.share(value, total) if value is not None and total is not None and alike else formatting.NOTHING
    full = formatting.exact(value, FIGURES[name].unit, answer.currencies[row], lang)
    return {"cell": shown, "full": full, "share": share}


def line(
    answer: Answer,
    whole: Answer,
    i: int,
    names: tuple[str, ...],
    by: tuple[str, ...],
    scope: Scope,
    here: dict[str, Any],
    titles: dict[str, str],
    lang: str,
) -> dict[str, Any]:
    """One row: its cuts, each with the address that keeps only its value, and its figures; products by their titles."""
    cuts = []
    for cut in by:
        value = answer.columns[cut][i]
        kept = [*(f"{c}:{v}" for c, v in scope.where), f"{cut}:{'' if value is None else value}"]
        address = "" if cut in TIME_CUTS else scope.address("/explore", **{**here, "where": list(dict.fromkeys(kept))})
        title = titles.get(value, "") if cut == "product" else ""
        cuts.append({"text": title or segment(cut, value, lang), "code": value if title else "", "address": address})
    return {"cuts": cuts, "cells": [amounts(answer, whole, name, i, lang) for name in names]}


def message(rows: list[dict[str, Any]], names: tuple[str, ...], scope: Scope, lang: str) -> str:
    """The first rows as text for a chat."""
    assert scope.period is not None
    from goldloop.web.tree import listed

    lines = [
        f"{listed([s.name for s in scope.stores], lang)} {formatting.days(scope.period.first, scope.period.last, lang)}"
    ]
    words = [FIGURES[name].zh if lang == "zh" else FIGURES[name].en for name in names]
    for row in rows[:IN_MESSAGE]:
        said = [
            f"{text} {one['full']} {one['cell'].change}".strip() for text, one in zip(words, row["cells"], strict=True)
        ]
        lines.append("  ".join([" / ".join(cut["text"] for cut in row["cuts"]), *said]).strip())
    return "\n".join(lines)


def said(answer: Answer, lang: str) -> list[str]:
    """Why values are missing, and what is to be known of the others; each sentence once."""
    reasons = (reason.as_dict(lang)["text"] for reason in answer.reasons)
    return list(dict.fromkeys((*reasons, *(note.text(lang) for note in answer.notes))))
