"""From values that are known to the values that follow from them: one by one where an equation has one unknown left,
else together, exactly where they are linear in what is unknown and to 40 digits where they are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

from goldloop.core.plan.variables import EQUATIONS, ORDINARY, Equation

Values = dict[str, Fraction]
Numbers = dict[str, Decimal]
DIGITS = 60  # of the arithmetic that blocks of products are solved in
SMALL = Decimal("1e-40")  # a last step beside the value
MOST_STEPS = 20  # of Newton's method
STEPS = (1, 4, 16)  # by how many steps an ordinary plan is turned into the given one
LARGEST = 10**12  # a value found by approximation is a fraction with a smaller denominator, if such a one fits exactly


def derive(
    known: Mapping[str, Fraction], equations: Iterable[str] = EQUATIONS
) -> tuple[Values, dict[str, tuple[str, ...]]]:
    """The values of all variables that follow, the known ones among them, and the names of the equations each came by.

    Money in minor units; `equations` names those to use. What the known values leave open, or what would divide by 0, is left out. `known` must not
    contradict itself: every value has its own say, see `freedom.Freedom`.

    >>> found, by = derive({"gmv": Fraction(100), "buyers": Fraction(4)})
    >>> found["buyer_value"], by["buyer_value"]
    (Fraction(25, 1), ('value',))
    """
    values = dict(known)
    by: dict[str, tuple[str, ...]] = dict.fromkeys(known, ())
    open_equations = [EQUATIONS[name] for name in equations if not EQUATIONS[name].variables <= values.keys()]
    _one_by_one(values, by, open_equations)
    for block in _blocks(values, open_equations):
        together = _linear(values, block) if _is_linear(values, block) else _nearby(values, block)
        values.update(together)
        by.update(dict.fromkeys(together, tuple(e.name for e in block)))
    if any(e.variables <= values.keys() for e in open_equations):
        _one_by_one(values, by, open_equations)
    return values, by


@cache
def ordinary() -> Mapping[str, Fraction]:
    """All variables of an ordinary plan: one exact solution of the equations."""
    values: Values = {name: Fraction(text) for name, text in ORDINARY.items()}
    _one_by_one(values, {}, list(EQUATIONS.values()))
    return values


def _one_by_one(values: Values, by: dict[str, tuple[str, ...]], equations: list[Equation]) -> None:
    """Add what single equations give, until none has exactly one unknown; equations that are used up leave the list."""
    moved = True
    while moved:
        moved = False
        for equation in list(equations):
            unknown = equation.variables - values.keys()
            if len(unknown) > 1:
                continue
            equations.remove(equation)
            for name in unknown:
                found = only(equation, name, values)
                if found is not None:
                    values[name], by[name], moved = found, (equation.name,), True


def only(equation: Equation, name: str, values: Mapping[str, Fraction]) -> Fraction | None:
    """The one unknown `name` of an equation, all others known; None where it drops out."""
    slope, rest = Fraction(0), Fraction(0)
    for coefficient, names in equation.terms:
        product = Fraction(coefficient)
        for other in names:
            if other != name:
                product *= values[other]
        if name in names:
            slope += product
        else:
            rest += product
    return -rest / slope if slope else None


def _blocks(values: Mapping[str, Fraction], equations: Iterable[Equation]) -> list[list[Equation]]:
    """Equations that share unknowns, group by group."""
    groups: list[tuple[set[str], list[Equation]]] = []
    for equation in equations:
        unknown, mine = set(equation.variables - values.keys()), [equation]
        for group in [g for g in groups if g[0] & unknown]:
            groups.remove(group)
            unknown |= group[0]
            mine = group[1] + mine
        groups.append((unknown, mine))
    return [mine for _, mine in groups]


def _is_linear(values: Mapping[str, Fraction], block: Iterable[Equation]) -> bool:
    return all(sum(n not in values for n in names) <= 1 for equation in block for _, names in equation.terms)


def _linear(values: Mapping[str, Fraction], block: list[Equation]) -> Values:
    """The unknowns of a linear block that it determines, by exact elimination; nothing where it contradicts itself."""
    names = sorted({n for equation in block for n in equation.variables - values.keys()})
    rows = []
    for equation in block:
        row = dict.fromkeys(names, Fraction(0))
        rest = Fraction(0)
        for coefficient, factors in equation.terms:
            product, unknown = Fraction(coefficient), ""
            for factor in factors:
                if factor in values:
                    product *= values[factor]
                else:
                    unknown = factor
            if unknown:
                row[unknown] += product
            else:
                rest -= product
        rows.append([*row.values(), rest])
    return _eliminated(names, rows)


def _eliminated(names: list[str], rows: list[list[Fraction]]) -> Values:
    pivots: dict[int, int] = {}
    for column in range(len(names)):
        at = next((i for i in range(len(pivots), len(rows)) if rows[i][column]), None)
        if at is None:
            continue
        top = len(pivots)
        rows[top], rows[at] = rows[at], rows[top]
        head = rows[top][column]
        rows[top] = [x / head for x in rows[top]]
        for i, row in enumerate(rows):
            if i != top and row[column]:
                factor = row[column]
                rows[i] = [a - factor * b if b else a for a, b in zip(row, rows[top], strict=True)]
        pivots[column] = top
    if any(row[-1] for row in rows[len(pivots) :]):
        return {}
    alone = {c: i for c, i in pivots.items() if sum(bool(x) for x in rows[i][:-1]) == 1}
    return {names[c]: rows[i][-1] for c, i in alone.items()}


# --- blocks of products: Newton's method along the way from an ordinary plan -----------------------------------------
def _nearby(known: Mapping[str, Fraction], block: list[Equation]) -> Values:
    """The unknowns of a block of products: the solution that an ordinary plan turns into when its known values do."""
    names = sorted({n for equation in block for n in equation.variables - known.keys()})
    fixed = sorted({n for equation in block for n in equation.variables} - set(names))
    if len(names) != len(block):
        return {}
    with localcontext() as context:
        context.prec = DIGITS
        start = {n: _decimal(ordinary()[n]) for n in (*names, *fixed)}
        given = {n: _decimal(known[n]) for n in fixed}
        for steps in STEPS:
            found = {n: start[n] for n in names}
            for step in range(1, steps + 1):
                share = Decimal(step) / steps
                walked = _newton(block, {n: _between(start[n], given[n], share) for n in fixed}, found)
                if walked is None:
                    break
                found = walked
            else:
                return _fractions(known, block, found)
    return {}


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _between(start: Decimal, end: Decimal, share: Decimal) -> Decimal:
    if share == 1:
        return end
    return start ** (1 - share) * end**share if start > 0 and end > 0 else start + share * (end - start)


def _newton(block: list[Equation], fixed: Numbers, start: Numbers) -> Numbers | None:
    """The solution near `start`; None where the steps do not become small."""
    found = start
    for _ in range(MOST_STEPS):
        step = _newton_step(block, list(found), {**fixed, **found})
        if step is None:
            return None
        found = {n: x + step[n] for n, x in found.items()}
        if all(abs(step[n]) <= SMALL * abs(x) for n, x in found.items()):
            return found
    return None


def _newton_step(block: list[Equation], names: list[str], at: Numbers) -> Numbers | None:
    """`-J^-1 F`, J the derivatives of the equations and F their values; None where J has no inverse."""
    rows = []
    for equation in block:
        row, value = dict.fromkeys(names, Decimal(0)), Decimal(0)
        for coefficient, factors in equation.terms:
            product = Decimal(coefficient)
            for factor in factors:
                product *= at[factor]
            value += product
            for factor in factors:
                if factor in row:
                    row[factor] += _without(coefficient, factors, factor, at)
        rows.append([*row.values(), -value])
    for column in range(len(names)):
        top = max(range(column, len(rows)), key=lambda i: abs(rows[i][column]))
        if not rows[top][column]:
            return None
        rows[column], rows[top] = rows[top], rows[column]
        for i, row_i in enumerate(rows):
            if i != column and row_i[column]:
                times = row_i[column] / rows[column][column]
                rows[i] = [a - times * b for a, b in zip(row_i, rows[column], strict=True)]
    if not all(rows[i][i] for i in range(len(names))):
        return None
    return {name: rows[i][-1] / rows[i][i] for i, name in enumerate(names)}


def _without(coefficient: int, factors: tuple[str, ...], left_out: str, at: Numbers) -> Decimal:
    product = Decimal(coefficient)
    for factor in factors:
        if factor != left_out:
            product *= at[factor]
    return product


def _fractions(known: Mapping[str, Fraction], block: list[Equation], found: Numbers) -> Values:
    """The solution as it is, or the simple fractions near it where these fit exactly."""
    close = {n: Fraction(x) for n, x in found.items()}
    neat = {n: x.limit_denominator(LARGEST) for n, x in close.items()}
    values = {**known, **neat}
    return neat if all(not _value(e, values) for e in block) else close


def _value(equation: Equation, values: Mapping[str, Fraction]) -> Fraction:
    total = Fraction(0)
    for coefficient, names in equation.terms:
        product = Fraction(coefficient)
        for name in names:
            product *= values[name]
        total += product
    return total
