"""店铺: the settings by which each store is counted. Saving them works out again what is loaded, in a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from goldloop.apps.shops import api as shops
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import read_amount
from goldloop.core.store import GMV_AMOUNTS, Store
from goldloop.web import frame
from goldloop.web.request import Request
from goldloop.web.words import word

# Which field of the form an error is about.
FIELDS = {
    "time_bad": "day_starts",
    "day_bad": "opened_on",
    "identity_limit_bad": "identity_limit",
    "gmv_amount_unknown": "gmv_amount",
}


def page(request: Request) -> HttpResponse:
    """Her stores, each with its settings."""
    return _page(request)


def change(request: Request, id: int) -> HttpResponse:
    """Change what is different from the store's settings, in a job."""
    from goldloop.jobs import queue

    store = next((one for one in request.shop.stores() if one.id == id), None)
    if store is None:
        raise GoldloopError("store_unknown", f"There is no store '{id}'.", given=id, name=str(id))
    request.audit.note(target=store.name, stores=[id])
    try:
        changed = _changed(store, request.POST)
    except GoldloopError as error:
        if error.code not in FIELDS:
            raise
        request.audit.note(result="refused", code=error.code)
        return _page(request, store=id, error=error)
    request.audit.note(**changed)
    if not changed:
        messages.info(request, word("stores.unchanged", request.lang))
        return redirect("stores")
    job = queue.enqueue("store_set", {"store": id, "settings": changed}, user=request.user.pk)
    return redirect("job", job.id)


def _changed(store: Store, given: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the form that are not the store's already; an empty field leaves one as it is."""
    from goldloop.cli import parse

    said: dict[str, Any] = {
        "day_starts": parse.minutes(given["day_starts"]) if given.get("day_starts") else None,
        "opened_on": parse_day(given["opened_on"]) if given.get("opened_on") else None,
        "identity_limit": _share(given["identity_limit"]) if given.get("identity_limit") else None,
        "gmv_amount": given.get("gmv_amount") or None,
    }
    shops.settings_check(**{name: value for name, value in said.items() if name != "opened_on"})
    changed = {name: value for name, value in said.items() if value is not None and value != getattr(store, name)}
    return changed | ({"opened_on": str(changed["opened_on"])} if "opened_on" in changed else {})


def _share(text: str) -> float:
    """Percent as a share; what is no number is no share either."""
    percent = read_amount(text)
    return -1.0 if percent is None else float(percent / 100)


def _page(request: Request, *, store: int | None = None, error: GoldloopError | None = None) -> HttpResponse:
    """All stores; that of an error with what was typed, and the error beside its field."""
    from goldloop.cli.words import Words

    rows = [{"store": one, "wrong": {}, **_filled(one)} for one in request.shop.stores()]
    for row in rows:
        if error is not None and row["store"].id == store:
            row |= {name: request.POST.get(name, "") for name in FIELDS.values()}
            row["wrong"] = {FIELDS[error.code]: Words(request.lang).error(error)}
    context = {"tab": "stores", "rows": rows, "amounts": GMV_AMOUNTS}
    return frame.page(request, "account/stores.html", context, status=400 if error else 200)


def _filled(store: Store) -> dict[str, Any]:
    """The form of a store as it stands."""
    return {
        "day_starts": f"{store.day_starts // 60:02d}:{store.day_starts % 60:02d}",
        "opened_on": str(store.opened_on or ""),
        "identity_limit": f"{store.identity_limit * 100:g}",
        "gmv_amount": store.gmv_amount,
    }
