"""Events and annotations over the days of charts: where they stand on an axis, below a sparkline, and as a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.core import formatting
from goldloop.core.calendar import GRAINS, label
from goldloop.web import tree
from goldloop.web.request import Request
from goldloop.web.scope import Scope

if TYPE_CHECKING:
    from goldloop.jobs.marks import Mark


def of(request: Request, scope: Scope, first: date, last: date) -> list[Mark]:
    """The marks of the scope's stores that touch these days."""
    return request.shop.marks(first=first, last=last, stores=[store.name for store in scope.stores])


def on_axis(marks: Sequence[Mark], labels: Sequence[str], grain: str, lang: str) -> list[dict[str, Any]]:
    """The marks on an axis of days, weeks, months ...: between which two of its labels each stands; '' off the axis."""
    if grain not in GRAINS or not labels:
        return []
    found: list[dict[str, Any]] = []
    for mark in marks:
        own = {label(grain, day) for day in _days(mark.first, mark.last)}
        at = [one for one in labels if one in own]
        if at:
            found.append({"from": at[0], "to": at[-1], "text": mark.text[lang], "kind": mark.kind})
    return found


def below(marks: Sequence[Mark], first: date, last: date) -> str:
    """The path of the marks below a sparkline of these days."""
    count = (last - first).days + 1
    ends = [((max(m.first, first) - first).days, (min(m.last, last) - first).days) for m in marks]
    return tree.ticks([(a, b) for a, b in ends if 0 <= a <= b < count], count)


def listed(marks: Sequence[Mark], lang: str) -> list[dict[str, Any]]:
    """The marks in words, for the list below a chart; `id` only of annotations."""
    return [
        {
            "text": mark.text[lang],
            "days": formatting.days(mark.first, mark.last, lang),
            "stores": tree.listed(mark.stores, lang),
            "kind": mark.kind,
            "id": mark.id,
        }
        for mark in marks
    ]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
