"""Leaves of a change: what a figure was and is for every combination of up to six cuts, as arrays for the drill-down.

The same relations, exclusions, basis and rights as every other answer, and the same groups of sums; only such as add up
over the cuts. So any leaves together sum to what `figures` says of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.arrays import array
from goldloop.core.drill import MOST_CUTS
from goldloop.metrics import cuts as cut_module
from goldloop.metrics.answer import Reason
from goldloop.metrics.cell_rows import CellRows
from goldloop.metrics.cuts import BUYER_CUTS, STORE_CUTS, TIME_CUTS, is_line_cut
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.part_names import ORDER_PARTS
from goldloop.metrics.query import Question, QuestionError, Request, resolve, small_tables, visible_attributes
from goldloop.metrics.reader import Reader
from goldloop.metrics.why_sides import Asking

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.metrics.engines.engine import Engine

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Sums = Mapping[str, NDArray[Any]]  # parts by name, shape (rows,): integers, and float squares
Coded = tuple[list[Any], NDArray[np.intp]]  # the values of a cut, and the place of each row's value among them
MOST_LEAVES = 100_000
MOST_VALUES = 100  # of a cut that is taken unasked: more are a list of names, and cost seconds
KNOWN = 0.5  # share of each side whose value it must know
# Cuts taken unasked, the likelier to hold a cause the earlier. Another number of Saturdays or event days is no cause.
UNASKED = ("store", "channel", "carrier", "category", "region", "buyer_type", "hour", "price_band")
THICK, FEWEST = 0.9, 3  # more cuts are taken only while so much of the figure lies in leaves that are on both sides
# Not counts of orders: an order of two lines is in both.
LINE_SUMS = frozenset({"gmv", "gmv_all", "gmv_squares", "units", "identified_gmv", "refunded_gmv", "subsidy"})
COUNTED_ONCE = frozenset({"buyer_parts", "new_parts", "source_parts"})  # people; visits, in which they come twice
UNKNOWN = (None, "unidentified")


class NoLeaves(Exception):
    """There are no leaves to drill into; `reason` says why."""

    def __init__(self, name: str, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.reason = Reason(0, name, code, params)


@dataclass(frozen=True)
class Leaves:
    """Every combination of cut values that has a row on either side.

    `values` are those of each cut (None: unknown), `codes` their places in it, shape (leaves, cuts); `sides` give each
    figure before and after, shape (leaves,), in the engine's integers, which `minor` turns into minor units. `squares`: of
    the orders that the first figure is made of, summed over both sides; None where it is no amount or count of orders.
    """

    cuts: tuple[str, ...]
    values: tuple[list[Any], ...]
    codes: NDArray[np.intp]
    sides: Mapping[str, tuple[Ints, Ints]]
    minor: Callable[[int], Any]
    squares: Floats | None = None

    def __len__(self) -> int:
        return len(self.codes)


def checked_cuts(both: Asking, cuts: Sequence[str]) -> tuple[str, ...]:
    """Cuts that somebody asked to drill over; raises `drill_cuts`, `why_time` and `cut_unknown`."""
    attributes = visible_attributes(both.engine, both.viewer)
    for name in cuts:
        cut_module.cut(name, attributes)
    if set(cuts) & TIME_CUTS:
        given = ",".join(cuts)
        raise QuestionError(
            "why_time", "A change over time is not split by time again.", given=given, allowed="other cuts"
        )
    if len(cuts) > MOST_CUTS or len(set(cuts)) < len(cuts):
        raise QuestionError(
            "drill_cuts", f"At most {MOST_CUTS} different cuts to drill over.", given=",".join(cuts), most=MOST_CUTS
        )
    return tuple(cuts)


def leaves(both: Asking, names: Sequence[str], cuts: Sequence[str] | None = None) -> Leaves:
    """The leaves of both sides for figures that are sums; without `cuts` over those that the loaded data knows.

    Raises `NoLeaves` where a figure does not add up over the cuts, where nobody knows it by them, and where there are
    more than 100,000 leaves. Unasked, the last cuts are left out until there are not, and leaves hold more than a sale.
    """
    forms = {name: _form(name) for name in names}
    squares = _squares(forms[names[0]])
    parts = frozenset(part for form in forms.values() for part in form) | squares
    sides = [Side.of(both, *pair, parts) for pair in _sides(both, names)]
    asked = sides[0].unasked(parts, same_stores=both.same_stores) if cuts is None else tuple(cuts)
    table, sums = _read(sides, names[0], asked, parts)
    columns = {cut: _coded(table.column(f"c_{cut}")) for cut in asked}
    size = np.abs(np.stack([sums[part] for part in forms[names[0]]])).sum(axis=0)
    kept = _sensible(columns, sums["side"], size) if cuts is None else asked
    if not kept or (set(kept) <= STORE_CUTS and sides[0].question.by_whole_store):
        raise NoLeaves(names[0], "drill_no_cut")  # the platform's rows may answer for whole stores
    minor = sides[0].question.minor
    found = _gathered({cut: columns[cut] for cut in kept}, sums, forms, squares, minor)
    while cuts is None and len(kept) > FEWEST and (len(found) > MOST_LEAVES or _thin(found, names[0])):
        kept = kept[:-1]
        found = _gathered({cut: columns[cut] for cut in kept}, sums, forms, squares, minor)
    if len(found) > MOST_LEAVES:
        raise NoLeaves(names[0], "drill_many", leaves=f"{len(found):,}", most=f"{MOST_LEAVES:,}")
    return found


def _gathered(
    columns: Mapping[str, Coded],
    sums: Sums,
    forms: Mapping[str, Mapping[str, int]],
    squares: frozenset[str],
    minor: Callable[[int], Any],
) -> Leaves:
    """Rows put together into the leaves of these cuts."""
    places, owner = _merged(list(columns.values()))
    at = sums["side"] * len(places) + owner
    needed = squares.union(*forms.values())
    totals = {part: _sums(sums[part], at, len(places)) for part in needed}
    return Leaves(
        cuts=tuple(columns),
        values=tuple(values for values, _ in columns.values()),
        codes=np.column_stack([codes[places] for _, codes in columns.values()]),
        sides={name: _combined(form, totals) for name, form in forms.items()},
        minor=minor,
        squares=next((totals[part].sum(axis=0).astype(float) for part in squares), None),
    )


def _thin(found: Leaves, name: str) -> bool:
    """Whether too much of a figure lies in leaves that are on one side only, as single sales are."""
    before, after = found.sides[name]
    size = np.abs(before) + np.abs(after)
    return bool(size[(before != 0) & (after != 0)].sum() < THICK * size.sum())


# --- which sums, by which cuts ----------------------------------------------------------------------------------------
def _form(name: str) -> dict[str, int]:
    """A figure as a signed sum of parts; raises `NoLeaves` where it is none."""
    definition = FIGURES.get(name)
    if definition is None:
        return {name: 1}
    rule, found = definition.rule, dict[str, int]()
    if definition.additive != "yes" or rule.kind not in ("part", "minus", "plus"):
        raise NoLeaves(name, "drill_not_additive", figure=name)
    if rule.kind == "part":
        return {rule.inputs[0]: 1} | ({"excluded": 1} if rule.inputs[0] == "gmv_all" else {})
    for place, term in enumerate(rule.inputs):
        for part, sign in _form(term).items():
            found[part] = found.get(part, 0) + (-sign if place and rule.kind == "minus" else sign)
    return found


def _squares(form: Mapping[str, int]) -> frozenset[str]:
    """The part that holds the squares of the orders of a figure: of gmv, however much of it came back; an order counts 1."""
    if form == {"orders": 1}:
        return frozenset(form)
    return frozenset({"gmv_squares"} if {"gmv", "gmv_all"} & form.keys() else ())


def _sides(both: Asking, names: Sequence[str]) -> Iterator[tuple[Request, int]]:
    """The questions that give both sides, and which side (0 before, 1 after) they ask about; what they compare is the other."""
    figures = tuple(name for name in names if name in FIGURES)
    right, left = (replace(side, figures=figures, by=()) for side in (both.right, both.left))
    if both.same_stores:
        yield replace(right, compare=str(left.period)), 1
    else:
        yield right, 1
        yield left, 0


@dataclass(frozen=True)
class Side:
    """One question behind leaves, its engine, and which side its first bucket is."""

    question: Question
    engine: Engine
    first: int

    @classmethod
    def of(cls, both: Asking, request: Request, first: int, parts: frozenset[str]) -> Side:
        """The question checked and resolved as every other one is, wanting just these parts."""
        question = resolve(both.engine, both.viewer, both.stores, request)
        return cls(replace(question, parts=parts), question.engine(both.engine), first)

    def reader(self, cuts: Sequence[str]) -> Reader:
        """What reads the question by other cuts."""
        question = replace(self.question, shape=replace(self.question.shape, cuts=tuple(cuts)))
        return Reader(self.engine, question, small_tables(self.engine, question))

    def unasked(self, parts: frozenset[str], *, same_stores: bool) -> tuple[str, ...]:
        """The cuts of `UNASKED` by which all parts are known; newness only with history enough to tell it.

        Two stores that are compared are not split by store.
        """
        stores, reader = list(self.question.stores.values()), self.reader(())
        short = [reader.too_short(period, stores) for period in (self.question.request.period, *self.question.compared)]
        return tuple(
            cut
            for cut in UNASKED
            if _groups(self.reader((cut,)), parts)
            and not (cut in BUYER_CUTS and any(short))
            and not (cut in STORE_CUTS and not same_stores)
        )


def _groups(reader: Reader, parts: frozenset[str]) -> dict[str, frozenset[str]]:
    """The groups that give all parts by the question's cuts, with what each of them gives; {} where one is missing."""
    lines = any(map(is_line_cut, reader.q.shape.names))
    found = {}
    for group, names in CellRows(reader).groups:
        known = names & LINE_SUMS if lines and group == "order_parts" else names
        if group not in COUNTED_ONCE and known & parts:
            found[group] = known & parts
    return found if parts <= frozenset[str]().union(*found.values()) else {}


def _sensible(columns: Mapping[str, Coded], side: Ints, size: Ints) -> tuple[str, ...]:
    """Cuts with two to 100 values that say something of most of both sides, at most six; `size` of each row."""

    def sensible(values: list[Any], codes: NDArray[np.intp]) -> bool:
        known = np.array([value not in UNKNOWN for value in values])
        told = [size[(side == one) & known[codes]].sum() >= KNOWN * size[side == one].sum() for one in (0, 1)]
        return 2 <= known.sum() <= MOST_VALUES and all(told)

    return tuple(cut for cut, column in columns.items() if sensible(*column))[:MOST_CUTS]


# --- arrays -----------------------------------------------------------------------------------------------------------
def _read(
    sides: Sequence[Side], figure: str, cuts: Sequence[str], parts: frozenset[str]
) -> tuple[pa.Table, dict[str, NDArray[Any]]]:
    """One row per side, group and cut values: the cuts as a table; the `side` and all parts of each row as arrays."""
    import pyarrow as pa

    found, sums = [], dict[str, list[NDArray[Any]]]()
    for side in sides:
        reader = side.reader(cuts)
        groups = _groups(reader, parts) if cuts else {}
        if not groups:
            whole_orders = any(map(is_line_cut, cuts)) and parts <= ORDER_PARTS
            code = "drill_whole_orders" if whole_orders else "not_by_this_cut" if cuts else "drill_whole_stores"
            raise NoLeaves(figure, code, figure=figure, cut=", ".join(cuts))
        for group, names in groups.items():
            given = {part: "orders" if part == "orders_counted" else part for part in names}
            rows = reader.table(group, sorted(set(given.values())))
            buckets = array(rows.column("bucket"))
            sums.setdefault("side", []).append(np.where(buckets == 0, side.first, 1 - side.first))
            for part in parts:
                known = part in given
                sums.setdefault(part, []).append(array(rows.column(given[part])) if known else np.zeros_like(buckets))
            found.append(rows.select([f"c_{cut}" for cut in cuts]))
    return pa.concat_tables(found), {part: np.concatenate(arrays) for part, arrays in sums.items()}


def _coded(column: pa.ChunkedArray) -> Coded:
    """The values of a cut in order, the unknown one (None) last, and the place of each row's value."""
    coded = column.combine_chunks().dictionary_encode("encode")
    given = coded.dictionary.to_pylist()
    order = sorted(range(len(given)), key=lambda i: (given[i] is None, given[i]))
    place = np.empty(len(given), np.intp)
    place[order] = np.arange(len(given))
    return [given[i] for i in order], place[array(coded.indices)]


def _merged(columns: Sequence[Coded]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows with equal values as one leaf: the first row of each, and the leaf of every row."""
    key, space = np.zeros(len(columns[0][1]), np.int64), 1
    for values, codes in columns:
        if space > 2**62 // max(len(values), 1):
            key = np.unique(key, return_inverse=True)[1]
            space = len(key)
        key = key * len(values) + codes
        space *= len(values)
    _, places, owner = np.unique(key, return_index=True, return_inverse=True)
    return places, owner


def _sums(amounts: NDArray[Any], at: Ints, count: int) -> NDArray[Any]:
    """Exact sums of a part, shape (2, leaves)."""
    found = np.zeros(2 * count, amounts.dtype)
    np.add.at(found, at, amounts)
    return found.reshape(2, count)


def _combined(form: Mapping[str, int], sums: Sums) -> tuple[Ints, Ints]:
    total = sum(sign * sums[part] for part, sign in form.items())
    return total[0], total[1]  # type: ignore[index]
