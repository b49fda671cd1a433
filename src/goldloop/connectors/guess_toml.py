"""Writing a guessed profile down as TOML, every line with its reason, ready to be edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldloop.connectors.guess_content import Content, date_order
from goldloop.connectors.guess_words import KINDS, Field

_SIGNATURE = 6  # names by which the file is recognised again
_REASONS = {
    "sure": "sure: the header says so",
    "likely": "likely: the header says so, there are no values",
    "unsure": "unsure",
    "check": "CHECK THIS: a guess by part of the header or by the cells",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """A field, the column that may hold it, and how sure that is: sure, likely, check (used) or unsure (not used)."""

    field: Field
    content: Content
    sureness: str

    @property
    def header(self) -> str:
        return self.content.header

    @property
    def note(self) -> str:
        return f"{_REASONS[self.sureness]}; {self.content.shown()}"


@dataclass(frozen=True, slots=True)
class Sketch:
    """What was guessed of a whole file; `total` is (column, word) of a total row, `summed` the columns it sums."""

    id: str
    file: str
    header_row: int
    kind: str
    guesses: Mapping[str, Guess]
    contents: Sequence[Content]
    total: tuple[str, str] | None
    summed: Sequence[str]
    decimal: str
    store_name: str | None
    currency: str | None

    @property
    def key(self) -> str:
        """The column of the field without which a file of this kind says nothing."""
        return self.guesses[KINDS[self.kind][0].name].header

    def active(self, name: str) -> Guess | None:
        """The guess for this field, when it is used."""
        guess = self.guesses.get(name)
        return guess if guess is not None and guess.sureness != "unsure" else None

    def header(self, name: str) -> str | None:
        """The column for this field, when it is used."""
        guess = self.active(name)
        return guess.header if guess is not None else None


class Block:
    """One `[[into]]`: its own keys, then its columns, unsure ones commented out."""

    def __init__(self, table: str, *keys: str) -> None:
        self._keys = [f"table = {quoted(table)}", *keys]
        self._columns: list[str] = []

    def add(self, column: str, rule: str, note: str = "", *, used: bool = True) -> None:
        """A column and its rule."""
        line = f"{column} = {rule}" + (f"  # {note}" if note else "")
        self._columns.append(line if used else f"# {line}")

    def add_guess(self, guess: Guess, rule: str | None = None, column: str | None = None) -> None:
        """The column of a guess, by this rule or as it stands."""
        self.add(column or guess.field.name, rule or quoted(guess.header), guess.note, used=guess.sureness != "unsure")

    def lines(self) -> list[str]:
        return ["[[into]]", *self._keys, "", "[into.columns]", *self._columns, ""]


def quoted(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(sketch: Sketch, blocks: Sequence[Block], tables: Iterable[Sequence[str]]) -> str:
    """The whole profile: what holds for the file, further tables of it, its blocks, and the columns that are left."""
    body = [_top(sketch), *tables, *(block.lines() for block in blocks)]
    text = "\n".join(line for part in body for line in part)
    return "\n".join([text, *_rest(sketch, text)]).rstrip() + "\n"


def _top(sketch: Sketch) -> list[str]:
    file = "".join(c if c.isprintable() else " " for c in sketch.file)
    lines = [
        f"# Guessed from '{file}', whose column names stand in row {sketch.header_row}. Look at every line, correct it, then run",
        "#   goldloop profile check FILE --profile THIS_FILE",
        "#   goldloop import FILE --profile THIS_FILE --store NAME",
        "# Lines that begin with # are not used: they are unsure. Take the # away to use them.",
        f"id = {quoted(sketch.id)}",
        f"title = {{ zh = {quoted(sketch.id)}, en = {quoted(sketch.id)} }}",
        "platforms = []",
    ]
    if sketch.store_name:
        lines.append(f"store_name = {quoted(sketch.store_name)}")
    lines += ["", "[recognise]", f"required = {listed(_signature(sketch))}", ""]
    order, sure = date_order(sketch.contents)
    if order != "ymd":
        lines += [
            "[read]",
            f'date_order = "{order}"' + ("" if sure else "  # CHECK THIS: no day above 12 shows it"),
            "",
        ]
    if any(c.kind == "comma" for c in sketch.contents):
        lines += [*(["[read]"] if order == "ymd" else []), 'decimal = ","', ""]
    if sketch.currency:
        lines += ["[currency]", f"column = {quoted(sketch.currency)}", ""]
    if sketch.total:
        column, word = sketch.total
        lines += [
            "[[drop]]",
            'rule = "total_row"',
            f"when = [{{ column = {quoted(column)}, in = [{quoted(word)}] }}]",
            *([f"control = {listed(sketch.summed)}"] if sketch.summed else []),
            "",
        ]
    return lines


def _signature(sketch: Sketch) -> list[str]:
    """The key column, then the surest ones."""
    sure = [g.header for g in sketch.guesses.values() if g.sureness in ("sure", "check")]
    return list(dict.fromkeys([sketch.key, *sure]))[:_SIGNATURE]


def _rest(sketch: Sketch, text: str) -> list[str]:
    left = [c for c in sketch.contents if quoted(c.header) not in text]
    return (
        ["# Columns that are not used:", *(f"#   {quoted(c.header)}: {c.kind}, {c.shown()}" for c in left)]
        if left
        else []
    )


def listed(texts: Iterable[str]) -> str:
    """A TOML list of strings."""
    return "[" + ", ".join(quoted(t) for t in texts) + "]"
