"""Reading a segment from words: `purchases >= 2 and not last within 60 days`, `购买次数>=2 且 非 最近购买 近60天`.

segment   = all {"or" all}        all = one {"and" one}        one = ["not"] one | "(" segment ")" | condition
condition = MEASURE OP NUMBER {filter} [days] | "bought" {filter} [days] | "bought" {filter} "then" {filter} days
          | ("first" | "last") days | TRAIT "=" values
filter    = CUT "=" values        values = value {"," value}
days      = "within" N "days" | "over" N "days ago" | "from" DAY ["to" DAY] | "to" DAY
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from string import ascii_lowercase, ascii_uppercase

from goldloop.core.errors import GoldloopError
from goldloop.core.members.segments import (
    BOUGHT,
    CHOICES,
    ENDS,
    FILTERS,
    MEASURES,
    OPS,
    TRAITS,
    Count,
    Days,
    Filter,
    Joined,
    Not,
    Segment,
    Then,
    Trait,
    When,
    conditions,
)
from goldloop.core.money import read_amount

LONGEST = 2000  # characters
MOST = 20  # conditions
DEEPEST = 20  # brackets and nots in each other
FAR = 36500  # days
_OTHERS = {
    "and": ("and", "并且", "且"), "or": ("or", "或者", "或"), "not": ("not", "非"), "bought": ("bought", "买过"),
    "then": ("then", "然后"), "within": ("within", "近"), "over": ("over", "超过"), "from": ("from", "since", "从"),
    "to": ("to", "到"), "days": ("days", "day", "天内", "天"), "ago": ("ago", "前"),
}  # fmt: skip
_NAMES = {**MEASURES, **ENDS, **TRAITS, **FILTERS}
WORDS = {**_OTHERS, **{name: (name, zh) for name, zh in _NAMES.items()}}
_SPELT = sorted(
    ((spelling.casefold(), word) for word, all_ in WORDS.items() for spelling in all_), key=lambda one: -len(one[0])
)
_SIGNS = str.maketrans({"（": "(", "）": ")", "，": ",", "＝": "=", "＞": ">", "＜": "<", "“": '"', "”": '"'})
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # letter by letter: places stay as they are
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?![\d-])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_VALUE = re.compile(r'"([^"]*)"|([^\s,()"=]+)')


def parse(text: str) -> Segment:
    """The segment that a text says; raises `segment_long`, `segment_expected`, `segment_number` or `segment_value`.

    >>> parse("买过 类目=茶 近90天") == parse('bought category="茶" within 90 days')
    True
    """
    if len(text) > LONGEST:
        raise _too_much("characters", len(text), LONGEST)
    reading = _Reading(text)
    found = reading.any_of(0)
    if reading.at < len(reading.text):
        raise reading.expected(("and", "or"))
    count = sum(1 for _ in conditions(found))
    if count > MOST:
        raise _too_much("conditions", count, MOST)
    return found


class _Reading:
    """A text and how far it was read."""

    def __init__(self, text: str) -> None:
        self.given = text
        self.text = text.translate(_SIGNS).rstrip()
        self.lower = self.text.translate(_LOWER)
        self.at = 0

    def any_of(self, depth: int) -> Segment:
        """Conditions with `or` between them."""
        return self._joined("or", lambda: self._joined("and", lambda: self._one(depth)))

    def _joined(self, word: str, part: object) -> Segment:
        assert callable(part)
        parts = [part()]
        while self.take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self, depth: int) -> Segment:
        if depth > DEEPEST:
            raise _too_much("brackets", depth, DEEPEST)
        if self.take("not"):
            return Not(self._one(depth + 1))
        if self._sign("("):
            found = self.any_of(depth + 1)
            if not self._sign(")"):
                raise self.expected((")",))
            return found
        return self._condition()

    def _condition(self) -> Segment:
        start = (*MEASURES, "bought", *ENDS, *TRAITS)
        word = self._word(start)
        if word in MEASURES:
            op = next((op for op in OPS if self._sign(op)), None)
            if op is None:
                raise self.expected(OPS)
            return Count(word, op, self._number(), self._filters(), self._days())
        if word in ENDS:
            days = self._days()
            if days is None:
                raise self.expected(("within", "over", "from", "to"))
            return When(word, days)
        if word in TRAITS:
            return Trait(word, self._values(word))
        if word != "bought":
            raise self.expected((*start, "not", "("))
        where = self._filters()
        if not self.take("then"):
            return Count(*BOUGHT, where, self._days())
        after, days = self._filters(), self._days()
        if days is None or days.within is None:
            raise self.expected(("within",))
        return Then(where, after, days.within)

    def _filters(self) -> tuple[Filter, ...]:
        found = []
        while word := self._word(tuple(FILTERS)):
            found.append(Filter(word, self._values(word)))
        return tuple(found)

    def _values(self, name: str) -> tuple[str, ...]:
        if not self._sign("="):
            raise self.expected(("=",))
        found = [self._value(name)]
        while self._sign(","):
            found.append(self._value(name))
        return tuple(dict.fromkeys(found))

    def _value(self, name: str) -> str:
        self._skip()
        match = _VALUE.match(self.text, self.at)
        if match is None:
            raise self.expected(tuple(CHOICES.get(name, ())) or ('"..."',))
        self.at = match.end()
        text = match[2] if match[1] is None else match[1]
        known = CHOICES.get(name)
        if known is None:
            return text
        value = next((word for word, zh in known.items() if text.casefold() in (word, zh)), None)
        if value is None:
            raise GoldloopError(
                "segment_value", f"'{text}' is no value of {name}.", given=text,
                allowed=[f"{word} ({zh})" for word, zh in known.items()], value=text, name=name, zh=_NAMES[name],
            )  # fmt: skip
        return value

    def _days(self) -> Days | None:
        if self.take("within"):
            return Days(within=self._some_days())
        if self.take("over"):
            days = self._some_days()
            self.take("ago")
            return Days(over=days)
        mark = self.at
        if (number := _NUMBER.match(self.text, self._skip())) and self._at_days(number.end()):  # 30天内
            self.at = mark
            return Days(within=self._some_days())
        since = self._day() if self.take("from") else None
        until = self._day() if self.take("to") else None
        if since and until and until < since:
            raise GoldloopError(
                "period_reversed", "A period ends before it begins.", given=f"{since}..{until}", first=str(since), last=str(until)
            )  # fmt: skip
        return Days(first=since, last=until) if since or until else None

    def _at_days(self, at: int) -> bool:
        return any(self.lower.startswith(one, at) for one in ("天内", " 天内"))

    def _some_days(self) -> int:
        number = self._number()
        if number != int(number) or not 1 <= number <= FAR:
            raise _bad_number(f"{number:f}", f"1..{FAR}")
        if not self.take("days"):
            raise self.expected(("days",))
        return int(number)

    def _number(self) -> Decimal:
        match = _NUMBER.match(self.text, self._skip())
        if match is None:
            raise self.expected(("0..9",))
        found = read_amount(match[0])
        if found is None:
            raise _bad_number(match[0], "-10^18..10^18")
        self.at = match.end()
        return found

    def _day(self) -> date:
        match = _DAY.match(self.text, self._skip())
        if match is None:
            raise self.expected(("YYYY-MM-DD",))
        self.at = match.end()
        try:
            return date.fromisoformat(match[0])
        except ValueError:
            raise _bad_number(match[0], "YYYY-MM-DD") from None

    def take(self, word: str) -> bool:
        """Whether this word stands here; it is then read."""
        return self._word((word,)) is not None

    def _word(self, allowed: Sequence[str]) -> str | None:
        """The word that stands here, if it is one of these; the longest spelling counts."""
        self._skip()
        for spelling, word in _SPELT:
            end = self.at + len(spelling)
            if self.lower.startswith(spelling, self.at) and not (spelling.isascii() and self._goes_on(end)):
                if word not in allowed:
                    return None
                self.at = end
                return word
        return None

    def _goes_on(self, at: int) -> bool:
        """Whether a letter follows, so that a word of letters is only the beginning of another one."""
        return at < len(self.text) and self.text[at].isascii() and (self.text[at].isalnum() or self.text[at] == "_")

    def _sign(self, sign: str) -> bool:
        if not self.text.startswith(sign, self._skip()):
            return False
        self.at += len(sign)
        return True

    def _skip(self) -> int:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at

    def expected(self, words: Sequence[str]) -> GoldloopError:
        """What is wrong at this place."""
        found = self.text[self._skip() : self.at + 20]
        spelt = [" / ".join(dict.fromkeys((WORDS[one][0], WORDS[one][-1]))) if one in WORDS else one for one in words]
        what = f"'{found}'" if found else "the end"
        return GoldloopError(
            "segment_expected", f"At character {self.at + 1} of the segment stands {what}.", given=self.given, allowed=spelt,
            at=self.at + 1, found=found or "（结尾）",
        )  # fmt: skip


def _bad_number(given: str, allowed: str) -> GoldloopError:
    return GoldloopError(
        "segment_number", f"'{given}' cannot be counted with here.", given=given, allowed=allowed, value=given
    )


def _too_much(what: str, given: int, most: int) -> GoldloopError:
    zh = {"characters": "字符", "conditions": "条件", "brackets": "括号层数"}[what]
    return GoldloopError(
        "segment_long", f"A segment has at most {most} {what}.", given=given, allowed=f"1..{most}", most=most, what=zh
    )
