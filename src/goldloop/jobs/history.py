"""The statuses of one order as files showed them over time, read from what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import PLATFORM
from goldloop.core.viewer import Viewer

if TYPE_CHECKING:
    from goldloop.lake.snapshot import Snapshot


def order_history(snapshot: Snapshot, viewer: Viewer, order_id: str) -> list[dict[str, Any]]:
    """One row per status that a file was the first to show of the order or one of its lines, oldest first.

    Keys: store, line (empty: the order itself), moment (of the statement), status, status_raw, source (rank), file, row.
    Raises `order_unknown`.
    """
    import pyarrow as pa

    from goldloop.lake.lake import Lake

    stores = {store.id: store.name for store in shops.stores_visible(viewer=viewer)}
    lake, keys, found = Lake(snapshot.root), pa.table({"order_id": [order_id]}), list[dict[str, Any]]()
    for table in ("orders", "order_lines"):
        found += [r for r in lake.statements_of(snapshot, table, keys).to_pylist() if r["store"] in stores]
    if not found:
        raise GoldloopError(
            "order_unknown", f"No file speaks of the order '{order_id}'.", given=order_id, order=order_id
        )
    sources = {s.id: s for s in feeds.import_sources(ids={row["import_id"] for row in found})}
    last: dict[tuple[int, str, str], tuple[Any, Any]] = {}
    changes = []
    for row in sorted(found, key=lambda r: (r["_moment"], r["import_id"], r["_row"])):
        line, rank = row.get("line_key") or "", row["told_by"] or PLATFORM
        status, before = (row["status"], row["status_raw"]), last.get((row["store"], line, rank))
        if status in ((None, None), before):
            continue
        last[row["store"], line, rank] = status
        source = sources[row["import_id"]]
        changes.append({
            "store": stores[row["store"]], "line": line, "moment": str(row["_moment"]), "status": row["status"],
            "status_raw": row["status_raw"], "source": rank,
            "file": "/".join(p for p in (source.file_name, source.member, source.sheet) if p), "row": row["_row"],
        })  # fmt: skip
    return changes
