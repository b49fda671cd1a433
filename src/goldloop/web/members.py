"""会员: how far buyers come, from the first purchase to the second and on, or into sleep; with a tab per question about them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import STATES
from goldloop.metrics.reasons import text
from goldloop.web import frame, members_goods, members_tabs
from goldloop.web.members_asked import HERE, TABS, ask, block_of, minor, places
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.tree import listed
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import MemberTable

BODIES = (
    members_tabs.heat, members_tabs.rfm, members_tabs.segments, members_tabs.second, members_goods.pairs, members_goods.preference,
    members_tabs.joined,
)  # fmt: skip
SHOWN = dict(zip(TABS, BODIES, strict=True))
OVERVIEW = TABS[0]  # the tab with the funnel and the definitions it rests on
OF_ORDERS = ("pairs", "joined")  # tabs that need no known buyers
AGO = 30  # days between the two sides of the funnel
WITHIN = (30, 60, 90)
NO_BUYERS = ("no_buyer_identity", "no_data")


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
    return frame.page(request, "web/members.html", context)


def known_stores(request: Request, scope: Scope) -> tuple[list[str], list[tuple[str, str]]]:
    """The scope's stores whose buyers are known, and the others with what is missing."""
    found = lifecycle(request, scope, [store.name for store in scope.stores], by_store=True)
    names, missing = [], []
    for block in found.blocks:
        if block.why is not None and block.why[0] in NO_BUYERS:
            missing.append((block.store or "", text(*block.why, request.lang, page=True)))
        else:
            names.append(block.store or "")
    return names, missing


def lifecycle(request: Request, scope: Scope, names: list[str], **given: Any) -> MemberTable:
    """The life cycle of these stores."""
    found: MemberTable = ask(request, scope, names, "lifecycle", **given)
    return found


def funnel(request: Request, scope: Scope, names: list[str]) -> list[dict[str, Any]]:
    """The stages from the first purchase on: people, money, the share that came so far, and what it was a month ago."""
    assert scope.last is not None
    lang, now, before = request.lang, stages(request, scope, names, scope.last), None
    loaded = request.shop.loaded_days()
    if loaded is not None and loaded[0] <= scope.last - timedelta(days=AGO):
        before = stages(request, scope, names, scope.last - timedelta(days=AGO))
    rows = []
    for name, stage in now.items():
        old = before[name] if before else None
        share, then = stage["share"], old["share"] if old else None
        begins = name == "first"  # nothing stands before it that it could be a share of
        rows.append(
            {
                "name": word(f"members.stage_{name}", lang),
                "means": word(f"members.stage_{name}_text", lang),
                "people": formatting.compact(stage["people"], "count", None, lang),
                "gmv": formatting.compact(stage["gmv"], "money", stage["currency"], lang) if "gmv" in stage else "",
                "share": "" if begins else formatting.exact(share, "rate", None, lang),
                "wide": round(float(share or 0) * 100, 1),
                "interval": stage.get("interval", ""),
                "before": "" if begins else formatting.exact(then, "rate", None, lang),
                "change": "" if begins else formatting.NOTHING if None in (share, then) else formatting.change(share - then, "rate", None, lang),
                "tone": "" if None in (share, then) or share == then else "up" if share > then else "down",
            }
        )  # fmt: skip
    return rows


def stages(request: Request, scope: Scope, names: list[str], day: date) -> dict[str, dict[str, Any]]:
    """Every stage on a day: people, gmv in minor units, share of the stage before (of sleeping and lost: of all)."""
    times, states, second = (
        block_of(ask(request, scope, names, what, day=day)) for what in ("times", "lifecycle", "second")
    )
    currency = times.about.get("currency", scope.currency)
    rows = list(times.rows)
    found: dict[str, dict[str, Any]] = {"first": stage(rows, currency, times.people)}
    found["first"]["share"] = None
    curve = second.rows[0] if second.rows else {}
    for days in WITHIN:
        share, low, high = (curve.get(f"{end}_{days}") for end in ("share", "low", "high"))
        ends = "" if low is None else f"{formatting.share(low, 1)} ~ {formatting.share(high, 1)}"
        found[f"second_{days}"] = {
            "people": curve.get(f"again_{days}"),
            "currency": currency,
            "share": share,
            "interval": ends,
        }
    again = sum(row["people"] for row in rows[1:])
    found["again"] = stage(rows[1:], currency, times.people)
    found["third"] = stage(rows[2:], currency, again)
    by_state = {row["state"]: [row] for row in states.rows}
    return found | {name: stage(by_state.get(name, []), currency, states.people) for name in ("sleeping", "lost")}


def stage(rows: list[dict[str, Any]], currency: str | None, of: int | None) -> dict[str, Any]:
    """Some rows together, as a share of so many people; nothing is known of no rows."""
    people = sum(row["people"] for row in rows) if rows else None
    gmv = sum(minor(row["gmv"], currency) for row in rows) if rows else None
    return {
        "people": people,
        "gmv": gmv,
        "currency": currency,
        "share": people / of if people is not None and of else None,
    }


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
