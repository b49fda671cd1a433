"""The rows behind a figure, for tracing."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import one_report, platform_days_known, spend
from goldloop.metrics.relations import bucketed_sales, excluded_sales, fact, in_buckets, question
from goldloop.metrics.shape import Shape


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
        gmv=found.gmv, gmv_all=found.gmv_all, units=found.units, refunded_gmv=found.refunded, excluded=found.gmv - found.gmv_all,
        orders=nothing if lines else ibis.literal(1, "int64"),
        identified_gmv=ibis.cases((known, found.gmv), else_=0),
        unidentified_gmv=ibis.cases((known, 0), else_=found.gmv),
        buyers=ibis.cases((known & (ibis.row_number().over(first) == 0), 1), else_=0).cast("int64"),
        user_paid=nothing if lines else ibis.coalesce(found.user_paid_first, found.user_paid),
        list_value=nothing if lines else found.list_value,
        postage=nothing if lines else found.postage,
    )  # fmt: skip


def excluded_rows(shape: Shape) -> ir.Table:
    """Orders that rules took out as a whole (by cuts of lines: every such line), `excluded` with the sign it has in gmv."""
    found = bucketed_sales(shape, excluded_sales(shape))
    lines = "line_key" in found.columns
    roots = platform_days_known()
    found = found.left_join(roots, [found.store == roots.root_store, found.day == roots.root_day])
    return found.select(
        "store", "order_id", "day",
        line_key=found.line_key if lines else ibis.null("string"),
        on_root_day=found.root_store.notnull(),
        gmv_all=found.gmv_all, excluded=-found.gmv_all,
    )  # fmt: skip


def refund_rows(shape: Shape) -> ir.Table:
    """The refund rows behind `refunds`."""
    refunds = fact("refunds")
    rows = refunds.filter(refunds.day.notnull()).join(question("scope"), "store")
    found = in_buckets(rows)
    return found.select("store", "refund_id", "order_id", "day", refunds=found.amount)


def root_rows(shape: Shape) -> ir.Table:
    """The platform's daily shop rows behind figures whose root they are."""
    rows = one_report()
    rows = rows.filter(rows.first_day == rows.last_day).join(question("scope"), "store")
    found = in_buckets(rows.drop("last_day").rename(day="first_day"))
    return found.select(
        "store", "day", "report", "gmv", "orders", "units", "visitors", "page_views", "buyers", "refunds",
        first_day=found.day, last_day=found.day, visitor_days=found.visitors, buyer_days=found.buyers,
    )  # fmt: skip


def ad_rows(shape: Shape) -> ir.Table:
    """The advertising rows behind cost, impressions and clicks."""
    found = spend()
    return found.select(
        "store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id",
        day=found.first_day, ad_cost=found.cost, impressions=found.impressions, clicks=found.clicks,
    )  # fmt: skip
