"""One side of a store: its orders as the facts would hold them had only some sources spoken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pyarrow as pa

from goldloop.lake import seen
from goldloop.lake.arrow import empty, facts_schema, with_nulls
from goldloop.lake.finish import finish
from goldloop.lake.schema import TABLES
from goldloop.lake.take_back import rebuilt
from goldloop.lake.work import Work

_ORDER = ("store", "order_id")


def orders_told(work: Work, store: int, first: date, last: date, ranks: Collection[str]) -> pa.Table:
    """Finished orders of `store` as sources of these ranks alone tell them, from a `work` that makes facts anew.

    Those of which any source, of whatever rank, says that they count between the days `first` and `last`.
    """
    orders = TABLES["orders"]
    # A day begins hours before or after midnight, so one more on both ends is looked at.
    bounds = f"'{first - timedelta(days=1)}' AND TIMESTAMP '{last + timedelta(days=2)}'"
    near = [
        f"SELECT store, order_id FROM {work.scan('seen/orders', group.files)} "
        f"WHERE store = {int(store)} AND counted_at BETWEEN TIMESTAMP {bounds}"
        for group in seen.groups(work, orders)
        if "counted_at" in group.carried
    ]
    if not near:
        return empty(facts_schema(orders))
    work.run(f"CREATE TEMP TABLE asked AS SELECT DISTINCT store, order_id FROM ({' UNION ALL '.join(near)})")
    changes = {n: rebuilt(work, TABLES[n], ranks=ranks, about="asked", on=_ORDER) for n in ("orders", "order_lines")}
    for finished in finish(work, changes):
        if finished.name == "orders":
            return with_nulls(finished.add, facts_schema(orders))
    return empty(facts_schema(orders))
