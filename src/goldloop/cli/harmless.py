"""Text that a spreadsheet or a terminal would obey, made into text that it shows (docs/decisions/0007-harmless-exports.md).

A CSV file has no types: a cell that begins with = + - @ is run as a formula. Such text gets an apostrophe before that sign.
Numbers are never touched, so a negative one stays a number; our own readers take the apostrophe away again. In typed
files (Excel, Parquet, JSON) text is text and stays as it is.
"""

from __future__ import annotations

import re

# What a spreadsheet may overlook before a sign: blanks of every width, control characters, marks without width.
_UNSEEN = r"\s\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
_SIGNS = "=+\\-@＝＋－＠﹢﹣﹦﹫−"
# A cell begins with the text, and after a line end, tab or semicolon where a program cuts the file in its own way.
_FORMULA = re.compile(rf"(?:^|(?<=[\t\r\n;|]))([{_UNSEEN}]*)([{_SIGNS}])")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)%?|-+")  # or the dashes that stand for nothing
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def csv_text(text: str) -> str:
    """A text cell of a CSV file: harmless, without NUL, with LF as its only line end (the writer quotes that one).

    >>> [csv_text(t) for t in ("=1+1", " ＋1", "-12.50", "-", "-2+3", "a;=1", "shirt")]
    ["'=1+1", " '＋1", '-12.50', '-', "'-2+3", "a;'=1", 'shirt']
    """
    plain = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return plain if _NUMBER.fullmatch(plain) else _FORMULA.sub(r"\1'\2", plain)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run this text, were it typed into a cell."""
    return csv_text(text) != text


def screen_text(text: str) -> str:
    """Text for a terminal: signs that move the cursor, change colours or turn the direction of writing are shown as �.

    So are the broken bytes of a file name, which no terminal takes.

    >>> screen_text("\\x1b[31mred"), screen_text("two\\nlines")
    ('�[31mred', 'two\\nlines')
    """
    return _CONTROL.sub("�", text)
