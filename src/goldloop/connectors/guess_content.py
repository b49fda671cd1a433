"""What the cells of an unknown column look like: times, days, money, numbers, shares, numbers of things, words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from goldloop.connectors.guess_words import PERSONAL
from goldloop.connectors.readers import clean_name

MISSING = frozenset({"", "-", "--", "—", "nan", "null", "none", "n/a"})
_ENOUGH = 0.9  # share of the filled cells that must look alike
_SHOWN = 3  # values in a comment
_LONGEST = 24  # characters of a value in a comment

_DAY = r"(?:(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2})"
_PATTERNS = (
    ("time", re.compile(rf"{_DAY}[ T]+\d{{1,2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?\s*(Z|[+-]\d{{2}}:?\d{{2}})?")),
    ("date", re.compile(_DAY)),
    ("share", re.compile(r"[+-]?[\d,]*\.?\d+\s*%")),
    ("int", re.compile(r"[+-]?(\d{1,9}|\d{1,3}(,\d{3})+)")),
    ("id", re.compile(r"\d{10,}")),
    ("money", re.compile(r"[A-Z]{0,3}[¥￥$€£]?\s*[+-]?(\d{1,3}(,\d{3})+|\d+)?\.\d+\s*(元|[A-Z]{3})?")),
    ("money", re.compile(r"[A-Z]{0,3}[¥￥$€£]\s*[+-]?[\d,.]+|[\d,.]+\s*元")),
    ("comma", re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d{1,2}")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
)
_MOBILE = re.compile(r"(\+?86[- ]?)?1[3-9]\d{9}")
_DOTTED = re.compile(r"\d{1,3}(\.\d{3})*")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:19|20)\d{2}")
_FITS = {
    "time": {"time", "date"},
    "date": {"time", "date"},
    "money": {"money", "int", "comma"},
    "price": {"money", "int", "comma"},
    "float": {"money", "int", "comma", "share"},
    "rate": {"share", "money", "comma"},
    "int": {"int"},
}


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of a column from its first cells.

    `kind`: time, date, share (%), int, id (long digits), money (decimals), comma (decimal comma), email, text, or empty;
    `values` the cleaned cells in order ('' where missing); `personal` whether they may name a person.
    """

    header: str
    values: tuple[str, ...]
    kind: str
    personal: bool

    @property
    def distinct(self) -> list[str]:
        """The different filled values, in the order of the rows."""
        return [v for v in dict.fromkeys(self.values) if v]

    def fits(self, type: str) -> bool:
        """Whether the cells can be of this type of the schema (empty cells and texts can be anything)."""
        return self.kind == "empty" or type not in _FITS or self.kind in _FITS[type]

    def shown(self) -> str:
        """Some values for a comment; none of a column that may name persons."""
        if self.kind == "empty":
            return "no values"
        if self.personal:
            return "values not shown"
        cut = (v if len(v) <= _LONGEST else v[: _LONGEST - 1] + "…" for v in self.distinct[:_SHOWN])
        return "such as " + " | ".join("".join(c if c.isprintable() else " " for c in v) for v in cut)


def content_of(header: str, cells: Sequence[str]) -> Content:
    """What a column with this header and these first cells holds.

    >>> content_of("下单时间", ["2026-10-01 10:00:00", "-"]).kind, content_of("实付", ["¥1,234.50"]).kind
    ('time', 'money')
    """
    values = tuple(_cleaned(cell) for cell in cells)
    filled = [v for v in values if v]
    folded = folded_header(header)
    mobiles = sum(_MOBILE.fullmatch(v) is not None for v in filled)
    personal = any(word in folded for word in PERSONAL) or mobiles > _ENOUGH * len(filled)
    kind = _kind(filled)
    counts = kind in ("money", "share", "time", "date") or folded.endswith(("数", "人数", "count"))
    return Content(header, values, kind, (personal and not counts) or kind == "email")


def folded_header(header: str) -> str:
    """A header without case, blanks, `_`, `-` and what stands in brackets.

    >>> folded_header("Order_ID"), folded_header("支付金额（元）")
    ('orderid', '支付金额')
    """
    return re.sub(r"\(.*?\)|\[.*?\]|[\s_\-/.#:]", "", clean_name(header)).casefold()


def decimal_sign(contents: Sequence[Content]) -> tuple[str, list[Content]]:
    """The decimal sign of the file, and the contents as they are under it: with a decimal comma 1.200 is a whole number."""
    if not any(c.kind == "comma" for c in contents):
        return ".", list(contents)
    return ",", [
        replace(c, kind="int") if c.kind == "money" and all(map(_DOTTED.fullmatch, c.distinct)) else c for c in contents
    ]


def number_of(cell: str) -> Decimal | None:
    """The number in a cell, whatever currency or thousand signs stand around it; None when there is none."""
    try:
        return Decimal(re.sub(r"[^\d.+-]", "", cell))
    except InvalidOperation:
        return None


def date_order(contents: Sequence[Content]) -> tuple[str, bool]:
    """ymd, dmy or mdy of the times in the file, and whether that is sure (a number above 12 shows it)."""
    pairs = [m.groups() for c in contents if c.kind in ("time", "date") for v in c.values if (m := _DAY_FIRST.match(v))]
    if not pairs:
        return "ymd", True
    if any(int(first) > 12 for first, _ in pairs):
        return "dmy", True
    return "mdy", any(int(second) > 12 for _, second in pairs)


def _kind(filled: Sequence[str]) -> str:
    if not filled:
        return "empty"
    found = [next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(v)), "text") for v in filled]
    for kind in dict.fromkeys(found):
        if found.count(kind) >= _ENOUGH * len(found):
            return kind
    if {"int", "money"} >= set(found) or ({"int", "money", "id"} >= set(found) and "money" in found):
        return "money"
    if {"time", "date"} >= set(found):
        return "time"
    return "comma" if {"int", "comma"} >= set(found) else "text"


def _cleaned(cell: str) -> str:
    text = cell.strip(" \t\r\n\ufeff\u3000")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    text = text.removeprefix("'").strip()
    return "" if text.casefold() in MISSING else text
