"""What a solved plan says beyond its numbers: the sentences a colleague would say who checked it with a pencil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from goldloop.core.plan.derive import only
from goldloop.core.plan.solution import Solution, agrees
from goldloop.core.plan.variables import EQUATIONS, Equation

State = Literal["closes", "rounded", "conflict"]
Said = tuple[str, Fraction]  # a variable (it says how a value is written) and a value


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence: its code and its values, each with the variable whose unit it has."""

    code: str
    values: Mapping[str, Said]


@dataclass(frozen=True, slots=True)
class Check:
    """One equation held against the values: `left` is the variable it is told in, `value` that variable's,
    `exact` what the others give for it.
    """

    equation: str
    left: str
    value: Fraction
    exact: Fraction
    state: State


def checks(found: Solution) -> Iterator[Check]:
    """Every equation all of whose variables are known, in the order of the table."""
    values = found.values
    for equation in EQUATIONS.values():
        if not equation.variables <= values.keys():
            continue
        left = next(names[0] for _, names in equation.terms if names)
        exact = only(equation, left, values)
        if exact is None:
            continue
        value = values[left]
        state: State = "rounded" if _rounded(found, equation, values) else "conflict"
        if abs(value - exact) <= abs(exact) / 10**9:
            state = "closes"
        yield Check(equation.name, left, value, exact, state)


def _rounded(found: Solution, equation: Equation, values: Mapping[str, Fraction]) -> bool:
    """Whether one of an equation's given values is what closes it, rounded."""
    ways = {n: only(equation, n, values) for n in equation.variables if n in found.given}
    return any(exact is not None and agrees(name, values[name], exact) for name, exact in ways.items())


def findings(found: Solution) -> list[Finding]:
    """The sentences, in the order of a plan: sales, buyers, values, advertising, members."""
    values = found.values
    return [f for say in (_growth, _buyers, _values, _costs, _sources, _members, _limits) for f in say(found, values)]


def _growth(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    if {"gmv", "previous_gmv"} <= values.keys():
        exact = values["gmv"] / values["previous_gmv"] - 1
        said = values.get("growth", exact)
        code = "growth" if agrees("growth", said, exact) else "growth_differs"
        yield Finding(code, {"growth": ("growth", exact), "said": ("growth", said)})


def _buyers(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    if {"gmv", "buyer_value"} <= found.given.keys():
        needed = Fraction(ceil(found.given["gmv"] / found.given["buyer_value"]))
        yield Finding("buyers_needed", _said(values, "buyer_value") | {"buyers": ("buyers", needed)})
    if {"buyer_value", "order_value", "orders_per_buyer"} <= values.keys():
        yield Finding("per_order", _said(values, "buyer_value", "order_value", "orders_per_buyer"))


def _values(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    if {"new_buyer_value", "repeat_buyer_value"} <= values.keys():
        yield Finding("values", _said(values, "new_buyer_value", "repeat_buyer_value"))


def _costs(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    if "ad_rate" in found.solved:
        yield Finding("ad_rate", _said(values, "ad_rate"))


def _sources(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    """New buyers that must come without ads; and what ads and members would do if there were none."""
    free, new = values.get("free_new_buyers"), values.get("new_buyers")
    if free is not None and new is not None and free > 0:
        whole = Fraction(ceil(free))
        yield Finding(
            "free_new",
            {"free": ("new_buyers", whole), "new_buyers": ("new_buyers", new), "share": ("ad_rate", free / new)},
        )


def _members(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    all_new = _if_ads_brought_all(values)
    if {"ad_new_gmv", "ad_repeat_gmv", "member_gmv"} <= values.keys():
        said = _said(values, "ad_new_gmv", "ad_repeat_gmv", "member_gmv")
        other = all_new is not None and not agrees("member_gmv", values["member_gmv"], all_new[1])
        if all_new is not None and other:
            yield Finding("ad_split_instead", said | {"instead": ("member_gmv", all_new[1])})
        else:
            yield Finding("ad_split", said)
    elif all_new is not None:
        yield Finding(
            "ads_all_new", {"ad_repeat_gmv": ("ad_repeat_gmv", all_new[0]), "member_gmv": ("member_gmv", all_new[1])}
        )


def _if_ads_brought_all(values: Mapping[str, Fraction]) -> tuple[Fraction, Fraction] | None:
    """Sales by ads to repeat buyers, and what is left to members, if ads brought every new buyer."""
    if not {"ad_gmv", "new_gmv", "repeat_gmv"} <= values.keys() or values["ad_gmv"] < values["new_gmv"]:
        return None
    from_repeat = values["ad_gmv"] - values["new_gmv"]
    return from_repeat, values["repeat_gmv"] - from_repeat


def _limits(found: Solution, values: Mapping[str, Fraction]) -> Iterator[Finding]:
    """A new buyer who costs more than she brings; ads that cost more than their gross profit."""
    worth = values.get("new_buyer_value", values.get("buyer_value"))
    for name in ("blended_cac", "paid_cac"):
        if worth is not None and values.get(name, Fraction(0)) > worth:
            yield Finding("cac_above_value", {"cac": (name, values[name]), "value": ("buyer_value", worth)})
    if {"roas", "breakeven_roas"} <= values.keys() and values["roas"] < values["breakeven_roas"]:
        yield Finding("roas_below_breakeven", _said(values, "roas", "breakeven_roas"))


def _said(values: Mapping[str, Fraction], *names: str) -> dict[str, Said]:
    return {name: (name, values[name]) for name in names}
