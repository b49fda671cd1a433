"""How people may be reached: a list that the shop brings itself, kept sealed, linked to buyers by the key an import makes.

A phone counts with the moment and the source of its consent only; phones out of orders are refused. The list never
reaches the lake (docs/decisions/0034-waves.md).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Reached
from goldloop.apps.members import api as members
from goldloop.apps.shops import api as shops
from goldloop.connectors import identity
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs.vault import Seal

COLUMNS = ("buyer", "phone", "consented_at", "source", "stopped_at")
FROM_ORDERS = ("order", "订单", "收货", "receiver")  # a phone somebody gave to get a parcel is no consent
FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet would run
MOBILE = 11


def contacts_import(home: Home, viewer: Viewer, path: Path, *, store: str) -> dict[str, Any]:
    """Keep a list of contacts: `buyer` (the account as orders name it), `phone`, `consented_at`, `source`, `stopped_at`.

    Returns how many were kept by channel, and how many lines were refused for what. Raises `wave_contacts_bad`,
    `store_unknown`, and as reading a file does.
    """
    from goldloop.connectors.readers import sheets

    shop = shops.store_visible(viewer=viewer, name=store)
    table = next(iter(sheets(path))).table(1)
    if "buyer" not in table.column_names and "phone" not in table.column_names:
        raise GoldloopError(
            "wave_contacts_bad", "The list names neither buyers nor phones.", given=table.column_names[:20],
            allowed=list(COLUMNS),
        )  # fmt: skip
    seal = Seal(home.key("home"))
    found: dict[tuple[str, str], Reached] = {}
    refused: dict[str, int] = {}
    lines = [{name: str(line.get(name) or "").strip() for name in COLUMNS} for line in table.to_pylist()]
    for cells, keys in zip(lines, _keys(lines, shop, home.key("identity")), strict=True):
        kept, reasons = _read(cells, keys, seal)
        found |= {(one.person, one.channel): one for one in kept}
        for reason in reasons:
            refused[reason] = refused.get(reason, 0) + 1
    campaigns.contacts_put(found=list(found.values()))
    counts = {name: sum(one.channel == name for one in found.values()) for name in campaigns.CHANNELS}
    return {"store": shop.name, **counts, "refused": refused}


def reachable(channel: str) -> dict[str, Reached]:
    """How people may be reached by a channel, by key: the brought list, and consents that were given singly."""
    given = {
        one.key: Reached(one.key, one.kind, one.address, one.given_at, one.source, one.withdrawn_at)
        for one in members.consents_of()
        if one.kind == channel
    }
    return {**given, **campaigns.contacts(channel=channel)}


def stopped() -> set[str]:
    """The keys of everybody who wants no more messages: as the list says, or by a consent that was withdrawn."""
    return campaigns.stopped() | {one.key for one in members.consents_of() if one.withdrawn_at is not None}


def _keys(lines: list[dict[str, str]], shop: Store, secret: bytes) -> list[tuple[str | None, ...]]:
    """What an import makes of each line's account, as an e-mail and as the platform's, and of its phone."""
    import pyarrow as pa

    asked = (("buyer", "email"), ("buyer", "platform"), ("phone", "phone"))
    columns = [pa.array([line[column] for line in lines], pa.string()) for column, _ in asked]
    keys = [
        identity.buyer_keys(column, kind=kind, store=shop, secret=secret).to_pylist()
        for column, (_, kind) in zip(columns, asked, strict=True)
    ]
    return list(zip(*keys, strict=True))


def _read(cells: dict[str, str], keys: tuple[str | None, ...], seal: Seal) -> tuple[list[Reached], list[str]]:
    """The contacts of a line, and why a part of it was refused."""
    buyer, phone = cells["buyer"], identity.usable(cells["phone"], "phone") if cells["phone"] else None
    stopped = _moment(cells["stopped_at"])
    person = next((key for key in keys if key), None)
    if person is None:
        return [], ["no_key"]
    kept, reasons = [], []
    if keys[0] is None and keys[1] is not None:
        if buyer.startswith(FORMULA):
            reasons.append("formula")
        else:
            kept.append(Reached(person, "platform", seal.seal(buyer.encode()), None, cells["source"][:100], stopped))
    if cells["phone"]:
        consented, source = _moment(cells["consented_at"]), cells["source"][:100]
        if phone is None or len(phone) != MOBILE:
            reasons.append("no_mobile")
        elif any(word in source.casefold() for word in FROM_ORDERS):
            reasons.append("from_orders")
        elif consented is None or not source:
            reasons.append("no_consent")
        else:
            kept.append(Reached(person, "phone", seal.seal(phone.encode()), consented, source, stopped))
    return kept, reasons


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
