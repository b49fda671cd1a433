"""Points: booked as a difference, spent at most once, expired oldest first, owed after refunds; tiers; merged and forgotten people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.apps.points import DAY, NOW, balances_hold, program
from tests.apps.waves import code_of, viewer

from goldloop.home import Home

SINCE = date(2025, 6, 2)


def book(
    ours: Any, worth: dict[tuple[str, date], int], *, day: date = DAY, merged: dict[str, str] | None = None
) -> Any:
    from goldloop.apps.loyalty import api as loyalty

    rows = {place: (points, points * 100) for place, points in worth.items()}
    since = day - timedelta(days=ours.expires - 1)
    return loyalty.book(program=ours, worth=rows, since=since, day=day, merged=merged or {}, moment=NOW)


def points(ours: Any, person: str, day: date = DAY) -> Any:
    from goldloop.apps.loyalty import api as loyalty

    return loyalty.balance(program=ours, person=person, day=day)


def burn(ours: Any, person: str, count: int, key: str = "") -> bool:
    from goldloop.apps.loyalty import api as loyalty

    return loyalty.burn(program=ours, person=person, points=count, key=key, by="Ann", day=DAY, moment=NOW)


def test_64_at_once_never_spend_too_much(home: Home) -> None:
    balances_hold()


def test_the_same_booking_twice_is_one(home: Home) -> None:
    ours = program()
    worth = {("p", DAY): 100, ("q", DAY): 30}
    assert book(ours, worth) == {"earned": 130, "taken_back": 0, "expired": 0, "accounts": 2}
    assert book(ours, worth) == {"earned": 0, "taken_back": 0, "expired": 0, "accounts": 2}
    assert book(ours, {**worth, ("p", DAY - timedelta(days=9)): 5})["earned"] == 5  # a file that came late
    assert points(ours, "p").points == 105


def test_a_refund_takes_points_back_and_what_is_spent_is_owed(home: Home) -> None:
    ours = program()
    book(ours, {("p", DAY): 100})
    assert burn(ours, "p", 80, "k") and not burn(ours, "p", 80, "k")
    assert code_of(burn, ours, "p", 70, "k") == "points_key_used"
    assert book(ours, {("p", DAY): 0})["taken_back"] == 100
    assert (points(ours, "p").points, points(ours, "p").owed) == (0, 80)
    assert code_of(burn, ours, "p", 1) == "points_short"
    later = DAY + timedelta(days=1)
    book(ours, {("p", later): 90}, day=later)
    assert (points(ours, "p").points, points(ours, "p").owed) == (10, 0)


def test_the_oldest_points_expire_and_those_spent_first_do_not(home: Home) -> None:
    ours = program(expires="365")
    old = DAY - timedelta(days=364)
    book(ours, {("p", old): 100, ("p", DAY): 50})
    burn(ours, "p", 30)
    later = DAY + timedelta(days=1)
    assert book(ours, {("p", DAY): 50}, day=later)["expired"] == 70
    assert book(ours, {("p", DAY): 50}, day=later)["expired"] == 0
    assert points(ours, "p").points == 50
    burn(ours, "p", 50)
    assert book(ours, {}, day=DAY + timedelta(days=400))["expired"] == 0


def test_merged_people_have_one_account(home: Home) -> None:
    from goldloop.apps.loyalty import api as loyalty

    ours = program()
    book(ours, {("a", DAY): 10, ("b", DAY): 20})
    burn(ours, "b", 20, "k")
    told = book(ours, {("a", DAY): 30}, merged={"a": "a", "b": "a"})
    assert told == {"earned": 0, "taken_back": 0, "expired": 0, "accounts": 1} and points(ours, "a").points == 10
    book(ours, {("c", DAY): 7, ("a", DAY): 30})
    loyalty.join(program=ours, person="0", keys=["a", "c"])
    assert (points(ours, "0").points, points(ours, "a").points) == (17, 0)


def test_tiers(home: Home) -> None:
    from goldloop.apps.loyalty import api as loyalty

    ours = program(tiers="gold:500,silver:100")
    book(ours, {("p", DAY): 99, ("q", DAY): 100, ("r", DAY): 500, ("q", DAY - timedelta(days=364)): 1})
    burn(ours, "r", 500)
    assert [points(ours, one).tier for one in "pqr"] == ["", "silver", "gold"]
    assert loyalty.tier_counts(program=ours, day=DAY) == {"": 1, "silver": 1, "gold": 1}
    by_amount = program(tiers="gold:500", tier_by="gmv")
    assert by_amount.tiers == (("gold", 50000),) and points(by_amount, "r").tier == "gold"


def test_another_rate_holds_from_the_next_day_on(home: Home) -> None:
    ours = program()
    assert program(per_unit="2").rates == ((date(2025, 1, 1), "2"),)
    book(ours, {})
    assert program(per_unit="0.5").rates == ((date(2025, 1, 1), "2"), (DAY + timedelta(days=1), "0.5"))


@pytest.mark.parametrize(
    "given",
    [
        {"per_unit": "0"}, {"per_unit": "1e999999999"}, {"expires": "3"}, {"tier_by": "x"}, {"tiers": "gold"}, {"x": "1"},
        {"tiers": "a:1,a:2"}, {"tiers": "a:1.5"},
    ],
)  # fmt: skip
def test_bad_rules(home: Home, given: dict[str, str]) -> None:
    assert code_of(program, **given) == "points_rule_bad"


def test_programs_of_others_are_none(home: Home) -> None:
    from goldloop.apps.loyalty import api as loyalty

    program()
    assert code_of(loyalty.program, viewer=viewer(), name="P") == "points_program"
    assert code_of(program, "Q") == "points_stores"


def test_who_is_forgotten_leaves_sums_only(home: Home) -> None:
    from goldloop.apps.loyalty import api as loyalty

    ours = program()
    told = {"program": ours, "person": "p", "by": "Ann", "day": DAY, "moment": NOW, "key": ""}
    loyalty.correct(points=5, reason=b"sealed", **told)
    assert [line.points for _, line in loyalty.kept_of(people=["p"])] == [5]
    assert loyalty.people_forget(names={"p": "x"}) == 1 and loyalty.kept_of(people=["p"]) == []
    assert points(ours, "x").points == 5 and points(ours, "x").lines[0].reason == b""
    assert code_of(burn, ours, "p", 0) == "points_bad"
