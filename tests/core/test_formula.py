"""Rules and identities of the golden formula."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from goldloop.core.formula import apply, broken, minus, part, per, plus, ratio

maybe = st.one_of(st.none(), st.integers(-(10**12), 10**12))


@given(st.lists(st.tuples(maybe, maybe), max_size=20))
def test_null_goes_through_and_zero_divides_nothing(pairs):
    a, b = [p[0] for p in pairs], [p[1] for p in pairs]
    for x, y, r, m, s in zip(
        a, b, apply(ratio("a", "b"), [a, b]), apply(minus("a", "b"), [a, b]), apply(plus("a", "b"), [a, b]), strict=True
    ):
        assert (r is None) == (x is None or not y)
        assert (m is None) == (s is None) == (x is None or y is None)
        if m is not None:
            assert (m, s) == (x - y, x + y)


def test_money_per_something_is_exact():
    assert apply(per("m", "n"), [[10], [4]]) == [Decimal("2.5")]
    assert apply(part("m"), [[1, None]]) == [1, None]


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_tree_closes(gmv, visitors, buyers):
    row = {
        "gmv": gmv, "visitors": visitors, "buyers": buyers, "conversion": buyers / visitors,
        "buyer_value": Decimal(gmv) / buyers, "unidentified_gmv": 0,
    }  # fmt: skip
    assert broken(row) == []
    assert len(broken({**row, "unidentified_gmv": 5})) == 1
