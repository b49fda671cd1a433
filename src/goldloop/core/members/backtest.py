"""Repurchase predictions held against what came: learned up to a day, counted after it, beside a naive rival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.core.members.histories import Floats, Histories, Ints
from goldloop.core.members.repeat import Repeat, TooFew, fit

MOST = 7  # purchases from which on customers stand in one line of the table


@dataclass(frozen=True, slots=True)
class Bin:
    """Customers with so many repeat purchases up to the day (the last line: or more), and their mean purchases after it."""

    frequency: int
    people: int
    expected: float
    naive: float
    actual: float


@dataclass(frozen=True)
class BackTest:
    """What was expected of all customers after a day, what the naive rival said, and what came, in purchases.

    The rival says: everybody buys as often again as in the equally long time before (M. Wubben and F. von Wangenheim,
    Journal of Marketing 72, 2008, on how hard such rules are to beat). Errors are root mean squares of the
    misses over customers. `ahead` is the length of time after the day, in the histories' unit.
    """

    ahead: float
    people: int
    expected: float
    naive: float
    actual: int
    error: float
    naive_error: float
    bins: tuple[Bin, ...]


def backtest(
    frequency: Ints, recency: Floats, age: Floats, before: Ints, after: Ints, ahead: float, kind: str = "bgnbd"
) -> BackTest | TooFew:
    """The model fitted to histories up to a day, held against the purchases `after` it, within `ahead` units of time.

    One row per customer known by then; `before` are her repeat purchases in the equally long time up to the day. `TooFew`
    as of `fit`.
    """
    model = fit(Histories.of(frequency, recency, age), kind)
    return model if isinstance(model, TooFew) else held(model, frequency, recency, age, before, after, ahead)


def held(
    model: Repeat, frequency: Ints, recency: Floats, age: Floats, before: Ints, after: Ints, ahead: float
) -> BackTest:
    """What a model expected, held against what came; arrays as of `backtest`."""
    expected = model.expected(ahead, frequency, recency, age)
    line = np.minimum(np.asarray(frequency, np.int64), MOST)
    people = np.bincount(line, minlength=MOST + 1)
    means = [np.bincount(line, values, MOST + 1) / np.maximum(people, 1) for values in (expected, before, after)]
    bins = (Bin(k, int(people[k]), *(float(mean[k]) for mean in means)) for k in range(MOST + 1) if people[k])
    return BackTest(
        ahead=ahead,
        people=len(line),
        expected=float(expected.sum()),
        naive=float(np.sum(before)),
        actual=int(np.sum(after)),
        error=float(np.sqrt(np.mean((expected - after) ** 2))),
        naive_error=float(np.sqrt(np.mean((np.asarray(before) - np.asarray(after)) ** 2.0))),
        bins=tuple(bins),
    )
