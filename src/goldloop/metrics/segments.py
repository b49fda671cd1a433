"""A tree's change over drivers *and* segments: what each segment did to each driver, mix and rate apart.

In a product the counts P_1, P_2 ... that its factors lead through (visitors, buyers, orders, gmv) are followed in each
segment. `u_k x dP_k,i` is what the segment's change of count k is worth on the root (u_k = the effect of the factors up
to k on the whole, per unit of P_k), so factor k takes `u_k dP_k,i - u_(k-1) dP_(k-1),i` of segment i. Of this the LMDI
effect within the segment is its *rate* (自身变化影响), the rest its *mix* (占比变化影响). Summed over factors a segment
gives exactly its own change, as the table shows it; summed over segments a factor gives its effect on the whole, up to
the overlap of segments that count the same person.

Where segments overlap much (a buyer of three products) a person is worth little to each of them, and mix would say
nothing else. There the effects within each segment stand alone; what the whole's drivers differ by is their overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.decompose import additive, mix_rate, product_effects
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.trees import Leaf, Node, Product, Sum, Values, product_worth

Array = NDArray[np.float64]
OVERLAP = 0.05  # share of the whole by which the sum of segments may differ before each is judged alone


@dataclass(frozen=True, slots=True)
class Segments:
    """The figures of every segment on both sides, in one order."""

    before: Sequence[Values]
    after: Sequence[Values]

    def column(self, name: str) -> tuple[Array, Array] | None:
        """One figure of all segments, before and after; None where a segment does not know it."""
        sides = [[row.get(name) for row in side] for side in (self.before, self.after)]
        if any(value is None for side in sides for value in side):
            return None
        old, new = (np.array(side, float) for side in sides)
        return old, new

    def change(self, name: str) -> list[Any] | None:
        """The exact change of one figure in every segment; None where a segment does not know it."""
        pairs: list[tuple[Any, Any]] = [
            (o.get(name), n.get(name)) for o, n in zip(self.before, self.after, strict=True)
        ]
        return None if any(None in pair for pair in pairs) else [new - old for old, new in pairs]


@dataclass(frozen=True)
class Piece:
    """One kind of effect of one driver in every segment, in the root's unit; `sample`: the smaller denominator."""

    driver: str
    kind: str
    amounts: Array
    sample: NDArray[np.int64] | None = None

    def sample_at(self, i: int) -> int | None:
        """The sample of one segment, where a ratio was judged."""
        return None if self.sample is None else int(self.sample[i])


def spread(node: Node, segments: Segments, before: Values, after: Values) -> list[Piece]:
    """All pieces of a tree whose root's whole values are `before` and `after`, in the root's unit (minor units of money).

    A driver that the cut does not know has no piece. Own method; effects by LMDI-I (Ang 2005), ratios that stand for
    themselves by Kitagawa (1955).
    """
    return list(_spread(node, 1.0, segments, before, after))


def _spread(node: Node, worth: float, segments: Segments, before: Values, after: Values) -> Iterator[Piece]:
    if isinstance(node, Leaf):
        yield from _of_leaf(node, worth, segments, before, after)
    elif isinstance(node, Sum):
        for sign, part in node.parts:
            yield from _spread(part, worth * sign, segments, before, after)
    else:
        yield from _of_product(node, worth, segments, before, after)


def _of_leaf(leaf: Leaf, worth: float, segments: Segments, before: Values, after: Values) -> Iterator[Piece]:
    over = segments.column(leaf.over) if leaf.over is not None else None
    if over is None:
        return
    if leaf.under is None:
        yield Piece(leaf.name, "change", worth * (over[1] - over[0]))
        return
    under = segments.column(leaf.under)
    whole = [(side[leaf.over or ""], side[leaf.under]) for side in (before, after)]
    if under is None or any(v is None for pair in whole for v in pair) or not all(pair[1] for pair in whole):
        return
    (n0, d0), (n1, d1) = whole
    parts = mix_rate(over, under, ((float(n0 or 0), float(d0 or 0)), (float(n1 or 0), float(d1 or 0))))
    yield Piece(leaf.name, "mix", worth * parts.mix)
    yield Piece(leaf.name, "rate", worth * parts.rate, _sample(leaf.under, under))


def _of_product(node: Product, worth: float, segments: Segments, before: Values, after: Values) -> Iterator[Piece]:
    """The first factor takes what its change is worth, each ratio after it the growth of worth from count to count."""
    counts = [_figure(factor) for factor in node.factors]
    worths = [worth * unit for unit in product_worth(node, before, after)]
    columns: list[tuple[Array, Array]] = []
    for name in counts:
        column = segments.column(name) if name is not None else None
        if column is None:
            break
        columns.append(column)
    known = len(columns) == len(counts)  # else the segments' own products are not known either
    within, alone = _within(columns), known and _overlap(columns, node.factors[0], before, after)
    if alone:
        yield Piece(node.factors[0].name, "change", worth * within[:, 0])
    else:
        yield from _spread(node.factors[0], worths[0], segments, before, after)
    for k in range(1, len(columns)):
        name, (p0, p1), (q0, q1) = node.factors[k].name, columns[k - 1], columns[k]
        whole = worths[k] * (q1 - q0) - worths[k - 1] * (p1 - p0)
        if not known:
            yield Piece(name, "change", whole)
            continue
        rate = worth * within[:, k]
        yield Piece(name, "rate", rate, _sample(counts[k - 1], (p0, p1)))
        if not alone:
            yield Piece(name, "mix", whole - rate)


def _sample(name: str | None, under: tuple[Array, Array]) -> NDArray[np.int64] | None:
    """The smaller of both denominators, where it counts something."""
    return np.minimum(*under).astype(np.int64) if name and FIGURES[name].unit == "count" else None


def _overlap(columns: list[tuple[Array, Array]], first: Node, before: Values, after: Values) -> bool:
    """Whether the segments' first counts sum to clearly more (or less) than the whole's."""
    if not columns or not isinstance(first, Leaf):
        return False
    wholes = (first.value(before), first.value(after))
    return any(
        abs(float(side.sum()) - whole) > OVERLAP * abs(whole) for side, whole in zip(columns[0], wholes, strict=True)
    )


def _figure(factor: Node) -> str | None:
    """The figure that the product has reached with this factor; None where it has none."""
    return factor.over if isinstance(factor, Leaf) else factor.name


def _within(columns: list[tuple[Array, Array]]) -> Array:
    """Effects of first count and ratios within each segment, shape (segments, counts known); rows sum to the change.

    LMDI, Shapley where a value is negative. A segment with more than nothing made of nothing (sales of no units) has no
    ratios: its whole change stands at the last count.
    """
    if not columns:
        return np.zeros((0, 0))
    old, new = (np.column_stack([column[side] for column in columns]) for side in (0, 1))
    broken = np.zeros(len(old), bool)
    factors = []
    for counts in (old, new):
        over, under = counts[:, 1:], counts[:, :-1]
        broken |= ((under == 0) & (over != 0)).any(axis=1)
        ratios = np.divide(over, under, out=np.full(over.shape, np.nan), where=under != 0)
        factors.append(np.column_stack([counts[:, :1], ratios]))
    negative = ((factors[0] < 0) | (factors[1] < 0)).any(axis=1) & ~broken
    plain = ~negative & ~broken
    effects = np.zeros(old.shape)
    effects[plain] = additive(factors[0][plain], factors[1][plain])
    effects[negative] = product_effects(factors[0][negative], factors[1][negative])
    effects[broken, -1] = new[broken, -1] - old[broken, -1]
    return effects
