"""Columns that are worked out together: when an order counts, what it refunds, the tree of sources, product attributes."""

from __future__ import annotations

import itertools
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse
from goldloop.connectors.cells import Cells
from goldloop.connectors.evaluate import Found, Problem
from goldloop.connectors.profile import Attributes, Counted, Refund, Tree


def counted(ways: tuple[Counted, ...], cells: Cells, latest: datetime) -> dict[str, Found]:
    """`counted_at` and `moment_basis` from the first way that applies and whose column says a time (up to `latest`)."""
    moment, basis = pa.nulls(cells.rows, pa.timestamp("us")), cells.constant(None)
    problems = []
    for way in ways:
        values, bad = cells.time(way.column, extract=way.extract)
        here = pc.and_(cells.hold(way.when), pc.is_null(moment))
        problems.append(Problem(pc.and_(here, bad), way.column, "bad_date"))
        takes = pc.and_(here, pc.is_valid(values))
        late = pc.greater(values, pa.scalar(latest, pa.timestamp("us"))).fill_null(False)
        if not cells.profile.future:
            problems.append(Problem(pc.and_(takes, late), way.column, "future_date"))
        moment = pc.if_else(takes, values, moment)
        basis = pc.if_else(takes, way.basis, basis)
    return {"counted_at": Found(moment, problems), "moment_basis": Found(basis)}


def refund(way: Refund, cells: Cells, built: dict[str, Found]) -> dict[str, Found]:
    """`refund_stated` (minor units) and `refund_basis` (known, inferred, unknown) of every row."""
    amount, problems = _amount(way, cells)
    positive = pc.greater(amount, 0).fill_null(False)
    done = positive
    if way.done:
        done = pc.or_(done, cells.hold(way.done))
    if way.done_status and "status" in built:
        done = pc.or_(done, pc.is_in(parse.decoded(built["status"].values), pa.array(way.done_status)))
    if way.open:
        done = pc.and_(done, pc.invert(cells.hold(way.open)))
    whole = built[way.whole].values if way.whole in built else pa.nulls(cells.rows, pa.int64())
    if way.part:
        whole = pc.if_else(cells.hold(way.part), None, whole)
    value = pc.if_else(done, pc.if_else(positive, amount, whole), 0)
    basis = pc.if_else(pc.and_(done, pc.invert(positive)), "inferred", "known")
    basis = pc.if_else(pc.is_null(value), "unknown", basis)
    return {"refund_stated": Found(value.cast(pa.int64()), problems), "refund_basis": Found(basis)}


def _amount(way: Refund, cells: Cells) -> tuple[pa.Array, list[Problem]]:
    if way.amount is None or not cells.has(way.amount):
        return pa.nulls(cells.rows, pa.int64()), []
    none = parse.fold(pa.array(way.none, pa.string()))

    def read(values: pa.Array) -> tuple[pa.Array, ...]:
        text = cells.clean(values)
        return cells.as_number(pc.if_else(pc.is_in(parse.fold(text), none), "0", text), money=True)

    values, bad = cells.per_value(way.amount, read)
    problem = Problem(bad.fill_null(False), way.amount, "bad_number")
    return parse.to_minor(values, cells.store.currency), [problem]


def refund_is_carried(way: Refund, cells: Cells, built: dict[str, Found]) -> bool:
    """Whether this sheet says anything about refunds."""
    return any(cells.has(c) for c in way.columns()) or (bool(way.done_status) and "status" in built)


def tree(way: Tree, cells: Cells, applies: pa.Array) -> dict[str, Found]:
    """`scope_id`, `title`, `level`, `is_parent` and `source_group` of a table whose columns are levels of sources."""
    stop = {parse.fold_word(w) for w in way.subtotal}
    paths = _paths(cells, way.levels, stop)
    whole = [p + q for p, q in zip(_paths(cells, way.prefix, set()), paths, strict=True)]
    per = _paths(cells, way.per, set())
    chosen = [p for p, here in zip(zip(per, whole, strict=True), applies.to_pylist(), strict=True) if here]
    parents = {(days, path[:n]) for days, path in chosen for n in range(1, len(path))}
    known = {parse.fold_word(k): v for k, v in cells.profile.maps[way.group].words.items()} if way.group else {}
    values: dict[str, pa.Array] = {
        "scope_id": pa.array(["/".join(path) or None for path in whole], pa.string()),
        "title": pa.array([path[-1] if path else None for path in whole], pa.string()),
        "level": pa.array([len(path) for path in paths], pa.int64()),
        "is_parent": pa.array([key in parents for key in zip(per, whole, strict=True)], pa.bool_()),
        "source_group": pa.array([_group(path, known) for path in paths], pa.string()),
    }
    found = {name: Found(array) for name, array in values.items()}
    found["scope_id"].problems.append(Problem(pc.is_null(values["scope_id"]), way.levels[0], "missing_value"))
    return found


def _paths(cells: Cells, columns: tuple[str, ...], stop: set[str]) -> list[tuple[str, ...]]:
    """The words of these columns on each row, up to the first missing one or one in `stop`."""
    if not columns:
        return [()] * cells.rows
    paths = []
    for row in zip(*(cells.text(c).to_pylist() for c in columns), strict=True):
        path = itertools.takewhile(lambda word: word is not None and parse.fold_word(word) not in stop, row)
        paths.append(tuple(path))
    return paths


def _group(path: tuple[str, ...], known: dict[str, str]) -> str:
    """The group of the lowest level that the word list knows."""
    return next((known[w] for w in map(parse.fold_word, reversed(path)) if w in known), "unmapped")


def attributes(way: Attributes, cells: Cells, keys: dict[str, pa.Array], rows: np.ndarray) -> pa.Table:
    """One row per filled cell of every column but the skipped ones, for the given rows.

    `keys` are item_kind, item_id and valid_from of every row of the sheet.
    """
    parts = []
    for name in cells.names:
        if name in way.skip or name.startswith("["):  # a column without a name
            continue
        value = cells.text(name)
        filled = np.flatnonzero(pc.is_valid(value).to_numpy(zero_copy_only=False))
        take = pa.array(np.intersect1d(filled, rows))
        part = {key: values.take(take) for key, values in keys.items()}
        part |= {"attribute": pa.repeat(name, len(take)), "value": value.take(take), "_at": take}
        parts.append(pa.table(part))
    return pa.concat_tables(parts) if parts else pa.table({})
