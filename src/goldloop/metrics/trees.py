"""Driver trees: how a figure is made of drivers, and how each driver's change becomes part of the root's.

A tree is data: sums and products of *leaves*, and a leaf is a count, a ratio of two figures, or one divided by a
figure. Every node knows the figures that give its value, so a tree needs no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.decompose import additive, logarithmic_mean, product_effects
from goldloop.metrics.definitions import FIGURES, Figure, Unit
from goldloop.metrics.query import QuestionError

Values = Mapping[str, Any]  # figures by name, in minor units where they are money; None where unknown
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A driver: `over` alone, `over / under`, or `1 / under` (over None)."""

    name: str
    over: str | None
    under: str | None = None

    def value(self, side: Values) -> float:
        """Its value on one side; NaN where it is undefined."""
        over = 1.0 if self.over is None else side[self.over]
        under = 1.0 if self.under is None else side[self.under]
        if over is None or under is None or not under:
            return float("nan")
        return float(over) / float(under)

    def read(self, side: Values) -> float | None:
        """What a person reads as its value (of 1 / x that is x); None where it is undefined."""
        found = self.value(side) if self.over is not None else side[self.under or ""]
        return None if found is None or not np.isfinite(found) else float(found)


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts that add up, each with its sign."""

    name: str
    parts: tuple[tuple[int, Node], ...]

    def value(self, side: Values) -> float:
        """The signed sum of its parts."""
        return float(sum(sign * part.value(side) for sign, part in self.parts))


@dataclass(frozen=True, slots=True)
class Product:
    """Factors that multiply."""

    name: str
    factors: tuple[Node, ...]

    def value(self, side: Values) -> float:
        """The product of its factors; 0 when one of them is 0, whatever is undefined beside it."""
        found = [factor.value(side) for factor in self.factors]
        return 0.0 if 0 in found else float(np.prod(found))


Node = Leaf | Sum | Product


@dataclass(frozen=True, slots=True)
class Effect:
    """A driver's part of the root's change, in the root's unit.

    `per_unit` is what one unit of the driver's own change is worth: it carries parts of that change, by segment, up to
    the root exactly. `method` is lmdi, shapley (where a value is negative) or difference (a part of a sum).
    """

    leaf: Leaf
    money: float
    per_unit: float
    method: str


def leaves(node: Node) -> Iterator[Leaf]:
    """All drivers of a tree, in reading order."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Sum):
        for _, part in node.parts:
            yield from leaves(part)
    else:
        for factor in node.factors:
            yield from leaves(factor)


def figures_of(node: Node) -> tuple[str, ...]:
    """The figures that its leaves are made of, each once."""
    found = [name for leaf in leaves(node) for name in (leaf.over, leaf.under) if name is not None]
    return tuple(dict.fromkeys(found))


def effects(node: Node, before: Values, after: Values) -> list[Effect]:
    """The change of a tree's root split over its drivers; the money of all sums to the change of the root.

    Sums pass changes on; products split theirs by LMDI-I (Shapley where a factor is negative). Below a factor x of a
    product V the worth of one unit is `L(V1, V0) / L(x1, x0)`, so that a tree of any depth closes.
    """
    return list(_effects(node, before, after, 1.0))


def _effects(node: Node, before: Values, after: Values, worth: float) -> Iterator[Effect]:
    if isinstance(node, Leaf):
        yield Effect(node, worth * _change(node, before, after), worth, "difference")
    elif isinstance(node, Sum):
        for sign, part in node.parts:
            yield from _effects(part, before, after, worth * sign)
    else:
        yield from _of_product(node, before, after, worth)


def _of_product(node: Product, before: Values, after: Values, worth: float) -> Iterator[Effect]:
    old, new, found, negative = _factor_effects(node, before, after)
    start, end = node.value(before), node.value(after)
    for factor, effect, x0, x1 in zip(node.factors, found, old, new, strict=True):
        unit = _worth(float(effect), x0, x1, start, end)
        if isinstance(factor, Leaf):
            yield Effect(factor, worth * float(effect), worth * unit, "shapley" if negative else "lmdi")
        else:
            yield from _effects(factor, before, after, worth * unit)


def _factor_effects(node: Product, before: Values, after: Values) -> tuple[Array, Array, Array, bool]:
    """Factor values before and after, their effects on the product, and whether Shapley had to be used."""
    old = np.array([factor.value(before) for factor in node.factors])
    new = np.array([factor.value(after) for factor in node.factors])
    negative = bool((old < 0).any() or (new < 0).any())
    found = (product_effects if negative else additive)([old], [new])[0]
    return old, new, found, negative


def product_worth(node: Product, before: Values, after: Values) -> list[float]:
    """What one unit of each partial product (the first factor, the first two ...) is worth on the product itself."""
    old, new, found, _ = _factor_effects(node, before, after)
    start, end = node.value(before), node.value(after)
    with np.errstate(invalid="ignore"):
        reached0, reached1 = np.cumprod(old), np.cumprod(new)
    reached0, reached1 = (np.nan_to_num(side) for side in (reached0, reached1))
    pairs = zip(np.cumsum(found)[:-1], reached0[:-1], reached1[:-1], strict=True)
    return [*(_worth(float(e), x0, x1, start, end) for e, x0, x1 in pairs), 1.0]


def _worth(effect: float, x0: float, x1: float, start: float, end: float) -> float:
    """What one unit of a factor's change is worth on the product: effect / change, by its limit where it stands still."""
    if min(x0, x1, start, end) > 0:
        return float(logarithmic_mean(end, start)) / float(logarithmic_mean(x1, x0))
    change = float(np.nan_to_num(x1) - np.nan_to_num(x0))
    if abs(change) > 1e-9 * max(abs(x0), abs(x1)) or (np.isnan([x0, x1]).any() and change):
        return effect / change
    return (start + end) / 2 / x0 if x0 else 0.0


def _change(node: Node, before: Values, after: Values) -> float:
    """The change of a node, an undefined side counting as 0."""
    old, new = node.value(before), node.value(after)
    return float(np.nan_to_num(new) - np.nan_to_num(old))


# --- the trees --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Driver:
    """Words and unit of a driver that is no figure of its own."""

    en: str
    zh: str
    unit: Unit


DRIVERS = {
    "new_buyer_value": Driver("value of a new buyer", "新客客单价", "money_per"),
    "repeat_buyer_value": Driver("value of a repeat buyer", "老客客单价", "money_per"),
    "identified_order_conversion": Driver("orders per visitor, identified", "访客下单率(已识别)", "rate"),
    "identified_visitor_value": Driver("visitor value, identified", "UV价值(已识别)", "money_per"),
    "identified_visitor_day_value": Driver("value of a visitor day, identified", "访客·天价值(已识别)", "money_per"),
}
STEPS = {
    ("visitors", "buyers"): "conversion",
    ("buyers", "identified_orders"): "orders_per_buyer",
    ("identified_orders", "identified_gmv"): "identified_order_value",
    ("buyers", "identified_gmv"): "buyer_value",
    ("visitors", "identified_orders"): "identified_order_conversion",
    ("visitors", "identified_gmv"): "identified_visitor_value",
    ("visitor_days", "buyer_days"): "day_conversion",
    ("visitor_days", "identified_gmv"): "identified_visitor_day_value",
    ("buyer_days", "identified_gmv"): "day_buyer_value",
    ("visitors", "orders"): "order_conversion",
    ("visitors", "gmv"): "visitor_value",
    ("orders", "gmv"): "order_value",
    ("orders", "units"): "units_per_order",
    ("units", "gmv"): "unit_price",
    ("new_buyers", "new_gmv"): "new_buyer_value",
    ("repeat_buyers", "repeat_gmv"): "repeat_buyer_value",
}
ROOTS = {
    "funnel": "gmv", "customers": "gmv", "orders": "gmv", "net": "net", "efficiency": "labour_efficiency",
    "profit": "contribution",
}  # fmt: skip
FUNNEL = (
    "visitors", "buyers", "identified_orders", "identified_gmv", "unidentified_gmv", "orders", "gmv", "visitor_days",
    "buyer_days",
)  # fmt: skip
ASKED = {
    "funnel": FUNNEL,
    "customers": ("new_buyers", "new_gmv", "repeat_buyers", "repeat_gmv", "unidentified_gmv"),
    "orders": ("orders", "units", "gmv"),
    "net": (*FUNNEL, "net", "refunded_gmv"),
    "efficiency": (*FUNNEL, "net", "refunded_gmv", "labour_cost"),
    "profit": (*FUNNEL, "net", "refunded_gmv", "subsidy_kept", "goods_cost", "ad_cost", "labour_cost", "other_costs"),
}  # figures from which each tree chooses its drivers


def driver(name: str) -> Driver | Figure:
    """Words and unit of a driver."""
    return FIGURES[name] if name in FIGURES else DRIVERS[name]


def chain(name: str, counts: Sequence[str], rows: Sequence[Values]) -> Node:
    """`c_0 x (c_1 / c_0) x ...` of counts that lead to the last one, each ratio under its own name.

    A count is left out where a row does not know it, or has 0 of it beside something that should follow from it.
    """
    kept = [counts[-1]]
    for count in reversed(counts[:-1]):
        if all(row.get(count) is not None and (row[count] or not row[kept[0]]) for row in rows):
            kept.insert(0, count)
    if len(kept) == 1:
        return Leaf(kept[0], kept[0])
    ratios = [Leaf(STEPS[a, b], b, a) for a, b in zip(kept, kept[1:], strict=False)]
    return Product(name, (Leaf(kept[0], kept[0]), *ratios))


def tree(name: str, before: Values, after: Values, *, depth: int) -> Node:
    """The driver tree of that name, from the counts that are known on both sides.

    funnel: `gmv = visitors x conversion x orders_per_buyer x order value + unidentified_gmv`, where people cannot be
    counted over stores or days the same of visitor days and buyer days, else `visitors x orders / visitors x order_value`; customers: `gmv = new + repeat + unidentified`, new and repeat as buyers x
    value; orders: `gmv = orders x units_per_order x unit_price`; net: `funnel x kept share`, or `funnel - refunded_gmv`
    where there is no gmv to be kept; efficiency: `net / labour_cost`; profit: `net + subsidy_kept - costs`. `depth` 1 stops at buyer value
    and order value. Raises `tree_unknown`.
    """
    rows = (before, after)
    if name not in ROOTS:
        raise QuestionError("tree_unknown", f"There is no tree '{name}'.", given=name, allowed=sorted(ROOTS), tree=name)
    if name == "orders":
        return chain("gmv", ("orders", "units", "gmv") if depth > 1 else ("orders", "gmv"), rows)
    if name == "customers":
        new, repeat = (chain(f"{k}_gmv", (f"{k}_buyers", f"{k}_gmv"), rows) for k in ("new", "repeat"))
        return Sum("gmv", ((1, new), (1, repeat), (1, Leaf("unidentified_gmv", "unidentified_gmv"))))
    funnel = _funnel(rows, depth)
    if name == "funnel":
        return funnel
    net: Node = Product("net", (funnel, Leaf("kept_rate", "net", "gmv")))
    if any(not row["gmv"] and row["net"] for row in rows):
        net = Sum("net", ((1, funnel), (-1, Leaf("refunded_gmv", "refunded_gmv"))))
    if name == "net":
        return net
    if name == "efficiency":
        return Product("labour_efficiency", (net, Leaf("labour_cost", None, "labour_cost")))
    costs = ("goods_cost", "ad_cost", "labour_cost", "other_costs")
    added = [(1, Leaf("subsidy_kept", "subsidy_kept"))] if any(row.get("subsidy_kept") for row in rows) else []
    return Sum("contribution", ((1, net), *added, *((-1, Leaf(c, c)) for c in costs)))


def _funnel(rows: Sequence[Values], depth: int) -> Node:
    def known(*counts: str) -> bool:
        return all(
            row.get(count) is not None for row in rows for count in (*counts, "identified_gmv", "unidentified_gmv")
        )

    if known("buyers"):
        counts: tuple[str, ...] = ("visitors", "buyers", "identified_orders", "identified_gmv")
        counts = counts if depth > 1 else (*counts[:2], counts[3])
    elif known("visitor_days", "buyer_days"):
        counts = ("visitor_days", "buyer_days", "identified_gmv")
    else:
        return chain("gmv", ("visitors", "orders", "gmv"), rows)
    found = chain("identified_gmv", counts, rows)
    return Sum("gmv", ((1, found), (1, Leaf("unidentified_gmv", "unidentified_gmv"))))


def known_by(node: Node, rows: Sequence[Values]) -> Node:
    """The same tree without the counts on the way that one of the rows does not know.

    The driver that takes over from a count left out has exactly the effects of those that it stands for.
    """
    if isinstance(node, Leaf):
        return node
    if isinstance(node, Sum):
        return Sum(node.name, tuple((sign, known_by(part, rows)) for sign, part in node.parts))
    first, *rest = node.factors
    if not isinstance(first, Leaf):
        return Product(node.name, (known_by(first, rows), *rest))
    counts = [factor.over for factor in node.factors if isinstance(factor, Leaf) and factor.over is not None]
    kept = [c for c in counts[:-1] if all(row.get(c) is not None for row in rows)]
    return chain(node.name, (*kept, counts[-1]), ())


def tree_of_figure(figure: str) -> Node:
    """The tree that a figure's own definition gives: a ratio's two figures, a difference's terms, or itself.

    Raises `tree_none` for figures that no part of a scope can explain, such as a platform's own mean.
    """
    rule = FIGURES[figure].rule
    if all(name in FIGURES for name in rule.inputs):
        if rule.kind in ("ratio", "per"):
            return Leaf(figure, *rule.inputs)
        if rule.kind in ("minus", "plus"):
            sign = -1 if rule.kind == "minus" else 1
            return Sum(figure, tuple((sign if i else 1, Leaf(n, n)) for i, n in enumerate(rule.inputs)))
    if rule.kind == "part" and FIGURES[figure].unit in ("money", "count"):
        return Leaf(figure, figure)
    raise QuestionError(
        "tree_none",
        f"'{figure}' has no drivers.",
        given=figure,
        allowed=sorted({*ROOTS.values(), "orders", "conversion"}),
        figure=figure,
    )
