"""The rows behind a figure, each with the file, sheet and line that states it."""

from __future__ import annotations

from django.http import HttpResponse

from goldloop.metrics.definitions import FIGURES, figure
from goldloop.web import frame
from goldloop.web.request import Request
from goldloop.web.scope import Scope

PAGE = 50


def page(request: Request) -> HttpResponse:
    """One page of the rows, largest first, with the sum of all."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    name = figure(request.GET.get("figure", "gmv")).name
    offset = max(int(request.GET.get("offset", "0") or 0), 0) if request.GET.get("offset", "0").isdigit() else 0
    found = request.shop.trace(name, limit=PAGE, offset=offset, **scope.asked())
    for row in found["rows"]:
        row["label"] = " ".join(
            str(row[key]) for key in row if key not in ("table", "store", "day", "contribution", "origins")
        )
    context = {
        **bar,
        "name": FIGURES[name].zh if lang == "zh" else FIGURES[name].en,
        "figure": name,
        "found": found,
        "first": offset + 1,
        "last": offset + len(found["rows"]),
        "before": scope.address("/rows", figure=name, offset=max(offset - PAGE, 0)) if offset else "",
        "after": scope.address("/rows", figure=name, offset=offset + PAGE) if offset + PAGE < found["count"] else "",
        "why": scope.address("/why", figure=name),
    }
    return frame.page(request, "web/rows.html", context)
