"""RFM: customers scored 1 to 5 by recency, frequency and amount, put into eight named groups; movement between two days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Ints

SCORES = 5
HIGH = 4  # score from which on a customer counts as high
# Named by amount, recency, frequency: high (1) or not.
GROUPS = {
    (1, 1, 1): "champions", (1, 1, 0): "promising", (1, 0, 1): "to_win_back", (1, 0, 0): "to_rescue",
    (0, 1, 1): "loyal", (0, 1, 0): "recent", (0, 0, 1): "fading", (0, 0, 0): "asleep",
}  # fmt: skip
NAMES = tuple(GROUPS.values())
NONE = len(NAMES)  # the group of who did not buy in the window


@dataclass(frozen=True, slots=True)
class Bands:
    """Bounds of the scores 2, 3, 4 and 5 of each quantity; equal bounds leave a score empty.

    `recency`: at most so many days ago (falling); `frequency`: at least so many purchase days; `amount`: at least so much,
    in minor units (both rising). Raises `rfm_bands`.

    >>> Bands((180, 90, 60, 30), (2, 3, 4, 6), (5000, 10000, 20000, 50000)).scores([30], [2], [4999])
    (array([5]), array([2]), array([1]))
    """

    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    amount: tuple[int, ...]

    def __post_init__(self) -> None:
        for name, bounds, sign in (
            ("recency", self.recency, -1),
            ("frequency", self.frequency, 1),
            ("amount", self.amount, 1),
        ):
            if len(bounds) != SCORES - 1 or any(b * sign < a * sign for a, b in zip(bounds, bounds[1:], strict=False)):
                raise GoldloopError(
                    "rfm_bands", f"Bounds of {name} are not four numbers in the order of scores 2 to 5.",
                    given=",".join(map(str, bounds)),
                    allowed="recency falling, e.g. 180,90,60,30; frequency and amount rising, e.g. 2,3,4,6", name=name,
                )  # fmt: skip

    def scores(self, recency: object, frequency: object, amount: object) -> tuple[Ints, Ints, Ints]:
        """Scores 1 (worst) to 5 of customers; arrays of one shape: days since the last purchase, purchase days, minor units."""
        ago = [-bound for bound in self.recency]
        return (
            _score(ago, -np.asarray(recency, np.int64)),
            _score(self.frequency, np.asarray(frequency, np.int64)),
            _score(self.amount, np.asarray(amount, np.int64)),
        )


def quantile_bands(recency: Ints, frequency: Ints, amount: Ints) -> Bands:
    """Bounds by quantiles: a score of k takes `(k - 1) / 5` of all customers to be strictly worse, so equal ones score alike.

    Arrays as of `Bands.scores`, not empty. With many who bought once, the scores 2 and 3 of frequency may stay empty.

    >>> quantile_bands(np.arange(10), np.r_[[1] * 7, 2, 2, 9], np.arange(10) * 100).frequency
    (2, 2, 2, 3)
    """
    ago = _quantiles(-np.asarray(recency, np.int64))
    return Bands(tuple(-bound for bound in ago), _quantiles(frequency), _quantiles(amount))


def grouped(scores: tuple[Ints, Ints, Ints]) -> Ints:
    """The group of each customer by scores of recency, frequency and amount: a place in NAMES; HIGH and above is high."""
    r, f, m = (np.asarray(score) >= HIGH for score in scores)
    place = np.empty(8, np.int64)
    for number, (amount, recency, frequency) in enumerate(GROUPS):
        place[4 * amount + 2 * recency + frequency] = number
    return place[4 * m + 2 * r + f]


def moved(before: Ints, after: Ints) -> Ints:
    """How many customers went from each group (row) to each (column), both ends being places in NAMES, or NONE.

    >>> moved(np.array([0, 0, NONE]), np.array([0, 7, 5]))[0, [0, 7]].tolist()
    [1, 1]
    """
    width = NONE + 1
    return np.bincount(before * width + after, minlength=width * width).reshape(width, width).astype(np.int64)


def _score(bounds: tuple[int, ...] | list[int], values: Ints) -> Ints:
    return (1 + np.searchsorted(np.asarray(bounds), values, side="right")).astype(np.int64)


def _quantiles(values: Ints) -> tuple[int, ...]:
    """For each share k/5 the least whole number above so many of the values."""
    places = [-(-len(values) * k // SCORES) - 1 for k in range(1, SCORES)]
    return tuple(int(value) + 1 for value in np.partition(values, places)[places])
