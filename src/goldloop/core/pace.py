"""Pace: where a target should be by now, what the remaining days need, and a proposal for making up what is missing.

Everything takes a target and weights by day (a *shape*), from wherever they come: an even split, last year's days, a
forecast. Amounts are integers: money in minor units, or counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from goldloop.core.errors import GoldloopError
from goldloop.core.money import split


class PaceError(GoldloopError):
    """A target or a shape by which no pace can be told."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A target after some of its days.

    `due` is what should be done by now by the shape, `by_day` the planned days (they sum to `target` exactly); `needed`
    what each remaining day needs, in the shape's proportions (they sum to `left` exactly). Rates are fractions.
    """

    target: int
    done: int
    due: int
    elapsed: int
    by_day: tuple[int, ...]
    needed: tuple[int, ...]

    @property
    def completion(self) -> float:
        """完成率: done / target."""
        return self.done / self.target

    @property
    def time(self) -> float:
        """时间进度 by the shape: due / target."""
        return self.due / self.target

    @property
    def calendar(self) -> float:
        """时间进度 by the calendar: days gone / days."""
        return self.elapsed / len(self.by_day)

    @property
    def ahead(self) -> int:
        """done - due: below 0 is behind."""
        return self.done - self.due

    @property
    def left(self) -> int:
        """What is still missing; 0 once the target is reached."""
        return max(0, self.target - self.done)

    @property
    def run_rate(self) -> float | None:
        """done / due: the pace kept so far, 1.0 as planned; None while nothing was due."""
        return self.done / self.due if self.due else None

    @property
    def needed_rate(self) -> float | None:
        """What the remaining days need over what was planned for them; None where nothing was planned for them."""
        planned = sum(self.by_day[self.elapsed :])
        return self.left / planned if planned else None


def pace(target: int, done: int, shape: Sequence[int] | Sequence[float], *, elapsed: int) -> Pace:
    """Where a target stands: `done` after `elapsed` days, `shape` weights of all its days (shape (days,)).

    `by_day` is the target split by the shape (largest remainder), `due` the sum of its elapsed days, `needed` the rest
    of the target split over the remaining days. Raises `pace_target` (target 0 or below), `pace_shape` (no days, a
    negative weight or no weight at all) and `pace_days` (more days gone than there are).

    >>> june = pace(3000, 290, [1, 1, 2, 1, 1], elapsed=3)
    >>> june.due, june.ahead, june.needed, round(june.needed_rate, 3)
    (2000, -1710, (1355, 1355), 2.71)
    """
    weights = _weights(shape)
    if target <= 0:
        raise PaceError("pace_target", "A target is above 0.", given=target, allowed="more than 0")
    if not 0 <= elapsed <= len(weights):
        raise PaceError(
            "pace_days", "There are more days gone than the target has.", given=elapsed, allowed=len(weights)
        )
    by_day = split(target, weights)
    left = max(0, target - done)
    needed = split(left, weights[elapsed:]) if elapsed < len(weights) else []
    return Pace(target, done, sum(by_day[:elapsed]), elapsed, tuple(by_day), tuple(needed))


def _weights(shape: Sequence[int] | Sequence[float]) -> list[int]:
    """Weights as integers in their exact proportions to a part in 10^12 of the largest."""
    if not len(shape) or any(not w >= 0 for w in shape) or not sum(shape) > 0 or max(shape) == float("inf"):
        raise PaceError(
            "pace_shape",
            "The shape of a target needs a weight of 0 or more for every day, and one above 0.",
            given=list(shape),
        )
    if all(isinstance(w, int) for w in shape):
        return [int(w) for w in shape]
    largest = max(shape)
    return [round(w / largest * 10**12) for w in shape]


@dataclass(frozen=True, slots=True)
class Respread:
    """A proposal: the remaining days' plan with the shortfall on top. Refusing it leaves `was`; nothing changes by itself.

    `was` and `proposed` are the remaining days; `added` = proposed - was; `missing` what even the limit leaves open.
    """

    was: tuple[int, ...]
    proposed: tuple[int, ...]
    missing: int

    @property
    def added(self) -> tuple[int, ...]:
        """What each remaining day takes on top of its plan."""
        return tuple(b - a for a, b in zip(self.was, self.proposed, strict=True))


def respread(now: Pace, *, most: float | None = None) -> Respread:
    """哪里少补哪里: the shortfall of a pace spread over its remaining days in proportion to their plan.

    `most` is how far a day can be raised, as a multiple of its plan (1.3: by 30 %); None: as far as it takes. What does not fit
    is `missing` and is not hidden. Being ahead proposes nothing: a target is not lowered by itself. Raises `pace_limit`
    when `most` is below 1, or no number.

    >>> behind = pace(1000, 150, [1] * 10, elapsed=2)
    >>> respread(behind).added, respread(behind, most=1.05).missing
    ((7, 7, 6, 6, 6, 6, 6, 6), 10)
    """
    if most is not None and not (most >= 1 and isfinite(most)):
        raise PaceError("pace_limit", "The most a day can take is at least its plan.", given=most, allowed="1 or more")
    was = now.by_day[now.elapsed :]
    short = now.left - sum(was)
    if short <= 0:
        return Respread(was, was, 0)
    room = short if most is None else sum(int(w * Fraction(most)) - w for w in was)
    added = [0] * len(was) if not was else split(min(short, room), list(was))
    if most is not None:
        added = _within(added, [int(w * Fraction(most)) - w for w in was])
    return Respread(was, tuple(w + a for w, a in zip(was, added, strict=True)), short - sum(added))


def _within(added: list[int], rooms: list[int]) -> list[int]:
    """The same sum with no day above its room; the few units that rounding put too high go to days that have room."""
    found = [min(a, room) for a, room in zip(added, rooms, strict=True)]
    over = sum(added) - sum(found)
    for i, room in enumerate(rooms):
        step = min(over, room - found[i])
        found[i], over = found[i] + step, over - step
    return found


def needed_ratio(target: tuple[int, int], done: tuple[int, int]) -> float | None:
    """What a ratio must be in the remaining days: `(target over - done over) / (target under - done under)`.

    For drivers that do not add up, such as value per buyer: pairs of (numerator, denominator), e.g. sales and buyers.
    None when no denominator is left to come; 0 when the numerator is already reached.

    >>> round(needed_ratio((240_000_000, 26_667), (100_000_000, 12_000)), 2)
    9545.24
    """
    under = target[1] - done[1]
    return max(0, target[0] - done[0]) / under if under > 0 else None
