"""Publishing the lake into object storage, and reading a published one."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from goldloop import settings
from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import lock, writing
from goldloop.jobs.progress import Progress, silent

if TYPE_CHECKING:
    from goldloop.lake.mirror import Mirrored
    from goldloop.lake.objects import Address

FRESH = 5.0  # seconds for which a process does not ask again what is published: a page asks many times
_known: dict[tuple[Path, Address], tuple[float, str, Mirrored]] = {}


def publish(
    home: Home, viewer: Viewer, url: str, *, sweep: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Make the newest state of the lake the one that readers of the address find; what is there already is not sent again.

    `sweep` removes files of states before. Files sent, `bytes`, files that were `there` and `removed` ones. Raises
    `group_right_needed`, `lake_read_only`, `lake_empty`, `storage_address`, and as `lake.publish.publish`.
    """
    from goldloop.lake import publish as published
    from goldloop.lake.objects import Objects

    shops.check_whole_group(viewer=viewer)
    lock.check_writable(home)
    address = settings.address(url)
    writing.renew(home)
    with lock.publishing(home):
        version = feeds.version_current()
        snapshot = writing.snapshot(home)
        if not version.versions:
            raise GoldloopError("lake_empty", "Nothing is loaded yet.", todo="goldloop import FILE")
        parts = {name: snapshot.parts(name) for name in version.versions}
        state = published.State(mark(home), version.settings, version.versions, parts)
        done = published.publish(
            Objects(address),
            snapshot,
            state,
            sweep=sweep,
            told=lambda sent, total: progress("publish", "", sent, total),
        )
    return {"address": str(address), **asdict(done)}


def newest(home: Home) -> Mirrored:
    """The state that is published at the address of this home.

    Raises `lake_unpublished`, `lake_of_another_home`, `lake_outdated`, `state_unreadable`, and `StorageError`.
    """
    from goldloop.lake import publish as published
    from goldloop.lake.mirror import mirrored
    from goldloop.lake.objects import Objects

    assert home.remote is not None
    place = home.root, home.remote
    known = _known.get(place)
    if known is not None and monotonic() - known[0] < FRESH:
        return known[2]
    objects = known[2].objects if known is not None else Objects(home.remote)
    name = published.current(objects, mark(home))
    if not name:
        raise GoldloopError(
            "lake_unpublished", "No lake is published at this address.", given=str(home.remote),
            todo=f"Where the lake is written: goldloop lake publish {home.remote}", address=str(home.remote),
        )  # fmt: skip
    # What is known of an unchanged state stays.
    opened = known[2] if known is not None and known[1] == name else mirrored(home.lake, objects, name)
    if opened.state.settings.get("columns") != writing.columns_mark():
        raise GoldloopError(
            "lake_outdated", "The published lake was written by another version of goldloop.", given=str(home.remote),
            todo="Use the same version on both sides, and publish again: goldloop lake publish",
        )  # fmt: skip
    _known[place] = monotonic(), name, opened
    return opened


def mark(home: Home) -> str:
    """What tells a home from others and nothing else: a state of another one would be read with wrong stores and keys."""
    return hashlib.sha256(b"goldloop lake of " + home.key("identity")).hexdigest()[:16]
