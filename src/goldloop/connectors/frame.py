"""From a sheet as it was read to the rows that are data: names, corrections, dropped rows, filled-down cells."""

from __future__ import annotations

from collections.abc import Mapping
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

_DROPPED = pa.schema([("_row", pa.int64()), ("rule", pa.string())])


@dataclass(slots=True)
class Frame:
    """The data rows of a sheet.

    `raw` are the rows as they stand in the file (dropped ones left out), `table` the same rows under the profile's
    names, corrected and filled down. `origins` says for each filled-down column from which row a cell was taken (-1:
    its own). `headers` gives the file's header for each of the profile's names.
    """

    read: int
    raw: pa.Table
    table: pa.Table
    cells: Cells
    headers: dict[str, str]
    dropped: dict[str, int] = field(default_factory=dict)
    dropped_rows: pa.Table = field(default_factory=lambda: _DROPPED.empty_table())
    control: list[Control] = field(default_factory=list)
    origins: dict[str, np.ndarray] = field(default_factory=dict)


def frame_of(
    raw: pa.Table,
    profile: Profile,
    store: Store,
    *,
    fixes: Mapping[str, Mapping[str, str]],
    only: tuple[str, str] | None,
) -> Frame:
    """The data rows of the sheet `raw` (all rows below its header, with `_row`).

    `fixes` (content hash -> column -> value) replaces cells before anything is parsed; `only` (column, value) limits
    the sheet to the rows that hold this value.
    """
    raw = raw.combine_chunks()
    headers = _names(raw.column_names, profile)
    if only is not None:
        name = headers.get(only[0], only[0])
        kept = pc.equal(parse.clean(parse.one(raw[name])), only[1]).fill_null(False)
        raw = raw.filter(kept)
    table = _corrected(raw, fixes, headers) if fixes else raw
    back = {header: name for name, header in headers.items()}
    table = table.rename_columns([back.get(c, c) for c in table.column_names])
    frame = Frame(raw.num_rows, raw, table, Cells(table, profile, store, {}), headers)
    _drop(frame, profile, store)
    if profile.fill_down is not None:
        _fill(frame, profile.fill_down)
        frame.cells = Cells(frame.table, profile, store, {})
    return frame


def _names(found: list[str], profile: Profile) -> dict[str, str]:
    """The profile's name -> the file's header; the name itself goes before its aliases, the first alias before others."""
    names = {c: c for c in found if c in profile.names and c not in profile.aliases}
    for header in found:
        name = profile.aliases.get(header)
        if name is not None:
            names.setdefault(name, header)
    return names


def _corrected(raw: pa.Table, fixes: Mapping[str, Mapping[str, str]], headers: Mapping[str, str]) -> pa.Table:
    """The rows with the corrected cells of those whose raw content is known by its hash."""
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
    return raw


def _drop(frame: Frame, profile: Profile, store: Store) -> None:
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
        frame.control += [c for column in rule.control for c in _control(frame.cells, rule.rule, column, mask, left)]
    rows, rules = [], []
    for name, mask in gone:
        numbers = parse.one(frame.raw["_row"]).filter(mask)
        rows.append(numbers)
        rules.append(pa.repeat(name, len(numbers)))
        frame.dropped[name] = frame.dropped.get(name, 0) + len(numbers)
    if gone:
        frame.dropped_rows = pa.table([pa.concat_arrays(rows), pa.concat_arrays(rules)], schema=_DROPPED)
        frame.raw, frame.table = frame.raw.filter(left), frame.table.filter(left)
        frame.cells = Cells(frame.table, profile, store, {})


def _control(cells: Cells, rule: str, column: str, stated: pa.Array, rows: pa.Array) -> list[Control]:
    """One control per dropped row that states a sum in this column."""
    if not cells.has(column):
        return []
    values = cells.number(column)[0]
    computed = pc.sum(values.filter(rows)).as_py() or Decimal(0)
    found = [v for v in values.filter(stated).to_pylist() if v is not None]
    return [Control(f"{rule}: {column}", _short(v), _short(computed)) for v in found]


def _short(value: Decimal) -> Decimal:
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
    for name in rule.columns:
        if name not in table.column_names:
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
