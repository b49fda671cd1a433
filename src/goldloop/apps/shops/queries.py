"""Reads: stores, the tree, exclusion rules and what a person may see."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from goldloop.apps.shops import models
from goldloop.core.errors import GoldloopError
from goldloop.core.exclusion import ExclusionRule, Kind
from goldloop.core.store import GmvAmount, Store
from goldloop.core.viewer import Viewer


def store_of(row: models.Store) -> Store:
    """The frozen settings of one store row."""
    return Store(
        id=row.pk,
        name=row.name,
        platform=row.platform,
        currency=row.currency,
        timezone=row.timezone,
        day_starts=row.day_starts,
        opened_on=row.opened_on,
        identity_limit=row.identity_limit,
        gmv_amount=cast(GmvAmount, row.gmv_amount),
    )


def store_list() -> list[Store]:
    """All stores, oldest first."""
    return [store_of(row) for row in models.Store.objects.order_by("id")]


def store_by_name(*, name: str) -> Store:
    """The store of that name, whoever asks. Raises `store_unknown`, which lists the names there are."""
    return store_among(stores=store_list(), name=name)


def stores_visible(*, viewer: Viewer) -> list[Store]:
    """The stores that a viewer may see, oldest first."""
    return [store for store in store_list() if viewer.may_see(store.id)]


def store_visible(*, viewer: Viewer, name: str) -> Store:
    """The store of that name; one outside the viewer's rights is `store_unknown` like one that does not exist."""
    return store_among(stores=stores_visible(viewer=viewer), name=name)


def store_among(*, stores: Sequence[Store], name: str) -> Store:
    """That one of these stores; raises `store_unknown`, which lists their names and no others."""
    for store in stores:
        if store.name == name.strip():
            return store
    names = [store.name for store in stores]
    near = difflib.get_close_matches(name, names, n=1)
    raise GoldloopError(
        "store_unknown",
        f"There is no store '{name}'.",
        given=name,
        allowed=names,
        todo=f"Did you mean '{near[0]}'?" if near else f"goldloop store add '{name}' --platform PLATFORM",
        name=name,
    )


def sees_whole_group(*, viewer: Viewer) -> bool:
    """Whether no store is outside the viewer's rights."""
    return all(viewer.may_see(store.id) for store in store_list())


def check_whole_group(*, viewer: Viewer) -> None:
    """Raise `group_right_needed` unless the viewer may see every store: for what reaches all of them at once."""
    if not sees_whole_group(viewer=viewer):
        raise GoldloopError(
            "group_right_needed",
            f"This reaches every store of the group, and {viewer.name} may not see all of them.",
            given=viewer.name,
            todo="Ask the owner to do it.",
            name=viewer.name,
        )


def owner_viewer() -> Viewer:
    """The rights of the owner of the shop group: every store, nothing hidden."""
    ids = models.Store.objects.values_list("id", flat=True)
    return Viewer(stores=frozenset(ids), name="owner")


def unit_tree() -> list[dict[str, object]]:
    """The organisation tree as rows (id, parent, kind, name, depth), each unit right below the one it belongs to."""
    return [
        {"id": unit.pk, "parent": unit.parent_id, "kind": unit.kind, "name": unit.name, "depth": unit.tree_depth}
        for unit in models.OrgUnit.objects.with_tree_fields()
    ]


def store_unit_on(*, store: int, day: date) -> int | None:
    """Id of the unit to which a store belongs on a day; None before its first membership."""
    rows = models.StoreMembership.objects.filter(store_id=store, valid_from__lte=day)
    return rows.order_by("-valid_from").values_list("unit_id", flat=True).first()


def exclusion_list() -> list[ExclusionRule]:
    """The rules as the lake applies them: platforms are spelled out as stores, rules without a store are left out."""
    by_platform: dict[str, set[int]] = {}
    for store in store_list():
        by_platform.setdefault(store.platform, set()).add(store.id)
    rules = []
    for row in models.ExclusionRule.objects.order_by("code").prefetch_related("stores"):
        stores = {store.pk for store in row.stores.all()}
        everywhere = not stores and not row.platforms
        for platform in row.platforms:
            stores |= by_platform.get(platform, set())
        if stores or everywhere:
            rules.append(ExclusionRule(row.code, cast(Kind, row.kind), tuple(row.values), frozenset(stores)))
    return rules


def exclusion_rows() -> list[dict[str, Any]]:
    """The rules as a person set them: code, kind, values, platforms and store names."""
    return [
        {
            "code": row.code,
            "kind": row.kind,
            "values": list(row.values),
            "platforms": list(row.platforms),
            "stores": sorted(store.name for store in row.stores.all()),
        }
        for row in models.ExclusionRule.objects.order_by("code").prefetch_related("stores")
    ]
