"""Waves proposed from the coupon calendar: each acquisition week and value tier its wave, and the store event for operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goldloop.apps.calendar import api as calendar
from goldloop.apps.calendar.api import Event
from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.campaigns.api import Seen
from goldloop.core.event_words import proposed
from goldloop.core.viewer import Viewer
from goldloop.core.wave import planned_name
from goldloop.jobs import events, waves
from goldloop.jobs.waves import Merged, chosen

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask, MemberTable


def waves_propose(
    ask: Ask, viewer: Viewer, found: MemberTable, given: Mapping[str, str], *, merged: Merged, moment: datetime
) -> list[Seen]:
    """A checked wave for each line of a coupon calendar that has a coupon; what was proposed before is not proposed again.

    `given`: fields that hold for all of them, such as reach or hold-out.
    """
    stores = [store.name for store in chosen(viewer, ask.names)]
    own = frozenset(store.id for store in chosen(viewer, ask.names))
    known = {
        (seen.wave.of("audience"), seen.wave.of("value_from"))
        for seen in campaigns.wave_list(viewer=viewer)
        if seen.stores == own and seen.state != "declined"
    }
    made = []
    for block in found.blocks:
        tiers = block.about.get("tiers", [])
        for row in block.rows:
            fields = _fields(row, tiers, found.scope["month"]) | dict(given)
            if row["off"] is None or not row["people"] or (fields["audience"], fields["value_from"]) in known:
                continue
            with (
                transaction.atomic()
            ):  # one that cannot be checked leaves no draft; asking again goes on behind the others
                seen = waves.wave_new(viewer, fields, stores=stores, moment=moment)
                made.append(waves.wave_check(ask, viewer, seen.id, merged=merged, moment=moment))
    return made


def _fields(row: Mapping[str, Any], tiers: Sequence[Mapping[str, Any]], month: str) -> dict[str, str]:
    """A line of the calendar as a wave; a tier reaches from its own smallest first order to the next one's."""
    tier = row["tier"]
    mine, above = tiers[tier - 1], next((one["from"] for one in tiers[tier:] if one["from"] is not None), None)
    return {
        "name": planned_name(month, row["week"], tier), "audience": f"first:{row['from']}..{row['to']}", "send": row["send"],
        "until": row["until"], "off": str(row["off"] or ""), "minimum": str(row["minimum"] or ""),
        "value_from": (mine["from"] or "") if tier > 1 else "", "value_to": above or "",
        "margin": "" if mine["margin"] is None else f"{mine['margin']:.4f}",
    }  # fmt: skip


def event_propose(ask: Ask, viewer: Viewer, found: MemberTable, *, moment: datetime) -> list[Event]:
    """Propose the store event of a coupon calendar to operations; an event of the same days is proposed once."""
    stores = chosen(viewer, ask.names)
    made = []
    for about in (block.about["event"] for block in found.blocks if "event" in block.about):
        days = f"{about['from']}..{about['to']}"
        others = calendar.event_list(viewer=viewer)
        if any(str(one.days) == days and one.owner == waves.OWNER for one in others):
            continue
        given = {
            "kind": "store", "phases": f"sale {days}",
            **proposed(found.scope["month"], about["week"], about["people"], about["at_peak"], str(about["peak"])),
        }  # fmt: skip
        made.append(
            events.event_new(
                ask.engine,
                viewer,
                given,
                stores=[store.name for store in stores],
                owner=waves.OWNER,
                note="",
                loaded=ask.loaded,
                moment=moment,
            )
        )
    return made
