"""The rows behind a figure, each with the file, sheet and line that states it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from goldloop.core import formatting
from goldloop.core.money import to_minor
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.metrics.trace import traceable_parts
from goldloop.web import downloads, frame
from goldloop.web.mix import segment
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.why import shown
from goldloop.web.words import word

PAGE = 50
FARTHEST = 10**9  # rows before a page
MOST = 100_000  # rows of a file
FORMATS = ("xlsx", "csv")
COLUMNS = ("key", "day", "store", "contribution", "origin")


def page(request: Request) -> HttpResponse:
    """One page of the rows, largest first, with the sum of all."""
    bar = frame.scope_bar(request, parts=("period", "basis"))
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    name = figure(request.GET.get("figure", "gmv")).name
    if traceable_parts(name) != (name,):
        return _parts_page(request, bar, name)
    asked = request.GET.get("offset", "")
    offset = min(int(asked[:12]), FARTHEST) if asked.isascii() and asked.isdigit() else 0
    found = request.shop.trace(name, limit=PAGE, offset=offset, **scope.asked())
    context = {
        **bar,
        "name": shown(name, lang),
        "found": found,
        "count": formatting.exact(found["count"], "count", None, lang),
        "value": amount(found["value"], name, found, lang),
        "total": amount(found["total"], name, found, lang),
        "reason": found["reason"][lang] if found["reason"] else "",
        "rows": [
            row
            | {
                "label": key_of(row),
                "amount": amount(row["contribution"], name, found, lang),
                "places": places_of(row, lang),
            }
            for row in found["rows"]
        ],
        "first": offset + 1,
        "last": offset + len(found["rows"]),
        "before": scope.address("/rows", figure=name, offset=max(offset - PAGE, 0)) if offset else "",
        "after": scope.address("/rows", figure=name, offset=offset + PAGE) if offset + PAGE < found["count"] else "",
        "why": scope.address("/why", figure=name),
        "files": [frame.Choice(one.upper(), scope.address("/rows/file", figure=name, format=one)) for one in FORMATS],
        "filters": [segment(cut, value, lang) for cut, value in scope.where],
    }
    return frame.page(request, "web/rows.html", context)


def amount(value: Any, name: str, found: dict[str, Any], lang: str) -> str:
    """A number of a trace as pages show it."""
    unit, currency = FIGURES[name].unit, found["currency"]
    minor = to_minor(value, currency) if unit == "money" and value is not None else value
    return formatting.exact(minor, unit, currency, lang)


def key_of(row: dict[str, Any]) -> str:
    """What tells a row from all others of its table; its days only where they are not one."""
    days = {"first_day", "last_day"} if row.get("first_day") == row.get("last_day") else set()
    left_out = {"table", "store", "day", "contribution", "origins", *days}
    return " ".join(str(value) for key, value in row.items() if key not in left_out and value not in (None, ""))


def places_of(row: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    """The places that state a row, each once: (file and sheet, line in words)."""
    found = (
        (" · ".join(str(origin[part]) for part in ("file", "sheet") if origin[part]), origin["row"])
        for origin in row["origins"]
    )
    return [(file, word("why.origin_row", lang, row=line)) for file, line in dict.fromkeys(found)]


def file(request: Request) -> HttpResponse:
    """All rows behind a figure as a file, each with the places that state it."""
    from goldloop.cli import row_files

    scope = frame.scope_of(request)
    name, form = figure(request.GET.get("figure", "gmv")).name, downloads.form_of(request, FORMATS)
    found = request.shop.trace(name, limit=MOST, **scope.asked())
    heads = [word(f"why.{column}", request.lang) for column in COLUMNS]
    rows = [
        [
            key_of(row),
            row["day"],
            row["store"],
            str(row["contribution"]),
            "; ".join(dict.fromkeys(map(place_of, row["origins"]))),
        ]
        for row in found["rows"]
    ]
    content = row_files.as_bytes(form, heads, rows)
    return downloads.send(request, f"rows-{name}", scope, form, len(rows), lambda path: path.write_bytes(content))


def place_of(origin: dict[str, Any]) -> str:
    """File, sheet and row that state something."""
    return " ".join(str(origin[part]) for part in ("file", "sheet", "row") if origin[part])


def _parts_page(request: Request, bar: dict[str, Any], name: str) -> HttpResponse:
    """A figure that is no sum of rows: its formula, and the way to the rows of what it is made of."""
    scope: Scope = bar["scope"]
    lang, hides = request.lang, request.viewer.hides
    stores = [store.id for store in scope.stores]
    context = {
        "name": shown(name, lang),
        "formula": FIGURES[name].formula,
        "parts": [
            frame.Choice(shown(part, lang), scope.address("/rows", figure=part))
            for part in traceable_parts(name)
            if not hides(part, stores)
        ],
        "why": scope.address("/why", figure=name),
    }
    return frame.page(request, "web/rows_parts.html", {**bar, **context})
