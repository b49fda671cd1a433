"""Friends whom members bring: each guard refuses with its own code, caps hold under many at once, rewards are booked once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.apps.points import DAY, NOW, claim, program, referrals_hold
from tests.apps.waves import code_of

from goldloop.home import Home


def referring(**given: str) -> Any:
    return program(**{"refer_points": "100", "friend_points": "50", **given})


def code(ours: Any, person: str, device: str = "") -> str:
    from goldloop.apps.loyalty import api as loyalty

    return loyalty.code_give(
        program=ours, person=person, code=lambda: f"CODE{person.upper()}", device=device, moment=NOW
    )


def test_64_at_once_bring_no_more_than_the_rules_allow_and_are_rewarded_once(home: Home) -> None:
    referrals_hold()


def test_every_guard_has_its_code(home: Home) -> None:
    ours = referring(refer_most="2")
    a, b = code(ours, "a", device="phone-a"), code(ours, "b")
    assert code_of(claim, ours, "NONE", "x") == "referral_code_unknown"
    assert code_of(claim, ours, a, "a2", mine=["a2"]) == "referral_self"
    assert code_of(claim, ours, a, "x", bought=True) == "referral_not_new"
    assert code_of(claim, ours, a, "x", device="phone-a") == "referral_device"
    assert claim(ours, a.lower(), "b", device="phone-b").state == "waiting"
    assert code_of(claim, ours, b, "b-other", also=["b"]) == "referral_self"
    assert code_of(claim, ours, b, "a") == "referral_ring"
    third = code(ours, "c")
    assert claim(ours, b, "c").state == "waiting"
    assert code_of(claim, ours, third, "a") == "referral_ring"  # over two
    assert code_of(claim, ours, third, "c2", also=["b"]) == "referral_taken"
    assert code_of(claim, ours, third, "x", device="phone-b") == "referral_device"
    assert claim(ours, a, "x").friend == "x"
    assert code_of(claim, ours, a, "y") == "referral_too_many"
    assert claim(ours, a, "y", moment=NOW + timedelta(days=31)).state == "waiting"


def test_without_a_reward_there_is_no_code(home: Home) -> None:
    assert code_of(code, program(), "a") == "referral_off"
    assert code(ours := referring(), "a") == code(ours, "a")


def test_who_is_forgotten_leaves_no_device_behind(home: Home) -> None:
    from goldloop.apps.loyalty import api as loyalty
    from goldloop.apps.loyalty.models import Referral

    ours = referring()
    claim(ours, code(ours, "a"), "x", device="d")
    loyalty.people_forget(names={"x": "anonymous", "a": "nobody"})
    (one,) = loyalty.referrals_of(people=["nobody"])
    assert (one.friend, Referral.objects.get().device) == ("anonymous", "")


def test_points_say_what_expires_soon(home: Home) -> None:
    from goldloop.apps.loyalty import api as loyalty

    ours = program(expires="365")
    worth = {("p", DAY - timedelta(days=340)): (100, 100), ("p", DAY): (50, 50), ("q", DAY): (7, 7)}
    loyalty.book(program=ours, worth=worth, since=date(2025, 6, 2), day=DAY, merged={}, moment=NOW)
    loyalty.burn(program=ours, person="p", points=30, key="", by="Ann", day=DAY, moment=NOW)
    assert loyalty.balance(program=ours, person="p", day=DAY).expiring == 70
    totals = loyalty.totals(program=ours, day=DAY)
    assert (totals.accounts, totals.points, totals.expiring, totals.owed) == (2, 127, 70, 0)


@pytest.mark.parametrize(
    "given", [{"refer_points": "1e9999999"}, {"refer_days": "-1"}, {"refer_most": "0"}, {"refer_least": "x"}]
)
def test_bad_rules(home: Home, given: dict[str, str]) -> None:
    assert code_of(program, **given) == "points_rule_bad"
