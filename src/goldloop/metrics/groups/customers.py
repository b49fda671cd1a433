"""Parts that follow persons over time."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import keys_of, total
from goldloop.metrics.relations import firsts, in_buckets, is_new, purchase_days, question
from goldloop.metrics.shape import Shape


def month_parts(shape: Shape) -> ir.Table:
    """Buyers of a calendar month booked on their first paid day of it; all orders of the month follow.

    Newness is that of the month's first day; `months` gives each month's first day and its limit.
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
    return found.group_by(keys_of(shape)).agg(
        month_buyers=found.count(),
        month_new_gmv=total(found.month_gmv, found.is_new),
        month_repeat_gmv=total(found.month_gmv, ~found.is_new),
    )


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
    by_buyer = present.group_by([*keys, "pair"]).agg(
        before=(present.late == 0).any(), after=(present.late == 1).any()
    )
    if shape.by_store:
        by_buyer = by_buyer.join(question("scope"), "store").mutate(c_store=lambda t: t.store_name)
    cuts = [f"c_{c}" for c in shape.cuts]
    return by_buyer.group_by(["pair", *cuts]).agg(
        previous_buyers=total(by_buyer.before.cast("int64")),
        returned_buyers=total((by_buyer.before & by_buyer.after).cast("int64")),
    ).rename(bucket="pair")


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
        month_new_buyers=new.count(), second_by_next_month=total(new.again.cast("int64"))
    )
