"""The people of a segment in one statement: each condition is a column a person, and/or/not are read off them.

What a condition is held against stands in `terms` (days and bounds) and `picks` (values of filters), so the statement
depends on how a segment is built only. Conditions are tuples of kind, number and parts (see `metrics.members.segments`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import ibis.expr.types as ir

from goldloop.core.members.lifecycle import STATES
from goldloop.core.members.rfm import GROUPS
from goldloop.core.members.segments import GOODS
from goldloop.metrics.groups.pieces import total
from goldloop.metrics.relations import fact, question, with_product_cuts
from goldloop.metrics.shape import Shape

Term = tuple[Any, ...]
Picks = tuple[tuple[str, int], ...]  # (cut, number of its values)
ORDER_COLUMNS = (
    "store", "order_id", "buyer_key", "day", "gmv", "units", "region", "channel", "order_source", "merchant_discount", "refunded"
)  # fmt: skip


def segment_people(shape: Shape) -> ir.Table:
    """The buyers in scope for whom the segment holds: key, and orders and gmv of all their days."""
    assert shape.segment is not None
    tree, must = _narrowed(shape.segment)
    orders = _paid()
    for goods in must:  # sold to few of all buyers: before the orders of millions are grouped
        lines = _lines(goods)
        lines = lines.filter(_has(lines, goods))
        bought = fact("orders").filter(lambda t: t.counts, lambda t: t.buyer_key.notnull())
        bought = bought.select("store", "order_id", "buyer_key").semi_join(lines, ["store", "order_id"])
        orders = orders.semi_join(bought, "buyer_key")
    terms = list(leaves(tree))
    wanted = [_goods(picks) for term in terms for picks in _parts(term) if _goods(picks)]
    if wanted:
        orders = orders.left_join(_line_sums(list(dict.fromkeys(wanted))), ["store", "order_id"])
    people = orders.group_by("buyer_key").agg(
        orders=orders.count(),
        gmv=total(orders.gmv),
        **{name: value for term in terms for name, value in _sums(orders, term).items()},
    )
    for term in terms:
        if term[0] == "then":
            people = _joined(people, _sequence(orders, term))
    if any(term[0] == "trait" and term[2] in ("level", "member") for term in terms):
        people = _joined(people, _programme())
    return people.filter(_holds(tree, people)).select("buyer_key", "orders", "gmv")


def segment_buyers(shape: Shape) -> ir.Table:
    """How many buyers there are in scope."""
    return _paid().agg(buyers=lambda t: t.buyer_key.nunique())


def segment_rows(shape: Shape) -> ir.Table:
    """Store and key of everybody in `people`, one row for each store in which she bought."""
    return _paid().semi_join(question("people"), "buyer_key").select("store", "buyer_key").distinct()


def leaves(tree: Term) -> list[Term]:
    """The conditions of a tree, in order."""
    return [leaf for part in tree[1:] for leaf in leaves(part)] if tree[0] in ("and", "or", "not") else [tree]


def _holds(tree: Term, people: ir.Table) -> ir.BooleanValue:
    kind, *parts = tree
    if kind in ("and", "or"):
        joined = and_ if kind == "and" else or_
        return reduce(joined, (_holds(part, people) for part in parts), ibis.literal(kind == "and"))
    if kind == "not":
        return ~_holds(parts[0], people)
    name = f"t{parts[0]}"
    if kind == "count":
        return people[name].between(_term(parts[0], "low"), _term(parts[0], "high")).fill_null(False)
    if kind == "when":
        return people[name].between(_term(parts[0], "first_day"), _term(parts[0], "last_day"))
    if kind == "then":
        return people[name].fill_null(False)
    return _trait(people, tree)


def _trait(people: ir.Table, term: Term) -> ir.BooleanValue:
    _, number, trait, slot = term
    if trait == "state":
        bought, since = people[f"t{number}"], _end().delta(people[f"t{number}_last"], unit="day")
        value = ibis.cases(
            (since > _term(number, "high"), STATES[4]), (since > _term(number, "low"), STATES[3]),
            *((bought == n, STATES[n - 1]) for n in (1, 2)), else_=STATES[2],
        )  # fmt: skip
    elif trait == "rfm":
        since = _end().delta(people[f"t{number}_last"], unit="day")
        high = (people[f"t{number}_gmv"] >= _term(number, "third"), since <= _term(number, "low"))
        often = people[f"t{number}"] >= _term(number, "high")
        cases = ((_all(high + (often,), flags), name) for flags, name in GROUPS.items())
        value = ibis.cases((people[f"t{number}"] == 0, ""), *cases)
    elif trait == "level":
        value = people.level
    else:
        value = people.joined.fill_null(False).ifelse("yes", "no")
    return value.fill_null("").isin(_picked(slot))


def _all(high: Sequence[ir.BooleanValue], flags: Sequence[int]) -> ir.BooleanValue:
    return reduce(and_, (one if flag else ~one for one, flag in zip(high, flags, strict=True)))


def _sums(orders: ir.Table, term: Term) -> dict[str, ir.Value]:
    """A person's columns that a condition is read off."""
    kind, number, *rest = term
    name = f"t{number}"
    if kind == "when":
        return {name: orders.day.min() if rest[0] == "first" else orders.day.max()}
    if kind == "count":
        measure, picks, bounded, _ = rest
        return {name: _measured(orders, measure, picks, _passes(orders, number, picks, bounded))}
    if kind == "trait" and rest[0] == "state":
        return {name: orders.day.nunique(), f"{name}_last": orders.day.max()}
    if kind == "trait" and rest[0] == "rfm":
        inside = orders.day >= _term(number, "first_day")
        days = orders.day.nunique(where=inside)
        return {name: days, f"{name}_last": orders.day.max(), f"{name}_gmv": total(orders.gmv, inside)}
    return {}


def _measured(orders: ir.Table, measure: str, picks: Picks, passes: ir.BooleanValue | None) -> ir.Value:
    goods = _goods(picks)
    gmv, units = (orders[f"{_column(goods)}_{n}"] if goods else orders[n] for n in ("gmv", "units"))
    many = orders.count(where=passes)
    if measure == "few":  # 0, 1, or 2 for more: two days apart need no list of days
        apart = orders.day.max(where=passes) > orders.day.min(where=passes)
        return ibis.cases((apart, 2), (many > 0, 1), else_=0)
    if measure == "purchases":
        return orders.day.nunique(where=passes)
    if measure == "orders":
        return many
    if measure == "units":
        return total(units, passes).fill_null(0)
    amount = total(gmv, passes).fill_null(0)
    return amount if measure == "amount" else (amount / many.nullif(0)).floor().cast("int64")


def _passes(orders: ir.Table, number: int, picks: Picks, bounded: bool) -> ir.BooleanValue | None:
    """Whether an order passes all filters of a condition, in its days; None where every order does."""
    found = [_order_cut(orders, cut).isin(_picked(slot)) for cut, slot in picks if cut not in GOODS]
    if bounded:
        found.append(orders.day.between(_term(number, "first_day"), _term(number, "last_day")))
    if _goods(picks):
        found.append(orders[_column(_goods(picks))].fill_null(False))
    return reduce(and_, found) if found else None


def _order_cut(orders: ir.Table, cut: str) -> ir.StringValue:
    if cut in ("coupon", "refunded"):
        amount = orders.merchant_discount if cut == "coupon" else orders.refunded
        return (amount > 0).fill_null(False).ifelse("yes", "no")
    return orders[cut].fill_null("")


def _narrowed(tree: Term) -> tuple[Term, list[Picks]]:
    """The tree, and goods that everybody in the segment has bought; conditions that say no more than that are left out."""
    parts = tree[1:] if tree[0] == "and" else (tree,)
    must = [part for part in parts if part[0] == "count" and part[5] and _goods(part[3])]
    rest = (part for part in parts if part not in must or part[5] != "simply")
    return ("and", *rest), [_goods(part[3]) for part in must]


def _line_sums(wanted: list[Picks]) -> ir.Table:
    """By order and set of goods: whether a line has them, and their gmv and units."""
    lines = _lines(tuple(pick for goods in wanted for pick in goods))
    lines = lines.mutate(**{_column(goods): _has(lines, goods) for goods in wanted})
    lines = lines.filter(reduce(or_, (lines[_column(goods)] for goods in wanted)))
    sums: dict[str, ir.Value] = {}
    for name in map(_column, wanted):
        gmv, units = (total(lines[n], lines[name]) for n in ("gmv", "units"))
        sums |= {name: lines[name].any(), f"{name}_gmv": gmv, f"{name}_units": units}
    return lines.group_by(["store", "order_id"]).agg(**sums)


def _lines(goods: Picks) -> ir.Table:
    """Lines that count, with the cuts of these goods."""
    lines = fact("order_lines")
    lines = lines.filter(lines.counts, lines.day <= _end()).semi_join(question("scope"), "store")
    lines = lines.select(
        "store", "order_id", "day", "product_id", "sku", "title", "currency", "gmv", units=lines.quantity
    )
    return with_product_cuts(lines, Shape(tuple(dict.fromkeys(cut for cut, _ in goods))))


def _has(lines: ir.Table, goods: Picks) -> ir.BooleanValue:
    return reduce(and_, (lines[f"c_{cut}"].fill_null("").isin(_picked(slot)) for cut, slot in goods))


def _sequence(orders: ir.Table, term: Term) -> ir.Table:
    """Who bought what is asked first, and on one of so many later days what is asked then."""
    _, number, before, after = term
    before, after = (_passes(orders, number, picks, False) for picks in (before, after))
    every = ibis.literal(True)
    days = orders.mutate(before=every if before is None else before, after=every if after is None else after)
    days = days.filter(days.before | days.after).group_by(["buyer_key", "day"])
    days = days.agg(before=lambda t: t.before.any(), after=lambda t: t.after.any())
    earlier = ibis.window(group_by="buyer_key", order_by="day", between=(None, -1))
    days = days.mutate(since=days.before.ifelse(days.day, ibis.null("date")).max().over(earlier))
    found = days.filter(days.after, days.day.delta(days.since, unit="day") <= _term(number, "high"))
    return found.group_by("buyer_key").agg(**{f"t{number}": found.after.any()})


def _programme() -> ir.Table:
    """Of each key what the platform's member lists say."""
    customers = fact("customers").semi_join(question("scope"), "store")
    joined = customers.joined_at.notnull() | customers.level.notnull()
    return customers.group_by("buyer_key").agg(level=customers.level.max(), joined=joined.any())


def _paid() -> ir.Table:
    """Paid orders of known buyers of the stores in scope, up to the last day that counts."""
    orders = fact("orders")
    paid = orders.filter(orders.counts, orders.buyer_key.notnull(), orders.day <= _end())
    return paid.select(*ORDER_COLUMNS).semi_join(question("scope"), "store")


def _joined(people: ir.Table, more: ir.Table) -> ir.Table:
    found = people.left_join(more, "buyer_key")
    return found.drop(*[name for name in found.columns if name.endswith("_right")])


def _parts(term: Term) -> tuple[Picks, ...]:
    """The sets of filters of a condition."""
    return {"count": term[3:4], "then": term[2:4]}.get(term[0], ())


def _goods(picks: Picks) -> Picks:
    return tuple(pick for pick in picks if pick[0] in GOODS)


def _column(goods: Picks) -> str:
    """The column of a set of goods."""
    return "l" + "_".join(str(slot) for _, slot in goods)


def _term(number: int, column: str) -> Any:
    terms = question("terms")
    return terms.filter(terms.term == number)[column].max().as_scalar()


def _picked(slot: int) -> ir.Column:
    picks = question("picks")
    return picks.filter(picks.slot == slot)["value"]


def _end() -> Any:
    """The last day that counts."""
    return question("buckets").last_day.max().as_scalar()
