"""How a target falls on its days, learned at driver level: day -> weight, for the whole store or its stores of like calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period
from goldloop.core.forecast import LEAST_DAYS, Shape, day_level, ratio_of, sum_of
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.calendar_events import Phase, platform_phases
from goldloop.metrics.day_columns import SUMS, day_columns
from goldloop.metrics.forecast import BACK
from goldloop.metrics.stretches import stretches

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

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
    chosen: Sequence[Store],
    *,
    period: Period,
    loaded: tuple[date, date] | None,
    drivers: tuple[str, ...] = (*SUMS, *RATIOS),
) -> list[DayWeights]:
    """Weights of the days of a period, of each store from its days before it; few days: from stores with the same events.

    Sums: gmv, visitor_days, buyer_days; ratios: day_conversion, gmv_per_buyer_day. Without any history every day weighs
    alike, and the basis says so. A year of days that are partly past is weighted by what was foreseeable at its beginning.
    """
    last = period.first - timedelta(days=1) if loaded is None else min(loaded[1], period.first - timedelta(days=1))
    first = last if loaded is None else max(loaded[0], last - timedelta(days=BACK))
    if loaded is None or last < loaded[0]:
        return [DayWeights(store, period, _even(period, drivers), ()) for store in chosen]
    past = _Past(engine, viewer, stores, Period(first, last))
    past.ask([store.id for store in chosen])
    phases = calendar_events.store_phases(engine, {store.id: store for store in chosen})
    return [_of_store(past, store, phases[store.id], period, drivers) for store in chosen]


def _of_store(
    past: _Past, store: Store, phases: Iterable[Phase], period: Period, drivers: tuple[str, ...]
) -> DayWeights:
    first = past.known.first
    calendar, assumed = stretches(phases, store.platform, Period(first, period.last))
    own, others = past.days[store.id], past.alike(store)
    sums = [one for one in SUMS if any(one in (name, *RATIOS.get(name, ())) for name in drivers)]
    level = {name: day_level(own[name], first, period, calendar, others=[one[name] for one in others]) for name in sums}
    found = {
        name: sum_of(level[name]) if name in SUMS else ratio_of(*(level[one] for one in RATIOS[name]))
        for name in drivers
    }
    return DayWeights(store, period, found, tuple(assumed))


def _even(period: Period, drivers: tuple[str, ...]) -> dict[str, Shape]:
    alike = np.full(period.days, 1.0)
    return {name: Shape(period.first, alike / (period.days if name in SUMS else 1), "even") for name in drivers}


@dataclass
class _Past:
    """The known days of stores, each asked for once."""

    engine: Engine
    viewer: Viewer
    stores: Mapping[int, Store]
    known: Period
    days: dict[int, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)

    def ask(self, ids: Collection[int]) -> None:
        """Read the days of these stores that were not read yet."""
        open_ids = [id for id in ids if id not in self.days]
        if open_ids:
            found = day_columns(self.engine, self.viewer, self.stores, open_ids, self.known)
            self.days |= {id: one.values for id, one in found.items()}

    def alike(self, store: Store) -> list[Mapping[str, NDArray[np.float64]]]:
        """The days of other stores with the same events, where the store's own are too few."""
        if all(np.isfinite(row).sum() >= LEAST_DAYS for row in self.days[store.id].values()):
            return []
        ids = [one.id for one in self.stores.values() if one.id != store.id and self.viewer.may_see(one.id)]
        ids = [id for id in ids if platform_phases(self.stores[id].platform) == platform_phases(store.platform)]
        self.ask(ids)
        return [self.days[id] for id in ids]
