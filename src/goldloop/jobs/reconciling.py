"""Comparing sources: finds the store and its days, asks for the comparison, and adds file and row of both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import ERP
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import reconcile
from goldloop.metrics.answer import write

if TYPE_CHECKING:
    from goldloop.lake.snapshot import Snapshot


def loaded_days(snapshot: Snapshot, viewer: Viewer, between: str, *, store: str | None) -> tuple[date, date] | None:
    """First and last day that the two sources hold of the store; raises `store_unknown` or `reconcile_store`."""
    return reconcile.loaded_days(snapshot, one_store(viewer, store), between)


def compare(
    snapshot: Snapshot, viewer: Viewer, between: str, *, store: str | None, period: Period, limit: int | None
) -> dict[str, Any]:
    """The comparison ready for JSON: scope, totals, kinds, lines (amounts as text of major units) and state of the data."""
    chosen = one_store(viewer, store)
    for figure in ("gmv", "refunds") if between == "orders,refunds" else ("gmv",):
        viewer.check_visible(figure, [chosen.id])
    scope = reconcile.Scope(snapshot, chosen, shops.exclusion_list(), period.first, period.last)
    found = reconcile.reconcile(scope, between, limit=limit)
    lines, columns = found.rows, dict(found.columns)
    if between == "platform,erp":
        places = _places(snapshot, chosen, [line["order_id"] for line in lines])
        for side in ("platform", "erp"):
            columns |= {f"file_{side}": "text", f"row_{side}": "count"}
            for line in lines:
                line[f"file_{side}"], line[f"row_{side}"] = places.get((line["order_id"], side), (None, None))
    money = chosen.currency
    return {
        "between": between,
        "scope": {"store": chosen.name, "from": str(period.first), "to": str(period.last), "currency": money},
        "totals": {name: write(value, unit, money) for name, (value, unit) in found.totals.items()},
        "closes": found.closes,
        "kinds": [{**k, "difference": write(k["difference"], "money", money)} for k in found.kinds],
        "components": [
            {n: v if n == "component" else write(v, "money", money) for n, v in c.items()} for c in found.components
        ],
        "columns": columns,
        "rows": [{name: _plain(line[name], unit, money) for name, unit in columns.items()} for line in lines],
        "count": found.count,
        "left": found.count - len(lines),
        "data": {"imports": imports_of(viewer, chosen)},
    }


def one_store(viewer: Viewer, name: str | None) -> Store:
    """The store of that name, or the only one that the viewer may see; raises `store_unknown` or `reconcile_store`."""
    if name is not None:
        return shops.store_visible(viewer=viewer, name=name)
    visible = shops.stores_visible(viewer=viewer)
    if len(visible) != 1:
        raise GoldloopError(
            "reconcile_store",
            "Sources are compared for one store.",
            allowed=sorted(s.name for s in visible),
            todo="--store NAME",
        )
    return visible[0]


def _places(snapshot: Snapshot, store: Store, orders: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, int]]:
    """(order, side) -> file (with member and sheet) and row of the newest statement about the order on that side."""
    import pyarrow as pa

    from goldloop.lake.lake import Lake

    keys = pa.table(
        {"store": pa.array([store.id] * len(orders), pa.int64()), "order_id": pa.array(orders, pa.string())}
    )
    said = Lake(snapshot.root).statements_of(snapshot, "orders", keys)  # oldest first
    ids, tellers, imports, rows = (said[n].to_pylist() for n in ("order_id", "told_by", "import_id", "_row"))
    newest = {
        (order, "erp" if teller == ERP else "platform"): (number, row)
        for order, teller, number, row in zip(ids, tellers, imports, rows, strict=True)
    }
    files = {
        s.id: "/".join(p for p in (s.file_name, s.member, s.sheet) if p) for s in feeds.import_sources(ids=set(imports))
    }
    return {key: (files[number], row) for key, (number, row) in newest.items()}


def imports_of(viewer: Viewer, store: Store) -> list[dict[str, Any]]:
    """Per profile of the store: how many files are loaded and when the newest one came."""
    found: dict[str, dict[str, Any]] = {}
    for receipt in feeds.import_list(viewer=viewer, states=("done",), store=store.id):  # newest first
        if receipt.parent is None:
            row = found.setdefault(
                receipt.profile, {"profile": receipt.profile, "files": 0, "newest": str(receipt.started_at)}
            )
            row["files"] += 1
    return [found[key] for key in sorted(found)]


def _plain(value: Any, unit: str, currency: str) -> Any:
    if isinstance(value, date):
        return str(value)
    return write(value, unit, currency) if unit == "money" else value
