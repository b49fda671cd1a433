"""Persons and their purchase days: what RFM, life cycle, second purchases and repurchase models are made of.

All count only days up to the end of the question's first bucket; several orders of a day are one purchase.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from goldloop.metrics.groups.pieces import total
from goldloop.metrics.groups.sales import costed_lines
from goldloop.metrics.relations import fact, in_buckets, question
from goldloop.metrics.shape import Shape

ONCE_TWICE_MORE = 3  # purchases from which on a life cycle no longer counts
CHANNEL_CUTS = ("channel", "order_source", "region")


def rfm_rows(shape: Shape) -> ir.Table:
    """Per bucket and buyer: days from the last purchase to the bucket's end, purchase days in it, and their amount."""
    keys = ["bucket", "last_day", *_keys(shape)]
    days = in_buckets(_purchases()).group_by([*keys, "day"]).agg(gmv=lambda t: t.gmv.sum())
    found = days.group_by(keys).agg(latest=days.day.max(), frequency=days.count(), amount=total(days.gmv))
    return found.mutate(recency=found.last_day.delta(found.latest, unit="day")).drop("last_day", "latest")


def rfm_pairs(shape: Shape) -> ir.Table:
    """The same of each buyer in both buckets of a comparison, side by side (`_then`); null where she did not buy in one."""
    rows = rfm_rows(shape)
    now = rows.bucket == 0
    return rows.group_by(_keys(shape)).agg(
        **{name: rows[name].max(where=now) for name in ("recency", "frequency", "amount")},
        **{f"{name}_then": rows[name].max(where=~now) for name in ("recency", "frequency", "amount")},
    )


def lifecycle_rows(shape: Shape) -> ir.Table:
    """Buyers by purchase days so far (3 stands for more) and days since the last one; and gaps (`purchases` 0) by length.

    `people` have bought on `bought` days for `gmv`; of gaps `people` is how often each length occurs.
    """
    days = _with_next(_days(shape), shape)
    ended = days.following.notnull()
    days = days.mutate(
        purchases=ended.ifelse(0, ibis.least(days.nth, ONCE_TWICE_MORE)),
        days=ibis.coalesce(days.following, _end()).delta(days.day, unit="day"),
    )
    return days.group_by([*_store(shape), "purchases", "days"]).agg(
        people=days.count(), bought=total(days.nth, ~ended), gmv=total(days.spent, ~ended)
    )


def times_rows(shape: Shape) -> ir.Table:
    """Buyers by how many purchase days they have had so far, and the gmv of these days."""
    days = _days(shape)
    people = days.group_by(_keys(shape)).agg(purchases=days.count(), gmv=total(days.gmv))
    return people.group_by([*_store(shape), "purchases"]).agg(people=people.count(), gmv=total(people.gmv))


def second_rows(shape: Shape) -> ir.Table:
    """Buyers by the Monday of their first purchase's week, or by a cut of it, and days to the second or to the end.

    The cut is that of the first day's largest order (ties by number), or for `product` of its largest line.
    """
    days = _with_next(_days(shape), shape)
    first = days.filter(days.nth == 1)
    cut = next((name for name in shape.cuts if name != "store"), None)
    if cut is None:
        first = first.mutate(cut=first.day.truncate("W").cast("date"))
    else:
        first = first.join(_first_cut(cut, shape), [*_keys(shape), "day"])
    found = _until_second(first, shape)
    return found if cut is not None else found.mutate(cut=found.cut.strftime("%Y-%m-%d"))


def second_day_rows(shape: Shape) -> ir.Table:
    """Buyers by the day of their first purchase, and days to the second or to the end."""
    days = _with_next(_days(shape), shape)
    first = days.filter(days.nth == 1)
    found = _until_second(first.mutate(cut=first.day), shape)
    return found.mutate(cut=found.cut.strftime("%Y-%m-%d"))


def _until_second(first: ir.Table, shape: Shape) -> ir.Table:
    """First purchases by `cut`, by whether a second one followed, and by days to it or to the end."""
    first = first.mutate(
        again=first.following.notnull(),
        days=ibis.coalesce(first.following, _end()).delta(first.day, unit="day"),
    )
    return first.group_by([*_store(shape), "cut", "again", "days"]).agg(people=first.count())


def repurchase_rows(shape: Shape) -> ir.Table:
    """Every buyer's history up to the end (bucket 0), and as it stood at the end of bucket 1, the day of a back-test.

    Days: `first`, `latest`, `latest_then`; purchase days `purchases`, `purchases_then` (null: not yet a buyer), of these
    `before` within bucket 1 after the first one; `gmv` of all, `repeat_gmv` of the days after the first.
    """
    days = _days(shape)
    days = days.mutate(first=days.day.min().over(ibis.window(group_by=_keys(shape))))
    then = days.day <= _end(1)
    inside = then & (days.day >= _bucket(1).first_day.max().as_scalar()) & (days.day > days["first"])
    found = days.group_by(_keys(shape)).agg(
        first=days["first"].min(), latest=days.day.max(), purchases=days.count(), gmv=total(days.gmv),
        repeat_gmv=total(days.gmv, days.day > days["first"]), latest_then=days.day.max(where=then),
        purchases_then=total(then.cast("int64")), before=total(inside.cast("int64")),
    )  # fmt: skip
    return found


def first_rows(shape: Shape) -> ir.Table:
    """Buyers whose first loaded purchase day lies in bucket 0, by that day and what they spent on it (`gmv`).

    `people`; of the lines of these days that have a unit cost `costed` is their gmv and `cogs` their cost.
    """
    bought = _purchases()
    days = bought.group_by([*_keys(shape), "day"]).agg(gmv=bought.gmv.sum())
    days = days.mutate(since=days.day.min().over(ibis.window(group_by=_keys(shape))))
    first = days.filter(days.day == days.since, days.day >= _bucket(0).first_day.max().as_scalar(), days.day <= _end())
    lines = costed_lines(Shape())
    lines = lines.filter(lines.line_cost.notnull(), lines.buyer_key.notnull())
    costs = lines.group_by([*_keys(shape), "day"]).agg(costed=total(lines.gmv), cogs=total(lines.line_cost))
    first = first.left_join(costs, [*_keys(shape), "day"])
    return first.group_by([*_store(shape), "day", "gmv"]).agg(
        people=first.count(), costed=total(first.costed), cogs=total(first.cogs)
    )


def joined_rows(shape: Shape) -> ir.Table:
    """Members by the business day on which they joined (`cut`; `starts`: when it begins), and buyers who did not (null); `people` alike in the rest.

    `before`: 1 where she had bought on an earlier day, else 0; `again`: whether she has bought on that day or since; `days`
    from joining to that purchase or to the end (0 for buyers outside).
    """
    starts = question("starts")
    lists = fact("customers")
    lists = lists.join(starts, lists.store == starts.st_store)
    lists = lists.mutate(day=_business_day(lists.joined_at, lists.minutes)).filter(lambda t: t.day <= _end())
    joined = lists.group_by(_keys(shape)).agg(cut=lists.day.min())
    paid = _purchases().filter(lambda t: t.day <= _end()).left_join(joined, _keys(shape))
    bought = paid.group_by(_keys(shape)).agg(first=paid.day.min(), bought=paid.day.min(where=paid.day >= paid.cut))
    both = joined.outer_join(bought, _keys(shape), rname="b_{name}")
    both = both.mutate(**{key: ibis.coalesce(both[key], both[f"b_{key}"]) for key in _keys(shape)})
    both = both.mutate(
        before=(both["first"] < both.cut).fill_null(False).cast("int64"), again=both.bought.notnull(),
        days=ibis.coalesce(both.bought, _end()).delta(both.cut, unit="day").fill_null(0),
    )  # fmt: skip
    return both.group_by([*_store(shape), "cut", "before", "again", "days"]).agg(people=both.count())


def _business_day(moment: ir.TimestampValue, starts: ir.IntegerValue) -> ir.DateValue:
    """The day of a moment where days begin so many minutes after midnight; exactly midnight is a day without its hour."""
    day, minute = moment.date(), moment.hour() * 60 + moment.minute()
    timed = (minute > 0) | (moment.second() > 0)
    return (timed & (minute < starts)).ifelse((day - ibis.interval(days=1)).cast("date"), day)


def _purchases() -> ir.Table:
    """Paid orders with a usable buyer of the stores in scope."""
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull()).select("store", "buyer_key", "day", "gmv")
    return paid.semi_join(question("scope"), "store")


def _days(shape: Shape) -> ir.Table:
    """One row per buyer and purchase day up to the end, with its amount."""
    paid = _purchases()
    paid = paid.filter(paid.day <= _end())
    return paid.group_by([*_keys(shape), "day"]).agg(gmv=paid.gmv.sum())


def _with_next(days: ir.Table, shape: Shape) -> ir.Table:
    """Purchase days with their number (from 1), the day of the next one, and what the buyer `spent` on all of them."""
    order = ibis.window(
        group_by=_keys(shape), order_by="day", preceding=None, following=None
    )  # one sort gives all three
    return days.mutate(
        nth=ibis.row_number().over(order) + 1, following=days.day.lead().over(order), spent=days.gmv.sum().over(order)
    )  # fmt: skip


def _first_cut(cut: str, shape: Shape) -> ir.Table:
    """Per buyer and day the cut of what she paid most for: keys, day, cut (empty where unknown)."""
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull()).semi_join(question("scope"), "store")
    columns = ["store", "order_id", "buyer_key", "day", "gmv"]
    if cut in CHANNEL_CUTS:
        rows = paid.select(*columns, cut=paid[cut].fill_null(""), part=ibis.literal(""))
    else:
        lines = fact("order_lines")
        lines = lines.filter(lines.counts)
        goods = ibis.coalesce(lines.product_id, lines.sku, lines.title, "")
        lines = lines.select("store", "order_id", part="line_key", cut=goods, line_gmv="gmv")
        rows = paid.select(*columns).left_join(lines, ["store", "order_id"])
        rows = rows.mutate(gmv=ibis.coalesce(rows.line_gmv, rows.gmv), cut=rows.cut.fill_null(""))
    order = ibis.window(group_by=[*_keys(shape), "day"], order_by=[ibis.desc("gmv"), "store", "order_id", "part"])
    rows = rows.mutate(place=ibis.row_number().over(order))
    return rows.filter(rows.place == 0).select(*_keys(shape), "day", "cut")


def _keys(shape: Shape) -> list[str]:
    return ["buyer_key", *_store(shape)]


def _store(shape: Shape) -> list[str]:
    return ["store"] if shape.by_store else []


def _bucket(number: int) -> ir.Table:
    buckets = question("buckets")
    return buckets.filter(buckets.bucket == number)


def _end(number: int = 0) -> ir.DateScalar:
    """The last day of a bucket."""
    return _bucket(number).last_day.max().as_scalar()
