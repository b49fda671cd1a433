"""The kinds of work that go on behind the pages.

Each takes the home, the job and its progress, and returns what the job's row keeps. Every one can be begun again after
its process was killed: what it changes becomes visible with one row of the database, or is written over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from goldloop.apps.queue.api import Job
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import ahead, failures, uploaded
from goldloop.jobs.progress import Cancelled, Later
from goldloop.jobs.telling import Telling

RIGHT = "data"  # by virtue of which the work is done


def viewer_of(job: Job, right: str = RIGHT) -> Viewer:
    """What whoever asked for a job may see now, not when it was asked for; the owner where nobody signed in did.

    A job that names `stores` reaches no others: whoever asked for it had a key for those.
    """
    if job.asked_by is None:
        return shops.owner_viewer()
    access = shops.access_of(user=shops.person(id=job.asked_by), now=datetime.now(UTC))
    stores = job.arguments.get("stores")
    if stores is not None:
        access = access.within((right,), stores) if stores else shops.Access()
    return access.viewer(right)


def said(home: Home, job: Job) -> dict[str, Any]:
    """What was said about the files of a job, as `import_file` takes it; `described`: their format lies beside them."""
    given = job.arguments
    period = tuple(map(date.fromisoformat, given["period"])) if given.get("period") else None
    profile = given.get("profile") or None
    if given.get("described"):
        profile = str(uploaded.columns_file(home, uploaded.files(given)[0]))
    return {"store": given.get("store") or None, "profile": profile, "period": period}


def look(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Recognise uploaded files and read them to their end, without loading anything; the preview lies beside them."""
    from goldloop.jobs import looking

    viewer, files = viewer_of(job), uploaded.files(job.arguments)
    found = []
    for number, upload in enumerate(files):
        tell("files", upload.label, number, len(files))
        found.append(
            looking.look(home, viewer, uploaded.file(home, upload), upload.label, said(home, job), progress=tell)
        )
    uploaded.note(home, files[0].token, f"look-{job.id}", found)
    return {"files": len(files), "ready": sum(one["error"] is None for one in found)}


def load(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Import uploaded files one by one; what became of each. They are removed when all of them are loaded."""
    from goldloop.jobs.import_file import import_file

    viewer, files = viewer_of(job), uploaded.files(job.arguments)
    outcomes: list[dict[str, Any]] = []
    tell.so_far = {"outcomes": outcomes}
    for number, upload in enumerate(files):
        outcome: dict[str, Any] = {"file": upload.label, "receipts": [], "error": None}
        tell("files", upload.label, number, len(files))
        try:
            with failures.explained():
                path = uploaded.file(home, upload)
                receipts = import_file(home, viewer, path, name=upload.label, progress=tell, **said(home, job))
            outcome["receipts"] = [receipt.as_dict() for receipt in receipts]
        except Cancelled:
            raise
        except GoldloopError as error:
            if len(files) == 1:
                raise
            outcome["error"] = failures.as_stored(error)
        outcomes.append(outcome)
    ahead.keep_up(home, tell)
    if all(outcome["error"] is None for outcome in outcomes):
        tell.afterwards.append(lambda: uploaded.drop_files(home, files))
    return tell.so_far


def fix(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Correct a row of quarantine, and those alike; the values lie outside the database, for they may name a person."""
    from goldloop.apps.feeds import api as feeds
    from goldloop.jobs import quarantine

    viewer, given = viewer_of(job), job.arguments
    tell.afterwards.append(lambda: uploaded.drop(home, given["values"]))
    tell("fix", "")
    if job.stops and feeds.quarantine_show(viewer=viewer, id=given["row"]).state == "fixed":
        return {"fixed": 1, "open": 0, "receipts": []}
    values = uploaded.noted(home, given["values"], "values")
    try:
        return _tried(quarantine.fix(home, viewer, given["row"], values, alike=given["alike"]))
    except GoldloopError as error:
        if error.code == "fix_not_enough":
            error.given = list(values)
        raise


def retry(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Try rows of quarantine again."""
    from goldloop.jobs import quarantine

    tell("fix", "")
    return _tried(quarantine.retry(home, viewer_of(job), job.arguments["rows"]))


def undo(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Take an import back; one that was taken back already, by this job before its process ended, is no error."""
    from goldloop.apps.feeds import api as feeds
    from goldloop.jobs.import_undo import import_undo

    tell("undo", "")
    viewer, id = viewer_of(job), job.arguments["import"]
    if job.stops and feeds.import_show(viewer=viewer, id=id).state == "undone":
        return {"undone": [id], "facts": {}}
    return import_undo(home, viewer, [id])


def store_set(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Change settings of a store and work out again what is loaded."""
    from goldloop.jobs import settings_change

    tell("recount", "")
    id, given = job.arguments["store"], dict(job.arguments["settings"])
    name = {one.id: one.name for one in shops.stores_visible(viewer=viewer_of(job, "stores"))}.get(id)
    if name is None:  # the right was taken away meanwhile
        raise GoldloopError("store_unknown", f"There is no store '{id}'.", given=id, name=str(id))
    if "opened_on" in given:
        given["opened_on"] = date.fromisoformat(given["opened_on"])
    settings_change.store_set(home, name=name, **given)
    return {"store": name}


def wave_send(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Hand the messages of a wave to the gateway of the settings; what went out before its process ended stays out.

    Outside of the hours the job waits for them.
    """
    from goldloop import settings
    from goldloop.jobs import wave_outbox
    from goldloop.jobs.waves import merged_in
    from goldloop.jobs.writing import snapshot

    viewer, wave, kind = viewer_of(job, "sign_members"), job.arguments["wave"], job.arguments.get("kind", "list")
    sent = wave_outbox.wave_send(
        home, viewer, wave, wave_outbox.sender(settings.gateway()), kind=kind, merged=merged_in(snapshot(home)),
        clock=lambda: datetime.now(UTC), progress=tell,
    )  # fmt: skip
    if sent["waits_until"]:
        raise Later(datetime.fromisoformat(sent["waits_until"]))
    return sent


def demo(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Fill an empty home with the demo."""
    from goldloop.jobs.demo import demo as make

    shops.check_whole_group(viewer=viewer_of(job))
    made = make(home.root, size="small", seed=1, progress=tell)
    return {"stores": made.stores, "read": made.read}


def demo_end(home: Home, job: Job, tell: Telling) -> dict[str, Any]:
    """Take everything of the demo away, so that the home is empty again."""
    from goldloop.jobs.demo_end import end

    shops.check_whole_group(viewer=viewer_of(job))
    tell("undo", "")
    end(home)
    return {}


def _tried(tried: Any) -> dict[str, Any]:
    return {
        "fixed": len(tried.fixed),
        "open": len(tried.still_open),
        "receipts": [receipt.as_dict() for receipt in tried.receipts],
    }


KINDS: dict[str, Callable[[Home, Job, Telling], dict[str, Any]]] = {
    "look": look,
    "import": load,
    "fix": fix,
    "retry": retry,
    "undo": undo,
    "store_set": store_set,
    "wave_send": wave_send,
    "demo": demo,
    "demo_end": demo_end,
}
