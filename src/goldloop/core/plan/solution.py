"""A plan solved: what follows, what contradicts and how it could be repaired, what is only rounded, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from goldloop.core.plan.derive import Values, derive, ordinary
from goldloop.core.plan.freedom import Missing, freedom
from goldloop.core.plan.rounding import is_rounded
from goldloop.core.plan.variables import EQUATIONS, VARIABLES

BOUGHT = ("new_buyers", "ad_new_buyers")  # a budget buys whole ones at most; every other count is needed at least


@dataclass(frozen=True, slots=True)
class Repair:
    """One way out of a conflict: this variable from what was said to what closes; `exact` before it becomes a whole one.

    `leaves`: how many of the plan's conflicts are still there afterwards.
    """

    variable: str
    before: Fraction
    after: Fraction
    exact: Fraction
    leaves: int

    @property
    def share(self) -> Fraction:
        """How far it goes, relative to what was said."""
        return abs(self.exact - self.before) / abs(self.before) if self.before else Fraction(10**9)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Values that cannot all hold.

    `code`: the equation they break, `several_equations`, or `out_of_range` where what follows is no plan. `variables`
    are the values that clash, `of` the one of them (out of range: the one that follows) that `size` is told in, in its
    unit; `repairs` have those first that leave fewest conflicts, then the smallest.
    """

    code: str
    variables: tuple[str, ...]
    equations: tuple[str, ...]
    of: str
    given: Fraction
    exact: Fraction
    repairs: tuple[Repair, ...]

    @property
    def size(self) -> Fraction:
        """How far what was said is from what would close, in the unit of `of`."""
        return abs(self.exact - self.given)


@dataclass(frozen=True, slots=True)
class Rounding:
    """A given value that is the exact one rounded, with the other values it follows from."""

    variable: str
    given: Fraction
    exact: Fraction
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """Everything a set of given values says. Money in minor units; `values` are the given and the solved ones together.

    `by`: each solved variable's equations. `degenerate`: variables that these very values leave open, although others in
    their place would not (a division by 0, two values that happen to be equal).
    """

    given: Mapping[str, Fraction]
    solved: Mapping[str, Fraction]
    by: Mapping[str, tuple[str, ...]]
    conflicts: tuple[Conflict, ...]
    roundings: tuple[Rounding, ...]
    missing: tuple[Missing, ...]
    degenerate: tuple[str, ...]

    @property
    def values(self) -> Values:
        """Given and solved values together."""
        return {**self.solved, **self.given}


def solve(given: Mapping[str, Fraction]) -> Solution:
    """Solve a plan for what follows from the given values (money in minor units, rates as fractions).

    Amounts and counts are believed before values and rates: these are held against them.

    >>> found = solve({"gmv": Fraction(240_000_000), "buyers": Fraction(26_600), "buyer_value": Fraction(9_000)})
    >>> [(r.variable, float(r.exact)) for r in found.roundings]
    [('buyer_value', 9022.556390977443), ('buyers', 26666.666666666668)]
    """
    return _Solver(given).solution()


class _Solver:
    """One plan: what its given values fix, and the values they fix it at."""

    def __init__(self, given: Mapping[str, Fraction]) -> None:
        order = [v.name for kind in (True, False) for v in VARIABLES.values() if v.extensive is kind]
        self.given = {name: given[name] for name in order if name in given}
        self.free = freedom(tuple(self.given))
        self.assumed = {name: ordinary()[name] for name in self.free.assumed}
        self.base = {name: self.given[name] for name in self.free.base}
        self.values, self.by = derive({**self.base, **self.assumed})

    def solution(self) -> Solution:
        known = self.free.follow | self.free.extra.keys()
        solved = {n: self.values[n] for n in VARIABLES if n in self.free.follow and n in self.values}
        clashes = list(self._clashes())
        conflicts = [*map(self._conflict, clashes), *map(self._beyond, self._no_plan())]
        rounded = [n for n in self.free.extra if n in self.values and n not in clashes]
        return Solution(
            given=self.given,
            solved=solved,
            by={n: self.by[n] for n in solved},
            conflicts=tuple(conflicts),
            roundings=tuple(r for name in rounded for r in self._roundings(name)),
            missing=self.free.missing,
            degenerate=tuple(n for n in VARIABLES if n in known and n not in self.values),
        )

    def _clashes(self) -> Iterator[str]:
        """Given values that are neither what follows from the others nor that rounded."""
        for name in self.free.extra:
            if name not in self.values or agrees(name, self.given[name], self.values[name]):
                continue
            if not any(agrees(n, self.given[n], exact) for n, exact in self._ways(name)):
                yield name

    def _ways(self, name: str) -> Iterator[tuple[str, Fraction]]:
        """Each of the values that clash over a further one -> what it would have to be if only it were wrong."""
        told = {**self.base, **self.assumed, name: self.given[name]}
        for other in (name, *self.free.extra[name]):
            values, _ = derive({n: x for n, x in told.items() if n != other}, self._equations(name))
            if other in values:
                yield other, values[other]

    def _roundings(self, name: str) -> Iterator[Rounding]:
        apart = abs(self.values[name] - self.given[name])
        if not apart or (VARIABLES[name].unit == "count" and apart < 1):
            return  # a part of a buyer is no rounding to speak of
        circle = (name, *self.free.extra[name])
        ways = {n: x for n, x in self._ways(name) if agrees(n, self.given[n], x)}
        # a target in money is what the others are rounded to fit, unless nothing else can be
        for other in [n for n in ways if VARIABLES[n].unit != "money"] or ways:
            yield Rounding(other, self.given[other], ways[other], tuple(n for n in circle if n != other))

    def _conflict(self, name: str) -> Conflict:
        circle = tuple(n for n in self.given if n in {name, *self.free.extra[name]})
        ways = dict(self._ways(name))
        of = next((n for n in circle if n in ways and VARIABLES[n].unit == "money"), name)
        # told in the total of its own equation where there is one: the budget, not the month's sales
        totals = [e.terms[0][1][0] for e in EQUATIONS.values() if e.variables == set(circle)]
        of = totals[0] if totals and totals[0] in ways else of
        used = self._equations(name)
        code = used[0] if len(used) == 1 else "several_equations"
        return Conflict(code, circle, used, of, self.given[of], ways[of], self._ranked(ways, circle))

    def _equations(self, name: str) -> tuple[str, ...]:
        """The equations by which a variable follows from the base, all the way down."""
        used, open_names, seen = [], [name], {name}
        while open_names:
            for equation in self.by.get(open_names.pop(), ()):
                used.append(equation)
                new = {n for n in EQUATIONS[equation].variables - seen if self.by.get(n)}
                seen |= new
                open_names += new
        return tuple(e for e in EQUATIONS if e in used)

    def _ranked(self, ways: Mapping[str, Fraction], circle: tuple[str, ...]) -> tuple[Repair, ...]:
        repairs = [
            Repair(n, self.given[n], _whole(n, exact, circle), exact, self._leaves(n, exact))
            for n, exact in ways.items()
            if in_range(n, exact)
        ]
        return tuple(sorted(repairs, key=lambda r: (r.leaves, r.share)))

    def _leaves(self, name: str, value: Fraction) -> int:
        """How many conflicts there are when one value is another."""
        other = _Solver({**self.given, name: value})
        return len([*other._clashes(), *other._no_plan()])

    def _no_plan(self) -> list[str]:
        """What follows, but cannot be."""
        return [n for n in VARIABLES if n in self.free.follow and n in self.values and not in_range(n, self.values[n])]

    def _beyond(self, name: str) -> Conflict:
        """What follows is no plan: the values it follows from, and what they would have to be for it to reach its bound."""
        variable, value = VARIABLES[name], self.values[name]
        bound = Fraction(variable.most if variable.most is not None and value > variable.most else variable.least or 0)
        held = _Solver({**self.base, name: bound})
        [(last, others)] = held.free.extra.items()  # one value more than the base carries: one circle
        circle = (*others, last)
        ways = {n: x for n, x in held._ways(last) if n != name}
        if variable.open_end and bound == variable.least:
            ways = {}  # at the bound itself it would still be no plan
        clash = tuple(n for n in circle if n != name)
        return Conflict("out_of_range", clash, self._equations(name), name, value, bound, self._ranked(ways, circle))


def agrees(name: str, given: Fraction, exact: Fraction) -> bool:
    """Whether a given value is the exact one, to 1e-9 of it or as people round."""
    if abs(given - exact) <= abs(exact) / 10**9:
        return True
    if VARIABLES[name].unit == "count" and abs(given - exact) < 1:
        return True
    return is_rounded(given, exact, amount=VARIABLES[name].extensive)


def in_range(name: str, value: Fraction) -> bool:
    """Whether a variable may have this value in a plan."""
    variable = VARIABLES[name]
    too_small = variable.least is not None and (
        value < variable.least or (variable.open_end and value == variable.least)
    )
    return not too_small and (variable.most is None or value <= variable.most)


def _whole(name: str, value: Fraction, circle: tuple[str, ...]) -> Fraction:
    """Counts as whole ones: what a budget buys is rounded down, what is needed is rounded up."""
    if VARIABLES[name].unit != "count":
        return value
    return Fraction(floor(value) if name in BOUGHT and "ad_budget" in circle else ceil(value))
