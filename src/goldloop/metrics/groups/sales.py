"""Parts of orders, their lines and refunds."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.cuts import is_line_cut
from goldloop.metrics.groups.pieces import keys_of, platform_days_known, store_cuts, total
from goldloop.metrics.relations import (
    bucketed_sales,
    excluded_sales,
    fact,
    filtered,
    in_buckets,
    paid_orders,
    question,
    sale_lines,
    weekday,
    with_newness,
    with_product_column,
    with_product_cuts,
)
from goldloop.metrics.shape import Shape


def order_parts(shape: Shape) -> ir.Table:
    """Additive parts of paid orders per bucket and cut.

    Where cuts and filters are known for whole stores, `*_rest` hold the part of days without a platform row.
    """
    found = bucketed_sales(shape)
    if any(is_line_cut(n) for n in shape.names):
        return _line_parts(found, shape)
    roots = platform_days_known()
    found = found.left_join(roots, [found.store == roots.root_store, found.day == roots.root_day])
    known = found.buyer_key.notnull()
    alone = found.root_store.isnull()
    return found.group_by(keys_of(shape)).agg(
        **_sums(found),
        refund_inferred=total((found.refunded_basis == "inferred").cast("int64")),
        user_paid=total(ibis.coalesce(found.user_paid_first, found.user_paid)),
        list_value=total(found.list_value),
        postage=total(found.postage),
        platform_discount=total(found.platform_discount),
        merchant_discount=total(found.merchant_discount),
        subsidy_kept=total(found.subsidy.fill_null(0) - found.subsidy_refunded.fill_null(0)),
        discount_unstated=total(found.platform_discount.isnull().cast("int64")),
        gmv_rest=total(found.gmv, alone),
        gmv_all_rest=total(found.gmv_all, alone),
        orders_rest=total(alone.cast("int64")),
        units_rest=total(found.units, alone),
        identified_gmv_rest=total(found.gmv, alone & known),
        identified_orders_rest=total((alone & known).cast("int64")),
    )


def _line_parts(found: ir.Table, shape: Shape) -> ir.Table:
    """Two steps, so that an order with two lines in one cell is one order: by order first, then by cell."""
    keys = keys_of(shape)
    by_order = found.group_by([*keys, "store", "order_id", "buyer_key"]).agg(
        gmv=total(found.gmv), gmv_all=total(found.gmv_all), units=total(found.units), refunded=total(found.refunded),
        subsidy=total(found.subsidy),
    )  # fmt: skip
    return by_order.group_by(keys).agg(**_sums(by_order))


def _sums(found: ir.Table) -> dict[str, ir.Value]:
    """What rows of one order each sum to, by any cut."""
    known = found.buyer_key.notnull()
    return {
        "gmv": total(found.gmv),
        "gmv_all": total(found.gmv_all),
        "gmv_squares": (found.gmv.cast("float64") * found.gmv.cast("float64")).sum(),
        "orders": found.count(),
        "units": total(found.units),
        "identified_gmv": total(found.gmv, known),
        "identified_orders": total(known.cast("int64")),
        "refunded_gmv": total(found.refunded),
        "refunded_orders": total((found.refunded > 0).cast("int64")),
        "refund_unknown": total(found.refunded.isnull().cast("int64")),
        "subsidy": total(found.subsidy.fill_null(0)),
    }


def excluded_parts(shape: Shape) -> ir.Table:
    """What rules took out of gmv beyond the counting orders themselves: orders as a whole, by cuts of lines each line.

    `excluded_rest` is the part of days without a platform row.
    """
    found = bucketed_sales(shape, excluded_sales(shape))
    if any(is_line_cut(n) for n in shape.names):
        return found.group_by(keys_of(shape)).agg(excluded=total(found.gmv_all))
    roots = platform_days_known()
    found = found.left_join(roots, [found.store == roots.root_store, found.day == roots.root_day])
    return found.group_by(keys_of(shape)).agg(
        excluded=total(found.gmv_all), excluded_rest=total(found.gmv_all, found.root_store.isnull())
    )


def buyer_parts(shape: Shape) -> ir.Table:
    """Distinct buyers, and buyer days (distinct buyer, store and business day)."""
    found = bucketed_sales(shape)
    found = found.filter(found.buyer_key.notnull())
    keys = keys_of(shape)
    days = found.group_by([*keys, "store", "buyer_key", "day"]).agg(n=found.count())
    return days.group_by(keys).agg(buyers=days.buyer_key.nunique(), buyer_days=days.count())


def person_days(shape: Shape) -> ir.Table:
    """What each known buyer paid by cut, store and bucket: the rows that distinct buyers are counted from ahead (see `rollups`)."""
    found = bucketed_sales(shape)
    found = found.filter(found.buyer_key.notnull())
    return found.group_by([*keys_of(shape), "store", "buyer_key"]).agg(gmv=total(found.gmv))


def sold_lines(shape: Shape) -> ir.Table:
    """Lines that count with their cuts, order, buyer and amounts: what rows by order are made of ahead (see `rollups`)."""
    found = bucketed_sales(shape)
    return found.select(
        *keys_of(shape), "store", "order_id", "buyer_key", "gmv", "gmv_all", "units", "refunded", "subsidy"
    )


def new_parts(shape: Shape) -> ir.Table:
    """New and repeat buyers and their gmv in the row's own period."""
    found = bucketed_sales(shape)
    found = found.filter(found.buyer_key.notnull())
    rows = with_newness(found, shape)
    keys = keys_of(shape)
    by_buyer = rows.group_by([*keys, "buyer_key"]).agg(
        new_gmv=total(rows.gmv, rows.is_new), repeat_gmv=total(rows.gmv, ~rows.is_new),
        new=rows.is_new.any(), repeat=(~rows.is_new).any(), days=rows.day.nunique(),
    )  # fmt: skip
    return by_buyer.group_by(keys).agg(
        new_gmv=total(by_buyer.new_gmv),
        repeat_gmv=total(by_buyer.repeat_gmv),
        new_buyers=total(by_buyer.new.cast("int64")),
        repeat_buyers=total(by_buyer["repeat"].cast("int64")),
        second_buyers=total((by_buyer.new & (by_buyer.days > 1)).cast("int64")),
    )


def placed_parts(shape: Shape) -> ir.Table:
    """Orders by the day they were placed, paid or not, and staged (pre-sale) orders among them."""
    found = in_buckets(filtered(paid_orders(shape, counting=False), shape), day="placed_day")
    staged = found.presale.fill_null(False)
    found = found.mutate(ordered_amount=ibis.coalesce(found.ordered_amount, found.goods_amount))
    return found.group_by(keys_of(shape)).agg(
        ordered_amount=total(found.ordered_amount),
        ordered_orders=found.count(),
        presale_orders=total(staged.cast("int64")),
        presale_value=total(found.ordered_amount, staged),
        presale_paid=total((staged & found.counts).cast("int64")),
        deposit=total(found.deposit, staged),
        forfeited_deposit=total(found.deposit, staged & (found.status == "closed_unpaid")),
    )


def costed_lines(shape: Shape) -> ir.Table:
    """Lines sold with their cost, `line_cost`, rounded half up (null: no unit cost), and whether the goods were kept.

    The product takes 128 bits from its first factor on: engines give it no more than the wider of two factors.
    Goods of a line that was refunded in full were not `kept`; a refund of a part takes no goods back.
    """
    found = in_buckets(with_product_column(filtered(sale_lines(shape), shape), "cost"))
    if shape.converted:
        scales = question("scales")
        found = found.left_join(scales, [found.store == scales.sc_store, found.day == scales.sc_day])
        cost = found.c_cost.cast("decimal(38, 6)") * found.units * found.scale
    else:
        found = found.join(question("scope").select("store", "minor_units"), "store")
        cost = found.c_cost.cast("decimal(38, 6)") * found.units * found.minor_units
    kept = ~((found.refunded >= found.gmv_all) & (found.gmv_all > 0)).fill_null(False)
    return found.mutate(line_cost=cost.round(0).cast("int64"), kept=kept)


def goods_parts(shape: Shape) -> ir.Table:
    """Cost of the goods sold, of those kept, and the lines that have no unit cost."""
    found = costed_lines(shape)
    return found.group_by(keys_of(shape)).agg(
        cogs=total(found.line_cost),
        kept_cogs=total(found.line_cost, found.kept),
        uncosted=total(found.c_cost.isnull().cast("int64")),
    )


def refund_parts(shape: Shape) -> ir.Table:
    """Refunds by the day they were settled."""
    found = refunds_in_buckets(shape)
    return found.group_by(keys_of(shape)).agg(refunds=total(found.gmv), refund_rows=found.count())


def refunds_in_buckets(shape: Shape) -> ir.Table:
    """Refund rows by the day they were settled; region and channel are their order's where the refund does not say."""
    refunds = fact("refunds")
    rows = refunds.filter(refunds.day.notnull()).select(
        "store",
        "refund_id",
        "order_id",
        "product_id",
        "sku",
        "title",
        "currency",
        "day",
        "region",
        gmv=refunds.amount,
        units=refunds.quantity,
    )
    found = rows.join(question("scope"), "store")
    if {"region", "channel", "order_source"} & set(shape.names):
        orders = fact("orders")
        orders = orders.select("store", "order_id", "channel", "order_source", order_region=orders.region)
        found = found.left_join(orders, ["store", "order_id"])
        found = found.drop(*[c for c in found.columns if c.endswith("_right")])
        found = found.mutate(region=ibis.coalesce(found.region, found.order_region))
    columns: dict[str, ir.Value] = store_cuts(found, shape)
    for name in ("region", "channel", "order_source"):
        if name in shape.names:
            columns[f"c_{name}"] = found[name]
    if "weekday" in shape.names:
        columns["c_weekday"] = weekday(found.day)
    found = found.mutate(**columns) if columns else found
    return in_buckets(filtered(with_product_cuts(found, shape), shape))
