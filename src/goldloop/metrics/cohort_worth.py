"""What cohorts cost and brought: ad cost per new person, margin so far, and after how many months it paid back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import whole
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import query
from goldloop.metrics.answer import write
from goldloop.metrics.cohorts import Cohort, Cohorts
from goldloop.metrics.query import Request

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

COST, MARGIN = "ad_cost", "gross_margin"
COLUMNS = {"people": "count", "cac": "money_per", "margin": "money", "margin_each": "money_per", "paid_back": "count"}


def worth(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, found: Cohorts
) -> list[dict[str, Any]]:
    """One row per cohort: `cac` is the ad cost of its own month (or week) per person, `margin` what it left so far.

    Margin of a cell is its gmv x the gross margin of all sales in that month, as a cohort's own goods are not looked up;
    `paid_back` is the first month after in which the margin of a person reaches `cac`. What is not known is None. Raises
    `figure_hidden` where the viewer may not see the margin.
    """
    asked = replace(request, figures=(COST, MARGIN), by=(found.grain,), new="first-in-data")
    first = whole(found.grain, request.period.first).first
    asked = replace(asked, period=replace(request.period, first=first))
    known = {row[found.grain]: row for row in query.figures(engine, viewer, stores, asked).rows()}
    labels = list(known)
    return [_row(one, labels[labels.index(one.label) :], known, found) for one in found.cohorts]


def _row(cohort: Cohort, labels: list[str], known: Mapping[str, Any], found: Cohorts) -> dict[str, Any]:
    currency, people = found.scope["currency"], cohort.people
    cost = known[cohort.label][COST]
    cac = None if cost is None or not people else Decimal(cost) / people
    so_far, back = Decimal(0), None
    margin: Decimal | None = so_far
    for cell in cohort.cells:
        rate = known[labels[cell.after]][MARGIN]
        if cell.gmv is None or (rate is None and cell.gmv):
            margin = None  # from here on nobody knows
            break
        so_far += Decimal(write(cell.gmv, "money", currency)) * Decimal(str(rate or 0))
        margin = so_far
        if back is None and cac is not None and people and so_far >= cac * people:
            back = cell.after
    told = {
        found.grain: cohort.label, "people": people, "cac": _money(cac), "margin": _money(margin),
        "margin_each": _money(None if margin is None or not people else margin / people), "paid_back": back,
    }  # fmt: skip
    return told


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
