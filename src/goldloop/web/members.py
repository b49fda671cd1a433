"""会员: how far buyers come, from the first purchase to the second and on, or into sleep; with a tab per question about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import STATES
from goldloop.metrics.reasons import text
from goldloop.web import frame, members_files, members_goods, members_tabs
from goldloop.web.members_asked import HERE, OF_ORDERS, TABS, block_of, places
from goldloop.web.members_funnel import funnel, known_stores, lifecycle
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.tree import listed
from goldloop.web.words import word

BODIES = (
    members_tabs.heat, members_tabs.rfm, members_tabs.segments, members_tabs.second, members_goods.pairs, members_goods.preference,
    members_tabs.joined,
)  # fmt: skip
SHOWN = dict(zip(TABS, BODIES, strict=True))
OVERVIEW = TABS[0]  # the tab with the funnel and the definitions it rests on


def page(request: Request) -> HttpResponse:
    """The chosen tab; the first one has the funnel and the definitions it rests on, too."""
    bar = frame.scope_bar(request, parts=("period", "basis"))
    scope: Scope = bar["scope"]
    if scope.last is None or not scope.visible:
        return frame.page(request, "web/first_run.html", bar)
    lang, tab = request.lang, request.GET.get("tab", "")
    tab = tab if tab in TABS else OVERVIEW
    names, missing = known_stores(request, scope)
    context = {
        **bar,
        "tab": tab,
        "body": "",
        "places": places(request, scope, tab),
        "missing": missing,
        "by_orders": scope.address(HERE, tab=tab, basis="orders"),
        "names": listed(names, lang),
        "limits_at": scope.address(f"{HERE}/limits"),
    }
    if names and tab == OVERVIEW:
        context |= {"funnel": funnel(request, scope, names), "limits": limits(request, scope, names)}
    if names or tab in OF_ORDERS:
        context |= {"body": f"web/members_{tab}.html", **SHOWN[tab](request, scope, names)}
        without = () if context.get("worth") else ("worth",)
        context["files"] = (
            [] if context.get("nothing") or context.get("why") else members_files.offered(request, scope, tab, without)
        )
    return frame.page(request, "web/members.html", context)


def limits(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """The definitions of the life cycle as they are, or as somebody tries them, with the people of each state."""
    lang, given = request.lang, {name: request.GET.get(name, "").strip() for name in ("sleeping", "lost")}
    tried, problem = {}, ""
    if any(given.values()):
        tried = {
            name: int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0
            for name, value in given.items()
        }
    try:
        block = block_of(lifecycle(request, scope, names, **tried))
    except GoldloopError as error:
        problem = Words(lang).error(error)
        block = block_of(lifecycle(request, scope, names))
    if block.why is not None:
        return {"why": text(*block.why, lang, page=True), "problem": problem, **given}
    found = block.about["limits"]
    return {
        "problem": problem,
        "sleeping": given["sleeping"] or found["sleeping"],
        "lost": given["lost"] or found["lost"],
        "by": "tried" if tried and not problem else found["by"],
        "gaps": f"{found['gaps']:,}",
        "states": [
            {
                "name": word(f"members.state_{row['state']}", lang),
                "people": formatting.exact(row["people"], "count", None, lang),
                "share": formatting.share(row["people"], block.people),
            }
            for row in sorted(block.rows, key=lambda row: STATES.index(row["state"]))
        ],
    }  # fmt: skip


def limits_set(request: Request) -> HttpResponse:
    """Keep the limits of the form for its stores, or have them learned again."""
    scope = frame.scope_of(request)
    said = request.POST
    values = [said.get(name, "").strip() for name in ("sleeping", "lost")]
    days = [int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0 for value in values]
    names, _ = known_stores(request, scope)
    for name in names:
        request.shop.members_limits_set(name, *((None, None) if "learn" in said else days))
    request.audit.note(target="life cycle", stores=sorted(store.id for store in scope.stores if store.name in names))
    key = "members.limits_learned" if "learn" in said else "members.limits_kept"
    messages.success(request, word(key, request.lang, stores=listed(names, request.lang)))
    return HttpResponseRedirect(scope.address(HERE))


def segment_save(request: Request) -> HttpResponse:
    """Keep the segment of the form under its name."""
    scope, said = frame.scope_of(request), request.POST
    seen = said.get("seen", "")
    kept = request.shop.segment_save(
        said.get("name", ""), said.get("segment", ""), stores=[store.name for store in scope.stores],
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None, moment=datetime.now(UTC),
    )  # fmt: skip
    request.audit.note(target=f"segment {kept.name}", stores=sorted(kept.stores))
    messages.success(request, word("members.segment_saved", request.lang, name=kept.name, version=kept.number))
    return HttpResponseRedirect(scope.address(HERE, tab="segments", name=kept.name))


def segment_remove(request: Request) -> HttpResponse:
    """Take a kept segment away."""
    name = request.POST.get("name", "")
    request.shop.segment_remove(name)
    request.audit.note(target=f"segment {name}")
    messages.success(request, word("members.segment_removed", request.lang, name=name))
    return HttpResponseRedirect(frame.scope_of(request).address(HERE, tab="segments"))
