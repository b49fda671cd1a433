"""What coupons cost day by day, from the costs that were loaded as such: one lever of members, where its feed is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.metrics.answer import Reason
from goldloop.metrics.shape import Shape

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

KIND = "coupon"


def coupon_costs(engine: Engine, stores: Sequence[Store]) -> list[Mapping[str, Any]] | Reason:
    """The loaded coupon costs of these stores, or why there are none: no feed of costs, or none of this kind in it."""
    scope = [(s.id, s.name, s.platform, s.currency, 10 ** exponent(s.currency)) for s in stores]
    rows = engine.run(engine.compiled("cost_rows", Shape()), {"scope": scope}).dicts()
    found: list[Mapping[str, Any]] = [row for row in rows if row["kind"] == KIND]
    if found:
        return found
    return Reason(0, "coupons", "not_stated", {}) if rows else Reason(0, "coupons", "no_feed", {"feed": "costs"})


def by_day(costs: Sequence[Mapping[str, Any]], period: Period) -> NDArray[np.float64]:
    """What coupons cost on each day of a period, in minor units, each cost spread evenly over its own days.

    NaN before the first day that any of them covers and after the last one; 0 on days between that none covers.

    >>> from datetime import date
    >>> week = Period(date(2026, 6, 1), date(2026, 6, 5))
    >>> by_day([{"first_day": date(2026, 6, 2), "last_day": date(2026, 6, 3), "amount": 100}], week).tolist()
    [nan, 50.0, 50.0, nan, nan]
    """
    found, known = np.zeros(period.days), np.zeros(period.days, bool)
    ends = [[(cost[side] - period.first).days for cost in costs] for side in ("first_day", "last_day")]
    known[max(min(ends[0]), 0) : max(max(ends[1]) + 1, 0)] = True
    for cost, first, last in zip(costs, *ends, strict=True):
        found[max(first, 0) : max(last + 1, 0)] += (cost["amount"] or 0) / (last - first + 1)
    return np.where(known, found, np.nan)
