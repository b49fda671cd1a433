"""How the visitors of stores came by source group: what a plan's visitors are shared out by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from goldloop.core.calendar import Period, whole
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.query import Request, figures

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

MONTHS = 12


def source_shares(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], chosen: Sequence[Store], *, before: date
) -> dict[str, int]:
    """Visitors by source group over the last 12 whole months before a day, of those months whose sources were loaded.

    Nothing where no feed of sources is loaded, or the viewer may not see it. Visitors of two sources count at each, so
    these are shares, not a sum of persons.
    """
    return _monthly(engine, viewer, stores, chosen, Period(*_year_before(before)), "source_group")


def paid_tools(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], chosen: Sequence[Store], *, before: date
) -> dict[str, int]:
    """The same of paid visitors alone, by the tool that brought them, as the platform calls it; the largest first."""
    period = Period(*_year_before(before))
    found = _monthly(engine, viewer, stores, chosen, period, "source", where=(("source_group", "paid"),))
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def source_visitors(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], chosen: Sequence[Store], period: Period
) -> dict[str, int]:
    """Visitors by source group in a period, of those of its months whose sources were loaded."""
    return _monthly(engine, viewer, stores, chosen, period, "source_group")


def _year_before(day: date) -> tuple[date, date]:
    """The 12 whole months before the month of a day."""
    last = whole("month", day).first - timedelta(days=1)
    first = last
    for _ in range(MONTHS):
        first = whole("month", first).first - timedelta(days=1)
    return first + timedelta(days=1), last


def _monthly(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    chosen: Sequence[Store],
    period: Period,
    cut: str,
    where: tuple[tuple[str, str], ...] = (),
) -> dict[str, int]:
    """Sums over months, each by itself: a month that is not known takes nothing from the others."""
    if viewer.hides("source_visitors", [store.id for store in chosen]):
        return {}
    names = tuple(store.name for store in chosen)
    asked = Request(period, ("source_visitors",), by=("month", cut), stores=names, where=where)
    answer = figures(engine, viewer, stores, asked)
    found: dict[str, int] = {}
    for value, visitors in zip(answer.columns[cut], answer.columns["source_visitors"], strict=True):
        if value is not None and visitors:
            found[value] = found.get(value, 0) + int(visitors)
    return found
