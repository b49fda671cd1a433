"""What the members page and its tabs share: questions about buyers, kept for the next page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.core.money import exponent
from goldloop.web import asked, frame
from goldloop.web.request import Request
from goldloop.web.routes import ROUTES
from goldloop.web.scope import Scope

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Block, MemberTable

HERE = "/members"
TABS = ("cohorts", "rfm", "segments", "second", "pairs", "preference", "joined")
OF_ORDERS = ("pairs", "joined")  # tabs that need no known buyers
PAGES = tuple(route for route in ROUTES if route.name in ("waves", "points", "member_merges"))  # beside the tabs


def places(request: Request, scope: Scope, here: str) -> list[frame.Choice]:
    """The tabs of the members page and the pages beside them that this person may see; `here` is the one shown."""
    found = [frame.Choice(f"members.tab_{one}", scope.address(HERE, tab=one), one == here) for one in TABS]
    if "figures" not in request.rights:
        found = []
    return found + [
        frame.Choice(
            f"members.tab_{one.name}", scope.address(f"/{one.path}") if one.scoped else f"/{one.path}", one.name == here
        )
        for one in PAGES
        if one.right in request.rights
    ]


def ask(request: Request, scope: Scope, names: list[str], what: str, **given: Any) -> Any:
    """The answer of `Shop.members_<what>` about these stores up to the scope's last day, kept for the next page."""
    basis = "orders" if scope.basis == "orders" else "auto"
    question = {"stores": names, "day": scope.last, "basis": basis, **given}

    def answer(shop: Any) -> Any:
        call: Callable[..., Any] = getattr(shop, f"members_{what}")
        return call(**question)

    return asked.remembered(request, (f"members_{what}", question), answer)


def asked_for(request: Request, name: str, allowed: Sequence[str]) -> str:
    """A part of the address; the first of what is allowed where it is none of them."""
    said = request.GET.get(name, "")
    return said if said in allowed else allowed[0]


def block_of(table: MemberTable) -> Block:
    """The one block of a table that is about a group."""
    return table.blocks[0]


def minor(value: Any, currency: str | None) -> int:
    """An amount of an answer in minor units."""
    return int(Decimal(str(value)).scaleb(exponent(currency or "")))


def choices(
    scope: Scope, tab: str, name: str, values: Sequence[str], chosen: str, words: str, **more: Any
) -> list[frame.Choice]:
    """The buttons of a tab, one for each value of a part of its address."""
    return [
        frame.Choice(f"members.{words}{one}", scope.address(HERE, tab=tab, **{name: one}, **more), one == chosen)
        for one in values
    ]


def fields(scope: Scope, tab: str, **more: str) -> list[tuple[str, str]]:
    """The hidden fields of a tab's form that keep the rest of the address."""
    return [(name, value) for name, value in scope.query(tab=tab, **more).items() if isinstance(value, str)]
