"""What holds for a whole sheet and may stand outside its cells: currency, store, period, export moment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import dates, moments, parse
from goldloop.connectors.cells import Cells
from goldloop.connectors.evaluate import Problem
from goldloop.connectors.issues import Note
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers.refusals import FileError
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store

_ISO = r"^[A-Z]{3}$"
_YUAN = ("人民币", "RMB")  # how Chinese files write CNY


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Period and export moment of a sheet (None when nothing says them) and the last moment that can be true."""

    period: tuple[date, date] | None
    exported: datetime | None
    imported: datetime
    latest: datetime


def circumstances(
    profile: Profile,
    store: Store,
    *,
    names: Iterable[str],
    above: Iterable[str],
    import_moment: datetime,
    period: tuple[date, date] | None,
) -> Circumstances:
    """What the names of member and file, and the lines above the header, say.

    A period given by the user goes before the lines above the header, these before the names; found ones that end before
    they begin or lie in the future are no periods, a given one of that sort raises `period_wrong`.
    """
    names, above, zone = list(names), list(above), store.timezone
    latest = moments.latest_allowed(import_moment, zone)
    if period is not None and not _is_possible(period, latest, profile):
        raise GoldloopError(
            "period_wrong",
            "The period ends before it begins or lies in the future.",
            given=f"{period[0]}..{period[1]}",
            allowed=f"FROM..TO, up to {latest.date()}",
            todo="Give the days the file covers: --period FROM..TO",
            latest=str(latest.date()),
        )
    places = (*(above if profile.period_preamble else ()), *(names if profile.period_file else ()))
    between = moments.period_between(above, profile.period_first, profile.period_last)
    told = (between, *(moments.period_in(place) for place in places))
    found = period or next((p for p in told if p is not None and _is_possible(p, latest, profile)), None)
    ways = profile.moment_file
    exported = next((m for n in names if (m := moments.export_moment(n, ways, zone=zone, latest=latest))), None)
    return Circumstances(found, exported, dates.in_zone(import_moment, zone), latest)


def _is_possible(period: tuple[date, date], latest: datetime, profile: Profile) -> bool:
    return period[0] <= period[1] and (period[1] <= latest.date() or profile.future)


def give(around: Circumstances, cells: Cells, *, sheet: str, member: str) -> None:
    """Add the values that stand in no cell to the cells, as far as they are known."""
    first, last = around.period or (None, None)
    moment = None if around.exported is None else pa.repeat(pa.scalar(around.exported, dates.TIME), cells.rows)
    column = cells.profile.moment_column
    if column is not None and cells.has(column):
        own = cells.time(column)[0]
        moment = own if moment is None else pc.coalesce(own, moment)
    known = {
        "@period_first": _day(first, cells.rows),
        "@period_last": _day(last, cells.rows),
        "@moment": moment,
        "@sheet": cells.constant(sheet) if sheet else None,
        "@member": cells.constant(member) if member else None,
    }
    for name, values in known.items():
        if values is not None:
            cells.give(name, values)


def _day(day: date | None, rows: int) -> pa.Array | None:
    return None if day is None else pa.repeat(pa.scalar(datetime.combine(day, time()), dates.TIME), rows)


def require_period(profile: Profile, cells: Cells, file_name: str) -> None:
    """Raise `period_needed` when some row has no day of its own and nothing else says which days the file covers."""
    if cells.has("@period_first") or not cells.rows:
        return
    for block in profile.into:
        for rule in block.columns.values():
            if "@period_first" not in rule.sources:
                continue
            own = [cells.filled(c) for c in rule.sources if not c.startswith("@")]
            if own and pc.all(parse.any_of(*own)).as_py():
                continue
            raise _period_needed(file_name)
    if any(clock == "day" and cells.has(column) for column, clock in profile.clock.items()):
        raise _period_needed(file_name)


def _period_needed(file_name: str) -> FileError:
    return FileError(
        "period_needed",
        f"'{file_name}' does not say which days it covers.",
        file=file_name,
        allowed="--period FROM..TO, such as 2026-10-01..2026-10-01",
        todo=f"goldloop import {file_name} --period FROM..TO",
    )


def currency_problems(profile: Profile, cells: Cells, headers: Iterable[str], currency: str | None) -> list[Problem]:
    """Rows in another currency than their store's; raises `currency_mismatch` when the whole file is.

    A column of the file goes before a currency in its headers, before the profile's own, before the one given.
    """
    store = cells.store
    whole = _header_currency(profile, headers) or profile.currency_fixed
    column = profile.currency_column
    stated = column is not None and cells.has(column)
    for said in (whole, currency):
        if said is not None and said != store.currency and not (stated and said is whole):
            raise GoldloopError(
                "currency_mismatch",
                f"The file is in {said}, but the store '{store.name}' is kept in {store.currency}.",
                given=said,
                allowed=store.currency,
                todo=f"Import it into a store of that currency: goldloop store add NAME --currency {said}",
                currency=said,
                store=store.name,
                expected=store.currency,
            )
    if column is None or not stated:
        return []
    text = parse.per_value(pc.utf8_upper(cells.text(column)), _in_letters)[0]
    known = parse.per_value(text, lambda v: (pc.match_substring_regex(v, _ISO),))[0]
    unknown = pc.invert(known).fill_null(False)
    other = pc.and_(known.fill_null(False), pc.not_equal(text, store.currency).fill_null(False))
    return [Problem(unknown, column, "currency_unknown"), Problem(other, column, "currency_mismatch")]


def _in_letters(words: pa.Array) -> tuple[pa.Array]:
    return (pc.if_else(pc.is_in(words, value_set=pa.array(_YUAN)), "CNY", words),)


def _header_currency(profile: Profile, headers: Iterable[str]) -> str | None:
    if profile.currency_header is None:
        return None
    for header in headers:
        match = re.search(profile.currency_header, header)
        if match:
            return match[1]
    return None


def check_store(profile: Profile, cells: Cells, file_name: str, other_store_names: Iterable[str]) -> list[Note]:
    """Raise `store_mismatch` when the file names another of our stores; a name nobody knows gives a note only."""
    if profile.store_name is None or not cells.has(profile.store_name):
        return []
    names = sorted(n for n in pc.unique(cells.text(profile.store_name)).to_pylist() if n is not None)
    folded = {parse.fold_word(n): n for n in names}
    own = parse.fold_word(cells.store.name)
    others = [folded[f] for f in map(parse.fold_word, other_store_names) if f in folded and f != own]
    if others:
        raise GoldloopError(
            "store_mismatch",
            f"'{file_name}' names the store '{others[0]}', not '{cells.store.name}'.",
            given=others[0],
            allowed=cells.store.name,
            todo=f"goldloop import {file_name} --store '{others[0]}', or --store-from {profile.store_name} for several",
            file=file_name,
            named=others[0],
            store=cells.store.name,
        )
    if names and own not in folded:
        text = f"The file names the store '{names[0]}'; it was loaded into '{cells.store.name}'."
        return [Note("store_name_differs", text, {"named": names[0], "store": cells.store.name})]
    return []
