"""Age curves of refunds: what share of a day's sales will still go back, learned from days of which more is known.

A day's refunds come over weeks, so the newest days are censored: what a young day will still lose is unknown, not zero.
All sums here run over days old enough to have been seen at that age, and over the money still with the shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HORIZON = 60  # days after payment; later refunds are not foreseen
WINDOW = 365  # days up to the known day from which is learned
FINAL = 0.95  # share of refunds from which on a day counts as final
MINIMUM = 30  # refunds of days beyond the horizon below which nothing is said


@dataclass(frozen=True)
class Cohorts:
    """Sales of one store by business day and segment, and the refunds of these sales so far.

    Per cell (n of them): `day` as a day number; `codes` (n x k) of its segment, column j numbering the combinations of
    the first j + 1 features, see `nested`; `gmv` in minor units. Per refund sum (m of them): its `cell`, its `age` in
    days after payment (0: the same day), `amount` in minor units, and `squares`, the sum over its
    parts of part x whole refund of that order and day (for refunds of one cell: of its squares). Raises `mature_shape`.

    >>> one = np.ones(1)
    >>> sold = Cohorts(np.array([7]), np.zeros((1, 1), np.int64), one * 9000, np.array([0]), np.array([3]), one * 500, one * 250000)
    >>> sold.come(9).tolist(), sold.come(10).tolist()
    ([0.0], [500.0])
    """

    day: Ints
    codes: Ints
    gmv: Floats
    cell: Ints
    age: Ints
    amount: Floats
    squares: Floats

    def __post_init__(self) -> None:
        cells, refunds = {len(self.day), len(self.codes), len(self.gmv)}, {len(self.cell), len(self.age)}
        if len(cells) > 1 or len(refunds | {len(self.amount), len(self.squares)}) > 1:
            raise GoldloopError(
                "mature_shape", "Cells or refunds do not have the same number of values in every column."
            )

    @cached_property
    def settled(self) -> Ints:
        """The day number on which each refund sum was settled, `day + age`, shape (m,)."""
        return self.day[self.cell] + self.age

    def come(self, known: int) -> Floats:
        """Refunds of each cell settled by the end of day number `known`, shape (n,), in minor units; 0 where none was."""
        wanted = self.settled <= known
        return np.bincount(self.cell[wanted], self.amount[wanted], len(self.day)).astype(np.float64)

    def refunds(self, first: int, last: int) -> Floats:
        """Refunds of each cell settled on days `first` to `last`, at most HORIZON days after payment; shape (n,), minor units."""
        wanted = (self.settled >= first) & (self.settled <= last) & (self.age <= HORIZON)
        return np.bincount(self.cell[wanted], self.amount[wanted], len(self.day)).astype(np.float64)


@dataclass(frozen=True)
class TooLittle:
    """Why no curve can be learned: `refunds` (in units of a usual refund) of days beyond the horizon are not enough."""

    refunds: int


@dataclass(frozen=True)
class Curve:
    """What was learned of one store up to the end of day `known`.

    `hazard` (segments x (HORIZON + 2)) is cumulative: column a + 1 holds all ages up to a. `day_level` is the factor of
    each day from day number `first` on. `severity` is a usual refund in minor units, `refunds` how many of it were
    learned from, `share` of the final refunds come by each age 0 to HORIZON, `final_age` the first age with FINAL of
    them, `depth` how many features of a segment its own refunds decide; what lies deeper is that of the pool above.
    """

    known: int
    hazard: Floats
    first: int
    day_level: Floats
    severity: float
    refunds: float
    share: Floats
    final_age: int
    depth: Ints

    def rate(self, day: Ints, segment: Ints) -> Floats:
        """Share of the money not yet refunded that will still be: `1 - exp(-day level x hazard ahead)`, 0 to 1.

        `day`: day numbers; `segment`: their narrowest codes; the rate has the same shape. 0 on days older than `final_age`;
        a day after the known one has every age ahead.
        """
        age, place = self.known - day, day - self.first
        ahead = self.hazard[segment, -1] - self.hazard[segment, np.clip(age, -1, HORIZON) + 1]
        learned = (place >= 0) & (place < len(self.day_level))
        level = np.where(learned, self.day_level[np.where(learned, place, 0)], 1.0)
        return np.where(age > self.final_age, 0.0, -np.expm1(-level * ahead))


def nested(features: Sequence[Sequence[str]]) -> Ints:
    """Codes of nested segments: column j numbers the different combinations of the first j + 1 features, from 0.

    `features`: at least one, each with a word per cell; the codes have shape (cells, features).

    >>> nested([["a", "a", "b"], ["x", "y", "x"]]).tolist()
    [[0, 0], [0, 1], [1, 2]]
    """
    columns: list[Ints] = []
    for feature in features:
        own = np.unique(np.asarray(feature, dtype=str), return_inverse=True)[1]
        if columns:
            own = np.unique(columns[-1] * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
        columns.append(own.astype(np.int64))
    return np.stack(columns, axis=1)


def fit(cohorts: Cohorts, known: int) -> Curve | TooLittle:
    """The age curves of one store as they could be told at the end of day `known`, whatever came later.

    At age a the hazard is `refunds at age a / money at risk`, over the days at least a days old; money at risk is gmv
    less what went back before (Kaplan and Meier 1958, in money; cumulated as by Nelson 1972 and Aalen 1978), one factor
    for each age as in the chain ladder (Mack 1993). Each segment then shrinks to the pool above it, see `pooled`, and
    each day to its segments: what a day has lost so far counts by how much that tells (Mack 2000). `known` is a day
    number. Undefined (`TooLittle`) below MINIMUM usual refunds of days beyond the horizon.

    >>> day, lost = np.arange(365), np.full(365, 1000.0)
    >>> sold = Cohorts(day, np.zeros((365, 1), np.int64), lost * 10, day, np.full(365, 5), lost, lost**2)
    >>> curve = fit(sold, 400)
    >>> curve.final_age, curve.severity, curve.rate(np.array([398]), np.array([0])).round(6).tolist()
    (5, 1000.0, [0.095163])
    >>> fit(sold, 80)
    TooLittle(refunds=21)
    """
    learned = (cohorts.day <= known) & (cohorts.day > known - WINDOW)
    old = np.where(learned, np.clip(known - cohorts.day, 0, HORIZON), 0)
    seen = learned[cohorts.cell] & (cohorts.settled <= known) & (cohorts.age <= HORIZON)
    of, age, amount = cohorts.cell[seen], cohorts.age[seen], cohorts.amount[seen].clip(0)
    severity = float(cohorts.squares[seen].sum()) / float(amount.sum()) if amount.any() else 0.0
    whole = known - cohorts.day[of] >= HORIZON
    by_age = np.cumsum(np.bincount(age[whole], amount[whole], HORIZON + 1))
    if severity <= 0 or by_age[-1] < MINIMUM * severity:
        return TooLittle(int(by_age[-1] / severity) if severity > 0 else 0)
    sums = _Sums(old, np.where(learned, cohorts.gmv, 0.0).clip(0), of, age, amount)
    store, hazard, depth = _segments(sums, cohorts.codes, severity)
    cumulative = np.pad(np.cumsum(hazard, axis=1), ((0, 0), (1, 0)))
    first = known - WINDOW + 1
    place = np.where(learned, cohorts.day - first, 0)
    come = -np.expm1(-cumulative[cohorts.codes[:, -1], old + 1])  # share of each cell expected to have come
    day_level = _levels(
        np.bincount(place[of], amount, WINDOW) / severity, np.bincount(place, sums.gmv * come, WINDOW) / severity
    )[0]
    share = -np.expm1(-np.cumsum(store))
    return Curve(
        known=known,
        hazard=cumulative,
        first=first,
        day_level=day_level,
        severity=severity,
        refunds=float(amount.sum()) / severity,
        share=share / share[-1],
        final_age=int(np.argmax(by_age >= FINAL * by_age[-1])),
        depth=depth,
    )


@dataclass(frozen=True)
class _Sums:
    """Cells with the oldest age at which each was seen and their gmv; refunds seen, by cell and age."""

    old: Ints
    gmv: Floats
    of: Ints
    age: Ints
    amount: Floats

    def by(self, node: Ints) -> tuple[Floats, Floats]:
        """Refunds at each age, and money at risk then, per node of cells (nodes x (HORIZON + 1)), in minor units."""
        size, width = int(node.max(initial=0)) + 1, HORIZON + 2
        of = node[self.of]

        def table(rows: Ints, columns: Ints, values: Floats) -> Floats:
            return np.bincount(rows * width + columns, values, size * width).reshape(size, width).astype(np.float64)

        refunds = table(of, self.age, self.amount)
        sold = np.cumsum(table(node, self.old, self.gmv)[:, ::-1], axis=1)[:, ::-1]
        # A refund leaves the money at risk from the next age on, until its cell is no longer seen.
        gone = table(of, self.age + 1, self.amount) - table(of, self.old[self.of] + 1, self.amount)
        return refunds[:, :-1], (sold - np.cumsum(gone, axis=1))[:, :-1].clip(0)


def _segments(sums: _Sums, codes: Ints, severity: float) -> tuple[Floats, Floats, Ints]:
    """Hazards by age of the whole store and of every narrowest segment, and how many features its own refunds decide."""
    node = np.zeros(len(codes), np.int64)
    refunds, at_risk = sums.by(node)
    store = hazard = np.divide(refunds, at_risk, out=np.zeros_like(refunds), where=at_risk > 0)
    depth = np.zeros(1, np.int64)
    for level in range(codes.shape[1]):
        below = codes[:, level]
        above = np.zeros(int(below.max(initial=0)) + 1, np.int64)
        above[below] = node
        hazard, own = pooled(*sums.by(below), hazard[above], severity)
        depth = np.where(own, level + 1, depth[above])
        node = below
    return store[0], hazard, depth


def pooled(refunds: Floats, at_risk: Floats, above: Floats, severity: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Hazards of segments (s x ages) between their own and those of the pool above, and which have weight of their own.

    Refunds are counted in units of `severity`, so that they scatter about as Poisson counts n with the pool's
    expectation e. A segment's level is `(k + n) / (k + e)`, its factor at age a `(c w + n_a) / (c w + e_a)` with the
    pool's share w of that age: Gamma priors whose weights k and c come from how much segments differ beyond chance
    (Buhlmann and Straub 1970; Marshall 1991); with no difference beyond chance everything is the pool's. Own weight
    means e >= k. `refunds`, `at_risk` (minor units) and `above` (the pools' hazards) have shape (segments, ages), the hazards
    too, no unit; the flags (segments,). At an age where the pool lost nothing a segment's hazard is 0.

    >>> hazard, own = pooled(np.array([[300.0], [100.0]]), np.full((2, 1), 4000.0), np.full((2, 1), 0.05), 10.0)
    >>> hazard.round(3).tolist(), own.tolist()
    ([[0.07], [0.03]], [True, True])
    """
    n, e = refunds / severity, at_risk * above / severity
    level, weight = _levels(n.sum(axis=1), e.sum(axis=1))
    e = e * level[:, None]
    total = above.sum(axis=1, keepdims=True)
    share = np.divide(above, total, out=np.zeros_like(above), where=total > 0)
    known = share > 0
    spread = float((np.divide(e**2, share, out=np.zeros_like(e), where=known)).sum())
    beyond = float((((n - e) ** 2 - n) * known).sum())
    factor = np.ones_like(e)
    if beyond > 0 and spread > 0:
        prior = share * spread / beyond
        factor = np.divide(prior + n, prior + e, out=factor, where=known)
    return above * level[:, None] * factor, e.sum(axis=1) >= weight


def _levels(n: Floats, e: Floats) -> tuple[Floats, float]:
    """Shrunken levels `(k + n) / (k + e)` of counts n with expectations e, and k by moments: `sum e^2 / sum((n-e)^2 - n)`."""
    beyond = float(((n - e) ** 2 - n).sum())
    if beyond <= 0:
        return np.ones(len(n)), np.inf
    weight = float((e**2).sum()) / beyond
    return (weight + n) / (weight + e), weight
