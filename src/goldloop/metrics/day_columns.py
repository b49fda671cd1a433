"""Daily sums of many stores as columns: what `figures` answers store by store and day by day, without a row per day.

One store's one day is the simplest case of `whole_store`: the platform's row of the day is its root where it states gmv
and counts the same amount, orders answer for all other days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goldloop.core.arrays import array
from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.day_values import DayValues
from goldloop.metrics.expected import SALES
from goldloop.metrics.query import Request, resolve, small_tables
from goldloop.metrics.reader import Reader
from goldloop.metrics.sale_amounts import counts_otherwise

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.metrics.engines.engine import Engine

Grid = NDArray[np.float64]  # stores x days
Mask = NDArray[np.bool_]

SUMS = ("gmv", "visitor_days", "buyer_days")


def day_columns(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], chosen: Collection[int], period: Period
) -> dict[int, DayValues]:
    """gmv, visitor_days and buyer_days of stores on every day of the period, in one question for all of them.

    As `day_values` tells them, NaN also where the viewer may not see a figure; a store she may not see raises `store_unknown`.
    """
    shown: dict[tuple[str, ...], list[int]] = {}
    for id in chosen:
        shown.setdefault(tuple(name for name in SUMS if not viewer.hides(name, [id])), []).append(id)
    found = {}
    for names, ids in shown.items():
        asked = _Days.asked(engine, viewer, stores, ids, names, period) if names else None
        for at, id in enumerate(ids):
            unknown = dict.fromkeys(SUMS, np.full(period.days, np.nan))
            found[id] = DayValues(stores[id], period.first, unknown | (asked.of_store(at, names) if asked else {}))
    return found


@dataclass
class _Days:
    """The parts of one question by store and day."""

    reader: Reader
    stores: Sequence[Store]
    period: Period
    tables: dict[str, pa.Table] = field(default_factory=dict)

    @classmethod
    def asked(
        cls, engine: Engine, viewer: Viewer, stores: Mapping[int, Store], ids: Sequence[int], names: tuple[str, ...],
        period: Period,
    ) -> _Days:  # fmt: skip
        request = Request(period, names, by=("day", "store"), stores=tuple(stores[id].name for id in ids))
        question = resolve(engine, viewer, stores, request)
        made = cls(Reader(engine, question, small_tables(engine, question)), [stores[id] for id in ids], period)
        for group, columns in (
            ("order_parts", ("gmv", "gmv_all", "orders", "identified_orders")),
            ("excluded_parts", ("excluded",)),
            ("buyer_parts", ("buyer_days",)),
        ):
            made.tables[group] = made.reader.table(group, columns)
        if engine.snapshot.files("facts/store_day"):
            sql = engine.compiled("root_days", question.shape)
            made.tables["root_days"] = engine.table(f"SELECT * FROM ({sql}) AS parts", made.reader.tables)
        return made

    def of_store(self, at: int, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """The figures of one store, unknown before its first sale and after the last day of the feeds that tell sales."""
        rows = {name: self.figures[name][at].copy() for name in names}
        spans = self.reader.feeds[self.stores[at].id].spans
        ends = [last for feed, (_, last) in spans.items() if feed in SALES and last is not None]
        beyond = (max(ends) - self.period.first).days + 1 if ends else self.period.days
        some = np.flatnonzero(np.nansum(np.stack(list(rows.values()))[:, : max(beyond, 0)], axis=0) > 0)
        for row in rows.values():
            row[max(beyond, 0) :] = np.nan
            row[: some[0] if len(some) else self.period.days] = np.nan
        return rows

    @cached_property
    def figures(self) -> dict[str, Grid]:
        """Each figure by store and day; NaN where nobody tells it (`whole_store`, basis auto, a period of one day)."""
        sold, reached = self.grid("order_parts", "gmv"), self.reached
        excluded = self.grid("order_parts", "gmv_all") - sold + self.grid("excluded_parts", "excluded")
        by_platform = (self.grid("root_days", "gmv_days") > 0) & ~(self.apart & reached)
        told = reached | self.has("order_parts") | self.has("excluded_parts")
        gmv = np.where(by_platform, self.grid("root_days", "gmv_sum") - excluded, np.where(told, sold, np.nan))
        stated = by_platform & (self.grid("root_days", "buyers_stated") > 0)
        known = np.where(by_platform, reached & (sold == gmv), told) & ~self.anonymous
        buyers = np.where(
            stated,
            self.grid("root_days", "buyer_days"),
            np.where(known, self.grid("buyer_parts", "buyer_days"), np.nan),
        )
        seen = self.grid("root_days", "visitors_stated") > 0
        return {
            "gmv": gmv,
            "visitor_days": np.where(seen, self.grid("root_days", "visitor_days"), np.nan),
            "buyer_days": buyers,
        }

    @cached_property
    def anonymous(self) -> Mask:
        """Where too few orders name their buyer to count them."""
        orders, limits = self.grid("order_parts", "orders"), np.array([s.identity_limit for s in self.stores])
        return (orders > 0) & (self.grid("order_parts", "identified_orders") / np.maximum(orders, 1) < limits[:, None])

    @cached_property
    def reached(self) -> Mask:
        """The days that lie within a store's loaded orders."""
        found = np.zeros((len(self.stores), self.period.days), bool)
        for at, store in enumerate(self.stores):
            first, last = self.reader.feeds[store.id].spans.get("orders", (date.max, None))
            low, high = ((day - self.period.first).days if day else None for day in (first, last))
            found[at, max(low or 0, 0) : self.period.days if high is None else max(high + 1, 0)] = True
        return found

    @cached_property
    def apart(self) -> Mask:
        """Where the platform's row may count another amount than the store does."""
        found = np.zeros((len(self.stores), self.period.days), bool)
        if "root_days" in self.tables:
            reports = self.tables["root_days"]["report"].combine_chunks().dictionary_encode()
            names, codes = reports.dictionary.to_pylist(), array(reports.indices)
            otherwise = np.array([[counts_otherwise(store, name) for name in names] for store in self.stores], bool)
            at, day = self._cells("root_days")
            found[at, day] = otherwise.reshape(len(self.stores), -1)[at, codes]
        return found

    def has(self, group: str) -> Mask:
        """Where a group has a row."""
        found = np.zeros((len(self.stores), self.period.days), bool)
        found[self._cells(group)] = True
        return found

    def grid(self, group: str, column: str) -> Grid:
        """One sum of a group by store and day; 0 where no row states it."""
        found = np.zeros((len(self.stores), self.period.days))
        if group in self.tables:
            values = self.tables[group][column].fill_null(0)
            found[self._cells(group)] = array(values).astype(float)
        return found

    def _cells(self, group: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Store and day of each row of a group."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if group not in self.tables:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        table = self.tables[group]
        by_name = "c_store" in table.column_names
        keys = pa.array([store.name if by_name else store.id for store in self.stores])
        at = pc.index_in(table["c_store" if by_name else "store"], value_set=keys)
        return array(at).astype(np.int64), array(table["bucket"]).astype(np.int64)
