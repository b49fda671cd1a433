"""Relations over the fact tables, written once in Ibis: what every figure query joins, filters and groups.

Nothing here knows an engine or a file: tables are unbound and get their data when an engine runs the SQL. Small
tables carry the question: `scope` (stores asked for), `buckets` (which day belongs to which bucket of the answer),
`where_N` (values of a filter), `bands` (price bands), `day_types`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir

from goldloop.core.table import Table
from goldloop.lake.schema import TABLES
from goldloop.metrics.cuts import BUYER_CUTS, is_line_cut
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import IBIS_TYPES, QUESTION


@cache
def fact(name: str) -> ir.Table:
    """The unbound fact table of that name, with the schema of the lake."""
    table: Table = TABLES[name]
    columns = {c.name: IBIS_TYPES[c.type] for c in table.columns}
    return ibis.table(columns, name=name)


@cache
def question(name: str) -> ir.Table:
    """One of the small unbound tables that carry the question."""
    if name.startswith("where_"):
        return ibis.table({"value": "string"}, name=name)
    return ibis.table(QUESTION[name], name=name)


# What questions read of an order; the rest stays on disk.
_ORDER_COLUMNS = (
    "store", "order_id", "day", "placed_day", "hour", "buyer_key", "counts", "currency", "region", "channel",
    "order_source", "gmv", "gmv_all", "user_paid", "user_paid_first", "list_value", "postage", "platform_discount",
    "merchant_discount", "goods_amount", "ordered_amount", "presale", "deposit", "title", "line_count", "units", "refunded",
    "refunded_basis", "exclusion", "status", "subsidy", "subsidy_refunded",
)  # fmt: skip


def paid_orders(shape: Shape, *, counting: bool = True) -> ir.Table:
    """Orders of the stores in scope with every order-level cut of the shape as a text column `c_<cut>`.

    `counting=False` takes the orders placed, paid or not, and cuts by their day of placing. Orders that a rule
    excludes as a whole are in neither.
    """
    orders = fact("orders").select(*_ORDER_COLUMNS)
    found = orders.filter(orders.counts) if counting else orders.filter(orders.exclusion.isnull())
    found = found.join(question("scope"), "store")
    return _with_order_cuts(found, shape, day=found.day if counting else found.placed_day)


def _with_order_cuts(found: ir.Table, shape: Shape, *, day: ir.Value) -> ir.Table:
    columns: dict[str, ir.Value] = {}
    for name in shape.names:
        if name == "store":
            columns["c_store"] = found.store_name
        elif name == "platform":
            columns["c_platform"] = found.platform
        elif name == "currency":
            columns["c_currency"] = found.store_currency
        elif name == "weekday":
            columns["c_weekday"] = weekday(day)
        elif name == "hour":
            columns["c_hour"] = found.hour.cast("string") if "hour" in found.columns else ibis.null("string")
        elif name in ("channel", "order_source", "region") and name in found.columns:
            columns[f"c_{name}"] = found[name]
    found = found.mutate(**columns) if columns else found
    if "day_type" in shape.names:
        types = question("day_types")
        key = found.day if "day" in found.columns and day.get_name() == "day" else found[day.get_name()]
        found = found.left_join(types, [found.store == types.dt_store, key == types.dt_day])
        found = found.mutate(c_day_type=found.day_type.fill_null("normal")).drop("dt_store", "dt_day", "day_type")
    return found


def weekday(day: Any) -> ir.Value:
    """ISO weekday of a date as text, '1' (Monday) to '7' (Sunday)."""
    return (day.day_of_week.index() + 1).cast("string")


def sales(shape: Shape) -> ir.Table:
    """Sale rows with their cuts: one row per order, or per order line where a cut is known on lines only.

    Columns: store, order_id, day, buyer_key, gmv, gmv_all, units, refunded, subsidy, is_order (line rows: 0) and the cuts.
    """
    if not any(is_line_cut(n) for n in shape.names):
        return filtered(paid_orders(shape), shape)
    return filtered(sale_lines(shape), shape)


def excluded_sales(shape: Shape) -> ir.Table:
    """What exclusion rules took out of gmv, with its cuts: whole orders, or single lines where a cut is known on lines."""
    if any(is_line_cut(n) for n in shape.names):
        return filtered(sale_lines(shape, excluded=True), shape)
    orders = fact("orders").select(*_ORDER_COLUMNS)
    found = orders.filter(orders.exclusion.notnull(), orders.day.notnull(), orders.gmv_all != 0)
    found = found.join(question("scope"), "store")
    return filtered(_with_order_cuts(found, shape, day=found.day), shape)


def sale_lines(shape: Shape, *, excluded: bool = False) -> ir.Table:
    """Lines of paid orders with their cuts; an order without lines is one row of unknown goods.

    `excluded` gives the lines that rules took out instead, those of orders excluded as a whole among them.
    """
    if excluded:
        paid = fact("orders").select(*_ORDER_COLUMNS)
        paid = paid.filter(paid.day.notnull(), paid.counts | paid.exclusion.notnull()).join(question("scope"), "store")
        orders = _with_order_cuts(paid, shape, day=paid.day)
    else:
        orders = paid_orders(shape)
    asked = question("buckets")  # of both sides, or the rows of all years are read
    orders = orders.semi_join(asked, orders.day == asked.bday)
    cut_columns = [c for c in orders.columns if c.startswith("c_")]
    lines = fact("order_lines")
    wanted = lines.exclusion.notnull() & (lines.gmv_all != 0) if excluded else lines.counts
    lines = lines.filter(wanted).semi_join(asked, lines.day == asked.bday)[
        "store", "order_id", "line_key", "product_id", "sku", "title", "carrier", "seller", "traffic_kind", "quantity",
        "gmv", "gmv_all", "refunded", "subsidy",
    ]  # fmt: skip
    head = orders[["store", "order_id", "day", "buyer_key", "currency", *cut_columns]]
    with_lines = lines.join(head, ["store", "order_id"])
    # An order whose file has no lines still is one sale of unknown goods: totals by product close.
    bare = orders.filter(orders.line_count == 0)
    bare = bare.filter(bare.exclusion.notnull()) if excluded else bare
    bare = bare.select(
        "store", "order_id", "day", "buyer_key", "currency", *cut_columns,
        line_key=ibis.null("string"), product_id=ibis.null("string"), sku=ibis.null("string"), title=bare.title,
        carrier=ibis.null("string"), seller=ibis.null("string"), traffic_kind=ibis.null("string"),
        quantity=bare.units, gmv=bare.gmv, gmv_all=bare.gmv_all, refunded=bare.refunded, subsidy=bare.subsidy,
    )  # fmt: skip
    both = ibis.union(with_lines.select(*sorted(with_lines.columns)), bare.select(*sorted(bare.columns)))
    both = both.mutate(units=both.quantity)
    return with_product_cuts(both, shape)


def with_product_cuts(found: ir.Table, shape: Shape) -> ir.Table:
    """Add every product-level cut of the shape to rows that carry product_id, sku and title (and units, gmv, day)."""
    for name in shape.names:
        column = f"c_{name}"
        if not is_line_cut(name) or column in found.columns:
            continue
        if name == "product":
            found = found.mutate(**{column: ibis.coalesce(found.product_id, found.sku, found.title)})
        elif name in ("sku", "carrier", "seller", "traffic_kind"):
            found = found.mutate(**{column: found[name] if name in found.columns else ibis.null("string")})
        elif name == "price_band":
            found = _with_price_band(found)
        elif name in ("category", "brand"):
            found = with_product_column(found, name)
        else:
            found = _with_attribute(found, name, as_of_sale=shape.as_of_sale)
    return found


def _with_price_band(found: ir.Table) -> ir.Table:
    bands = question("bands")
    size = found.gmv
    joined = found.left_join(
        bands,
        [
            found.currency == bands.band_currency,
            size >= bands.low * found.units,
            size < bands.high * found.units,
        ],
    )
    return joined.mutate(c_price_band=joined.price_band).drop("band_currency", "low", "high", "price_band")


def with_product_column(found: ir.Table, name: str) -> ir.Table:
    """Add a column of the product file as `c_<name>`: that of the SKU, else that of the product."""
    products = fact("products")
    for kind, key in (("sku", "sku"), ("product", "product_id")):
        known = products.filter(products.item_kind == kind)
        known = known.select(p_store=known.store, p_item=known.item_id, **{f"p_{kind}": known[name]})
        found = found.left_join(known, [found.store == known.p_store, found[key] == known.p_item]).drop(
            "p_store", "p_item"
        )
    return found.mutate(**{f"c_{name}": ibis.coalesce(found.p_sku, found.p_product)}).drop("p_sku", "p_product")


def _with_attribute(found: ir.Table, name: str, *, as_of_sale: bool) -> ir.Table:
    values = fact("product_attributes")
    values = values.filter(values.attribute == name.removeprefix("attr:"))
    window = ibis.window(group_by=["store", "item_kind", "item_id"], order_by="valid_from")
    values = values.mutate(valid_to=values.valid_from.lead().over(window))
    for kind, key in (("sku", "sku"), ("product", "product_id")):
        known = values.filter(values.item_kind == kind)
        if not as_of_sale:
            known = known.filter(known.valid_to.isnull())
        known = known.select(
            p_store=known.store, p_item=known.item_id, p_from=known.valid_from, p_to=known.valid_to,
            **{f"p_{kind}": known["value"]},
        )  # fmt: skip
        conditions = [found.store == known.p_store, found[key] == known.p_item]
        if as_of_sale:
            conditions += [
                found.day >= known.p_from,
                (found.day < known.p_to) | known.p_to.isnull(),
            ]
        found = found.left_join(known, conditions).drop("p_store", "p_item", "p_from", "p_to")
    return found.mutate(**{f"c_{name}": ibis.coalesce(found.p_sku, found.p_product)}).drop("p_sku", "p_product")


def filtered(found: ir.Table, shape: Shape, *, buyers: bool = False) -> ir.Table:
    """Keep the rows whose cuts have one of the wanted values (an empty value means unknown).

    Filters on buyer cuts wait until rows are in buckets, where a buyer is known to be new or not (`buyers=True`).
    """
    for i, name in enumerate(shape.wheres):
        if (name in BUYER_CUTS) != buyers:
            continue
        if name == "segment":
            found = found.semi_join(question("people"), "buyer_key")
            continue
        wanted = question(f"where_{i}")
        column = found[f"c_{name}"].fill_null("")
        found = found.filter(column.isin(wanted["value"]))
    return found


def bucketed_sales(shape: Shape, rows: ir.Table | None = None) -> ir.Table:
    """Sale rows (or those given) in their buckets, with buyer cuts where the shape has them."""
    found = in_buckets(sales(shape) if rows is None else rows)
    if shape.known:
        found = with_known_refunds(found)
    if not BUYER_CUTS & set(shape.names):
        return found
    found = with_newness(found, shape)
    found = found.mutate(
        c_buyer_type=ibis.cases((found.buyer_key.isnull(), "unidentified"), (found.is_new, "new"), else_="repeat"),
        c_buyer_stage=ibis.cases((found.buyer_key.isnull(), "unidentified"), else_=found.stage),
    )
    return filtered(found.drop("is_new", "stage"), shape, buyers=True)


def with_known_refunds(found: ir.Table) -> ir.Table:
    """Sale rows in buckets, what was refunded cut down to what was settled by their bucket's `known_to`, which is added.

    An order's refunds after that day take their share out of each of its rows, rounded half up. A refund without a
    known day stays.
    """
    knowns = question("knowns")
    found = found.join(knowns, [found.bucket == knowns.kn_bucket, found.store == knowns.kn_store])
    found = found.drop("kn_bucket", "kn_store")
    refunds = settled_refunds()
    asked = found.filter(found.refunded > 0).select("bucket", "store", "order_id", "known_to").distinct()
    late = asked.join(refunds, ["store", "order_id"])
    late = late.filter(late.settled > late.known_to).group_by(["bucket", "store", "order_id"])
    late = late.agg(late=lambda t: t.part.sum())
    found = found.left_join(late, ["bucket", "store", "order_id"])
    found = found.drop(*[c for c in found.columns if c.endswith("_right")])
    settled = 1 - found.late.fill_null(0)
    refunds = [name for name in ("refunded", "subsidy_refunded") if name in found.columns]
    left = {name: (found[name].cast("float64") * settled).round(0).cast("int64") for name in refunds}
    return found.mutate(**left).drop("late")


def settled_refunds() -> ir.Table:
    """Settled refunds with a known day: store, order_id, settled (day), amount, part (of all settled ones of the order)."""
    refunds = fact("refunds")
    done = refunds.filter(refunds.status == "done", refunds.order_id.notnull(), refunds.amount > 0)
    done = done.select("store", "order_id", "amount", settled=done.day)
    order = ibis.window(group_by=["store", "order_id"])
    done = done.mutate(part=done.amount.cast("float64") / done.amount.sum().over(order).cast("float64"))
    return done.filter(done.settled.notnull())


def with_newness(found: ir.Table, shape: Shape) -> ir.Table:
    """Sale rows in buckets with `is_new` and `stage` of their buyer in the bucket; null for unidentified rows.

    By order, only the very first order of a new buyer is new.
    """
    keys = ["bucket", "buyer_key", *(["store"] if shape.by_store else [])]
    found = found.left_join(first_in_bucket(shape), keys)
    found = found.drop(*[c for c in found.columns if c.endswith("_right")])
    if not shape.new_by_order:
        return found
    found = found.left_join(first_orders(shape), keys)
    found = found.drop(*[c for c in found.columns if c.endswith("_right")])
    first = (found.store == found.first_store) & (found.order_id == found.first_order)
    return found.mutate(is_new=found.is_new & first).drop("first_store", "first_order")


def first_orders(shape: Shape) -> ir.Table:
    """Per bucket and buyer her first order in it: earliest moment, ties by store and number, whatever the filters."""
    keys = ["bucket", "buyer_key", *(["store"] if shape.by_store else [])]
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull())
    paid = paid.select("store", "order_id", "buyer_key", "day", "counted_at").semi_join(question("scope"), "store")
    found = in_buckets(paid)
    order = ibis.window(group_by=keys, order_by=[found.day, found.counted_at, found.store, found.order_id])
    found = found.mutate(place=ibis.row_number().over(order))
    return found.filter(found.place == 0).select(*keys, first_store=found.store, first_order=found.order_id)


def in_buckets(found: ir.Table, day: str = "day") -> ir.Table:
    """Rows once for each bucket that holds their day, with bucket, first_day, last_day, new_before."""
    buckets = question("buckets")
    return found.join(buckets, found[day] == buckets.bday).drop("bday")


def purchase_days(shape: Shape) -> ir.Table:
    """One row per buyer and business day with a paid order in scope, whatever the filters, and her history.

    Columns: buyer_key, [store], day, gmv, previous_day (her purchase day before, null for the first), nth (1 for the
    first purchase day). Filters do not change who is new.
    """
    keys = ["buyer_key", "store"] if shape.by_store else ["buyer_key"]
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull()).select("store", "buyer_key", "day", "gmv")
    paid = paid.semi_join(question("scope"), "store")
    days = paid.group_by([*keys, "day"]).agg(day_gmv=paid.gmv.sum())
    window = ibis.window(group_by=keys, order_by="day")
    return days.mutate(previous_day=days.day.lag().over(window), nth=ibis.row_number().over(window) + 1)


def first_in_bucket(shape: Shape) -> ir.Table:
    """One row per bucket and buyer: her first purchase day in it and whether she is new or on her second purchase.

    Columns: bucket, buyer_key, [store], is_new, stage.
    """
    first = firsts(in_buckets(purchase_days(shape)))
    new = is_new(first, first.new_before)
    stage = ibis.cases((new, "new"), (first.nth == 2, "first_to_second"), else_="old")
    keys = ["bucket", "buyer_key", *(["store"] if shape.by_store else [])]
    return first.select(*keys, is_new=new, stage=stage)


def firsts(days: ir.Table, period_start: str = "first_day") -> ir.Table:
    """Of purchase days those that are the buyer's first in the period that begins on `period_start`."""
    return days.filter(days.previous_day.isnull() | (days.previous_day < days[period_start]))


def is_new(first: ir.Table, new_before: ir.Value) -> ir.Value:
    """Whether first purchase days are those of new buyers.

    No purchase before (rule 1: ever or in the data), or none on or after `new_before`, the day 365 days before the
    period begins (rule 0: platform365).
    """
    return first.previous_day.isnull() | ((first.is_new_rule == 0) & (first.previous_day < new_before))
