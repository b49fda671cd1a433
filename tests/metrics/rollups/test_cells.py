"""Counting people of any range from their days: the same as putting them into sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goldloop.metrics.rollups.cells import (
    Codes,
    Judge,
    Range,
    Rows,
    among,
    cells,
    numbered,
    places_in_order,
    some_people,
    split,
)
from goldloop.metrics.rollups.splice import spliced_cells

FIRST, DAYS, STORES, LABELS, PERSONS = 20_000, 40, 3, 4, 9
row = st.tuples(
    st.integers(0, DAYS - 1), st.integers(0, STORES - 1), st.integers(0, LABELS - 1), st.integers(0, PERSONS - 1),
    st.integers(-5, 900),
)  # fmt: skip
some_rows = st.lists(row, max_size=60)


def rows_of(found):
    day, store, label, code, gmv = (
        (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
        if found
        else [np.zeros(0, np.int64)] * 5
    )
    return Rows(
        (day + FIRST).astype(np.uint16), store.astype(np.uint16), label.astype(np.uint16), code.astype(np.uint32), gmv
    )


def made(found):
    return cells(rows_of(found), labels=LABELS, persons=PERSONS, first=FIRST, days=DAYS)


@given(some_rows, st.integers(-3, DAYS + 2), st.integers(0, DAYS), st.integers(0, 50))
def test_people_of_a_range_are_those_of_its_rows(found, low, length, back):
    asked = Range(FIRST + low, FIRST + low + length, FIRST + low - back)
    inside = [r for r in found if low <= r[0] <= low + length]
    held, everybody = made(found), made([(d, s, 0, c, g) for d, s, _, c, g in found])
    assert list(held.people(asked)) == [len({r[3] for r in inside if r[2] == n}) for n in range(LABELS)]
    days = [len({(r[0], r[1], r[3]) for r in inside if r[2] == n}) for n in range(LABELS)]
    assert list(held.person_days(asked)) == days
    was_here = {r[3] for r in found if low - back <= r[0] < low}
    new = {r[3] for r in inside} - was_here
    parted = split(held, Judge(everybody), asked, np.zeros(LABELS, dtype=np.int64))
    for n in range(LABELS):
        mine = [r for r in inside if r[2] == n]
        assert parted.new[n] == len({r[3] for r in mine} & new)
        assert parted.repeat[n] == len({r[3] for r in mine} - new)
        assert parted.new_gmv[n] == sum(r[4] for r in mine if r[3] in new)
        assert parted.repeat_gmv[n] == sum(r[4] for r in mine if r[3] not in new)
        again = [c for c in {r[3] for r in mine} & new if len({r[0] for r in mine if r[3] == c}) > 1]
        assert parted.second[n] == len(again)


@given(some_rows, some_rows, st.sets(st.integers(0, DAYS - 1), max_size=6))
def test_spliced_cells_are_those_made_anew(before, after, touched):
    kept = [r for r in before if r[0] not in touched]
    new = [r for r in after if r[0] in touched]
    ours = spliced_cells(made(before), rows_of(new), sorted(touched), labels=LABELS, persons=PERSONS, days=DAYS)
    theirs = made(kept + new)
    assert list(ours.starts) == list(theirs.starts)
    assert (ours.store_days == theirs.store_days).all()
    for day in range(DAYS):  # in a day rows stand in any order
        at = slice(ours.starts[day], ours.starts[day + 1])
        columns = ("label", "code", "gmv", "previous", "earlier")
        sides = [sorted(zip(*(getattr(one, c)[at].tolist() for c in columns), strict=True)) for one in (ours, theirs)]
        assert sides[0] == sides[1]


def test_sums_of_amounts_beyond_53_bits_are_exact():
    large = 2**60 + 1
    held = made([(0, 0, 0, 0, large), (1, 0, 0, 1, 2)])
    asked = Range(FIRST, FIRST + 5)
    assert split(held, Judge(held), asked, np.arange(LABELS)).new_gmv[0] == large + 2


def test_codes_stay_when_people_come():
    codes = Codes()
    first = codes.of(np.array([70, 10, 70, 30], dtype=np.uint64))
    assert list(codes.hashes[first]) == [70, 10, 70, 30]
    later = codes.of(np.array([20, 70, 20, 90, 30], dtype=np.uint64))
    assert list(codes.hashes[later]) == [20, 70, 20, 90, 30]
    assert list(codes.hashes[first]) == [70, 10, 70, 30]
    assert len(codes.hashes) == 5


# Hashes that differ in their first bits only, in their last ones only, or not at all.
few_hashes = st.lists(
    st.builds(lambda high, low: (high << 60) + low, st.integers(0, 15), st.integers(0, 5)), max_size=60
)


@given(few_hashes)
def test_equal_hashes_have_one_number_and_others_another(some):
    codes, held = numbered(np.array(some, dtype=np.uint64))
    assert held[codes].tolist() == some
    assert sorted(held.tolist()) == sorted(set(some))


@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(0, 64))
def test_places_in_order_are_those_of_sorted_numbers(some, shift):
    keys = np.array(some, dtype=np.uint64) >> np.uint64(min(shift, 63))
    places = places_in_order(keys, 64 - min(shift, 63))
    assert keys[places].tolist() == sorted(keys.tolist())
    assert sorted(places.tolist()) == list(range(len(some)))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 20))
def test_parts_hold_every_row_once_and_a_person_in_one_of_them(codes, at_once):
    people = np.array(codes, dtype=np.uint32)
    for parts, keys in (
        (list(some_people(people, 31, at_once)), people),
        (list(among(people.astype(np.uint64) << np.uint64(59), at_once)), people),
    ):
        assert sorted(np.concatenate(parts).tolist()) == list(range(len(codes)))
        of_part = [set(keys[part].tolist()) for part in parts]
        assert sum(map(len, of_part)) == len(set(codes))
