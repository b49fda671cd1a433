"""Stores and exclusion rules: the database says what a person set, the lake follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.store import GmvAmount, Store
from goldloop.home import Home
from goldloop.jobs.lock import check_writable
from goldloop.jobs.writing import settle


def store_add(
    home: Home,
    *,
    name: str,
    platform: str,
    currency: str | None,
    timezone: str | None,
    day_starts: int,
    opened_on: date | None,
    identity_limit: float,
    gmv_amount: GmvAmount = "merchant",
) -> Store:
    """Add a store and publish it to the lake."""
    check_writable(home)
    store = shops.store_add(
        name=name,
        platform=platform,
        currency=currency,
        timezone=timezone,
        day_starts=day_starts,
        opened_on=opened_on,
        identity_limit=identity_limit,
        gmv_amount=gmv_amount,
    )
    settle(home)
    return store


def store_set(
    home: Home,
    *,
    name: str,
    day_starts: int | None = None,
    opened_on: date | None = None,
    identity_limit: float | None = None,
    gmv_amount: GmvAmount | None = None,
) -> Store:
    """Change settings of a store; its facts are finished again when they depend on them."""
    check_writable(home)
    store = shops.store_set(
        name=name,
        day_starts=day_starts,
        opened_on=opened_on,
        identity_limit=identity_limit,
        gmv_amount=gmv_amount,
    )
    settle(home)
    return store


def is_bare(store: int) -> bool:
    """Whether nothing is loaded of a store, so that no row was read by its platform, currency and time zone."""
    return not feeds.import_list(viewer=shops.owner_viewer(), states=("done", "reading"), store=store, limit=1)


def store_correct(*, store: Store, platform: str, currency: str | None = None, timezone: str | None = None) -> Store:
    """Say anew where a store sells that nothing is loaded of; raises `store_used`. The lake learns of it with the first import."""
    if not is_bare(store.id):
        raise GoldloopError(
            "store_used",
            f"Files of the store '{store.name}' are loaded already; they were read as those of {store.platform}.",
            given=store.name,
            name=store.name,
            platform=store.platform,
        )
    return shops.store_correct(id=store.id, platform=platform, currency=currency, timezone=timezone)


def exclusion_add(
    home: Home, *, code: str, kind: str, values: Sequence[str], stores: Sequence[str], platforms: Sequence[str]
) -> None:
    """Add an exclusion rule and finish the facts again by it; `stores` are names."""
    check_writable(home)
    ids = [shops.store_by_name(name=name).id for name in stores]
    shops.exclusion_add(code=code, kind=kind, values=values, stores=ids, platforms=platforms)
    settle(home)


def exclusion_remove(home: Home, *, code: str) -> None:
    """Remove an exclusion rule and finish the facts again without it."""
    check_writable(home)
    shops.exclusion_remove(code=code)
    settle(home)
