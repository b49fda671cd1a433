"""Bringing arrays in the order of days up to date where some days are new: everything else is copied as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from goldloop.metrics.rollups.cells import Cells, Ints, Rows, before, cells


def starts_of(day: Ints, first: int, days: int) -> Ints:
    """Where each of `days` days from `first` on begins in an ascending column of days."""
    return np.searchsorted(day, np.arange(first, first + days + 1, dtype=day.dtype))


def spliced(old: Ints, old_starts: Ints, new: Ints, new_starts: Ints, touched: Sequence[int]) -> Ints:
    """A column whose touched days (places among the starts, ascending) are those of `new`."""
    pieces, done = [], 0
    for day in touched:
        pieces += [old[old_starts[done] : old_starts[day]], new[new_starts[day] : new_starts[day + 1]]]
        done = day + 1
    pieces.append(old[old_starts[done] :])
    return np.concatenate(pieces)


def longer(starts: Ints, days: int) -> Ints:
    """Starts of so many days, those at the end without rows."""
    return np.concatenate([starts, np.full(days + 1 - len(starts), starts[-1])])


def spliced_rows(old: Rows, new: Rows, touched: Sequence[int], *, first: int, days: int) -> Rows:
    """Rows by day whose touched days are those of `new`."""
    new = new.by_day()
    at = starts_of(old.day, first, days), starts_of(new.day, first, days)
    columns = (
        spliced(getattr(old, name), at[0], getattr(new, name).astype(getattr(old, name).dtype), at[1], touched)
        for name in ("day", "store", "label", "code", "gmv")
    )
    return Rows(*columns)


def spliced_cells(old: Cells, new: Rows, touched: Sequence[int], *, labels: int, persons: int, days: int) -> Cells:
    """Cells whose touched days are made of `new` rows; whoever is in these days, before or now, has her days told anew."""
    fresh = cells(new, labels=labels, persons=persons, first=old.first, days=days)
    held = longer(old.starts, days)
    columns: dict[str, Any] = {
        name: spliced(getattr(old, name), held, getattr(fresh, name), fresh.starts, touched)
        for name in ("label", "code", "previous", *(("gmv", "earlier") if len(old.gmv) or len(fresh.gmv) else ()))
    }
    rows = np.diff(held)
    rows[list(touched)] = np.diff(fresh.starts)[list(touched)]
    starts = np.concatenate([[0], np.cumsum(rows)])
    store_days = np.zeros((days, labels), dtype=np.int32)
    store_days[: old.days, : old.labels] = old.store_days
    store_days[list(touched)] = fresh.store_days[list(touched)]
    moved = np.zeros(persons, dtype=np.bool_)
    moved[fresh.code] = True
    for day in touched:
        moved[old.code[held[day] : held[day + 1]]] = True
    found = replace(old, persons=persons, starts=starts, store_days=store_days, **columns)
    _tell_days(found, np.flatnonzero(moved[found.code]))
    return found


def _tell_days(found: Cells, at: Ints) -> None:
    """Tell the days before anew for some rows: all of the persons they are about."""
    who = found.label[at].astype(np.uint64) << np.uint64(32) | found.code[at]
    order = np.argsort(who, kind="stable")  # rows stand in the order of days
    at = at[order]
    day = (np.searchsorted(found.starts, at, side="right") - 1 + found.first).astype(np.uint16)
    previous, earlier = before(who[order], day)
    found.previous[at] = previous
    if len(found.earlier):
        found.earlier[at] = earlier
