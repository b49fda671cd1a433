"""Waves: listed, made, proposed, checked, measured, declined; actions: listed and answered. Files go out on the page and by command."""

from __future__ import annotations

from django.http import HttpResponse

from goldloop.apps.campaigns.api import Seen
from goldloop.core.errors import GoldloopError
from goldloop.jobs.waves import as_seen
from goldloop.web import errors
from goldloop.web.api import answers
from goldloop.web.api.asked import ActionAnswer, Id, WaveChange, WaveDecline, WaveNew, WavePropose, WaveTotals
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request
from goldloop.web.waves import may_answer


@operation(answers.Waves)
def waves(request: Request) -> HttpResponse:
    """The waves, the newest first."""
    return written({"waves": [as_seen(request.viewer, seen) for seen in request.shop.waves()]})


@operation(answers.Wave)
def show(request: Request, id: Id) -> HttpResponse:
    """One wave."""
    return written(as_seen(request.viewer, request.shop.wave_show(id)))


@operation(answers.Wave)
def new(request: Request, said: WaveNew) -> HttpResponse:
    """Keep a wave as a draft."""
    check_open(request, said.fields.get("margin"))
    return _done(request, request.shop.wave_new(said.fields, stores=said.stores))


@operation(answers.Waves)
def propose(request: Request, said: WavePropose) -> HttpResponse:
    """Propose the waves of a month from its coupon calendar, checked."""
    check_open(request, said.fields.get("margin"))
    made = request.shop.waves_propose(
        said.month, stores=said.stores, margin=said.margin, tiers=said.tiers, given=said.fields
    )
    request.audit.note(target="waves", rows=len(made), stores=sorted({one for seen in made for one in seen.stores}))
    return written({"waves": [as_seen(request.viewer, seen) for seen in made]})


@operation(answers.Wave)
def change(request: Request, id: Id, said: WaveChange) -> HttpResponse:
    """Give a wave that did not go out yet another version."""
    request.shop.wave_show(id)
    check_open(request, said.fields.get("margin"))
    return _done(request, request.shop.wave_change(id, said.fields))


@operation(answers.Wave)
def check(request: Request, id: Id) -> HttpResponse:
    """Draw who is sent the wave and who is held out."""
    return _done(request, request.shop.wave_check(id))


@operation(answers.Wave)
def result(request: Request, id: Id) -> HttpResponse:
    """Measure a wave that went out."""
    return _done(request, request.shop.wave_result(id))


@operation(answers.Wave)
def decline(request: Request, id: Id, said: WaveDecline) -> HttpResponse:
    """Say that a wave will not be sent, and why."""
    return _done(request, request.shop.wave_decline(id, reason=said.reason))


@operation(answers.Wave)
def totals(request: Request, id: Id, said: WaveTotals) -> HttpResponse:
    """Bring what the platform's tool shows of a wave."""
    given = {name: count for name, count in said.model_dump().items() if count is not None}
    return _done(request, request.shop.wave_totals(id, given))


@operation(answers.Actions)
def actions(request: Request) -> HttpResponse:
    """What is proposed to be done, those due first in front."""
    return written({"actions": [as_seen(request.viewer, one) for one in request.shop.actions()]})


@operation(answers.Action)
def action_answer(request: Request, id: Id, said: ActionAnswer) -> HttpResponse:
    """Accept an action, decline it, or put it off: by who answers for it."""
    if not may_answer(request, id):
        return errors.not_yours(request)
    action = request.shop.action_answer(id, said.said, reason=said.reason, due=said.due)
    request.audit.note(target=f"action {id}", stores=sorted(action.stores), said=said.said)
    return written(as_seen(request.viewer, action))


def check_open(request: Request, margin: str | None) -> None:
    """Raise `figure_hidden` where the asker gives a margin and may not see margins."""
    if margin is not None and request.viewer.hides("gross_margin"):
        raise GoldloopError(
            "figure_hidden",
            f"The figure 'margin' is not shown to {request.viewer.name}.",
            given="margin",
            todo="Ask the owner for the right to see it.",
        )


def _done(request: Request, seen: Seen) -> HttpResponse:
    request.audit.note(target=f"wave {seen.id} v{seen.number}", stores=sorted(seen.stores))
    return written(as_seen(request.viewer, seen))
