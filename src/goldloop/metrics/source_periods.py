"""Sources are told for exactly the days of a loaded row: which asked days have none, and what is loaded within them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from goldloop.core.calendar import GRAINS, Grain, Period, label, whole
from goldloop.metrics.answer import Note
from goldloop.metrics.cut_words import cut_name
from goldloop.metrics.cuts import CUTS
from goldloop.metrics.part_names import SOURCE_PARTS
from goldloop.metrics.reader import Reader
from goldloop.metrics.shape import Shape

ONE = timedelta(days=1)


def notes(reader: Reader) -> list[Note]:
    """Of an answer by source: the stores without rows of asked days, and the parts of those days that are loaded.

    Such days have no row in the answer that could carry a reason.
    """
    by_source = any(name in CUTS and CUTS[name].level == "source" for name in reader.q.shape.cuts)
    if not by_source or not reader.wants(SOURCE_PARTS):
        return []
    loaded = _loaded(reader)
    asked = [period for _, _, _, period in reader.sides()]
    told: dict[tuple[str, tuple[Period, ...], tuple[Period, ...]], list[str]] = defaultdict(list)
    for id, store in reader.q.stores.items():
        known = loaded.get(id, [])
        if not known:
            told["sources_none", (), ()].append(store.name)
            continue
        exact, bare = frozenset(known), []
        for period in asked:
            if period in exact:
                continue
            parts = _parts(known, period)
            if parts:
                told["sources_in_parts", (period,), parts].append(store.name)
            else:
                bare.append(period)
        if bare:
            told["sources_missing", tuple(bare), ()].append(store.name)
    return [_note(code, names, days, parts) for (code, days, parts), names in told.items()]


def _loaded(reader: Reader) -> dict[int, list[Period]]:
    """The days of the loaded rows of sources by store, the earliest first."""
    found: dict[int, list[Period]] = defaultdict(list)
    for row in reader.run("source_periods", Shape()).dicts():
        found[row["store"]].append(Period(row["first_day"], row["last_day"]))
    return {store: sorted(periods) for store, periods in found.items()}


def _parts(known: Sequence[Period], period: Period) -> tuple[Period, ...]:
    """The loaded units of the calendar within a period, of the largest unit that there is."""
    low, high = (bisect_left(known, day, key=lambda one: one.first) for day in (period.first, period.last + ONE))
    inside = [(one, _unit(one)) for one in known[low:high] if one.last <= period.last]
    units = {unit for _, unit in inside if unit is not None}
    largest = max(units, key=GRAINS.index, default=None)
    return tuple(one for one, unit in inside if unit is not None and unit == largest)


def _note(code: str, names: Sequence[str], days: Sequence[Period], parts: Sequence[Period]) -> Note:
    params = {"stores": ", ".join(names), "days": runs(days)}
    if not parts:
        return Note(code, params)
    grain = _unit(parts[0]) or ""
    return Note(code, {**params, "parts": runs(parts), "cut": grain, "cut_zh": cut_name(grain, zh=True)})


def runs(periods: Sequence[Period]) -> str:
    """Periods as text, those that follow one another as one run.

    >>> from goldloop.core.calendar import parse_day
    >>> months = [whole("month", parse_day(f"2026-{n:02d}-01")) for n in (1, 2, 3, 5)]
    >>> runs(months)
    '2026-01..2026-03, 2026-05'
    """
    found: list[list[Period]] = []
    for one in periods:
        if found and found[-1][-1].last + ONE == one.first:
            found[-1].append(one)
        else:
            found.append([one])
    return ", ".join(_run(run[0], run[-1]) for run in found)


def _run(first: Period, last: Period) -> str:
    ends = [_called(first), _called(last)]
    if first == last:
        return ends[0] or str(first)
    return f"{ends[0]}..{ends[1]}" if all(ends) else str(Period(first.first, last.last))


def _unit(period: Period) -> Grain | None:
    return next((one for one in GRAINS if whole(one, period.first) == period), None)


def _called(period: Period) -> str:
    """The name of a calendar unit; empty for other days."""
    grain = _unit(period)
    return "" if grain is None else label(grain, period.first)
