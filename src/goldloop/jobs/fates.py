"""From what the lake did to the counts of a receipt."""

from __future__ import annotations

from dataclasses import replace

from goldloop.apps.feeds.api import Receipt
from goldloop.lake.lake import Loaded

FATES = ("new", "updated", "unchanged")


def counted(receipt: Receipt, loaded: Loaded, rows: set[int] | None = None) -> Receipt:
    """The receipt with what the load did: facts by table, and source rows by fate.

    A row is new if any of its facts is new, else updated if any changed, else unchanged; `rows` restricts the count.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    fates = loaded.fates
    if rows is not None:
        fates = fates.filter(pc.is_in(fates["_row"], value_set=pa.array(sorted(rows), pa.int64())))
    found = {item["values"]: item["counts"] for item in pc.value_counts(fates["fate"]).to_pylist()}
    return replace(
        receipt,
        new=found.get("new", 0),
        updated=found.get("updated", 0),
        unchanged=found.get("unchanged", 0),
        facts={table: {fate: getattr(count, fate) for fate in FATES} for table, count in sorted(loaded.tables.items())},
    )
