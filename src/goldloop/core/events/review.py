"""What an event really brought (活动复盘): inside it, and what people waited before and left out after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError
from goldloop.core.events.normal import SAME_WEEKDAYS, Array, Days, Normal, normal, normal_between

WAITING_DAYS, DIP_DAYS = 10, 14  # how far before the opening and after the end an event is felt
TENTH = 1.2815515655446004  # the normal distribution's 90 % point
Verdict = Literal["gain", "loss", "unclear"]


@dataclass(frozen=True, slots=True)
class Part:
    """Days of one kind of an event: what came, what normal days would have given, and the difference, in the figure's unit.

    `low` to `high` is the 80 % interval of `effect`; both None where ordinary days are too few to tell.
    """

    name: str
    days: int
    actual: float
    normal: float
    low: float | None
    high: float | None

    @property
    def effect(self) -> float:
        """`actual - normal`."""
        return self.actual - self.normal


@dataclass(frozen=True, slots=True)
class Review:
    """An event held against normal days: `parts` by name, `whole` their sum, and the normal values of all its `days`.

    Parts: `waiting` (活动前观望), `inside` (the open days), `between` (days between two waves), `dip` (活动后回落).
    `sides`: before (normal days before the event only) or both (before and after it).
    """

    parts: Mapping[str, Part]
    whole: Part
    days: Days
    normal: Normal
    sides: Literal["before", "both"]

    def verdict(self, *, margin: float = 1.0, cost: float = 0.0) -> Verdict:
        """gain or loss where the whole interval of `effect x margin - cost` is above or below 0, else unclear.

        `margin` is the share of a sale that is left (0 to 1), `cost` what the event cost, in the figure's unit.
        """
        if self.whole.low is None or self.whole.high is None:
            return "unclear"
        if self.whole.low * margin - cost > 0:
            return "gain"
        return "loss" if self.whole.high * margin - cost < 0 else "unclear"


def event_review(
    values: Sequence[float] | Array,
    bent: Sequence[bool] | NDArray[np.bool_],
    waves: Sequence[tuple[int, int]],
    *,
    others: Sequence[bool] | NDArray[np.bool_] | None = None,
    model: Sequence[float] | Array | None = None,
    sides: Literal["before", "both"] = "before",
) -> Review:
    """The account of an event that was open on the positions `first` to `last` of each wave, both inside.

    `values`, `bent` and `model` as in `normal`; `others` marks days of other events and festivals. Waiting: up to 10 days
    before the first wave; between: days between waves; dip: up to 14 days after the last; the days of `others` and unknown
    days belong to none of the three. `effect = actual - normal` of each and of the whole, in which what was only moved
    from before and after cancels out.

    Normal values come from days before the waiting days, so an event that is entered after it happened is judged like one
    that was planned (`normal`). With `sides` both, weeks later, from days on both sides (`normal_between`), which leaves
    neither season nor growth in the effect. The interval takes the spread s of an ordinary day and l of an ordinary week:
    `1.28 x sqrt(s^2 sum n_d^2 + (s^2 / 56 + l^2) (sum n_d)^2)`. Raises `event_days`, or `event_no_normal` where normal days are too few.

    >>> week = [100.0, 90, 90, 95, 110, 150, 140]
    >>> sold = week * 12 + [300.0, 280, 290] + week[3:] + week
    >>> found = event_review(sold, [day >= 84 for day in range(98)], [(84, 86)])
    >>> found.parts["inside"].effect, found.parts["dip"].effect, found.whole.effect
    (590.0, 0.0, 590.0)
    """
    known = np.asarray(values, float)
    if not waves or any(last < first or first < 0 or first >= len(known) for first, last in waves):
        raise GoldloopError(
            "event_days", "An event needs open days among the loaded ones.", given=[list(wave) for wave in waves]
        )
    other = np.zeros(len(known), bool) if others is None else np.asarray(others, bool)
    spans = _spans(waves, other | ~np.isfinite(known))
    every = np.sort(np.concatenate(list(spans.values())))
    opens, closes = min(first for first, _ in waves) - WAITING_DAYS, max(last for _, last in waves) + DIP_DAYS
    if sides == "both":
        found = normal_between(known, bent, every, before=opens, after=closes + 1)
    else:
        found = normal(known, bent, every, before=opens, model=model)
    if not np.isfinite(found.values).all():
        raise GoldloopError(
            "event_no_normal",
            "There are too few normal days around the event to judge it by.",
            given=int(found.like.min(initial=0)),
            allowed=f"4 to {SAME_WEEKDAYS} same weekdays outside events",
        )
    parts = {name: _part(name, known, found, np.isin(every, days), every) for name, days in spans.items()}
    return Review(parts, _part("whole", known, found, np.ones(len(every), bool), every), every, found, sides)


def _spans(waves: Sequence[tuple[int, int]], unusable: NDArray[np.bool_]) -> dict[str, Days]:
    """Positions of the days of each part."""
    count = len(unusable)
    inside, at = np.zeros(count, bool), np.arange(count)
    for first, last in waves:
        inside[max(first, 0) : last + 1] = True
    opens, closes = min(first for first, _ in waves), max(last for _, last in waves)
    free = ~unusable
    return {
        "waiting": at[free & (at >= opens - WAITING_DAYS) & (at < opens)],
        "inside": at[inside],
        "between": at[free & (at > opens) & (at < closes) & ~inside],
        "dip": at[free & (at > closes) & (at <= closes + DIP_DAYS)],
    }


def _part(name: str, known: Array, found: Normal, mine: NDArray[np.bool_], every: Days) -> Part:
    usual = found.values[mine]
    actual, total = float(np.nansum(known[every[mine]])), float(usual.sum())
    if found.spread is None or found.level is None:
        return Part(name, len(usual), actual, total, None, None)
    day, week = found.spread**2, found.level**2
    reach = TENTH * sqrt(day * float((usual**2).sum()) + (day / (7 * SAME_WEEKDAYS) + week) * total**2)
    return Part(name, len(usual), actual, total, actual - total - reach, actual - total + reach)
