"""The cheapest plausible mix of levers: which ones by how much, inside bounds, to close a gap or to use a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldloop.core.levers.curve import Curve, LeversError, Slope
from goldloop.core.owners.account import account
from goldloop.core.owners.books import Books

Array = NDArray[np.float64]
Target = Literal["new_buyers", "repeat_buyers", "value"]
CLOSE = 1e-7  # share of a gap that counts as closed while searching; the answer itself closes it whole


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that can be moved: from `now` up to `most`, or down to `least`.

    `usual` are the 10 % and 90 % points of a month's past: beyond them it was hardly or never done. With a `Curve` it is money a month (minor units) that brings new or repeat buyers, the month having `periods` of the
    curve; with a `Slope` it is a rate that multiplies the value of every buyer, and `price` is what one whole unit of it
    costs a month (minor units), paid for what goes above `now`.
    """

    name: str
    target: Target
    response: Curve | Slope
    now: float
    least: float
    most: float
    usual: tuple[float, float]
    periods: float = 1.0
    price: float = 1.0

    @property
    def proven(self) -> bool:
        """Whether its past says that a move brings anything: 9 of 10 draws agree on more."""
        if isinstance(self.response, Slope):
            return self.response.proven
        gained = self.response.change(self.response.low, self.response.high)
        return bool(np.quantile(gained, 0.1) > 0)

    def cost(self, x: float) -> float:
        """What standing at x costs above standing at `now`; a rate that is taken back saves nothing here."""
        return (x - self.now) * self.price if isinstance(self.response, Curve) else max(0.0, x - self.now) * self.price

    def more(self, x: float) -> float:
        """Buyers more than at `now` (curve), or by what the value of a buyer is multiplied (slope)."""
        if isinstance(self.response, Slope):
            return self.response.factor(self.now, x)
        return self.periods * (self.response.at(x / self.periods) - self.response.at(self.now / self.periods))

    def drawn(self, x: float) -> Array:
        """The same for every draw, shape (draws,)."""
        if isinstance(self.response, Slope):
            return self.response.factors(self.now, x)
        return self.response.change(self.now / self.periods, x / self.periods) * self.periods


@dataclass(frozen=True, slots=True)
class Move:
    """One lever of an answer: from where to where, its cost and the sales it brings (minor units).

    `buyers`: buyers more (curve) or None; `marginal`: what the last unit of sales cost here (None: nothing); `beyond`:
    it goes where the store has hardly or never been.
    """

    lever: Lever
    to: float
    cost: int
    gain: int
    buyers: float | None
    marginal: float | None
    beyond: bool


@dataclass(frozen=True, slots=True)
class Mix:
    """The answer: moves whose gains sum to `gain` and costs to `cost`, money in minor units.

    `feasible`: the gap is closed; else the moves are those that reach furthest and `gain` is the largest reachable.
    `low` and `high`: the 80 % interval of the gain; `unused` the levers that were left alone because their past proves nothing.
    """

    gap: int
    gain: int
    low: int
    high: int
    cost: int
    feasible: bool
    moves: tuple[Move, ...]
    unused: tuple[str, ...]

    @property
    def short(self) -> int:
        """What stays open; 0 where the gap is closed."""
        return max(0, self.gap - self.gain)


def cheapest(books: Books, levers: Sequence[Lever], gap: int) -> Mix:
    """The cheapest moves that bring `gap` more sales (minor units) than the month of `books`.

    `gmv = (new x value + repeat x value) x value factors + unidentified`. Minimise the cost subject to gmv(moves) -
    gmv(now) >= gap and every lever between `now` and `most` (a rate: `least` to `most`), by sequential quadratic
    programming (SLSQP, Kraft 1988) from fixed starts, so the same question gives the same answer; amounts are then rounded
    up to whole minor units. A gap of 0 or less moves nothing. Raises `levers_none` and `levers_unsplit`.

    >>> root = Curve(0, 100, 0.5, 10_000, np.tile([0, 100, 0.5], (10, 1)), 5_000, 20_000, 30_000, 40)
    >>> ads = Lever("ad_budget", "new_buyers", root, now=10_000, least=0, most=20_000, usual=(5_000, 20_000))
    >>> found = cheapest(Books(100, 900_000, 50, 500_000), [ads], 90_000)
    >>> found.feasible, found.cost, found.gain
    (True, 2100, 90000)
    """
    _ready(books, levers)
    usable, unused = _usable(levers)
    if gap <= 0 or not usable:
        return _answer(books, usable, np.array([one.now for one in usable]), gap, unused)
    bounds = [(one.now if isinstance(one.response, Curve) else one.least, one.most) for one in usable]
    low, high = (np.array(side, float) for side in zip(*bounds, strict=True))
    furthest = np.array([one.least if one.more(one.least) > one.more(one.most) else one.most for one in usable])
    if _gain(books, usable, furthest) < gap:
        return _answer(books, usable, furthest, gap, unused)
    size = float(gap)

    def cost(x: Array) -> float:
        return sum(one.cost(v) for one, v in zip(usable, x, strict=True)) / size

    def left(x: Array) -> float:
        return (_gain(books, usable, x) - gap) / size

    now = np.clip([one.now for one in usable], low, high)
    found = _search(cost, left, low, high, [furthest, (now + furthest) / 2, *_alone(now, furthest)])
    chosen = _enough(books, usable, furthest if found is None else found, furthest, gap)
    return _answer(books, usable, chosen, gap, unused)


def best(books: Books, levers: Sequence[Lever], budget: int) -> Mix:
    """The moves that bring most when all levers together may cost `budget` a month (minor units), each between its bounds.

    Only levers of money take part. Maximise gmv(moves) subject to the sum of x <= budget and least <= x <= most, by SLSQP
    as in `cheapest`; where no bound is reached all marginal returns are equal. Raises `levers_none`, `levers_unsplit`
    and `budget_below` (the least of all levers together is more than the budget).

    >>> def lever(a):
    ...     curve = Curve(0, a, 0.5, 1, np.tile([0, a, 0.5], (10, 1)), 1, 100, 100, 40)
    ...     return Lever(f"a{a}", "new_buyers", curve, now=0, least=0, most=10**8, usual=(0, 10**8))
    >>> found = best(Books(1, 100, 0, 0), [lever(1), lever(2), lever(3)], 10**8)
    >>> [round(move.to / 10**6, 3) for move in found.moves]
    [7.143, 28.571, 64.286]
    """
    _ready(books, levers)
    usable, unused = _usable([one for one in levers if isinstance(one.response, Curve)])
    least = sum(ceil(one.least) for one in usable)
    if budget < least:
        raise LeversError(
            "budget_below",
            "The budget is less than the least of all levers together.",
            given=budget,
            allowed=f"{least} or more",
            least=least,
        )
    low, high = (np.array([getattr(one, side) for one in usable], float) for side in ("least", "most"))
    if high.sum() <= budget:
        return _answer(books, usable, high, 0, unused)
    size = max(abs(_gain(books, usable, high)), 1.0)

    def loss(x: Array) -> float:
        return -_gain(books, usable, x) / size

    def left(x: Array) -> float:
        return (budget - float(x.sum())) / max(budget, 1)

    even = low + (high - low) * max(0.0, budget - low.sum()) / (high - low).sum()
    found = _search(loss, left, low, high, [even])
    chosen = even if found is None else found
    over = max(0.0, float(chosen.sum()) - budget)
    room = chosen - low
    chosen = chosen - room * (over / room.sum() if room.sum() > 0 else 0.0)
    return _answer(books, usable, np.maximum(low, np.floor(chosen + 1e-6)), 0, unused)


def _ready(books: Books, levers: Sequence[Lever]) -> None:
    if not books.split:
        raise LeversError(
            "levers_unsplit", "It is not known which buyers are new, so no driver of them can be moved.",
            todo="Load orders that name buyers, or the platform's new and repeat buyers of the month.",
        )  # fmt: skip
    if not levers:
        raise LeversError(
            "levers_none",
            "There is no lever whose past tells what a move brings.",
            todo="Load ads (cost and new buyers by day) of at least 12 weeks.",
        )
    for one in levers:
        if one.least > one.most:
            raise LeversError(
                "lever_bounds",
                f"The least of '{one.name}' is above its most.",
                given=f"{one.least}..{one.most}",
                name=one.name,
            )


def _usable(levers: Sequence[Lever]) -> tuple[list[Lever], tuple[str, ...]]:
    return [one for one in levers if one.proven], tuple(one.name for one in levers if not one.proven)


def _alone(now: Array, furthest: Array) -> list[Array]:
    """Starts at which one lever goes as far as it can and the others stay."""
    return [np.where(np.arange(len(now)) == i, furthest, now) for i in range(len(now))]


def _search(
    goal: Callable[[Array], float], left: Callable[[Array], float], low: Array, high: Array, starts: Sequence[Array]
) -> Array | None:
    """The best point found from the starts with `left` >= 0; None when none of them led to one."""
    from scipy.optimize import minimize

    span = np.where(high > low, high - low, 1.0)

    def at(z: Array) -> Array:
        return np.asarray(low + np.clip(z, 0, 1) * (high - low))

    found: Array | None = None
    for start in starts:
        answer = minimize(
            lambda z: goal(at(z)), np.clip((start - low) / span, 1e-6, 1.0), method="SLSQP", bounds=[(0, 1)] * len(low),
            constraints=[{"type": "ineq", "fun": lambda z: left(at(z))}], options={"maxiter": 300, "ftol": 1e-13},
        )  # fmt: skip
        point = at(answer.x)
        if left(point) >= -CLOSE and (found is None or goal(point) < goal(found)):
            found = point
    return found


def _enough(books: Books, levers: Sequence[Lever], x: Array, furthest: Array, gap: int) -> Array:
    """The point moved towards the furthest one just as far as closes the gap in whole minor units."""

    def rounded(t: float) -> Array:
        point = x + t * (furthest - x)
        return np.array(
            [
                float(ceil(v - 1e-6)) if isinstance(one.response, Curve) else v
                for one, v in zip(levers, point, strict=True)
            ]
        )

    low, high = 0.0, 1.0
    if _whole(books, levers, rounded(0.0)).gmv - books.gmv >= gap:
        return rounded(0.0)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _whole(books, levers, rounded(middle)).gmv - books.gmv >= gap else (middle, high)
    return rounded(high)


def _gain(books: Books, levers: Sequence[Lever], x: Array) -> float:
    """Sales more than now, in minor units."""
    counts, factor = _moved(books, levers, x)
    return sum(_value(books, kind) * counts[kind] for kind in counts) * factor - (books.gmv - books.unidentified_gmv)


def _moved(books: Books, levers: Sequence[Lever], x: Array) -> tuple[dict[str, float], float]:
    counts = {kind: float(getattr(books, f"{kind}_buyers")) for kind in ("new", "repeat")}
    factor = 1.0
    for one, to in zip(levers, x, strict=True):
        if one.target == "value":
            factor *= one.more(float(to))
        else:
            counts[one.target.removesuffix("_buyers")] += one.more(float(to))
    return counts, factor


def _value(books: Books, kind: str) -> float:
    buyers = float(getattr(books, f"{kind}_buyers"))
    return float(getattr(books, f"{kind}_gmv")) / buyers if buyers else 0.0


def _whole(books: Books, levers: Sequence[Lever], x: Array) -> Books:
    """The month's books after the moves."""
    counts, factor = _moved(books, levers, x)
    amounts = {kind: round(_value(books, kind) * count * factor) for kind, count in counts.items()}
    return Books(counts["new"], amounts["new"], counts["repeat"], amounts["repeat"], books.unidentified_gmv)


def _answer(books: Books, levers: Sequence[Lever], x: Array, gap: int, unused: tuple[str, ...]) -> Mix:
    after = _whole(books, levers, x)
    gain = after.gmv - books.gmv
    gains = _gains(books, after, levers, x, gain)
    moves = []
    for i, (one, to) in enumerate(zip(levers, x.tolist(), strict=True)):
        low, high = one.usual
        rounded = 1.0 if isinstance(one.response, Curve) else 1e-9  # amounts are rounded up to whole minor units
        beyond = to != one.now and not low - 1e-9 <= to <= high + rounded
        buyers = None if one.target == "value" else one.more(to)
        moves.append(Move(one, to, round(one.cost(to)), gains[i], buyers, _marginal(books, levers, x, i), beyond))
    low_gain, high_gain = _interval(books, levers, x, gain)
    return Mix(gap, gain, low_gain, high_gain, sum(m.cost for m in moves), gain >= gap, tuple(moves), unused)


def _gains(books: Books, after: Books, levers: Sequence[Lever], x: Array, gain: int) -> list[int]:
    """The gain of every lever: the account's part of its driver, shared by size where several move one driver."""
    found = {entry.driver: entry.amount for entry in account(books, after).entries}
    parts = {
        "new_buyers": found["new_buyers"], "repeat_buyers": found["repeat_buyers"],
        "value": found["new_buyer_value"] + found["repeat_buyer_value"],
    }  # fmt: skip
    gains = [0] * len(levers)
    for target, amount in parts.items():
        mine = [i for i, one in enumerate(levers) if one.target == target]
        sizes = [abs(np.log(levers[i].more(x[i])) if target == "value" else levers[i].more(x[i])) for i in mine]
        if sum(sizes) > 0:
            shares = [round(amount * size / sum(sizes)) for size in sizes]
            shares[int(np.argmax(sizes))] += amount - sum(shares)
            for i, share in zip(mine, shares, strict=True):
                gains[i] = share
    if gains:  # a cent that rounding left in a driver nobody moved
        gains[int(np.argmax(np.abs(gains)))] += gain - sum(gains)
    return gains


def _marginal(books: Books, levers: Sequence[Lever], x: Array, i: int) -> float | None:
    """What one more unit of sales costs by this lever, from a step of a thousandth of its range."""
    one, step = levers[i], (levers[i].most - levers[i].least) * 1e-3
    if not step or (isinstance(one.response, Slope) and one.response.slope < 0):
        return None
    further = x.copy()
    further[i] += step
    gained = _gain(books, levers, further) - _gain(books, levers, x)
    return float((one.cost(further[i]) - one.cost(x[i])) / gained) if gained > 0 else None


def _interval(books: Books, levers: Sequence[Lever], x: Array, gain: int) -> tuple[int, int]:
    """The 80 % interval of the gain; draws of different levers are independent."""
    if not levers:
        return gain, gain
    drawn = [one.drawn(float(to)) for one, to in zip(levers, x, strict=True)]
    draws = min(len(one) for one in drawn)
    counts = {kind: np.full(draws, float(getattr(books, f"{kind}_buyers"))) for kind in ("new", "repeat")}
    factor = np.ones(draws)
    for one, values in zip(levers, drawn, strict=True):
        if one.target == "value":
            factor = factor * values[:draws]
        else:
            counts[one.target.removesuffix("_buyers")] += values[:draws]
    gained = sum(_value(books, kind) * counts[kind] for kind in counts) * factor - (books.gmv - books.unidentified_gmv)
    low, high = np.quantile(gained, [0.1, 0.9])
    return min(round(low), gain), max(round(high), gain)
