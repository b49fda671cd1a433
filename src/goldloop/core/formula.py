"""The golden formula as data: how each figure follows from parts that an engine reduced, and the trees that close.

A *part* is what an engine gives for one row of an answer (a sum or a distinct count, an integer or None). A *rule*
says how a figure follows from parts and from other figures. Everything is exact: integers and `Decimal`, and float64
only for rates (0.01 = 1 %).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Number = int | float | Decimal
Column = list[Number | None]
Kind = Literal["part", "ratio", "per", "minus", "plus", "inverse"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one figure is made.

    part: the engine's own number; ratio: first / second as float64; per: money (minor units) / count as Decimal minor
    units; minus: first - all others; plus: sum of all; inverse: 1 / (first x second) as float64. What would divide by 0
    is undefined (None); None in any input gives None.

    >>> ratio("buyers", "visitors").inputs
    ('buyers', 'visitors')
    """

    kind: Kind
    inputs: tuple[str, ...]


def part(name: str) -> Rule:
    """The figure is the engine's own part of that name."""
    return Rule("part", (name,))


def ratio(over: str, under: str) -> Rule:
    """`over / under`, a float64 rate or number; undefined when `under` is 0."""
    return Rule("ratio", (over, under))


def per(money: str, count: str) -> Rule:
    """`money / count` in minor units, an exact Decimal; undefined when `count` is 0."""
    return Rule("per", (money, count))


def minus(first: str, *others: str) -> Rule:
    """`first - others...`, exact."""
    return Rule("minus", (first, *others))


def plus(*terms: str) -> Rule:
    """The exact sum of all terms."""
    return Rule("plus", terms)


def inverse(first: str, second: str) -> Rule:
    """`1 / (first x second)`, a float64 number; undefined when either is 0 or below."""
    return Rule("inverse", (first, second))


def apply(rule: Rule, columns: Sequence[Sequence[Number | None]]) -> Column:
    """One figure for every row, from the columns of its inputs (all of one length n; result of length n).

    >>> apply(ratio("a", "b"), [[1, 1, None], [4, 0, 2]])
    [0.25, None, None]
    >>> apply(minus("a", "b"), [[5, None], [2, 1]])
    [3, None]
    """
    if rule.kind == "part":
        return list(columns[0])
    if rule.kind in ("ratio", "per"):
        exact = rule.kind == "per"
        found: Column = []
        for over, under in zip(columns[0], columns[1], strict=True):
            if over is None or not under:
                found.append(None)
            elif exact:
                found.append(Decimal(over) / Decimal(under))
            elif type(over) is int and type(under) is int:
                found.append(over / under)  # rounded once, whatever their size
            else:
                found.append(float(Decimal(over) / Decimal(under)))
        return found
    if rule.kind == "inverse":
        return [
            None if a is None or b is None or a <= 0 or b <= 0 else 1 / (float(a) * float(b))
            for a, b in zip(columns[0], columns[1], strict=True)
        ]
    sign = -1 if rule.kind == "minus" else 1
    found = []
    for values in zip(*columns, strict=True):
        if any(v is None for v in values):
            found.append(None)
        else:
            found.append(values[0] + sum(sign * v for v in values[1:]))
    return found


@dataclass(frozen=True, slots=True)
class Identity:
    """An equation between figures that must hold in every row that has all of them.

    `total` equals the sum over `terms` of the product of each term's factors; `text` is how people write it.
    """

    total: str
    terms: tuple[tuple[str, ...], ...]
    text: str


IDENTITIES = (
    Identity(
        "gmv",
        (("visitors", "conversion", "buyer_value"), ("unidentified_gmv",)),
        "gmv = visitors x conversion x buyer_value + unidentified_gmv",
    ),
    Identity(
        "gmv",
        (("visitors", "order_conversion", "order_value"),),
        "gmv = visitors x order_conversion x order_value",
    ),
    Identity("gmv", (("new_gmv",), ("repeat_gmv",), ("unidentified_gmv",)), "gmv = new + repeat + unidentified"),
    Identity(
        "month_gmv",
        (
            ("month_new_buyers", "month_new_buyer_value"),
            ("month_repeat_buyers", "month_repeat_buyer_value"),
            ("month_unidentified_gmv",),
        ),
        "month_gmv = new buyers x value + repeat buyers x value + unidentified",
    ),
    Identity("buyers", (("visitors", "conversion"),), "buyers = visitors x conversion"),
    Identity(
        "buyer_value",
        (("orders_per_buyer", "identified_order_value"),),
        "buyer_value = orders_per_buyer x identified_order_value",
    ),
    Identity("gmv", (("orders", "order_value"),), "gmv = orders x order_value"),
    Identity("order_value", (("units_per_order", "unit_price"),), "order_value = units_per_order x unit_price"),
    Identity("gmv", (("net",), ("refunded_gmv",)), "gmv = net + refunded_gmv"),
    Identity("gmv", (("cash_net",), ("refunds",)), "gmv = cash_net + refunds"),
    Identity(
        "gmv",
        (("visitor_days", "day_conversion", "day_buyer_value"), ("unidentified_gmv",)),
        "gmv = visitor_days x day_conversion x day_buyer_value + unidentified_gmv",
    ),
)


def broken(row: Mapping[str, Number | None], *, tolerance: float = 1e-9) -> list[Identity]:
    """The identities that a row with unrounded figures breaks; an identity with a missing figure is not judged.

    Money in minor units. Sums of integers must agree exactly, products to `tolerance` (relative, from float64 rates).

    >>> row = {"gmv": 100, "new_gmv": 60, "repeat_gmv": 30, "unidentified_gmv": 9}
    >>> [i.text for i in broken(row)]
    ['gmv = new + repeat + unidentified']
    """
    found = []
    for identity in IDENTITIES:
        names = {identity.total, *(f for term in identity.terms for f in term)}
        if any(row.get(n) is None for n in names):
            continue
        total = Decimal(row[identity.total])  # type: ignore[arg-type]
        computed = Decimal(0)
        for term in identity.terms:
            product = Decimal(1)
            for factor in term:
                product *= Decimal(row[factor])  # type: ignore[arg-type]
            computed += product
        exact = all(len(term) == 1 for term in identity.terms)
        limit = Decimal(0) if exact else Decimal(tolerance) * max(abs(total), Decimal(1))
        if abs(total - computed) > limit:
            found.append(identity)
    return found
