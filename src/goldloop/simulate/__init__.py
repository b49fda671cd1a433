"""A simulated shop group with known truth, written out as real export files; nothing heavy is loaded on import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from goldloop.simulate.manifest import FileSpec, Manifest, StoreSpec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileSpec", "Manifest", "StoreSpec", "large_statements", "write_group"]


def write_group(folder: Path, *, size: Literal["small", "medium"], seed: int, last_day: date) -> Manifest:
    """Write the export files of four simulated stores and their truth below `folder`.

    26 calendar months that end with `last_day`; small has about 50 thousand order lines in all, medium one million.
    The same arguments give the same bytes. Raises `size_unknown` for any other size.
    """
    from goldloop.simulate.writing import write_group as write

    return write(folder, size=size, seed=seed, last_day=last_day)


def large_statements(*, seed: int, lines: int, last_day: date, stores: int = 4) -> Iterator[dict[str, pa.Table]]:
    """About `lines` order lines over 26 months as statement tables, a part of a month at a time, for benchmarks.

    Each item maps `orders` and `order_lines` to tables with the stated columns of the lake's schema, `_row` and
    `_moment`, and `store_day` to the shop rows of its days. Stores have the ids 1 to `stores` and sell in CNY; memory
    stays bounded whatever `lines` is (0.7 GB at 20 million).
    """
    from goldloop.simulate.large import large_statements as generate

    return generate(seed=seed, lines=lines, last_day=last_day, stores=stores)
