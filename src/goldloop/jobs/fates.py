"""From what the lake did to the counts of a receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from goldloop.apps.feeds.api import Receipt
from goldloop.lake.lake import Loaded

if TYPE_CHECKING:
    import pyarrow as pa

FATES = ("new", "updated", "unchanged")  # what a row is by the first of these that holds for any of its facts


class Tally:
    """What one or several loads of an import did: facts by table, and source rows by fate.

    `rows` restricts the count of rows. `spread` are the rows of which more than one load speaks.
    """

    def __init__(self, *, rows: Collection[int] | None = None, spread: Sequence[pa.Array] = ()) -> None:
        import pyarrow as pa

        self._rows = None if rows is None else pa.array(sorted(rows), pa.int64())
        self._spread = pa.concat_arrays(spread) if spread else None
        self._waiting: list[pa.Table] = []
        self._found: Counter[str] = Counter()
        self._facts: dict[str, Counter[str]] = {}

    def add(self, loaded: Loaded) -> None:
        """Count one load."""
        import pyarrow.compute as pc

        fates = loaded.fates
        if self._rows is not None:
            fates = fates.filter(pc.is_in(fates["_row"], value_set=self._rows))
        if self._spread is not None:
            again = pc.is_in(fates["_row"], value_set=self._spread)
            self._waiting.append(fates.filter(again))
            fates = fates.filter(pc.invert(again))
        self._count(fates["fate"])
        for table, count in loaded.tables.items():
            self._facts.setdefault(table, Counter()).update({fate: getattr(count, fate) for fate in FATES})

    def on(self, receipt: Receipt) -> Receipt:
        """The receipt with these counts."""
        self._settle()
        return replace(
            receipt,
            new=self._found["new"],
            updated=self._found["updated"],
            unchanged=self._found["unchanged"],
            facts={table: {fate: found[fate] for fate in FATES} for table, found in sorted(self._facts.items())},
        )

    def _count(self, fates: pa.ChunkedArray | pa.Array) -> None:
        import pyarrow.compute as pc

        self._found.update({item["values"]: item["counts"] for item in pc.value_counts(fates).to_pylist()})

    def _settle(self) -> None:
        """Count the rows of several loads, each once."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._waiting:
            every = pa.concat_tables(self._waiting)
            ranks = pc.index_in(every["fate"], value_set=pa.array(FATES))
            best = every.append_column("rank", ranks).group_by("_row").aggregate([("rank", "min")])["rank_min"]
            self._count(pa.array(FATES).take(best.combine_chunks()))
            self._waiting = []
