"""Content keys for lines of sources without a line number, the same in every file that holds the same lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse
from goldloop.connectors.cells import Cells
from goldloop.connectors.codes import codes_of, combined
from goldloop.connectors.evaluate import NUMBERS
from goldloop.connectors.profile import Profile
from goldloop.core.table import Table


def line_keys(cells: Cells, tables: Mapping[str, Table], good: np.ndarray) -> pa.Array:
    """Values of the profile's line_key columns joined by `|`, then `#n` for the n-th equal line of the order.

    Numbers are written without useless zeros, missing words are nothing. Equal lines are counted in the order of the
    rest of their content, so that shuffling a file changes no key. Only `good` rows count and get a key.
    """
    line_key = cells.profile.line_key
    assert line_key is not None
    numeric = _numeric_columns(cells.profile, tables)
    parts, codes = [], [cells.codes(line_key.order)]
    for names in line_key.columns:
        filled = [_canonical(cells, c, numeric) for c in names]
        parts.append(filled[0] if len(filled) == 1 else pc.coalesce(*filled))
        plain = len(names) == 1 and names[0] not in numeric
        codes.append(cells.codes(names[0]) if plain else codes_of(parts[-1:]))
    content = combined(codes[1:])
    place = _places(cells, combined([codes[0], content]), good)
    return _texts(parts, content, place, good)


def _numeric_columns(profile: Profile, tables: Mapping[str, Table]) -> set[str]:
    """Columns of the file that the profile reads as numbers."""
    return {
        column
        for block in profile.into
        for target, rule in block.columns.items()
        if tables[block.table].column(target).type in NUMBERS
        for column in rule.columns()
    }


def _canonical(cells: Cells, column: str, numeric: set[str]) -> pa.Array:
    if column not in numeric or not cells.has(column):
        return cells.text(column)

    def written(values: pa.Array) -> tuple[pa.Array, ...]:
        numbers, bad = cells.as_number(values)
        return (pc.if_else(bad, cells.clean(values), parse.plain_text(numbers)),)

    return cells.per_value(column, written)[0]


def _places(cells: Cells, lines: np.ndarray, good: np.ndarray) -> np.ndarray:
    """1 for the first line of its kind in its order, 2 for the second ..."""
    place = np.ones(len(lines), dtype=np.int64)
    rows = np.flatnonzero(good)
    ordered = np.sort(lines[rows])
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return place
    at = np.minimum(np.searchsorted(twice, lines[rows]), len(twice) - 1)
    again = rows[twice[at] == lines[rows]]
    order = np.lexsort((again, cells.content(again), lines[again]))
    group = lines[again][order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    within = np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))
    place[again[order]] = within + 1
    return place


def _texts(parts: list[pa.Array], content: np.ndarray, place: np.ndarray, good: np.ndarray) -> pa.Array:
    """The keys as text, written once per distinct one."""
    both = combined([content, place])
    _, first, which = np.unique(both, return_index=True, return_inverse=True)
    take = pa.array(first)
    texts = pc.binary_join_element_wise(*(p.take(take).fill_null("") for p in parts), "|")
    texts = pc.binary_join_element_wise(texts, pa.array(place[first]).cast(pa.string()), "#")
    return texts.take(pa.array(which, mask=~good))
