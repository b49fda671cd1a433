"""Segments in words: what is written is read again in both languages, and what cannot be read is said with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.cli.words import messages
from goldloop.core.errors import GoldloopError
from goldloop.core.members.segment_text import DEEPEST, LONGEST, MOST, parse
from goldloop.core.members.segments import (
    CHOICES,
    ENDS,
    FILTERS,
    MEASURES,
    OPS,
    RFM_ZH,
    STATES_ZH,
    TRAITS,
    Count,
    Days,
    Filter,
    Joined,
    Not,
    Then,
    Trait,
    When,
    written,
)

some_days = st.integers(1, 4000)
a_day = st.dates(date(2000, 1, 1), date(2040, 1, 1))
days = st.one_of(
    some_days.map(lambda n: Days(within=n)), some_days.map(lambda n: Days(over=n)), a_day.map(lambda day: Days(last=day)),
    st.tuples(a_day, a_day).map(lambda both: Days(first=min(both), last=max(both))), a_day.map(lambda day: Days(first=day)),
)  # fmt: skip
own = st.text(
    st.characters(exclude_characters='"“”（），＝＞＜', exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
)


def values(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    one = st.sampled_from(sorted(CHOICES[name])) if name in CHOICES else own
    return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple)


filters = st.lists(
    st.sampled_from(sorted(FILTERS)).flatmap(lambda cut: values(cut).map(lambda found: Filter(cut, found))), max_size=2
).map(tuple)
numbers = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)
conditions = st.one_of(
    st.builds(Count, st.sampled_from(sorted(MEASURES)), st.sampled_from(OPS), numbers, filters, st.none() | days),
    st.builds(When, st.sampled_from(sorted(ENDS)), days),
    st.builds(Then, filters, filters, some_days),
    st.sampled_from(sorted(TRAITS)).flatmap(lambda name: values(name).map(lambda found: Trait(name, found))),
)
segments = st.recursive(
    conditions,
    lambda part: st.one_of(
        part.map(Not),
        st.tuples(st.sampled_from(("and", "or")), st.lists(part, min_size=2, max_size=3)).map(
            lambda found: Joined(found[0], tuple(found[1]))
        ),
    ),
    max_leaves=5,
)


@given(segments)
def test_what_is_written_is_read_again_in_both_languages(segment) -> None:
    for lang in ("en", "zh"):
        assert parse(written(segment, lang)) == segment


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("购买次数>=2且非最近购买近60天", "purchases >= 2 and not last within 60 days"),
        ("买过 商品=A，B 然后 商品=C 30天内", "bought product=A,B then product=C within 30 days"),
        ("（消费金额＞1,000.50 或 状态）", None),
        ("Last OVER 90 Days AGO", "last over 90 days ago"),
        ("bought region='O'", "bought region=\"'O'\""),
        ("a=1", None),
        ('bought brand="İ" AND RFM=champions', 'bought brand="İ" and rfm=champions'),
    ],
)
def test_words_may_be_put_in_several_ways(text: str, same: str | None) -> None:
    if same is None:
        with pytest.raises(GoldloopError):
            parse(text)
    else:
        assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "segment_expected", 1), ("purchases 2", "segment_expected", 11), ("last", "segment_expected", 5),
        ("bought and", "segment_expected", 11), ("(bought", "segment_expected", 8), ("bought)", "segment_expected", 7),
        ("amount >= 1e99999999", "segment_expected", 12), ("state=asleep", "segment_value", None),
        ("purchases >= 1 within 0 days", "segment_number", None), ("first from 2026-02-30", "segment_number", None),
        ("first from 2026-03-02 to 2026-03-01", "period_reversed", None), ("x" * (LONGEST + 1), "segment_long", None),
        (" and ".join(["bought"] * (MOST + 1)), "segment_long", None), ("not " * (DEEPEST + 2) + "bought", "segment_long", None),
        ("bought product=a then product=b", "segment_expected", 32),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_place(text: str, code: str, at: int | None) -> None:
    with pytest.raises(GoldloopError) as refused:
        parse(text)
    assert refused.value.code == code
    assert at is None or refused.value.params["at"] == at


def test_days_are_seen_from_the_last_one_that_counts() -> None:
    until = date(2026, 6, 30)
    assert Days(within=1).span(until) == (until, until)
    assert Days(over=1).span(until)[1] == date(2026, 6, 28)
    assert Days(last=date(2030, 1, 1)).span(until) == (date.min, until)
    assert Days(within=4000000).span(until) == (date.min, until)


def test_names_of_groups_and_states_are_those_of_the_catalogue() -> None:
    told = messages()["label"]
    assert all(told[f"members_is_{name}"]["zh"] == zh for name, zh in {**RFM_ZH, **STATES_ZH}.items())


def test_numbers_keep_their_digits() -> None:
    assert parse("amount >= 0.10") == Count("amount", ">=", Decimal("0.10"))
