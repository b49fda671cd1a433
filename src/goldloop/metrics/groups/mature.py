"""Sales and their refunds by day and segment, from which age curves are learned, and refunds still to come by them."""

from __future__ import annotations

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import keys_of, total
from goldloop.metrics.relations import (
    bucketed_sales,
    fact,
    filtered,
    in_buckets,
    question,
    sale_lines,
    settled_refunds,
)
from goldloop.metrics.shape import Shape

SEGMENT = ("store", "day", "channel", "category", "presale")
BILLION = 10**9  # `rate` is in billionths


def mature_cells(shape: Shape) -> ir.Table:
    """What was sold by store, business day, channel, category and pre-sale or not."""
    found = _segments(_lines(Shape()))
    return found.group_by(SEGMENT).agg(gmv=total(found.gmv))


def mature_refunds(shape: Shape) -> ir.Table:
    """Refunds of these sales, by the same columns and the day on which they were settled.

    `squares` weighs each part with the whole refund it belongs to: the lines of one order go back together.
    """
    lines = _lines(Shape())
    found = _segments(lines.filter(lines.refunded > 0)).join(settled_refunds(), ["store", "order_id"])
    amount = found.refunded.cast("float64") * found.part
    return found.group_by([*SEGMENT, "settled"]).agg(
        amount=amount.sum(), squares=(amount * found.amount.cast("float64")).sum()
    )


def mature_parts(shape: Shape) -> ir.Table:
    """Refunds still to come per bucket, cut and store: of each line `(gmv - refunded so far) x rate`, rounded half up.

    `at_risk` is what could still go back of lines with a rate, `unjudged` of young lines without one.
    """
    found = _segments(_lines(shape, known=True))
    rates = question("to_come")
    found = found.left_join(
        rates,
        [
            found.store == rates.tc_store, found.day == rates.tc_day, found.known_to == rates.tc_known,
            found.channel == rates.tc_channel, found.category == rates.tc_category, found.presale == rates.tc_presale,
        ],
    )  # fmt: skip
    left = ibis.greatest(found.gmv - found.refunded.fill_null(0), 0)
    judged = found.rate.notnull()
    to_come = (left.cast("float64") * found.rate.cast("float64") / BILLION).round(0).cast("int64")
    return found.group_by([*keys_of(shape), "store"]).agg(
        to_come=total(to_come, judged),
        at_risk=total(left, judged),
        unjudged=total(left, ~judged & (found.day >= found.open_from)),
    )


def refund_delays(shape: Shape) -> ir.Table:
    """Refunds of the orders paid in each bucket, per store by their age in days (0: refunded on the day of payment)."""
    orders = fact("orders")
    orders = in_buckets(orders.filter(orders.counts).select("store", "order_id", "day"))
    found = orders.join(settled_refunds(), ["store", "order_id"])
    return found.group_by(["store", "bucket"], age=found.settled.delta(found.day, unit="day")).agg(
        amount=total(found.amount)
    )


def _lines(shape: Shape, *, known: bool = False) -> ir.Table:
    """Sale lines in buckets with the columns of their segment as cuts, besides those of the question."""
    wide = replace(shape, cuts=tuple(dict.fromkeys((*shape.cuts, "channel", "category"))), known=known)
    if not known:
        return in_buckets(sale_lines(wide))
    return bucketed_sales(wide, filtered(sale_lines(wide), wide))


def _segments(found: ir.Table) -> ir.Table:
    """Lines with channel, category and presale as text, empty where unknown."""
    orders = fact("orders")
    staged = orders.presale.fill_null(False).ifelse("yes", "")
    found = found.left_join(orders.select("store", "order_id", presale=staged), ["store", "order_id"])
    found = found.drop(*[c for c in found.columns if c.endswith("_right")])
    return found.mutate(channel=found.c_channel.fill_null(""), category=found.c_category.fill_null(""))
