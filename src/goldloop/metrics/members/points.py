"""What people paid, less refunds, by day: what points are earned by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from goldloop.core.calendar import Period
from goldloop.core.holdout import persons
from goldloop.metrics.members.asked import FIGURES, Ask, Members
from goldloop.metrics.members.waves import check_known


def paid_days(ask: Ask, days: Period, merged: Mapping[str, str]) -> dict[tuple[str, date], int]:
    """(person, day) -> what she paid in paid orders of that day less refunds so far (minor units); raises `wave_unknown_buyers`."""
    members = Members(ask, days, FIGURES)
    check_known(members)
    rows = members.table("points_days", ("net",), ("buyer_key", "day"))
    people = persons(rows["buyer_key"].to_pylist(), merged)
    found: dict[tuple[str, date], int] = {}
    for person, day, net in zip(people, rows["day"].to_pylist(), rows["net"].to_pylist(), strict=True):
        found[person, day] = found.get((person, day), 0) + max(net, 0)
    return found
