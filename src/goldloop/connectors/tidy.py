"""Whether a text column needs any cleaning: told by the first and the last bytes of its values, not by reading them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_PLAIN = np.zeros(256, dtype=bool)
_PLAIN[0x21:0x7F] = True  # ASCII that is neither blank nor control
_FIRST = _PLAIN.copy()
_FIRST[[ord("'"), ord("=")]] = False  # guards of spreadsheets
_WIDE = np.zeros(256, dtype=bool)
_WIDE[0xE4:0xEA] = True  # first bytes of Chinese characters: none of them is blank or invisible


def is_tidy(values: pa.Array) -> bool:
    """Whether no value begins or ends with a blank, an invisible character or a guard; False also where that is unclear."""
    octets, starts, ends = _places(values)
    if not len(starts):
        return True
    first = octets[starts]
    if not (_FIRST | _WIDE)[first].all():
        return False
    odd = ends[~_PLAIN[octets[ends - 1]]]
    return not len(odd) or bool((odd >= 3).all() and _WIDE[octets[odd - 3]].all())


def holds_none(values: pa.Array, words: pa.Array) -> bool:
    """Whether it is certain that no value is one of these words (lower case), as none begins like one of them."""
    octets, starts, _ = _places(values)
    heads = ~(_PLAIN | _WIDE)  # other letters may have a lower case that is ASCII
    for word in words.to_pylist():
        heads[list(word.encode()[:1] + word[:1].upper().encode()[:1])] = True
    return not heads[octets[starts]].any() and not pc.any(pc.equal(pc.binary_length(values), 0)).as_py()


def _places(values: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The bytes of a text column, and where its filled values begin and end in them."""
    kind = np.int64 if pa.types.is_large_string(values.type) else np.int32
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        nowhere = np.array([], dtype=np.int64)
        return np.array([], dtype=np.uint8), nowhere, nowhere
    bounds: np.ndarray = np.frombuffer(
        offsets, dtype=kind, count=len(values) + 1, offset=values.offset * np.dtype(kind).itemsize
    )
    starts, ends = bounds[:-1], bounds[1:]
    filled = ends > starts
    if not filled.all():
        starts, ends = starts[filled], ends[filled]
    return np.frombuffer(data, dtype=np.uint8), starts, ends
