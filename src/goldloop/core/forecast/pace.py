"""Where a target stands in the middle of its days: what should have come by now, the chance, and what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goldloop.core.errors import GoldloopError
from goldloop.core.forecast.features import Array


@dataclass(frozen=True, slots=True)
class Pace:
    """A target and its days, amounts in the figure's unit.

    `done` came so far; `due` should have come by now, `due_low` to `due_high` its 80 % band (None without paths);
    `expected` is what the whole period will come to, `low` to `high` its 80 % interval; `chance` that the target is
    reached (0 to 1; None without paths); `needed` the quota of every remaining day, which with `done` sum to the target;
    `factor` how many times the forecast that is (None where nothing more is expected).
    """

    target: float
    done: float
    due: float
    due_low: float | None
    due_high: float | None
    expected: float
    low: float | None
    high: float | None
    chance: float | None
    needed: Array
    factor: float | None


def pace(
    target: float, done: Sequence[float] | Array, ahead: Sequence[float] | Array, shape: Sequence[float] | Array, *,
    ways: Array | None = None, whole_ways: Array | None = None,
) -> Pace:  # fmt: skip
    """Where `target` stands after the days that are `done`, with the forecast of those `ahead`.

    `shape` weighs all days of the period (one per day, as learned before it): `due = target x sum of weights of the days
    done / sum`. `ways` are paths of the days ahead: `chance = share of paths with done + path >= target`. `whole_ways`
    are paths of all days, as made before the first: the band of `due` is `target x` the 10 % and 90 % points of their
    share that falls on the days done. `needed_d = max(target - done, 0) x ahead_d / sum ahead` (even where that is 0).
    Days done that are unknown (NaN) count as 0. Raises `target_bad` unless the target is above 0.

    >>> found = pace(300.0, [60.0, 80.0], [50.0, 50.0], [1.0, 1, 1, 1])
    >>> found.due, found.expected, found.needed.tolist(), found.factor
    (150.0, 240.0, [80.0, 80.0], 1.6)
    """
    checked(target)
    came, coming, weights = (np.asarray(v, float) for v in (done, ahead, shape))
    if len(weights) != len(came) + len(coming) or weights.sum() <= 0:
        raise GoldloopError(
            "forecast_weights",
            "A pace needs one weight per day of its period.",
            given=[len(came), len(coming), len(weights)],
        )
    got, left = float(np.nansum(came)), float(coming.sum())
    part = coming / left if left > 0 else np.full(len(coming), 1 / max(len(coming), 1))
    rest = max(target - got, 0.0)
    low = high = chance = due_low = due_high = None
    if ways is not None:
        totals = got + ways.sum(axis=1)
        low, high = (float(v) for v in np.quantile(totals, (0.1, 0.9)))
        chance = float((totals >= target).mean())
    elif not len(coming):
        low = high = got
        chance = float(got >= target)
    if whole_ways is not None:
        shares = whole_ways[:, : len(came)].sum(axis=1) / np.maximum(whole_ways.sum(axis=1), 1e-12)
        due_low, due_high = (target * float(v) for v in np.quantile(shares, (0.1, 0.9)))
    due = target * float(weights[: len(came)].sum() / weights.sum())
    return Pace(
        target,
        got,
        due,
        due_low,
        due_high,
        got + left,
        low,
        high,
        chance,
        rest * part,
        rest / left if left > 0 else None,
    )


def checked(target: float) -> None:
    """Raise `target_bad` unless a target is a number above 0."""
    if not np.isfinite(target) or target <= 0:
        raise GoldloopError("target_bad", "A target is an amount above 0.", given=target, allowed="a number above 0")
