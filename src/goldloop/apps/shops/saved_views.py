"""Views that people save: a page with its choices under a name, at an address that stays, alone or for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from goldloop.apps.shops import models
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

LONGEST_QUERY = 4000  # characters


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as one reader sees it: `mine` tells whether she may change it, `by` whose it is."""

    key: str
    name: str
    query: str
    rolling: bool
    shared: bool
    mine: bool
    by: str


def view_list(*, user: models.User, viewer: Viewer) -> list[View]:
    """Her own views and those that others share and all of whose stores she may see, by name; her own first."""
    rows = models.SavedView.objects.select_related("user").filter(Q(user=user) | Q(shared=True)).order_by("name", "id")
    found = [_of(row, user) for row in rows if _reaches(row, user, viewer)]
    return sorted(found, key=lambda view: not view.mine)


def view_show(*, user: models.User, viewer: Viewer, key: str) -> View:
    """The view of that key; raises `view_unknown`, also for one that is not for her."""
    return _of(_row(user, viewer, key), user)


def view_save(
    *,
    user: models.User,
    viewer: Viewer,
    name: str,
    query: str,
    stores: Sequence[int],
    rolling: bool,
    shared: bool,
    key: str,
    now: datetime,
) -> View:
    """Keep a view under a name; one of hers of that name is replaced and keeps its address, a new one gets `key`.

    Raises `view_name_bad`, `view_too_long` or `store_unknown`.
    """
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= 80 or not clean.isprintable():
        raise GoldloopError("view_name_bad", "A view needs a name of 1 to 80 printable characters.", given=name[:80])
    if len(query) > LONGEST_QUERY:
        raise GoldloopError("view_too_long", "This page has too many choices to be saved.", given=len(query), allowed=LONGEST_QUERY)  # fmt: skip
    for store in stores:
        if not viewer.may_see(store):
            raise GoldloopError("store_unknown", f"There is no store '{store}'.", given=store, name=store)
    said = {"query": query, "stores": sorted(stores), "rolling": rolling, "shared": shared, "saved_at": now}
    with transaction.atomic():
        row, _ = models.SavedView.objects.update_or_create(
            user=user, name=clean, defaults=said, create_defaults={**said, "key": key}
        )
    return _of(row, user)


def view_remove(*, user: models.User, viewer: Viewer, key: str) -> View:
    """Take one of her own views away; raises `view_unknown`."""
    row = _row(user, viewer, key)
    if row.user_id != user.pk:
        raise _unknown(key)
    row.delete()
    return _of(row, user)


def _row(user: models.User, viewer: Viewer, key: str) -> models.SavedView:
    row = models.SavedView.objects.select_related("user").filter(key=key).first()
    if row is None or not _reaches(row, user, viewer):
        raise _unknown(key)
    return row


def _unknown(key: str) -> GoldloopError:
    return GoldloopError("view_unknown", f"There is no saved view '{key}'.", given=key, key=key)


def _reaches(row: models.SavedView, user: models.User, viewer: Viewer) -> bool:
    """Whether a view is there for this person: her own, or a shared one about stores that she may see."""
    return row.user_id == user.pk or (row.shared and all(viewer.may_see(store) for store in row.stores))


def _of(row: models.SavedView, user: models.User) -> View:
    mine = row.user_id == user.pk
    return View(row.key, row.name, row.query, row.rolling, row.shared, mine, row.user.get_username())
