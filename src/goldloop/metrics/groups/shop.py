"""Parts of reports about the whole shop, its sources, products and ads; costs; and what is loaded at all."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import keys_of, one_report, spend, store_cuts, total
from goldloop.metrics.relations import fact, filtered, in_buckets, question, weekday
from goldloop.metrics.shape import Shape

ROOT_ADDITIVE = ("gmv", "orders", "units", "page_views", "cart_units", "ordered_amount", "refunds")
ROOT_EXACT = (
    "visitors", "buyers", "new_buyers", "repeat_buyers", "repeat_gmv", "new_visitors", "old_visitors", "favourites",
    "cart_adders", "ordered_buyers", "searched_visitors", "enquirers", "bounce_rate", "stay_seconds",
)  # fmt: skip


def root_exact(shape: Shape) -> ir.Table:
    """The platform's row of exactly a bucket's period, per store."""
    rows = one_report().join(question("scope"), "store")
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    found = rows.join(buckets, ["first_day", "last_day"])
    return found.select("bucket", "store", "report", *ROOT_ADDITIVE, *ROOT_EXACT)


def root_days(shape: Shape) -> ir.Table:
    """Daily platform rows added up over a bucket's days, per store [and weekday]."""
    rows = one_report()
    rows = rows.filter(rows.first_day == rows.last_day).join(question("scope"), "store")
    found = in_buckets(rows.drop("last_day").rename(day="first_day"))
    found = found.mutate(c_weekday=weekday(found.day)) if "weekday" in shape.cuts else found
    keys = ["bucket", "store", *(["c_weekday"] if "weekday" in shape.cuts else [])]
    # A row without gmv is not the root of its day: its orders and units would stand beside those of the order files.
    root = {name: found.gmv.notnull() if name in ("orders", "units") else ibis.literal(True) for name in ROOT_ADDITIVE}
    sums = {f"{name}_sum": total(root[name].ifelse(found[name], None)) for name in ROOT_ADDITIVE}
    stated = {f"{name}_days": total((root[name] & found[name].notnull()).cast("int64")) for name in ROOT_ADDITIVE}
    return found.group_by(keys).agg(
        **sums,
        **stated,
        visitor_days=total(found.visitors),
        buyer_days=total(found.buyers),
        visitors_stated=total(found.visitors.notnull().cast("int64")),
        buyers_stated=total(found.buyers.notnull().cast("int64")),
        report=found.report.max(),
        days=found.count(),
    )


def source_parts(shape: Shape) -> ir.Table:
    """Traffic of each source for exactly a bucket's period (leaf rows for sources, every row keeps its own scope)."""
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    found = _source_rows().join(buckets, ["first_day", "last_day"])
    columns = store_cuts(found, shape)
    if "source" in shape.names:
        columns["c_source"] = found.scope_id
    if "source_group" in shape.names:
        columns["c_source_group"] = found.source_group
    found = filtered(found.mutate(**columns) if columns else found, shape)
    paid = found.source_group == "paid"
    return found.group_by(keys_of(shape)).agg(
        source_rows=found.count(),
        source_visitors=total(found.visitors),
        source_buyers=total(found.buyers),
        source_gmv=total(found.gmv),
        paid_source_visitors=total(found.visitors, paid),
        all_source_visitors=total(found.visitors),
    )


def source_periods(shape: Shape) -> ir.Table:
    """Per store the days that a row of its sources is about."""
    return _source_rows().select("store", "first_day", "last_day").distinct()


def _source_rows() -> ir.Table:
    rows = fact("traffic")
    rows = rows.filter(rows.unit == "visitors", rows.scope_kind == "source").join(question("scope"), "store")
    # Rows of one carrier show visits of the whole shop once more, parents those of their children.
    return rows.filter(~rows.is_parent.fill_null(False), rows.carrier.isnull())


def product_traffic_parts(shape: Shape) -> ir.Table:
    """Visitors of each product for exactly a bucket's period, and page views added up over days."""
    rows = fact("traffic")
    rows = rows.filter(rows.unit == "visitors", rows.scope_kind == "product").join(question("scope"), "store")
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    rows = filtered(rows.mutate(c_product=rows.scope_id, **store_cuts(rows, shape)), shape)
    exact = rows.join(buckets, ["first_day", "last_day"])
    exact = exact.group_by(keys_of(shape)).agg(product_visitors=total(exact.visitors), product_rows=exact.count())
    days = rows.filter(rows.first_day == rows.last_day).drop("last_day").rename(day="first_day")
    days = in_buckets(days)
    days = days.group_by(keys_of(shape)).agg(product_page_views=total(days.page_views))
    both = days.left_join(exact, keys_of(shape))
    return both.drop(*[c for c in both.columns if c.endswith("_right")])


def attributed_spend(shape: Shape) -> ir.Table:
    """The advertising rows of each bucket, every spend once, with the sales attributed in their longest loaded window."""
    key = ["store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id"]
    sold = fact("ad_sales")
    sold = sold.mutate(length=sold["window"].re_extract(r"(\d+)", 1).try_cast("int64").fill_null(0))
    longest = ibis.window(group_by=key, order_by=[sold.length.desc(), sold["window"]])
    sold = sold.mutate(rank=ibis.row_number().over(longest))
    sold = sold.filter(sold["rank"] == 0).select(
        *key, ad_gmv=sold.gmv, ad_orders=sold.orders, ad_new=sold.new_buyers, ad_window=sold["window"]
    )
    found = spend().left_join(sold, key)
    found = found.drop(*[c for c in found.columns if c.endswith("_right")])
    columns = store_cuts(found, shape)
    if "product" in shape.names:
        columns["c_product"] = ibis.cases((found.subject_kind == "product", found.subject_id))
    return filtered(found.mutate(**columns) if columns else found, shape)


def ad_parts(shape: Shape) -> ir.Table:
    """Cost, clicks and attributed sales of rows whose period lies in the bucket."""
    found = attributed_spend(shape)
    return found.group_by(keys_of(shape)).agg(
        ad_cost=total(found.cost),
        impressions=total(found.impressions),
        clicks=total(found.clicks),
        ad_gmv=total(found.ad_gmv),
        ad_orders=total(found.ad_orders),
        ad_new_buyers=total(found.ad_new),
        window_min=found.ad_window.min(),
        window_max=found.ad_window.max(),
        whole_store=total(found.whole_store.fill_null(False).cast("int64")),
    )


def cost_rows(shape: Shape) -> ir.Table:
    """Costs of the stores in scope as loaded; they are spread over their days when the answer is put together."""
    rows = fact("costs").semi_join(question("scope"), "store")
    return rows.select("store", "kind", "cost_id", "first_day", "last_day", "amount")


def visit_parts(shape: Shape) -> ir.Table:
    """Distinct visitors of the shop from visit rows, where they are loaded."""
    rows = fact("visits").join(question("scope"), "store")
    found = in_buckets(rows)
    found = found.mutate(c_store=found.store_name) if shape.by_store else found
    return found.group_by(keys_of(shape)).agg(visitors=found.visitor_key.nunique(), visit_stores=found.store.nunique())


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
        goods = (
            total((rows.sku.notnull() | rows.product_id.notnull()).cast("int64"))
            if name == "refunds"
            else ibis.literal(0, "int64")
        )
        found.append(
            rows.group_by("store").agg(
                feed=ibis.literal(name), first_day=rows[first].min(), last_day=rows[last].max(),
                first_paid=ibis.null("date"), rows=rows.count(), named=goods,
            )
        )  # fmt: skip
    return ibis.union(*found)
