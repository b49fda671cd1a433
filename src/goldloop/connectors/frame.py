"""From a sheet as it was read to the rows that are data: names, corrections, dropped rows, filled-down cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse
from goldloop.connectors.cells import Cells
from goldloop.connectors.codes import codes_of
from goldloop.connectors.issues import Control, content_hashes
from goldloop.connectors.profile import FillDown, Profile
from goldloop.core.store import Store

DROPPED = pa.schema([("_row", pa.int64()), ("rule", pa.string())])


@dataclass(slots=True)
class Frame:
    """The data rows of a sheet.

    `raw` are the rows as they stand in the file (dropped ones left out), `table` the same rows under the profile's
    names, corrected and filled down. `origins` says for each filled-down column from which row a cell was taken (-1:
    its own). `corrected` counts rows that hold cells a person corrected before. `headers` gives the file's header for each of the profile's names.
    """

    read: int
    raw: pa.Table
    table: pa.Table
    cells: Cells
    headers: dict[str, str]
    dropped: dict[str, int] = field(default_factory=dict)
    dropped_rows: pa.Table = field(default_factory=lambda: DROPPED.empty_table())
    control: list[Control] = field(default_factory=list)
    sums: dict[str, Decimal] = field(default_factory=dict)  # of the rows here, by the name of the control
    origins: dict[str, np.ndarray] = field(default_factory=dict)
    corrected: int = 0


def frame_of(
    raw: pa.Table,
    profile: Profile,
    store: Store,
    *,
    fixes: Mapping[str, Mapping[str, str]],
    only: tuple[str, str] | None,
    is_piece: bool = False,
) -> Frame:
    """The data rows of the sheet `raw` (all rows below its header, with `_row`).

    `fixes` (content hash -> column -> value) replaces cells before anything is parsed; `only` (column, value) limits
    the sheet to the rows that hold this value. Of a sheet that `is_piece` of another the sums are told that a total row
    in another piece may state.
    """
    raw = raw.combine_chunks()
    headers = headers_of(raw.column_names, profile)
    if only is not None:
        name = headers.get(only[0], only[0])
        kept = pc.equal(parse.clean(parse.one(raw[name])), only[1]).fill_null(False)
        raw = raw.filter(kept)
    table, corrected = _corrected(raw, fixes, headers) if fixes else (raw, 0)
    back = {header: name for name, header in headers.items()}
    table = table.rename_columns([back.get(c, c) for c in table.column_names])
    frame = Frame(raw.num_rows, raw, table, Cells(table, profile, store, {}), headers, corrected=corrected)
    _drop(frame, profile, store, is_piece)
    if profile.fill_down is not None:
        _fill(frame, profile.fill_down)
        frame.cells = Cells(frame.table, profile, store, {})
    return frame


def headers_of(found: Sequence[str], profile: Profile) -> dict[str, str]:
    """The profile's name -> the file's header; the name itself goes before its aliases, the first alias before others."""
    names = {c: c for c in found if c in profile.names and c not in profile.aliases}
    for header in found:
        name = profile.spelled(header)
        if name in profile.names:
            names.setdefault(profile.aliases.get(name, name), header)
    return names


def corrected(raw: pa.Table, profile: Profile, fixes: Mapping[str, Mapping[str, str]]) -> pa.Table:
    """The rows of a sheet with the corrections that are remembered for them."""
    return _corrected(raw.combine_chunks(), fixes, headers_of(raw.column_names, profile))[0]


def _corrected(
    raw: pa.Table, fixes: Mapping[str, Mapping[str, str]], headers: Mapping[str, str]
) -> tuple[pa.Table, int]:
    """The rows with the corrected cells of those whose raw content is known by its hash, and how many those are."""
    hits = [(i, fixes[h]) for i, h in enumerate(content_hashes(raw)) if h in fixes]
    changes: dict[str, dict[int, str]] = {}
    for row, fix in hits:
        for column, value in fix.items():
            changes.setdefault(headers.get(column, column), {})[row] = value
    for column, cells in changes.items():
        if column not in raw.column_names:
            continue
        texts = parse.as_text(parse.one(raw[column])).to_pylist()
        for row, value in cells.items():
            texts[row] = value or None
        raw = raw.set_column(raw.column_names.index(column), column, pa.array(texts, pa.string()))
    return raw, len(hits)


def _drop(frame: Frame, profile: Profile, store: Store, is_piece: bool) -> None:
    """Take the rows out that are no data, by the first rule that matches, and compare the sums they state."""
    left = pc.invert(parse.none_of(frame.table.num_rows))
    gone: list[tuple[str, pa.Array]] = []
    matched = []
    for rule in profile.drop:
        mask = pc.and_(frame.cells.hold(rule.when), left)
        if pc.any(mask).as_py():
            left = pc.and_(left, pc.invert(mask))
            gone.append((rule.rule, mask))
            matched.append((rule, mask))
    for rule, mask in matched:
        found = [c for column in rule.control for c in _control(frame, rule.rule, *column, mask, left)]
        frame.control += dict.fromkeys(found)  # a total that is there twice says nothing twice
    if is_piece:
        for rule in profile.drop:
            for column, summed in rule.control:
                frame.sums[control_name(rule.rule, column)] = _sum(frame.cells, summed, left)
    rows, rules = [], []
    for name, mask in gone:
        numbers = parse.one(frame.raw["_row"]).filter(mask)
        rows.append(numbers)
        rules.append(pa.repeat(name, len(numbers)))
        frame.dropped[name] = frame.dropped.get(name, 0) + len(numbers)
    if gone:
        frame.dropped_rows = pa.table([pa.concat_arrays(rows), pa.concat_arrays(rules)], schema=DROPPED)
        names, frame.raw = frame.table.column_names, frame.raw.filter(left)
        frame.table = frame.table.filter(left) if frame.corrected else frame.raw.rename_columns(names)  # the same cells
        frame.cells = Cells(frame.table, profile, store, {})


def _control(frame: Frame, rule: str, column: str, summed: str, stated: pa.Array, rows: pa.Array) -> list[Control]:
    """One control per dropped row that states in `column` the sum of the column `summed`."""
    cells = frame.cells
    if not cells.has(column) or not cells.has(summed):
        return []
    computed, name = _sum(cells, summed, rows), control_name(rule, column)
    values, numbers = cells.number(column)[0].filter(stated), parse.one(frame.raw["_row"]).filter(stated)
    return [
        Control(name, short(v), short(computed), row)
        for v, row in zip(values.to_pylist(), numbers.to_pylist(), strict=True)
        if v is not None
    ]


def control_name(rule: str, column: str) -> str:
    """What a sum is called that rows dropped by `rule` state in `column`."""
    return f"{rule}: {column}"


def _sum(cells: Cells, column: str, rows: pa.Array) -> Decimal:
    return pc.sum(cells.number(column)[0].filter(rows)).as_py() or Decimal(0)


def short(value: Decimal) -> Decimal:
    """The same number without useless zeros.

    >>> short(Decimal("2.500")), short(Decimal("300"))
    (Decimal('2.5'), Decimal('300'))
    """
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def _fill(frame: Frame, rule: FillDown) -> None:
    """Give every row of a key the cells that stand on one of its rows only."""
    if rule.key not in frame.table.column_names:
        return
    keys = frame.cells.text(rule.key)
    codes = codes_of([keys])
    known = pc.is_valid(keys).to_numpy(zero_copy_only=False)
    table = frame.table
    for name in table.column_names:
        if name not in rule.columns and not any(piece in name for piece in rule.like):
            continue
        filled = frame.cells.filled(name).to_numpy(zero_copy_only=False)
        if filled.all():
            continue
        rows = np.flatnonzero(filled & known)[::-1]
        first = np.full(int(codes.max(initial=0)) + 1, -1, dtype=np.int64)
        first[codes[rows]] = rows
        origin = np.where(filled | ~known, -1, first[codes])
        take = np.where(origin >= 0, origin, np.arange(len(origin)))
        column = parse.one(table[name]).take(pa.array(take))
        table = table.set_column(table.column_names.index(name), name, column)
        frame.origins[name] = origin
    frame.table = table
