"""From cells to values, whole columns at a time: cleaned text, exact numbers, and what goes wrong on the way.

Every parser returns the values and a mask of cells that say something unreadable; a missing cell is null and no mistake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import tidy
from goldloop.core.money import exponent

MISSING = (
    "",
    "-",
    "--",
    "—",
    "——",
    "\\n",
    "nan",
    "null",
    "none",
    "n/a",
    "#n/a",
    "<null>",
    "(null)",
    "0000-00-00 00:00:00",
)

WORK = pa.decimal128(28, 10)  # exact numbers while they are worked with: ten decimals
FACTOR = pa.decimal128(18, 6)  # prices, and factors of a product, so that it fits 38 digits
_SHORTEST, _LONGEST = 4, 11  # signs of an amount of two decimals that `two_decimals` reads
LIMIT = Decimal(10) ** 12  # numbers from here on are no quantities and no amounts

_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 "
    "陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
).split()
PATTERNS = {"province": f"^({'|'.join(_PROVINCES)})", "first_word": r"^(\S+)"}  # named patterns for `extracted`

_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
_GUARDED = r'^="(.*)"$'
_APOSTROPHE = r"^'([0-9+=@.＝＋－＠﹢﹣﹦﹫−-])"
_PLAIN = r"^[+-]?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{0,10})?$"
_UNIT = re.compile(
    r"^(?P<before>[A-Z]{0,3}[$¥€£₩₹฿₫]|[A-Z]{3})?\s*(?P<number>.*?)\s*(?P<after>元|件|个|人|次|笔|单|[A-Z]{3}|[$¥€£₩₹฿₫])?$"
)
_SIGNS = {"¥": "CNY JPY", "元": "CNY", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "฿": "THB", "₫": "VND"}
_NO_DOLLAR = "CNY JPY EUR GBP KRW INR THB VND".split()
_DOLLARS = {
    "US$": "USD", "R$": "BRL", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "NZ$": "NZD", "MX$": "MXN",
}  # fmt: skip
_BLANKS = re.compile(r"(?<=\d) (?=\d{3}(?:\D|$))")  # blanks at thousands, as French and Polish files write them
_NO_NUMBER = 200  # characters; nothing as long as that is a number in any disguise
_NUMBER = re.compile(r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,2})?$")
_LARGE = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


def one(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one piece."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    if array.num_chunks == 1:
        return array.chunk(0)
    return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)


def per_value(array: pa.Array, work: Callable[[pa.Array], tuple[pa.Array, ...]]) -> tuple[pa.Array, ...]:
    """`work` done once per distinct value where values repeat, else on the column as it is; results row by row."""
    if not repeats(array):
        return work(array)
    coded = array.dictionary_encode()
    return tuple(part.take(coded.indices) for part in work(coded.dictionary))


def repeats(array: pa.Array) -> bool:
    """Whether values repeat enough (judged by the first of them) that it pays to look at each distinct one once."""
    head = array.slice(0, max(2000, len(array) // 40))
    return len(head) >= 200 and len(head.unique()) * 10 <= len(head) * 9


def decoded(array: pa.Array) -> pa.Array:
    """The column with its values in place, where it holds distinct values and indices."""
    return array.dictionary.take(array.indices) if pa.types.is_dictionary(array.type) else array


def none_of(length: int) -> pa.Array:
    """A mask that is false everywhere."""
    return pa.array(np.zeros(length, dtype=bool))


def any_of(*masks: pa.Array) -> pa.Array:
    """True where one of the masks is true; nulls are false."""
    found = masks[0].fill_null(False)
    for mask in masks[1:]:
        found = pc.or_(found, mask.fill_null(False))
    return found


def is_text(array: pa.Array) -> bool:
    """Whether the column holds text."""
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def as_text(array: pa.Array) -> pa.Array:
    """Any column as text; numbers in their shortest exact form, times as YYYY-MM-DD HH:MM:SS[.ffffff]."""
    if pa.types.is_string(array.type):
        return array
    if pa.types.is_floating(array.type):
        return per_value(array, lambda v: (_float_text(v),))[0]
    if pa.types.is_timestamp(array.type) and array.type.unit != "s":
        seconds = pc.floor_temporal(array, unit="second")
        if pc.all(pc.equal(seconds, array)).as_py() is not False:
            array = array.cast(pa.timestamp("s", array.type.tz))
    return array.cast(pa.string())


def _float_text(values: pa.Array) -> pa.Array:
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 1e15))
    plain = pc.if_else(whole, values, None).cast(pa.int64(), safe=False).cast(pa.string())
    return pc.coalesce(plain, pc.if_else(pc.is_nan(values), None, values).cast(pa.string()))


def clean(array: pa.Array, missing: frozenset[str] = frozenset()) -> pa.Array:
    """Text without guards (=\"…\", a leading ', tabs and blanks around it); the words for missing become null."""
    words = _missing_words(missing)
    return per_value(array, lambda values: (_cleaned(as_text(values), words),))[0]


@lru_cache(maxsize=64)
def _missing_words(more: frozenset[str]) -> pa.Array:
    return pa.array(sorted({*MISSING, *(w.strip().lower() for w in more)}))


def _cleaned(values: pa.Array, words: pa.Array) -> pa.Array:
    if tidy.is_tidy(values):
        if tidy.holds_none(values, words):
            return values
        return pc.if_else(pc.is_in(pc.utf8_lower(values), words), None, values)
    text = pc.utf8_trim_whitespace(values)
    if pc.any(pc.match_substring_regex(text, f"[{_INVISIBLE}]|^['=]")).as_py():
        text = pc.utf8_trim_whitespace(pc.utf8_trim(text, characters=_INVISIBLE + " \t"))
        text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _GUARDED, r"\1"))
        text = pc.replace_substring_regex(text, _APOSTROPHE, r"\1")
    return pc.if_else(pc.is_in(pc.utf8_lower(text), words), None, text)


def joined(parts: list[pa.Array], separator: str) -> pa.Array:
    """Filled texts of each row joined by the separator; null where none is filled."""
    found = parts[0]
    for part in parts[1:]:  # not null_handling="skip": Arrow then leaves out rows without a word
        both = pc.binary_join_element_wise(found, part, separator)
        found = pc.coalesce(both, found, part)
    return found


def extracted(values: pa.Array, pattern: str) -> pa.Array:
    """What the one group of a pattern (or of a named one) finds in each text; null where it finds nothing."""
    search = re.compile(PATTERNS.get(pattern, pattern)).search

    def find(part: pa.Array) -> tuple[pa.Array, ...]:
        matches = (None if v is None else search(v) for v in part.to_pylist())
        return (pa.array([(m[1] or None) if m else None for m in matches], pa.string()),)

    return per_value(values, find)[0]


def fold(words: pa.Array) -> pa.Array:
    """Words as word lists compare them: NFKC (so that ，（ and ,( are the same), lower case, without blanks."""
    return pc.replace_substring_regex(pc.utf8_lower(pc.utf8_normalize(words, form="NFKC")), r"\s+", "")


def fold_word(word: str) -> str:
    """One word as `fold` compares it."""
    return "".join(unicodedata.normalize("NFKC", word).lower().split())


def numbers(
    array: pa.Array, *, decimal: str = ".", percent: bool = False, currency: str | None = None
) -> tuple[pa.Array, pa.Array]:
    """Exact numbers (ten decimals) from cleaned text or from a typed column.

    Thousands signs must stand at thousands; `percent` reads "9.99%" as 0.0999, elsewhere a percent sign is a mistake.
    A sign of another currency than `currency` is a mistake too, and so are numbers of 10^12 and more. Floats are read
    as the shortest decimal that gives the same float.
    """
    if pa.types.is_integer(array.type):
        whole = array.cast(pa.int64())
        bad = pc.greater_equal(pc.abs(whole), int(LIMIT))
        return pc.if_else(bad, None, whole).cast(pa.decimal128(19, 0)).cast(WORK), any_of(bad)
    if not is_text(array):
        array = clean(array.cast(pa.string()) if pa.types.is_decimal(array.type) else array)
    values, bad = per_value(array, lambda v: _parsed(v, decimal, percent, currency))
    return values, any_of(bad)


def two_decimals(values: pa.Array) -> pa.Array | None:
    """Exact numbers where every text is digits, a point and two digits, as exports write amounts; None where one is not."""
    valid, offsets, octets = values.buffers()
    if values.offset or octets is None or not pa.types.is_string(values.type) or not len(values):
        return None
    ends = np.frombuffer(offsets, dtype=np.int32)[: len(values) + 1]
    signs = np.frombuffer(octets, dtype=np.uint8)[int(ends[0]) : int(ends[-1])]
    lengths = np.diff(ends)
    filled = pc.is_valid(values).to_numpy(zero_copy_only=False)
    fits = np.where(filled, (lengths >= _SHORTEST) & (lengths <= _LONGEST), lengths == 0)
    if not fits.all():
        return None
    ends = ends - ends[0]
    is_digit = (signs - np.uint8(ord("0"))) < 10  # what is below 0 wraps around
    points = ends[1:][filled] - 3
    if len(signs) - np.count_nonzero(is_digit) != len(points) or (signs[points] != ord(".")).any():
        return None
    digits = signs[is_digit]
    ends = ends - np.r_[0, np.cumsum(filled)].astype(np.int32)
    texts = pa.StringArray.from_buffers(len(values), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(digits), valid)
    exact = np.zeros((len(values), 2), dtype=np.int64)  # the low half of each number, the high one is zero
    exact[:, 0] = texts.cast(pa.int64()).fill_null(0).to_numpy() * 10 ** (WORK.scale - 2)
    return pa.Decimal128Array.from_buffers(WORK, len(values), [valid, pa.py_buffer(exact)])


def _parsed(values: pa.Array, decimal: str, percent: bool, currency: str | None) -> tuple[pa.Array, pa.Array]:
    if decimal == ",":  # swap the two signs, so that each still has to stand where it belongs
        values = pc.replace_substring(pc.replace_substring(values, ",", "\0"), ".", ",")
        values = pc.replace_substring(values, "\0", ".")
    plain = pc.match_substring_regex(values, _PLAIN)
    exact = pc.replace_substring(pc.if_else(plain, values, None), ",", "").cast(WORK)
    rest = pc.and_(pc.is_valid(values), pc.invert(plain.fill_null(False)))
    if not pc.any(rest).as_py():
        return exact, none_of(len(values))
    texts = pc.if_else(rest, values, None).to_pylist()
    found = pa.array([None if t is None else number(t, percent, currency) for t in texts], WORK)
    return pc.coalesce(exact, found), pc.and_(rest, pc.is_null(found))


def number(text: str, percent: bool = False, currency: str | None = None) -> Decimal | None:
    """One number in any of its disguises (￥1,234.50, 0元, (5), 1.2万, 9.99%), rounded to ten decimals; None if it is none.

    >>> number("￥1,234.50"), number("(5)"), number("9.99%", percent=True), number("1,2"), number("$5", currency="CNY")
    (Decimal('1234.5000000000'), Decimal('-5.0000000000'), Decimal('0.0999000000'), None, None)
    """
    if len(text) > _NO_NUMBER:
        return None
    text = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    factor = Decimal(1)
    if text.startswith("(") and text.endswith(")"):
        text, factor = text[1:-1].strip(), Decimal(-1)
    sign = ""
    if text[:1] in ("-", "+"):
        sign, text = text[0], text[1:].strip()
    match = _UNIT.match(text)
    if match is None or not all(_fits(match[g], currency) for g in ("before", "after")):
        return None
    text = sign + _BLANKS.sub("", match["number"])
    if percent and text.endswith("%"):
        text, factor = text[:-1].strip(), factor / 100
    if text[-1:] in _LARGE:
        text, factor = text[:-1].strip(), factor * _LARGE[text[-1]]
    return _exact(text, factor)


def _fits(unit: str | None, currency: str | None) -> bool:
    """Whether a sign beside a number may stand for the currency (signs that are no currency always do)."""
    if not unit or currency is None:
        return True
    if unit in _DOLLARS:
        return currency == _DOLLARS[unit]
    if unit.endswith("$"):
        return currency not in _NO_DOLLAR
    if unit[-1] in _SIGNS:
        return currency in _SIGNS[unit[-1]]
    return unit == currency or not unit.isascii()


def _exact(text: str, factor: Decimal) -> Decimal | None:
    if not any(c.isdigit() for c in text) or not _NUMBER.match(text):
        return None
    try:
        value = (Decimal(text.replace(",", "")) * factor).quantize(Decimal(10) ** -10, rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return None
    return value if abs(value) < LIMIT else None


def factor(values: pa.Array) -> pa.Array:
    """Numbers as factors of a product: six decimals."""
    return _rescale(values, 6, FACTOR)


def product(left: pa.Array, right: pa.Array) -> pa.Array:
    """Product of two factors, exact up to ten decimals."""
    return _rescale(pc.multiply(left, right), 10, WORK)


def total(parts: list[pa.Array], minus: list[pa.Array]) -> pa.Array:
    """Sum of `parts` minus `minus`; a missing part counts 0, null only where every part and every minus is missing."""
    zero = pa.scalar(Decimal(0), WORK)
    found: pa.Array | None = None
    said: pa.Array | None = None
    for position, part in enumerate((*parts, *minus)):
        valid = pc.is_valid(part)
        said = valid if said is None else pc.or_(said, valid)
        filled = part.fill_null(zero)
        if found is None:
            found = filled if position < len(parts) else pc.negate(filled)
        else:
            found = (pc.add if position < len(parts) else pc.subtract)(found, filled).cast(WORK)
    return pc.if_else(said, found, None)


def to_minor(values: pa.Array, currency: str) -> pa.Array:
    """Exact major units to int64 minor units, rounded half away from zero."""
    small = _small_minor(values, WORK.scale - exponent(currency))
    if small is not None:
        return small
    factor = pa.scalar(Decimal(10 ** exponent(currency)), pa.decimal128(6, 0))

    def rounded(part: pa.Array) -> tuple[pa.Array, ...]:
        return (pc.round(pc.multiply(part, factor), round_mode="half_towards_infinity").cast(pa.int64()),)

    return per_value(values, rounded)[0]


def _small_minor(values: pa.Array, beyond: int) -> pa.Array | None:
    """The numbers without their last `beyond` decimals, where none of these matters and 64 bits hold them all; else None."""
    if values.type != WORK or values.offset or not len(values):
        return None
    valid, held = values.buffers()
    low, high = np.frombuffer(held, dtype=np.int64).reshape(-1, 2)[: len(values)].T
    if (high != low >> 63).any():
        return None
    minor = low // 10**beyond
    if (minor * 10**beyond != low).any():
        return None
    return pa.Int64Array.from_buffers(pa.int64(), len(values), [valid, pa.py_buffer(minor)])


def to_whole(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """int64 and a mask of numbers that are not whole."""
    try:  # the usual case: all of them are
        return values.cast(pa.int64()), none_of(len(values))
    except pa.ArrowInvalid:
        whole = pc.floor(values)
        bad = pc.not_equal(whole, values).fill_null(False)
        return pc.if_else(bad, None, whole).cast(pa.int64()), bad


def plain_text(values: pa.Array) -> pa.Array:
    """Numbers as text without useless zeros: 2.50 and 2.5 are the same word."""
    return per_value(
        values, lambda v: (pa.array([None if d is None else f"{d.normalize():f}" for d in v.to_pylist()], pa.string()),)
    )[0]


def _rescale(values: pa.Array, digits: int, into: pa.DataType) -> pa.Array:
    if values.type == into:
        return values
    try:  # the usual case: nothing is left to round
        return values.cast(into)
    except pa.ArrowInvalid:
        return pc.round(values, ndigits=digits, round_mode="half_towards_infinity").cast(into)
