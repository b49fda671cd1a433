"""Plans: those of the scope's stores, and a new one, solved from whatever is known of it before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.core import formatting
from goldloop.core.calendar import Period, parse_period, whole
from goldloop.core.errors import GoldloopError
from goldloop.core.plan.plan import plan_solve, read_value
from goldloop.core.store import Store
from goldloop.metrics.definitions import FIGURES
from goldloop.web import asked, frame, plan_fields
from goldloop.web.plan_fields import GROUPS, OPEN_CAC
from goldloop.web.request import Request
from goldloop.web.words import word

FIGURE_OF = {"previous_gmv": "gmv", "ad_budget": "ad_cost", "labour": "labour_cost", "margin": "gross_margin"}
# Codes of what is said beside one field of the form.
PLACES = {"plan_name_bad": "name", "period_reversed": "period", "day_bad": "period", "target_currencies": "of"}
FEW = ("gmv", "previous_gmv", "buyer_value", "new_buyers", "ad_budget", OPEN_CAC)  # groups with one of these stand open


def page(request: Request) -> HttpResponse:
    """The plans of the scope's stores, the newest period first."""
    bar = frame.scope_bar(request, parts=())
    chosen = {store.id for store in bar["scope"].stores}
    names = {store.id: store.name for store in request.shop.stores()}
    rows = [
        {
            "plan": plan,
            "days": formatting.days(plan.first, plan.last, request.lang),
            "stores": [names[store] for store in sorted(plan.stores)],
            "sales": plan_fields.shown("gmv", plan.version.values.get("gmv"), plan.currency, request.lang),
        }
        for plan in request.shop.plan_list()
        if plan.stores & chosen or not plan.stores
    ]
    return frame.page(request, "web/plans.html", {**bar, "rows": rows})


def new(request: Request) -> HttpResponse:
    """What is known of a new plan, and what follows from it; nothing is kept by looking."""
    return frame.page(request, "web/plan_new.html", form(request, request.GET))


def keep(request: Request) -> HttpResponse:
    """Keep a solved plan: its first version is proposed to the three owners."""
    said = request.POST
    stores = chosen_stores(request, said)
    behind = plan_fields.hidden(request.viewer, [store.id for store in stores])
    try:
        plan = request.shop.plan_new(
            said.get("name", ""),
            plan_fields.given(said, behind),
            period=said.get("period", ""),
            stores=[store.name for store in stores],
            note=said.get("note", ""),
            four_eyes_from=limit(said.get("four_eyes_from", "")),
        )
    except GoldloopError as error:
        context = form(request, said)
        place = PLACES.get(error.code, "")
        wrong = {place: plan_fields.refused(error, request.lang)} if place else {}
        problem = "" if wrong or context["wrong"] else plan_fields.said(error, request.lang)
        context = {**context, "problem": problem, "wrong": {**context["wrong"], **wrong}}
        return frame.page(request, "web/plan_new.html", context, status=400)
    request.audit.note(target=f"plan {plan.id} v1", stores=sorted(plan.stores))
    messages.success(request, word("plan.kept", request.lang, name=plan.name))
    return HttpResponseRedirect(reverse("plan_show", args=[plan.id]))


def limit(text: str) -> Decimal | None:
    """The sales from which two people have to sign; raises `plan_number_bad` or `plan_value_out_of_range`."""
    return read_value(text, "four-eyes-from") if text.strip() else None


def form(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """The form as it is filled in, what the month before was, and what the given values say."""
    lang = request.lang
    stores = chosen_stores(request, said)
    behind = plan_fields.hidden(request.viewer, [store.id for store in stores])
    values, period = plan_fields.given(said, behind), said.get("period") or next_month(request)
    currency = stores[0].currency if stores else "CNY"
    before = past(request, stores, period)
    wrong = plan_fields.wrong(values, currency, lang)
    fields = [
        field(name, values, before, lang) | {"wrong": wrong.get(name, "")}
        for group in GROUPS.values()
        for name in group
        if name not in behind
    ]
    named = {one["name"]: one for one in fields}
    context: dict[str, Any] = {
        "groups": [
            {
                "title": f"plan.group_{key}",
                "fields": [named[name] for name in names if name in named],
                "open": any(name in values or name in FEW for name in names),
            }
            for key, names in GROUPS.items()
            if any(name in named for name in names)
        ],
        "period": period,
        "before": before["days"],
        "stores": [(store, store in stores) for store in request.shop.stores()],
        "chosen": [store.id for store in stores],
        "currency": currency,
        "given": values,
        "name": said.get("name") or word("plan.usual_name", lang, period=period),
        "note": said.get("note", ""),
        "four_eyes_from": said.get("four_eyes_from", ""),
        "wrong": wrong,
    }
    try:
        limit(said.get("four_eyes_from", ""))
    except GoldloopError as error:
        wrong["four_eyes_from"] = plan_fields.refused(error, lang)
    try:
        if period:
            parse_period(period)
    except GoldloopError as error:
        wrong["period"] = plan_fields.refused(error, lang)
    if not values or wrong:
        return context
    own = {"period": period, "of": [store.id for store in stores]}
    try:
        plan = plan_solve(currency=currency, **values)  # type: ignore[arg-type]
    except GoldloopError as error:
        return {**context, "problem": plan_fields.said(error, lang)}
    return {**context, "told": plan_fields.told(plan, lang, behind, lambda name, to: repaired(values, own, name, to))}


def repaired(values: Mapping[str, str], own: Mapping[str, Any], name: str, to: str) -> str:
    """The address of the form with one value replaced; an open CAC is replaced by one of its readings."""
    moved = {key: text for key, text in values.items() if key != OPEN_CAC or name != OPEN_CAC}
    moved |= (
        {to: values[OPEN_CAC]} if name == OPEN_CAC else {OPEN_CAC: to} if replaces_open(values, name) else {name: to}
    )
    return f"{reverse('plan_new')}?{urlencode({**own, **moved}, doseq=True)}"


def replaces_open(values: Mapping[str, str], name: str) -> bool:
    """Whether a repair of a CAC is one of the CAC that does not say which it is."""
    return OPEN_CAC in values and name in ("blended_cac", "paid_cac")


def field(name: str, values: Mapping[str, str], before: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """One field: what it is called, what was typed, and what the month before had."""
    return {
        "name": name,
        "title": plan_fields.title(name, lang),
        "value": values.get(name, ""),
        "before": before["values"].get(name, ""),
    }


def past(request: Request, stores: list[Store], period: str) -> dict[str, Any]:
    """The last whole loaded month before the plan, in the plan's variables; nothing where there is none."""
    loaded = request.shop.loaded_days()
    try:
        first = parse_period(period).first
    except GoldloopError:
        first = None
    if loaded is None or first is None or not stores:
        return {"days": "", "values": {}}
    month = whole("month", min(first, loaded[1] + timedelta(days=1)) - timedelta(days=1))
    if month.last > loaded[1]:
        month = whole("month", month.first - timedelta(days=1))
    ids = [store.id for store in stores]
    asking = {name: FIGURE_OF.get(name, name) for group in GROUPS.values() for name in group if name != "gmv"}
    asking = {name: one for name, one in asking.items() if one in FIGURES and not request.viewer.hides(one, ids)}
    names = tuple(dict.fromkeys(asking.values()))
    try:
        answer = asked.figures(request, names, first=month.first, last=month.last, stores=[one.name for one in stores])
    except GoldloopError:
        return {"days": "", "values": {}}
    currency, lang = answer.currencies[0] if len(answer) else None, request.lang
    found = {name: answer.columns[one][0] if len(answer) else None for name, one in asking.items()}
    texts = {
        n: formatting.compact(v, FIGURES[asking[n]].unit, currency, lang) for n, v in found.items() if v is not None
    }
    return {"days": formatting.days(month.first, month.last, lang), "values": texts}


def next_month(request: Request) -> str:
    """The month after the newest loaded day: what one plans for."""
    loaded = request.shop.loaded_days()
    if loaded is None:
        return ""
    month: Period = whole("month", loaded[1])
    return f"{month.last + timedelta(days=1):%Y-%m}"


def chosen_stores(request: Request, said: Mapping[str, Any]) -> list[Store]:
    """The stores that the form names (`of`); without any, those of the scope. Raises `store_unknown`."""
    ids = said.getlist("of") if hasattr(said, "getlist") else []
    if not ids:
        return list(frame.scope_of(request).stores)
    known = {str(store.id): store for store in request.shop.stores()}
    for one in ids:
        if one not in known:
            raise GoldloopError("store_unknown", f"There is no store '{one}'.", given=one, name=one)
    return [known[one] for one in dict.fromkeys(ids)]
