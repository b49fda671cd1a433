"""Hold-outs: drawn alike whenever they are drawn, near the asked share, and kept through merges of people."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.holdout import drawn_units, held_out, persons, sendable

KEYS = [f"{n:032x}" for n in range(10_000)]


def test_a_share_of_the_people_and_the_same_ones_each_time() -> None:
    first = held_out(KEYS, "wave", 0.1)
    assert 900 < first.sum() < 1100
    assert (held_out(KEYS[::-1], "wave", 0.1)[::-1] == first).all()
    assert (held_out(KEYS, "wave", 0.2) | ~first).all()  # a larger share holds out the same people and more
    other = held_out(KEYS, "another wave", 0.1)
    assert 60 < (first & other).sum() < 140  # another wave draws independently
    assert not held_out(KEYS, "wave", 0.0).any()
    with pytest.raises(GoldloopError, match="share of the people"):
        held_out(KEYS, "wave", 0.6)


@given(st.lists(st.text(), min_size=4, unique=True), st.text(), st.floats(0.01, 0.5))
def test_units_by_lot_leave_both_sides_some(units: list[str], salt: str, share: float) -> None:
    drawn = drawn_units(units, salt, share)
    assert 2 <= len(drawn) <= len(units) // 2 and set(drawn) < set(units)


def history(seed: int) -> None:
    """People come, are merged and parted again while a wave sends its files: nobody in a file is held out of it."""
    dice = random.Random(seed)
    keys = [f"k{n:02d}" for n in range(dice.randint(2, 30))]
    groups: list[set[str]] = []

    def merged() -> dict[str, str]:
        return {key: min(group) for group in groups for key in group}

    drawn = sorted(set(persons(keys, merged())))
    held = {key for key, out in zip(drawn, held_out(drawn, f"wave-{seed}", 0.3), strict=True) if out}
    for _ in range(6):
        step = dice.random()
        if step < 0.6:
            some = set(dice.sample(keys, 2))
            some = some.union(*(group for group in groups if group & some))
            groups = [group for group in groups if not group & some] + [some]
        elif groups and step < 0.75:
            groups.pop(dice.randrange(len(groups)))  # taken back
        now = merged()
        sent = [key for key in drawn if key not in held]
        file = {key for key, may in zip(sent, sendable(sent, now, held), strict=True) if may}
        assert not set(persons(sorted(file), now)) & set(persons(sorted(held), now))


def test_a_held_out_person_is_in_no_file_in_1000_histories() -> None:
    for seed in range(1000):
        history(seed)
