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
    from goldloop.metrics.engines.duckdb import Engine

MONTHS = 12


def source_shares(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], chosen: Sequence[Store], *, before: date
) -> dict[str, int]:
    """Visitors by source group over the last 12 whole months before a day, of those months whose sources were loaded.

    Nothing where no feed of sources is loaded, or the viewer may not see it. Visitors of two sources count at each, so
    these are shares, not a sum of persons.
    """
    if viewer.hides("source_visitors", [store.id for store in chosen]):
        return {}
    last = whole("month", before).first - timedelta(days=1)
    first = last
    for _ in range(MONTHS):
        first = whole("month", first).first - timedelta(days=1)
    answer = figures(
        engine, viewer, stores,
        Request(
            Period(first + timedelta(days=1), last), ("source_visitors",), by=("month", "source_group"),
            stores=tuple(store.name for store in chosen),
        ),
    )  # fmt: skip
    found: dict[str, int] = {}
    for group, visitors in zip(answer.columns["source_group"], answer.columns["source_visitors"], strict=True):
        if group is not None and visitors:
            found[group] = found.get(group, 0) + int(visitors)
    return found
