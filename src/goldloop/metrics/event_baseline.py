"""What the days of an event to come would bring without it: frozen when it is planned, so that nobody can choose it later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.events import WAITING_DAYS, normal
from goldloop.core.events.normal import YEAR_OF_WEEKS
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.day_marks import day_marks
from goldloop.metrics.day_values import day_values
from goldloop.metrics.event_review import BEFORE

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine


def baseline(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    store: Store,
    *,
    days: Period,
    loaded: tuple[date, date] | None,
) -> dict[date, int]:
    """Normal sales (minor units) of each day of an event, from the days before its first phase and the waiting before that.

    As `core.events.normal`: the last 8 same weekdays outside events, else the same weekday a year before. Days that cannot
    be told are left out.
    """
    if loaded is None:
        return {}
    last = min(loaded[1], days.first - timedelta(days=WAITING_DAYS + 1))
    known = max(loaded[0], last - timedelta(days=BEFORE + YEAR_OF_WEEKS + 7))
    if last < known:
        return {}
    past = Period(known, last)
    phases = calendar_events.store_phases(engine, {store.id: store})[store.id]
    marks = day_marks(phases, store.platform, past)
    bent = [past.first + timedelta(days=n) in marks for n in range(past.days)]
    values = day_values(engine, viewer, stores, store, ["gmv"], past).values["gmv"]
    first = (days.first - past.first).days
    found = normal(values, bent, range(first, first + days.days)).values
    return {days.first + timedelta(days=n): round(found[n]) for n in np.flatnonzero(np.isfinite(found)).tolist()}
