"""数据: what came in, what is late, what waits for a person; one import; the demo."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.core.errors import GoldloopError
from goldloop.core.store import PLATFORMS
from goldloop.web import frame, receipts
from goldloop.web.pages import paged
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop

PAGE = 20
SIMPLE = ("taobao", "tmall", "jd", "douyin", "pdd")  # platforms whose currency and zone need not be said
STATES = ("done", "refused", "undone")


def page(request: Request) -> HttpResponse:
    """Everything about what comes in; the three first steps where nothing has."""
    from goldloop.apps.feeds import api as feeds
    from goldloop.apps.queue import api as jobs

    viewer, lang = request.viewer, request.lang
    user = request.user.pk
    place = paged(request, PAGE)
    store = _store(request)
    found = feeds.import_list(viewer=viewer, states=STATES, store=store.id if store else None, limit=PAGE + 1, offset=place.offset)  # fmt: skip
    running = jobs.job_list(user=user, states=("queued", "running"))
    ids = {one.name: one.id for one in request.shop.stores()}
    board = request.shop.feeds(store=store.name if store else None)
    context = {
        "running": running,
        "imports": [receipts.shown(one.as_dict(), lang) for one in found[:PAGE]],
        "pages": place.of(len(found)),
        "board": [_feed(one, ids, lang) for one in board],
        "waiting": sum(feeds.quarantine_counts(viewer=viewer).values()),
        "stores": request.shop.stores(),
        "store": store,
        "to_import": _left(user),
    }
    first = not found and not store and place.number == 1
    return frame.page(request, "web/data_first.html" if first else "web/data.html", context)


def show(request: Request, id: int) -> HttpResponse:
    """One import: its receipt, what became of its bad rows, and taking it back."""
    shop, lang = request.shop, request.lang
    receipt, later = shop.import_show(id)
    context = {
        "receipt": receipts.shown(receipt.as_dict(), lang),
        "later": [receipts.shown(one.as_dict(), lang) for one in later],
        "open": len(shop.quarantine(import_id=id)) if receipt.quarantined else 0,
    }
    return frame.page(request, "web/data_import.html", context)


def undo(request: Request, id: int) -> HttpResponse:
    """Take an import back, in a job."""
    from goldloop.jobs import queue

    check_loaded(request, id)
    job = queue.enqueue("undo", {"import": id}, user=request.user.pk)
    return HttpResponseRedirect(reverse("job", args=[job.id]))


def check_loaded(request: Request, id: int) -> None:
    """Raise `import_unknown`, or `import_not_done` where there is nothing to take back."""
    receipt, _ = request.shop.import_show(id)
    if receipt.state != "done":
        raise GoldloopError(
            "import_not_done", f"Import {id} is not loaded, so there is nothing to undo.", given=id, id=id
        )


def rhythm(request: Request) -> HttpResponse:
    """Say how often a report of a store is expected; nothing said leaves it to what is seen."""
    store = next((one for one in request.shop.stores() if str(one.id) == request.POST.get("store")), None)
    profile, days = request.POST.get("profile", ""), request.POST.get("days", "").strip() or "0"
    if store is None:
        raise GoldloopError("store_unknown", "There is no such store.", given=request.POST.get("store"), name=request.POST.get("store"))  # fmt: skip
    if not (days.isascii() and days.isdigit() and len(days) < 5):
        raise GoldloopError("rhythm_bad", "A rhythm is 1 to 366 days, or 0 for none.", given=days, allowed="0..366")
    known = {feed.profile for feed in request.shop.feeds(store=store.name)}
    if profile not in known:
        raise GoldloopError("profile_unknown", f"There is no profile '{profile}'.", given=profile, allowed=sorted(known), profile=profile)  # fmt: skip
    request.shop.feed_expect(store.name, profile, days=int(days))
    request.audit.note(stores=[store.id], days=int(days))
    return HttpResponseRedirect(f"{reverse('data')}#feeds")


def demo(request: Request) -> HttpResponse:
    """Fill an empty home with the demo, in a job."""
    from goldloop.jobs import queue

    _check_group(request)
    if request.shop.stores():
        raise GoldloopError("demo_home_used", "This home folder holds something else; the demo needs one of its own.", todo="goldloop demo --home DIR")  # fmt: skip
    return HttpResponseRedirect(reverse("job", args=[queue.enqueue("demo", {}, user=request.user.pk).id]))


def demo_end(request: Request) -> HttpResponse:
    """Take the demo away, in a job."""
    from goldloop.jobs import queue

    _check_group(request)
    return HttpResponseRedirect(reverse("job", args=[queue.enqueue("demo_end", {}, user=request.user.pk).id]))


def form(request: Request) -> dict[str, Any]:
    """What the form that takes files offers: stores, platforms, the limit; empty for who may import nowhere."""
    from goldloop.apps.shops import api as shops
    from goldloop.web.uploads import upload_limit

    if "data" not in request.rights:
        return {}
    viewer = request.access.viewer("data")
    stores = shops.stores_visible(viewer=viewer)
    return {
        "upload_stores": stores,
        "may_add_store": shops.sees_whole_group(viewer=viewer) and not frame.is_demo(),
        "platforms": PLATFORMS,
        "simple_platforms": " ".join(SIMPLE),
        "limit_mb": upload_limit() // 1_000_000,
        "limit_bytes": upload_limit(),
    }


def _check_group(request: Request) -> None:
    from goldloop.apps.shops import api as shops

    shops.check_whole_group(viewer=request.viewer)


def _store(request: Request) -> Any:
    """The store that the list is narrowed to; raises `store_unknown`."""
    asked = request.GET.get("store", "")
    stores = request.shop.stores()
    found = next((one for one in stores if str(one.id) == asked), None)
    if asked and found is None:
        raise GoldloopError("store_unknown", f"There is no store '{asked}'.", given=asked, allowed=[one.name for one in stores], name=asked)  # fmt: skip
    return found


def _left(user: int | None) -> list[Any]:
    """Looks of the last days whose files still wait for the word to import them."""
    from goldloop.apps.queue import api as jobs
    from goldloop.jobs import uploaded

    since = datetime.now(UTC) - uploaded.KEPT
    looks = jobs.job_list(user=user, kinds=("look",), states=("done",), limit=10)
    newest = {str(one.arguments["files"]): one for one in reversed(looks) if one.asked_at > since}
    home = whole_shop().home
    return [one for one in newest.values() if _is_here(home, one)]


def _is_here(home: Any, job: Any) -> bool:
    from goldloop.jobs import uploaded

    try:
        uploaded.file(home, uploaded.files(job.arguments)[0])
    except GoldloopError:
        return False
    return True


def _feed(feed: Any, ids: dict[str, int], lang: str) -> dict[str, Any]:
    return {
        "feed": feed,
        "store_id": ids[feed.store],
        "title": receipts.profile_title(feed.profile, lang),
        "rows": round(feed.rows_per_day) if feed.rows_per_day is not None else None,
        "normal": round(feed.normal_rows_per_day) if feed.normal_rows_per_day is not None else None,
    }
