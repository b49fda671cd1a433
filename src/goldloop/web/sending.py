"""Sending a wave or its reminders by the gateway: asked for on its page, done by a job, told on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goldloop.web.request import Request

if TYPE_CHECKING:
    from goldloop.apps.campaigns.api import Seen
    from goldloop.apps.queue.api import Job

KINDS = ("list", "reminder")


def send(request: Request, id: int, kind: str) -> Seen:
    """Ask for the sending of a wave or of its reminders, which goes on behind the pages."""
    from goldloop.jobs import queue

    seen = request.shop.wave_show(id)
    if kind == "reminder":
        request.shop.wave_reminder_put(id)
    if job_of(request, id, kind) is None:
        queue.enqueue("wave_send", {"wave": id, "kind": kind}, user=request.user.pk)
    return seen


def stop(request: Request, id: int) -> Seen:
    """End the sending that this person asked for: between two batches, or while it waits for the hours."""
    from goldloop.jobs import queue

    seen = request.shop.wave_show(id)
    for kind in KINDS:
        job = job_of(request, id, kind)
        if job is not None:
            queue.cancel(job.id, user=request.user.pk)
    return seen


def _sent_last(request: Request, id: int, kind: str) -> Job | None:
    """The newest wish of this person to send a wave, or its reminders."""
    from goldloop.apps.queue import api as jobs

    asked = (id, kind)
    found = jobs.job_list(user=request.user.pk, kinds=("wave_send",), limit=50)
    said = ((one, (one.arguments["wave"], one.arguments.get("kind", "list"))) for one in found)
    return next((one for one, about in said if about == asked), None)


def job_of(request: Request, id: int, kind: str) -> Job | None:
    """The job by which a wave, or its reminders, are being sent; None where none is."""
    job = _sent_last(request, id, kind)
    return None if job is None or job.is_over else job


def outbox(request: Request, seen: Seen, may: bool, kind: str) -> dict[str, Any]:
    """What became of the messages of a wave, or of its reminders, and whether they can be sent from here."""
    from goldloop import settings
    from goldloop.web import receipts

    ways = {one.kind: one.way for one in seen.files}
    way, by_call = ways.get(kind, ""), seen.wave.of("touch") == "call"
    gateway = settings.gateway() if may and seen.wave.of("reach") != "C" and not by_call else None
    job = _sent_last(request, seen.id, kind) if may else None
    counts = request.shop.wave_messages(seen.id, kind=kind)
    is_due = seen.state == "checked" if kind == "list" else seen.state == "exported" and kind not in ways
    return {
        "kind": kind, "counts": [(state, count) for state, count in counts.items() if count], "job": job,
        "can": gateway is not None and (is_due or bool(counts.get("waiting"))) and way in ("", gateway.way)
        and (job is None or job.is_over),
        "until": job.not_before if job and not job.is_over else None,
        "problem": receipts.problem(job.error, request.lang) if job and job.error else None,
        "by_gateway": way not in ("", "file"),
    }  # fmt: skip
