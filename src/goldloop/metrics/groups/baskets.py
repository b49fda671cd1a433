"""Baskets: goods of a window's paid orders, with orders and buyers as numbers, for arrays that count pairs of goods.

`item` is the goods' value of the shape's cut, null where unknown. Numbers are made per answer: no text of millions of orders
has to leave the engine.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import total
from goldloop.metrics.relations import fact, in_buckets, question, with_product_cuts
from goldloop.metrics.shape import Shape

STEPS = 5  # purchases from which on they are told together


def basket_rows(shape: Shape) -> ir.Table:
    """Lines of orders that have several: numbers of order and buyer (null: not known) and goods.

    Orders of one line make no pairs; `basket_items` counts them, and millions of them need no join.
    """
    orders = _orders()
    orders = orders.filter(orders.line_count > 1)
    by_buyer = ibis.window(order_by=orders.buyer_key)  # any order does: one sort gives both numbers
    orders = orders.mutate(order_at=ibis.row_number().over(by_buyer), buyer_at=_number(orders))
    return orders.join(_lines(shape), ["store", "order_id"]).select("store", "order_at", "buyer_at", "item")


def basket_items(shape: Shape) -> ir.Table:
    """Lines of all paid orders by known goods."""
    lines = _lines(shape)
    lines = lines.filter(lines.item.notnull()).semi_join(question("scope"), "store")
    return lines.group_by([*(["store"] if shape.by_store else []), "item"]).agg(lines=lines.count())


def next_rows(shape: Shape) -> ir.Table:
    """Lines of the orders of known buyers: number of the buyer, day and goods; an order without lines is of unknown goods."""
    orders = _orders()
    orders = orders.filter(orders.buyer_key.notnull())
    orders = orders.mutate(buyer_at=_number(orders))
    found = orders.left_join(_lines(shape), ["store", "order_id"])
    return found.select("store", "buyer_at", "day", "item")


def preference_rows(shape: Shape) -> ir.Table:
    """What known buyers' orders of the window hold, by goods: `people`, `orders` and `gmv` of the lines.

    `item` is empty for unknown goods, and null for all known ones; `inside` tells the buyers in `people` from the others,
    where the shape has a segment.
    """
    orders, keys = _orders(), [*(["store"] if shape.by_store else []), "inside"]
    orders = orders.filter(orders.buyer_key.notnull())
    if shape.segment is not None:
        orders = orders.left_join(question("people"), "buyer_key", rname="in_{name}")
    orders = orders.mutate(inside=ibis.literal(True) if shape.segment is None else orders.in_buyer_key.notnull())
    each = orders.join(_lines(shape), ["store", "order_id"]).mutate(item=lambda t: t.item.fill_null(""))
    each = each.group_by(["store", "order_id", "buyer_key", "inside", "item"]).agg(gmv=lambda t: t.gmv.sum())
    known = each.filter(each.item != "").group_by(["store", "order_id", "buyer_key", "inside"])
    known = known.agg(gmv=lambda t: t.gmv.sum()).mutate(item=ibis.null("string"))
    parts = (rows.group_by([*keys, "item"]).agg(
        people=rows.buyer_key.nunique(), orders=rows.count(), gmv=total(rows.gmv)
    ) for rows in (each, known))  # fmt: skip
    return ibis.union(*parts)


def nth_goods(shape: Shape) -> ir.Table:
    """What known buyers' purchase days hold, by the number of the day (`times`: 1 is a buyer's first; STEPS and more are one) and goods.

    `people` and `gmv` of the lines; `item` is empty for unknown goods, and null for all known ones.
    """
    return _by_times(shape, "nth")


def times_goods(shape: Shape) -> ir.Table:
    """The same by how many purchase days (`times`) the buyer has had so far: all that she took on them."""
    return _by_times(shape, "purchases")


def _by_times(shape: Shape, number: str) -> ir.Table:
    store = ["store"] if shape.by_store else []
    orders = _orders()
    orders = orders.filter(orders.buyer_key.notnull())
    days = orders.select(*(keys := ["buyer_key", *store]), "day").distinct()
    of_buyer = ibis.window(group_by=keys, order_by="day", preceding=None, following=None)
    days = days.mutate(nth=ibis.row_number().over(of_buyer) + 1, purchases=days.count().over(of_buyer))
    lines = orders.join(_lines(shape), ["store", "order_id"]).join(days, [*keys, "day"])
    lines = lines.mutate(times=ibis.least(lines[number], STEPS), item=lines.item.fill_null(""))
    each = lines.group_by([*keys, "times", "item"]).agg(gmv=lines.gmv.sum())
    known = each.filter(each.item != "").group_by([*keys, "times"]).agg(gmv=lambda t: t.gmv.sum())
    parts = (
        rows.group_by([*store, "times", "item"]).agg(people=rows.count(), gmv=total(rows.gmv))
        for rows in (each, known.mutate(item=ibis.null("string")))
    )
    return ibis.union(*parts)


def _orders() -> ir.Table:
    """Paid orders of the stores in scope in the window."""
    orders = fact("orders")
    paid = orders.filter(orders.counts).select("store", "order_id", "buyer_key", "day", "line_count")
    paid = in_buckets(paid.semi_join(question("scope"), "store"))
    return paid.select("store", "order_id", "buyer_key", "day", "line_count")


def _lines(shape: Shape) -> ir.Table:
    """Lines that count in the window, with their goods."""
    lines, asked = fact("order_lines"), question("buckets")
    lines = lines.filter(lines.counts).semi_join(asked, lines.day == asked.bday)
    lines = lines.select(
        "store", "order_id", "day", "product_id", "sku", "title", "currency", "gmv", units=lines.quantity
    )
    goods = next((name for name in shape.cuts if name != "store"), "product")
    found = with_product_cuts(lines, Shape((goods,)))
    return found.select("store", "order_id", "gmv", item=found[f"c_{goods}"])


def _number(orders: ir.Table) -> ir.Value:
    """The number of an order's buyer, from 0 on; null where she is not known."""
    rank = ibis.dense_rank().over(ibis.window(order_by=orders.buyer_key))
    return orders.buyer_key.notnull().ifelse(rank, ibis.null("int64"))
