"""The rows behind a figure, for tracing."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import one_report, platform_days_known
from goldloop.metrics.groups.sales import costed_lines, refunds_in_buckets
from goldloop.metrics.groups.shop import attributed_spend
from goldloop.metrics.relations import bucketed_sales, excluded_sales, fact, in_buckets, question, with_newness
from goldloop.metrics.shape import Shape

REPORTED = (
    "gmv",
    "orders",
    "units",
    "visitors",
    "page_views",
    "buyers",
    "new_buyers",
    "repeat_buyers",
    "repeat_gmv",
    "refunds",
)


def order_rows(shape: Shape) -> ir.Table:
    """The sale rows behind a figure, one per order or order line, with what each contributes to every part.

    What is counted once (an order with several lines, a buyer with several orders) stands on its first row.
    """
    found = bucketed_sales(shape)
    lines = "line_key" in found.columns
    roots = platform_days_known()
    found = found.left_join(roots, [found.store == roots.root_store, found.day == roots.root_day])
    known = found.buyer_key.notnull()
    nothing = ibis.null("int64")
    first = _first(found, ["store", "order_id"]) if lines else ibis.literal(True)
    return found.select(
        "store", "order_id", "day",
        line_key=found.line_key if lines else ibis.null("string"),
        on_root_day=found.root_store.notnull(),
        gmv=found.gmv, gmv_all=found.gmv_all, units=found.units, refunded_gmv=found.refunded, excluded=found.gmv - found.gmv_all,
        orders=first.cast("int64"),
        identified_orders=(first & known).cast("int64"),
        identified_gmv=ibis.cases((known, found.gmv), else_=0),
        unidentified_gmv=ibis.cases((known, 0), else_=found.gmv),
        buyers=(known & _first(found, ["buyer_key"])).cast("int64"),
        buyer_days=(known & _first(found, ["buyer_key", "store", "day"])).cast("int64"),
        subsidy=found.subsidy.fill_null(0),
        subsidy_kept=nothing if lines else found.subsidy.fill_null(0) - found.subsidy_refunded.fill_null(0),
        user_paid=nothing if lines else ibis.coalesce(found.user_paid_first, found.user_paid),
        list_value=nothing if lines else found.list_value,
        postage=nothing if lines else found.postage,
    )  # fmt: skip


def _first(found: ir.Table, keys: list[str]) -> ir.BooleanValue:
    """Whether a row is the first of its bucket with these keys."""
    order = [found.day, found.order_id, *([found.line_key] if "line_key" in found.columns else [])]
    place: ir.BooleanValue = ibis.row_number().over(ibis.window(group_by=["bucket", *keys], order_by=order)) == 0
    return place


def new_rows(shape: Shape) -> ir.Table:
    """The sale rows of known buyers, by whether their buyer is new in the bucket; each buyer stands on her first row."""
    found = bucketed_sales(shape)
    found = with_newness(found.filter(found.buyer_key.notnull()), shape)
    first = _first(found, ["buyer_key", "is_new"])
    return found.select(
        "store", "order_id", "day",
        line_key=found.line_key if "line_key" in found.columns else ibis.null("string"),
        new_gmv=ibis.cases((found.is_new, found.gmv), else_=0),
        repeat_gmv=ibis.cases((~found.is_new, found.gmv), else_=0),
        new_buyers=(found.is_new & first).cast("int64"),
        repeat_buyers=(~found.is_new & first).cast("int64"),
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
    found = refunds_in_buckets(shape)
    return found.select("store", "refund_id", "order_id", "day", refunds=found.gmv)


def goods_rows(shape: Shape) -> ir.Table:
    """The lines behind the cost of goods sold and kept."""
    found = costed_lines(shape)
    kept = ibis.cases((found.kept, found.line_cost), else_=0)
    return found.select("store", "order_id", "line_key", "day", cogs=found.line_cost, kept_cogs=kept)


def root_rows(shape: Shape) -> ir.Table:
    """The platform's daily shop rows behind figures whose root they are."""
    rows = one_report()
    rows = rows.filter(rows.first_day == rows.last_day).join(question("scope"), "store")
    found = in_buckets(rows.drop("last_day").rename(day="first_day"))
    return found.select("store", "day", "report", *REPORTED, first_day=found.day, last_day=found.day)


def period_rows(shape: Shape) -> ir.Table:
    """The platform's shop rows of exactly a bucket's period."""
    buckets = question("buckets").select("bucket", "first_day", "last_day").distinct()
    found = one_report().join(question("scope"), "store").join(buckets, ["first_day", "last_day"])
    return found.select("store", "report", "first_day", "last_day", *REPORTED, day=found.first_day)


def visit_rows(shape: Shape) -> ir.Table:
    """The first visit of each visitor of a bucket."""
    found = in_buckets(fact("visits").join(question("scope"), "store"))
    order = ibis.window(group_by=["bucket", "visitor_key"], order_by=[found.visited_at, found.store])
    first = (ibis.row_number().over(order) == 0).cast("int64")
    return found.select("store", "visitor_key", "visited_at", "day", visitors=first)


def ad_rows(shape: Shape) -> ir.Table:
    """The advertising rows behind cost, impressions, clicks and attributed sales."""
    found = attributed_spend(shape)
    return found.select(
        "store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id", "ad_gmv", "ad_orders",
        day=found.first_day, ad_cost=found.cost, impressions=found.impressions, clicks=found.clicks, ad_new_buyers=found.ad_new,
    )  # fmt: skip
