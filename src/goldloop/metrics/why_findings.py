"""The few segments, over up to six cuts at once, that explain a change: the drill-down behind an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldloop.core.drill import Drilled, DrillError, drill
from goldloop.metrics.answer import Reason, write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.leaves import Leaves, NoLeaves, leaves
from goldloop.metrics.why import CLOSE, Why, unit_of
from goldloop.metrics.why_sides import Asking

LEAST_LEAVES = 12  # with something on both sides: fewer are seen at a glance, and do not tell a cause from noise


@dataclass(frozen=True, slots=True)
class Found:
    """A segment that moved unlike the rest; `cuts` names the cuts it fixes, with their values (None: unknown).

    `before`, `after` and `change` (its contribution) in the figure's unit, money in minor units; `share` of the whole
    change; `surprise` in standard errors; of a ratio `mix` and `rate` sum to the contribution.
    """

    cuts: dict[str, Any]
    before: Any
    after: Any
    change: Any
    share: float | None
    surprise: float
    mix: float | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Drill:
    """The drill-down of an account: `findings`, `twice` (less what several of them hold), `rest` and `beyond` sum to its change.

    `rest` is what the `rest_leaves` leaves in no finding did, `beyond` what no leaf holds: where the whole is the
    platform's number, and its cuts are counted from orders. `empty` says why there are no findings.
    """

    cuts: tuple[str, ...] = ()
    leaves: int = 0
    findings: tuple[Found, ...] = ()
    twice: Any = 0
    rest: Any = 0
    rest_leaves: int = 0
    beyond: Any = 0
    empty: Reason | None = None

    def as_dict(self, unit: str, currency: str | None, lang: str) -> dict[str, Any]:
        """As it stands in `drill` of an answer: over what was drilled, and what the findings leave over."""
        key = "money" if unit == "money" else "amount"
        return {
            "cuts": list(self.cuts),
            "leaves": self.leaves,
            "rest": {"count": self.rest_leaves, key: write(self.rest, unit, currency)},
            "twice": write(self.twice, unit, currency),
            "beyond": write(self.beyond, unit, currency),
            "empty": None if self.empty is None else _said(self.empty, lang),
        }

    def found(self, unit: str, currency: str | None) -> list[dict[str, Any]]:
        """The findings as they stand in an answer."""
        return [self._found(one, unit, currency) for one in self.findings]

    def _found(self, one: Found, unit: str, currency: str | None) -> dict[str, Any]:
        key = "money" if unit == "money" else "amount"
        sides = {name: write(getattr(one, name), unit, currency) for name in ("before", "after")}
        effects = (
            {} if one.mix is None else {name: write(getattr(one, name), unit, currency) for name in ("mix", "rate")}
        )
        told = {key: write(one.change, unit, currency), **effects, "share": one.share, "surprise": one.surprise}
        return {"cuts": one.cuts, **sides, **told}


def drill_down(both: Asking, found: Why, cuts: Sequence[str] | None) -> Drill:
    """The drill-down of an account over `cuts`, or over those that the loaded data knows (None).

    Every number is the table's: leaves are sums of the same query path, and of a ratio of its two figures. Method and
    sources: `core.drill`.
    """
    rule = FIGURES[found.figure].rule
    names = rule.inputs if rule.kind in ("ratio", "per") else (found.figure,)
    try:
        held = leaves(both, names, cuts)
    except NoLeaves as none:
        return Drill(tuple(cuts or ()), empty=none.reason)
    if reason := _too_little(held, found.figure, names[-1]):
        return Drill(held.cuts, len(held), empty=reason)
    before, after = held.sides[names[0]]
    under = held.sides[names[1]] if len(names) > 1 else None
    try:
        squares = held.squares if under is None else None
        drilled = drill(held.codes, before, after, under=under, squares=squares)
    except DrillError:  # a denominator that sums to 0 in the orders
        return Drill(held.cuts, len(held), empty=Reason(0, found.figure, "undefined", {"under": names[1]}))
    return _accounted(found, held, drilled, ratio=under is not None)


def _too_little(held: Leaves, figure: str, name: str) -> Reason | None:
    """Why nothing can be found in these leaves: too few have something on both sides, or none of them moved."""
    whole = int(np.logical_and.reduce([side != 0 for side in held.sides[name]]).sum())
    if whole < LEAST_LEAVES:
        return Reason(0, figure, "drill_few", {"leaves": whole})
    if all((before == after).all() for before, after in held.sides.values()):
        return Reason(0, figure, "drill_still", {})
    return None


def _accounted(found: Why, held: Leaves, drilled: Drilled, *, ratio: bool) -> Drill:
    """Findings in the figure's unit, with what they leave over of the account's change."""
    inside = np.zeros(len(held), int)
    for one in drilled.findings:
        inside += np.logical_and.reduce([held.codes[:, cut] == code for cut, code in one.cuts.items()])
    parts = [one.contribution for one in drilled.findings]
    whole, rest = drilled.whole.contribution, drilled.rest.contribution
    twice = whole - rest - sum(parts) if (inside > 1).any() else 0
    unit = unit_of(found.figure, found.right)
    money = FIGURES[found.figure].unit.startswith("money")

    def minor(value: Any) -> Any:
        if value is None or not money:
            return value
        return held.minor(value) if isinstance(value, int) else value * float(held.minor(1))

    told = [minor(amount) for amount in (*parts, twice, rest)]
    if ratio:
        beyond = float(found.change) - minor(whole)
        size = max(abs(float(found.before)), abs(float(found.after)))
        beyond = beyond if abs(beyond) > CLOSE * size + 10.0 ** -(unit.places or 99) else 0.0
        *told, beyond = unit.exact([*told, beyond], found.change)
    else:
        beyond = found.change - minor(whole)
    findings = tuple(
        Found(
            cuts={held.cuts[cut]: held.values[cut][code] for cut, code in one.cuts.items()},
            before=minor(one.before), after=minor(one.after), change=change, share=one.share,
            surprise=round(one.surprise, 2), mix=minor(one.mix), rate=minor(one.rate),
        )
        for one, change in zip(drilled.findings, told, strict=False)
    )  # fmt: skip
    empty = None if findings else Reason(0, found.figure, "drill_noise", {})
    return Drill(held.cuts, len(held), findings, told[-2], told[-1], int((inside == 0).sum()), beyond, empty)


def _said(reason: Reason, lang: str) -> dict[str, Any]:
    said = reason.as_dict(lang)
    return {"code": said["code"], "text": said["text"]}
