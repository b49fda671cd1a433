"""Waves: listed, made, proposed, checked, sent, measured, declined; their files; actions: listed and answered."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from ninja import Query

from goldloop.apps.campaigns.api import Seen
from goldloop.core.errors import GoldloopError
from goldloop.jobs.waves import as_seen
from goldloop.web import downloads, errors, sending
from goldloop.web.actions import may_answer
from goldloop.web.api import answers
from goldloop.web.api.asked import (
    ActionAnswer,
    Id,
    WaveAnswers,
    WaveChange,
    WaveDecline,
    WaveFileAsked,
    WaveNew,
    WavePropose,
    WavesMeasure,
    WavesTogether,
    WaveTotals,
)
from goldloop.web.api.jobs import asked_for, job_dict
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request


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


@operation(answers.WavesTogether)
def together(request: Request, asked: Query[WavesTogether]) -> HttpResponse:
    """What the waves of each month, of one month, or those that are named, brought together."""
    found = request.shop.waves_together(asked.month, waves=asked.wave, stores=asked.store)
    return written({"together": found})


@operation(answers.WavesMeasured)
def measure(request: Request, said: WavesMeasure) -> HttpResponse:
    """Measure the waves of a month, or those that are named, which went out and are not final yet."""
    done = request.shop.waves_measure(said.month, waves=said.waves, stores=said.stores)
    request.audit.note(target="waves", said="measure", rows=len(done))
    return written({"measured": done})


@operation(answers.Wave)
def decline(request: Request, id: Id, said: WaveDecline) -> HttpResponse:
    """Say that a wave will not be sent, and why."""
    return _done(request, request.shop.wave_decline(id, reason=said.reason))


@operation(answers.Wave)
def totals(request: Request, id: Id, said: WaveTotals) -> HttpResponse:
    """Bring what the platform's tool shows of a wave."""
    given = {name: count for name, count in said.model_dump().items() if count is not None}
    return _done(request, request.shop.wave_totals(id, given))


@operation(answers.WaveFile)
def export(request: Request, id: Id, said: WaveFileAsked) -> HttpResponse:
    """Make the list of a checked wave, or its reminder; the receipt, the same however often it is asked for."""
    shop = request.shop
    seen = shop.wave_show(id)
    receipt = (shop.wave_remind(id) if said.kind == "reminder" else shop.wave_export(id)).receipt
    request.audit.note(
        target=f"wave {id} {said.kind}", stores=sorted(seen.stores), rows=receipt.lines, sha256=receipt.sha256
    )
    address = f"{reverse('api_wave_file', args=[id])}?kind={said.kind}"
    return written({"wave": id, **receipt.as_dict(seen.wave.currency), "file": address})


@operation(answers.Bytes, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}})
def file(request: Request, id: Id, asked: Query[WaveFileAsked]) -> HttpResponse:
    """The bytes of a file that went out, as CSV."""
    seen, sent = request.shop.wave_show(id), request.shop.wave_file(id, asked.kind)
    name = downloads.named((f"wave-{id}", asked.kind), "csv")
    return downloads.send_named(
        request, name, "csv", seen.stores, sent.receipt.lines, lambda path: path.write_bytes(sent.content)
    )


@operation(answers.Job, status=202)
def send(request: Request, id: Id, said: WaveFileAsked) -> HttpResponse:
    """Hand the messages of a wave, or its reminders, to the gateway; outside of the hours the job waits for them."""
    seen = request.shop.wave_show(id)
    if said.kind == "reminder":
        request.shop.wave_reminder_put(id)
    running = sending.job_of(request, id, said.kind)
    if running is not None:
        return written(job_dict(request, running), status=202)
    return asked_for(request, "wave_send", {"wave": seen.id, "kind": said.kind})


@operation(answers.WaveReasons)
def reasons(request: Request, id: Id) -> HttpResponse:
    """Why people of a wave no longer buy, counted."""
    return written(request.shop.wave_reasons(id))


@operation(answers.WaveReasons)
def reasons_add(request: Request, id: Id, said: WaveAnswers) -> HttpResponse:
    """Keep why people of a wave no longer buy."""
    told = request.shop.wave_reasons(id, said.answers)
    request.audit.note(target=f"wave {id} reasons", rows=told["kept"])
    return written(told)


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
