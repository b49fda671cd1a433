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
from goldloop.apps.members import api as members
from goldloop.apps.shops import api as shops
from goldloop.core.decided import Decided
from goldloop.core.exclusion import ExclusionRule
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs import lock, tidy
from goldloop.jobs.stops import stop_point
from goldloop.lake.schema import TABLES
from goldloop.lake.snapshot import Snapshot

if TYPE_CHECKING:
    from goldloop.lake.lake import Lake


LINKS = "facts/identities"
OF_PERSONS = (LINKS, "facts/orders", "facts/customers")  # what tells whose keys are one person's


def decided() -> Decided:
    """What people decided about keys, as it stands."""
    standing = members.decision_list(standing=True)
    merges = [(one.one, one.other) for one in standing if one.kind == "merge"]
    aparts = [(one.one, one.other) for one in standing if one.kind == "apart" and not one.joined_by]
    return Decided(merges, [one.one for one in standing if one.kind == "split"], aparts)


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
        """The table versions after a change; whose keys are one person's is told anew where that may have changed."""
        versions = {**self.base.versions, **changed}
        if all(versions.get(name) == self.base.versions.get(name) for name in OF_PERSONS):
            return versions
        same = versions.get(LINKS) == self.base.versions.get(LINKS)
        after = Snapshot(self.snapshot.root, versions)
        if same and not self.lake.persons_moved(self.snapshot, after, decided()):
            return versions
        return self.with_persons(versions)

    def with_persons(self, versions: Mapping[str, int]) -> dict[str, int]:
        """The table versions with persons as identities and decisions make them."""
        if "facts/identities" not in versions and not decided().merges and "ref/persons" not in versions:
            return dict(versions)
        return self.lake.publish_persons(Snapshot(self.snapshot.root, versions), decided()).versions


@contextmanager
def writing(home: Home, waiting: lock.Waiting | None = None) -> Iterator[Writing]:
    """Hold the writer lock. What a job before left when it was killed is first put in order: files and settled facts."""
    mark = home.locks / "lake.writing"
    with lock.writer(home, waiting):
        if mark.exists():
            tidy.after_a_kill(home)
        mark.touch()
        stores, rules = shops.store_list(), shops.exclusion_list()
        work = _work(home, stores, rules)
        if work.base.settings != work.settings:
            _settle(work)
            work = _work(home, stores, rules)
        yield work
        mark.unlink()


def without(work: Writing, import_ids: Sequence[int]) -> Snapshot:
    """The state to build on when these imports no longer count; nobody sees it before it is published."""
    if not import_ids:
        return work.snapshot
    undone = work.lake.undo(work.snapshot, import_ids=import_ids, stores=work.stores, rules=work.rules)
    return Snapshot(work.snapshot.root, work.versions(undone.versions))


def settle(home: Home) -> None:
    """Publish the stores and rules as they stand now; facts are finished again where that changes them."""
    stop_point("settings.after_change")
    with writing(home):
        pass


def renew(home: Home) -> None:
    """Make the facts anew where an older program wrote them, without the columns of today."""
    if home.remote is not None:
        return  # whoever publishes them does
    held = feeds.version_current()
    if any(n.startswith("facts/") for n in held.versions) and held.settings.get("columns") != columns_mark():
        settle(home)


def snapshot(home: Home) -> Snapshot:
    """The newest state of the lake, for readers; of a published lake the state that was published last."""
    if home.remote is not None:
        from goldloop.jobs import publishing

        return publishing.newest(home)
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
    if any(name.startswith("facts/") for name in versions):
        if work.base.settings.get("columns") != work.settings["columns"]:  # facts of an older program lack columns
            versions |= work.lake.rebuild(work.snapshot, stores=work.stores, rules=work.rules).versions
        elif _finish_changed(work):
            versions |= work.lake.refinish(work.snapshot, stores=work.stores, rules=work.rules).versions
    published = work.lake.publish_stores(Snapshot(work.snapshot.root, versions), work.stores)
    versions = work.with_persons({**versions, **published.versions})
    stop_point("settings.before_version")
    feeds.version_add(
        base=work.base, versions=versions, settings=work.settings, moment=datetime.now(UTC), reason="settings"
    )
    stop_point("settings.after_version")


def _settings(stores: Sequence[Store], rules: Sequence[ExclusionRule]) -> dict[str, str]:
    """Digests of what is published about all stores (`all`), of the columns of facts (`columns`), of what people decided
    about keys (`decisions`) and, per store id, of what its facts are finished by."""
    said = decided()
    digests = {
        "all": _digest([[getattr(store, name) for name in Store.__slots__] for store in stores]),
        "columns": columns_mark(),
        "decisions": _digest([sorted(some) for some in (said.merges, said.splits, said.aparts)]),
    }
    for store in stores:
        own = [[r.code, r.kind, list(r.values)] for r in rules if not r.stores or store.id in r.stores]
        digests[str(store.id)] = _digest([store.day_starts, store.gmv_amount, own])
    return digests


def columns_mark() -> str:
    """A digest of the columns that facts have today."""
    return _digest([[table.name, table.names] for table in TABLES.values()])


def _finish_changed(work: Writing) -> bool:
    before = work.base.settings
    return any(
        before.get(name) != digest
        for name, digest in work.settings.items()
        if name in before and name not in ("all", "columns", "decisions")
    )


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:16]
