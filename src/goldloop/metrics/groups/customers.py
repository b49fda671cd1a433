"""Parts that follow persons over time."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import keys_of, total
from goldloop.metrics.relations import fact, firsts, in_buckets, is_new, purchase_days, question
from goldloop.metrics.shape import Shape


def month_parts(shape: Shape) -> ir.Table:
    """Buyers of a calendar month booked on their first paid day of it; all orders of the month follow.

    Newness is that of the month's first day. Orders without a usable buyer are booked on their own day.
    """
    keys = ["buyer_key", "store"] if shape.by_store else ["buyer_key"]
    days = purchase_days(shape)
    days = days.mutate(month=days.day.truncate("M"))
    sums = days.group_by([*keys, "month"]).agg(month_gmv=total(days.day_gmv), first_paid=days.day.min())
    first = firsts(days, "month").select(*keys, "month", "previous_day")
    found = in_buckets(sums.join(first, [*keys, "month"]), day="first_paid")
    limit = (found.month - ibis.interval(days=365)).cast("date")
    found = found.mutate(is_new=is_new(found, limit))
    if shape.by_store:
        found = found.join(question("scope"), "store").mutate(c_store=lambda t: t.store_name)
    known = found.select(*keys_of(shape), "month_gmv", "is_new", known=ibis.literal(True))
    found = ibis.union(known, _unidentified(shape))
    new = found.known & found.is_new
    return found.group_by(keys_of(shape)).agg(
        month_buyers=total(found.known.cast("int64")),
        month_new_buyers=total(new.cast("int64")),
        month_new_gmv=total(found.month_gmv, new),
        month_repeat_gmv=total(found.month_gmv, found.known & ~found.is_new),
        month_unidentified_gmv=total(found.month_gmv, ~found.known),
    )


def _unidentified(shape: Shape) -> ir.Table:
    """Paid orders without a usable buyer, in the columns of booked buyers."""
    orders = fact("orders")
    found = orders.filter(orders.counts, orders.buyer_key.isnull()).select("store", "day", "gmv")
    found = in_buckets(found.join(question("scope"), "store"))
    found = found.mutate(c_store=found.store_name) if shape.by_store else found
    return found.select(*keys_of(shape), month_gmv=found.gmv, is_new=ibis.literal(False), known=ibis.literal(False))


def window_parts(shape: Shape) -> ir.Table:
    """Buyers with two or more purchase days in the 365 days to the bucket's end, over the buyers of those days."""
    keys = ["buyer_key", "store"] if shape.by_store else ["buyer_key"]
    days = purchase_days(shape)
    buckets = question("buckets").select("bucket", "last_day").distinct()
    found = days.join(
        buckets,
        [days.day <= buckets.last_day, days.day > (buckets.last_day - ibis.interval(days=365)).cast("date")],
    )
    by_buyer = found.group_by(["bucket", *keys]).agg(n=found.count())
    if shape.by_store:
        by_buyer = by_buyer.join(question("scope"), "store").mutate(c_store=lambda t: t.store_name)
    return by_buyer.group_by(keys_of(shape)).agg(
        window_buyers=by_buyer.count(), repurchasers=total((by_buyer.n > 1).cast("int64"))
    )


def return_parts(shape: Shape) -> ir.Table:
    """Buyers of each bucket who also buy in the bucket after it; the question pairs them by number.

    Buckets come in pairs: bucket 2n is the earlier period, 2n+1 the later one.
    """
    keys = ["buyer_key", "store"] if shape.by_store else ["buyer_key"]
    found = in_buckets(purchase_days(shape))
    present = found.group_by([*keys, "bucket"]).agg(n=found.count())
    present = present.mutate(pair=(present.bucket / 2).floor().cast("int64"), late=present.bucket % 2)
    by_buyer = present.group_by([*keys, "pair"]).agg(before=(present.late == 0).any(), after=(present.late == 1).any())
    if shape.by_store:
        by_buyer = by_buyer.join(question("scope"), "store").mutate(c_store=lambda t: t.store_name)
    cuts = [f"c_{c}" for c in shape.cuts]
    return (
        by_buyer.group_by(["pair", *cuts])
        .agg(
            previous_buyers=total(by_buyer.before.cast("int64")),
            returned_buyers=total((by_buyer.before & by_buyer.after).cast("int64")),
        )
        .rename(bucket="pair")
    )


def second_parts(shape: Shape) -> ir.Table:
    """New buyers of whole months, and those of them who buy on a later day by the end of the next month."""
    keys = ["buyer_key", "store"] if shape.by_store else ["buyer_key"]
    days = purchase_days(shape)
    following = ibis.window(group_by=keys, order_by="day")
    days = days.mutate(next_day=days.day.lead().over(following))
    first = firsts(in_buckets(days))
    new = first.filter(is_new(first, first.new_before))
    limit = (new.first_day + ibis.interval(months=2)).cast("date")
    new = new.mutate(again=(new.next_day < limit).fill_null(False))
    if shape.by_store:
        new = new.join(question("scope"), "store").mutate(c_store=lambda t: t.store_name)
    return new.group_by(keys_of(shape)).agg(
        second_base=new.count(), second_by_next_month=total(new.again.cast("int64"))
    )


def cohort_parts(shape: Shape) -> ir.Table:
    """Buyers by the bucket of their first purchase day ever loaded (`cohort`) and each bucket in which they buy.

    `people` buy in the bucket, in `orders` of `gmv`; `seconds` of them have their second purchase day in it.
    """
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull()).semi_join(question("scope"), "store")
    days = paid.group_by(["buyer_key", "day"]).agg(day_orders=paid.count(), day_gmv=paid.gmv.sum())
    history = ibis.window(group_by="buyer_key", order_by="day")
    days = days.mutate(nth=ibis.row_number().over(history) + 1)
    days = days.mutate(first_ever=days.day.min().over(ibis.window(group_by="buyer_key")))
    begun = question("buckets").select(cohort="bucket", begun_on="bday")
    found = in_buckets(days).join(begun, [("first_ever", "begun_on")])
    return found.group_by(["cohort", "bucket"]).agg(
        people=found.buyer_key.nunique(),
        orders=total(found.day_orders),
        gmv=total(found.day_gmv),
        seconds=total((found.nth == 2).cast("int64")),
    )
