"""What a sheet says of a buyer besides her key: other identities of hers, and evidence; hashed like the key itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse
from goldloop.connectors.blocks import Built, chosen
from goldloop.connectors.cells import Cells
from goldloop.connectors.codes import codes_of, combined
from goldloop.connectors.declared import Into, Link
from goldloop.connectors.identity import kind_of_key
from goldloop.core.statements import Statements

TABLE = "identities"


def links(
    built: list[Built], cells: Cells, good: np.ndarray, *, numbers: pa.Array, moments: pa.Array, secret: bytes
) -> list[Statements]:
    """Each different pair of a buyer and another key of hers, once: the first row that says it, and its latest moment.

    `numbers` and `moments` of all rows. Nothing where the sheet has one identity of its buyers only.
    """
    parts = [
        _pairs(block, link, cells, good, numbers=numbers, moments=moments, secret=secret)
        for block in built
        if "buyer_key" in block.columns
        for link in _of(block.block, cells)
    ]
    parts = [part for part in parts if part.num_rows]
    if not parts:
        return []
    rows = _distinct(pa.concat_tables(parts))
    rows = rows.add_column(0, "store", pa.repeat(pa.scalar(cells.store.id, pa.int64()), rows.num_rows))
    return [Statements(TABLE, rows, frozenset(rows.column_names) - {"_row", "_moment"})]


def _of(block: Into, cells: Cells) -> Iterator[Link]:
    """What the sheet can say of the block's buyers beyond the key; one column is one identity, whatever it may hold."""
    rule = block.columns["buyer_key"]
    own = [Link((one.column,), one.kind) for one in rule.identity if cells.has(one.column)]
    for link in (*(own if len({one.columns for one in own}) > 1 else ()), *block.links):
        if all(cells.has(column) for column in link.columns):
            yield link


def _pairs(
    built: Built, link: Link, cells: Cells, good: np.ndarray, *, numbers: pa.Array, moments: pa.Array, secret: bytes
) -> pa.Table:
    buyer = built.columns["buyer_key"]
    if len(link.columns) == 1:
        said = cells.coded(link.columns[0]) or cells.text(link.columns[0]).dictionary_encode()
    else:
        said = parse.joined([cells.text(column) for column in link.columns], " ").dictionary_encode()
    hashed_as = "phone" if link.kind == "receiver_phone" else link.kind  # a receiver may well be the buyer of others
    keys = cells.people.of(said.dictionary, kind=hashed_as, store=cells.store, secret=secret).take(said.indices)
    other = pc.not_equal(keys, buyer).fill_null(False).to_numpy(zero_copy_only=False)
    rows = pa.array(np.intersect1d(chosen(built, good), np.flatnonzero(other)))
    found = {"buyer_key": buyer.take(rows), "identity_key": keys.take(rows)}
    return _distinct(pa.table({
        **found,
        "kind": pa.repeat(kind_of_key(link.kind), len(rows)),
        "buyer_kind": parse.decoded(built.columns.get("buyer_kind", cells.constant(None))).take(rows),
        "_row": numbers.take(rows),
        "_moment": moments.take(rows),
    }))  # fmt: skip


def _distinct(rows: pa.Table) -> pa.Table:
    """One row per pair; a moment that is not known yet will be the latest of all."""
    if rows.num_rows < 2:
        return rows
    codes = combined([codes_of([parse.one(rows[name])]) for name in ("buyer_key", "identity_key")])
    moments = rows["_moment"].cast(pa.int64()).fill_null(np.iinfo(np.int64).max).to_numpy()
    numbers = rows["_row"].to_numpy()
    order = np.lexsort((moments, codes))
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
    ends = np.r_[starts[1:], len(order)] - 1
    one = rows.take(pa.array(order[ends]))
    return one.set_column(one.column_names.index("_row"), "_row", pa.array(np.minimum.reduceat(numbers[order], starts)))
