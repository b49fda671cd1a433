"""What people round, and what contradicts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from goldloop.core.plan.rounding import is_rounded, place


@pytest.mark.parametrize(
    ("written", "exact", "amount"),
    [
        ("26600", "26666.67", True),  # cut off at the hundreds
        ("26700", "26666.67", True),
        ("1.88", "1.875", False),
        ("1.9", "1.875", False),
        ("90", "90.2256", False),
        ("0.71", "0.714286", False),
        ("103.8", "103.7736", False),
        ("1500000", "1504000", True),
    ],
)
def test_rounded(written: str, exact: str, amount: bool) -> None:
    assert is_rounded(Fraction(written), Fraction(exact), amount=amount)


@pytest.mark.parametrize(
    ("written", "exact", "amount"),
    [
        ("0.66", "0.714286", False),  # the articles' growth
        ("55", "50", False),  # the articles' CAC
        ("800000", "880000", True),
        ("0.7", "0.714286", False),  # one digit says too little
        ("16000", "16400", True),
        ("26600", "26800", True),
        ("90", "94.9", False),
        ("0.0333", "0.05", False),
        ("5", "-5", True),
    ],
)
def test_contradicting(written: str, exact: str, amount: bool) -> None:
    assert not is_rounded(Fraction(written), Fraction(exact), amount=amount)


def test_nothing_is_only_itself() -> None:
    assert is_rounded(Fraction(0), Fraction(0), amount=True)
    assert not is_rounded(Fraction(0), Fraction(1, 1000), amount=True)
    assert not is_rounded(Fraction(1, 1000), Fraction(0), amount=True)


def test_a_number_without_end_has_a_place() -> None:
    assert place(Fraction(1, 3)) == Fraction(1, 10**13)
