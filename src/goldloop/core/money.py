"""Exact money: minor units, rounding half up, and splitting without losing a cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from goldloop.core.errors import GoldloopError

# ISO 4217 exponents that differ from 2.
EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
    "UYW": 4,
}


def exponent(currency: str) -> int:
    """Number of decimals of a currency (ISO 4217): CNY 2, JPY 0, KWD 3.

    >>> exponent("CNY"), exponent("JPY"), exponent("KWD")
    (2, 0, 3)
    """
    return EXPONENTS.get(currency, 2)


def read_amount(text: object) -> Decimal | None:
    """A number as it is typed, thousands apart or not; None for what is none, or has over 18 digits before the point or 12 behind.

    `1e99999999` is short to write, but no computer multiplies it.

    >>> read_amount(" 12,345.60 "), read_amount("nan"), read_amount("1e99999999")
    (Decimal('12345.60'), None, None)
    """
    try:
        found = Decimal(str(text).strip().replace(",", ""))
    except InvalidOperation:
        return None
    digits = found.as_tuple().exponent
    return found if isinstance(digits, int) and digits >= -12 and found.adjusted() < 18 else None


def to_minor(amount: Decimal | str | int, currency: str) -> int:
    """Major units to an integer of minor units, rounded half away from zero.

    `minor = round(amount x 10^exponent)`; `amount` in major units. Floats are refused because they are not exact.

    >>> to_minor("12.345", "CNY"), to_minor("-0.005", "CNY"), to_minor(7, "JPY")
    (1235, -1, 7)
    """
    if isinstance(amount, float):
        raise GoldloopError("money_float", "Money must not be a float.", given=amount, allowed="Decimal, str or int")
    scaled = Decimal(amount).scaleb(exponent(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_text(minor: int, currency: str) -> str:
    """Minor units to a decimal string in major units, as JSON answers carry it.

    >>> to_text(123456, "CNY"), to_text(-5, "CNY"), to_text(7, "JPY")
    ('1234.56', '-0.05', '7')
    """
    return f"{Decimal(minor).scaleb(-exponent(currency)):f}"


def per(minor: int, count: int, currency: str) -> Decimal | None:
    """Money per something in major units, exact `Decimal` division; None when `count` is 0.

    >>> per(10000, 3, "CNY")
    Decimal('33.33333333333333333333333333')
    """
    if count == 0:
        return None
    return Decimal(minor).scaleb(-exponent(currency)) / Decimal(count)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer amount by weights so that the parts sum to it exactly (largest remainder, Hamilton 1792).

    Each part is `floor(total x w_i / sum(w))` plus one for the largest remainders; ties go to the earlier position.
    Equal weights are used when all weights are 0. `total` may be negative; `weights` must not be.

    >>> split(100, [1, 1, 1]), split(-100, [1, 1, 1]), split(5, [0, 0])
    ([34, 33, 33], [-34, -33, -33], [3, 2])
    """
    if not weights:
        if total:
            raise GoldloopError("split_nothing", "An amount cannot be split over nothing.", given=total)
        return []
    if min(weights) < 0:
        raise GoldloopError("split_negative", "Weights must not be negative.", given=list(weights))
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * w // whole for w in weights]
    remainders = [size * w % whole for w in weights]
    missing = size - sum(parts)
    for i in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        parts[i] += 1
    return [sign * p for p in parts]
