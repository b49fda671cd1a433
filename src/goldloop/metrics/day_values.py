"""A figure's consecutive days of one store, through the one query path, as the core's forecasts and reviews take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period, parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.definitions import FIGURES, figure, parts_of
from goldloop.metrics.expected import SALES, UNRIPE, check_daily
from goldloop.metrics.query import Request, figures

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine


@dataclass(frozen=True, slots=True)
class DayValues:
    """Figures of one store by day from `first` on: money in minor units, NaN where unknown; all rows equally long."""

    store: Store
    first: date
    values: Mapping[str, NDArray[np.float64]]

    def last_known(self, name: str) -> date | None:
        """The last day on which a figure is known."""
        at = np.flatnonzero(np.isfinite(self.values[name]))
        return self.first + timedelta(days=int(at[-1])) if len(at) else None


def check_summable(name: str) -> None:
    """Raise `forecast_not_a_sum` for a figure whose days do not add up to its period, and what `check_daily` raises."""
    check_daily(name)
    if figure(name).additive != "yes":
        raise GoldloopError(
            "forecast_not_a_sum",
            f"'{name}' of days does not add up to that of a month, so it has no target of days.",
            given=name,
            allowed=[
                one.name
                for one in FIGURES.values()
                if one.additive == "yes" and one.unit in ("money", "count") and not parts_of((one.name,)) & UNRIPE
            ],
            name=name,
        )


def day_values(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    store: Store,
    names: Sequence[str],
    period: Period,
    *,
    where: tuple[tuple[str, str], ...] = (),
) -> DayValues:
    """Figures of a store on every day of the period; what the viewer may not see raises as any question does.

    Unknown are also the days before the first sale, and those after the last day of the feeds that tell sales.
    """
    request = Request(period, tuple(names), by=("day",), stores=(store.name,), where=where)
    answer = figures(engine, viewer, stores, request)
    found = {name: np.full(period.days, np.nan) for name in names}
    for row, day in enumerate(answer.columns["day"]):
        at = (parse_day(day) - period.first).days
        for name in names:
            value = answer.columns[name][row]
            if value is not None:
                found[name][at] = float(value)
    ends = [
        feed["last_day"]
        for feed in answer.data["feeds"]
        if feed["store"] == store.name and feed["feed"] in SALES and feed["last_day"]
    ]
    if ends:
        beyond = (parse_day(max(ends)) - period.first).days + 1
        for one in found.values():
            one[max(beyond, 0) :] = np.nan
    some = np.flatnonzero(np.nansum(np.stack(list(found.values())), axis=0) > 0)
    for one in found.values():
        one[: some[0] if len(some) else period.days] = np.nan
    return DayValues(store, period.first, found)
