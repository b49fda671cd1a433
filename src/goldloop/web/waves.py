"""券与触达: waves with what was predicted and what came of it, one wave, its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.cli.waves import title
from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.calendar import Period, parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_minor
from goldloop.core.wave import USUAL, campaign
from goldloop.web import downloads, frame, sending, wave_form, wave_message, waves_together
from goldloop.web.members_asked import places
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.apps.campaigns.api import Seen

CHANGED = (
    "name", "reach", "touch", "send", "until", "off", "minimum", "item_off", "threshold_off", "threshold_from", "holdout", "budget",
    "text", "uplift", "margin",
)  # fmt: skip
TOTALS = ("pushed", "claimed", "used", "expired", "stopped")
PROPOSED = ("reach", "holdout", "margin")
HIDDEN = ("margin",)
NEW = ("name", "touch", "reach", "send", "until", "off", "minimum", "holdout", "budget", "margin", "text")
PASTED = 5000  # lines of answers at once


def page(request: Request) -> HttpResponse:
    """The waves of the scope's stores, the newest first, each with its prediction and its result; and a form that proposes."""
    bar = frame.scope_bar(request, parts=())
    if not bar["scope"].visible:
        return frame.page(request, "web/first_run.html", bar)
    chosen = {store.id for store in bar["scope"].stores}
    found = [seen for seen in request.shop.waves() if seen.stores & chosen]
    context = {
        **bar,
        "places": places(request, bar["scope"], "waves"),
        "rows": [_row(request, seen) for seen in found],
        "together": waves_together.cards(request, found),
    }
    if "sign_members" in request.rights:
        context |= _forms(request, bar["scope"])
    return frame.page(request, "web/waves.html", context)


def _forms(request: Request, scope: Scope) -> dict[str, Any]:
    """The forms of the list: the month after the newest day, and a new wave, for the audience of the address where it has one."""
    asked, draft = wave_form.kept(request, "propose"), wave_form.kept(request, "wave")
    month = f"{scope.newest + timedelta(days=1):%Y-%m}" if scope.newest else ""
    audience = draft.get("audience", request.GET.get("audience", ""))
    usual = {"reach": USUAL["reach"], "touch": USUAL["touch"], "holdout": USUAL["holdout"]}
    return {
        "propose_fields": wave_form.fields(request, PROPOSED, usual | asked),
        "month": asked.get("month", month),
        "event": bool(asked.get("event")) if asked else True,
        "new_fields": wave_form.fields(request, [one for one in NEW[1:] if one not in _hidden(request)], usual | draft),
        "draft": draft,
        "audience": audience,
        "audiences": wave_form.audiences(request),
        "open": "new" if draft or audience else "propose" if asked else "",
    }


def new(request: Request) -> HttpResponse:
    """Keep a wave of the named stores as a draft; a form that is refused comes back as it was written."""
    said = request.POST
    first = f"first:{said.get('first', '')}..{said.get('last', '')}"
    names = [one for one in NEW if one not in _hidden(request)]
    given = wave_form.given(said, names) | {"audience": said.get("audience") or first}
    try:
        seen = request.shop.wave_new(given, stores=said.getlist("store"))
    except GoldloopError as error:
        messages.warning(request, wave_form.refusal(request, error))
        wave_form.keep(request, "wave")
        return HttpResponseRedirect(_list_of(request))
    request.audit.note(target=f"wave {seen.id} v{seen.number}", stores=sorted(seen.stores))
    return HttpResponseRedirect(reverse("wave_show", args=[seen.id]))


def propose(request: Request) -> HttpResponse:
    """Propose the waves of a month from the coupon calendar of the named stores."""
    said = request.POST
    found = wave_form.given(said, PROPOSED)
    given = {name: found[name] for name in ("reach", "holdout") if found.get(name)}
    asked: dict[str, Any] = {"month": said.get("month") or None, "stores": said.getlist("store")}
    try:
        made = request.shop.waves_propose(**asked, margin=found.get("margin") or None, given=given)
        events = request.shop.waves_propose_event(**asked) if said.get("event") else []
    except GoldloopError as error:
        messages.warning(request, wave_form.refusal(request, error))
        wave_form.keep(request, "propose")
        return HttpResponseRedirect(_list_of(request))
    request.audit.note(target="waves", rows=len(made), stores=sorted({one for seen in made for one in seen.stores}))
    messages.success(request, word("waves.proposed" if made else "waves.proposed_none", request.lang, count=len(made)))
    if events:
        messages.success(request, word("waves.proposed_event", request.lang, days=_days(events[0].days, request.lang)))
    return HttpResponseRedirect(_list_of(request))


def _hidden(request: Request) -> tuple[str, ...]:
    """The fields that this person may neither see nor set."""
    return HIDDEN if request.viewer.hides("gross_margin") else ()


def _days(period: Period, lang: str) -> str:
    return formatting.days(period.first, period.last, lang)


def _list_of(request: Request) -> str:
    """The list of the stores that a form was about."""
    named = set(request.POST.getlist("store"))
    ids = ",".join(str(store.id) for store in request.shop.stores() if store.name in named)
    return reverse("waves") + (f"?store={ids}" if ids else "")


def show(request: Request, id: int) -> HttpResponse:
    """One wave: whom, how many, what it costs, what was predicted and what came, its files."""
    seen = request.shop.wave_show(id)
    page = _whole(request, seen)
    return frame.page(request, "web/wave.html", page | {"message": wave_message.message(page, request.lang)})


def say(request: Request, id: int) -> HttpResponse:
    """Check, change, measure or decline a wave, or bring its totals; what is wrong is said on the page."""
    said, shop = request.POST, request.shop
    what = said.get("what", "")
    try:
        if what == "check":
            seen = shop.wave_check(id)
        elif what == "result":
            seen = shop.wave_result(id)
        elif what == "decline":
            seen = shop.wave_decline(id, reason=said.get("reason", ""))
        elif what in ("send", "send_reminder"):
            seen = sending.send(request, id, "list" if what == "send" else "reminder")
        elif what == "stop":
            seen = sending.stop(request, id)
        elif what == "reasons":
            seen = _answers(request, id, said.get("answers", ""))
        elif what == "totals":
            seen = shop.wave_totals(id, _numbers(said))
        else:
            hidden = _hidden(request)
            seen = shop.wave_change(id, wave_form.given(said, [name for name in CHANGED if name not in hidden]))
    except GoldloopError as error:
        if error.code == "wave_unknown":
            raise
        messages.warning(request, wave_form.refusal(request, error))
        if what == "change":
            wave_form.keep(request, f"wave-{id}")
        return HttpResponseRedirect(reverse("wave_show", args=[id]))
    request.audit.note(target=f"wave {id} v{seen.number}", stores=sorted(seen.stores), said=what)
    return HttpResponseRedirect(reverse("wave_show", args=[id]))


def _answers(request: Request, id: int, text: str) -> Seen:
    """Keep pasted answers, a line each: member, reason, note; by tabs as tables are copied, or by commas."""
    rows = [re.split(r"[\t,，]", line, maxsplit=2) for line in text.splitlines()[:PASTED] if line.strip()]
    told = request.shop.wave_reasons(id, rows)
    messages.success(
        request, word("waves.answers_kept", request.lang, kept=told["kept"], refused=sum(told["refused"].values()))
    )
    return request.shop.wave_show(id)


def file(request: Request, id: int) -> HttpResponse:
    """The list, the condition sheet or (`what` reminder) the reminder of a wave, as a download; the log gets its hash."""
    seen = request.shop.wave_show(id)
    try:
        remind = request.POST.get("what") == "reminder"
        sent = request.shop.wave_remind(id) if remind else request.shop.wave_export(id)
    except GoldloopError as error:
        messages.warning(request, Words(request.lang).error(error))
        return HttpResponseRedirect(reverse("wave_show", args=[id]))
    name = downloads.named((f"wave-{id}", sent.receipt.kind), "csv")
    return downloads.send_named(
        request, name, "csv", seen.stores, sent.receipt.lines, lambda path: path.write_bytes(sent.content)
    )


def _numbers(said: Mapping[str, str]) -> dict[str, int]:
    texts = {name: said.get(name, "").strip() for name in TOTALS}
    return {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        for name, text in texts.items()
        if text
    }


def money(request: Request, text: str | None, currency: str) -> str:
    """An amount in major units, short."""
    return "--" if text is None else formatting.compact(to_minor(text, currency), "money", currency, request.lang)


def counted(request: Request, count: int | None) -> str:
    """A number of people or orders."""
    return formatting.exact(count, "count", None, request.lang)


def span(request: Request, part: Mapping[str, Any], currency: str, names: tuple[str, str, str]) -> dict[str, str]:
    """An amount with its ends."""
    value, low, high = (money(request, part.get(name), currency) for name in names)
    return {"value": value, "range": f"{low} ~ {high}" if part.get(names[1]) is not None else ""}


def _row(request: Request, seen: Seen) -> dict[str, Any]:
    data, currency = _data(request, seen), seen.wave.currency
    check, result = data["check"] or {}, (data["result"] or {}).get("measured")
    predicted = check.get("predicted") or {}
    return {
        "seen": seen, "title": title(Words(request.lang), seen.wave.name),
        "days": formatting.days(seen.wave.send, seen.wave.until, request.lang),
        "audience": _audience(request, seen),
        "sent": counted(request, check.get("sent")), "held": counted(request, check.get("held")), "cost": money(request, check.get("cost"), currency),
        "predicted": span(request, predicted, currency, ("gmv", "low", "high")),
        "came": span(request, (result or {}).get("gmv", {}), currency, ("value", "low", "high")),
        "told": bool(data["result"]),
    }  # fmt: skip


def _data(request: Request, seen: Seen) -> dict[str, Any]:
    from goldloop.jobs.waves import as_seen

    return as_seen(request.viewer, seen)


def _whole(request: Request, seen: Seen) -> dict[str, Any]:
    data, lang, currency = _data(request, seen), request.lang, seen.wave.currency
    names = {store.id: store.name for store in request.shop.stores()}
    may = all(request.access.viewer("sign_members").may_see(store) for store in seen.stores)
    hidden = HIDDEN if request.viewer.hides("gross_margin", seen.stores) else ()
    refused = wave_form.kept(request, f"wave-{seen.id}")
    return {
        "seen": seen, "title": title(Words(lang), seen.wave.name), "data": data, "stores": [names[store] for store in sorted(seen.stores)], "may": may,
        "days": formatting.days(seen.wave.send, seen.wave.until, lang),
        "fields": wave_form.fields(request, [name for name in CHANGED if name not in hidden], {**seen.wave.said, **refused}),
        "refused": bool(refused), "next": _next(request, seen, may),
        "check": None if data["check"] is None else _check(request, data["check"], currency, [names[one] for one in seen.stores]),
        "result": None if data["result"] is None else _result(request, data["result"], currency),
        "audience": _audience(request, seen),
        "files": [(one, formatting.compact(one.cost, "money", currency, lang)) for one in seen.files],
        "totals": [(name, (data["totals"] or {}).get(name, "")) for name in TOTALS],
        "is_open": seen.state in ("draft", "checked"),
        "outbox": sending.outbox(request, seen, may, "list"), "reminders": sending.outbox(request, seen, may, "reminder"),
        "why": _why(request, seen) if seen.files else None,
    }  # fmt: skip


def _next(request: Request, seen: Seen, may: bool) -> dict[str, str]:
    """What is to be done next with a wave, by who may; nothing of one that is over."""
    wave, lang, loaded = seen.wave, request.lang, request.shop.loaded_days()
    newest, today = loaded[1] if loaded else date.min, datetime.now(UTC).date()
    known, tone = min(newest, wave.until), ""
    if seen.state in ("draft", "checked") and wave.send < today:
        key, tone = "past", "warn"
    elif seen.state == "checked":
        key = f"checked_{wave.of('reach')}" if wave.of("touch") != "call" else "checked_call"
    elif seen.state == "exported":
        key = "call" if wave.of("touch") == "call" else "ready" if known >= wave.send else "exported"
    elif seen.state == "measured" and newest < wave.until:
        key = "measured"
    else:
        key = "draft" if seen.state == "draft" else ""
    if not key or not may:
        return {}
    until, send, day = (formatting.day(one, lang) for one in (wave.until, wave.send, known))
    return {
        "text": word(f"waves.next_{key}", lang, until=until, send=send, day=day, code=campaign(seen.id)),
        "tone": tone,
    }


def _why(request: Request, seen: Seen) -> dict[str, Any]:
    """Why people whom the wave has reached stay away, and how many of them said so."""
    told, words = request.shop.wave_reasons(seen.id), Words(request.lang)
    back = {one["reason"]: one for one in told["again"]["rows"]}
    rows = [
        (
            words(f"wave_why_{code}"),
            counted(request, count),
            formatting.share(count, told["answered"]),
            _again(request, back.get(code)),
        )
        for code, count in told["reasons"].items()
    ]
    if "" in back:  # who was reached and gave none, to hold the others against
        rows.append((words("wave_why_none"), counted(request, back[""]["people"]), "", _again(request, back[""])))
    return {
        "rows": rows, "answered": told["answered"], "asked": told["asked"], "open": seen.wave.of("touch") == "call",
        "again": {**told["again"], "known": formatting.day(parse_day(told["again"]["known"]), request.lang)} if back else None,
    }  # fmt: skip


def _again(request: Request, one: Mapping[str, Any] | None) -> dict[str, str]:
    """How many of those who gave a reason have bought since, with the share and its interval."""
    if one is None or one["bought"] is None:
        return {"bought": word("waves.few", request.lang) if one else formatting.NOTHING, "ends": ""}
    ends = f"{formatting.share(one['low'], 1)} ~ {formatting.share(one['high'], 1)}"
    return {"bought": f"{counted(request, one['bought'])} · {formatting.share(one['share'], 1)}", "ends": ends}


def _audience(request: Request, seen: Seen) -> str:
    """Whom a wave is for, in words."""
    audience, lang = seen.wave.audience, request.lang
    if audience.days is not None:
        return word("waves.first", lang, days=formatting.days(audience.days.first, audience.days.last, lang))
    return audience.group if audience.kind == "segment" else Words(lang)(f"members_is_{audience.group}")


def _check(request: Request, told: Mapping[str, Any], currency: str, stores: list[str]) -> dict[str, Any]:
    predicted = told["predicted"] or {}
    titles = request.shop.product_titles(stores) if told["prices"] else {}
    people = {name: counted(request, told[name]) for name in ("audience", "sent", "held", "reachable")}
    rate, effect = told["base_rate"], told["smallest_effect"]
    return {
        **told, **people, "cost": money(request, told["cost"], currency),
        "known": formatting.day(parse_day(told["known"]), request.lang),
        "by_event": any(one.get("event") for one in told["prices"]),
        "prices": [{**one, "title": titles.get(one["product"], "")} for one in told["prices"]],
        "formula": word(f"waves.formula_{told['formula'].replace('-', '_')}", request.lang),
        "out": [(name, counted(request, count)) for name, count in told["excluded"].items() if count],
        "predicted": span(request, predicted, currency, ("gmv", "low", "high")),
        "gain": span(request, predicted, currency, ("gain", "gain_low", "gain_high")) if "gain" in predicted else None,
        "nobody": told["reachable"] == 0, "loses": "gain" in predicted and Decimal(predicted["gain"]) < 0,
        "needed": None if told["needed"] is None else f"{told['needed']:,}",
        "break_even": _share(predicted.get("break_even")), "orders": predicted.get("orders"),
        "rate": _share(rate), "effect": "--" if effect is None else f"{100 * effect:.1f}",
    }  # fmt: skip


def _share(value: float | None) -> str:
    return "--" if value is None else formatting.share(value, 1)


def _result(request: Request, told: Mapping[str, Any], currency: str) -> dict[str, Any]:
    found, lang = told["measured"], request.lang
    arms = [
        {"name": name, "people": counted(request, told[name]["people"]), "buyers": counted(request, told[name]["buyers"]),
         "rate": formatting.share(told[name]["buyers"], told[name]["people"]), "orders": counted(request, told[name]["orders"]),
         "gmv": money(request, told[name]["gmv"], currency), "net": money(request, told[name]["net"], currency)}
        for name in ("sent", "held")
    ]  # fmt: skip
    gains = [] if found is None else [
        {"name": name, **span(request, found[name], currency, ("value", "low", "high"))} for name in ("gmv", "net")
    ]  # fmt: skip
    if found is not None:
        orders = found["orders"]
        gains.insert(
            0, {"name": "orders", "value": f"{orders['value']:,}", "range": f"{orders['low']:,} ~ {orders['high']:,}"}
        )
        gains.append(
            {"name": "per_order", **span(request, found["cost_per_order"], currency, ("value", "low", "high"))}
        )
    if "gain" in told:
        gains.append({"name": "gain", **span(request, told, currency, ("gain", "gain_low", "gain_high"))})
    return {
        **told, "arms": arms, "gains": gains, "cost": money(request, told["cost"], currency),
        "known": formatting.day(parse_day(told["known"]), lang),
        "from_files": [word(f"waves.total_{name}", lang) for name in told.get("from_files", ())],
        "coupons": [(name, told[name]) for name in ("claimed", "used", "unused", "expired", "stopped") if told[name] is not None],
        "p": "" if found is None else f"{found['p']:.3f}", "formula": "" if found is None else word(f"waves.formula_{found['formula'].replace('-', '_')}", lang),
    }  # fmt: skip
