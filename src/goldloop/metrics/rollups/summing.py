"""Parts that add up, by bucket and cut, from their sums by day, store and label; the same columns as the groups in SQL give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from goldloop.metrics.rollups.cells import Bools, Ints, Range, sums
from goldloop.metrics.rollups.counting import Key, key_of, range_of, scope_of
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
        order = np.argsort(table["day"].to_numpy(), kind="stable")
        names = [name for name in table.column_names if name not in ("day", "store") and not name.startswith("c_")]
        # Engines give sums of integers more than 64 bits; money in minor units needs no more.
        whole = {
            name: table[name].cast(pa.int64()) if pa.types.is_decimal(table[name].type) else table[name]
            for name in names
        }
        parts = {name: column.fill_null(0).to_numpy()[order] for name, column in whole.items()}
        known = {name: table[name].is_valid().to_numpy()[order] for name in names if table[name].null_count}
        return cls(table["day"].to_numpy()[order].astype(np.uint16), store[order], label[order], parts, known)

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


def summed(rolled: Rolled, name: str, shape: Shape, tables: Mapping[str, SmallTable]) -> Result:
    """Rows of a group whose sums are kept under a name."""
    scope = scope_of(rolled, shape, tables)
    held: DaySums = rolled.sums(name)
    values: Sequence[str | None] = rolled.about.labels[scope.cut] if scope.cut else [None]
    keys: dict[Key, int] = {}
    place = np.full((len(rolled.about.stores), len(values)), -1, dtype=np.int64)
    for store in scope.stores:
        for at, value in enumerate(values):
            if scope.wanted is None or (value or "") in scope.wanted:
                place[store, at] = keys.setdefault(key_of(scope, store, value), len(keys))
    found: list[tuple[object, ...]] = []
    for buckets in _apart([(row[0], range_of(row)) for row in tables["buckets"]]):
        found += _rows(held, buckets, place, scope.cut is not None, list(keys))
    return Result(["bucket", *(f"c_{cut}" for cut in scope.cuts), *held.parts], found)


def _rows(
    held: DaySums, buckets: Sequence[tuple[int, Range]], place: Ints, by_label: bool, keys: Sequence[Key]
) -> list[tuple[object, ...]]:
    """Rows of buckets that have no day in common, in ascending order."""
    first, last = buckets[0][1].first, buckets[-1][1].last
    rows = slice(*np.searchsorted(held.day, [max(first, 0), max(last + 1, 0)]))
    bucket_of = np.full(last - first + 1, -1, dtype=np.int64)
    for at, (_, asked) in enumerate(buckets):
        bucket_of[asked.first - first : asked.last - first + 1] = at
    spot = place[held.store[rows], held.label[rows] if by_label else 0]
    bucket = bucket_of[held.day[rows].astype(np.int64) - first]
    chosen = (spot >= 0) & (bucket >= 0)
    everything = bool(chosen.all())
    cell = bucket * len(keys) + spot if everything else (bucket * len(keys) + spot)[chosen]
    size = len(buckets) * len(keys)
    there = np.flatnonzero(np.bincount(cell, minlength=size))
    columns: list[list[object]] = []
    for name, column in held.parts.items():
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
