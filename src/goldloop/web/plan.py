"""One plan: whether it closes, what three owners promise and where they are, its days, its versions, what was said."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from goldloop.apps.planning.api import OWNERS, Plan, Version, differences, lock_name
from goldloop.core import formatting
from goldloop.core.pace import Pace
from goldloop.core.plan.variables import VARIABLES
from goldloop.core.target.sources import GROUPS as SOURCE_GROUPS
from goldloop.jobs.plans import solved
from goldloop.metrics.cut_words import value_word
from goldloop.web import asked, frame, plan_days, plan_fields, tree
from goldloop.web.plan_days import RATIOS, Progress
from goldloop.web.request import Request
from goldloop.web.words import word

LESS_IS_BETTER = ("blended_cac", "paid_cac", "refund_rate")
HEADLINE = {"operations": "gmv", "traffic": "new_buyers", "members": "repeat_buyers"}


def page(
    request: Request, id: int, *, said: Mapping[str, Any] | None = None, wrong: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page; `?version=` shows an older version, `?against=` what another one has differently, `?by=month` months only.

    `said` is a change that could not be saved, `wrong` by field why.
    """
    number = _number(request.GET.get("version"))
    plan = request.shop.plan_show(id, number=number)
    lang = request.lang
    behind = plan_fields.hidden(request.viewer, plan.stores)
    found = request.shop.plan_split(id, grain="day", number=number)
    now = plan_days.progress(request, plan, found["rows"])
    versions = request.shop.plan_versions(id)
    by_month = now.period.days > plan_days.MOST_DAYS and request.GET.get("by") != "day"
    told = plan_fields.told(solved(plan.version.values, plan.currency), lang, behind)
    context = {
        **head(request, plan),
        **scenarios(request, plan, told, behind),
        "told": told,
        "checks": [one for one in told["checks"] if one["state"] != "closes"],
        "sales": standing(now.pace("gmv"), "gmv", plan, lang),
        "until": formatting.days(now.until, now.until, lang) if now.until else "",
        "cards": [card(request, plan, owner, now, told, behind) for owner in OWNERS],
        "months": plan_days.calendar(now, plan, lang, by_month=by_month),
        "drivers": now.drivers,
        "by_month": by_month,
        "long": now.period.days > plan_days.MOST_DAYS,
        "even": found["even"],
        "sources": sources(request, plan),
        "versions": [version_row(one, plan) for one in reversed(versions)],
        "compared": compared(versions, plan, _number(request.GET.get("against")), behind, lang),
        "fields": changeable(plan, behind, lang, said or {}, wrong or {}),
        "shares": [
            {
                "name": f"source_{one}",
                "title": value_word("source_group", one, zh=lang == "zh"),
                "value": (said or {}).get(f"source_{one}", version_share(plan.version, one)),
            }
            for one in SOURCE_GROUPS
        ],
        "wrong": {} if said and said.get("owner") else wrong,
        "wrong_for": said.get("owner", "") if said else "",
        "wrong_card": wrong if said and said.get("owner") else {},
        "locks": [(lock_name(lock), lock["value"]) for lock in plan.version.locks],
    }
    return frame.page(request, "web/plan.html", context, status=400 if wrong else 200)


def sources(request: Request, plan: Plan) -> list[dict[str, Any]]:
    """Where the visitors of the plan are to come from: each source group, paid ones also by tool, and who came so far."""
    lang = request.lang
    found = asked.remembered(
        request,
        ("plan_sources", plan.id, plan.version.number),
        lambda shop: shop.plan_sources(plan.id, number=plan.version.number),
    )
    whole = sum(one.visitors for one in found)

    def counted(value: int | None) -> str:
        return "" if value is None else formatting.exact(value, "count", None, lang)

    return [
        {
            "title": value_word("source_group", one.group, zh=lang == "zh"),
            "share": formatting.share(one.visitors, whole),
            "visitors": counted(one.visitors),
            "came": counted(one.came),
            "tools": [
                {"title": tool, "share": formatting.share(part, one.visitors), "visitors": counted(part)}
                for tool, part in one.tools.items()
            ],
        }
        for one in found
    ]


def version_share(version: Version, group: str) -> str:
    """The share of a source group in percent, as one types it."""
    whole = sum(map(Decimal, version.sources.values()))
    return f"{Decimal(version.sources[group]) / whole * 100:.4g}" if group in version.sources else ""


def head(request: Request, plan: Plan) -> dict[str, Any]:
    """What every page of a plan needs: its name, days and stores, and whether it is shown as it stands now."""
    names = {store.id: store.name for store in request.shop.stores()}
    return {
        "plan": plan,
        "version": plan.version,
        "newest": plan.version.number == plan.current,
        "open": plan.version.number == plan.current and plan.version.state != "signed",
        "days": formatting.days(plan.first, plan.last, request.lang),
        "stores": [names[store] for store in sorted(plan.stores)],
        "limit": "" if plan.four_eyes_from is None else f"{plan.four_eyes_from.normalize():,f}",
    }


def holds(request: Request, plan: Plan, owner: str) -> bool:
    """Whether this person speaks for an owner in all of the plan's stores."""
    viewer = request.access.viewer(f"sign_{owner}")
    return owner in OWNERS and all(viewer.may_see(store) for store in plan.stores)


def standing(at: Pace | None, name: str, plan: Plan, lang: str) -> dict[str, Any] | None:
    """Where a target stands: done, due by now, ahead or behind, what a remaining day needs; None where it cannot be told."""
    if at is None:
        return None

    unit = VARIABLES[name].unit

    def said(value: Any) -> str:
        return formatting.compact(value, unit, plan.currency, lang)

    left = len(at.needed)
    return {
        "target": said(at.target), "done": said(at.done), "due": said(at.due), "elapsed": at.elapsed, "begun": at.elapsed > 0,
        "completion": formatting.share(at.done, at.target), "time": formatting.share(at.due, at.target),
        "ahead": formatting.change(at.ahead, unit, plan.currency, lang), "tone": tree.tone(at.ahead), "behind": at.ahead < 0,
        "needed": said(round(at.left / left)) if left and at.left else "", "left": left,
        "bar": min(100.0, round(100 * at.done / at.target, 2)), "mark": round(100 * at.due / at.target, 2),
        "over": bool(not left), "reached": at.done >= at.target,
    }  # fmt: skip


def card(
    request: Request, plan: Plan, owner: str, now: Progress, told: Mapping[str, Any], behind: frozenset[str]
) -> dict[str, Any]:
    """One owner's card: what she promises, what came so far, what she said, and what the reader may say for her."""
    version, lang = plan.version, request.lang
    said = {one.said: one for one in version.answers if one.owner == owner}
    state = next((one for one in ("signed", "accepted", "countered") if one in said), "proposed")
    planned = {row["name"]: row["cells"][0] for row in told["values"]}
    values = solved(version.values, plan.currency).readings[0].found.values
    headline = now.pace(HEADLINE[owner])
    lines = [
        line(name, planned[name], values[name], now, plan, lang)
        for name in plan_fields.OF_OWNER[owner]
        if name in planned
    ]
    mine = plan.version.number == plan.current and version.state != "signed" and holds(request, plan, owner)
    return {
        "owner": owner,
        "state": state,
        "said": [said[one] for one in ("countered", "accepted", "signed") if one in said],
        "standing": standing(headline, HEADLINE[owner], plan, lang),
        "headline": plan_fields.title(HEADLINE[owner], lang),
        "lines": lines,
        "mine": mine and "plan" in request.rights,
        "may_accept": "accepted" not in said,
        "may_sign": version.state == "accepted" and "signed" not in said,
        "fields": [
            {"name": name, "title": plan_fields.title(name, lang), "value": plan_fields.kept(name, version.values.get(name)), "now": planned.get(name, "")}
            for name in plan_fields.OF_OWNER[owner] if name not in behind and (name in planned or name in version.values)
        ],
    }  # fmt: skip


def line(name: str, quota: str, value: Any, now: Progress, plan: Plan, lang: str) -> dict[str, Any]:
    """One quota beside what came so far; `meaning` good or bad where that can be said."""
    unit = VARIABLES[name].unit
    actual = now.ratio(name) if name in RATIOS else now.done.get(plan_days.PACED.get(name, name))
    meaning = ""
    if actual is not None and unit in ("money_per", "number", "rate"):
        worse = actual > value if name in LESS_IS_BETTER else actual < value
        meaning = "bad" if worse else "good"
    write = formatting.exact if unit == "count" else formatting.compact
    shown = "" if actual is None else write(actual, unit, plan.currency, lang)
    return {"name": name, "title": plan_fields.title(name, lang), "quota": quota, "actual": shown, "meaning": meaning}


def version_row(one: Version, plan: Plan) -> dict[str, Any]:
    """A version in the list, with the ways to it and to what it has differently."""
    at = reverse("plan_show", args=[plan.id])
    return {
        "version": one,
        "address": at if one.number == plan.current else f"{at}?version={one.number}",
        "chosen": one.number == plan.version.number,
        "against": ""
        if one.number == plan.version.number
        else f"{at}?version={plan.version.number}&against={one.number}#versions",
    }


def scenarios(request: Request, plan: Plan, told: Mapping[str, Any], behind: frozenset[str]) -> dict[str, Any]:
    """The plan that this one is a scenario of, its own scenarios, and the one of `?with=` value by value beside it."""
    every = {one.id: one for one in request.shop.plan_list()}
    rows = [one for one in every.values() if one.beside == plan.id]
    chosen = next((one for one in rows if one.id == _number(request.GET.get("with"))), None)
    found: dict[str, Any] = {
        "base_plan": every.get(plan.beside or 0),
        "scenarios": [
            {"plan": one, "sales": plan_fields.shown("gmv", one.version.values.get("gmv"), one.currency, request.lang)}
            for one in rows
        ],
    }
    if chosen is not None:
        theirs = plan_fields.values(solved(chosen.version.values, chosen.currency), request.lang, behind)
        right = {row["name"]: row["cells"][0] for row in theirs}
        found["beside"] = {
            "plan": chosen,
            "rows": [
                {"title": row["title"], "left": row["cells"][0], "right": right[row["name"]]}
                for row in told["values"]
                if row["name"] in right and right[row["name"]] != row["cells"][0]
            ],
        }
    return found


def compared(
    versions: list[Version], plan: Plan, against: int | None, behind: frozenset[str], lang: str
) -> dict[str, Any] | None:
    """What the version on the page and another one have differently."""
    other = next((one for one in versions if one.number == against), None)
    if other is None:
        return None
    rows = [
        {
            "title": plan_fields.title(one.name, lang),
            "left": plan_fields.shown(one.name, one.left, plan.currency, lang),
            "right": plan_fields.shown(one.name, one.right, plan.currency, lang),
        }
        for one in differences(other, plan.version)
        if one.name not in behind
    ]
    return {"left": other.number, "right": plan.version.number, "rows": rows}


def changeable(
    plan: Plan, behind: frozenset[str], lang: str, said: Mapping[str, Any], wrong: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The fields of another version: every variable, filled in where this version or `said` says it."""
    return [
        {
            "title": f"plan.group_{key}",
            "open": any(name in plan.version.values for name in names),
            "fields": [
                {
                    "name": name,
                    "title": plan_fields.title(name, lang),
                    "value": said.get(name, plan_fields.kept(name, plan.version.values.get(name))),
                    "wrong": wrong.get(name, ""),
                }
                for name in names
                if name not in behind and name != plan_fields.OPEN_CAC
            ],
        }
        for key, names in plan_fields.GROUPS.items()
        if any(name not in behind for name in names)
    ]


def waiting(plan: Plan, lang: str) -> list[str]:
    """The owners whose word is still missing."""
    said = "signed" if plan.version.state == "accepted" else "accepted"
    return [word(f"plan.owner_{one}", lang) for one in OWNERS if one not in plan.version.owners_that(said)]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None
