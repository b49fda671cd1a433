"""One member: her purchases in the stores that the viewer may see, as figures count them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from goldloop.core.store import Store

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

MOST = 500  # purchases that are told, the newest first
_SAFE = frozenset("0123456789abcdef")


def purchases(engine: Engine, stores: Mapping[int, Store], person: str) -> list[dict[str, Any]]:
    """Orders of a person that count, the newest first: store, order_id, day, currency, gmv and refunded (minor), units."""
    if not stores or not set(person) <= _SAFE:
        return []
    visible = ", ".join(str(id) for id in sorted(stores))
    sql = (
        'SELECT store, order_id, day, currency, gmv, refunded, units, region FROM "orders" '
        f"WHERE buyer_key = '{person}' AND counts AND store IN ({visible}) ORDER BY day DESC, store, order_id LIMIT {MOST}"
    )
    return engine.run(sql, {}).dicts()


def called(engine: Engine, stores: Mapping[int, Store], begin: str, *, most: int = 5) -> list[str]:
    """People of these stores whose key begins like this, at most `most`; nobody for anything but hex digits."""
    if not stores or not begin or not set(begin) <= _SAFE:
        return []
    visible = ", ".join(str(id) for id in sorted(stores))
    sql = (
        f'SELECT DISTINCT buyer_key FROM (SELECT buyer_key, store FROM "orders" UNION ALL SELECT buyer_key, store FROM "customers") AS known '
        f"WHERE buyer_key LIKE '{begin}%' AND store IN ({visible}) ORDER BY 1 LIMIT {most}"
    )
    return [str(row[0]) for row in engine.run(sql, {}).rows]
