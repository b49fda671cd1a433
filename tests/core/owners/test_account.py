"""Every unit of a gap is booked once: by segment, by owner, by store and month, whatever the numbers."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.owners import OWNERS, Books, OwnersError, account, merged, planned, summed

JUNE = Books(16_000, 130_000_000, 10_600, 110_000_000)


def _side(counts, amounts):
    return st.tuples(counts, amounts).map(lambda s: s if s[0] and s[1] is not None else (0, 0))


SIDE = _side(st.integers(0, 100_000), st.integers(0, 10**11))
SPLIT = st.tuples(SIDE, SIDE, st.integers(0, 10**9)).map(lambda s: Books(*s[0], *s[1], s[2]))
ANY = st.one_of(SPLIT, st.integers(0, 10**11).map(Books.unsplit))


@given(ANY, ANY)
def test_owners_and_segments_sum_to_the_gap(before, after):
    found = account(before, after)
    assert sum(found.owners.values()) == sum(e.amount for e in found.entries) == found.gap == after.gmv - before.gmv
    if before.split and after.split:
        for segment in ("new", "repeat", "unidentified"):
            own = sum(e.amount for e in found.entries if e.segment == segment)
            assert own == getattr(after, f"{segment}_gmv") - getattr(before, f"{segment}_gmv")


@given(SPLIT, SPLIT)
def test_there_and_back_is_the_same_account_with_other_signs(before, after):
    there, back = account(before, after).owners, account(after, before).owners
    assert all(abs(there[o] + back[o]) <= 2 for o in OWNERS)  # a minor unit per segment may go either way in rounding


@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=5))
def test_a_group_is_the_sum_of_its_stores(pairs):
    parts = [account(a, b) for a, b in pairs]
    whole = merged(parts)
    assert whole.owners == {o: sum(p.owners[o] for p in parts) for o in OWNERS}
    assert whole.gap == sum(p.gap for p in parts) == sum(whole.owners.values())
    assert whole.before == summed(p.before for p in parts)


def test_counts_go_to_traffic_and_members_values_to_operations():
    assert account(JUNE, Books(16_000, 130_000_000, 10_000, 110_000_000)).owners["traffic"] == 0
    more = account(JUNE, Books(17_600, 143_000_000, 10_600, 110_000_000))
    assert more.owners == {"traffic": 13_000_000, "members": 0, "operations": 0, "unassigned": 0}
    dearer = account(JUNE, Books(16_000, 143_000_000, 10_600, 99_000_000))
    assert dearer.owners == {"traffic": 0, "members": 0, "operations": 2_000_000, "unassigned": 0}
    both = account(Books(100, 1000, 0, 0), Books(200, 4000, 0, 0))
    mean = 3000 / log(4)
    assert both.owners["traffic"] == round(mean * log(2)) and both.owners["operations"] == 3000 - both.owners["traffic"]


def test_what_appears_belongs_to_the_count_and_a_value_of_0_to_the_value():
    assert account(Books(0, 0, 0, 0), Books(10, 900, 0, 0)).owners["traffic"] == 900
    assert account(Books(10, 0, 0, 0), Books(20, 900, 0, 0)).owners == {
        "traffic": 0,
        "members": 0,
        "operations": 900,
        "unassigned": 0,
    }


def test_unidentified_sales_are_nobodys():
    assert account(JUNE, Books(16_000, 130_000_000, 10_600, 110_000_000, 77)).owners["unassigned"] == 77
    assert account(JUNE, Books.unsplit(250_000_000)).owners == {
        "traffic": 0,
        "members": 0,
        "operations": 0,
        "unassigned": 10_000_000,
    }


def test_a_plan_is_read_from_any_two_of_count_amount_and_value():
    found = planned({"new_buyers": 16_000, "new_buyer_value": 8125, "repeat_gmv": 110_000_000, "repeat_buyers": 10_600})
    assert found == JUNE
    assert planned({"gmv": 240_000_000}) == Books.unsplit(240_000_000)
    assert (
        round(planned({"new_gmv": 1000, "new_buyer_value": 90, "repeat_gmv": 1, "repeat_buyers": 1}).new_buyers, 6)
        == 11.111111
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "plan_incomplete"),
        ({"new_buyers": 10, "repeat_buyers": 1, "repeat_gmv": 5}, "plan_incomplete"),
        ({"new_buyers": 10, "new_buyer_value": 0, "repeat_buyers": 1, "repeat_gmv": 5}, "plan_zero"),
        ({"gmv": -1}, "plan_zero"),
        ({"new_buyers": 10, "new_gmv": 900, "new_buyer_value": 100, "repeat_buyers": 1, "repeat_gmv": 5}, "plan_apart"),
        ({"gmv": 900, "new_buyers": 10, "new_gmv": 900, "repeat_buyers": 1, "repeat_gmv": 5}, "plan_apart"),
    ],
)
def test_a_plan_that_cannot_be_booked_says_why(values, code):
    with pytest.raises(OwnersError) as caught:
        planned(values)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("values", "code"),
    [((1, None, 0, 0), "books_half"), ((-1, 5, 0, 0), "books_negative"), ((0, 5, 0, 0), "books_no_buyers")],
)
def test_sales_that_cannot_be_say_so(values, code):
    with pytest.raises(OwnersError) as caught:
        Books(*values)
    assert caught.value.code == code
