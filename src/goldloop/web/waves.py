"""券与触达: waves with what was predicted and what came of it, one wave, its files; and 行动, what is proposed to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_minor
from goldloop.web import downloads, errors, frame
from goldloop.web.request import Request
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.apps.actions.api import Action
    from goldloop.apps.campaigns.api import Seen
    from goldloop.apps.queue.api import Job

CHANGED = (
    "name", "reach", "touch", "send", "until", "off", "minimum", "item_off", "threshold_off", "threshold_from", "holdout", "budget",
    "text", "uplift", "margin",
)  # fmt: skip
TOTALS = ("pushed", "claimed", "used", "expired", "stopped")
HIDDEN = ("margin",)


def page(request: Request) -> HttpResponse:
    """The waves of the scope's stores, the newest first, each with its prediction and its result; and a form that proposes."""
    bar = frame.scope_bar(request)
    chosen = {store.id for store in bar["scope"].stores}
    found = [seen for seen in request.shop.waves() if seen.stores & chosen]
    context = {
        **bar,
        "rows": [_row(request, seen) for seen in found],
    }
    return frame.page(request, "web/waves.html", context)


def propose(request: Request) -> HttpResponse:
    """Propose the waves of a month from the coupon calendar of the named stores."""
    said = request.POST
    given = {name: said[name] for name in ("reach", "holdout") if said.get(name)}
    try:
        made = request.shop.waves_propose(
            said.get("month") or None, stores=said.getlist("store"), margin=said.get("margin") or None, given=given
        )
    except GoldloopError as error:
        messages.warning(request, Words(request.lang).error(error))
        return HttpResponseRedirect(reverse("waves"))
    request.audit.note(target="waves", rows=len(made), stores=sorted({one for seen in made for one in seen.stores}))
    messages.success(request, word("waves.proposed", request.lang, count=len(made)))
    return HttpResponseRedirect(reverse("waves"))


def show(request: Request, id: int) -> HttpResponse:
    """One wave: whom, how many, what it costs, what was predicted and what came, its files."""
    seen = request.shop.wave_show(id)
    return frame.page(request, "web/wave.html", _whole(request, seen))


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
        elif what == "send":
            seen = _send(request, id)
        elif what == "stop":
            seen = _stop(request, id)
        elif what == "totals":
            seen = shop.wave_totals(id, _numbers(said))
        else:
            hidden = HIDDEN if request.viewer.hides("gross_margin") else ()
            seen = shop.wave_change(id, {name: said[name] for name in CHANGED if name in said and name not in hidden})
    except GoldloopError as error:
        if error.code == "wave_unknown":
            raise
        messages.warning(request, Words(request.lang).error(error))
        return HttpResponseRedirect(reverse("wave_show", args=[id]))
    request.audit.note(target=f"wave {id} v{seen.number}", stores=sorted(seen.stores), said=what)
    return HttpResponseRedirect(reverse("wave_show", args=[id]))


def _send(request: Request, id: int) -> Seen:
    """Ask for the sending of a wave, which goes on behind the pages."""
    from goldloop.jobs import queue

    seen = request.shop.wave_show(id)
    if _sending(request, id) is None:
        queue.enqueue("wave_send", {"wave": id}, user=request.user.pk)
    return seen


def _stop(request: Request, id: int) -> Seen:
    """End the sending that this person asked for, between two batches."""
    from goldloop.jobs import queue

    seen, job = request.shop.wave_show(id), _sending(request, id)
    if job is not None:
        queue.cancel(job.id, user=request.user.pk)
    return seen


def _sent_last(request: Request, id: int) -> Job | None:
    """The newest wish of this person to send a wave."""
    from goldloop.apps.queue import api as jobs

    found = jobs.job_list(user=request.user.pk, limit=50)
    return next((one for one in found if one.kind == "wave_send" and one.arguments["wave"] == id), None)


def _sending(request: Request, id: int) -> Job | None:
    job = _sent_last(request, id)
    return None if job is None or job.is_over else job


def _outbox(request: Request, seen: Seen, may: bool) -> dict[str, Any]:
    """What became of the messages of a wave, and whether they can be sent from here."""
    from goldloop import settings
    from goldloop.web import receipts

    way = next((one.way for one in seen.files if one.kind == "list"), "")
    gateway = settings.gateway() if may and seen.wave.of("reach") != "C" else None
    job = _sent_last(request, seen.id) if may else None
    counts = request.shop.wave_messages(seen.id)
    is_out = seen.state == "checked" or bool(counts.get("waiting"))
    until = (job.result or {}).get("waits_until") if job and job.is_over and counts.get("waiting") else None
    return {
        "counts": [(state, count) for state, count in counts.items() if count], "job": job,
        "can": gateway is not None and is_out and way in ("", gateway.way) and (job is None or job.is_over),
        "until": until, "problem": receipts.problem(job.error, request.lang) if job and job.error else None,
        "by_gateway": way not in ("", "file"),
    }  # fmt: skip


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


def actions(request: Request) -> HttpResponse:
    """What is proposed to be done, those due first in front, and what came of what was done."""
    bar = frame.scope_bar(request)
    chosen = {store.id for store in bar["scope"].stores}
    found = [_action(request, one) for one in request.shop.actions() if one.stores & chosen]
    open_ones = [one for one in found if one["state"] in ("open", "accepted")]
    return frame.page(
        request, "web/actions.html", {**bar, "rows": open_ones, "past": [one for one in found if one not in open_ones]}
    )


def action_answer(request: Request, id: int) -> HttpResponse:
    """Accept an action, decline it, or put it off: by who answers for it."""
    said = request.POST
    if not may_answer(request, id):
        return errors.not_yours(request)
    try:
        request.shop.action_answer(id, said.get("said", ""), reason=said.get("reason", ""), due=said.get("due") or None)
    except GoldloopError as error:
        if error.code == "action_unknown":
            raise
        messages.warning(request, Words(request.lang).error(error))
    request.audit.note(target=f"action {id}", said=said.get("said", "")[:10])
    return HttpResponseRedirect(reverse("actions"))


def may_answer(request: Request, id: int) -> bool:
    """Whether this person speaks for the owner of an action in all of its stores; of what is not there nobody is told so."""
    found = next((one for one in request.shop.actions() if one.id == id), None)
    return found is None or request.access.viewer(f"sign_{found.owner}").stores >= found.stores


def _numbers(said: Mapping[str, str]) -> dict[str, int]:
    texts = {name: said.get(name, "").strip() for name in TOTALS}
    return {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        for name, text in texts.items()
        if text
    }


def _money(request: Request, text: str | None, currency: str) -> str:
    """An amount in major units, short."""
    return "--" if text is None else formatting.compact(to_minor(text, currency), "money", currency, request.lang)


def _count(request: Request, count: int | None) -> str:
    return formatting.exact(count, "count", None, request.lang)


def _span(request: Request, part: Mapping[str, Any], currency: str, names: tuple[str, str, str]) -> dict[str, str]:
    """An amount with its ends."""
    value, low, high = (_money(request, part.get(name), currency) for name in names)
    return {"value": value, "range": f"{low} ~ {high}" if part.get(names[1]) is not None else ""}


def _row(request: Request, seen: Seen) -> dict[str, Any]:
    data, currency = _data(request, seen), seen.wave.currency
    check, result = data["check"] or {}, (data["result"] or {}).get("measured")
    predicted = check.get("predicted") or {}
    return {
        "seen": seen, "days": formatting.days(seen.wave.send, seen.wave.until, request.lang),
        "audience": _audience(request, seen),
        "sent": _count(request, check.get("sent")), "held": _count(request, check.get("held")), "cost": _money(request, check.get("cost"), currency),
        "predicted": _span(request, predicted, currency, ("gmv", "low", "high")),
        "came": _span(request, (result or {}).get("gmv", {}), currency, ("value", "low", "high")),
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
    return {
        "seen": seen, "data": data, "stores": [names[store] for store in sorted(seen.stores)], "may": may,
        "days": formatting.days(seen.wave.send, seen.wave.until, lang),
        "fields": [(name, seen.wave.of(name)) for name in CHANGED if name not in hidden],
        "check": None if data["check"] is None else _check(request, data["check"], currency, [names[one] for one in seen.stores]),
        "result": None if data["result"] is None else _result(request, data["result"], currency),
        "audience": _audience(request, seen),
        "files": [(one, formatting.compact(one.cost, "money", currency, lang)) for one in seen.files],
        "totals": [(name, (data["totals"] or {}).get(name, "")) for name in TOTALS],
        "is_open": seen.state in ("draft", "checked"), "outbox": _outbox(request, seen, may),
    }  # fmt: skip


def _audience(request: Request, seen: Seen) -> str:
    """Whom a wave is for, in words."""
    audience, lang = seen.wave.audience, request.lang
    if audience.days is not None:
        return word("waves.first", lang, days=formatting.days(audience.days.first, audience.days.last, lang))
    return audience.group if audience.kind == "segment" else Words(lang)(f"members_is_{audience.group}")


def _check(request: Request, told: Mapping[str, Any], currency: str, stores: list[str]) -> dict[str, Any]:
    predicted = told["predicted"] or {}
    titles = request.shop.product_titles(stores) if told["prices"] else {}
    people = {name: _count(request, told[name]) for name in ("audience", "sent", "held", "reachable")}
    rate, effect = told["base_rate"], told["smallest_effect"]
    return {
        **told, **people, "cost": _money(request, told["cost"], currency),
        "known": formatting.day(parse_day(told["known"]), request.lang),
        "prices": [{**one, "title": titles.get(one["product"], "")} for one in told["prices"]],
        "formula": word(f"waves.formula_{told['formula'].replace('-', '_')}", request.lang),
        "out": [(name, _count(request, count)) for name, count in told["excluded"].items() if count],
        "predicted": _span(request, predicted, currency, ("gmv", "low", "high")),
        "gain": _span(request, predicted, currency, ("gain", "gain_low", "gain_high")) if "gain" in predicted else None,
        "needed": None if told["needed"] is None else f"{told['needed']:,}",
        "break_even": _share(predicted.get("break_even")), "orders": predicted.get("orders"),
        "rate": _share(rate), "effect": "--" if effect is None else f"{100 * effect:.1f}",
    }  # fmt: skip


def _share(value: float | None) -> str:
    return "--" if value is None else formatting.share(value, 1)


def _result(request: Request, told: Mapping[str, Any], currency: str) -> dict[str, Any]:
    found, lang = told["measured"], request.lang
    arms = [
        {"name": name, "people": _count(request, told[name]["people"]), "buyers": _count(request, told[name]["buyers"]),
         "rate": formatting.share(told[name]["buyers"], told[name]["people"]), "orders": _count(request, told[name]["orders"]),
         "gmv": _money(request, told[name]["gmv"], currency), "net": _money(request, told[name]["net"], currency)}
        for name in ("sent", "held")
    ]  # fmt: skip
    gains = [] if found is None else [
        {"name": name, **_span(request, found[name], currency, ("value", "low", "high"))} for name in ("gmv", "net")
    ]  # fmt: skip
    if found is not None:
        orders = found["orders"]
        gains.insert(
            0, {"name": "orders", "value": f"{orders['value']:,}", "range": f"{orders['low']:,} ~ {orders['high']:,}"}
        )
        gains.append(
            {"name": "per_order", **_span(request, found["cost_per_order"], currency, ("value", "low", "high"))}
        )
    if "gain" in told:
        gains.append({"name": "gain", **_span(request, told, currency, ("gain", "gain_low", "gain_high"))})
    return {
        **told, "arms": arms, "gains": gains, "cost": _money(request, told["cost"], currency),
        "known": formatting.day(parse_day(told["known"]), lang),
        "coupons": [(name, told[name]) for name in ("claimed", "used", "unused", "expired", "stopped") if told[name] is not None],
        "p": "" if found is None else f"{found['p']:.3f}", "formula": "" if found is None else word(f"waves.formula_{found['formula'].replace('-', '_')}", lang),
    }  # fmt: skip


def _action(request: Request, one: Action) -> dict[str, Any]:
    from goldloop.jobs.waves import as_seen

    data = as_seen(request.viewer, one)
    predicted, result = data["predicted"], data["result"] or {}
    return {
        **data, "address": reverse("wave_show", args=[one.ref]), "due": formatting.day(one.due, request.lang),
        "due_on": str(one.due), "predicted": _span(request, predicted, one.currency, ("gmv", "low", "high")),
        "came": _span(request, result, one.currency, ("gmv", "low", "high")),
        "cost": _money(request, predicted.get("cost"), one.currency), "holdout": _count(request, predicted.get("holdout")),
        "measured": one.state == "measured",
        "mine": request.access.viewer(f"sign_{one.owner}").stores >= one.stores,
    }  # fmt: skip
