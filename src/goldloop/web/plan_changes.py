"""What is done to a plan: another version, a counter-offer, an owner's word, a comment, its days as a file and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.apps.planning.api import Plan
from goldloop.core.errors import GoldloopError
from goldloop.core.target.sources import GROUPS as SOURCE_GROUPS
from goldloop.web import downloads, frame, plan_fields, uploads
from goldloop.web import plan as pages
from goldloop.web.errors import MISSING, not_yours
from goldloop.web.plan_moves import DRIVERS
from goldloop.web.request import Request
from goldloop.web.words import word

FORMS = ("xlsx", "csv")


def change(request: Request, id: int) -> HttpResponse:
    """Propose another version; with `owner`, as the counter-offer of that owner, whose part she must hold."""
    said, owner = request.POST, request.POST.get("owner", "")
    before = request.shop.plan_show(id)
    if owner and not pages.holds(request, before, owner):
        return not_yours(request)
    behind = plan_fields.hidden(request.viewer, before.stores)
    shown = [name for names in plan_fields.GROUPS.values() for name in names if name in said and name not in behind]
    try:
        plan = request.shop.plan_change(
            id,
            {name: said.get(name, "").strip() for name in shown},
            seen=_seen(request),
            locks=[line.strip() for text in said.getlist("lock") for line in text.splitlines() if line.strip()],
            free=said.getlist("free"),
            sources=_sources(said),
            note=said.get("note", ""),
            owner=owner,
        )
    except GoldloopError as error:
        if error.code == "plan_moved":
            return conflict(request, before, error, behind)
        if error.code in MISSING:
            raise
        wrong = plan_fields.wrong(
            {n: t for n in shown if (t := said.get(n, "").strip())}, before.currency, request.lang
        )
        return pages.page(request, id, said=said, wrong=wrong or {"all": plan_fields.refused(error, request.lang)})
    _note(request, plan, owner=owner)
    messages.success(request, word("plan.proposed", request.lang, number=plan.current))
    return _back(plan.id)


def conflict(request: Request, plan: Plan, error: GoldloopError, behind: frozenset[str]) -> HttpResponse:
    """Somebody else was faster: what she changed, beside what the reader saw and wanted; nothing was saved."""
    lang, said = request.lang, request.POST
    rows = [
        {
            "title": plan_fields.title(one["name"], lang),
            **{
                side: plan_fields.shown(one["name"], one[side], plan.currency, lang) if one[side] else "--"
                for side in ("seen", "now")
            },
            "yours": said.get(one["name"], ""),
        }
        for one in error.params["conflict"]
        if one["name"] not in behind
    ]
    kept = [(n, v) for n, values in said.lists() for v in values if n not in ("csrfmiddlewaretoken", "seen")]
    context = {**pages.head(request, plan), "by": error.params["by"], "rows": rows, "kept": kept}
    request.audit.note(
        target=f"plan {plan.id} v{plan.current}", stores=sorted(plan.stores), result="refused", code=error.code
    )
    return frame.page(request, "web/plan_conflict.html", context, status=409)


def say(request: Request, id: int) -> HttpResponse:
    """Accept or sign the version that was seen, for an owner whose part the reader holds."""
    owner, said = request.POST.get("owner", ""), request.POST.get("said", "")
    if not pages.holds(request, request.shop.plan_show(id), owner):
        return not_yours(request)
    answer = request.shop.plan_sign if said == "signed" else request.shop.plan_accept
    plan = answer(id, seen=_seen(request), owner=owner)
    _note(request, plan, owner=owner, said=said)
    done = (
        "plan.all_signed"
        if plan.version.state == "signed"
        else f"plan.said_{'signed' if said == 'signed' else 'accepted'}"
    )
    messages.success(request, word(done, request.lang, owner=word(f"plan.owner_{owner}", request.lang)))
    return _back(id)


def scenario(request: Request, id: int) -> HttpResponse:
    """Keep the sliders as they stand as a scenario beside the plan."""
    said = request.POST
    moves = {name: said[name].strip().replace(",", "") for name in DRIVERS if said.get(name, "").strip()}
    plan = request.shop.plan_scenario(id, moves, name=said.get("name", ""))
    _note(request, plan, scenario=id)
    messages.success(request, word("plan.scenario_kept", request.lang, name=plan.name))
    return HttpResponseRedirect(f"{reverse('plan_show', args=[plan.beside])}?with={plan.id}#scenarios")


def comment(request: Request, id: int) -> HttpResponse:
    """Say something of the version on the page."""
    plan = request.shop.plan_comment(
        id, request.POST.get("text", ""), about=request.POST.get("about", ""), number=_seen(request)
    )
    _note(request, plan)
    return HttpResponseRedirect(f"{reverse('plan_show', args=[id])}?version={plan.version.number}#comments")


def file(request: Request, id: int) -> HttpResponse:
    """The days of a version as a file that can be edited and brought back."""
    from goldloop.cli import list_files
    from goldloop.jobs.plans import sheet

    number = request.GET.get("version", "")
    plan = request.shop.plan_show(id, number=int(number) if number.isascii() and number.isdigit() else None)
    by_store = len(plan.stores) > 1
    columns, rows = sheet(
        request.shop.plan_split(id, grain="day", by_store=by_store, number=plan.version.number)["rows"]
    )
    form = downloads.form_of(request, FORMS)
    about = {"plan": plan.id, "name": plan.name, "version": plan.version.number, "currency": plan.currency}
    return downloads.send_named(
        request, downloads.named((f"plan-{plan.id}-v{plan.version.number}",), form), form, plan.stores, len(rows),
        lambda path: list_files.write(path, form, columns, rows, about),
    )  # fmt: skip


def read_back(request: Request) -> HttpResponse:
    """What was edited in a file of a plan; it becomes a version only when somebody proposes it."""
    from goldloop.jobs import uploaded
    from goldloop.web.shops import whole_shop

    files = uploads.taken(request)
    try:
        id = request.POST.get("plan", "")
        seen = _seen(request)
        plan = request.shop.plan_show(int(id) if id.isascii() and id.isdigit() else 0, number=seen)
        edits = request.shop.plan_edited(plan.id, uploaded.file(whole_shop().home, files[0]), number=seen)
    finally:
        uploads.drop_unclaimed(request)
    rows = [
        {
            "day": edit.lock["period"],
            "store": edit.lock["store"],
            "title": plan_fields.title(edit.lock["figure"], request.lang),
            "before": edit.before,
            "after": edit.lock["value"],
            "lock": f"{edit.lock['figure']} {edit.lock['period']} {edit.lock['store']}".strip()
            + f"={edit.lock['value']}",
        }
        for edit in edits
    ]
    request.audit.note(target=f"plan {plan.id} v{seen}", stores=sorted(plan.stores), rows=len(rows))
    return frame.page(
        request, "web/plan_edited.html", {**pages.head(request, plan), "rows": rows, "file": files[0].label}
    )


def _sources(said: Mapping[str, str]) -> dict[str, str] | None:
    """The shares of source groups that the form holds; None where it does not ask for them (a counter-offer)."""
    shown = [one for one in SOURCE_GROUPS if f"source_{one}" in said]
    return {one: share for one in shown if (share := said[f"source_{one}"].strip())} if shown else None


def _seen(request: Request) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _note(request: Request, plan: Plan, **more: Any) -> None:
    told = {name: value for name, value in more.items() if value}
    request.audit.note(target=f"plan {plan.id} v{plan.version.number}", stores=sorted(plan.stores), **told)


def _back(id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("plan_show", args=[id]))
