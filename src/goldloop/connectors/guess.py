"""A first profile for an unknown file: header words and cell contents give guesses, the user corrects them in an editor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldloop.connectors.guess_content import Content, content_of, decimal_sign, folded_header, number_of
from goldloop.connectors.guess_kinds import write
from goldloop.connectors.guess_toml import Guess, Sketch
from goldloop.connectors.guess_words import CURRENCIES, KINDS, STORE_NAMES, TOTAL, Field
from goldloop.connectors.readers import RawSheet, column_names
from goldloop.connectors.recognise import HEADER_ROWS
from goldloop.core.errors import GoldloopError

_SAMPLE = 300  # rows from which contents are told
_END = 5  # last rows, among which a total may stand
_EXACT, _PART = 10.0, 3.0
_ISO = re.compile(r"[A-Z]{3}")
_KNOWN = frozenset(word for fields in KINDS.values() for field in fields for word in field.words)
# fields of a kind without which its key alone means little: at least one must be named, too
_ALSO = {
    "ads": ("impressions", "clicks"),
    "traffic": ("first_day",),
    "store_day": ("visitors", "page_views", "gmv", "buyers", "orders"),
    "stock": ("warehouse", "day", "inbound", "reserved"),
}
# one of these fields must be there, else the first is taken where the content fits: kind -> (fields, contents)
_NEEDED = {"orders": (("placed_at", "paid_at"), ("time", "date")), "stock": (("sku",), ("text", "id"))}


@dataclass(frozen=True, slots=True)
class _Match:
    field: Field
    content: Content
    score: float


def guess_profile(sheet: RawSheet, *, profile_id: str) -> str:
    """TOML text of a profile for this sheet, which loads as it is and says line by line how sure it is.

    Every column stands in the text once: used, commented out where the guess is unsure, or listed at the end. Columns
    that may name persons are listed without values. Raises `header_not_found` when no row has two names in it.
    """
    return _written(sheet, guess_sketch(sheet, profile_id=profile_id))


def guess_sketch(sheet: RawSheet, *, profile_id: str, kind: str = "") -> Sketch:
    """What is guessed of a sheet: its header, kind of file (unless it is said), and which column holds what.

    Raises `header_not_found`.
    """
    header_row, contents, total, summed = _looked_at(sheet)
    decimal, contents = decimal_sign(contents)
    kind, matches = (kind, _matches(KINDS[kind], contents)) if kind else _best_kind(contents)
    guesses = {m.field.name: Guess(m.field, m.content, _sureness(m)) for m in matches}
    guesses |= _by_content(kind, guesses, contents)
    return _sketch(sheet, profile_id, header_row, kind, guesses, contents, total, summed, decimal)


def described_profile(sheet: RawSheet, *, profile_id: str, kind: str, columns: Mapping[str, str]) -> str:
    """TOML text of a profile for this sheet as a person described it: kind of file, name of a field -> its column.

    Raises `header_not_found`, `kind_unknown`, or `field_needed` when the field is left out without which a file of the
    kind says nothing.
    """
    if kind not in KINDS:
        raise GoldloopError(
            "kind_unknown", f"There is no kind of file '{kind}'.", given=kind, allowed=list(KINDS), kind=kind
        )
    header_row, contents, total, summed = _looked_at(sheet)
    decimal, contents = decimal_sign(contents)
    by_name = {content.header: content for content in contents}
    guesses = {
        field.name: Guess(field, by_name[columns[field.name]], "sure")
        for field in KINDS[kind]
        if columns.get(field.name) in by_name
    }
    for names in needed_fields(kind):
        if not any(name in guesses for name in names):
            raise GoldloopError("field_needed", f"A file of this kind needs a column for '{names[0]}'.", given=kind, allowed=sorted(by_name), todo="Choose its column.", field=names[0])  # fmt: skip
    return _written(sheet, _sketch(sheet, profile_id, header_row, kind, guesses, contents, total, summed, decimal))


def needed_fields(kind: str) -> list[tuple[str, ...]]:
    """The fields that a file of a kind cannot be without: of each tuple one must be there."""
    return [names for names in ((KINDS[kind][0].name,), _NEEDED.get(kind, ((), ()))[0]) if names]


def _looked_at(sheet: RawSheet) -> tuple[int, list[Content], tuple[str, str] | None, list[str]]:
    """Header row, contents of the columns, the total row and the columns it sums."""
    header_row = find_header(sheet)
    table = sheet.table(header_row)
    names = [name for name in table.column_names if name != "_row"]
    tail = max(table.num_rows - _END, _SAMPLE)
    columns = {n: [*_texts(table[n].slice(0, _SAMPLE)), *_texts(table[n].slice(tail))] for n in names}
    total = _total_row(columns)
    contents = [content_of(name, cells if total is None else cells[:-1]) for name, cells in columns.items()]
    summed = [] if total is None else [n for n in names if _is_sum(_texts(table[n]))]
    return header_row, contents, total, summed


def _sketch(
    sheet: RawSheet,
    profile_id: str,
    header_row: int,
    kind: str,
    guesses: Mapping[str, Guess],
    contents: Sequence[Content],
    total: tuple[str, str] | None,
    summed: Sequence[str],
    decimal: str,
) -> Sketch:
    used = {g.content.header for g in guesses.values()}
    return Sketch(
        id=profile_id,
        file=sheet.file,
        header_row=header_row,
        kind=kind,
        guesses={field.name: guesses[field.name] for field in KINDS[kind] if field.name in guesses},
        contents=contents,
        total=total,
        summed=summed,
        decimal=decimal,
        store_name=_named(contents, STORE_NAMES, used),
        currency=_named([c for c in contents if all(map(_ISO.fullmatch, c.distinct))], CURRENCIES, used),
    )


def _written(sheet: RawSheet, sketch: Sketch) -> str:
    table = sheet.table(sketch.header_row)
    return write(sketch, lambda column: _texts(table[column]))


def looks_like_export(sheet: RawSheet) -> bool:
    """Whether one of the first twelve rows holds two column names that exports use, in Chinese or English."""
    rows = sheet.first_rows(HEADER_ROWS)
    return any(sum(folded_header(name) in _KNOWN for name in column_names(cells)) > 1 for cells in rows)


def find_header(sheet: RawSheet) -> int:
    """The row (from 1) of the first twelve that looks most like column names: known words count three, numbers less."""
    rows = sheet.first_rows(HEADER_ROWS)
    best, row = 1.0, 0
    for number, cells in enumerate(rows, 1):
        score = float(sum(_likeness(cell) for cell in column_names(cells)))
        if score > best:
            best, row = score, number
    if not row:
        raise GoldloopError(
            "header_not_found",
            f"No row of '{sheet.file}' looks like column names.",
            given=sheet.file,
            todo="Put the names of the columns above the data.",
            file=sheet.file,
        )
    return row


def _likeness(cell: str) -> int:
    if folded_header(cell) in _KNOWN:
        return 3
    return 1 if not cell.startswith("[") and content_of("", [cell]).kind == "text" else -1


def _texts(column: Any) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _total_row(columns: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Column and word of a total in the last row, if there is one."""
    for name, cells in list(columns.items())[:3]:
        if cells and TOTAL.fullmatch(cells[-1].strip()):
            return name, cells[-1].strip()
    return None


def _is_sum(cells: Sequence[str]) -> bool:
    """Whether the last cell is the sum of the others."""
    total = number_of(cells[-1]) if cells else None
    return total is not None and total == sum(n for n in map(number_of, cells[:-1]) if n is not None)


def _best_kind(contents: Sequence[Content]) -> tuple[str, list[_Match]]:
    """The kind of file with most columns named exactly, among those whose key column is named at least in part."""
    best: tuple[int, str, list[_Match]] | None = None
    for kind, fields in KINDS.items():
        matches = _matches(fields, contents)
        exact = {m.field.name for m in matches if m.score >= _EXACT}
        key = any(m.field is fields[0] for m in matches)
        if not key or not exact.intersection(_ALSO.get(kind, exact)) or _speaks_against(kind, contents):
            continue
        if best is None or len(exact) > best[0]:
            best = len(exact), kind, matches
    if best is not None:
        return best[1], best[2]
    kind = "store_day" if _one_row_a_day(contents) else "orders"
    return kind, _matches(KINDS[kind], contents)


def _speaks_against(kind: str, contents: Sequence[Content]) -> bool:
    """A shop's day names no order and no product; a product has no time at which something happened."""
    if kind == "store_day":
        words = {*KINDS["traffic"][0].words, *KINDS["orders"][0].words}
        return any(folded_header(c.header) in words for c in contents)
    return kind == "products" and any(c.kind in ("time", "date") for c in contents)


def _matches(fields: Sequence[Field], contents: Sequence[Content]) -> list[_Match]:
    """Each field with its best column and each column with its best field, best scores first."""
    found = [_Match(f, c, s) for f in fields for c in contents if (s := _score(f, c)) > 0]
    matches: list[_Match] = []
    taken: set[str] = set()
    for match in sorted(found, key=lambda m: -m.score):
        if match.field.name not in taken and f"c:{match.content.header}" not in taken:
            taken |= {match.field.name, f"c:{match.content.header}"}
            matches.append(match)
    return matches


def _score(field: Field, content: Content) -> float:
    """10 and a little for a word that is the whole header, 3 and a little for one in it, 0 where the cells cannot be it."""
    header = folded_header(content.header)
    fits = content.fits(field.type)
    if header in field.words:
        return _EXACT + (1 - field.words.index(header) / 100) if fits else 1.0
    parts = [w for w in field.words if w in header and len(w) >= (4 if w.isascii() else 2)]
    return _PART + max(map(len, parts)) / 100 - (content.kind == "empty") if parts and fits else 0.0


def _sureness(match: _Match) -> str:
    if match.score < _EXACT:
        return "unsure"
    return "likely" if match.content.kind == "empty" else "sure"


def _by_content(kind: str, guesses: Mapping[str, Guess], contents: Sequence[Content]) -> dict[str, Guess]:
    """Columns without which the profile is of no use: taken by their content, to be checked by the user."""
    found: dict[str, Guess] = {}
    key = KINDS[kind][0]
    used = {g.content.header for g in guesses.values() if g.sureness != "unsure"}
    free = [c for c in contents if c.header not in used] or list(contents)
    if not _is_active(guesses.get(key.name)):
        best = guesses[key.name].content if key.name in guesses else _most_likely_key(key, free)
        found[key.name] = Guess(key, best, "check")
        free = [c for c in free if c.header != best.header]
    names, kinds = _NEEDED.get(kind, ((), ()))
    if names and not any(_is_active(guesses.get(name)) for name in names):
        field = next(f for f in KINDS[kind] if f.name == names[0])
        fitting = [c for c in free if c.kind in kinds]
        if fitting:
            found[field.name] = Guess(field, fitting[0], "check")
    return found


def _is_active(guess: Guess | None) -> bool:
    return guess is not None and guess.sureness != "unsure"


def _most_likely_key(key: Field, contents: Sequence[Content]) -> Content:
    """For a day the first column of days, else the one with most different values, long numbers first."""
    if key.type == "date":
        return next((c for c in contents if c.kind in ("date", "time")), contents[0])
    return max(contents, key=lambda c: (c.kind == "id", c.kind in ("text", "int"), len(c.distinct)))


def _one_row_a_day(contents: Sequence[Content]) -> bool:
    days = next((c for c in contents if c.kind == "date"), None)
    rows = len(contents[0].values)
    numbers = [c for c in contents if c.kind in ("int", "money", "comma")]
    return (
        days is not None and bool(numbers) and len(days.distinct) == rows and not any(c.kind == "id" for c in contents)
    )


def _named(contents: Sequence[Content], words: Sequence[str], used: set[str]) -> str | None:
    return next((c.header for c in contents if folded_header(c.header) in words and c.header not in used), None)
