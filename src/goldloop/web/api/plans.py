"""Plans: solved and checked without being kept; kept, answered and changed version by version; spread and paced."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query

from goldloop.apps.planning.api import Plan, differences
from goldloop.cli.plan_owners import planned, share, weights
from goldloop.cli.plan_pace import chosen_shape
from goldloop.core.errors import GoldloopError
from goldloop.core.plan.plan import plan_solve, read_value
from goldloop.jobs.plans import solved
from goldloop.web import errors, plan_fields
from goldloop.web.api import answers
from goldloop.web.api.asked import (
    EventReturnAsked,
    Id,
    LeversAsked,
    OwnersAsked,
    PlanAnswer,
    PlanChange,
    PlanComment,
    PlanCompared,
    PlanDaysAsked,
    PlanNew,
    PlanPaceAsked,
    PlanScenario,
    PlanSolve,
    TargetPaceAsked,
    VersionAsked,
    WhatIfAsked,
)
from goldloop.web.api.operations import operation, written
from goldloop.web.plan import holds
from goldloop.web.plans import limit
from goldloop.web.request import Request


@operation(answers.Plans)
def plans(request: Request) -> HttpResponse:
    """The plans, the newest period first."""
    return written({"plans": [plan_dict(request, plan) for plan in request.shop.plan_list()]})


@operation(answers.Plan)
def show(request: Request, id: Id, asked: Query[VersionAsked]) -> HttpResponse:
    """One version of a plan with what follows from it."""
    return written(whole(request, request.shop.plan_show(id, number=asked.version)))


@operation(answers.Solved)
def solve(request: Request, said: PlanSolve) -> HttpResponse:
    """What follows from the values of a plan; nothing is kept."""
    return written(plan_solve(currency=said.currency, **said.variables).as_dict(request.lang))  # type: ignore[arg-type]


@operation(answers.Checked)
def check(request: Request, said: PlanSolve) -> HttpResponse:
    """Whether the values of a plan fit its equations."""
    plan = plan_solve(currency=said.currency, **said.variables)  # type: ignore[arg-type]
    data = plan.as_dict(request.lang)
    names = ("currency", "given", "checks", "conflicts", "roundings")
    return written({"closes": plan.closes, **{name: data[name] for name in names}})


@operation(answers.PlanDays)
def days(request: Request, id: Id, asked: Query[PlanDaysAsked]) -> HttpResponse:
    """A plan's targets by day, week, month, quarter or year."""
    found = request.shop.plan_split(id, grain=asked.grain, by_store=asked.by_store, number=asked.version)
    return written(found)


@operation(answers.PlanPace)
def pace(request: Request, id: Id, asked: Query[PlanPaceAsked]) -> HttpResponse:
    """Where a plan stands, and what its remaining days need."""
    found = request.shop.plan_pace_of(id, number=asked.version, until=asked.until)
    return written(found.as_dict(request.lang))


@operation(answers.WhatIf)
def what_if(request: Request, said: WhatIfAsked) -> HttpResponse:
    """A period with some drivers moved, or with one solved for; nothing is kept."""
    found = request.shop.what_if(
        said.moves, first=said.first, last=said.last, stores=said.stores, solve=said.solve, gmv=said.gmv, basis=said.basis,
        new=said.new, currency=said.currency,
    )  # fmt: skip
    return written(found.as_dict(request.lang))


@operation(answers.PlanOwners)
def owners(request: Request, asked: Query[OwnersAsked]) -> HttpResponse:
    """Whose part of a gap is whose: traffic, members, operations, unassigned."""
    found = request.shop.plan_owners(
        **asked.about(), against=asked.against, plan=planned(asked.plan) or None, shape=weights(asked.shape),
        currency=asked.currency,
    )  # fmt: skip
    return written(found.as_dict(request.lang))


@operation(answers.PlanEvent)
def event(request: Request, asked: Query[EventReturnAsked]) -> HttpResponse:
    """Days as an investment: their result, the buyers they won, what those are expected to bring back."""
    kept = share(asked.margin) if asked.margin else None
    found = request.shop.plan_event(**asked.about(), costs=asked.cost or None, margin=kept)
    return written(found.as_dict(request.lang))


@operation(answers.PlanLevers)
def levers(request: Request, asked: Query[LeversAsked]) -> HttpResponse:
    """The cheapest plausible moves that close a gap, or the best ones for a budget."""
    found = request.shop.plan_levers(
        asked.gap or None, budget=asked.budget or None, **asked.about(), beyond=asked.beyond, currency=asked.currency
    )
    return written(found.as_dict(request.lang))


@operation(answers.PlanPace)
def target_pace(request: Request, asked: Query[TargetPaceAsked]) -> HttpResponse:
    """Where targets that are in no plan stand, and what their remaining days need."""
    found = request.shop.plan_pace(
        asked.targets(), **asked.about(), until=asked.until, shape=chosen_shape(asked.shape),
        most=float(read_value(asked.most, "most")) if asked.most else None, currency=asked.currency,
    )  # fmt: skip
    return written(found.as_dict(request.lang))


@operation(answers.PlanSources)
def sources(request: Request, id: Id, asked: Query[VersionAsked]) -> HttpResponse:
    """Where the visitors of a plan are to come from, and who came so far."""
    return written({"sources": [one.as_dict() for one in request.shop.plan_sources(id, number=asked.version)]})


@operation(answers.PlanDifferences)
def compare(request: Request, id: Id, asked: Query[PlanCompared]) -> HttpResponse:
    """What two versions have differently, of one plan or of two."""
    newest = request.shop.plan_show(id).current
    left = request.shop.plan_show(id, number=asked.left or max(1, newest - 1))
    sides = left, request.shop.plan_show(asked.other or id, number=asked.right)
    behind = frozenset[str]().union(*(plan_fields.hidden(request.viewer, one.stores) for one in sides))
    found = [one for one in differences(sides[0].version, sides[1].version) if one.name not in behind]
    names = [{"plan": one.id, "version": one.version.number} for one in sides]
    rows = [{"name": one.name, "left": one.left, "right": one.right} for one in found]
    return written({"left": names[0], "right": names[1], "differences": rows})


@operation(answers.Plan)
def new(request: Request, said: PlanNew) -> HttpResponse:
    """Make a plan; its first version is proposed to the three owners."""
    check_open(request, said.variables, None)
    plan = request.shop.plan_new(
        said.name,
        said.variables,
        period=said.period,
        stores=said.stores,
        locks=said.locks,
        sources=said.sources,
        note=said.note,
        beside=said.beside,
        four_eyes_from=limit(said.four_eyes_from),
    )
    return _done(request, plan)


@operation(answers.Plan)
def change(request: Request, id: Id, said: PlanChange) -> HttpResponse:
    """Propose another version, or counter for an owner whose part the asker holds."""
    plan = request.shop.plan_show(id)
    if said.owner and not holds(request, plan, said.owner):
        return errors.not_yours(request)
    behind = check_open(request, said.variables, plan)
    try:
        plan = request.shop.plan_change(
            id,
            said.variables,
            seen=said.seen,
            locks=said.locks,
            free=said.free,
            sources=said.sources,
            note=said.note,
            owner=said.owner,
        )
    except GoldloopError as error:
        if error.code == "plan_moved":
            error.given = [one for one in error.given if one.partition(":")[0] not in behind]
        raise
    return _done(request, plan)


@operation(answers.Plan)
def answer(request: Request, id: Id, said: PlanAnswer) -> HttpResponse:
    """Accept or sign for an owner whose part the asker holds."""
    if not holds(request, request.shop.plan_show(id), said.owner):
        return errors.not_yours(request)
    give = request.shop.plan_sign if said.said == "signed" else request.shop.plan_accept
    return _done(request, give(id, seen=said.seen, owner=said.owner))


@operation(answers.Plan)
def scenario(request: Request, id: Id, said: PlanScenario) -> HttpResponse:
    """Keep a month with other drivers as a scenario beside a plan."""
    return _done(request, request.shop.plan_scenario(id, said.moves, name=said.name, solve=said.solve, gmv=said.gmv))


@operation(answers.Plan)
def comment(request: Request, id: Id, said: PlanComment) -> HttpResponse:
    """Say something of a version."""
    return _done(request, request.shop.plan_comment(id, said.text, about=said.about, number=said.version))


def plan_dict(request: Request, plan: Plan) -> dict[str, Any]:
    """A plan but for the values that are masked for the asker."""
    behind, data = plan_fields.hidden(request.viewer, plan.stores), plan.as_dict()
    data["version"]["values"] = {n: v for n, v in plan.version.values.items() if n not in behind}
    return data


def whole(request: Request, plan: Plan) -> dict[str, Any]:
    """A plan and what follows from the values that the asker may see."""
    data = plan_dict(request, plan)
    told = solved(data["version"]["values"], plan.currency)
    return {**data, "solved": told.as_dict(request.lang)}


def check_open(request: Request, variables: dict[str, str], plan: Plan | None) -> frozenset[str]:
    """The variables that are masked for the asker; raises `figure_hidden` where she gives one of them."""
    behind = plan_fields.hidden(request.viewer, plan.stores if plan else request.viewer.stores)
    for name in variables:
        if name in behind:
            raise GoldloopError("figure_hidden", f"The figure '{name}' is not shown to {request.viewer.name}.", given=name, todo="Ask the owner for the right to see it.")  # fmt: skip
    return behind


def _done(request: Request, plan: Plan) -> HttpResponse:
    request.audit.note(target=f"plan {plan.id} v{plan.version.number}", stores=sorted(plan.stores))
    return written(whole(request, plan))
