"""Whether a number that a person wrote is another one rounded, or a different one."""

from __future__ import annotations

from fractions import Fraction

DIGITS = 12  # of a number that are looked at
# How far a rounded number may be from the exact one, relative to it: amounts and counts, values and rates, cut off.
AMOUNT, VALUE, CUT = Fraction(1, 100), Fraction(2, 100), Fraction(1, 200)


def place(written: Fraction) -> Fraction:
    """The decimal place that a number (not 0) is rounded to: the largest power of ten in it that leaves two digits.

    Twelve digits are looked at, so that a third has a place, too.

    >>> place(Fraction(26600)), place(Fraction(90)), place(Fraction("1.88")), place(Fraction(55))
    (Fraction(100, 1), Fraction(1, 1), Fraction(1, 100), Fraction(1, 1))
    """
    unit = Fraction(1)
    while unit * 10 ** (DIGITS - 1) <= abs(written):
        unit *= 10
    while unit * 10**DIGITS > abs(written):
        unit /= 10
    while not written % (10 * unit) and 100 * unit <= abs(written):
        unit *= 10
    return unit


def is_rounded(written: Fraction, exact: Fraction, *, amount: bool) -> bool:
    """Whether `written` is `exact` as people round it.

    Either to the nearest of its decimal place, within 1 % (`amount`: money or counts) or 2 % (values and rates); or cut
    off or taken up at that place, within 0.5 %. At least two digits must be left, so 0.7 is never a rounded 0.714.

    >>> rounded = [(26600, "26666.67"), ("1.88", "1.875"), (90, "90.23"), (55, 50), ("0.66", "0.714"), (800000, 880000)]
    >>> [is_rounded(Fraction(a), Fraction(b), amount=Fraction(a) > 1000) for a, b in rounded]
    [True, True, True, False, False, False]
    """
    if not written or not exact or (written < 0) != (exact < 0):
        return written == exact
    apart = abs(written - exact)
    share, most = apart / abs(exact), AMOUNT if amount else VALUE
    if share > most:
        return False
    unit = place(written)
    return apart <= unit / 2 or (apart < unit and share <= CUT)
