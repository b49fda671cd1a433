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
from goldloop.metrics.answer import write
from goldloop.metrics.reconcile import Scope, reconcile

if TYPE_CHECKING:
    from goldloop.lake.snapshot import Snapshot


def compare(
    snapshot: Snapshot, viewer: Viewer, between: str, *, store: str | None, period: Period, limit: int | None
) -> dict[str, Any]:
    """The comparison ready for JSON: scope, totals, kinds, lines (amounts as text of major units) and state of the data."""
    chosen = _store(viewer, store)
    for figure in ("gmv", "refunds") if between == "orders,refunds" else ("gmv",):
        viewer.check_visible(figure)
    scope = Scope(snapshot, chosen, shops.exclusion_list(), period.first, period.last)
    found = reconcile(scope, between, limit=limit)
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
        "data": {"imports": _imports(chosen)},
    }


def _store(viewer: Viewer, name: str | None) -> Store:
    """The store of that name, or the only one; raises `store_unknown` or `reconcile_store`.

    A store outside the viewer's rights is the same as one that does not exist.
    """
    visible = {s.name: s for s in shops.store_list() if viewer.may_see(s.id)}
    if name is None and len(visible) != 1:
        raise GoldloopError(
            "reconcile_store", "Sources are compared for one store.", allowed=sorted(visible), todo="--store NAME"
        )
    chosen = next(iter(visible)) if name is None else name.strip()
    if chosen not in visible:
        raise GoldloopError(
            "store_unknown", f"There is no store '{name}'.", given=name, allowed=sorted(visible), todo="goldloop store list", name=name
        )  # fmt: skip
    return visible[chosen]


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


def _imports(store: Store) -> list[dict[str, Any]]:
    """Per profile of the store: how many files are loaded and when the newest one came."""
    found: dict[str, dict[str, Any]] = {}
    for receipt in feeds.import_list(states=("done",), store=store.id):  # newest first
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
