"""Take imports back: their statements leave the lake, and what older files said holds again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs.import_file import drop_kept
from goldloop.jobs.stops import stop_point
from goldloop.jobs.writing import writing


def import_undo(home: Home, viewer: Viewer, ids: Sequence[int]) -> dict[str, Any]:
    """Undo imports, with the rows of theirs that were fixed later. Kept files that nothing needs any more are removed.

    Returns `undone` (ids), and `facts` (table -> how many facts went or changed). Raises `import_unknown`, or
    `import_not_done` when one of them is not loaded (any more); then nothing is undone.
    """
    with writing(home) as work:
        together = _with_children(viewer, ids)
        loaded = work.lake.undo(work.snapshot, import_ids=together, stores=work.stores, rules=work.rules)
        stop_point("undo.before_receipt")
        feeds.import_undo(
            ids=together,
            base=work.base,
            versions=work.versions(loaded.versions),
            settings=work.settings,
            moment=datetime.now(UTC),
        )
        stop_point("undo.after_receipt")
        for content in {source.content_hash for source in feeds.import_sources(ids=together)}:
            drop_kept(home, content)
    tables = {
        name: {"removed": count.removed, "updated": count.updated} for name, count in sorted(loaded.tables.items())
    }
    return {"undone": together, "facts": tables}


def _with_children(viewer: Viewer, ids: Sequence[int]) -> list[int]:
    together: set[int] = set()
    for id in ids:
        receipt = feeds.import_show(viewer=viewer, id=id)
        if receipt.state != "done":
            raise GoldloopError(
                "import_not_done",
                f"Import {id} is not loaded, so there is nothing to undo.",
                given=id,
                allowed=[other.id for other in feeds.import_list(viewer=viewer, states=("done",))[:20]],
                todo="goldloop imports list --all",
                id=id,
            )
        children = feeds.import_children(viewer=viewer, id=id)
        together |= {id, *(child.id for child in children if child.state == "done" and child.id)}
    return sorted(together)
