"""Points and tiers: programs, a member's balance, booking, spending, correcting; friends whom members bring."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query

from goldloop.web.api import answers
from goldloop.web.api.asked import (
    FriendClaimed,
    MemberPointsAsked,
    PointsCorrected,
    PointsRules,
    PointsSpent,
    ProgramSaid,
)
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request


@operation(answers.Points)
def points(request: Request) -> HttpResponse:
    """The programs with their rules, tiers, and the points of all members."""
    shop = request.shop
    names = {store.id: store.name for store in shop.stores()}
    return written({
        "programs": [
            {**one.as_dict(), "stores": [names[id] for id in sorted(one.stores)], "totals": shop.tiers(one.name)}
            for one in shop.points_programs()
        ]
    })  # fmt: skip


@operation(answers.Booked)
def rules(request: Request, said: PointsRules) -> HttpResponse:
    """Make a program, or change its rules."""
    made = request.shop.points_rules(said.program, said.fields, stores=said.stores)
    request.audit.note(target=f"points {made.name}", stores=sorted(made.stores))
    return written({"program": made.name, **made.as_dict()})


@operation(answers.Booked)
def book(request: Request, said: ProgramSaid) -> HttpResponse:
    """Book what paid orders are worth by the days loaded so far; the second time nothing."""
    told = request.shop.points_book(said.program)
    request.audit.note(target=f"points {told['program']}", rows=told["accounts"])
    return written(told)


@operation(answers.MemberPoints)
def show(request: Request, asked: Query[MemberPointsAsked]) -> HttpResponse:
    """A member's points, what of them expires soon, what she owes, her tier and the newest lines."""
    return written(request.shop.points_show(asked.id, name=asked.program))


@operation(answers.MemberPoints)
def burn(request: Request, said: PointsSpent) -> HttpResponse:
    """Spend a member's points; never more than there are, and under one `key` once."""
    return _member(request, request.shop.points_burn(said.id, said.points, key=said.key, name=said.program), "burn")


@operation(answers.MemberPoints)
def correct(request: Request, said: PointsCorrected) -> HttpResponse:
    """Give a member points, or take some (below 0), for a reason that is kept sealed."""
    told = request.shop.points_correct(said.id, said.points, reason=said.reason, key=said.key, name=said.program)
    return _member(request, told, "correct")


@operation(answers.Referrals)
def referrals(request: Request, asked: Query[ProgramSaid]) -> HttpResponse:
    """Friends who were brought: how many in each state, why others brought nothing, the newest."""
    return written(request.shop.referrals(asked.program))


@operation(answers.ReferralCode)
def code(request: Request, said: MemberPointsAsked) -> HttpResponse:
    """The code that a member hands to her friends, made where she has none."""
    told = request.shop.referral_code(said.id, device=said.device, name=said.program)
    return _member(request, told, "code")


@operation(answers.Referral)
def claim(request: Request, said: FriendClaimed) -> HttpResponse:
    """A friend came by a code, before her first order; each reason to refuse has its own error code."""
    told = request.shop.referral_claim(
        said.code, store=said.store, buyer=said.buyer, device=said.device, name=said.program
    )
    request.audit.note(target=f"referral {told['id']}")
    return written(told)


@operation(answers.Booked)
def settle(request: Request, said: ProgramSaid) -> HttpResponse:
    """Reward whoever brought a friend whose first order can no longer come back, take back what did; the second time nothing."""
    told = request.shop.referral_settle(said.program)
    request.audit.note(target="referrals", rows=told["rewarded"] + told["refused"] + told["taken_back"])
    return written(told)


def _member(request: Request, told: dict[str, Any], said: str) -> HttpResponse:
    request.audit.note(target=f"member {told['person']}", said=said)
    return written(told)
