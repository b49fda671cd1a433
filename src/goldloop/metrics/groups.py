"""The questions asked of an engine: each gives, per bucket and cut values, the parts of one feed."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.cuts import is_line_cut
from goldloop.metrics.relations import (
    bucketed_sales,
    fact,
    filtered,
    firsts,
    in_buckets,
    is_new,
    paid_orders,
    purchase_days,
    question,
    sale_lines,
    weekday,
    with_newness,
    with_product_column,
    with_product_cuts,
)
from goldloop.metrics.shape import Shape


def _keys(shape: Shape) -> list[str]:
    return ["bucket", *(f"c_{c}" for c in shape.cuts)]


def _sum(column: ir.Value, where: ir.Value | None = None) -> ir.Value:
    """Exact 64-bit sum: engines widen sums of integers, the answer is money in minor units."""
    total = column.sum(where=where).cast("int64")
    return total if where is None else total.fill_null(0)  # no row of that kind is 0; no value at all stays unknown


def platform_days_known() -> ir.Table:
    """Store and day pairs for which the platform's own shop row states gmv: there it is the root."""
    rows = fact("store_day")
    rows = rows.filter(rows.first_day == rows.last_day, rows.gmv.notnull())
    return rows.select(root_store=rows.store, root_day=rows.first_day).distinct()


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
    return found.group_by(_keys(shape)).agg(
        gmv=_sum(found.gmv),
        gmv_all=_sum(found.gmv_all),
        orders=found.count(),
        units=_sum(found.units),
        identified_gmv=_sum(found.gmv, known),
        identified_orders=_sum(known.cast("int64")),
        refunded_gmv=_sum(found.refunded),
        refunded_orders=_sum((found.refunded > 0).cast("int64")),
        refund_unknown=_sum(found.refunded.isnull().cast("int64")),
        refund_inferred=_sum((found.refunded_basis == "inferred").cast("int64")),
        user_paid=_sum(ibis.coalesce(found.user_paid_first, found.user_paid)),
        list_value=_sum(found.list_value),
        postage=_sum(found.postage),
        platform_discount=_sum(found.platform_discount),
        merchant_discount=_sum(found.merchant_discount),
        gmv_rest=_sum(found.gmv, alone),
        gmv_all_rest=_sum(found.gmv_all, alone),
        orders_rest=_sum(alone.cast("int64")),
        units_rest=_sum(found.units, alone),
        identified_gmv_rest=_sum(found.gmv, alone & known),
        identified_orders_rest=_sum((alone & known).cast("int64")),
    )


def _line_parts(found: ir.Table, shape: Shape) -> ir.Table:
    """Two steps, so that an order with two lines in one cell is one order: by order first, then by cell."""
    keys = _keys(shape)
    by_order = found.group_by([*keys, "store", "order_id", "buyer_key"]).agg(
        gmv=_sum(found.gmv), gmv_all=_sum(found.gmv_all), units=_sum(found.units), refunded=_sum(found.refunded)
    )
    known = by_order.buyer_key.notnull()
    return by_order.group_by(keys).agg(
        gmv=_sum(by_order.gmv),
        gmv_all=_sum(by_order.gmv_all),
        orders=by_order.count(),
        units=_sum(by_order.units),
        identified_gmv=_sum(by_order.gmv, known),
        identified_orders=_sum(known.cast("int64")),
        refunded_gmv=_sum(by_order.refunded),
        refunded_orders=_sum((by_order.refunded > 0).cast("int64")),
        refund_unknown=_sum(by_order.refunded.isnull().cast("int64")),
    )


def buyer_parts(shape: Shape) -> ir.Table:
    """Distinct buyers, and buyer days (distinct buyer, store and business day)."""
    found = bucketed_sales(shape)
    found = found.filter(found.buyer_key.notnull())
    keys = _keys(shape)
    days = found.group_by([*keys, "store", "buyer_key", "day"]).agg(n=found.count())
    return days.group_by(keys).agg(buyers=days.buyer_key.nunique(), buyer_days=days.count())


def new_parts(shape: Shape) -> ir.Table:
    """New and repeat buyers and their gmv in the row's own period."""
    found = bucketed_sales(shape)
    found = found.filter(found.buyer_key.notnull())
    rows = with_newness(found, shape)
    keys = _keys(shape)
    by_buyer = rows.group_by([*keys, "buyer_key"]).agg(
        new_gmv=_sum(rows.gmv, rows.is_new), repeat_gmv=_sum(rows.gmv, ~rows.is_new),
        new=rows.is_new.any(), repeat=(~rows.is_new).any(), days=rows.day.nunique(),
    )  # fmt: skip
    return by_buyer.group_by(keys).agg(
        new_gmv=_sum(by_buyer.new_gmv),
        repeat_gmv=_sum(by_buyer.repeat_gmv),
        new_buyers=_sum(by_buyer.new.cast("int64")),
        repeat_buyers=_sum(by_buyer["repeat"].cast("int64")),
        second_buyers=_sum((by_buyer.new & (by_buyer.days > 1)).cast("int64")),
    )


def placed_parts(shape: Shape) -> ir.Table:
    """Orders by the day they were placed, paid or not, and staged (pre-sale) orders among them."""
    found = in_buckets(filtered(paid_orders(shape, counting=False), shape), day="placed_day")
    staged = found.presale.fill_null(False)
    found = found.mutate(ordered_amount=ibis.coalesce(found.ordered_amount, found.goods_amount))
    return found.group_by(_keys(shape)).agg(
        ordered_amount=_sum(found.ordered_amount),
        ordered_orders=found.count(),
        presale_orders=_sum(staged.cast("int64")),
        presale_value=_sum(found.ordered_amount, staged),
        presale_paid=_sum((staged & found.counts).cast("int64")),
        deposit=_sum(found.deposit, staged),
    )


def goods_parts(shape: Shape) -> ir.Table:
    """Cost of the goods sold, each line rounded half up, and the lines that have no unit cost.

    `kept_cogs` leaves out lines that were refunded in full; a refund of a part takes no goods back.
    """
    found = in_buckets(with_product_column(filtered(sale_lines(shape), shape), "cost"))
    if shape.converted:
        scales = question("scales")
        found = found.left_join(scales, [found.store == scales.sc_store, found.day == scales.sc_day])
        cost = (found.units.cast("int32") * found.c_cost).cast("decimal(18, 6)") * found.scale
    else:
        found = found.join(question("scope").select("store", "minor_units"), "store")
        cost = found.units.cast("int32") * found.c_cost * found.minor_units.cast("int16")
    cost = cost.round(0).cast("int64")
    kept = ~((found.refunded >= found.gmv_all) & (found.gmv_all > 0)).fill_null(False)
    return found.group_by(_keys(shape)).agg(
        cogs=_sum(cost), kept_cogs=_sum(cost, kept), uncosted=_sum(found.c_cost.isnull().cast("int64"))
    )


def refund_parts(shape: Shape) -> ir.Table:
    """Refunds by the day they were settled; region and channel are their order's where the refund does not say."""
    refunds = fact("refunds")
    rows = refunds.filter(refunds.day.notnull()).select(
        "store", "order_id", "product_id", "sku", "title", "currency", "day", "region", gmv=refunds.amount, units=refunds.quantity
    )
    found = rows.join(question("scope"), "store")
    if {"region", "channel", "order_source"} & set(shape.names):
        orders = fact("orders")
        orders = orders.select("store", "order_id", "channel", "order_source", order_region=orders.region)
        found = found.left_join(orders, ["store", "order_id"])
        found = found.drop(*[c for c in found.columns if c.endswith("_right")])
        found = found.mutate(region=ibis.coalesce(found.region, found.order_region))
    columns: dict[str, ir.Value] = _store_cuts(found, shape)
    for name in ("region", "channel", "order_source"):
        if name in shape.names:
            columns[f"c_{name}"] = found[name]
    if "weekday" in shape.names:
        columns["c_weekday"] = weekday(found.day)
    found = found.mutate(**columns) if columns else found
    found = in_buckets(filtered(with_product_cuts(found, shape), shape))
    return found.group_by(_keys(shape)).agg(refunds=_sum(found.gmv), refund_rows=found.count())


def _store_cuts(found: ir.Table, shape: Shape) -> dict[str, ir.Value]:
    """The cuts of the shape that are settings of the store, from the joined scope."""
    known = {"store": found.store_name, "platform": found.platform, "currency": found.store_currency}
    return {f"c_{name}": known[name] for name in shape.names if name in known}


# Columns of the platform's shop row by how they behave over days.
ROOT_ADDITIVE = ("gmv", "orders", "units", "page_views", "cart_units", "ordered_amount", "refunds")
ROOT_EXACT = (
    "visitors", "buyers", "new_buyers", "repeat_buyers", "repeat_gmv", "new_visitors", "old_visitors", "favourites",
    "cart_adders", "ordered_buyers", "searched_visitors", "enquirers", "bounce_rate", "stay_seconds",
)  # fmt: skip


def _one_report() -> ir.Table:
    """One platform row per store and period: where two reports state it, the first by name that states gmv."""
    rows = fact("store_day")
    order = ibis.window(
        group_by=["store", "first_day", "last_day"], order_by=[rows.gmv.isnull().cast("int64"), rows.report]
    )
    rows = rows.mutate(rank=ibis.row_number().over(order))
    return rows.filter(rows["rank"] == 0).drop("rank")


def root_exact(shape: Shape) -> ir.Table:
    """The platform's row of exactly a bucket's period, per store."""
    rows = _one_report().join(question("scope"), "store")
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    found = rows.join(buckets, ["first_day", "last_day"])
    return found.select("bucket", "store", *ROOT_ADDITIVE, *ROOT_EXACT)


def root_days(shape: Shape) -> ir.Table:
    """Daily platform rows added up over a bucket's days, per store [and weekday]."""
    rows = _one_report()
    rows = rows.filter(rows.first_day == rows.last_day).join(question("scope"), "store")
    found = in_buckets(rows.drop("last_day").rename(day="first_day"))
    found = found.mutate(c_weekday=weekday(found.day)) if "weekday" in shape.cuts else found
    keys = ["bucket", "store", *(["c_weekday"] if "weekday" in shape.cuts else [])]
    sums = {f"{name}_sum": _sum(found[name]) for name in ROOT_ADDITIVE}
    stated = {f"{name}_days": _sum(found[name].notnull().cast("int64")) for name in ROOT_ADDITIVE}
    return found.group_by(keys).agg(
        **sums,
        **stated,
        visitor_days=_sum(found.visitors),
        buyer_days=_sum(found.buyers),
        visitors_stated=_sum(found.visitors.notnull().cast("int64")),
        buyers_stated=_sum(found.buyers.notnull().cast("int64")),
        days=found.count(),
    )


def source_parts(shape: Shape) -> ir.Table:
    """Traffic of each source for exactly a bucket's period (leaf rows for sources, every row keeps its own scope)."""
    rows = fact("traffic")
    rows = rows.filter(rows.unit == "visitors", rows.scope_kind == "source").join(question("scope"), "store")
    # Rows of one carrier show visits of the whole shop once more, parents those of their children.
    leaf = rows.filter(~rows.is_parent.fill_null(False), rows.carrier.isnull())
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    found = leaf.join(buckets, ["first_day", "last_day"])
    columns = _store_cuts(found, shape)
    if "source" in shape.names:
        columns["c_source"] = found.scope_id
    if "source_group" in shape.names:
        columns["c_source_group"] = found.source_group
    found = filtered(found.mutate(**columns) if columns else found, shape)
    paid = found.source_group == "paid"
    return found.group_by(_keys(shape)).agg(
        source_rows=found.count(),
        source_visitors=_sum(found.visitors),
        source_buyers=_sum(found.buyers),
        source_gmv=_sum(found.gmv),
        paid_source_visitors=_sum(found.visitors, paid),
        all_source_visitors=_sum(found.visitors),
    )


def product_traffic_parts(shape: Shape) -> ir.Table:
    """Visitors of each product for exactly a bucket's period, and page views added up over days."""
    rows = fact("traffic")
    rows = rows.filter(rows.unit == "visitors", rows.scope_kind == "product").join(question("scope"), "store")
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    rows = filtered(rows.mutate(c_product=rows.scope_id, **_store_cuts(rows, shape)), shape)
    exact = rows.join(buckets, ["first_day", "last_day"])
    exact = exact.group_by(_keys(shape)).agg(product_visitors=_sum(exact.visitors), product_rows=exact.count())
    days = rows.filter(rows.first_day == rows.last_day).drop("last_day").rename(day="first_day")
    days = in_buckets(days)
    days = days.group_by(_keys(shape)).agg(product_page_views=_sum(days.page_views))
    both = days.left_join(exact, _keys(shape))
    return both.drop(*[c for c in both.columns if c.endswith("_right")])


def ad_parts(shape: Shape) -> ir.Table:
    """Cost, clicks and attributed sales of rows whose period lies in the bucket; each spend once.

    Attributed sales are those of the row's longest loaded window.
    """
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    buckets = buckets.rename(b_first="first_day", b_last="last_day")
    key = ["store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id"]
    sold = fact("ad_sales")
    sold = sold.mutate(length=sold["window"].re_extract(r"(\d+)", 1).try_cast("int64").fill_null(0))
    longest = ibis.window(group_by=key, order_by=[sold.length.desc(), sold["window"]])
    sold = sold.mutate(rank=ibis.row_number().over(longest))
    sold = sold.filter(sold["rank"] == 0).select(
        *key, ad_gmv=sold.gmv, ad_orders=sold.orders, ad_new=sold.new_buyers, ad_window=sold["window"]
    )
    rows = fact("ads").join(question("scope"), "store")
    rows = rows.left_join(sold, key)
    rows = rows.drop(*[c for c in rows.columns if c.endswith("_right")])
    found = rows.join(buckets, [rows.first_day >= buckets.b_first, rows.last_day <= buckets.b_last])
    columns = _store_cuts(found, shape)
    if "product" in shape.names:
        columns["c_product"] = ibis.cases((found.subject_kind == "product", found.subject_id))
    found = filtered(found.mutate(**columns) if columns else found, shape)
    return found.group_by(_keys(shape)).agg(
        ad_cost=_sum(found.cost),
        impressions=_sum(found.impressions),
        clicks=_sum(found.clicks),
        ad_gmv=_sum(found.ad_gmv),
        ad_orders=_sum(found.ad_orders),
        ad_new_buyers=_sum(found.ad_new),
        window_min=found.ad_window.min(),
        window_max=found.ad_window.max(),
        whole_store=_sum(found.whole_store.fill_null(False).cast("int64")),
    )


def cost_rows(shape: Shape) -> ir.Table:
    """Costs of the stores in scope as loaded; they are spread over their days when the answer is put together."""
    rows = fact("costs").semi_join(question("scope"), "store")
    return rows.select("store", "kind", "first_day", "last_day", "amount")


def month_parts(shape: Shape) -> ir.Table:
    """Buyers of a calendar month booked on their first paid day of it; all orders of the month follow.

    Newness is that of the month's first day; `months` gives each month's first day and its limit.
    """
    keys = ["buyer_key", "store"] if shape.by_store else ["buyer_key"]
    days = purchase_days(shape)
    days = days.mutate(month=days.day.truncate("M"))
    sums = days.group_by([*keys, "month"]).agg(month_gmv=_sum(days.day_gmv), first_paid=days.day.min())
    first = firsts(days, "month").select(*keys, "month", "previous_day")
    found = in_buckets(sums.join(first, [*keys, "month"]), day="first_paid")
    limit = (found.month - ibis.interval(days=365)).cast("date")
    found = found.mutate(is_new=is_new(found, limit))
    if shape.by_store:
        found = found.join(question("scope"), "store").mutate(c_store=lambda t: t.store_name)
    return found.group_by(_keys(shape)).agg(
        month_buyers=found.count(),
        month_new_gmv=_sum(found.month_gmv, found.is_new),
        month_repeat_gmv=_sum(found.month_gmv, ~found.is_new),
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
    return by_buyer.group_by(_keys(shape)).agg(
        window_buyers=by_buyer.count(), repurchasers=_sum((by_buyer.n > 1).cast("int64"))
    )


def visit_parts(shape: Shape) -> ir.Table:
    """Distinct visitors of the shop from visit rows, where they are loaded."""
    rows = fact("visits").join(question("scope"), "store")
    found = in_buckets(rows)
    found = found.mutate(c_store=found.store_name) if shape.by_store else found
    return found.group_by(_keys(shape)).agg(visitors=found.visitor_key.nunique(), visit_stores=found.store.nunique())


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
        previous_buyers=_sum(by_buyer.before.cast("int64")),
        returned_buyers=_sum((by_buyer.before & by_buyer.after).cast("int64")),
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
    return new.group_by(_keys(shape)).agg(
        month_new_buyers=new.count(), second_by_next_month=_sum(new.again.cast("int64"))
    )


def coverage_rows(shape: Shape) -> ir.Table:
    """Per store and feed: first and last day loaded, the number of rows, and (refunds) rows that name their goods."""
    orders = fact("orders").semi_join(question("scope"), "store")
    found = [
        orders.group_by("store").agg(
            feed=ibis.literal("orders"), first_day=orders.placed_day.min(), last_day=orders.placed_day.max(),
            first_paid=orders.day.min(), rows=orders.count(), named=ibis.literal(0, "int64"),
        )
    ]  # fmt: skip
    for name, first, last in (
        ("refunds", "day", "day"),
        ("store_day", "first_day", "last_day"),
        ("traffic", "first_day", "last_day"),
        ("ads", "first_day", "last_day"),
        ("costs", "first_day", "last_day"),
    ):
        rows = fact(name).semi_join(question("scope"), "store")
        goods = _sum((rows.sku.notnull() | rows.product_id.notnull()).cast("int64")) if name == "refunds" else ibis.literal(0, "int64")
        found.append(
            rows.group_by("store").agg(
                feed=ibis.literal(name), first_day=rows[first].min(), last_day=rows[last].max(),
                first_paid=ibis.null("date"), rows=rows.count(), named=goods,
            )
        )  # fmt: skip
    return ibis.union(*found)


def order_rows(shape: Shape) -> ir.Table:
    """The sale rows behind a figure, one per order or order line, with what each contributes to every part."""
    found = bucketed_sales(shape)
    lines = "line_key" in found.columns
    roots = platform_days_known()
    found = found.left_join(roots, [found.store == roots.root_store, found.day == roots.root_day])
    known = found.buyer_key.notnull()
    nothing = ibis.null("int64")
    first = ibis.window(group_by=["bucket", "buyer_key"], order_by=[found.day, found.order_id])
    return found.select(
        "store", "order_id", "day",
        line_key=found.line_key if lines else ibis.null("string"),
        on_root_day=found.root_store.notnull(),
        gmv=found.gmv, gmv_all=found.gmv_all, units=found.units, refunded_gmv=found.refunded,
        orders=nothing if lines else ibis.literal(1, "int64"),
        identified_gmv=ibis.cases((known, found.gmv), else_=0),
        unidentified_gmv=ibis.cases((known, 0), else_=found.gmv),
        buyers=ibis.cases((known & (ibis.row_number().over(first) == 0), 1), else_=0).cast("int64"),
        user_paid=nothing if lines else ibis.coalesce(found.user_paid_first, found.user_paid),
        list_value=nothing if lines else found.list_value,
        postage=nothing if lines else found.postage,
    )  # fmt: skip


def refund_rows(shape: Shape) -> ir.Table:
    """The refund rows behind `refunds`."""
    refunds = fact("refunds")
    rows = refunds.filter(refunds.day.notnull()).join(question("scope"), "store")
    found = in_buckets(rows)
    return found.select("store", "refund_id", "order_id", "day", refunds=found.amount)


def root_rows(shape: Shape) -> ir.Table:
    """The platform's daily shop rows behind figures whose root they are."""
    rows = _one_report()
    rows = rows.filter(rows.first_day == rows.last_day).join(question("scope"), "store")
    found = in_buckets(rows.drop("last_day").rename(day="first_day"))
    return found.select(
        "store", "day", "report", "gmv", "orders", "units", "visitors", "page_views", "buyers", "refunds",
        first_day=found.day, last_day=found.day, visitor_days=found.visitors, buyer_days=found.buyers,
    )  # fmt: skip


def ad_rows(shape: Shape) -> ir.Table:
    """The advertising rows behind cost, impressions and clicks."""
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    buckets = buckets.rename(b_first="first_day", b_last="last_day")
    rows = fact("ads").join(question("scope"), "store")
    found = rows.join(buckets, [rows.first_day >= buckets.b_first, rows.last_day <= buckets.b_last])
    return found.select(
        "store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id",
        day=found.first_day, ad_cost=found.cost, impressions=found.impressions, clicks=found.clicks,
    )  # fmt: skip
