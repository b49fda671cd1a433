"""What a slider does is the tree's own arithmetic, booked to owners, and quick."""

from __future__ import annotations

import time

import pytest
from tests.core.levers.test_mix import curve

from goldloop.core.levers import DRIVERS, LeversError, Reach, State, sensitivity, what_if
from goldloop.core.owners import Books

JUNE = State(
    Books(16_000, 130_000_000, 10_600, 110_000_000), visitors=1_023_000, refund_rate=0.04, margin=0.5, ad_budget=80_000_000,
    handed=9_000, second_rate=0.15, curve=curve(3600, 0.6, 20_000_000), periods=30 / 7,
    reach={"second_rate": Reach(0.12, 0.16, 12), "visitors": Reach(900_000, 1_100_000, 12)},
)  # fmt: skip


def test_nothing_moved_is_the_month_itself():
    found = what_if(JUNE, {})
    assert found.gmv == 240_000_000 and found.account.gap == 0 and found.net == 230_400_000
    assert found.left == 115_200_000 - 80_000_000 and (found.low, found.high, found.beyond) == (None, None, ())


@pytest.mark.parametrize("driver", [d for d in DRIVERS if d not in ("ad_budget", "second_rate", "refund_rate")])
def test_a_tenth_more_of_a_factor_is_a_tenth_more_of_what_it_makes(driver):
    found = what_if(JUNE, {driver: (JUNE.value(driver) or 0) * 1.1})
    part = 130 if driver.startswith("new") else 110 if driver.startswith("repeat") else 240
    assert found.gmv - 240_000_000 == pytest.approx(part * 100_000, abs=2)
    owners = found.account.owners
    assert sum(owners.values()) == found.account.gap
    if driver.endswith("value"):
        assert owners["operations"] == found.account.gap
    if driver in ("new_buyers", "repeat_buyers"):
        assert owners["traffic" if driver == "new_buyers" else "members"] == found.account.gap


def test_budget_moves_along_the_curve_with_an_interval():
    more = what_if(JUNE, {"ad_budget": 100_000_000})
    bought = JUNE.periods * (JUNE.curve.at(100_000_000 / JUNE.periods) - JUNE.curve.at(80_000_000 / JUNE.periods))
    assert more.books.new_buyers == pytest.approx(16_000 + bought) and more.low < more.gmv < more.high
    assert more.account.owners["traffic"] == more.account.gap
    assert more.left == round((more.net or 0) * 0.5) - 100_000_000


def test_the_second_rate_brings_the_handed_over_back():
    found = what_if(JUNE, {"second_rate": 0.17})
    assert found.books.repeat_buyers == pytest.approx(10_600 + 9_000 * 0.02) and found.beyond == ("second_rate",)
    assert what_if(JUNE, {"second_rate": 0.16, "visitors": 1_000_000}).beyond == ()


def test_one_percent_is_exact():
    found = sensitivity(JUNE)
    assert found["visitors"] == (2_400_000, 2_304_000) and found["new_buyer_value"][0] == 1_300_000
    assert found["refund_rate"] == (0, -96_000) and set(found) == set(DRIVERS)
    assert "visitors" not in sensitivity(State(JUNE.books)) and "ad_budget" not in sensitivity(
        State(JUNE.books, ad_budget=5)
    )


@pytest.mark.parametrize(
    ("moves", "code"),
    [
        ({"luck": 1}, "driver_unknown"), ({"visitors": -1}, "driver_bad"), ({"conversion": 1.5}, "driver_bad"),
        ({"buyer_value": 0}, "driver_bad"), ({"visitors": float("nan")}, "driver_bad"),
        ({"visitors": 1e15, "buyer_value": 1e15}, "driver_too_far"),
        ({"visitors": 5, "new_buyers": 5}, "driver_twice"), ({"ad_budget": 5, "new_buyers": 5}, "driver_twice"),
    ],
)  # fmt: skip
def test_bad_moves_are_refused(moves, code):
    with pytest.raises(LeversError) as caught:
        what_if(JUNE, moves)
    assert caught.value.code == code


def test_what_is_not_known_cannot_be_moved():
    for driver in ("visitors", "conversion", "ad_budget", "second_rate", "refund_rate"):
        with pytest.raises(LeversError) as caught:
            what_if(State(JUNE.books), {driver: 0.5})
        assert caught.value.code == "driver_not_known"
    with pytest.raises(LeversError) as caught:
        State(Books.unsplit(5))
    assert caught.value.code == "levers_unsplit"


def test_a_request_of_the_sliders_is_quick():
    started = time.process_time()
    for step in range(20):
        what_if(JUNE, {"visitors": 1_000_000 + step, "ad_budget": 80_000_000 + step})
    assert (time.process_time() - started) / 20 < 0.02
