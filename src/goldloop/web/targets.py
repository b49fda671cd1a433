"""The target of the days on Today: what they were to bring by the plan in force, and what its remaining days need."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_minor
from goldloop.core.pace import pace
from goldloop.web import asked
from goldloop.web.plan import standing
from goldloop.web.request import Request
from goldloop.web.scope import Scope


def of(request: Request, scope: Scope) -> dict[str, Any] | None:
    """The target of the scope's stores and days, and how the plan stands on their last day; None without a plan.

    Of a plan of more stores than the scope has, the scope's own part.
    """
    if scope.period is None or scope.where or scope.currency is None:
        return None
    names = [store.name for store in scope.stores]
    try:
        plan = request.shop.plan_in_force(names, scope.period.last)
    except GoldloopError:
        return None
    if plan is None or plan.currency != scope.currency:
        return None
    rows = request.shop.plan_split(plan.id, grain="day", by_store=True, number=plan.version.number)["rows"]
    by_day: dict[str, int] = {}
    for row in rows:
        if row["store"] in names:
            by_day[row["from"]] = by_day.get(row["from"], 0) + to_minor(Decimal(row["gmv"]), plan.currency)
    days = list(by_day.values())
    until = min(scope.period.last, scope.newest or scope.period.last, plan.last)
    if not sum(days):
        return None
    answer = asked.figures(
        request, ("gmv",), first=plan.first, last=max(until, plan.first), stores=names, basis=scope.basis
    )
    done = answer.columns["gmv"][0] if len(answer) and until >= plan.first else None
    elapsed = max(0, (until - plan.first).days + 1)
    at = pace(sum(days), int(done or 0), days, elapsed=elapsed)
    lang = request.lang
    own = sum(amount for day, amount in by_day.items() if str(scope.first) <= day <= str(scope.last))
    whole = scope.first is not None and scope.first >= plan.first  # else some of the days have no target
    came = asked.figures(request, ("gmv",), **scope.asked()).columns["gmv"][0] if whole else None
    return {
        "plan": plan,
        "address": reverse("plan_show", args=[plan.id]),
        "days": formatting.days(plan.first, plan.last, lang),
        "target": formatting.compact(own, "money", plan.currency, lang) if whole else "",
        "attained": formatting.share(came, own) if whole and came is not None else "",
        "bar": min(100.0, round(100 * float(came) / own, 2)) if whole and came is not None and own else 0,
        "standing": standing(at, "gmv", plan, lang) if done is not None else None,
    }
