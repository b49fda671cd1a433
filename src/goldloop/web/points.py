"""会员积分: programs with their tiers and what is owed to members, friends whom members bring; a member's own points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.web import frame, members_files
from goldloop.web.members_asked import places
from goldloop.web.request import Request
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.apps.loyalty.api import Program

RULES = (
    "start", "per_unit", "expires", "tier_by", "tiers", "refer_points", "friend_points", "refer_days", "refer_least",
    "refer_most",
)  # fmt: skip
LISTED = 20  # friends on the page
MOST_DIGITS = 12


def page(request: Request) -> HttpResponse:
    """The programs of the scope's stores: rules, tiers, points that can be spent and expire soon, friends."""
    bar = frame.scope_bar(request, parts=())
    if not bar["scope"].visible:
        return frame.page(request, "web/first_run.html", bar)
    chosen = {store.id: store.name for store in bar["scope"].stores}
    every = request.shop.points_programs()
    found = [_program(request, one) for one in every if one.stores & chosen.keys()]
    taken = {store for one in every for store in one.stores}
    free = [store for store in bar["scope"].stores if store.id not in taken]
    context = {
        **bar,
        "places": places(request, bar["scope"], "points"),
        "programs": found,
        "files": members_files.offered(request, bar["scope"], "points") if found else [],
        "free": free,
        "tier_by": ("points", "gmv"),
        "fields": _usual(),
    }
    return frame.page(request, "web/points.html", context)


def rules(request: Request) -> HttpResponse:
    """Make a program, or change its rules."""
    said = request.POST
    given = {name: said[name].strip() for name in RULES if said.get(name, "").strip()}
    stores = said.getlist("store")

    def work() -> str:
        made = request.shop.points_rules(said.get("program", "").strip(), given, stores=stores)
        request.audit.note(target=f"points {made.name}", stores=sorted(made.stores))
        return word("points.kept", request.lang)

    return _done(request, work, reverse("points"))


def book(request: Request) -> HttpResponse:
    """Book what paid orders are worth by the days loaded so far."""

    def work() -> str:
        told = request.shop.points_book(request.POST.get("program", ""))
        request.audit.note(target=f"points {told['program']}", rows=told["accounts"])
        return Words(request.lang)("points_booked", **told)

    return _done(request, work, reverse("points"))


def settle(request: Request) -> HttpResponse:
    """Reward whoever brought a friend whose order can no longer come back."""

    def work() -> str:
        told = request.shop.referral_settle(request.POST.get("program", ""))
        request.audit.note(target="referrals", rows=told["rewarded"] + told["refused"] + told["taken_back"])
        return Words(request.lang)("referral_settled", **told)

    return _done(request, work, reverse("points"))


def claim(request: Request) -> HttpResponse:
    """Write down that a friend came by a code; why not is said on the page."""
    said = request.POST

    def work() -> str:
        told = request.shop.referral_claim(
            said.get("code", "")[:20],
            store=said.get("store", ""),
            buyer=said.get("buyer", ""),
            name=said.get("program", ""),
        )
        request.audit.note(target=f"referral {told['id']}")
        return Words(request.lang)("referral_claimed", **told)

    return _done(request, work, reverse("points"))


def member(request: Request, id: str) -> HttpResponse:
    """Spend points of a member, correct them, or give her a code for friends."""
    said, shop = request.POST, request.shop
    program, what = said.get("program", ""), said.get("what", "")

    def work() -> str:
        asked = {"key": said.get("key", "")[:100], "name": program}
        if what == "code":
            told = shop.referral_code(id, name=program)
        elif what == "burn":
            told = shop.points_burn(id, _whole(said), **asked)
        else:
            sign = -1 if what == "take" else 1
            told = shop.points_correct(id, sign * _whole(said), reason=said.get("reason", ""), **asked)
        request.audit.note(target=f"member {told['person']}", said=what[:10])
        return word("points.kept", request.lang)

    return _done(request, work, reverse("member", args=[id]))


def of_member(request: Request, id: str, stores: frozenset[int]) -> list[dict[str, Any]]:
    """A member's points in each program of the stores where she bought: balance, tier, ledger, her code."""
    shown, found = partial(formatting.exact, unit="count", currency=None, lang=request.lang), []
    for program in request.shop.points_programs():
        if not program.stores & stores:
            continue
        told = request.shop.points_show(id, name=program.name)
        lines = [{**one, "what": Words(request.lang)(f"points_{one['kind']}")} for one in told["lines"]]
        found.append({
            **told, "lines": lines,
            **{name: told[name] and shown(told[name]) for name in ("points", "expiring", "owed")},
            "rewards": bool(program.referring.points or program.referring.friend_points),
            "may": request.access.viewer("sign_members").stores >= program.stores,
            "tier_value": _limit(request, program, told["tier_value"]),
        })  # fmt: skip
    return found


def _program(request: Request, program: Program) -> dict[str, Any]:
    lang, shop = request.lang, request.shop
    names = {store.id: store.name for store in shop.stores()}
    told, brought = shop.tiers(program.name), shop.referrals(program.name, limit=LISTED)
    rules = program.as_dict()
    texts = {"per_unit": program.rates[-1][1], "tiers": ",".join(f"{name}:{limit}" for name, limit in _major(program))}
    words = Words(lang)
    return {
        "name": program.name, "stores": [names[store] for store in sorted(program.stores)],
        "may": request.access.viewer("sign_members").stores >= program.stores,
        "booked": "" if program.booked_to is None else formatting.day(program.booked_to, lang),
        "totals": [(name, formatting.exact(told[name], "count", None, lang)) for name in ("accounts", "points", "expiring", "owed")],
        "tiers": [
            {"name": one["tier"], "from": _limit(request, program, one["from"]), "members": formatting.exact(one["members"], "count", None, lang)}
            for one in told["tiers"]
        ],
        "rewards": bool(program.referring.points or program.referring.friend_points),
        "counts": [(state, brought["counts"][state]) for state in ("waiting", "rewarded", "refused")],
        "refused": [(words(f"referral_why_{why}"), count) for why, count in brought["refused"].items()],
        "referrals": [
            {**one, "why": words(f"referral_why_{one['reason']}") if one["reason"] else ""} for one in brought["referrals"]
        ],
        "fields": [(name, texts.get(name, rules.get(name, ""))) for name in RULES],
    }  # fmt: skip


def _usual() -> list[tuple[str, str]]:
    """The fields of a new program as they are where nothing else is said."""
    from goldloop.apps.loyalty.api import FIELDS

    return [(name, FIELDS[name]) for name in RULES]


def _major(program: Program) -> list[tuple[str, str]]:
    """The limits of tiers as people type them."""
    from goldloop.core.money import to_text

    by_points = program.tier_by == "points"
    return [(name, str(limit) if by_points else to_text(limit, program.currency)) for name, limit in program.tiers]


def _limit(request: Request, program: Program, value: int) -> str:
    unit = "count" if program.tier_by == "points" else "money"
    return formatting.exact(value, unit, program.currency if unit == "money" else None, request.lang)


def _whole(said: Mapping[str, str]) -> int:
    """How many points are typed; 0, which is refused, for what is no number."""
    text = said.get("points", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


def _done(request: Request, work: Callable[[], str], address: str) -> HttpResponse:
    """Do what was asked for and say so, or what is wrong, on the page."""
    try:
        messages.success(request, work())
    except GoldloopError as error:
        if error.code in ("points_program", "member_unknown"):
            raise
        messages.warning(request, Words(request.lang).error(error))
    return HttpResponseRedirect(address)
