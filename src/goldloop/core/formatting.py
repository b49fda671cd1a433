"""Numbers and dates as people read them: one place for both languages, so that page, chart, message and command agree.

Values come as answers carry them: money in minor units (int or Decimal), rates as fractions, counts as integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from goldloop.core.money import exponent

NOTHING = "--"
MINUS = "-"
# Steps of compact numbers: from this value on, divide by it and add the word.
STEPS: dict[str, Sequence[tuple[int, str]]] = {
    "zh": ((10**12, "万亿"), (10**8, "亿"), (10**4, "万")),
    "en": ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**4, "K")),
}
_DIVISOR = {"K": 10**3}
POINTS = {"zh": "点", "en": "pp"}
WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def exact(value: Any, unit: str, currency: str | None, lang: str) -> str:
    """All digits: money with its minor units, counts whole, rates in percent with two decimals; `--` for null.

    >>> exact(124310055, "money", "CNY", "zh"), exact(0.02614, "rate", None, "en"), exact(None, "count", None, "en")
    ('1,243,100.55', '2.61%', '--')
    """
    if value is None:
        return NOTHING
    number = _major(value, unit, currency)
    if unit == "rate":
        return f"{_signed(_rounded(number * 100, 2), 2)}%"
    if unit == "seconds":
        return _seconds(number, lang)
    places = _places(unit, currency)
    return _signed(_rounded(number, places), places)


def compact(value: Any, unit: str, currency: str | None, lang: str, *, sign: bool = False) -> str:
    """Short for screens: from 10,000 on in 万 and 亿 or K, M and B; two decimals below 100 of them, else one.

    >>> compact(1234500, "money", "CNY", "zh"), compact(1234500, "money", "USD", "en")
    ('1.23万', '12.35K')
    >>> compact(99_999_999, "count", None, "zh"), compact(9999, "count", None, "zh")
    ('1.00亿', '9,999')
    """
    if value is None:
        return NOTHING
    number = _major(value, unit, currency)
    if unit in ("rate", "seconds"):
        text = exact(value, unit, currency, lang)
    else:
        places = _places(unit, currency)
        short = _short(_rounded(number, places), lang)
        text = short or exact(value, unit, currency, lang)
    return f"+{text}" if sign and number > 0 and _shows_something(text) else text


def change(value: Any, unit: str, currency: str | None, lang: str) -> str:
    """A difference with its sign; of rates in points.

    >>> change(0.0010, "rate", None, "zh"), change(-480_000_00, "money", "CNY", "zh")
    ('+0.10点', '-48.00万')
    """
    if value is None:
        return NOTHING
    if unit != "rate":
        return compact(value, unit, currency, lang, sign=True)
    number = _rounded(Decimal(str(value)) * 100, 2)
    return f"{'+' if number > 0 else ''}{_signed(number, 2)}{'' if lang == 'zh' else ' '}{POINTS[lang]}"


def change_rate(value: Any, lang: str) -> str:
    """A relative change in percent with its sign and one decimal.

    >>> change_rate(0.714, "en"), change_rate(None, "en")
    ('+71.4%', '--')
    """
    if value is None:
        return NOTHING
    number = _rounded(Decimal(str(float(value))) * 100, 1)
    return f"{'+' if number > 0 else ''}{_signed(number, 1)}%"


def share(part: Any, whole: Any) -> str:
    """A part of a whole in percent with one decimal; `--` of nothing.

    >>> share(1, 3), share(1, 0)
    ('33.3%', '--')
    """
    if not whole or part is None:
        return NOTHING
    return f"{_signed(_rounded(Decimal(part) / Decimal(whole) * 100, 1), 1)}%"


def scaled(values: Sequence[Any], unit: str, currency: str | None, lang: str) -> tuple[list[float | None], str]:
    """Values for the axis of a chart, in one step for all of them, and the word of that step ('' below the first).

    >>> scaled([1234500, None], "money", "CNY", "zh")
    ([1.2345, None], '万')
    """
    numbers = [None if v is None else _major(v, unit, currency) * (100 if unit == "rate" else 1) for v in values]
    top = max((abs(n) for n in numbers if n is not None), default=Decimal(0))
    step, word = next(
        ((s, w) for s, w in STEPS[lang] if top >= s and unit != "rate"), (1, "%" if unit == "rate" else "")
    )
    divisor = _DIVISOR.get(word, step)
    return [None if n is None else float(n / divisor) for n in numbers], word


def day(value: date, lang: str) -> str:
    """A day with its weekday.

    >>> day(date(2026, 11, 20), "zh"), day(date(2026, 11, 20), "en")
    ('11-20(五)', 'Fri 11-20')
    """
    name = WEEKDAYS[lang][value.weekday()]
    return f"{value:%m-%d}({name})" if lang == "zh" else f"{name} {value:%m-%d}"


def days(first: date, last: date, lang: str) -> str:
    """A period: one day with its weekday, or both ends; the year where it is not the same."""
    if first == last:
        return f"{first:%Y}-{day(first, lang)}" if lang == "zh" else f"{day(first, lang)}, {first:%Y}"
    end = f"{last:%m-%d}" if first.year == last.year else f"{last:%Y-%m-%d}"
    return f"{first:%Y-%m-%d} ~ {end}"


def _major(value: Any, unit: str, currency: str | None) -> Decimal:
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number.scaleb(-exponent(currency or "")) if unit in ("money", "money_per") else number


def _places(unit: str, currency: str | None) -> int:
    if unit == "count":
        return 0
    return exponent(currency or "") if unit == "money" else 2


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _signed(number: Decimal, places: int) -> str:
    text = f"{abs(number):,.{places}f}"
    return f"{MINUS}{text}" if number < 0 and _shows_something(text) else text


def _shows_something(text: str) -> bool:
    return any(digit in "123456789" for digit in text)


def _short(number: Decimal, lang: str) -> str:
    """The number in its largest step; '' below the first one. What rounds up to the next step is written in it."""
    for step, word in STEPS[lang]:
        divisor = _DIVISOR.get(word, step)
        scaled = abs(number) / divisor
        places = 2 if scaled < 100 else 1
        scaled = _rounded(scaled, places)
        if scaled * divisor >= step and abs(number) >= STEPS[lang][-1][0]:
            return f"{MINUS if number < 0 else ''}{scaled:,.{places}f}{word}"
    return ""


def _seconds(number: Decimal, lang: str) -> str:
    minutes, seconds = divmod(int(_rounded(number, 0)), 60)
    return f"{minutes}分{seconds:02d}秒" if lang == "zh" else f"{minutes}:{seconds:02d}"
