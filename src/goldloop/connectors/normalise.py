"""From a recognised sheet to statements about fact tables: whole columns at a time, only bad rows are looked at singly.

Every row that is not blank has exactly one fate: quarantined (with all its issues), dropped by a named rule, or loaded,
in which case it stands in the rows of at least one table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import dates, parse
from goldloop.connectors.blocks import Built, build, chosen, finish, once_per_key, representatives
from goldloop.connectors.circumstances import (
    Circumstances,
    check_store,
    circumstances,
    currency_problems,
    give,
    require_period,
)  # fmt: skip
from goldloop.connectors.codes import codes_of
from goldloop.connectors.conventions import settled
from goldloop.connectors.frame import Frame, frame_of
from goldloop.connectors.identity import Keys
from goldloop.connectors.issues import Control, Issue, Note
from goldloop.connectors.keys import line_keys
from goldloop.connectors.links import links
from goldloop.connectors.marks import good_rows, issues_of, marks_of
from goldloop.connectors.profile import Profile, check_profile
from goldloop.connectors.special import attributes
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import Statements
from goldloop.core.store import Store
from goldloop.core.table import Table

UNPAID = ("unpaid", "closed_unpaid")


class Sheet(Protocol):
    """What normalisation needs of a sheet (readers.RawSheet is one)."""

    file: str
    member: str
    sheet: str

    def first_rows(self, n: int) -> list[list[str]]: ...

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table: ...


class Recognised(Protocol):
    """What normalisation needs of a recognition (recognise.Recognition is one)."""

    @property
    def profile(self) -> Profile | None: ...

    @property
    def header_row(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """Identity coverage: paid orders with a usable buyer key, of all paid orders of the sheet."""

    with_key: int
    orders: int


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of a whole sheet before its pieces are read one by one.

    `profile` with its conventions settled, `cut` the columns of ids that a spreadsheet has cut, `apart` the blocks whose
    one row per key is chosen among the rows of all pieces (by number), `notes` on all of it; `people` are the buyers of
    the pieces that were read.
    """

    profile: Profile
    cut: frozenset[str]
    apart: frozenset[int]
    notes: tuple[Note, ...]
    people: Keys = field(default_factory=Keys, compare=False)


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What a piece tells about itself so that its whole can be told: see `pieces.put_together`.

    `latest` time and time of the import: a `_moment` that is null is the latest of the whole sheet. `sums` of its rows by
    control, `words` that stand in no list by column, rows `corrected`, and when the file was `exported`. `apart`: the rows
    of a block kept by `once` in this piece, and those that stand in no other block.
    """

    latest: datetime | None
    imported: datetime
    exported: datetime | None
    sums: Mapping[str, Decimal]
    words: Mapping[str, set[str]]
    corrected: int
    apart: Mapping[int, tuple[pa.Table, pa.Table]]


@dataclass(frozen=True, slots=True)
class Normalised:
    """What one sheet says, and the fate of its rows.

    `read` = rows that are not blank = quarantined rows (the distinct rows of `issues`) + sum of `dropped` + rows in
    `statements`. `first_day` and `last_day` span the days the statements speak of, `latest` is the latest time that they
    state. `dated`: whether each row says itself when it was true (True), none does (False), or some do (None).
    """

    read: int
    statements: list[Statements]
    issues: list[Issue]
    dropped: dict[str, int]
    dropped_rows: pa.Table
    control: list[Control]
    coverage: Coverage | None
    first_day: date | None
    last_day: date | None
    notes: list[Note] = field(default_factory=list)
    latest: datetime | None = None
    dated: bool | None = False
    left_open: LeftOpen | None = None  # of a piece

    @property
    def quarantined(self) -> int:
        """Number of rows with an issue."""
        return len({i.row for i in self.issues})


def normalise(
    sheet: Sheet,
    recognition: Recognised,
    *,
    store: Store,
    tables: Mapping[str, Table],
    secret: bytes,
    file_name: str,
    import_moment: datetime,
    period: tuple[date, date] | None = None,
    currency: str | None = None,
    fixes: Mapping[str, Mapping[str, str]] | None = None,
    other_store_names: Iterable[str] = (),
    only: tuple[str, str] | None = None,
    whole: Whole | None = None,
) -> Normalised:
    """The statements of a sheet whose profile and header row are known.

    `import_moment` with an offset, or as wall clock of the store's zone. `fixes`: content hash of a row -> column ->
    corrected cell. `other_store_names`: names of the other stores, for files that name theirs. `only` (column, value)
    takes the rows of one store out of a file of several. `whole`: the sheet is a piece of it. Raises `columns_missing`, `period_needed`, `period_wrong`,
    `currency_mismatch`, `store_mismatch` and `rows_unreadable`, each before anything is stated.
    """
    profile = _profile_of(recognition, file_name)
    check_profile(profile, tables)
    raw = sheet.table(recognition.header_row).combine_chunks()
    if whole is None:
        profile, notes = settled(raw, profile, store, tables=tables, file_name=file_name)
    else:
        profile, notes = whole.profile, []
    frame = frame_of(raw, profile, store, fixes=fixes or {}, only=only, is_piece=whole is not None)
    del raw  # where rows were dropped the frame has cells of its own
    if whole is not None:
        frame.cells.cut, frame.cells.people = whole.cut, whole.people
    _require_columns(profile, frame, file_name)
    above = [" ".join(r) for r in sheet.first_rows(recognition.header_row - 1)] if profile.period_preamble else []
    names = (sheet.member, file_name)
    around = circumstances(profile, store, names=names, above=above, import_moment=import_moment, period=period)
    give(around, frame.cells, sheet=sheet.sheet, member=sheet.member)
    if whole is None and only is None:
        notes = check_store(profile, frame.cells, file_name, other_store_names) + notes
    require_period(profile, frame.cells, file_name)
    foreign = currency_problems(profile, frame.cells, frame.headers.values(), currency)
    built = [build(b, tables, frame.cells, secret=secret, latest=around.latest) for b in profile.into]
    marks = marks_of(built, foreign, frame.cells.rows)
    issues = issues_of(marks, frame, store, file_name)
    good = good_rows(marks, frame.cells.rows)
    if profile.line_key is not None:
        frame.cells.give("@line_key", line_keys(frame.cells, tables, good))
    for block in built:
        finish(block, frame.cells, secret=secret)
    own = _own_moments(frame, around)
    latest, words = _latest_time(built, own, good), _words(built)
    fallback = around.exported or (None if whole is not None else latest or around.imported)
    moments = _moments(own, fallback, frame.cells.rows)
    dated = False if own is None or own.null_count == len(own) else True if not own.null_count else None
    found, apart = _statements(built, frame, moments, good, store, whole.apart if whole is not None else ())
    found += links(built, frame.cells, good, numbers=parse.one(frame.raw["_row"]), moments=moments, secret=secret)
    statements = [replace(s, rank=profile.rank) for s in found]
    if whole is not None:
        left = LeftOpen(latest, around.imported, around.exported, frame.sums, words, frame.corrected, apart)
        return replace(_answer(frame, statements, issues, [], store), latest=latest, dated=dated, left_open=left)
    notes += closing_notes(words, around.exported, profile, frame.control, frame.corrected)
    return replace(_answer(frame, statements, issues, notes, store), latest=latest, dated=dated)


def _profile_of(recognition: Recognised, file_name: str) -> Profile:
    if recognition.profile is None:
        raise GoldloopError(
            "format_unknown",
            f"No profile fits '{file_name}'.",
            given=file_name,
            todo=f"goldloop profile new {file_name}",
            file=file_name,
        )
    return recognition.profile


def _answer(
    frame: Frame, statements: list[Statements], issues: list[Issue], notes: list[Note], store: Store
) -> Normalised:
    days = days_of(statements, store)
    return Normalised(
        read=frame.read,
        statements=statements,
        issues=issues,
        dropped=frame.dropped,
        dropped_rows=frame.dropped_rows,
        control=frame.control,
        coverage=_coverage(statements),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        notes=notes,
    )


def _require_columns(profile: Profile, frame: Frame, file_name: str) -> None:
    found = set(frame.raw.column_names)
    there = {profile.spelled(name) for name in found}
    lacking = [names[0] for names in profile.required if not there.intersection(names)]
    if lacking:
        raise GoldloopError(
            "columns_missing",
            f"'{file_name}' lacks columns that the profile '{profile.id}' needs.",
            given=sorted(found - {"_row"}),
            allowed=lacking,
            todo=f"goldloop profile check {file_name}",
            file=file_name,
            profile=profile.id,
        )


def _statements(
    built: list[Built],
    frame: Frame,
    moments: pa.Array,
    good: np.ndarray,
    store: Store,
    apart: Collection[int],
) -> tuple[list[Statements], dict[int, tuple[pa.Table, pa.Table]]]:
    """The good rows of every block; a row that `once` would leave nowhere stands in its first block all the same.

    Rows of the blocks whose numbers are in `apart` come by themselves (see `LeftOpen.apart`).
    """
    held: dict[int, tuple[pa.Table, pa.Table]] = {}
    own = moments if frame.cells.profile.moment_column is not None else None
    parts = [(block, chosen(block, good)) for block in built]
    seen = np.zeros(len(good), dtype=bool)
    for block, rows in parts:
        if not block.block.once:
            seen[rows] = True
    statements = []
    for number, (block, rows) in enumerate(parts):
        lost = rows[:0]
        if not block.block.once:
            table = _rows_of(block, frame, rows, moments, store)
        elif block.block.attributes is not None:
            table = once_per_key(_rows_of(block, frame, rows, moments, store), block.block, block.table)
        else:
            some = representatives(block, rows, own)
            table = once_per_key(_rows_of(block, frame, some, moments, store), block.block, block.table)
            lost = rows[~seen[rows]]
            seen[rows] = True
        if number in apart:
            held[number] = (table, _rows_of(block, frame, lost, moments, store))
            continue
        if len(lost):
            table = with_lost(table, _rows_of(block, frame, lost, moments, store), block.table)
        if table.num_rows:
            statements.append(statements_of(table, block.table))
    return _merged(statements), held


def statements_of(rows: pa.Table, table: Table) -> Statements:
    """Rows that carry what they have columns for."""
    return Statements(table.name, rows, frozenset(rows.column_names) - {"_row", "_moment"})


def with_lost(kept: pa.Table, lost: pa.Table, table: Table) -> pa.Table:
    """The rows kept by `once`, and for each other row a copy of its key's row under its own number."""
    lost = lost.filter(pc.invert(pc.is_in(lost["_row"], parse.one(kept["_row"]))))
    key = [c for c in table.key if c in lost.column_names and c != "store"]
    both = pa.concat_tables([kept.select(key), lost.select(key)])
    codes = codes_of([parse.one(both[c]) for c in key])
    position = np.empty(int(codes.max()) + 1, dtype=np.int64)
    position[codes[: kept.num_rows]] = np.arange(kept.num_rows)
    copies = kept.take(pa.array(position[codes[kept.num_rows :]]))
    copies = copies.set_column(copies.column_names.index("_row"), "_row", lost["_row"])
    return pa.concat_tables([kept, copies])


def _merged(statements: list[Statements]) -> list[Statements]:
    """Blocks that fill the same columns of the same table become one."""
    groups: dict[tuple[str, frozenset[str]], list[pa.Table]] = {}
    for one in statements:
        groups.setdefault((one.table, one.carried), []).append(one.rows)
    return [
        Statements(
            name,
            parts[0] if len(parts) == 1 else pa.concat_tables([p.select(parts[0].column_names) for p in parts]),
            carried,
        )
        for (name, carried), parts in groups.items()
    ]


def _moments(own: pa.Array | None, fallback: datetime | None, rows: int) -> pa.Array:
    """Moment of each row's statement: its own, else `fallback` (the export, the latest time in the file, the import)."""
    moments = pa.repeat(pa.scalar(fallback, dates.TIME), rows)
    return moments if own is None else pc.coalesce(own, moments)


def _own_moments(frame: Frame, around: Circumstances) -> pa.Array | None:
    column = frame.cells.profile.moment_column
    if column is None or not frame.cells.has(column):
        return None
    own = frame.cells.time(column)[0]
    return pc.if_else(pc.less_equal(own, pa.scalar(around.latest, dates.TIME)), own, None)


def _latest_time(built: list[Built], own: pa.Array | None, good: np.ndarray) -> datetime | None:
    """The latest time that a good row states, or at which it was true."""
    latest = [] if own is None else [m for m in [pc.max(own.filter(pa.array(good))).as_py()] if m is not None]
    for block in built:
        mask = pa.array(good & block.applies.to_numpy(zero_copy_only=False))
        for name, values in block.columns.items():
            if name != "valid_from" and (pa.types.is_timestamp(values.type) or pa.types.is_date(values.type)):
                found = pc.max(values.filter(mask) if not good.all() else values).as_py()
                if found is not None:
                    latest.append(found if isinstance(found, datetime) else datetime.combine(found, time()))
    return max(latest, default=None)


def _rows_of(block: Built, frame: Frame, rows: np.ndarray, moments: pa.Array, store: Store) -> pa.Table:
    """The block's columns on these rows, with store, currency, `_row` and `_moment`."""
    names = {c.name for c in block.table.stated}
    numbers = parse.one(frame.raw["_row"])
    take = None if len(rows) == len(numbers) else pa.array(rows)
    columns: dict[str, pa.Array] = {}
    if block.block.attributes is not None:
        keys = {k: parse.decoded(v) for k, v in block.columns.items() if k in names}
        found = attributes(block.block.attributes, frame.cells, keys, rows)
        take = parse.one(found["_at"]) if found.num_columns else pa.array([], pa.int64())
        columns = {c: parse.one(found[c]) for c in found.column_names if c != "_at"}
    else:
        columns = {n: parse.decoded(v if take is None else v.take(take)) for n, v in block.columns.items()}
    columns["_row"] = numbers if take is None else numbers.take(take)
    columns["_moment"] = moments if take is None else moments.take(take)
    length = len(columns["_row"])
    if "store" in names and "store" not in columns:
        columns["store"] = pa.repeat(pa.scalar(store.id, pa.int64()), length)
    if "currency" in names and "currency" not in columns:
        columns["currency"] = pa.repeat(pa.scalar(store.currency, pa.string()), length)
    order = [c.name for c in block.table.stated if c.name in columns] + ["_row", "_moment"]
    return pa.table({name: columns[name] for name in order})


def _coverage(statements: list[Statements]) -> Coverage | None:
    """How many of the paid orders have a buyer; None when the sheet speaks of no orders.

    Orders of which the sheet has lines, but not one that is a sale, are no paid orders.
    """
    orders = [s.rows for s in statements if s.table == "orders" and "counted_at" in s.rows.column_names]
    if not orders:
        return None
    no_sale = _orders_without_sale(statements)
    paid_ids, known_ids = [], []
    for rows in orders:
        paid = pc.is_valid(rows["counted_at"])
        if "status" in rows.column_names:
            paid = pc.and_(paid, pc.invert(pc.is_in(rows["status"], pa.array(UNPAID))))
        if len(no_sale):
            paid = pc.and_(paid, pc.invert(pc.is_in(rows["order_id"], no_sale)))
        paid_ids.append(parse.one(rows["order_id"].filter(paid)))
        if "buyer_key" in rows.column_names:
            known_ids.append(parse.one(rows["order_id"].filter(pc.and_(paid, pc.is_valid(rows["buyer_key"])))))
    paid = _different(paid_ids)
    every = sum(map(len, known_ids)) == sum(map(len, paid_ids)) or paid == sum(map(len, paid_ids))
    return Coverage(min(paid, sum(map(len, known_ids))) if every else _different(known_ids), paid)


def _different(ids: list[pa.Array]) -> int:
    """How many different ids there are; exports often list them in their order, then all are."""
    every = pa.concat_arrays(ids) if ids else pa.array([], pa.string())
    ordered = any(pc.all(way(every[:-1], every[1:])).as_py() for way in (pc.less, pc.greater))
    return len(every) if ordered and not every.null_count else len(pc.unique(every))


def _orders_without_sale(statements: list[Statements]) -> pa.Array:
    none, some = [pa.array([], pa.string())], [pa.array([], pa.string())]
    for one in statements:
        if one.table == "order_lines" and "kind" in one.carried:
            other = pc.not_equal(one.rows["kind"], "sale").fill_null(False)
            if pc.any(other).as_py():
                ids = one.rows["order_id"]
                none.append(pc.unique(ids.filter(other)))
                some.append(pc.unique(ids.filter(pc.invert(other))))
    without, having = pa.concat_arrays(none), pa.concat_arrays(some)
    return without.filter(pc.invert(pc.is_in(without, having)))


def days_of(statements: Iterable[Statements], store: Store) -> list[date]:
    """The first and the last day of every time and date that is stated."""
    found: list[date] = []
    shift = timedelta(minutes=store.day_starts)
    for one in statements:
        for name in one.carried - {"valid_from"}:
            values = one.rows[name]
            if pa.types.is_timestamp(values.type):
                ends = [e for e in pc.min_max(values).as_py().values() if e is not None]
                found += [(e - shift).date() for e in ends]
            elif pa.types.is_date(values.type):
                found += [e for e in pc.min_max(values).as_py().values() if e is not None]
    return found


def _words(built: list[Built]) -> dict[str, set[str]]:
    """Words that stand in no list, by column of the tables."""
    words: dict[str, set[str]] = {}
    for block in built:
        for name, unknown in block.unknown.items():
            words.setdefault(name, set()).update(unknown)
    return words


def closing_notes(
    words: Mapping[str, set[str]],
    exported: datetime | None,
    profile: Profile,
    control: Iterable[Control],
    corrected: int,
) -> list[Note]:
    """Unknown words, where the moment of the statements comes from, totals that differ, rows put right."""
    notes = []
    for name, unknown in sorted(words.items()):
        listed = ", ".join(sorted(unknown))
        text = f"Not in the word list of {name}: {listed}. These rows are loaded as 'unknown'."
        notes.append(Note("words_unknown", text, {"column": name, "words": sorted(unknown), "profile": profile.id}))
    if exported is not None:
        text = f"Exported {exported:%Y-%m-%d %H:%M:%S}."
        notes.append(Note("export_moment", text, {"moment": exported.isoformat(" ")}))
    return notes + _control_notes(control) + _corrected_notes(corrected)


def _corrected_notes(rows: int) -> list[Note]:
    """How many rows were put right by what a person said about rows of the same content."""
    text = f"{rows} rows were corrected as rows of the same content were before."
    return [Note("rows_corrected", text, {"rows": rows})] if rows else []


def _control_notes(control: Iterable[Control]) -> list[Note]:
    """What a total row of the file states beyond its rows, or short of them: it stands in no row and is not loaded."""
    notes = []
    for one in control:
        if not one.ok:
            left = one.stated - one.computed
            text = f"'{one.name}' states {one.stated}, the rows sum to {one.computed}: {left} stand in no row and are not loaded."
            params = {"name": one.name, "stated": str(one.stated), "computed": str(one.computed), "left": str(left)}
            notes.append(Note("control_differs", text, params))
    return notes
