"""Parts that add up, by bucket and cut, from their sums by day, store and label; the same columns as the groups in SQL give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from goldloop.core.arrays import array, or_zero
from goldloop.metrics.rollups.cells import Bools, Ints, Range, sums
from goldloop.metrics.rollups.counting import Key, Scope, key_of, range_of, scope_of
from goldloop.metrics.rollups.rolled import Rolled
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import Result, SmallTable


@dataclass(frozen=True, slots=True)
class DaySums:
    """Sums by day, number of the store and label, in the order of days; `known` tells of a part where it is stated, if not everywhere."""

    day: Ints
    store: Ints
    label: Ints
    parts: Mapping[str, Ints]
    known: Mapping[str, Bools]
    exact: frozenset[str] = frozenset()  # parts any sum of which is known to be exact as float64

    @classmethod
    def of(cls, table: pa.Table, store: Ints, label: Ints) -> DaySums:
        """Those of a table with `day` and parts."""
        order = np.argsort(array(table["day"]), kind="stable")
        names = [name for name in table.column_names if name not in ("day", "store") and not name.startswith("c_")]
        # Engines give sums of integers more than 64 bits; money in minor units needs no more.
        whole = {
            name: table[name].cast(pa.int64()) if pa.types.is_decimal(table[name].type) else table[name]
            for name in names
        }
        parts = {name: or_zero(column)[order] for name, column in whole.items()}
        known = {name: array(table[name].is_valid())[order] for name in names if table[name].null_count}
        return cls(array(table["day"])[order].astype(np.uint16), store[order], label[order], parts, known)

    @classmethod
    def joined(cls, parts: Sequence[DaySums]) -> DaySums:
        """Those of parts of days, in ascending order."""
        known = {
            name: np.concatenate([part.known.get(name, np.ones(len(part.day), dtype=np.bool_)) for part in parts])
            for name in dict.fromkeys(name for part in parts for name in part.known)
        }
        sums = {name: np.concatenate([part.parts[name] for part in parts]) for name in parts[0].parts}
        day, store, label = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("day", "store", "label")
        )
        return cls(day, store, label, sums, known)

    def replaced(self, new: DaySums, days: Iterable[int]) -> DaySums:
        """The same with some days as in `new`."""
        stays = ~np.isin(self.day, np.array(sorted(days), dtype=np.uint16))
        day = np.concatenate([self.day[stays], new.day])
        order = np.argsort(day, kind="stable")

        def both(mine: Any, theirs: Any) -> Any:
            return np.concatenate([mine[stays], theirs])[order]

        known = {}
        for name in dict.fromkeys((*self.known, *new.known)):
            mine = self.known.get(name, np.ones(len(self.day), dtype=np.bool_))
            known[name] = both(mine, new.known.get(name, np.ones(len(new.day), dtype=np.bool_)))
        parts = {name: both(column, new.parts[name]) for name, column in self.parts.items()}
        return DaySums(day[order], both(self.store, new.store), both(self.label, new.label), parts, known)


@dataclass(frozen=True, slots=True)
class Running:
    """Sums of all days before each day, by store: what a range sums to is a difference of two rows, whatever its length.

    Shapes (days + 1, stores): `rows` that were added up, `parts`, and in how many rows a part is `known`, if not in all.
    `daily` (days, stores): parts in float64, whose differences would not be exact.
    """

    rows: Ints
    parts: Mapping[str, Ints]
    known: Mapping[str, Ints]
    daily: Mapping[str, Any]

    @classmethod
    def of(cls, held: DaySums, first: int, days: int, stores: int) -> Running:
        """Those of sums by day."""
        cell = (held.day.astype(np.int64) - first) * stores + held.store
        size = days * stores

        def before(by_day: Ints) -> Ints:
            found = np.zeros((days + 1, stores), dtype=np.int64)
            np.cumsum(by_day.reshape(days, stores), axis=0, out=found[1:])
            return found

        whole = {name: column for name, column in held.parts.items() if column.dtype != np.float64}
        parts = {name: before(sums(column, cell, size, exact=name in held.exact)) for name, column in whole.items()}
        known = {name: before(np.bincount(cell[stated], minlength=size)) for name, stated in held.known.items()}
        daily = {
            name: np.bincount(cell, weights=column, minlength=size).reshape(days, stores)
            for name, column in held.parts.items()
            if name not in whole
        }
        return cls(before(np.bincount(cell, minlength=size)), parts, known, daily)


def summed(
    rolled: Rolled, name: str, shape: Shape, tables: Mapping[str, SmallTable], without: Collection[str] = ()
) -> Result:
    """Rows of a group whose sums are kept under a name; parts `without` which they may be are left out."""
    scope = scope_of(rolled, shape, tables)
    held: DaySums = rolled.sums(name)
    parts = [part for part in held.parts if part not in without]
    if scope.cut is None:
        return _whole(rolled, name, held, parts, scope, tables)
    values: Sequence[str | None] = rolled.about.labels[scope.cut]
    keys: dict[Key, int] = {}
    place = np.full((len(rolled.about.stores), len(values)), -1, dtype=np.int64)
    for store in scope.stores:
        for at, value in enumerate(values):
            if scope.wanted is None or (value or "") in scope.wanted:
                place[store, at] = keys.setdefault(key_of(scope, store, value), len(keys))
    found: list[tuple[object, ...]] = []
    for buckets in _apart([(row[0], range_of(row)) for row in tables["buckets"]]):
        found += _rows(held, parts, buckets, place, list(keys))
    return Result(["bucket", *(f"c_{cut}" for cut in scope.cuts), *parts], found)


def _whole(
    rolled: Rolled, name: str, held: DaySums, asked: Sequence[str], scope: Scope, tables: Mapping[str, SmallTable]
) -> Result:
    """The rows of stores or all that they have in common, without another cut."""
    about = rolled.about
    running = rolled.running(name, lambda: Running.of(held, about.first, about.days, len(about.stores)))
    at = {store: key_of(scope, store, None) for store in sorted(scope.stores)}
    keys = list(dict.fromkeys(at.values()))
    belongs = np.zeros((len(about.stores), len(keys)), dtype=np.int64)
    for store, key in at.items():
        belongs[store, keys.index(key)] = 1
    numbers = [row[0] for row in tables["buckets"]]
    ranges = [range_of(row) for row in tables["buckets"]]
    ends = [[min(max(day - about.first, 0), about.days) for day in (one.first, one.last + 1)] for one in ranges]
    low, high = np.array(ends, dtype=np.int64).reshape(-1, 2).T

    def between(sums: Ints) -> Ints:
        found: Ints = (sums[high] - sums[low]) @ belongs
        return found

    there = np.nonzero(between(running.rows))
    columns: list[list[object]] = []
    for part in asked:
        if part in running.daily:
            by_store = np.array([running.daily[part][first:last].sum(axis=0) for first, last in ends])
            columns.append((by_store.reshape(len(ends), -1) @ belongs)[there].tolist())
            continue
        values = between(running.parts[part])[there].tolist()
        if part in running.known:
            some = between(running.known[part])[there].tolist()
            values = [value if one else None for value, one in zip(values, some, strict=True)]
        columns.append(values)
    spots = [(numbers[bucket], *keys[key]) for bucket, key in zip(*(place.tolist() for place in there), strict=True)]
    rows = [(*spot, *parts) for spot, *parts in zip(spots, *columns, strict=True)]
    return Result(["bucket", *(f"c_{cut}" for cut in scope.cuts), *asked], rows)


def _rows(
    held: DaySums, asked: Sequence[str], buckets: Sequence[tuple[int, Range]], place: Ints, keys: Sequence[Key]
) -> list[tuple[object, ...]]:
    """Rows of buckets that have no day in common, in ascending order."""
    first, last = buckets[0][1].first, buckets[-1][1].last
    rows = slice(*np.searchsorted(held.day, [max(first, 0), max(last + 1, 0)]))
    bucket_of = np.full(last - first + 1, -1, dtype=np.int64)
    for at, (_, days) in enumerate(buckets):
        bucket_of[days.first - first : days.last - first + 1] = at
    spot = place[held.store[rows], held.label[rows]]
    bucket = bucket_of[held.day[rows].astype(np.int64) - first]
    chosen = (spot >= 0) & (bucket >= 0)
    everything = bool(chosen.all())
    cell = bucket * len(keys) + spot if everything else (bucket * len(keys) + spot)[chosen]
    size = len(buckets) * len(keys)
    there = np.flatnonzero(np.bincount(cell, minlength=size))
    columns: list[list[object]] = []
    for name in asked:
        column = held.parts[name]
        amounts = column[rows] if everything else column[rows][chosen]
        if amounts.dtype == np.float64:
            columns.append(np.bincount(cell, weights=amounts, minlength=size)[there].tolist())
            continue
        values = sums(amounts, cell, size, exact=name in held.exact)[there].tolist()
        if name in held.known:
            stated = held.known[name][rows] if everything else held.known[name][rows][chosen]
            some = np.bincount(cell[stated], minlength=size)[there].tolist()
            values = [value if one else None for value, one in zip(values, some, strict=True)]
        columns.append(values)
    spots = [(buckets[at // len(keys)][0], *keys[at % len(keys)]) for at in there.tolist()]
    return [(*spot, *parts) for spot, *parts in zip(spots, *columns, strict=True)]


def _apart(buckets: Sequence[tuple[int, Range]]) -> list[list[tuple[int, Range]]]:
    """Buckets in lists that each have no day twice, such as the two sides of a comparison."""
    found: list[list[tuple[int, Range]]] = []
    for one in sorted(buckets, key=lambda one: one[1].first):
        for others in found:
            if others[-1][1].last < one[1].first:
                others.append(one)
                break
        else:
            found.append([one])
    return found
