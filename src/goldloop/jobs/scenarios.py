"""Scenarios: a month with some of its drivers moved, kept as a plan beside the one it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import Period, whole
from goldloop.core.errors import GoldloopError
from goldloop.metrics.answer import write

if TYPE_CHECKING:
    from goldloop.apps.planning.api import Plan
    from goldloop.metrics.levers_text import WhatIf

LONGEST = 31  # days of a plan that a month can stand for


def base_month(plan: Plan, loaded: tuple[date, date] | None) -> Period | None:
    """The last whole month that is loaded, no later than the plan's end: what drivers are moved from."""
    if loaded is None:
        return None
    end = min(loaded[1], plan.last)
    month = whole("month", end)
    if month.last > end:
        month = whole("month", month.first - timedelta(days=1))
    return month if month.first >= whole("month", loaded[0]).first else None


def scenario_base(plan: Plan, loaded: tuple[date, date] | None) -> Period:
    """The month of a plan's scenario; raises `plan_scenario_long` and `plan_scenario_no_month`."""
    days = (plan.last - plan.first).days + 1
    if days > LONGEST:
        raise GoldloopError(
            "plan_scenario_long", "A scenario of moved drivers is a month; this plan is longer.", given=days, allowed=f"<= {LONGEST}"
        )  # fmt: skip
    month = base_month(plan, loaded)
    if month is None:
        raise GoldloopError(
            "plan_scenario_no_month", "No whole month is loaded yet that drivers could be moved from.", given=str(plan.first)
        )  # fmt: skip
    return month


def scenario_values(found: WhatIf) -> dict[str, str]:
    """The moved month in the variables of a plan, major units; sales of unidentified buyers are among the repeat ones."""
    state, books, currency = found.known.state, found.found.books, found.known.currency
    values: dict[str, Any] = {
        "gmv": write(books.gmv, "money", currency),
        "new_gmv": write(books.new_gmv, "money", currency),
        "new_buyers": round(books.new_buyers or 0),
        "repeat_buyers": round(books.repeat_buyers or 0),
    }
    visitors, refunds, budget = (
        found.moves.get(name, state.value(name)) for name in ("visitors", "refund_rate", "ad_budget")
    )
    if visitors is not None:
        values["visitors"] = round(visitors)
    if refunds is not None:
        values["refund_rate"] = f"{refunds:.6f}"
    if budget is not None:
        values["ad_budget"] = write(round(budget), "money", currency)
    return {name: str(value) for name, value in values.items()}


def scenario_note(month: Period, moves: Mapping[str, Any], solve: str) -> str:
    """From which month by which moves a scenario was made, as its note."""
    return f"{month}: " + ", ".join(
        [*(f"{name}={value}" for name, value in moves.items()), *([f"{solve}=?"] if solve else [])]
    )
