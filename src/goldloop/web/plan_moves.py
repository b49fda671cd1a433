"""What if: a month's drivers with how far they ever moved, and what the month becomes; and how likely a plan is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from goldloop.apps.planning.api import Plan
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.core.levers import SOLVABLE
from goldloop.core.money import to_minor
from goldloop.core.plan.variables import VARIABLES
from goldloop.jobs.plans import DRIVERS as DRIVER_OF
from goldloop.jobs.plans import solved
from goldloop.jobs.scenarios import LONGEST, base_month
from goldloop.metrics.levers_text import named, unit_of
from goldloop.web import asked, frame, plan_fields, tree
from goldloop.web import plan as pages
from goldloop.web.request import Request
from goldloop.web.words import word

DRIVERS = ("visitors", "conversion", "buyer_value", "ad_budget", "second_rate", "refund_rate")
WIDER = Decimal("0.5")  # a slider goes this much of its past range beyond both of its ends
STEP = Decimal("0.01")  # of the value now


def page(request: Request, id: int) -> HttpResponse:
    """The sliders with the month that they make: a page of its own, or (asked by htmx) a part of the plan's page."""
    plan = request.shop.plan_show(id)
    context = {**pages.head(request, plan), **moved(request, plan), "layout": layout(request)}
    return frame.page(request, "web/plan_moves.html", context)


def layout(request: Request) -> str:
    """What the answer stands in: nothing where htmx asks for it as a part, else the frame."""
    return "web/part.html" if "HX-Request" in request.headers else "web/base.html"


def moved(request: Request, plan: Plan) -> dict[str, Any]:
    """The last whole month before the plan's end that is loaded, with the drivers of the address moved."""
    month = base_month(plan, request.shop.loaded_days())
    if month is None:
        return {"empty": "plan.moves_no_month"}
    stores = [store.name for store in request.shop.stores() if store.id in plan.stores]
    wanted = {name: request.GET[name].strip() for name in DRIVERS if request.GET.get(name, "").strip()}
    given, problem = {name: text.replace(",", "") for name, text in wanted.items()}, ""
    days: dict[str, Any] = {"first": month.first, "last": month.last, "stores": stores}
    try:
        try:
            found = request.shop.what_if(given, **days).as_dict(request.lang)
        except GoldloopError as error:
            if not given:
                raise
            problem = plan_fields.said(error, request.lang)
            found = request.shop.what_if({}, **days).as_dict(request.lang)
    except GoldloopError as error:
        return {"problem": plan_fields.said(error, request.lang)}
    lang, currency = request.lang, plan.currency
    target = solved(plan.version.values, currency).readings[0].found.values.get("gmv")
    gmv, before = (to_minor(Decimal(value), currency) for value in (found["gmv"], found["before"]["gmv"]))
    off = None if target is None else gmv - int(target)
    return {
        "problem": problem,
        "base": formatting.days(month.first, month.last, lang),
        "sliders": [slider(one, wanted, currency, lang) for one in found["drivers"] if one["driver"] in DRIVERS],
        "result": formatting.compact(gmv, "money", currency, lang),
        "change": formatting.change(gmv - before, "money", currency, lang),
        "tone": tree.tone(gmv - before),
        "span": [formatting.compact(to_minor(Decimal(found[n]), currency), "money", currency, lang) for n in ("low", "high") if found[n]],
        "net": formatting.compact(to_minor(Decimal(found["net"]), currency), "money", currency, lang) if found["net"] else "",
        "left": formatting.compact(to_minor(Decimal(found["left"]), currency), "money", currency, lang) if found["left"] else "",
        "owners": [
            {"owner": name, "part": formatting.change(to_minor(Decimal(part), currency), "money", currency, lang), "tone": tree.tone(Decimal(part))}
            for name, part in found["owners"].items() if Decimal(part)
        ],
        "off": None if off is None else formatting.change(off, "money", currency, lang),
        "off_tone": tree.tone(off),
        "target": "" if target is None else formatting.compact(int(target), "money", currency, lang),
        "moved": bool(given),
        "moves": wanted,
        "may_keep": (plan.last - plan.first).days < LONGEST and not problem,
        "scenario": word("plan.scenario_usual", lang, plan=plan.name),
        **solving(request, plan, given, days, target),
        **(way(request, plan, days, -off) if off is not None and off < 0 and not given else {}),
    }  # fmt: skip


def way(request: Request, plan: Plan, days: Mapping[str, Any], gap: int) -> dict[str, Any]:
    """The cheapest moves that bring the month to what the plan says, inside what was ever done; `gap` in minor units."""
    lang, currency = request.lang, plan.currency
    try:
        found = request.shop.plan_levers(str(Decimal(gap) / to_minor(1, currency)), **days).as_dict(lang)
    except GoldloopError as error:
        return {"way_problem": plan_fields.said(error, lang)}

    def money(value: str) -> str:
        return formatting.compact(to_minor(Decimal(value), currency), "money", currency, lang)

    rows = [
        {
            "title": named(one["lever"], zh=lang == "zh"),
            **{key: _said(one[key], one["lever"], currency, lang) for key in ("from", "to", "low", "high")},
            "cost": money(one["cost"]),
            "gain": money(one["gain"]),
            "beyond": one["beyond"],
        }
        for one in found["moves"]
        if one["from"] != one["to"]
    ]
    return {
        "way": {
            "gap": money(found["gap"]), "gain": money(found["gain"]), "low": money(found["low"]), "high": money(found["high"]),
            "cost": money(found["cost"]), "short": "" if found["feasible"] else money(found["short"]), "rows": rows, "warnings": found["warnings"],
        }
    }  # fmt: skip


def solving(
    request: Request, plan: Plan, given: Mapping[str, str], days: Mapping[str, Any], target: Any
) -> dict[str, Any]:
    """What the chosen driver (`?solve=`) has to be for the month to sell what the plan says, the others held as they stand."""
    driver, lang = request.GET.get("solve", ""), request.lang
    choices = [(name, named(name, zh=lang == "zh")) for name in SOLVABLE]
    found: dict[str, Any] = {"solvable": choices if target is not None else [], "solve": driver}
    if driver not in SOLVABLE or target is None:
        return found
    held = {name: text for name, text in given.items() if name != driver}
    amount = str(Decimal(int(target)) / to_minor(1, plan.currency))
    try:
        told = request.shop.what_if(held, **days, solve=driver, gmv=amount).as_dict(lang)
    except GoldloopError as error:
        return {**found, "solve_problem": plan_fields.said(error, lang)}
    one = next(row for row in told["drivers"] if row["driver"] == driver)
    row = slider(one, {}, plan.currency, lang)
    value = f"{row['to']}%" if row["percent"] else row["to"]
    return {
        **found,
        "solved": {
            "title": row["title"],
            "to": _said(one["to"], driver, plan.currency, lang),
            "now": row["now_text"],
            "beyond": one["beyond"],
        },
        "solved_at": f"{reverse('plan_moves', args=[plan.id])}?{urlencode({**held, driver: value})}",
    }


def _said(value: Any, driver: str, currency: str, lang: str) -> str:
    unit = unit_of(driver)
    return formatting.compact(_plain(value, unit, currency), unit, currency, lang)


def slider(one: Mapping[str, Any], wanted: Mapping[str, str], currency: str, lang: str) -> dict[str, Any]:
    """One driver: its field as it was typed, its rail with the usual past on it (in percent of the rail), and what 1 % is worth."""
    name, unit = one["driver"], unit_of(one["driver"])
    percent = unit == "rate"
    now, to = (_typed(one[key], percent) for key in ("now", "to"))
    past = [_typed(one[key], percent) for key in ("low", "high") if one[key] is not None]
    ends = [now, to, *past]
    room = (max(ends) - min(ends) or now) * WIDER
    low, high = max(Decimal(0), min(ends) - room), max(ends) + room
    if percent:
        high = min(high, Decimal(100))

    def at(value: Decimal) -> str:
        return f"{(value - low) / (high - low) * 100:.2f}" if high > low else "0"

    def said(value: Any) -> str:
        return _said(value, name, currency, lang)

    worth = one["one_percent_gmv"] or "0"
    return {
        "name": name, "title": named(name, zh=lang == "zh"), "percent": percent,
        "value": wanted.get(name, ""), "now_text": said(one["now"]), "to": f"{_short(to)}", "now": f"{_short(now)}",
        "least": f"{_short(low)}", "most": f"{_short(high)}", "step": f"{_step(now)}",
        "from": at(past[0]) if past else "", "wide": f"{float(at(past[1])) - float(at(past[0])):.2f}" if past else "", "here": at(now),
        "past": [said(one["low"]), said(one["high"])] if past else [], "months": one["months"], "beyond": one["beyond"],
        "worth": formatting.change(to_minor(Decimal(worth), currency), "money", currency, lang) if Decimal(worth) else "",
    }  # fmt: skip


def _typed(value: Any, percent: bool) -> Decimal:
    number = Decimal(str(value))
    return number * 100 if percent else number


def _plain(value: Any, unit: str, currency: str) -> Any:
    return Decimal(value) * to_minor(1, currency) if unit in ("money", "money_per") else value


def _short(value: Decimal) -> str:
    text = f"{value:.4g}" if value < 100 else f"{value:.0f}"
    return f"{Decimal(text):f}"


def _step(now: Decimal) -> str:
    """One percent of now, as a round number."""
    step = now * STEP
    return "1" if step == 0 else f"{Decimal(f'{step:.1g}'):f}"


def outlook(request: Request, id: int) -> HttpResponse:
    """How likely the plan is: where it should be by now with its band, what it will come to, by the forecast of one store."""
    plan = request.shop.plan_show(id)
    context: dict[str, Any] = {**pages.head(request, plan), "layout": layout(request)}
    sales = solved(plan.version.values, plan.currency).readings[0].found.values.get("gmv")
    if len(plan.stores) != 1:
        return frame.page(request, "web/plan_outlook.html", {**context, "empty": "plan.outlook_one_store"})
    store = next(one.name for one in request.shop.stores() if one.id in plan.stores)
    amount = None if sales is None else str(Decimal(int(sales)) / to_minor(1, plan.currency))
    wanted = {"store": store, "first": str(plan.first), "last": str(plan.last), "target": amount}
    try:
        told = asked.remembered(
            request, ("forecast", wanted), lambda shop: shop.forecast("gmv", **wanted).as_dict(request.lang)
        )
    except GoldloopError as error:
        return frame.page(
            request, "web/plan_outlook.html", {**context, "problem": plan_fields.said(error, request.lang)}
        )
    at = told["pace"] or {}

    def said(value: Any) -> str:
        amount = None if value is None else to_minor(Decimal(value), plan.currency)
        return formatting.compact(amount, "money", plan.currency, request.lang)

    if at and at["time_gone"] >= 1:
        return frame.page(request, "web/plan_outlook.html", {**context, "empty": "plan.outlook_over"})
    context |= {
        "chance": None if at.get("chance") is None else f"{at['chance']:.0%}",
        "expected": said(told["expected"]),
        "span": [said(told["low"]), said(told["high"])] if told["low"] is not None else [],
        "due": said(at.get("due")),
        "band": [said(at["due_low"]), said(at["due_high"])] if at.get("due_low") is not None else [],
        "begun": bool(at) and at["time_gone"] > 0,
        "drivers": [_driver(one, plan, request.lang) for one in told["drivers"]],
        "notes": told["notes"],
    }
    return frame.page(request, "web/plan_outlook.html", context)


def _driver(one: Mapping[str, Any], plan: Plan, lang: str) -> dict[str, str]:
    """A driver as it is expected, as it would have to be alone, and together with the others."""
    name = DRIVER_OF[one["driver"]]
    unit = VARIABLES[name].unit
    texts = {
        key: formatting.compact(_plain(one[key], unit, plan.currency), unit, plan.currency, lang)
        for key in ("expected", "needed_alone", "needed_together")
    }
    return {"title": VARIABLES[name].title(lang), **texts}
