"""How a target falls on its days, learned at driver level: day -> weight, for the whole store or its stores of like calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period
from goldloop.core.forecast import LEAST_DAYS, Shape, day_level, ratio_of, sum_of
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.calendar_events import platform_phases
from goldloop.metrics.day_values import day_values
from goldloop.metrics.forecast import BACK
from goldloop.metrics.stretches import stretches

if TYPE_CHECKING:
    from goldloop.metrics.engines.duckdb import Engine

SUMS = ("gmv", "visitor_days", "buyer_days")
RATIOS = {"day_conversion": ("buyer_days", "visitor_days"), "gmv_per_buyer_day": ("gmv", "buyer_days")}


@dataclass(frozen=True)
class DayWeights:
    """Weights of the days of a period by driver: sums add up to 1, ratios have the mean 1; `assumed` events without known days."""

    store: Store
    period: Period
    shapes: Mapping[str, Shape]
    assumed: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: per driver its basis (own, pooled, even) and day -> weight."""
        return {
            "store": self.store.name,
            "from": str(self.period.first),
            "to": str(self.period.last),
            "assumed": list(self.assumed),
            "drivers": {
                name: {"basis": one.basis, "weights": {str(day): w for day, w in one.by_day().items()}}
                for name, one in self.shapes.items()
            },
        }


def day_weights(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    store: Store,
    *,
    period: Period,
    loaded: tuple[date, date] | None,
    drivers: tuple[str, ...] = (*SUMS, *RATIOS),
) -> DayWeights:
    """Weights of the days of a period, from the store's days before it; few days: from stores with the same events.

    Sums: gmv, visitor_days, buyer_days; ratios: day_conversion, gmv_per_buyer_day. Without any history every day weighs
    alike, and the basis says so. A year of days that are partly past is weighted by what was foreseeable at its beginning.
    """
    phases = calendar_events.store_phases(engine, {store.id: store})[store.id]
    last = period.first - timedelta(days=1) if loaded is None else min(loaded[1], period.first - timedelta(days=1))
    first = last if loaded is None else max(loaded[0], last - timedelta(days=BACK))
    if loaded is None or last < loaded[0]:
        even = np.full(period.days, 1.0)
        return DayWeights(
            store,
            period,
            {n: Shape(period.first, even / (period.days if n in SUMS else 1), "even") for n in drivers},
            (),
        )
    known = Period(first, last)
    calendar, assumed = stretches(phases, store.platform, Period(first, period.last))
    own = _rows(engine, viewer, stores, store, known)
    others: list[Mapping[str, NDArray[np.float64]]] = []
    if any(np.isfinite(row).sum() < LEAST_DAYS for row in own.values()):
        alike = [one for one in stores.values() if one.id != store.id and viewer.may_see(one.id)]
        alike = [one for one in alike if platform_phases(one.platform) == platform_phases(store.platform)]
        others = [_rows(engine, viewer, stores, one, known) for one in alike]
    sums = [one for one in SUMS if any(one in (name, *RATIOS.get(name, ())) for name in drivers)]
    level = {name: day_level(own[name], first, period, calendar, others=[one[name] for one in others]) for name in sums}
    found = {
        name: sum_of(level[name]) if name in SUMS else ratio_of(*(level[one] for one in RATIOS[name]))
        for name in drivers
    }
    return DayWeights(store, period, found, tuple(assumed))


def _rows(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], store: Store, known: Period
) -> Mapping[str, NDArray[np.float64]]:
    names = [name for name in SUMS if not viewer.hides(name, [store.id])]
    asked = day_values(engine, viewer, stores, store, names, known).values
    return {name: asked.get(name, np.full(known.days, np.nan)) for name in SUMS}
