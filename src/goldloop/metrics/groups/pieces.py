"""What several groups share: their keys, exact sums, the cuts of a store, one platform row per store and period."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.relations import fact, question
from goldloop.metrics.shape import Shape


def keys_of(shape: Shape) -> list[str]:
    """The columns that rows of a group are told apart by: the bucket and the cuts."""
    return ["bucket", *(f"c_{c}" for c in shape.cuts)]


def total(column: ir.Value, where: ir.Value | None = None) -> ir.Value:
    """Exact 64-bit sum: engines widen sums of integers, the answer is money in minor units."""
    total = column.sum(where=where).cast("int64")
    return total if where is None else total.fill_null(0)  # no row of that kind is 0; no value at all stays unknown


def platform_days_known() -> ir.Table:
    """Store and day pairs for which the platform's own shop row states gmv: there it is the root."""
    rows = fact("store_day")
    rows = rows.filter(rows.first_day == rows.last_day, rows.gmv.notnull())
    return rows.select(root_store=rows.store, root_day=rows.first_day).distinct()


def store_cuts(found: ir.Table, shape: Shape) -> dict[str, ir.Value]:
    """The cuts of the shape that are settings of the store, from the joined scope."""
    known = {"store": found.store_name, "platform": found.platform, "currency": found.store_currency}
    return {f"c_{name}": known[name] for name in shape.names if name in known}


# Columns of the platform's shop row by how they behave over days.


def one_report() -> ir.Table:
    """One platform row per store and period: where two reports state it, the first by name that states gmv."""
    rows = fact("store_day")
    order = ibis.window(
        group_by=["store", "first_day", "last_day"], order_by=[rows.gmv.isnull().cast("int64"), rows.report]
    )
    rows = rows.mutate(rank=ibis.row_number().over(order))
    return rows.filter(rows["rank"] == 0).drop("rank")


# Reports of one tool show the same spend by product, by plan, by keyword ...; the first of these that is loaded counts.
SPEND_KINDS = ("product", "shop", "live_room", "plan", "video", "keyword", "audience")


def spend() -> ir.Table:
    """The advertising rows of each bucket, every spend once.

    Of a store, tool and period one kind of report counts, by `SPEND_KINDS` (products, shop and live rooms stand in one
    report). Of two periods of a tool one of which holds the other, such as a month and its days, the longer counts.
    """
    rows = fact("ads").join(question("scope"), "store")
    place = rows.subject_kind.cases(
        *((kind, max(i - 2, 0)) for i, kind in enumerate(SPEND_KINDS)), else_=len(SPEND_KINDS)
    )
    rows = rows.mutate(place=place)
    rows = rows.mutate(best=rows.place.min().over(ibis.window(group_by=["store", "tool", "first_day", "last_day"])))
    rows = rows.filter(rows.place == rows.best).drop("place", "best")
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    buckets = buckets.rename(b_first="first_day", b_last="last_day")
    rows = rows.join(buckets, [rows.first_day >= buckets.b_first, rows.last_day <= buckets.b_last])
    longer = rows.select(
        l_bucket="bucket", l_store="store", l_tool="tool", l_first="first_day", l_last="last_day"
    ).distinct()
    return rows.anti_join(
        longer,
        [
            rows.bucket == longer.l_bucket, rows.store == longer.l_store, rows.tool == longer.l_tool,
            rows.first_day >= longer.l_first, rows.last_day <= longer.l_last,
            (rows.first_day != longer.l_first) | (rows.last_day != longer.l_last),
        ],
    )  # fmt: skip
