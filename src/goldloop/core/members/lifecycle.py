"""Life cycle: new, repeat, active, sleeping, lost, by limits learned from the gaps between a store's own purchases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Ints

STATES = ("new", "repeat", "active", "sleeping", "lost")
SLEEPING, LOST = 0.80, 0.95  # shares of gaps that are shorter
LEAST_GAPS = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Days since the last purchase after which a customer is `sleeping`, and after which she is `lost`.

    Raises `lifecycle_limits` unless 0 < sleeping < lost.
    """

    sleeping: int
    lost: int

    def __post_init__(self) -> None:
        if not 0 < self.sleeping < self.lost:
            raise GoldloopError(
                "lifecycle_limits", "A customer sleeps before she is lost.",
                given=f"sleeping {self.sleeping}, lost {self.lost}", allowed="0 < sleeping < lost, in days",
            )  # fmt: skip


def learned(gaps: Ints, counts: Ints) -> Limits | None:
    """Limits from gaps between purchase days that follow each other (days) and how often each occurs.

    The least day by which SLEEPING, and LOST, of the gaps were over; None below LEAST_GAPS of them. Only gaps that ended
    are known, so a young store's limits are short and grow with its history.

    >>> learned(np.array([10, 30, 60]), np.array([70, 20, 10]))
    Limits(sleeping=30, lost=60)
    """
    gaps, counts = np.asarray(gaps, np.int64), np.asarray(counts, np.int64)
    total = int(counts.sum())
    if total < LEAST_GAPS:
        return None
    order = np.argsort(gaps)
    over = np.cumsum(counts[order])
    sleeping, lost = (int(gaps[order][np.searchsorted(over, share * total - 1e-9)]) for share in (SLEEPING, LOST))
    return Limits(sleeping, max(lost, sleeping + 1))


def stated(purchases: Ints, since: Ints, limits: Limits) -> Ints:
    """The state of each customer, a place in STATES.

    `purchases`: days on which she bought (1 or more; more than 3 count as 3); `since`: days since the last of them; arrays
    of one shape. Within the sleeping limit who bought once is new, twice is repeat, more often is active.

    >>> [STATES[n] for n in stated(np.array([1, 2, 5, 5, 1]), np.array([30, 0, 9, 31, 91]), Limits(30, 90))]
    ['new', 'repeat', 'active', 'sleeping', 'lost']
    """
    since = np.asarray(since, np.int64)
    found = np.minimum(np.asarray(purchases, np.int64), 3) - 1
    found = np.where(since > limits.sleeping, STATES.index("sleeping"), found)
    return np.where(since > limits.lost, STATES.index("lost"), found)
