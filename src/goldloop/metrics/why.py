"""Why a figure moved: its change over drivers, and over drivers and segments, with nothing left over.

Both sides come from the one query path, so the tree's numbers are the table's numbers. Effects are worked out in
floating point and then put into whole minor units (10^-6 major units of money per something) that sum to the change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.decompose import whole_units
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.answer import Answer, Reason
from goldloop.metrics.cuts import TIME_CUTS
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.metrics.query import QuestionError, Request
from goldloop.metrics.rates import PLACES
from goldloop.metrics.segments import Piece, Segments, spread
from goldloop.metrics.trees import (
    ASKED,
    ROOTS,
    Effect,
    Leaf,
    Node,
    effects,
    figures_of,
    known_by,
    leaves,
    tree,
    tree_of_figure,
)
from goldloop.metrics.why_sides import Asking, Cells, Key, Numbers, asking, reason_of

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

OF_NOBODY = ("overlap", "rounding", "not_by_cut", "source")  # lines of a driver that belong to no segment
CLOSE = 1e-9  # share of an amount that floating point may lose
DIGITS = 2.0**45  # amounts from which the last unit may be lost in floating point
ENOUGH = 30  # visitors, buyers or orders below which a segment's own ratio says little


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account: part of the change of `driver` in one segment.

    `cuts` are the segment's values (empty for the whole; None values are unknown ones). `effect`: change (of a count
    or amount), mix (占比变化影响), rate (自身变化影响); of no segment: overlap (segments that count a person twice),
    source (the cut counts from orders what the whole takes from the platform), not_by_cut (the cut does not know the
    driver), rounding. `amount` in the figure's unit, money in minor units; `before` and `after` the driver's own value
    in the segment; `sample` the smaller denominator of a ratio of counts.
    """

    cuts: Key
    driver: str
    effect: str
    amount: Any
    before: float | None = None
    after: float | None = None
    sample: int | None = None

    @property
    def of_nobody(self) -> bool:
        """Whether it belongs to no segment."""
        return self.effect in OF_NOBODY

    @property
    def enough(self) -> bool:
        """Whether the segment is large enough for its own ratio to say something."""
        return self.effect != "rate" or self.sample is None or self.sample >= ENOUGH


@dataclass(frozen=True, slots=True)
class Missing:
    """A figure of the tree that is not known (`by_cut`: only by the cut), so that the next one stands for it."""

    by_cut: bool
    reason: Reason


@dataclass(frozen=True)
class Why:
    """The account of one change: `drivers` sum to `change` exactly, and so do `segments` with `others`.

    `totals`: each named segment's own change of the figure, largest first; the lines of a segment sum to it.
    """

    figure: str
    tree: str
    before: Any
    after: Any
    change: Any
    drivers: list[Line]
    segments: list[Line]
    totals: dict[Key, Any]
    others: Any
    others_count: int
    method: str
    missing: list[Missing]
    currency: str | None
    cuts: tuple[str, ...]
    left: Answer
    right: Answer
    cells: Cells | None


def why(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    request: Request,
    *,
    against: str,
    tree_name: str | None = None,
    depth: int = 2,
    top: int = 10,
    answers: dict[Request, Answer] | None = None,
) -> tuple[Why, Asking]:
    """The account of the change of one figure (the first of the request) against another period or store.

    `against`: previous, last-year, same-weekday, FROM..TO or store:NAME; `request.by`: up to two cuts, none of time;
    `depth`: 1 or 2 levels of the funnel; `top`: segments that are named, the rest is "others"; `answers`: what several
    accounts of one lake and viewer share. With it comes how both sides were asked. Raises `QuestionError` why_time, why_against, why_unknown (a side has no value, with its reason),
    tree_unknown, tree_none, mixed_currency and what a question raises.
    """
    root = request.figures[0] if request.figures else "gmv"
    figure(root)
    if set(request.by) & TIME_CUTS:
        raise QuestionError(
            "why_time",
            "A change over time is not split by time again.",
            given=",".join(request.by),
            allowed="other cuts",
        )
    name = _tree_name(root, tree_name)
    both = asking(engine, viewer, stores, request, against)
    if answers is not None:
        both = replace(both, answers=answers)
    names = (root, *(ASKED[name] if name in ROOTS else figures_of(tree_of_figure(root))))
    left, right = both.whole(names)
    before, after = _row(left), _row(right)
    _require(root, left, right)
    node = tree(name, before, after, depth=depth) if name in ROOTS else tree_of_figure(root)
    for needed in figures_of(node):
        _require(needed, left, right)
    unit = unit_of(root, right)
    start, end = unit.round(before[root]), unit.round(after[root])
    found = effects(node, before, after)
    drivers = _drivers(found, unit.exact([e.money for e in found], end - start), before, after)
    missing = [Missing(False, r) for r in _missing(name, node, before, after, left, right)]
    cells, lines = None, []
    if request.by:
        cells = both.cells((root, *figures_of(node)), request.by)
        small = known_by(node, (*cells.before, *cells.after))
        missing += [Missing(True, _reason(c, cells.right)) for c in figures_of(node) if c not in figures_of(small)]
        lines = _segments(small, cells, (before, after), end - start, unit, (root, left, right))
    segments, totals, others, count = shortened(lines, top)
    return Why(
        figure=root, tree=name, before=start, after=end, change=end - start, drivers=drivers, segments=segments,
        totals=totals, others=others, others_count=count, method=_method(found, lines), missing=missing,
        currency=right.currencies[0], cuts=request.by, left=left, right=right, cells=cells,
    ), both  # fmt: skip


def _tree_name(root: str, given: str | None) -> str:
    """The tree that is used: as asked, else the first one of the figure, else its own definition."""
    fitting = [name for name, figure_of in ROOTS.items() if figure_of == root]
    if given is None:
        return fitting[0] if fitting else "definition"
    if given not in fitting:
        raise QuestionError("tree_unknown", f"There is no tree '{given}'.", given=given, allowed=fitting, tree=given)
    return given


def _row(answer: Answer) -> Numbers:
    return {name: answer.value(name) for name in answer.figures}


def _require(name: str, *answers: Answer) -> None:
    if reason := reason_of(name, *answers):
        raise QuestionError(
            "why_unknown",
            f"'{name}' is not known on both sides: {reason.as_dict()['text']}",
            given=reason.as_dict("en")["text"],
            todo="Choose other dates or --against, or another --tree.",
            name=name,
            why=reason.as_dict("zh")["text"],
        )


def _missing(name: str, node: Node, before: Numbers, after: Numbers, left: Answer, right: Answer) -> list[Reason]:
    """The counts that a tree would have had, and why it has not."""
    if name not in ROOTS:
        return []
    every = dict.fromkeys(ASKED[name], 1.0)
    wanted = [c for c in figures_of(tree(name, every, every, depth=2)) if c not in figures_of(node)]
    reasons = [reason_of(c, left, right) for c in wanted if None in (before[c], after[c])]
    parts = "identified_", "unidentified_"  # 0 of these is said by the buyers that are missing
    zeros = [
        Reason(0, c, "undefined", {"under": c})
        for c in wanted
        if 0 in (before[c], after[c]) and not c.startswith(parts)
    ]
    return [*(r for r in reasons if r), *zeros]


def _reason(name: str, answer: Answer) -> Reason:
    return reason_of(name, answer) or Reason(0, name, "not_by_this_cut", {"cut": ", ".join(answer.cuts)})


def _method(found: Sequence[Effect], lines: Sequence[Line]) -> str:
    """shapley where a value is negative, lmdi for products, kitagawa for a ratio by a cut, else difference."""
    methods = {effect.method for effect in found}
    mixed = {"kitagawa"} if any(line.effect in ("mix", "rate") for line in lines) else set()
    return next(m for m in ("shapley", "lmdi", "kitagawa", "difference") if m in methods | mixed)


# --- exact amounts ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Unit:
    """How amounts become exact: `places` decimals of a minor unit, or None where the figure is no money."""

    places: int | None

    def round(self, value: Any) -> Any:
        """An amount with so many decimals, half to even; unchanged where the figure is no money."""
        if not self.places:
            return value if self.places is None else int(value)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.places), rounding=ROUND_HALF_EVEN)

    def exact(self, parts: Sequence[float], total: Any) -> list[Any]:
        """Parts as exact amounts that sum to `total`; unchanged where the figure is no money."""
        if self.places is None or not parts:
            return list(parts)
        scaled, change = np.asarray(parts, float) * 10**self.places, int(total * 10**self.places)
        size = float(np.abs(scaled).sum())
        if size > DIGITS and abs(change - float(scaled.sum())) <= CLOSE * size:
            found = [
                int(v) for v in np.rint(scaled)
            ]  # floating point has no such digits: the largest part takes the gap
            found[int(np.abs(scaled).argmax())] += change - sum(found)
        else:
            found = whole_units(scaled, change).tolist()
        return [Decimal(v).scaleb(-self.places) for v in found] if self.places else found

    def exact_rows(self, table: NDArray[np.float64], totals: Sequence[Any]) -> list[list[Any]]:
        """`exact` for every row of a table of parts, shape (rows, parts), with its own total."""
        if self.places != 0 or np.abs(table).sum(axis=1).max(initial=0) > DIGITS:
            return [self.exact(row, total) for row, total in zip(table.tolist(), totals, strict=True)]
        return whole_units(table, totals).tolist()

    def nearest(self, total: float) -> Any:
        """A sum of effects as the exact amount that it is, up to what floating point lost."""
        if self.places is None:
            return total
        whole = round(total * 10**self.places)
        return Decimal(whole).scaleb(-self.places) if self.places else whole

    def lost_by_rounding(self, rest: Any, lines: Sequence[Any]) -> bool:
        """Whether so little is left of a driver that rounding its lines explains it."""
        if self.places is None:
            return False
        size = float(sum(map(abs, lines)))
        return bool(abs(rest) <= (4 * isqrt(len(lines)) + 2) * 10.0**-self.places + CLOSE * size)


def unit_of(root: str, answer: Answer) -> Unit:
    """How amounts of a figure are written: minor units, converted ones in 10^-8, money per something in 10^-6 major units."""
    unit = FIGURES[root].unit
    if not unit.startswith("money"):
        return Unit(None)
    places = exponent(answer.currencies[0] or "")
    if unit == "money_per":
        return Unit(6 - places)
    return Unit(0 if answer.places == 6 else PLACES - places)


# --- lines ------------------------------------------------------------------------------------------------------------
def _drivers(found: Sequence[Effect], amounts: Sequence[Any], before: Numbers, after: Numbers) -> list[Line]:
    return [
        Line((), e.leaf.name, "change", amount, e.leaf.read(before), e.leaf.read(after))
        for e, amount in zip(found, amounts, strict=True)
    ]


def _segments(
    node: Node, cells: Cells, whole: tuple[Numbers, Numbers], change: Any, unit: Unit, roots: tuple[str, Answer, Answer]
) -> list[Line]:
    """Lines of segment x driver; with what belongs to no segment they sum to the change."""
    cut = Segments(cells.before, cells.after)
    parts, pieces = effects(node, *whole), spread(node, cut, *whole)
    own = cut.change(roots[0]) if FIGURES[roots[0]].additive == "yes" else None
    amounts = _by_segment(pieces, own, unit, len(cells.keys))
    rest = dict(zip([e.leaf.name for e in parts], unit.exact([e.money for e in parts], change), strict=True))
    columns: dict[str, list[Any]] = {driver: [] for driver in rest}
    for piece, column in zip(pieces, zip(*amounts, strict=True), strict=False):
        columns[piece.driver] += column
        rest[piece.driver] -= sum(column)
    small = {driver for driver, left in rest.items() if left and unit.lost_by_rounding(left, columns[driver])}
    _settle(amounts, pieces, rest, small, pinned=own is not None)
    drivers = {leaf.name: leaf for leaf in leaves(node)}
    lines = []
    for i, key in enumerate(cells.keys):
        for piece, amount in zip(pieces, amounts[i], strict=True):
            if amount:
                leaf: Leaf = drivers[piece.driver]
                sides = leaf.read(cells.before[i]), leaf.read(cells.after[i])
                lines.append(Line(key, piece.driver, piece.kind, amount, *sides, piece.sample_at(i)))
    return lines + _of_nobody(rest, pieces, small, cells, roots[1:])


def _by_segment(pieces: Sequence[Piece], own: list[Any] | None, unit: Unit, segments: int) -> list[list[Any]]:
    """Exact amounts of all pieces of every segment; they sum to the segment's own change where the tree gives all of it."""
    if not pieces:
        return [[] for _ in range(segments)]
    table = np.column_stack([piece.amounts for piece in pieces])
    totals = []
    for i, row in enumerate(table.tolist()):
        total = unit.nearest(sum(row))
        if own is not None and unit.places is not None and unit.lost_by_rounding(own[i] - total, row):
            total = unit.round(own[i])
        totals.append(total)
    return unit.exact_rows(table, totals)


def _settle(
    amounts: list[list[Any]], pieces: Sequence[Piece], rest: dict[str, Any], small: set[str], *, pinned: bool
) -> None:
    """Cents that rounding took from one driver and gave to another are put right in the segment that moved most.

    `pinned`: the sum of a segment may not change by that, it is the table's number.
    """
    firsts = {piece.driver: k for k, piece in reversed(list(enumerate(pieces)))}
    if not small or (pinned and sum(rest[driver] for driver in small)) or not small <= firsts.keys():
        return
    row = max(amounts, key=lambda row: max(map(abs, row)))
    for driver in small:
        row[firsts[driver]] += rest[driver]
        rest[driver] -= rest[driver]


def _of_nobody(
    rest: Mapping[str, Any], pieces: Sequence[Piece], small: set[str], cells: Cells, wholes: tuple[Answer, Answer]
) -> list[Line]:
    """One line for what is left of each driver beside its segments, with a word for what it is."""
    nobody: Key = tuple(None for _ in cells.right.cuts)
    known = {piece.driver for piece in pieces}
    sides = zip(wholes, (cells.left, cells.right), strict=True)
    other = any(set(whole.data["sources"]) != set(cut.data["sources"]) for whole, cut in sides)
    noise = 1e-12 * max([1.0, *(float(np.abs(piece.amounts).sum()) for piece in pieces)])
    lines = []
    for driver, amount in rest.items():
        if not amount or (isinstance(amount, float) and abs(amount) <= noise):
            continue
        if driver not in known:
            effect = "not_by_cut"
        else:
            effect = "rounding" if driver in small else "source" if other else "overlap"
        lines.append(Line(nobody, driver, effect, amount))
    return lines


def shortened(lines: Sequence[Line], top: int) -> tuple[list[Line], dict[Key, Any], Any, int]:
    """Lines by the size of their segment's change, the named segments' changes, the sum of all others and their number.

    What belongs to no segment stands last and is never among the others.
    """
    nobody = [line for line in lines if line.of_nobody]
    ranked = [line for line in lines if not line.of_nobody]
    sums: dict[Key, Any] = defaultdict(int)
    for line in ranked:
        sums[line.cuts] += line.amount
    order = sorted(sums, key=lambda key: (-abs(sums[key]), str(key)))
    place = {key: n for n, key in enumerate(order)}
    ranked.sort(key=lambda line: (place[line.cuts], -abs(line.amount), line.driver))
    kept = [line for line in ranked if place[line.cuts] < top]
    others = sum(sums[key] for key in order[top:])
    kept += sorted(nobody, key=lambda line: -abs(line.amount))
    return kept, {key: sums[key] for key in order[:top]}, others, max(len(order) - top, 0)
