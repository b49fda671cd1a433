"""Working out one column of a fact table from a profile's rule, for all rows at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import dates, identity, parse
from goldloop.connectors.cells import Cells
from goldloop.connectors.profile import Rule, WordMap

NUMBERS = ("int", "money", "price", "rate", "float")
ARROW = {
    "text": pa.string(), "int": pa.int64(), "money": pa.int64(), "price": parse.FACTOR, "rate": pa.float64(),
    "float": pa.float64(), "time": dates.TIME, "date": pa.date32(), "bool": pa.bool_(),
}  # fmt: skip

_WORK = {"text": pa.string(), "time": dates.TIME, "date": dates.TIME, "bool": pa.bool_()}
_YES = ("true", "yes", "y", "1", "是", "有", "active")
_NO = ("false", "no", "n", "0", "否", "无", "没有")


@dataclass(frozen=True, slots=True)
class Problem:
    """Rows on which a cell of `column` is wrong in the way `code` says."""

    mask: pa.Array
    column: str
    code: str


@dataclass(slots=True)
class Found:
    """Values of one column, what is wrong with them, flags and unknown words met on the way.

    Text may stand as distinct words and indices (a DictionaryArray without nulls among its words).
    """

    values: pa.Array
    problems: list[Problem] = field(default_factory=list)
    flags: pa.Array | None = None
    unknown: set[str] = field(default_factory=set)


def carried(rule: Rule, cells: Cells) -> bool:
    """Whether this sheet can fill the rule at all; a column it cannot fill is not blanked by it."""
    if rule.value is not None or rule.default is not None:
        return True
    if rule.multiply:
        return all(cells.has(c) for c in rule.multiply)
    own = (*rule.sources, *rule.add, *rule.subtract, *rule.join, *(i.column for i in rule.identity))
    own = (*own, *(c for t in rule.test for c in t.column))
    if any(cells.has(c) for c in own):
        return True
    return any(carried(case.rule, cells) and cells.has(c) for case in rule.cases for t in case.when for c in t.column)


def evaluate(rule: Rule, kind: str, cells: Cells, *, secret: bytes) -> Found:
    """Values of a column of type `kind` (see core.table), of the lake's own Arrow type; null where nothing is said.

    The same rule in several blocks is worked out once.
    """
    known: dict[tuple[Rule, str], Found] = cells.memory
    if (rule, kind) not in known:
        known[rule, kind] = _finished(rule, kind, cells, secret)
    found = known[rule, kind]
    return Found(found.values, list(found.problems), found.flags, found.unknown)


def _finished(rule: Rule, kind: str, cells: Cells, secret: bytes) -> Found:
    if _is_plain(rule) and cells.has(rule.sources[0]):
        return _plain(rule, kind, cells)
    found = _worked(rule, kind, cells, secret)
    found.values, bad, below = _converted(found.values, kind, cells.store.currency)
    _whole_and_positive(found, bad, below, rule)
    return found


def _is_plain(rule: Rule) -> bool:
    """Whether the rule only takes one column of the file as it is."""
    return rule == replace(
        _ONE_COLUMN, sources=rule.sources, required=rule.required, negative=rule.negative, take=rule.take
    ) and (len(rule.sources) == 1 and not rule.sources[0].startswith("@"))


def _plain(rule: Rule, kind: str, cells: Cells) -> Found:
    """One column of the file, worked out once per distinct value."""
    name = rule.sources[0]
    if kind == "text":
        coded = cells.coded(name)
        return Found(cells.text(name) if coded is None else coded)
    if kind not in NUMBERS:
        found = _base(rule, kind, cells, b"")
        found.values = _converted(found.values, kind, cells.store.currency)[0]
        return found

    def work(values: pa.Array) -> tuple[pa.Array, ...]:
        exact, bad = cells.as_number(values, percent=kind == "rate", money=kind in ("money", "price"))
        return *_converted(exact, kind, cells.store.currency), bad

    values, not_whole, below, bad = cells.per_number(name, work)
    found = Found(values, [Problem(bad.fill_null(False), name, "bad_number")])
    _whole_and_positive(found, not_whole, below, rule)
    return found


def _whole_and_positive(found: Found, not_whole: pa.Array, below: pa.Array, rule: Rule) -> None:
    found.problems.append(Problem(not_whole.fill_null(False), _name(rule), "not_whole"))
    if not rule.negative:
        found.problems.append(Problem(below.fill_null(False), _name(rule), "negative_number"))


def _converted(values: pa.Array, kind: str, currency: str) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Working form to the lake's type, where an int is not whole, and where it is below zero."""
    none = parse.none_of(len(values))
    if kind == "int":
        whole, bad = parse.to_whole(values)
        return whole, bad, pc.less(whole, 0)
    if kind == "money":
        return parse.to_minor(values, currency), none, none
    if kind == "price":
        return parse.factor(values), none, none
    if kind in ("rate", "float"):
        return values.cast(pa.float64()), none, none
    return dates.dates(values) if kind == "date" else values, none, none


_ONE_COLUMN = Rule()


def _name(rule: Rule) -> str:
    return next((c for c in rule.columns() if not c.startswith("@")), "")


def _worked(rule: Rule, kind: str, cells: Cells, secret: bytes) -> Found:
    """Values in working form (exact numbers, times), cases applied."""
    found = _base(rule, kind, cells, secret)
    left: pa.Array | None = None  # rows that no case has taken yet
    for case in rule.cases:
        mask = cells.hold(case.when)
        if not pc.any(mask).as_py():
            continue
        mine = mask if left is None else pc.and_(mask, left)
        left = pc.invert(mask) if left is None else pc.and_(left, pc.invert(mask))
        other = _worked(case.rule, kind, cells, secret)
        found.values = pc.if_else(mine, other.values, found.values)
        found.problems = [Problem(pc.and_(p.mask, pc.invert(mine)), p.column, p.code) for p in found.problems]
        found.problems += [Problem(pc.and_(p.mask, mine), p.column, p.code) for p in other.problems]
        found.unknown |= other.unknown
    return found


def _base(rule: Rule, kind: str, cells: Cells, secret: bytes) -> Found:
    if kind in NUMBERS:
        found = _number(rule, kind, cells)
    elif kind in ("time", "date"):
        found = _time(rule, cells)
    elif kind == "bool":
        found = _flag(rule, cells)
    elif rule.identity:
        found = _identity(rule, cells, secret)
    else:
        found = _text(rule, cells)
    if rule.default is not None:
        found.values = pc.coalesce(found.values, _constant(rule.default, kind, cells))
    return found


def _constant(value: str, kind: str, cells: Cells) -> pa.Array:
    text = pa.array([value])
    if kind in NUMBERS:
        made = parse.numbers(text)[0]
    elif kind in ("time", "date"):
        made = dates.times(text, zone=cells.store.timezone)[0]
    elif kind == "bool":
        made = pa.array([value in _YES])
    else:
        made = text
    return pa.repeat(made[0], cells.rows)


def _number(rule: Rule, kind: str, cells: Cells) -> Found:
    problems: list[Problem] = []

    def read(name: str) -> pa.Array:
        percent, money = kind == "rate", kind in ("money", "price")
        if rule.words and cells.has(name):
            values, bad = cells.as_number(_replaced(cells.text(name), rule.words), percent=percent, money=money)
        else:
            values, bad = cells.number(name, percent=percent, money=money)
        problems.append(Problem(bad, name, "bad_number"))
        return values

    if rule.value is not None:
        values = _constant(rule.value, kind, cells)
    elif rule.multiply:
        for name in rule.multiply:
            read(name)
        values = cells.product(rule.multiply, money=kind in ("money", "price"))
        if rule.subtract:
            less = parse.total([values], [read(n) for n in rule.subtract])
            values = pc.if_else(pc.is_null(values), None, less)
    elif rule.add or rule.subtract:
        values = parse.total([read(n) for n in rule.add], [read(n) for n in rule.subtract])
    elif rule.sources:
        values = _first([read(n) for n in rule.sources])
    else:
        values = pa.nulls(cells.rows, parse.WORK)
    if rule.scale == -1:
        values = pc.negate(values)
    elif rule.scale is not None:
        scale = pa.repeat(pa.scalar(rule.scale, parse.FACTOR), cells.rows)
        values = parse.product(parse.factor(values), scale)
    return Found(values, problems)


def _time(rule: Rule, cells: Cells) -> Found:
    if rule.value is not None:
        return Found(_constant(rule.value, "time", cells))
    problems, parts = [], []
    for name in rule.sources:
        part, extract = (None, None) if name.startswith("@") else (rule.part, rule.extract)
        values, bad = cells.time(name, part, extract)
        problems.append(Problem(bad, name, "bad_date"))
        parts.append(values)
    return Found(_first(parts) if parts else pa.nulls(cells.rows, dates.TIME), problems)


def _flag(rule: Rule, cells: Cells) -> Found:
    if rule.test:
        return Found(cells.hold(rule.test))
    if rule.value is not None:
        return Found(_constant(rule.value, "bool", cells))
    text = _first([cells.text(n) for n in rule.sources]) if rule.sources else cells.constant(None)

    def told(values: pa.Array) -> tuple[pa.Array, ...]:
        folded = parse.fold(values)
        yes, no = pc.is_in(folded, pa.array(_YES)), pc.is_in(folded, pa.array(_NO))
        return (pc.if_else(pc.or_(yes, no), yes, None),)

    values = parse.per_value(text, told)[0]
    bad = pc.and_(pc.is_valid(text), pc.is_null(values))
    return Found(values, [Problem(bad, _name(rule), "bad_flag")])


def _identity(rule: Rule, cells: Cells, secret: bytes) -> Found:
    """Keys, with their kinds as `flags` (the buyer_kind column)."""
    keys, kinds = [], []
    for one in rule.identity:
        if cells.has(one.column):
            # a hash per person, not per row
            people = cells.coded(one.column) or cells.text(one.column).dictionary_encode()
            made = cells.people.of(people.dictionary, kind=one.kind, store=cells.store, secret=secret)
            made = made.take(people.indices)
            keys.append(made)
            kinds.append(pc.if_else(pc.is_valid(made), identity.kind_of_key(one.kind), None))
    if not keys:
        return Found(cells.constant(None), flags=cells.constant(None))
    return Found(_first(keys), flags=_first(kinds))


def _text(rule: Rule, cells: Cells) -> Found:
    if rule.value is not None:
        return Found(cells.constant(rule.value))
    if rule.join:
        values = parse.joined([cells.text(n) for n in rule.join], rule.separator)
    elif rule.sources:
        values = _first([cells.text(n) for n in rule.sources])
    else:
        values = cells.constant(None)
    several = [_several(values, rule)] if rule.single else []
    if rule.extract is not None:
        values = parse.extracted(values, rule.extract)
    if rule.words:
        values = _replaced(values, rule.words)
    found = Found(values) if rule.map is None else _mapped(values, cells.profile.maps[rule.map], _name(rule))
    found.problems += several
    return found


def _several(values: pa.Array, rule: Rule) -> Problem:
    """Rows whose cell joins several words by one of the signs of `single`."""
    mask = parse.any_of(*(pc.match_substring(values, sign) for sign in rule.single))
    return Problem(mask.fill_null(False), _name(rule), "several_values")


def _replaced(values: pa.Array, words: tuple[tuple[str, str], ...]) -> pa.Array:
    known = _folded(dict(words))

    def swap(part: pa.Array) -> tuple[pa.Array, ...]:
        pairs = zip(part.to_pylist(), parse.fold(part).to_pylist(), strict=True)
        return (pa.array([known.get(folded, value) or None for value, folded in pairs], pa.string()),)

    return parse.per_value(values, swap)[0]


def _mapped(values: pa.Array, word_map: WordMap, column: str) -> Found:
    words, prefixes = _folded(word_map.words), _folded(word_map.prefixes)
    unknown: set[str] = set()

    def look(part: pa.Array) -> tuple[pa.Array, ...]:
        texts, flags, strange = [], [], []
        for raw, folded in zip(part.to_pylist(), parse.fold(part).to_pylist(), strict=True):
            value, flag, known = _word(raw, folded, words, prefixes, word_map.otherwise)
            if not known:
                unknown.add(raw)
            texts.append(value)
            flags.append(flag)
            strange.append(not known and word_map.otherwise == "refuse")
        return pa.array(texts, pa.string()), pa.array(flags, pa.string()), pa.array(strange, pa.bool_())

    found, flags, strange = parse.per_value(values, look)
    told = unknown if word_map.otherwise in ("unknown", "refuse") else set()
    return Found(found, [Problem(parse.any_of(strange), column, "word_unknown")], flags, told)


def _word(
    raw: str | None, folded: str | None, words: dict[str, str], prefixes: dict[str, str], otherwise: str
) -> tuple[str | None, str | None, bool]:
    """(value, flags, whether the word is known)."""
    if raw is None or folded is None:
        return None, None, True
    flags = []
    while prefix := next((p for p in prefixes if folded.startswith(p) and folded not in words), None):
        flags.append(prefixes[prefix])
        folded = folded[len(prefix) :]
    flag = " ".join(flags) or None
    if folded in words:
        return words[folded] or None, flag, True
    return {"keep": raw, "unknown": "unknown"}.get(otherwise), flag, False


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    keys = parse.fold(pa.array(list(words), pa.string())).to_pylist()
    return dict(zip(keys, words.values(), strict=True))


def _first(parts: list[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pc.coalesce(*parts)
