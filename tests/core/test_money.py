"""Exact money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.errors import GoldloopError
from goldloop.core.money import read_amount, split, to_minor, to_text

currencies = st.sampled_from(("CNY", "JPY", "KWD", "USD"))


@given(st.integers(-(10**15), 10**15), currencies)
def test_text_and_back_is_the_same(minor, currency):
    assert to_minor(to_text(minor, currency), currency) == minor


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_parts_sum_exactly_and_stay_within_one_unit(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    whole = sum(weights) or len(weights)
    for part, weight in zip(parts, weights if sum(weights) else [1] * len(weights), strict=True):
        assert abs(Decimal(part) - Decimal(total) * weight / whole) < 1


def test_halves_round_away_from_zero():
    assert [to_minor(t, "CNY") for t in ("0.005", "-0.005", "0.0049", "2.675")] == [1, -1, 0, 268]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: to_minor(1.5, "CNY"), "money_float"),
        (lambda: split(1, []), "split_nothing"),
        (lambda: split(1, [-1, 2]), "split_negative"),
    ],
)
def test_refusals(call, code):
    with pytest.raises(GoldloopError) as caught:
        call()
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "-inf",
        "1e99999999",
        "9e99999999",
        "1e-99999999",
        "1e18",
        "0.0000000000001",
        "",
        "twelve",
        "1.2.3",
        None,
        "9" * 5000,
    ],
)
def test_a_number_that_nobody_can_count_with_is_no_amount(text):
    assert read_amount(text) is None


@given(st.integers(-(10**15), 10**15), currencies)
def test_an_amount_is_read_as_it_is_written(minor, currency):
    written = Decimal(to_text(minor, currency))
    assert read_amount(f" {written:,} ") == read_amount(written) == written
