"""行动: what is proposed to be done, with predicted money, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.cli.waves import title
from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.web import errors, frame
from goldloop.web.request import Request
from goldloop.web.waves import counted, money, span

if TYPE_CHECKING:
    from goldloop.apps.actions.api import Action


def page(request: Request) -> HttpResponse:
    """What is proposed to be done, those due first in front, and what came of what was done."""
    bar = frame.scope_bar(request, parts=())
    chosen = {store.id for store in bar["scope"].stores}
    found = [_row(request, one) for one in request.shop.actions() if one.stores & chosen]
    open_ones = [one for one in found if one["state"] in ("open", "accepted")]
    return frame.page(
        request,
        "web/actions.html",
        {**bar, "rows": open_ones, "past": [one for one in found if one not in open_ones], "every": found},
    )


def answer(request: Request, id: int) -> HttpResponse:
    """Accept an action, decline it, put it off, or say that another one is the same: by who answers for it."""
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


def _row(request: Request, one: Action) -> dict[str, Any]:
    from goldloop.jobs.waves import as_seen

    data = as_seen(request.viewer, one)
    predicted, result = data["predicted"], data["result"] or {}
    return {
        **data, "title": title(Words(request.lang), one.title), "address": reverse("wave_show", args=[one.ref]), "due": formatting.day(one.due, request.lang),
        "due_on": str(one.due), "late": one.due < datetime.now(UTC).date(), "predicted": span(request, predicted, one.currency, ("gmv", "low", "high")),
        "came": span(request, result, one.currency, ("gmv", "low", "high")),
        "cost": money(request, predicted.get("cost"), one.currency), "holdout": counted(request, predicted.get("holdout")),
        "measured": one.state == "measured",
        "mine": request.access.viewer(f"sign_{one.owner}").stores >= one.stores,
    }  # fmt: skip
