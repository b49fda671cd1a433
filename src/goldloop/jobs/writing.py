"""Being the one writer of the lake: the lock, the state to start from, and facts that follow the settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.exclusion import ExclusionRule
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs import lock
from goldloop.lake.snapshot import Snapshot

if TYPE_CHECKING:
    from goldloop.lake.lake import Lake


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer works on: the lake, the state it starts from, and the settings that finish facts."""

    lake: Lake
    base: feeds.Version
    snapshot: Snapshot
    stores: dict[int, Store]
    rules: list[ExclusionRule]
    settings: dict[str, str]

    def versions(self, changed: Mapping[str, int]) -> dict[str, int]:
        """The table versions after a change."""
        return {**self.base.versions, **changed}


@contextmanager
def writing(home: Home, waiting: lock.Waiting | None = None) -> Iterator[Writing]:
    """Hold the writer lock. Facts are first brought in line with stores and rules where a job before was killed."""
    with lock.writer(home, waiting):
        stores, rules = shops.store_list(), shops.exclusion_list()
        work = _work(home, stores, rules)
        if work.base.settings != work.settings:
            _settle(work)
            work = _work(home, stores, rules)
        yield work


def settle(home: Home) -> None:
    """Publish the stores and rules as they stand now; facts are finished again where that changes them."""
    with writing(home):
        pass


def snapshot(home: Home) -> Snapshot:
    """The newest state of the lake, for readers."""
    return Snapshot(str(home.lake), feeds.version_current().versions)


def _work(home: Home, stores: Sequence[Store], rules: list[ExclusionRule]) -> Writing:
    from goldloop.lake.lake import Lake  # with its engine; readers of a snapshot do without

    base = feeds.version_current()
    return Writing(
        lake=Lake(str(home.lake)),
        base=base,
        snapshot=Snapshot(str(home.lake), base.versions),
        stores={store.id: store for store in stores},
        rules=rules,
        settings=_settings(stores, rules),
    )


def _settle(work: Writing) -> None:
    versions = dict(work.base.versions)
    if any(name.startswith("facts/") for name in versions) and _finish_changed(work):
        loaded = work.lake.refinish(work.snapshot, stores=work.stores, rules=work.rules)
        versions |= loaded.versions
    published = work.lake.publish_stores(Snapshot(work.snapshot.root, versions), work.stores)
    versions |= published.versions
    feeds.version_add(
        base=work.base, versions=versions, settings=work.settings, moment=datetime.now(UTC), reason="settings"
    )


def _settings(stores: Sequence[Store], rules: Sequence[ExclusionRule]) -> dict[str, str]:
    """Digests of what is published about all stores (`all`) and, per store id, of what its facts are finished by."""
    digests = {"all": _digest([[getattr(store, name) for name in Store.__slots__] for store in stores])}
    for store in stores:
        own = [[r.code, r.kind, list(r.values)] for r in rules if not r.stores or store.id in r.stores]
        digests[str(store.id)] = _digest([store.day_starts, own])
    return digests


def _finish_changed(work: Writing) -> bool:
    before = work.base.settings
    return any(before.get(name) != digest for name, digest in work.settings.items() if name in before and name != "all")


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:16]
