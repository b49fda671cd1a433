"""Columns of Arrow tables as numpy arrays, without pandas, which pyarrow loads for that where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

NUMBERS = {  # names of types in Arrow and in numpy
    "double": "float64",
    "float": "float32",
    **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def array(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The values of a column, in memory that may not be written to where it is the column's own.

    Numbers and truth values without nulls come as they are; all others as `to_numpy` gives them.

    >>> import pyarrow as pa
    >>> array(pa.chunked_array([[1, 2], [3]])), array(pa.array([True, False]))
    (array([1, 2, 3]), array([ True, False]))
    """
    whole = column.combine_chunks() if hasattr(column, "chunks") else column
    kind = str(whole.type)
    if not whole.null_count and kind == "bool":
        return np.from_dlpack(whole.cast("uint8")).view(np.bool_)
    if not whole.null_count and kind in NUMBERS:
        return np.from_dlpack(whole)
    return whole.to_numpy(zero_copy_only=False)


def or_zero(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The numbers of a column, 0 where there is none; columns of decimals and days are not for it.

    >>> import pyarrow as pa
    >>> or_zero(pa.array([5, None, 7]))
    array([5, 0, 7])
    """
    whole = column.combine_chunks() if hasattr(column, "chunks") else column
    if not whole.null_count:
        return array(whole)
    kind = NUMBERS[str(whole.type)]
    held = np.frombuffer(whole.buffers()[1], kind)[whole.offset : whole.offset + len(whole)]
    return np.where(array(whole.is_valid()), held, np.zeros(1, kind))
