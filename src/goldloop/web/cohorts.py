"""同期群: buyers by the month of their first purchase, and what each month since has seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from goldloop.core import formatting
from goldloop.metrics.reasons import text
from goldloop.web import asked, downloads, frame
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.tree import listed
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.cohorts import Cell, Cohorts

SHOWN = ("back", "share", "people", "orders", "gmv")
SHARES = ("back", "share")
MOST = 24  # months since, on the page; files hold all
LINES = 6  # cohorts in the chart
WEEKS = 16  # cohorts by week
MONTHS = 13  # cohorts where the address names no days
FORMATS = ("xlsx", "csv")
HERE = "/explore/cohorts"


def page(request: Request) -> HttpResponse:
    """The table, with the chart of its newest cohorts."""
    long_enough(request)
    bar = frame.scope_bar(request, parts=("period", "basis"))
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "back"
    found = table_of(request, scope)
    rows = [row(one.label, one.people, one.cells[:MOST], show, found, lang) for one in found.cohorts]
    context: dict[str, Any] = {
        **bar,
        "shows": [frame.Choice(f"explore.cohort_{one}", scope.address(HERE, show=one), one == show) for one in SHOWN],
        "meaning": f"explore.cohort_{show}_text",
        "months": range(max((len(one.cells) for one in found.cohorts), default=0))[:MOST],
        "rows": rows,
        "empty": text(*found.why, lang, page=True) if found.why else word("explore.empty", lang),
        "anonymous": found.why is not None and found.why[0] == "no_buyer_identity",
        "by_orders": scope.address(HERE, show=show, basis="orders"),
        "chart": chart(found, show, lang) if found.cohorts else None,
        "chart_file": downloads.file_name("cohorts", scope, ""),
        "files": [frame.Choice(one.upper(), scope.address(f"{HERE}/file", format=one)) for one in FORMATS],
        "notes": [note.text(lang) for note in found.notes],
        "sql": found.sql,
        "message": message(found, scope, lang),
        "back": scope.address("/explore"),
    }
    return frame.page(request, "web/cohorts.html", context)


def file(request: Request) -> HttpResponse:
    """The table as a file, one row per cohort and month since."""
    from goldloop.cli.cohorts import write

    scope = long_enough(request)
    found, form = table_of(request, scope), downloads.form_of(request, FORMATS)
    rows = sum(len(one.cells) for one in found.cohorts)
    return downloads.send(request, "cohorts", scope, form, rows, lambda path: write(path, form, found, request.lang))


def long_enough(request: Request) -> Scope:
    """The scope of the request; where its address names no days, of the months of a year and this one."""
    scope = frame.scope_of(request)
    if "from" not in request.GET and scope.last is not None:
        year, month = divmod(scope.last.year * 12 + scope.last.month - MONTHS, 12)
        scope = request.scope_read = replace(scope, first=date(year, month + 1, 1))
    return scope


def table_of(request: Request, scope: Scope) -> Cohorts:
    """The cohorts of the scope's stores and days; filters do not change who bought first when, so there are none."""
    asked_for = {name: value for name, value in scope.asked().items() if name in ("first", "last", "stores", "basis")}
    if asked_for["basis"] == "platform":  # the platform's own rows know no single buyers
        asked_for["basis"] = "auto"
    return asked.remembered(request, ("cohorts", asked_for), lambda shop: shop.cohorts(**asked_for))


def grained(request: Request, scope: Scope, names: Sequence[str], grain: str) -> Cohorts:
    """The cohorts of these stores by week (of a quarter of a year) or month (of a year and one), up to the scope's last day."""
    assert scope.last is not None
    back = WEEKS * 7 if grain == "week" else MONTHS * 30
    asked_for = {
        "first": scope.last - timedelta(days=back), "last": scope.last, "stores": names, "by": grain,
        "basis": "orders" if scope.basis == "orders" else "auto",
    }  # fmt: skip
    return asked.remembered(request, ("cohorts", asked_for), lambda shop: shop.cohorts(**asked_for))


def row(
    month: str, people: int | None, cells: tuple[Cell, ...], show: str, found: Cohorts, lang: str
) -> dict[str, Any]:
    """One cohort with its cells in words; `heat` 0 to 5 is how much of the table's most a cell has."""
    most = max((float(value(cell, show) or 0) for one in found.cohorts for cell in one.cells[1:]), default=0)
    return {
        "month": month,
        "people": formatting.exact(people, "count", None, lang),
        "cells": [
            {
                "text": shown(cell, show, found.scope["currency"], lang),
                "heat": min(int(float(value(cell, show) or 0) / most * 5.999), 5) if most and value(cell, show) else 0,
                "open": cell.open,
                "why": text(*cell.why, lang, page=True) if cell.why else "",
            }
            for cell in cells
        ],
    }


def value(cell: Cell, show: str) -> Any:
    """What a cell is about."""
    return getattr(cell, {"back": "back_share"}.get(show, show))


def shown(cell: Cell, show: str, currency: str, lang: str) -> str:
    """A cell in words: `--` where nothing is known, 样本不足 where the cohort is too small for shares."""
    if cell.why is not None:
        return formatting.NOTHING
    if show in SHARES:
        share = value(cell, show)
        return word("why.few", lang) if share is None else f"{formatting.share(share, 1)}"
    unit = "money" if show == "gmv" else "count"
    return formatting.compact(value(cell, show), unit, currency, lang)


def chart(found: Cohorts, show: str, lang: str) -> dict[str, Any] | None:
    """A line for each of the newest cohorts that have two months or more."""
    cohorts = [
        one for one in found.cohorts if len(one.cells) > 1 and any(value(c, show) is not None for c in one.cells)
    ]
    cohorts = cohorts[-LINES:]
    if not cohorts:
        return None
    currency, unit = found.scope["currency"], "rate" if show in SHARES else "money" if show == "gmv" else "count"
    size = max(len(one.cells) for one in cohorts)
    table = [[*(value(cell, show) for cell in one.cells), *[None] * (size - len(one.cells))] for one in cohorts]
    flat, step = formatting.scaled([v for points in table for v in points], unit, currency, lang)
    return {
        "labels": [word("explore.cohort_after", lang, n=n) for n in range(size)],
        "unit": step if step == "%" else f"{step} {currency if unit == 'money' else ''}".strip(),
        "series": [
            {
                "label": one.label,
                "values": flat[n * size : (n + 1) * size],
                "texts": [formatting.exact(v, unit, currency, lang) for v in table[n]],
            }
            for n, one in enumerate(cohorts)
        ],
    }


def message(found: Cohorts, scope: Scope, lang: str) -> str:
    """The cohorts as text for a chat: people, and who has come back by now."""
    lines = [f"{listed([store.name for store in scope.stores], lang)} {word('explore.cohorts', lang)}"]
    for one in found.cohorts:
        if one.people is not None and one.cells:
            back = shown(one.cells[-1], "back", found.scope["currency"], lang)
            lines.append(word("explore.cohort_line", lang, month=one.label, people=f"{one.people:,}", back=back))
    return "\n".join(lines)
