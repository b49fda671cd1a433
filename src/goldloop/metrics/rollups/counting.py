"""Distinct, new and repeat people of a question's ranges, counted from cells; the same columns as the groups in SQL give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from goldloop.metrics.cuts import STORE_CUTS
from goldloop.metrics.rollups.cells import Cells, Ints, Judge, Range, Rows, cells, split
from goldloop.metrics.rollups.rolled import Rolled
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import Result, SmallTable

EPOCH = date(1970, 1, 1).toordinal()
ORDERS_CUT = "channel"  # the cut whose rows also answer questions without one
PARTS = {
    "buyer_parts": ("buyers", "buyer_days"),
    "new_parts": ("new_gmv", "repeat_gmv", "new_buyers", "repeat_buyers", "second_buyers"),
    "visit_parts": ("visitors", "visit_stores"),
}
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is about: stores by their numbers, its cuts, and the cut that is filtered with its wanted values."""

    stores: Mapping[int, tuple[int, str, str, str]]  # number of the store -> row of `scope`
    everything: bool  # whether these are all stores that have rows
    cuts: tuple[str, ...]
    cut: str | None  # of orders or lines, grouped or filtered by
    wanted: frozenset[str] | None  # values of it, '' for unknown ones; None: all


def counted(rolled: Rolled, group: str, shape: Shape, tables: Mapping[str, SmallTable]) -> Result:
    """Rows of `buyer_parts`, `new_parts` or `visit_parts`."""
    scope = scope_of(rolled, shape, tables)
    visits = group == "visit_parts"
    if not scope.stores:
        return Result(["bucket", *(f"c_{c}" for c in scope.cuts), *PARTS[group]], [])
    found, keys = _cells(rolled, scope, visits=visits)
    count, seen = _counting(rolled, group, scope, found, keys)
    about = group, scope.cuts, scope.cut, frozenset(scope.stores), scope.wanted
    rows: list[tuple[Any, ...]] = []
    for row in tables["buckets"]:
        asked = range_of(row)  # the same days are asked for again, as the days before others or a year later
        table = rolled.counted((about, asked), partial(count, asked))
        there: list[bool] = np.asarray(table[:, seen].any(axis=1)).tolist()
        values = table.tolist()
        rows += [(row[0], *key, *values[i]) for i, key in keys.items() if there[i]]
    return Result(["bucket", *(f"c_{c}" for c in scope.cuts), *PARTS[group]], rows)


def _counting(
    rolled: Rolled, group: str, scope: Scope, found: Cells, keys: Mapping[int, Key]
) -> tuple[Callable[[Range], Ints], list[int]]:
    """What counts a group's parts of a range, a row for each label; and the columns of which one says that there is anything."""
    if group == "new_parts":
        judge, place = _judge(rolled, scope, found, keys)

        def new(asked: Range) -> Ints:
            one = split(found, judge, asked, place)
            return np.stack([one.new_gmv, one.repeat_gmv, one.new, one.repeat, one.second], axis=1)

        return new, [2, 3]
    beside = _visited(rolled, scope) if group == "visit_parts" else found.person_days
    return lambda asked: np.stack([found.people(asked), beside(asked)], axis=1), [0]


def range_of(row: tuple[Any, ...]) -> Range:
    """The days of a row of `buckets`."""
    _, first, last, new_before, rule = row
    return Range(number_of(first), number_of(last), number_of(new_before) if rule == 0 else None)


def number_of(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def scope_of(rolled: Rolled, shape: Shape, tables: Mapping[str, SmallTable]) -> Scope:
    """What a question is about, in the numbers of rollups."""
    numbers = {id: at for at, (id, _, _) in enumerate(rolled.about.stores)}
    stores = {numbers[row[0]]: row[:4] for row in tables["scope"] if row[0] in numbers}
    cut = next((name for name in shape.names if name not in STORE_CUTS), None)
    wanted = None
    if shape.wheres:
        wanted = frozenset(value for (value,) in tables["where_0"])
    return Scope(stores, len(stores) == len(numbers), shape.cuts, cut, wanted)


def _cells(rolled: Rolled, scope: Scope, *, visits: bool) -> tuple[Cells, dict[int, Key]]:
    """Cells that answer a question, and the cut values of those labels that it is about."""
    prefix = "visits_" if visits else ""
    if scope.cut is None and (scope.cuts == ("store",) or len(scope.stores) == 1):
        return rolled.cells(f"{prefix}store"), {at: key_of(scope, at, None) for at in sorted(scope.stores)}
    if scope.cut is None and scope.cuts == () and scope.everything:
        return rolled.cells("visits" if visits else "all"), {0: ()}
    values = rolled.about.labels[scope.cut] if scope.cut else [None]
    kept = [i for i, value in enumerate(values) if scope.wanted is None or (value or "") in scope.wanted]
    if scope.cut and scope.everything and (scope.cuts == (scope.cut,) or (scope.cuts == () and len(kept) == 1)):
        return rolled.cells(scope.cut), {i: key_of(scope, 0, values[i]) for i in kept}
    key = (visits, scope.cuts, scope.cut, frozenset(scope.stores), frozenset(kept))
    keys = _keys(scope, [values[i] for i in kept])
    return rolled.made(key, lambda: _made(rolled, scope, kept, values, keys, visits=visits)), dict(enumerate(keys))


def key_of(scope: Scope, store: int, value: str | None) -> Key:
    """The cut values of rows of a store with a value of the question's cut."""
    if not scope.cuts:
        return ()
    of_store = (
        dict(zip(("store", "platform", "currency"), scope.stores[store][1:], strict=True))
        if store in scope.stores
        else {}
    )
    return tuple(of_store[cut] if cut in STORE_CUTS else value for cut in scope.cuts)


def _keys(scope: Scope, values: Sequence[str | None]) -> list[Key]:
    """Every combination of cut values."""
    return list(dict.fromkeys(key_of(scope, store, value) for store in sorted(scope.stores) for value in values))


def _made(
    rolled: Rolled, scope: Scope, kept: Sequence[int], values: Sequence[str | None], keys: Sequence[Key], *, visits: bool
) -> Cells:  # fmt: skip
    """Cells of a scope that are not kept: its rows, labelled anew."""
    name = "visits" if visits else scope.cut or ORDERS_CUT
    held, at = rolled.rows(name), {key: i for i, key in enumerate(keys)}
    label_of = np.full((len(rolled.about.stores), len(values) if scope.cut else 1), -1, dtype=np.int32)
    for store in scope.stores:
        for i in kept if scope.cut else (0,):
            label_of[store, i] = at[key_of(scope, store, values[i])]
    rows = held if scope.everything else held.chosen(np.isin(held.store, sorted(scope.stores)))
    labels = label_of[rows.store, rows.label if scope.cut else 0]
    wanted = labels >= 0
    rows = rows if wanted.all() else rows.chosen(wanted)
    labelled = Rows(rows.day, rows.store, labels[wanted], rows.code, rows.gmv)
    about = rolled.about
    persons = about.persons["visits" if visits else "buyers"]
    return cells(labelled, labels=len(keys), persons=persons, first=about.first, days=about.days)


def _judge(rolled: Rolled, scope: Scope, found: Cells, keys: Mapping[int, Key]) -> tuple[Judge, Ints | None]:
    """Who says whether a person is new: her days in all stores in scope, or where the store is a cut those in it."""
    if "store" not in scope.cuts:
        whole = Scope(scope.stores, scope.everything, (), None, None)
        people, kept = _cells(rolled, whole, visits=False)
        if people.labels == 1:
            return Judge(people), None
        return Judge(people), np.full(found.labels, next(iter(kept)), dtype=np.int64)  # one store of many
    place = np.zeros(found.labels, dtype=np.int64)
    at = {row[1]: number for number, row in scope.stores.items()}
    for label, key in keys.items():
        place[label] = at[key[scope.cuts.index("store")]]
    return Judge(rolled.cells("store")), place


def _visited(rolled: Rolled, scope: Scope) -> Callable[[Range], Ints]:
    """How many stores had visits in a range, by label."""
    held = rolled.cells("visits_store")
    chosen = sorted(scope.stores)

    def stores(asked: Range) -> Ints:
        low, high = (min(max(day - held.first, 0), held.days) for day in (asked.first, asked.last + 1))
        seen = np.asarray((held.store_days[low:high] > 0).any(axis=0), dtype=np.int64)
        return seen if scope.cuts or len(chosen) == 1 else seen[chosen].sum(keepdims=True)

    return stores
