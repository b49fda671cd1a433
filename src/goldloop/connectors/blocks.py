"""One `into` block of a profile, worked out for all rows: which rows it applies to, its columns, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse, special
from goldloop.connectors.cells import Cells
from goldloop.connectors.codes import codes_of
from goldloop.connectors.evaluate import ARROW, Found, Problem, carried, evaluate
from goldloop.connectors.profile import Into, Rule
from goldloop.core.table import Table

_IDS = ("sku", "scope_id", "subject_id", "campaign_id")
_SCIENTIFIC = r"^\d(\.\d+)?[eE]\+\d+$"
_CUT = r"^\d{15}0{2,}$"  # a spreadsheet keeps 15 digits
_LONG = r"^\d{17,}$"
_CUT_SHARE = 0.5
# A moment that is not known yet will be the latest of all: a key that has one among its rows waits for it.
_SETTLED = pc.ScalarAggregateOptions(skip_nulls=False)


@dataclass(slots=True)
class Built:
    """The columns of a block on every row of the sheet, and the rows it applies to."""

    block: Into
    table: Table
    applies: pa.Array
    columns: dict[str, pa.Array] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, set[str]] = field(default_factory=dict)  # column of the table -> words not in its list
    later: list[str] = field(default_factory=list)  # columns that wait for the line keys


def build(block: Into, tables: Mapping[str, Table], cells: Cells, *, secret: bytes, latest: datetime) -> Built:
    """Work the block out, all but the columns that need line keys (`finish` does those).

    `latest` is the last moment that can be true at the time of the import; later ones are mistakes.
    """
    table = tables[block.table]
    built = Built(block, table, cells.hold(block.when))
    found: dict[str, Found] = {}
    for name, rule in block.columns.items():
        if "@line_key" in rule.columns():
            built.later.append(name)
        elif carried(rule, cells) or rule.required or name in table.key:
            found[name] = evaluate(rule, table.column(name).type, cells, secret=secret)
            _judge(built, name, rule, found[name], cells)
    if block.counted and any(cells.has(way.column) for way in block.counted):
        found |= special.counted(block.counted, cells, latest)
    if block.refund is not None and special.refund_is_carried(block.refund, cells, found):
        found |= special.refund(block.refund, cells, found)
    if block.tree is not None:
        found |= special.tree(block.tree, cells, built.applies)
    _collect(built, found, cells, latest)
    if block.unique:
        built.problems.append(_key_twice(built, cells))
    return built


def finish(built: Built, cells: Cells, *, secret: bytes) -> None:
    """Work out the columns that need line keys."""
    for name in built.later:
        rule = built.block.columns[name]
        built.columns[name] = evaluate(rule, built.table.column(name).type, cells, secret=secret).values


def _collect(built: Built, found: dict[str, Found], cells: Cells, latest: datetime) -> None:
    """Turn what was found into columns, flags and problems on the rows of this block."""
    names = {c.name for c in built.table.stated}
    flags: list[pa.Array] = []
    for name, one in found.items():
        kind = built.table.column(name).type
        built.columns[name] = one.values if pa.types.is_dictionary(one.values.type) else one.values.cast(ARROW[kind])
        if kind in ("time", "date") and not cells.profile.future and name != "counted_at":
            bound = pa.scalar(latest if kind == "time" else latest.date(), ARROW[kind])
            late = pc.greater(built.columns[name], bound).fill_null(False)
            one.problems.append(Problem(late, _source(built, name), "future_date"))
        built.problems += one.problems
        if one.unknown:
            built.unknown[name] = one.unknown
        if one.flags is not None and name == "buyer_key":
            built.columns["buyer_kind"] = one.flags
        elif one.flags is not None:
            flags.append(one.flags)
    if flags and "flags" in names:
        own = [built.columns["flags"]] if "flags" in built.columns else []
        built.columns["flags"] = parse.joined([parse.decoded(c) for c in (*own, *flags)], " ")
    if "buyer_kind" in built.columns and "buyer_kind" not in names:
        del built.columns["buyer_kind"]


def _source(built: Built, name: str) -> str:
    """The column of the file that a person looks at when `name` is wrong."""
    rule = built.block.columns.get(name)
    if rule is not None:
        return next((c for c in rule.columns() if not c.startswith("@")), name)
    return name


def _judge(built: Built, name: str, rule: Rule, found: Found, cells: Cells) -> None:
    """Missing values where one must stand, and numbers of things that have lost digits."""
    if rule.required or (name in built.table.key and name != "store"):
        there = (c for c in rule.columns() if not c.startswith("@") and cells.has(c))
        column = next(there, _source(built, name))
        found.problems.append(Problem(pc.is_null(found.values), column, "missing_value"))
    if holds_ids(built.table, name):
        for column in (*rule.sources, *rule.join):
            if not column.startswith("@") and cells.has(column) and parse.is_text(cells.column(column)):
                cut, coded = None if cells.cut is None else column in cells.cut, cells.coded(column)
                if coded is None:
                    mask = _damaged(cells.text(column), cut)
                else:
                    mask = _damaged(coded.dictionary, cut).take(coded.indices)
                found.problems.append(Problem(mask.fill_null(False), column, "id_damaged"))


def _key_twice(built: Built, cells: Cells) -> Problem:
    """Rows of one key that differ in anything that stands in the file."""
    key = [c for c in built.table.key if c in built.columns]
    here = built.applies.to_numpy(zero_copy_only=False)
    for name in key:
        here = here & pc.is_valid(built.columns[name]).to_numpy(zero_copy_only=False)
    keys = codes_of([built.columns[c] for c in key])
    again = np.flatnonzero(here)
    again = again[np.bincount(keys[again], minlength=1)[keys[again]] > 1] if len(again) else again
    bad = np.zeros(cells.rows, dtype=bool)
    if len(again):
        content, of = cells.content(again), keys[again]
        home = np.empty(int(of.max()) + 1, dtype=np.int64)
        home[of] = content
        bad[again[np.isin(of, of[home[of] != content])]] = True
    column = next((c for k in reversed(key) if not (c := _source(built, k)).startswith("@")), "")
    return Problem(pa.array(bad), column, "key_twice")


def holds_ids(table: Table, name: str) -> bool:
    """Whether the column holds numbers of things, whose every digit counts."""
    return table.column(name).type == "text" and (name.endswith("_id") or name in _IDS)


def _damaged(values: pa.Array, cut: bool | None) -> pa.Array:
    """Numbers of things in which a spreadsheet has rounded the last digits away.

    1.23E+18 always; 17 and more digits of which only the first 15 are not zero when most long ones of the column are so
    (`cut`, where the column is known better than from `values`).
    """
    bad = parse.none_of(len(values))
    if pc.any(pc.match_substring(values, "+")).as_py():
        bad = pc.match_substring_regex(values, _SCIENTIFIC).fill_null(False)
    if mostly_cut(values) if cut is None else cut:
        bad = pc.or_(bad, pc.match_substring_regex(values, _CUT).fill_null(False))
    return bad


def mostly_cut(values: pa.Array) -> bool:
    """Whether most different numbers of 17 and more digits have only zeros behind the 15th."""
    ending = values.filter(pc.ends_with(values, "00"))  # few, and quickly found
    cut = pc.unique(ending.filter(pc.match_substring_regex(ending, _CUT)))
    if len(cut) < 2:
        return False
    long = pc.sum(pc.match_substring_regex(pc.unique(values), _LONG)).as_py()
    return len(cut) > long * _CUT_SHARE


def representatives(built: Built, rows: np.ndarray, moments: pa.Array | None) -> np.ndarray:
    """Of these rows, the first of each key and those that differ from it in anything: enough for `once_per_key`."""
    if any(rule.take == "sum" for rule in built.block.columns.values()) or len(rows) < 2:
        return rows
    take = pa.array(rows)
    keys = codes_of([built.columns[c].take(take) for c in built.table.key if c in built.columns])
    first = np.empty(int(keys.max()) + 1, dtype=np.int64)
    first[keys[::-1]] = np.arange(len(rows) - 1, -1, -1)
    home = first[keys]
    keep = home == np.arange(len(rows))
    for name, values in built.columns.items():
        rule = built.block.columns.get(name)
        if name not in built.table.key and (rule is None or rule.value is None or rule.cases):
            keep |= _differs(values.take(take), home)
    if moments is not None:
        keep |= _differs(moments.take(take), home)
    return rows[keep]


def _differs(values: pa.Array, home: np.ndarray) -> np.ndarray:
    """Where a value is not the one at its `home` position."""
    if pa.types.is_timestamp(values.type) or pa.types.is_int64(values.type):
        missing = pc.is_null(values).to_numpy(zero_copy_only=False)
        numbers = values.cast(pa.int64()).fill_null(0).to_numpy()
        return (numbers != numbers[home]) | (missing != missing[home])
    codes = codes_of([values])
    return codes != codes[home]


def once_per_key(rows: pa.Table, block: Into, table: Table) -> pa.Table:
    """One row per key: each column by its rule's `take`, nulls left out; `_row` is the first, `_moment` the last of them."""
    key = [c for c in table.key if c in rows.column_names and c != "store"]
    if not key or rows.num_rows < 2:
        return rows
    codes = codes_of([parse.one(rows[c]) for c in key])
    if int(codes.max()) + 1 == rows.num_rows:
        return rows
    takes = {name: rule.take for name, rule in block.columns.items()} | {"_moment": "max"}
    constant = [c for c in ("store", "currency") if c in rows.column_names and c not in block.columns]
    rest = [c for c in rows.column_names if c not in constant]
    grouped = (
        rows.select(rest)
        .append_column("_code", pa.array(codes))
        .group_by("_code", use_threads=False)
        .aggregate([(c, takes.get(c, "min"), _SETTLED if c == "_moment" else None) for c in rest])
    )
    grouped = grouped.select([f"{c}_{takes.get(c, 'min')}" for c in rest]).rename_columns(rest)
    for name in constant:
        grouped = grouped.append_column(name, pa.repeat(rows[name][0], grouped.num_rows))
    return grouped.select(rows.column_names).cast(rows.schema)


def chosen(built: Built, good: np.ndarray) -> np.ndarray:
    """Positions of the good rows the block applies to."""
    return np.flatnonzero(built.applies.to_numpy(zero_copy_only=False) & good)
