"""What waves are made of and measured by: people with their history, what they bought in a window, and paid prices."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.members import _end
from goldloop.metrics.groups.pieces import total
from goldloop.metrics.groups.sales import costed_lines
from goldloop.metrics.relations import fact, question, settled_refunds
from goldloop.metrics.shape import Shape


def wave_people(shape: Shape) -> ir.Table:
    """Every buyer of the stores in scope up to the end of bucket 0: first and latest purchase day, purchase days, amount and
    region of the first day, and the newest day an order of hers was refunded of."""
    orders = _paid()
    orders = orders.filter(orders.day <= _end())
    orders = orders.mutate(since=orders.day.min().over(ibis.window(group_by="buyer_key")))
    at_first = orders.day == orders.since
    return orders.group_by("buyer_key").agg(
        first=orders.day.min(), latest=orders.day.max(), purchases=orders.day.nunique(),
        first_gmv=total(orders.gmv, at_first), region=orders.region.max(where=at_first),
        refunded_day=orders.day.max(where=orders.refunded > 0),
    )  # fmt: skip


def wave_bought(shape: Shape) -> ir.Table:
    """Buyers of the stores in scope with a paid order in bucket 0: their orders, gmv, and gmv less refunds."""
    orders = _paid()
    days = question("buckets")
    days = days.filter(days.bucket == 0).select("bday")
    orders = orders.semi_join(days, orders.day == days.bday)
    return orders.group_by("buyer_key").agg(
        orders=orders.count(), gmv=total(orders.gmv), net=total(orders.gmv - orders.refunded)
    )


def points_days(shape: Shape) -> ir.Table:
    """What each buyer paid, and the same less refunds, by day of bucket 0."""
    orders = _paid()
    days = question("buckets")
    days = days.filter(days.bucket == 0).select("bday")
    orders = orders.semi_join(days, orders.day == days.bday)
    return orders.group_by(["buyer_key", "day"]).agg(paid=total(orders.gmv), net=total(orders.gmv - orders.refunded))


def late_refunds(shape: Shape) -> ir.Table:
    """What was refunded of each buyer's orders of a day of bucket 0, by how many days after it that was settled.

    An order's refund is shared out by its settled parts; parts without a known day are left out.
    """
    orders, days = _paid("order_id"), question("buckets")
    days = days.filter(days.bucket == 0).select("bday")
    orders = orders.filter(orders.refunded > 0).semi_join(days, orders.day == days.bday)
    found = orders.join(settled_refunds(), ["store", "order_id"])
    found = found.mutate(
        after=found.settled.delta(found.day, unit="day"),
        part=(found.refunded.cast("float64") * found.part).round(0).cast("int64"),
    )
    return found.group_by(["buyer_key", "day", "after"]).agg(refunded=total(found.part))


def wave_touches(shape: Shape) -> ir.Table:
    """Touches of the stores in scope by campaign and kind, on days of bucket 0 or on no known day; and whom they reached."""
    touches = fact("touches").semi_join(question("scope"), "store")
    days = question("buckets")
    days = days.filter(days.bucket == 0).select("bday")
    inside = touches.day.isnull() | touches.day.isin(days.bday)
    touches = touches.filter(inside).group_by(["campaign_id", "kind"])
    return touches.agg(touches=ibis._.count(), people=ibis._.buyer_key.nunique())


def wave_prices(shape: Shape) -> ir.Table:
    """Units and amounts of each product of a store by day of bucket 0, and the cost of those whose unit cost is known."""
    lines = costed_lines(Shape())
    lines = lines.mutate(goods=ibis.coalesce(lines.product_id, lines.sku, lines.title, ""))
    found = lines.group_by(["store", "goods", "day"]).agg(
        units=total(lines.units), gmv=total(lines.gmv), cost=total(lines.line_cost),
        costed=total(lines.units, lines.line_cost.notnull()),
    )  # fmt: skip
    return found.filter(found.units > 0, found.gmv > 0)


def _paid(*more: str) -> ir.Table:
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull())
    paid = paid.mutate(refunded=paid.refunded.fill_null(0))  # files that tell of no refunds tell what was paid so far
    return paid.select("store", "buyer_key", "day", "gmv", "refunded", "region", *more).semi_join(
        question("scope"), "store"
    )
