"""Rows that somebody holds at a value, and which of them lie within each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from goldloop.core.calendar import Period
from goldloop.core.target.goal import Leaves, TargetError


@dataclass(frozen=True, slots=True)
class Lock:
    """One figure held at a value on the days of `period` (None: all) of one store (None: all of them).

    Money in minor units; rates and values per buyer as exact numbers.
    """

    figure: str
    value: int | Fraction
    period: Period | None = None
    store: str | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.figure, self.store, str(self.period or "")) if part)


@dataclass(frozen=True, slots=True)
class Pool:
    """An amount and the leaves that share what is left of it after the locks within."""

    rest: int
    free: tuple[int, ...]


def held(lock: Lock, leaves: Leaves) -> tuple[int, ...]:
    """The leaves a lock holds; raises `target_lock_outside`."""
    period = lock.period or leaves.period
    inside = leaves.period.first <= period.first and period.last <= leaves.period.last
    found = [
        i for i, (at, day) in enumerate(leaves.places)
        if period.first <= day <= period.last and lock.store in (None, leaves.stores[at].name)
    ]  # fmt: skip
    if not found or not inside:
        raise TargetError(
            "target_lock_outside",
            f"The lock {lock} lies outside of the target.",
            given=str(lock),
            allowed=str(leaves.period),
            lock=str(lock),
        )
    return tuple(found)


def pools(total: int, amounts: Sequence[tuple[Lock, int]], leaves: Leaves) -> list[Pool]:
    """The total and every locked amount with the leaves that are theirs alone.

    Raises `target_lock_bad`, `target_locks_cross` (neither holds the other), `target_locks_above` (they sum to more than
    the target; `target_locks_above_row`: than the lock they lie in) and `target_locks_short` (they hold everything and
    sum to less; `target_locks_short_row` alike). The `size` of these errors is in the unit of `amounts`.
    """
    order = sorted(((held(lock, leaves), lock, amount) for lock, amount in amounts), key=lambda one: -len(one[0]))
    owner = [-1] * len(leaves.places)
    rest, rows = [total], [""]
    for at, (held_by, lock, amount) in enumerate(order):
        if amount < 0:
            raise TargetError(
                "target_lock_bad", f"{lock} cannot be locked at {amount}.", given=amount, allowed=">= 0", lock=str(lock)
            )
        parents = {owner[i] for i in held_by}
        if len(parents) > 1:
            raise TargetError(
                "target_locks_cross",
                f"The lock {lock} overlaps another one that it neither lies in nor holds.",
                given=[str(one[1]) for one in order],
                todo="Lock rows that lie within each other, or days of one store.",
                lock=str(lock),
            )
        rest[parents.pop() + 1] -= amount
        rest.append(amount)
        rows.append(str(lock))
        for i in held_by:
            owner[i] = at
    free: list[list[int]] = [[] for _ in rest]
    for i, at in enumerate(owner):
        free[at + 1].append(i)
    figure = amounts[0][0].figure if amounts else ""
    return [_pool(figure, *one) for one in zip(rows, rest, free, strict=True)]


def _pool(figure: str, row: str, rest: int, free: list[int]) -> Pool:
    """What is left of the target, or (`row`) of a lock, for the leaves that are free in it."""
    size, todo = abs(rest), "Free a row, or change the amount above."
    if rest < 0 and row:
        raise TargetError(
            "target_locks_above_row", f"The locks within {row} are {size} above it.", given=size, row=row, size=size,
            figure=figure,
        )  # fmt: skip
    if rest < 0:
        raise TargetError(
            "target_locks_above", f"The locks of {figure} are {size} above the target.", given=size, figure=figure,
            size=size, row="",
        )  # fmt: skip
    if rest and not free and row:
        raise TargetError(
            "target_locks_short_row", f"The locks within {row} hold all of its days and are {size} below it.",
            given=size, todo=todo, row=row, size=size, figure=figure,
        )  # fmt: skip
    if rest and not free:
        raise TargetError(
            "target_locks_short", f"The locks of {figure} hold every day and are {size} below the target.", given=size,
            todo=todo, figure=figure, size=size, row="",
        )  # fmt: skip
    return Pool(rest, tuple(free))
