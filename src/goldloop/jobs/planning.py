"""Asking about plans: resolves stores and days, asks the figures, and wraps the answers with their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.apps.shops import api as shops
from goldloop.core.calendar import parse_day
from goldloop.core.levers.curve import LeversError
from goldloop.core.money import to_minor, to_text
from goldloop.core.plan.plan import read_value
from goldloop.core.viewer import Viewer
from goldloop.metrics.query import Request

if TYPE_CHECKING:
    from goldloop.core.store import Store
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.levers_text import LeversAnswer, WhatIf
    from goldloop.metrics.owners_text import OwnersAnswer
    from goldloop.metrics.pace_text import EventAnswer, PaceAnswer


def _stores() -> dict[int, Store]:
    return {store.id: store for store in shops.store_list()}


def owners(
    engine: Engine,
    viewer: Viewer,
    asked: Request,
    *,
    against: str,
    plan: Mapping[str, Any] | None,
    shape: Sequence[float] | None,
) -> OwnersAnswer:
    """The gap of three owners."""
    from goldloop.metrics.owners import owners as account
    from goldloop.metrics.owners_text import OwnersAnswer

    return OwnersAnswer(account(engine, viewer, _stores(), asked, against=against, plan=plan, shape=shape))


def event(engine: Engine, viewer: Viewer, asked: Request, *, costs: Any, margin: float | None) -> EventAnswer:
    """An acquisition event as an investment."""
    from goldloop.metrics.owners import event_return
    from goldloop.metrics.pace_text import EventAnswer

    return EventAnswer(event_return(engine, viewer, _stores(), asked, costs=costs, margin=margin))


def pace(
    engine: Engine,
    viewer: Viewer,
    asked: Request,
    targets: Mapping[str, Any],
    *,
    until: date | str | None,
    loaded: tuple[date, date] | None,
    shape: str | Sequence[float],
    most: float | None,
) -> PaceAnswer:
    """The pace of targets; without `until` up to the last loaded day of their period."""
    from goldloop.metrics.pace import paces
    from goldloop.metrics.pace_text import PaceAnswer

    last = parse_day(until) if isinstance(until, str) else until
    if last is None:
        last = min(asked.period.last, loaded[1]) if loaded else asked.period.last
    found = paces(engine, viewer, _stores(), asked, targets, until=last, shape=shape, most=most)
    return PaceAnswer(found)


def levers(engine: Engine, viewer: Viewer, asked: Request, *, gap: Any, budget: Any, beyond: bool) -> LeversAnswer:
    """The cheapest plausible moves that close a gap, or the best ones for a budget (major units); raises `levers_asked`."""
    from goldloop.core.levers import best, cheapest
    from goldloop.metrics.levers import known
    from goldloop.metrics.levers_text import LeversAnswer

    if (gap is None) == (budget is None):
        raise LeversError(
            "levers_asked", "Either a gap or a budget is needed.", todo="--gap AMOUNT, or --budget AMOUNT"
        )
    major = read_value(budget, "budget") if gap is None else read_value(gap, "gap")
    found = known(engine, viewer, _stores(), asked, beyond=beyond)
    amount = to_minor(major, found.currency or "")
    if gap is None:
        try:
            return LeversAnswer(found, best(found.state.books, found.levers, amount), amount)
        except LeversError as error:
            raise in_major(error, found.currency) from None
    return LeversAnswer(found, cheapest(found.state.books, found.levers, amount))


def in_major(error: LeversError, currency: str | None) -> LeversError:
    """An error about a budget with its amounts as people write them, in major units."""
    if error.code != "budget_below":
        return error
    given, least = (to_text(int(v), currency or "") for v in (error.given, error.params["least"]))
    return LeversError(error.code, error.text, given=given, allowed=f"{least} or more", least=least)


def what_if(
    engine: Engine, viewer: Viewer, asked: Request, moves: Mapping[str, Any], *, solve: str, gmv: Any
) -> WhatIf:
    """The month with some of its drivers moved, and `solve` where sales are then `gmv` (major units); raises `solve_alone`."""
    from goldloop.core.levers import solve_for
    from goldloop.core.levers import what_if as tried
    from goldloop.metrics.levers import known
    from goldloop.metrics.levers_text import WhatIf, moves_of

    found = known(engine, viewer, _stores(), asked)
    values = moves_of(found, moves)
    if bool(solve) != (gmv not in (None, "")):
        raise LeversError(
            "solve_alone",
            "To solve for a driver, both it and the sales are needed.",
            todo="--solve visitors --gmv AMOUNT",
        )
    if solve:
        name = solve.replace("-", "_")
        values[name] = solve_for(found.state, values, name, to_minor(read_value(gmv, "gmv"), found.currency or ""))
    return WhatIf(found, values, tried(found.state, values))
