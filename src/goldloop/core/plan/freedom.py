"""What fixes what in a plan, before any value is known: which variables are free of each other, which follow, which lack.

Variables that satisfy equations behave like columns of a matrix: those of the tangent space at one solution in general
position (the algebraic matroid of the plan). Its columns are held modulo a large prime, where elimination is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from goldloop.core.plan.derive import ordinary
from goldloop.core.plan.variables import EQUATIONS, VARIABLES

PRIME = 2**61 - 1
Row = list[int]


@dataclass(frozen=True, slots=True)
class Missing:
    """Variables that are open together: any `need` of them that are free of each other fix all the others."""

    variables: tuple[str, ...]
    need: int


@dataclass(frozen=True, slots=True)
class Freedom:
    """What a choice of known variables fixes.

    `base`: known variables that are free of each other; `extra`: each further known one -> the smallest set of `base`
    that fixes it already; `follow`: what is not known but fixed; `missing`: what stays open; `assumed`: open variables
    that, once known, fix all.

    >>> free = freedom(("gmv", "buyers", "buyer_value"))
    >>> free.base, free.extra
    (('gmv', 'buyers'), {'buyer_value': ('gmv', 'buyers')})
    """

    base: tuple[str, ...]
    extra: dict[str, tuple[str, ...]]
    follow: frozenset[str]
    missing: tuple[Missing, ...]
    assumed: tuple[str, ...]


@lru_cache(maxsize=64)
def freedom(known: tuple[str, ...]) -> Freedom:
    """What the known variables fix; where they say too much, earlier ones go before later ones."""
    order = [*known, *(n for n in VARIABLES if n not in known)]
    table = _table()
    rows = [[row[name] for name in order] for row in table]
    pivots = _reduce(rows)  # column -> row
    told = [c for c in pivots if c < len(known)]
    opened = [c for c in pivots if c >= len(known)]
    open_rows = {pivots[c] for c in opened}
    extra, follow, touched = {}, [], []
    for column, name in enumerate(order):
        if column in pivots:
            continue
        used = [c for c, i in pivots.items() if rows[i][column]]
        if column < len(known):
            extra[name] = tuple(order[c] for c in used)
        elif open_rows.isdisjoint(pivots[c] for c in used):
            follow.append(name)
        else:
            touched.append({column, *(c for c in used if pivots[c] in open_rows)})
    return Freedom(
        tuple(order[c] for c in told),
        extra,
        frozenset(follow),
        tuple(_missing(order, opened, touched)),
        tuple(order[c] for c in opened),
    )


def _missing(order: list[str], opened: list[int], touched: Iterable[set[int]]) -> Iterable[Missing]:
    """Open variables by what fixes each other: those that hang together stand together."""
    groups = [{c} for c in opened]
    for columns in touched:
        joined = set(columns)
        for group in [g for g in groups if g & columns]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    for group in sorted(groups, key=min):
        yield Missing(tuple(n for n in VARIABLES if n in {order[c] for c in group}), len(group.intersection(opened)))


@cache
def _table() -> tuple[dict[str, int], ...]:
    """A basis of the tangent space: a row per degree of freedom, the motion of every variable in each."""
    point = {name: _modulo(value) for name, value in ordinary().items()}
    names = list(VARIABLES)
    rows = []
    for equation in EQUATIONS.values():
        row = dict.fromkeys(names, 0)
        for coefficient, factors in equation.terms:
            for factor in factors:
                product = coefficient
                for other in factors:
                    if other != factor:
                        product = product * point[other] % PRIME
                row[factor] = (row[factor] + product) % PRIME
        rows.append(list(row.values()))
    pivots = _reduce(rows)
    table = []
    for column, name in enumerate(names):
        if column not in pivots:
            motion = {names[c]: -rows[i][column] % PRIME for c, i in pivots.items()}
            table.append({**dict.fromkeys(names, 0), **motion, name: 1})
    return tuple(table)


def _modulo(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def _reduce(rows: list[Row]) -> dict[int, int]:
    """Bring rows into reduced echelon form in place, columns from the left; column of each pivot -> its row."""
    pivots: dict[int, int] = {}
    for column in range(len(rows[0])):
        top = len(pivots)
        at = next((i for i in range(top, len(rows)) if rows[i][column]), None)
        if at is None:
            continue
        rows[top], rows[at] = rows[at], rows[top]
        inverse = pow(rows[top][column], -1, PRIME)
        head = rows[top] = [x * inverse % PRIME for x in rows[top]]
        for i, row in enumerate(rows):
            if i != top and row[column]:
                times = row[column]
                rows[i] = [(a - times * b) % PRIME if b else a for a, b in zip(row, head, strict=True)]
        pivots[column] = top
        if len(pivots) == len(rows):
            break
    return pivots
