"""Numbers instead of values: rows are compared, grouped and counted by small integers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_SAFE = 1 << 62


def codes_of(parts: list[pa.Array]) -> np.ndarray:
    """A number per row from 0 without gaps, equal where all parts are equal (null is equal to null)."""
    codes = [_encoded(p) for p in parts]
    return codes[0] if len(codes) == 1 else dense(combined(codes))


def combined(codes: list[np.ndarray]) -> np.ndarray:
    """One number per row for several, equal where all are equal; it may have gaps."""
    found = codes[0]
    for code in codes[1:]:
        if not len(found):
            return found
        size = int(code.max()) + 1
        if (int(found.max()) + 1) * size >= _SAFE:
            found = dense(found)
        found = found * size + code
    return found


def dense(codes: np.ndarray) -> np.ndarray:
    """The same numbers without gaps, in the same order."""
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _encoded(values: pa.Array) -> np.ndarray:
    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    indices = coded.indices
    if indices.null_count:
        indices = indices.fill_null(len(coded.dictionary))
    return indices.to_numpy().astype(np.int64)
