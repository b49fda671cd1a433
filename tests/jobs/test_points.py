"""Points out of the lake: booked by day and rate, taken back after refunds, once however often it is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.apps.waves import code_of
from tests.jobs.test_waves import Shop

from goldloop.home import Home

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    return Shop(home, folder)


def program(shop: Shop, **given: str) -> Any:
    from goldloop.apps.loyalty import api as loyalty

    said = {"start": "2026-05-01", **given}
    return loyalty.program_set(viewer=shop.viewer, name="P", stores=[shop.store.id], currency="CNY", given=said)


def book(shop: Shop, ours: Any, **merged: str) -> dict[str, Any]:
    from goldloop.jobs.points import book as booked

    return booked(shop.home, shop.ask(), ours, merged=merged, moment=NOW)


def test_paid_orders_less_refunds_are_points(shop: Shop) -> None:
    from goldloop.apps.loyalty import api as loyalty
    from goldloop.jobs.points import shown, tiers

    ours = program(shop, per_unit="0.5", tiers="silver:100")
    told = book(shop, ours)
    # of May: 400 of 120.00 (5 of them 1.00 less), 10 more of 90.00; half a point a unit, by person and day
    assert told["earned"] == 395 * 60 + 5 * 59 + 10 * 45 and told["accounts"] == 400
    assert (told["from"], told["to"]) == ("2026-05-01", "2026-05-31")
    assert book(shop, ours)["earned"] == 0
    person = shop.keys["buyer0"]
    shop.orders[0]["refunded"] = 12000
    assert book(shop, ours)["taken_back"] == 60
    found = shown(shop.home, ours, loyalty.balance(program=ours, person=person, day=date(2026, 5, 31)), plain=False)
    assert (found["points"], found["owed"], found["tier"]) == (45, 0, "")
    assert [line["kind"] for line in found["lines"]] == ["refund", "earn", "earn"]
    counts = {one["tier"]: one["members"] for one in tiers(ours, date(2026, 5, 31))["tiers"]}
    assert counts == {"": 391, "silver": 9}


def test_another_rate_holds_for_days_to_come(shop: Shop) -> None:
    program(shop)
    first = book(shop, program(shop))["earned"]
    ours = program(shop, per_unit="2")
    assert ours.rates[-1][0] == date(2026, 6, 1) and book(shop, ours)["earned"] == 0 < first
    shop.orders.append(shop.order(1, date(2026, 6, 1), 1000))
    shop.last = date(2026, 6, 1)
    assert book(shop, ours)["earned"] == 20


def test_nothing_is_booked_before_the_program_begins(shop: Shop) -> None:
    assert code_of(book, shop, program(shop, start="2026-07-01")) == "points_too_soon"


def test_a_reason_is_needed_and_sealed(shop: Shop) -> None:
    from goldloop.jobs.points import sealed

    assert code_of(sealed, shop.home, " x ") == "points_reason_needed"
    assert b"parcel" not in sealed(shop.home, "lost parcel")
