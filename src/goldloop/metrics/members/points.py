"""What people paid, less refunds, by day: what points are earned by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from goldloop.core.calendar import Period
from goldloop.core.holdout import persons
from goldloop.metrics.members.asked import FIGURES, Ask, Members
from goldloop.metrics.members.waves import check_known

Days = dict[tuple[str, date], int]  # (person or key, day) -> minor units


def paid_days(ask: Ask, days: Period, merged: Mapping[str, str]) -> Days:
    """(person, day) -> what she paid in paid orders of that day less refunds so far (minor units); raises `wave_unknown_buyers`."""
    return _of_people(_by_key(_asked(ask, days), "net"), merged)


def paid_within(ask: Ask, days: Period, merged: Mapping[str, str], *, within: int) -> tuple[Days, Days]:
    """The same less refunds settled up to `within` days after the day of sale; refunds of no known day are taken off in the
    first answer, and stay in the second."""
    members = _asked(ask, days)
    net, paid = (_by_key(members, column) for column in ("net", "paid"))
    refunds: list[dict[str, Any]] = members.table(
        "late_refunds", ("after", "refunded"), ("buyer_key", "day")
    ).to_pylist()
    for one in refunds:
        if one["after"] > within:
            net[one["buyer_key"], one["day"]] += one["refunded"]
        else:
            paid[one["buyer_key"], one["day"]] -= one["refunded"]
    return _of_people(net, merged), _of_people(paid, merged)


def _asked(ask: Ask, days: Period) -> Members:
    members = Members(ask, days, FIGURES)
    check_known(members)
    return members


def _by_key(members: Members, column: str) -> Days:
    rows = members.table("points_days", (column,), ("buyer_key", "day"))
    places = zip(rows["buyer_key"].to_pylist(), rows["day"].to_pylist(), strict=True)
    return dict(zip(places, rows[column].to_pylist(), strict=True))


def _of_people(amounts: Days, merged: Mapping[str, str]) -> Days:
    people = persons([key for key, _ in amounts], merged)
    found: Days = {}
    for person, (_, day), amount in zip(people, amounts, amounts.values(), strict=True):
        found[person, day] = found.get((person, day), 0) + max(amount, 0)
    return found
