"""A goal spread over days, stores and drivers: amounts that sum exactly, ratios that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from goldloop.core.calendar import Grain, Period, buckets
from goldloop.core.formula import Column, Number, apply, minus, per, ratio
from goldloop.core.money import split
from goldloop.core.target.goal import Goal, Leaves, StorePart, TargetError, leaves
from goldloop.core.target.locks import Lock, held, pools
from goldloop.core.target.spread import Spreader

RULES = {
    "net": minus("gmv", "refunded_gmv"),
    "refund_rate": ratio("refunded_gmv", "gmv"),
    "buyer_value": per("gmv", "buyers"),
    "repeat_buyers": minus("buyers", "new_buyers"),
    "repeat_gmv": minus("gmv", "new_gmv"),
    "new_buyer_value": per("new_gmv", "new_buyers"),
    "repeat_buyer_value": per("repeat_gmv", "repeat_buyers"),
    "orders_per_buyer": ratio("orders", "buyers"),
    "order_value": per("gmv", "orders"),
    "conversion": ratio("buyers", "visitors"),
}
# A lock on one of these holds an amount: figure -> (the amount, what that is for a locked value on the rows' own sums).
HELD_AS: dict[str, tuple[str, str, Callable[[int, Fraction], Fraction]]] = {
    "net": ("refunded_gmv", "gmv", lambda gmv, net: gmv - net),
    "refund_rate": ("refunded_gmv", "gmv", lambda gmv, rate: gmv * rate),
    "buyer_value": ("buyers", "gmv", lambda gmv, value: gmv / value),
    "repeat_buyers": ("new_buyers", "buyers", lambda buyers, repeat: buyers - repeat),
    "repeat_gmv": ("new_gmv", "gmv", lambda gmv, repeat: gmv - repeat),
    "orders_per_buyer": ("orders", "buyers", lambda buyers, orders: buyers * orders),
    "order_value": ("orders", "gmv", lambda gmv, value: gmv / value),
    "conversion": ("visitors", "buyers", lambda buyers, conversion: buyers / conversion),
}


@dataclass(frozen=True)
class TargetRow:
    """One row of a target: a unit of time, of one store or (None) of all. Money in minor units; None is not applicable."""

    label: str
    period: Period
    store: str | None
    values: Mapping[str, Number | None]


@dataclass(frozen=True)
class Targets:
    """A goal on every day of every store. `amounts`: figure -> one whole number per leaf; everything else follows.

    `even`: the stores without any learned shape, whose days are all alike.
    """

    leaves: Leaves
    amounts: dict[str, list[int]]
    even: tuple[str, ...]

    def rows(self, grain: Grain | None = None, *, by_store: bool = False) -> list[TargetRow]:
        """The target by year, quarter, month, week or day (None: the whole), of all stores together or of each."""
        units = buckets(self.leaves.period, grain)
        stores = [s.name for s in self.leaves.stores] if by_store else [None]
        starts = {day: n for n, unit in enumerate(units) for day in _days(unit.period)}
        sums = {name: [[0] * len(units) for _ in stores] for name in self.amounts}
        for name, column in self.amounts.items():
            for (at, day), amount in zip(self.leaves.places, column, strict=True):
                sums[name][at if by_store else 0][starts[day]] += amount
        rows = []
        for at, store in enumerate(stores):
            columns = completed({name: table[at] for name, table in sums.items()})
            for n, unit in enumerate(units):
                values = {name: column[n] for name, column in columns.items()}
                rows.append(TargetRow(unit.label, unit.period, store, values))
        return rows


def targets(
    goal: Goal, period: Period, stores: Sequence[StorePart] = (StorePart(""),), locks: Sequence[Lock] = ()
) -> Targets:
    """Spread a goal over the business days of a period (any first and last day) and over stores.

    gmv goes by visitors x conversion x buyer value of each day (or by its own shape); buyers follow gmv over the shape of
    buyer value, visitors follow buyers over that of conversion, and so on: a locked row takes its drivers along, and the
    ratio of a month is the ratio of its sums. Every amount sums exactly. Raises TargetError.

    >>> from datetime import date
    >>> from goldloop.core.calendar import parse_period
    >>> year = Period(date(2028, 1, 1), date(2028, 12, 31))
    >>> found = targets(Goal(2_000_000_000, buyers=222_223), year, locks=[Lock("gmv", 240_000_000, parse_period("2028-06"))])
    >>> june = found.rows("month")[5]
    >>> june.label, june.values["gmv"], sum(row.values["gmv"] for row in found.rows("day"))
    ('2028-06', 240000000, 2000000000)
    """
    return _Spread(goal, leaves(stores, period), locks).made()


class _Spread:
    """One goal on its way down to the leaves."""

    def __init__(self, goal: Goal, all_leaves: Leaves, locks: Sequence[Lock]) -> None:
        self.goal, self.leaves, self.locks = goal, all_leaves, locks
        self.spreader = Spreader(all_leaves)
        self.amounts: dict[str, list[int]] = {}

    def made(self) -> Targets:
        goal, shape = self.goal, self.leaves.weights
        self._known_figures()
        self._add("gmv", goal.gmv, self._gmv_weights())
        self._add("refunded_gmv", goal.refunded_gmv, _times(self.amounts["gmv"], shape("refund_rate")), most="gmv")
        self._add("buyers", goal.buyers, _over(self.amounts["gmv"], shape("buyer_value")))
        if goal.buyers is not None:
            buyers = self.amounts["buyers"]
            self._add("new_buyers", goal.new_buyers, _times(buyers, shape("new_share")), most="buyers")
            self._add("orders", goal.orders, _times(buyers, shape("orders_per_buyer")), least="buyers")
        new = self.amounts.get("new_buyers") or _times(self.amounts["gmv"], shape("new_share"))
        self._add("new_gmv", goal.new_gmv, _times(new, shape("new_buyer_value")), most="gmv")
        self._visitors()
        even = tuple(store.name for store in self.leaves.stores if not store.shapes)
        return Targets(self.leaves, self.amounts, even)

    def _known_figures(self) -> None:
        """Refuse locks on figures that this goal does not have."""
        has = {
            name
            for name in ("gmv", "refunded_gmv", "buyers", "new_buyers", "new_gmv", "orders")
            if getattr(self.goal, name) is not None
        }
        has |= {f"visitors:{source}" for source in self.goal.visitors} | ({"visitors"} if self.goal.visitors else set())
        has |= {figure for figure, (amount, base, _) in HELD_AS.items() if {amount, base} <= has}
        for lock in self.locks:
            if lock.figure not in has:
                raise TargetError(
                    "target_lock_unknown",
                    f"This target has no {lock.figure} to lock.",
                    given=lock.figure,
                    allowed=sorted(has),
                    name=lock.figure,
                )

    def _gmv_weights(self) -> list[float]:
        """Each store's share, over its days by its own shape of gmv, or by the product of the shapes of its drivers."""
        shape, found = self.leaves.weights, []
        product = [
            a * b * c for a, b, c in zip(shape("visitors"), shape("conversion"), shape("buyer_value"), strict=True)
        ]
        own, places = shape("gmv"), self.leaves.places
        weights = [
            o if "gmv" in self.leaves.stores[at].shapes else p
            for (at, _), o, p in zip(places, own, product, strict=True)
        ]
        sums = [0.0] * len(self.leaves.stores)
        for (at, _), weight in zip(places, weights, strict=True):
            sums[at] += weight
        for (at, _), weight in zip(places, weights, strict=True):
            found.append(self.leaves.share[at] * weight / sums[at] if sums[at] else 0.0)
        return found

    def _add(self, name: str, total: int | None, weights: Sequence[float], *, most: str = "", least: str = "") -> None:
        """Spread one amount with its locks; `most` and `least` name the amounts it may not exceed or fall below."""
        if total is None:
            return
        floor = self.amounts[least] if least else None
        amounts = [(lock, self._held(lock)) for lock in self.locks if self._amount_of(lock) == name]
        if floor is not None:  # what is above the floor is spread
            amounts = [(lock, amount - sum(floor[i] for i in held(lock, self.leaves))) for lock, amount in amounts]
            total -= sum(floor)
        parts = self.spreader.spread(pools(total, amounts, self.leaves), weights, self.amounts[most] if most else None)
        self.amounts[name] = parts if floor is None else [a + b for a, b in zip(parts, floor, strict=True)]

    def _amount_of(self, lock: Lock) -> str:
        return HELD_AS[lock.figure][0] if lock.figure in HELD_AS else lock.figure

    def _held(self, lock: Lock) -> int:
        """The amount that a lock holds; a locked ratio holds its amount to the nearest unit."""
        if lock.figure not in HELD_AS:
            return _nearest(Fraction(lock.value))
        _, base, amount = HELD_AS[lock.figure]
        if lock.value <= 0 and lock.figure in ("buyer_value", "order_value", "conversion"):
            raise TargetError(
                "target_lock_bad",
                f"{lock} cannot be locked at {lock.value}.",
                given=str(lock.value),
                allowed="> 0",
                lock=str(lock),
            )
        return _nearest(amount(sum(self.amounts[base][i] for i in held(lock, self.leaves)), Fraction(lock.value)))

    def _visitors(self) -> None:
        """Visitors of each source, after buyers where there are any; locks on all of them go to each by its own share."""
        goal = self.goal
        if not goal.visitors:
            return
        base = self.amounts.get("buyers") or self.amounts["gmv"]
        shape = self.leaves.weights
        wanted = (
            _over(base, shape("conversion"))
            if goal.buyers is not None
            else _over(base, _times(shape("conversion"), shape("buyer_value")))
        )
        weights = {source: self._by_source(source, wanted) for source in goal.visitors}
        own = {s: [(k, self._held(k)) for k in self.locks if k.figure == f"visitors:{s}"] for s in goal.visitors}
        free = {s: self.spreader.spread(pools(n, own[s], self.leaves), weights[s]) for s, n in goal.visitors.items()}
        for lock in [k for k in self.locks if self._amount_of(k) == "visitors"]:
            rows = held(lock, self.leaves)
            shares = split(self._held(lock), [sum(free[s][i] for i in rows) for s in goal.visitors])
            for source, share in zip(goal.visitors, shares, strict=True):
                own[source].append((lock, share))
        for source, total in goal.visitors.items():
            self.amounts[f"visitors:{source}"] = self.spreader.spread(
                pools(total, own[source], self.leaves), weights[source]
            )

    def _by_source(self, source: str, wanted: list[float]) -> list[float]:
        """A source's weights: what the day needs, moved by how this source's days differ from all visitors'."""
        all_sources, own = self.leaves.weights("visitors"), self.leaves.weights(f"visitors:{source}")
        places = self.leaves.places
        learned = [f"visitors:{source}" in self.leaves.stores[at].shapes for at, _ in places]
        return [
            need * mine / every if has and every else need
            for need, mine, every, has in zip(wanted, own, all_sources, learned, strict=True)
        ]


def completed(amounts: dict[str, list[int]]) -> dict[str, Column]:
    """Amounts with everything that follows from them; a ratio is the ratio of the sums."""
    found: dict[str, Column] = {name: list(column) for name, column in amounts.items()}
    sources = [column for name, column in amounts.items() if name.startswith("visitors:")]
    if sources:
        found["visitors"] = [sum(row) for row in zip(*sources, strict=True)]
    for name, rule in RULES.items():
        if all(one in found for one in rule.inputs):
            found[name] = apply(rule, [found[one] for one in rule.inputs])
    return found


def _days(period: Period) -> Iterable[object]:
    return (period.first.fromordinal(n) for n in range(period.first.toordinal(), period.last.toordinal() + 1))


def _nearest(value: Fraction) -> int:
    return int((value + Fraction(1, 2)) // 1)


def _times(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [a * b for a, b in zip(one, other, strict=True)]


def _over(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """A day whose ratio is 0 by its shape takes nothing."""
    return [a / b if b else 0.0 for a, b in zip(one, other, strict=True)]
