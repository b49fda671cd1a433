"""Making all facts anew from what every import said, and whether they are the ones that stood there before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.home import Home
from goldloop.jobs.writing import writing
from goldloop.lake.snapshot import Snapshot


def rebuild(home: Home) -> dict[str, Any]:
    """Derive every fact again and publish the result.

    Returns `facts` (table -> how many there are now) and `different` (table -> how many stand on one side only, before
    or after; empty when the rebuilt facts are the same).
    """
    with writing(home) as work:
        loaded = work.lake.rebuild(work.snapshot, stores=work.stores, rules=work.rules)
        versions = work.versions(loaded.versions)
        different = work.lake.differences(work.snapshot, Snapshot(work.snapshot.root, versions))
        feeds.version_add(
            base=work.base, versions=versions, settings=work.settings, moment=datetime.now(UTC), reason="rebuild"
        )
    return {"facts": {name: count.new for name, count in sorted(loaded.tables.items())}, "different": different}
