"""会员: one member with what says who she is, and the queue of members who may be one person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from goldloop.core.errors import GoldloopError
from goldloop.jobs.personal import MASK
from goldloop.jobs.persons import LISTED as MOST
from goldloop.web import frame, members_goods, points
from goldloop.web.members_asked import places
from goldloop.web.request import Request
from goldloop.web.reveal import check_revealed
from goldloop.web.tree import listed
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.jobs.persons import Member

LISTED = 50  # purchases on the page
SHOWN = 50  # pairs at once


def queue(request: Request) -> HttpResponse:
    """Pairs that may be one person, keys that link nobody, and what was decided."""
    told, lang = request.shop.member_merges(), request.lang
    found = [
        {
            "agree": one["agree"],
            "members": one["members"],
            "people": [(id, _bought(of, lang)) for id, of in zip(one["members"], one["bought"], strict=True)],
            "reason": word("persons.agreed", lang, keys=listed([word(f"persons.key_{kind}", lang) for kind in one["agree"]], lang)),
        }
        for one in told["suggestions"][:SHOWN]
    ]  # fmt: skip
    made = [one for one in told["decisions"] if str(one["id"]) == request.GET.get("made") and not one["taken_back"]]
    pairs = len(told["suggestions"])
    context = {
        "suggestions": found,
        "count": f"{pairs}+" if pairs == MOST else pairs,
        "more": pairs > SHOWN,
        "shown": SHOWN,
        "made": made,
    }
    return frame.page(
        request,
        "web/merges.html",
        {**told, **context, "places": places(request, frame.scope_of(request), "member_merges")},
    )


def _bought(found: Mapping[str, Any], lang: str) -> str:
    """The orders of one of a pair in words."""
    count = found["orders"]
    which = "bought" if count > 1 else "bought_once" if count else "bought_nothing"
    said = {"orders": count, "first": found["first"], "last": found["last"], "stores": listed(found["stores"], lang)}
    return word(f"persons.{which}", lang, **said)


def decide(request: Request) -> HttpResponse:
    """Merge two members, say that they are two people, or split a key off."""
    kind, asked = request.POST.get("kind", ""), request.POST.getlist("member")
    request.audit.note(target=" ".join(one[:12] for one in asked)[:200], kind=kind[:10])
    said = request.POST.get("reason", "")
    if kind == "split" and len(asked) == 1:
        made = request.shop.member_split(asked[0], reason=said)
    elif kind == "merge" and len(asked) == 2:
        made = request.shop.member_merge(*asked, reason=said)
    elif kind == "apart" and len(asked) == 2:
        made = request.shop.member_apart(*asked, reason=said)
    else:
        raise GoldloopError(
            "choice_bad",
            f"'{kind}' cannot be chosen here.",
            given=kind,
            allowed=["merge", "apart", "split"],
            name="kind",
        )
    return redirect(f"{reverse('member_merges')}?made={made.id}")


def take_back(request: Request, id: int) -> HttpResponse:
    """Let a decision hold no longer."""
    request.audit.note(target=f"decision {id}")
    request.shop.member_take_back(id)
    messages.success(request, word("persons.done_take_back", request.lang))
    return redirect("member_merges")


def find(request: Request) -> HttpResponse:
    """To the page of the member with the account, e-mail or phone of the form; who is not found is said on the members page."""
    said = request.POST
    try:
        found = request.shop.member(store=said.get("store", ""), buyer=said.get("buyer", "").strip())
    except GoldloopError as error:
        if error.code != "member_unknown":
            raise
        messages.warning(request, word("persons.not_found", request.lang))
        return redirect(f"{reverse('members')}?tab=segments")
    request.audit.note(target=f"member {found.id}")
    return redirect("member", id=found.id)


def show(request: Request, id: str) -> HttpResponse:
    """One member: her stores, purchases, keys, decisions, consents and notes; what people wrote is masked."""
    return _page(request, request.shop.member(id), covered=True)


def reveal(request: Request, id: str) -> HttpResponse:
    """The same page with addresses and notes uncovered, for a reason that is written down."""
    found = request.shop.member(id)
    names = {one["store"] for one in found.stores}
    check_revealed(request, f"member {found.id}", [one.id for one in request.shop.stores() if one.name in names])
    return _page(request, found, covered=False)


def note(request: Request, id: str) -> HttpResponse:
    """Write a note on a member."""
    found = request.shop.member(id)
    request.audit.note(target=f"member {found.id}")
    request.shop.member_note(found.id, request.POST.get("text", ""))
    return redirect("member", id=found.id)


def _page(request: Request, found: Member, *, covered: bool) -> HttpResponse:
    stores = frozenset(one.id for one in request.shop.stores() if one.name in {row["store"] for row in found.stores})
    said: list[Any] = [*found.consents, *found.notes]
    context = {
        "member": found,
        "places": places(request, frame.scope_of(request), ""),
        "points": points.of_member(request, found.id, stores),
        "key": secrets.token_hex(8),
        "orders": found.orders[:LISTED],
        "more": len(found.orders) - LISTED,
        "keys": [one for one in found.keys if one["kind"] != "buyer"],
        "own": [one["key"] for one in found.keys if one["kind"] == "buyer"],
        "preferences": members_goods.of_member(request, found.id),
        "covered": covered and bool(said) and (bool(found.consents) or any(MASK in n["text"] or "****" in n["text"] for n in found.notes)),
    }  # fmt: skip
    return frame.page(request, "web/member.html", context)
