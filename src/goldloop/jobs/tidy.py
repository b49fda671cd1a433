"""Removing what nobody needs any more: files of killed writers, replaced files, kept sources without an import.

A file of the lake is safe to remove when no state that a reader may have open names it. What a killed writer left was
never named by any; replaced files are kept as long as a reader that opened the state before them may run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.home import Home
from goldloop.jobs import lock, scratch
from goldloop.jobs.vault import Vault
from goldloop.lake.snapshot import Snapshot

READERS = timedelta(hours=1)  # longer than anybody reads from one state


@dataclass(frozen=True, slots=True)
class Tidied:
    """Bytes of lake files that became free, and how many kept sources and temporary folders were removed."""

    bytes: int
    sources: int
    folders: int

    def as_dict(self) -> dict[str, Any]:
        """As `goldloop lake tidy --json` prints it."""
        return asdict(self)


def after_a_kill(home: Home) -> Tidied:
    """Remove what a killed writer left. The caller holds the writer lock and has not yet written anything."""
    from goldloop.lake.lake import Lake

    now = feeds.version_current()
    freed = Lake(str(home.lake)).sweep(Snapshot(str(home.lake), now.versions), newer_than=now.made_at)
    return Tidied(freed, _sources(home), scratch.tidy(home))


def tidy(home: Home) -> Tidied:
    """Remove all that nobody needs; files of states that were replaced less than an hour ago stay."""
    from goldloop.jobs import same_rows  # it loads all of reading, which a question does not need
    from goldloop.lake.lake import Lake

    if home.remote is not None:
        return Tidied(_mirror(home), _sources(home), scratch.tidy(home))
    with lock.writer(home):
        states = feeds.versions_since(moment=datetime.now(UTC) - READERS)
        snapshots = [Snapshot(str(home.lake), state.versions) for state in states]
        newest = snapshots.pop() if snapshots else Snapshot(str(home.lake), {})
        freed = Lake(str(home.lake)).sweep(newest, keep=snapshots)
        same_rows.tidy(home)
        return Tidied(freed, _sources(home), scratch.tidy(home))


def _mirror(home: Home) -> int:
    """Remove what was fetched of earlier states of a published lake; the bytes that became free."""
    from goldloop.jobs import publishing
    from goldloop.lake.mirror import swept

    publishing.newest(home)  # its list is the last one that was fetched
    return swept(home.lake, (datetime.now(UTC) - READERS).timestamp())


def _sources(home: Home) -> int:
    """Remove kept files that no import rests on; whoever claims one keeps it under the same lock, after its claim."""
    vault = Vault(home.sources, home.key("home"))
    with lock.kept_files(home):
        vault.tidy()
        loose = vault.contents() - feeds.source_hashes()
        for content in loose:
            vault.drop(content)
    return len(loose)
