"""What a profile may say about one value: where it comes from, how it is worked out, and on which rows.

Names starting with `@` are values that do not stand in a cell: `@period_first`, `@period_last` (the file's period),
`@moment` (when the file was exported), `@line_key` (the line's content key), `@sheet`, `@member`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from goldloop.connectors.section import ProfileBad, Section

PSEUDO = ("@period_first", "@period_last", "@moment", "@line_key", "@sheet", "@member")
TAKES = ("min", "max", "sum", "first", "last")
NUMBER_TESTS = ("above", "below", "at_least", "at_most", "equal")
IDENTITY_KINDS = ("platform", "store", "taobao", "jd", "douyin", "pdd", "amazon", "email", "phone")
EVIDENCE_KINDS = (
    "name",
    "address",
    "receiver_phone",
)  # what a parcel says: evidence for a person who looks, never a key


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one column of a row; all tests of a list must hold, and all parts of a test.

    `or_missing` lets a missing cell pass the other parts. `filled` asks whether the cell says anything; the word tests (`among` ... `not_contains`) look at the
    cleaned text (a missing cell is in no list and starts with nothing, so the `not_` tests hold for it);
    `numbers` holds (test, number or column) pairs that are judged on exact decimals, a missing number failing each.
    """

    column: tuple[str, ...]
    filled: bool | None = None
    among: tuple[str, ...] = ()
    not_among: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    not_starts: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    numbers: tuple[tuple[str, Decimal | str], ...] = ()
    or_missing: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """A column that may hold a usable buyer identity, and of which kind it is."""

    column: str
    kind: str


@dataclass(frozen=True, slots=True)
class Case:
    """A rule that holds on the rows where all tests are true."""

    when: tuple[Condition, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column of a fact table is filled from a row.

    `cases` are tried first, in order. Otherwise exactly one of: `sources` (the first filled column), `add` minus
    `subtract` (missing ones count 0, all missing gives null), `multiply` minus `subtract` (null when a factor is missing),
    `join` (filled texts, with `separator`), `value` (a constant), `test` (true where all tests hold), `identity` (keyed
    buyer hash).
    Then `extract` (first group of a pattern, or the name of one of ours; of a time, six digits are read as yymmdd), `words`
    (whole cells to be read as something else), `map` (named word list), `scale` (factor) and `default` (instead of null)
    apply. `single` are the signs that join several words in one cell of text: such a row cannot be divided and goes to quarantine.
    """

    sources: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    subtract: tuple[str, ...] = ()
    multiply: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    separator: str = "|"
    value: str | None = None
    test: tuple[Condition, ...] = ()
    identity: tuple[Identity, ...] = ()
    cases: tuple[Case, ...] = ()
    extract: str | None = None
    words: tuple[tuple[str, str], ...] = ()
    map: str | None = None
    scale: Decimal | None = None
    default: str | None = None
    single: tuple[str, ...] = ()
    part: str | None = None  # of a cell that holds a range of dates: first | last
    required: bool = False
    negative: bool = False  # whether a number below zero is a statement rather than a mistake
    take: str = "min"  # when one row per key is asked for

    def columns(self) -> Iterator[str]:
        """Every column name this rule looks at."""
        yield from (*self.sources, *self.add, *self.subtract, *self.multiply, *self.join)
        yield from (i.column for i in self.identity)
        for test in self.test:
            yield from condition_columns(test)
        for case in self.cases:
            yield from case.rule.columns()
            for test in case.when:
                yield from condition_columns(test)


def condition_columns(test: Condition) -> Iterator[str]:
    """Every column name a test looks at."""
    yield from test.column
    yield from (n for _, n in test.numbers if isinstance(n, str))


def read_rule(data: Any, file: str, key: str) -> Rule:
    """A rule from TOML: a column name, a list of column names (first filled), or a table of the rule's keys."""
    if isinstance(data, (str, list)):
        data = {"from": data}
    s = Section(data, file, key)
    rule = Rule(
        sources=s.names("from"),
        add=s.names("add"),
        subtract=s.names("subtract"),
        multiply=s.names("multiply"),
        join=s.names("join"),
        separator=s.text("separator", "|"),
        value=s.optional_text("value"),
        test=read_conditions(s, "test"),
        identity=tuple(_identity(i) for i in s.sections("identity")),
        cases=tuple(_case(c) for c in s.sections("cases")),
        extract=s.optional_text("extract"),
        words=tuple(s.words("words").items()),
        map=s.optional_text("map"),
        scale=s.decimal("scale"),
        default=s.optional_text("default"),
        single=s.texts("single"),
        part=s.text("part", choices=("first", "last")) if s.has("part") else None,
        required=s.flag("required"),
        negative=s.flag("negative"),
        take=s.text("take", "min", choices=TAKES),
    )
    s.done()
    _check(rule, s)
    return rule


def read_conditions(section: Section, name: str) -> tuple[Condition, ...]:
    """The list of tests below `name`."""
    return tuple(_condition(s) for s in section.sections(name))


def _condition(s: Section) -> Condition:
    numbers: list[tuple[str, Decimal | str]] = []
    for op in NUMBER_TESTS:
        if (number := s.decimal(op)) is not None:
            numbers.append((op, number))
        if s.has(f"{op}_column"):
            numbers.append((op, s.name(f"{op}_column")))
    test = Condition(
        column=s.names("column", None),
        filled=s.flag("filled") if s.has("filled") else None,
        among=s.texts("in"),
        not_among=s.texts("not_in"),
        starts=s.texts("starts"),
        not_starts=s.texts("not_starts"),
        contains=s.texts("contains"),
        not_contains=s.texts("not_contains"),
        numbers=tuple(numbers),
        or_missing=s.flag("or_missing"),
    )
    s.done()
    words = (test.among, test.not_among, test.starts, test.not_starts, test.contains, test.not_contains)
    if test.filled is None and not any(words) and not test.numbers:
        allowed = ["filled", "in", "not_in", "starts", "not_starts", "contains", "not_contains", *NUMBER_TESTS]
        raise ProfileBad(s.file, s.key, None, allowed)
    return test


def _identity(s: Section) -> Identity:
    found = Identity(column=s.name("column"), kind=s.text("kind", choices=IDENTITY_KINDS))
    s.done()
    return found


def _case(s: Section) -> Case:
    when = read_conditions(s, "when")
    if not when:
        raise s.bad("when", "at least one test")
    rest = {name: value for name, value in s.each() if name != "when"}
    return Case(when=when, rule=read_rule(rest, s.file, s.key))


def _check(rule: Rule, s: Section) -> None:
    ways = ("from", "add", "subtract", "multiply", "join", "value", "test", "identity")
    given = [w for w in ways if s.has(w)]
    if not given and not rule.cases:
        raise ProfileBad(s.file, s.key, None, list(ways))
    if len(set(given) - {"subtract"}) > 1:
        raise ProfileBad(s.file, s.key, given, "one of " + ", ".join(ways))
    for column in rule.columns():
        if column.startswith("@") and column not in PSEUDO:
            raise ProfileBad(s.file, s.key, column, list(PSEUDO))
    check_pattern(rule.extract, s)


def check_pattern(extract: str | None, s: Section) -> None:
    """Raise `profile_bad` when `extract` is neither a name nor a pattern with one group."""
    if extract is None or extract.isidentifier():
        return
    try:
        groups = re.compile(extract).groups
    except re.error as error:
        raise s.bad("extract", f"a regular expression ({error})") from None
    if groups != 1:
        raise s.bad("extract", "a regular expression with exactly one group")
