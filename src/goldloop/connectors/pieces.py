"""A sheet too large for memory, cut into pieces on disk: rows that depend on one another stay in one piece.

The pieces are Arrow files in a folder of the caller's. Each is normalised like a sheet of its own; what only all of them
together can tell is found out before (`whole_of`) or put together afterwards (`put_together`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse, tidy
from goldloop.connectors.blocks import holds_ids, mostly_cut, once_per_key
from goldloop.connectors.cells import Cells
from goldloop.connectors.circumstances import check_store
from goldloop.connectors.conventions import settled
from goldloop.connectors.frame import corrected, headers_of, short
from goldloop.connectors.grouping import Columns, Grouping
from goldloop.connectors.issues import Control
from goldloop.connectors.marks import MOST_BAD_ROWS, unreadable
from goldloop.connectors.normalise import Coverage, Normalised, Whole, closing_notes, days_of, statements_of, with_lost
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet
from goldloop.core.statements import Statements
from goldloop.core.store import Store
from goldloop.core.table import Table

_AT_ONCE = 1 << 26  # bytes that are gathered before they are written, so that the files have few batches
_SOME = 1000  # rows whose ids show what ids look like
_MOST_VALUES = 2_000_000  # different cells of a column that tell a convention of the sheet
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Fixes = Mapping[str, Mapping[str, str]]


class Piece(RawSheet):
    """Some rows of a sheet, with their numbers in the file."""

    def __init__(self, whole: RawSheet, path: Path, rows: int) -> None:
        super().__init__(file=whole.file, member=whole.member, sheet=whole.sheet)
        self._whole, self._path, self.rows = whole, path, rows

    def first_rows(self, n: int) -> list[list[str]]:
        """The first rows of the whole sheet: preamble and header belong to every piece."""
        return self._whole.first_rows(n)

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """The rows of the piece, in the order of the file."""
        return stored(self._path, names)

    def drop(self) -> None:
        """Take the rows from the disk when they are no longer needed."""
        self._path.unlink()


def store(table: pa.Table, path: Path) -> None:
    """Write a table that is read once more and soon: as it stands in memory, since packing costs more than the disk does."""
    with pa.ipc.new_file(str(path), table.schema) as sink:
        sink.write_table(table)


def stored(path: Path, names: Sequence[str] | None = None) -> pa.Table:
    """The table in a file, or the columns `names` of it and `_row`."""
    with pa.memory_map(str(path)) as source:
        schema = pa.ipc.open_file(source).schema
        wanted = range(len(schema)) if names is None else [
            i for i, n in enumerate(schema.names) if n in set(names) or n == "_row"
        ]  # fmt: skip
        source.seek(0)
        return pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=list(wanted))).read_all()


def cut(
    sheet: RawSheet, header_row: int, profile: Profile, *, by: Columns, pieces: int, fixes: Fixes, folder: Path
) -> list[Piece]:
    """Cut the rows below the header into about so many pieces in `folder`, by the columns that `grouping` found.

    Corrections go before: a corrected order number brings its row to the other rows of that order.
    """
    paths = [folder / f"rows-{number}.arrow" for number in range(pieces)]
    moved = any(column in by for fix in fixes.values() for column in map(profile.spelled, fix))
    with ExitStack() as stack:
        sinks: dict[int, pa.RecordBatchFileWriter] = {}
        counts: Counter[int] = Counter()

        def write(number: int, rows: pa.Table) -> None:
            if number not in sinks:
                opened = pa.ipc.new_file(str(paths[number]), rows.schema, options=_PACKED)
                sinks[number] = stack.enter_context(opened)
            sinks[number].write_table(rows.combine_chunks())
            counts[number] += rows.num_rows

        for at, table in enumerate(_gathered(sheet.tables(header_row))):
            told = corrected(table, profile, fixes) if moved else table
            which = _places(told, profile, by, pieces) if by else np.full(table.num_rows, at % pieces)
            order = np.argsort(which, kind="stable")
            ordered, numbers = table.take(pa.array(order)), which[order]
            starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
            for start, end in zip(starts[:-1], starts[1:], strict=True):
                if end > start:
                    write(int(numbers[start]), ordered.slice(start, end - start))
        return [Piece(sheet, paths[number], counts[number]) for number in sorted(sinks)]


@dataclass(frozen=True)
class About:
    """What `whole_of` is told of a sheet besides its cells."""

    columns: Sequence[str]
    profile: Profile
    store: Store
    way: Grouping
    tables: Mapping[str, Table]
    file_name: str
    other_store_names: Sequence[str]

    @property
    def names(self) -> dict[str, str]:
        """Header -> the profile's name."""
        return {header: name for name, header in headers_of(self.columns, self.profile).items()}

    @property
    def ids(self) -> set[str]:
        """Columns of the profile that hold numbers of things."""
        return {
            column
            for block in self.profile.into
            for target, rule in block.columns.items()
            if holds_ids(self.tables[block.table], target)
            for column in (*rule.sources, *rule.join)
        }

    @property
    def only_ids(self) -> list[str]:
        """The headers of `wanted` of whose cells it is only asked whether a spreadsheet has cut them, if they tell rows apart."""
        if "auto" in (self.profile.decimal, self.profile.date_order) or len(self.way.by) != 1:
            return []
        return [c for c in self.wanted if self.names[c] == self.way.by[0] != self.profile.store_name]

    @property
    def wanted(self) -> list[str]:
        """The headers whose cells tell something about the whole."""
        back, profile = self.names, self.profile
        every = [c for c in self.columns if c in back]
        if every and "auto" in (profile.decimal, profile.date_order):
            return every
        return [c for c in every if back[c] in self.ids | {profile.store_name}]


def whole_of(values: pa.Table, about: About) -> Whole:
    """What the pieces are to know of each other, by their different cells; raises what `normalise` raises for the whole sheet."""
    profile, store, back = about.profile, about.store, about.names
    known, notes = settled(values, profile, store, tables=about.tables, file_name=about.file_name)
    cells = Cells(values.rename_columns([back.get(c, c) for c in values.column_names]), known, store, {})
    notes = check_store(known, cells, about.file_name, about.other_store_names) + notes
    cut_ids = frozenset(c for c in about.ids if c in cells.names and mostly_cut(cells.text(c)))
    return Whole(known, cut_ids, about.way.apart, tuple(notes))


def put_together(said: Sequence[Normalised], whole: Whole, store: Store, decided: Sequence[Statements]) -> Normalised:
    """What the pieces say as one, without their statements; `settle` completes those. `decided`: see `apart`."""
    profile, left = whole.profile, [one.left_open for one in said if one.left_open is not None]
    names = [name for drop in profile.drop for name in [drop.rule] if any(name in one.dropped for one in said)]
    sums = {
        name: short(sum((one.sums.get(name, Decimal(0)) for one in left), Decimal(0)))
        for one in left
        for name in one.sums
    }
    totals = sorted((c for one in said for c in one.control), key=lambda c: c.row)
    control = list(dict.fromkeys(Control(c.name, c.stated, sums.get(c.name, Decimal(0)), c.row) for c in totals))
    words: dict[str, set[str]] = {}
    for one in left:
        for name, unknown in one.words.items():
            words.setdefault(name, set()).update(unknown)
    counted = [one.coverage for one in said if one.coverage is not None]
    days = [day for one in said for day in (one.first_day, one.last_day) if day is not None] + days_of(decided, store)
    notes = closing_notes(words, left[0].exported, profile, control, sum(one.corrected for one in left))
    latest = max((o.latest for o in left if o.latest is not None), default=None)
    dated = {one.dated for one in said if one.read}
    return Normalised(
        read=sum(one.read for one in said),
        statements=[],
        issues=sorted((issue for one in said for issue in one.issues), key=lambda issue: issue.row),
        dropped={name: sum(one.dropped.get(name, 0) for one in said) for name in dict.fromkeys(names)},
        dropped_rows=pa.concat_tables(one.dropped_rows for one in said),
        control=control,
        coverage=Coverage(sum(c.with_key for c in counted), sum(c.orders for c in counted)) if counted else None,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        notes=[*whole.notes, *notes],
        latest=latest,
        dated=dated.pop() if len(dated) == 1 else None,
        left_open=replace(left[0], latest=latest),
    )


def apart(said: Sequence[Normalised], whole: Whole, tables: Mapping[str, Table]) -> list[Statements]:
    """The statements of the blocks that are decided among all pieces; `settle` completes them."""
    found = []
    for number in sorted(whole.apart):
        block = whole.profile.into[number]
        parts = [one.left_open.apart[number] for one in said if one.left_open is not None]
        kept, lost = (pa.concat_tables(some) for some in zip(*parts, strict=True))
        rows = once_per_key(kept, block, tables[block.table])
        if lost.num_rows:
            rows = with_lost(rows, lost, tables[block.table])
        if rows.num_rows:
            found.append(replace(statements_of(rows, tables[block.table]), rank=whole.profile.rank))
    return found


def settle(statements: Statements, whole: Normalised) -> Statements:
    """The statements of a piece with the moments that only the whole sheet tells."""
    left = whole.left_open
    assert left is not None
    moments = pc.fill_null(statements.rows["_moment"], pa.scalar(left.latest or left.imported, pa.timestamp("us")))
    place = statements.rows.column_names.index("_moment")
    return replace(statements, rows=statements.rows.set_column(place, "_moment", moments))


def check_bad_rows(said: Sequence[Normalised], file_name: str) -> None:
    """Raise `rows_unreadable` when the pieces so far have more bad rows than single corrections can mend."""
    bad = sum(one.quarantined for one in said)
    if bad > MOST_BAD_ROWS:
        issues = [issue for one in said for issue in one.issues]
        kinds = [(issue.code, issue.column) for issue in issues]
        code, column = max(set(kinds), key=kinds.count)
        raise unreadable(file_name, bad, code, column)


def _gathered(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in larger tables."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(t.nbytes for t in held) >= _AT_ONCE:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def key_hashes(table: pa.Table, profile: Profile, by: Columns) -> np.ndarray:
    """A number for the cleaned key of each row, equal where keys are; rows without one have one in common."""
    headers = headers_of(table.column_names, profile)
    texts = [parse.clean(parse.one(table[headers[c]]), profile.missing).cast(pa.string()) for c in by]
    return _hashes(texts[0] if len(texts) == 1 else pc.coalesce(*texts))


def _places(table: pa.Table, profile: Profile, by: Columns, pieces: int) -> np.ndarray:
    """The piece of each row, by a hash of its cleaned key; rows without one stay together."""
    return ((key_hashes(table, profile, by) >> np.uint64(33)) % np.uint64(pieces)).astype(np.int64)


def _hashes(texts: pa.Array) -> np.ndarray:
    """A number for each text, the same in every run; 0 for null."""
    texts = texts.fill_null("")
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    if first == last:
        return np.zeros(len(texts), dtype=np.uint64)
    octets = np.r_[np.frombuffer(texts.buffers()[2], dtype=np.uint8)[first:last], np.zeros(8, dtype=np.uint8)]
    words = np.ndarray(last - first, dtype="<u8", buffer=octets.data, strides=(1,))  # eight bytes from each place on
    starts, lengths = offsets[:-1] - first, np.diff(offsets)
    found = np.zeros(len(texts), dtype=np.uint64)
    rows, at = np.flatnonzero(lengths), 0
    while len(rows):
        rest = lengths[rows] - at
        beyond = (8 * np.maximum(8 - rest, 0)).astype(np.uint64)  # bits of the next text
        mixed = (found[rows] ^ (words[starts[rows] + at] << beyond)) * _FACTOR
        found[rows] = mixed ^ (mixed >> np.uint64(29))
        rows, at = rows[rest > 8], at + 8
    return found * _FACTOR


class Different:
    """The different cells of some columns of all pieces, each column for itself; of each piece `quota` at most.

    Of columns of `ids` all are kept that a spreadsheet may have cut, and as many others that it can be told whether most
    are cut: where they are not, and no id stands in two pieces, these are enough.
    """

    def __init__(self, columns: Sequence[str], pieces: int, ids: Collection[str] = ()) -> None:
        self._quota = max(_MOST_VALUES // pieces, 1)
        self._ids = ids
        self._parts: dict[str, list[pa.Array]] = {name: [] for name in columns}

    def add(self, rows: pa.Table) -> None:
        """Take in the cells of a piece."""
        for name, parts in self._parts.items():
            cells = parse.one(rows[name])
            if name in self._ids and parse.is_text(cells) and tidy.is_tidy(cells):
                ending = cells.filter(pc.ends_with(cells, "00"))
                cells = pa.concat_arrays([ending, cells.slice(0, _SOME + 4 * len(ending))])
            parts.append(parse.as_text(pc.unique(cells))[: self._quota])

    def table(self) -> pa.Table:
        """The cells, filled up with nulls."""
        found = {
            n: parts[0] if len(parts) == 1 else pc.unique(pa.concat_arrays(parts))
            for n, parts in self._parts.items()
            if parts
        }
        length = max(map(len, found.values()), default=0)
        full = {n: pa.concat_arrays([v, pa.nulls(length - len(v), v.type)]) for n, v in found.items()}
        return pa.table(full) if full else pa.table({"_row": pa.array([], pa.int64())})
