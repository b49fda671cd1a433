"""One member, and who is who: asked, decided, taken back."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query

from goldloop.web.api import answers
from goldloop.web.api.asked import Id, MemberAsked, MergeDecided
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request


@operation(answers.Member)
def show(request: Request, asked: Query[MemberAsked]) -> HttpResponse:
    """One person over the stores of the asker; what people wrote is masked."""
    return written(request.shop.member(asked.id).as_dict())


@operation(answers.Merges)
def merges(request: Request) -> HttpResponse:
    """Pairs that may be one person, keys that link nobody, decisions."""
    return written(request.shop.member_merges())


@operation(answers.Decided)
def decide(request: Request, said: MergeDecided) -> HttpResponse:
    """Merge two members, say that they are two people (`apart`), or split a key off (without `other`)."""
    request.audit.note(target=f"{said.one[:12]} {said.other[:12]}".strip())
    if said.apart:
        made = request.shop.member_apart(said.one, said.other, reason=said.reason)
    elif said.other:
        made = request.shop.member_merge(said.one, said.other, reason=said.reason)
    else:
        made = request.shop.member_split(said.one, reason=said.reason)
    return written({"id": made.id, "kind": made.kind, "taken_back": False})


@operation(answers.Decided)
def take_back(request: Request, id: Id) -> HttpResponse:
    """Let a decision hold no longer."""
    request.audit.note(target=f"decision {id}")
    made = request.shop.member_take_back(id)
    return written({"id": made.id, "kind": made.kind, "taken_back": True})
