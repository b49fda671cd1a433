"""Splitting amounts over days so that every level sums exactly to the one above."""

from __future__ import annotations

from collections.abc import Sequence

from goldloop.core.calendar import Grain, label
from goldloop.core.money import split
from goldloop.core.target.goal import Leaves, TargetError
from goldloop.core.target.locks import Pool

SCALE = 10**12  # weights become whole numbers of this many parts of the largest
GRAINS: tuple[Grain, ...] = ("year", "quarter", "month")


class Spreader:
    """Splits amounts over the leaves of a target: store, year, quarter, month, day, at each by largest remainder."""

    def __init__(self, leaves: Leaves) -> None:
        self.keys: list[list[int] | list[str]] = [[at for at, _ in leaves.places]]
        for grain in GRAINS:
            labels = {day: label(grain, day) for day in {day for own in leaves.days for day in own}}
            self.keys.append([labels[day] for _, day in leaves.places])

    def spread(self, pools: Sequence[Pool], weights: Sequence[float], most: Sequence[int] | None = None) -> list[int]:
        """Each pool's amount over its free leaves, in proportion to weights; `most` is what a leaf may hold at most.

        The result has one amount per leaf. Raises `target_no_room` where a pool's leaves hold less than its amount.
        """
        largest = max(weights, default=0.0)
        whole = [round(w / largest * SCALE) if largest else 1 for w in weights]
        found = [0] * len(weights)
        for pool in pools:
            self._down(pool.rest, list(pool.free), whole, most, found, 0)
        return found

    def _down(
        self, total: int, free: list[int], weights: list[int], most: Sequence[int] | None, found: list[int], level: int
    ) -> None:
        if not total:
            return
        if level == len(self.keys):
            parts = within(total, [weights[i] for i in free], None if most is None else [most[i] for i in free])
            for i, part in zip(free, parts, strict=True):
                found[i] = part
            return
        groups: dict[int | str, list[int]] = {}
        for i in free:
            groups.setdefault(self.keys[level][i], []).append(i)
        room = None if most is None else [sum(most[i] for i in group) for group in groups.values()]
        parts = within(total, [sum(weights[i] for i in group) for group in groups.values()], room)
        for group, part in zip(groups.values(), parts, strict=True):
            self._down(part, group, weights, most, found, level + 1)


def within(total: int, weights: Sequence[int], most: Sequence[int] | None) -> list[int]:
    """A split by largest remainder in which no part is above its `most`; what is cut off goes to the others.

    >>> within(10, [8, 1, 1], [4, 9, 9])
    [4, 3, 3]
    """
    if most is None:
        return split(total, weights)
    if total > sum(most):
        raise TargetError(
            "target_no_room", "More is to be spread than the days can hold.", given=total, allowed=f"<= {sum(most)}"
        )
    parts, free, left = [0] * len(weights), list(range(len(weights))), total
    while free:
        shares = [weights[i] for i in free]
        if not any(shares):
            shares = [most[i] for i in free]
        whole = sum(shares)
        full = {i for i, share in zip(free, shares, strict=True) if left * share > most[i] * whole}
        if not full:
            for i, part in zip(free, split(left, shares), strict=True):
                parts[i] = part
            break
        for i in full:
            parts[i] = most[i]
            left -= most[i]
        free = [i for i in free if i not in full]
    return parts
