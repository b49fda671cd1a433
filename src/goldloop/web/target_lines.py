"""Moving target lines: what the plans in force say of a figure along the time axis of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from goldloop.core.calendar import GRAINS, Period, buckets
from goldloop.jobs.plans import unit_of
from goldloop.web.request import Request
from goldloop.web.scope import Scope


def along(
    request: Request, scope: Scope, figure: str, labels: Sequence[str], grain: str, first: date, last: date
) -> list[Any] | None:
    """The target of every label in minor units, None where not each of its days has one; None where no label has any.

    A ratio has targets of single days only; a scope that is filtered, or of several currencies, has none.
    """
    adds_up = unit_of(figure) in ("money", "count")
    if scope.where or scope.currency is None or grain not in GRAINS or (grain != "day" and not adds_up):
        return None
    names = [store.name for store in scope.stores]
    by_day = request.shop.plan_day_targets(figure, first=first, last=last, stores=names)
    if not by_day:
        return None
    told: dict[str, Any] = {}
    for bucket in buckets(Period(first, last), grain):  # type: ignore[arg-type]
        days = [day for day in by_day if bucket.period.first <= day <= bucket.period.last]
        if len(days) == bucket.period.days:
            told[bucket.label] = sum(by_day[day] for day in days)
    return [told.get(label) for label in labels] if told else None
